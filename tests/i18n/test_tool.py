"""The tool: what it writes is always the same, what it finds, and what it never loses."""

from __future__ import annotations

import gettext
import io
import shutil
from functools import cache
from typing import TYPE_CHECKING

import pytest

from i18n import tool

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the catalogues that may be spoilt."""
    for language in tool.LANGUAGES:
        shutil.copytree(tool.HERE / language, tmp_path / language)
    monkeypatch.setattr(tool, "HERE", tmp_path)
    return tmp_path


@cache
def wanted() -> set[str | tuple[str, ...] | list[str]]:
    """All sentences of the source, read once."""
    return {message.id for message in tool.extract() if message.id}


def problems(language: str) -> list[str]:
    """Check one language."""
    return tool.problems_in(language, wanted())


def test_the_same_sentences_give_the_same_bytes(catalogues: Path) -> None:
    """No date, no name of a tool: a commit shows only what was said anew."""
    written = []
    for _ in range(2):
        tool.update()
        tool.compile_all()
        written.append({path: path.read_bytes() for path in catalogues.rglob("tandem.*")})
    assert written[0] == written[1]


def test_what_is_translated_stays_when_the_sources_change(
    catalogues: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update adds what is new, empty, and takes out what is gone; it guesses nothing."""
    template = tool.extract()
    template.add("Une phrase toute neuve.")
    template.delete("Retour")
    monkeypatch.setattr(tool, "extract", lambda found=None: template)
    tool.update()
    catalog = tool.load("en")
    assert catalog["Aide"].string == "Help"
    assert catalog["Une phrase toute neuve."].string == ""
    assert "Retour" not in catalog


def test_a_missing_catalogue_is_found(catalogues: Path) -> None:
    """A language that the screen offers must be there."""
    shutil.rmtree(catalogues / "ar")
    assert problems("ar") == ["no catalogue"]


def test_an_uncompiled_catalogue_is_found(catalogues: Path) -> None:
    """The program reads the compiled one."""
    catalog = tool.load("en")
    catalog["Aide"].string = "Assistance"
    tool.save("en", catalog)
    assert any("not compiled" in problem for problem in problems("en"))


def test_stale_and_new_sentences_are_found(catalogues: Path) -> None:
    """In both directions."""
    catalog = tool.load("en")
    catalog.delete("Aide")
    catalog.add("Une vieille phrase.", "An old sentence.")
    tool.save("en", catalog)
    assert "stale: 'Une vieille phrase.'" in problems("en")
    assert "not extracted yet; run python -m i18n.tool update: 'Aide'" in problems("en")


def test_a_fuzzy_or_empty_sentence_is_found(catalogues: Path) -> None:
    """A guess is no translation."""
    catalog = tool.load("ar")
    catalog["Aide"].flags.add("fuzzy")
    catalog["Retour"].string = ""
    tool.save("ar", catalog)
    assert "fuzzy: 'Aide'" in problems("ar")
    assert "empty: 'Retour'" in problems("ar")


def test_fields_are_the_same_in_each_form() -> None:
    """Only the count of nothing, one or two may be said in words, and in French never."""
    days = ("{count} jour à {place}", "{count} jours à {place}")
    assert tool.problems_of("en", days, ("one day in {place}", "{count} days in {place}")) == []
    assert tool.problems_of("en", days, ("one day", "{count} days in {place}")) == [
        "other {fields} in form 0"
    ]
    assert tool.problems_of("en", days, ("one day in {place}", "many days in {place}")) == [
        "other {fields} in form 1"
    ]
    assert tool.problems_of("fr_FALC", ("{count} jour", "{count} jours"), ("un jour", "{count} jours")) == [
        "other {fields} in form 0"
    ]
    whole = ("La seule page", "Toutes les pages ({count})")
    assert tool.problems_of("fr_FALC", whole, whole) == []
    assert "other {fields} in form 0" in tool.problems_of("en", "Bonjour {name}", "Hello {nom}")
    assert "other {fields} in form 0" in tool.problems_of("en", "Bonjour {name}", "Hello {name")


def test_arabic_needs_six_forms() -> None:
    """Two would leave three things without words."""
    assert tool.problems_of("ar", ("{count} jour", "{count} jours"), ("يوم", "{count} أيام")) == [
        "2 forms, not 6"
    ]


def test_a_singular_has_one_plural() -> None:
    """Gettext knows a sentence by its singular: the second plural would never be said."""
    assert tool.two_plurals(["Retour", ("{n} page", "{n} pages"), ("{n} page", "{n} pages")]) == []
    assert len(tool.two_plurals([("{n} page", "{n} pages"), ("{n} page", "Toutes ({n})")])) == 1


def test_a_button_has_one_name() -> None:
    """A sentence that names a button uses the very words on it."""
    said = {"Retour": "Back"}
    assert tool.misnamed("Appuyez sur « Retour ».", "Press “Back”.", said) == []
    assert tool.misnamed("Appuyez sur « Retour ».", "Press “Return”.", said) != []
    assert tool.misnamed("Comme « Ordonnance ».", "Such as “Prescription”.", said) == []


def test_the_compiled_catalogue_says_its_plurals() -> None:
    """The header carries the language's rule, and nothing of the day or the machine."""
    information = gettext.GNUTranslations(io.BytesIO(tool.compiled("ar"))).info()
    assert information["plural-forms"].startswith("nplurals=6;")
    assert "pot-creation-date" not in information


def test_the_easy_french_says_that_it_was_not_reviewed() -> None:
    """The FALC label belongs to texts that people concerned have read."""
    assert "have not reviewed" in tool.po_path("fr_FALC").read_text("utf-8").partition("msgid")[0]


@pytest.mark.parametrize(("arguments", "code"), [(["extract"], 0), (["nothing"], 2), ([], 2)])
def test_the_command_answers(
    arguments: list[str], code: int, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The template goes to the standard output; an unknown word gets the help."""
    assert tool.main(arguments) == code
    out, err = capfdbinary.readouterr()
    assert (b'msgid "Retour"' in out) if code == 0 else (b"extract|update|compile|check" in err)
