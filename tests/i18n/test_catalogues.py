"""The catalogues as the program meets them: found, loaded, filled in, counted."""

from __future__ import annotations

import gettext
import io
from functools import cache
from typing import TYPE_CHECKING

import pytest

from i18n import tool
from ui import text

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTS = (0, 1, 2, 3, 11, 100)


@pytest.fixture(autouse=True)
def _french_afterwards() -> Iterator[None]:
    """Leave the language as it was."""
    before = text.current_language()
    yield
    text.use_language(before)


@cache
def messages() -> list[str | tuple[str, ...]]:
    """All sentences of the source."""
    return [m.id if isinstance(m.id, str) else tuple(m.id) for m in tool.extract() if m.id]


def filled(sentence: str) -> str:
    """Fill each field in."""
    return sentence.format(**dict.fromkeys(tool.fields(sentence), "7"))


@pytest.mark.parametrize("language", tool.LANGUAGES)
def test_each_language_says_each_sentence(language: str) -> None:
    """The catalogue is there, and every sentence takes its fields."""
    assert text.use_language(language)
    for message in messages():
        if isinstance(message, str):
            said = text._(message)
            assert said
            assert "{" not in filled(said)


@pytest.mark.parametrize("language", tool.LANGUAGES)
@pytest.mark.parametrize("count", COUNTS)
def test_each_language_counts(language: str, count: int) -> None:
    """Nothing, one, two, a few, many and a hundred have a form, which says the number from three on."""
    assert text.use_language(language)
    for message in messages():
        if not isinstance(message, str):
            one, many = message
            fields = dict.fromkeys(tool.fields(many), "x") | {"count": str(count)}
            said = text.ngettext(one, many, count).format(**fields)
            assert "{" not in said
            assert count < 3 or str(count) in said


def test_arabic_has_six_forms() -> None:
    """Zero, one, two, a few (3), hundreds (100) and many (11), in gettext's order."""
    catalogue = gettext.GNUTranslations(io.BytesIO(tool.compiled("ar")))
    said = [
        catalogue.ngettext("{count} document", "{count} documents", count) for count in (0, 1, 2, 3, 100, 11)
    ]
    assert len(set(said)) == 6


@pytest.mark.parametrize("count", [0, 1])
def test_easy_french_keeps_the_number_of_nothing_and_one(count: int) -> None:
    """French says both with its singular, so the number must stand there."""
    assert text.use_language("fr_FALC")
    assert (
        text.ngettext("{count} document", "{count} documents", count).format(count=count)
        == f"{count} document"
    )


def test_french_needs_no_catalogue() -> None:
    """The source is French."""
    assert text.use_language("fr")
    assert text._("Retour") == "Retour"


@pytest.mark.parametrize("language", ["uk", "pt_BR", "", "../en"])
def test_a_missing_catalogue_leaves_french(language: str) -> None:
    """The program says so (``False``), and speaks French with French plurals."""
    assert not text.use_language(language)
    assert text._("Retour") == "Retour"
    assert text.ngettext("{count} document", "{count} documents", 0) == "{count} document"


def test_a_new_sentence_is_french_until_it_is_translated() -> None:
    """A catalogue that lacks a sentence does not make it empty."""
    assert text.use_language("en")
    assert text._("Une phrase toute neuve.") == "Une phrase toute neuve."


def test_the_language_changes_what_was_said_already() -> None:
    """Words know how to be said again."""
    text.use_language("fr")
    said = text._("Bonjour {name}").format(name="Jeanne")
    text.use_language("en")
    said = text.again(said)
    assert said == "Hello Jeanne"
    text.use_language("ar")
    assert text.again(said) == "مرحبًا Jeanne"
