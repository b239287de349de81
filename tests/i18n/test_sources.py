"""What counts as a sentence of the source, and which closed lists are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.codes import information_texts
from app.codes.mandate_texts import CARER, CURRENT, REPRESENTATIVE, paragraphs, until
from app.codes.mandate_words import Duration
from i18n import displays, sources

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source tree with one module."""
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    folder = tmp_path / "ui"
    folder.mkdir()
    return folder / "screen.py"


def found(source: Path, text: str) -> list[str | tuple[str, ...]]:
    """Read a module's sentences."""
    source.write_text(text, "utf-8")
    return [each.words for each in sources.sentences()]


def test_a_sentence_is_a_whole_literal(source: Path) -> None:
    """Also when it is written on several lines."""
    assert found(source, '_("Bonjour " "à tous")\nmark("Au revoir")') == ["Bonjour à tous", "Au revoir"]


def test_a_plural_has_two_forms(source: Path) -> None:
    """The count is no word."""
    assert found(source, 'ngettext("{n} jour", "{n} jours", n).format(n=n)') == [("{n} jour", "{n} jours")]


def test_a_key_of_a_table_is_no_sentence(source: Path) -> None:
    """Nor is a space between two parts."""
    assert found(source, '_(LABELS["OTHER_ONE"])\n_(x.get("OTHER", ""))\njoined(_(" "), parts)') == []


def test_a_note_stands_above_its_sentence(source: Path) -> None:
    """It goes to the translators."""
    source.write_text('# Translators: a day\nday = _("le {day}")\nother = _("non")\n', "utf-8")
    assert [each.notes for each in sources.sentences()] == [("Translators: a day",), ()]


def test_a_sentence_made_of_pieces_is_reported(source: Path) -> None:
    """No catalogue can know it."""
    source.write_text('_(f"Bonjour {name}")\n_("Bonjour " + name)\n_("Bonjour")\n_(words)\n', "utf-8")
    assert list(sources.in_pieces()) == ["ui/screen.py:1", "ui/screen.py:2"]


def test_each_table_of_words_is_shown_or_has_a_reason() -> None:
    """A new closed list is either translated (``SHOWN``) or says why not (``NOT_SHOWN``)."""
    known = set(displays.SHOWN) | set(displays.NOT_SHOWN)
    codes = (path.relative_to(ROOT).as_posix() for path in (ROOT / "app" / "codes").glob("*.py"))
    service = ("access_words", "messages", "office_words")
    files = (*codes, *(f"sync/service/{each}.py" for each in service))
    there = {(file, table) for file in files for table in displays.tables(file)}
    assert there - known == set(), "name it in i18n/displays.py"
    assert known - there == set(), "it is gone: take it out of i18n/displays.py"


def test_words_are_read_from_values_and_from_entries() -> None:
    """A plain dictionary, and entries whose label is the second argument."""
    labels = [word for _, word in displays.words("app/codes/mandate_words.py", "ACTION_LABELS")]
    assert "regarder" in labels
    allergens = [word for _, word in displays.words("app/codes/allergens.py", "ALLERGENS")]
    assert "Aspirine" in allergens
    assert "N02BA01" not in allergens


def test_the_text_that_is_signed_is_not_translated() -> None:
    """Its French words are hashed; a translation stands beside them, never in their place."""
    assert not any(file == "app/codes/mandate_texts.py" for file, _ in displays.SHOWN)


def test_a_long_text_is_translated_paragraph_by_paragraph() -> None:
    """Those of the mandate's template as it is, and nothing else: an explanation fits its text."""
    found = [text for file, name in displays.PARAGRAPHS for _, text in displays.paragraphs(file, name)]
    ends = {until(CURRENT, Duration.SESSION), until(CURRENT, Duration.DAY)}
    ends |= {until(CARER, Duration.MONTH)}
    informed = information_texts.paragraphs(information_texts.CURRENT)
    assert set(found) == {
        *informed,
        *paragraphs(CURRENT),
        *paragraphs(CARER),
        *paragraphs(REPRESENTATIVE),
        *ends,
    }
