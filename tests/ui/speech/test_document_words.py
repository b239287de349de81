"""A document, said: titles, paragraphs, lists, tables row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.reader.values import Bullets, Paragraph, Section, Table
from ui import theme
from ui.speech.document_words import document_language, page_words, section_words
from ui.widgets.viewer import ReadingBox

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

RESULTS = Table(
    "Biochimie",
    ("Analyse", "Résultat", "Valeurs usuelles"),
    (("Créatinine", "74 µmol/L", "45–84"), ("Glycémie", "0,9 g/L", ""), ("", "", "")),
)
SECTIONS = (
    Section("Résultats", 1, (Paragraph("Vu le Dr. Martin. Tout va bien."), RESULTS)),
    Section("Traitement", 1, (Bullets(("Doliprane 1 cp 3/j", "Repos")),)),
)


def test_sections_are_said_row_by_row() -> None:
    """Each value after the name of its column."""
    assert [one.words for one in section_words(SECTIONS, "fr")] == [
        "Résultats",
        "Vu le docteur Martin.",
        "Tout va bien.",
        "Biochimie",
        "Analyse :",
        "Créatinine : Résultat : 74 micromoles par litre, Valeurs usuelles : 45 à 84",
        "Glycémie : Résultat : 0,9 grammes par litre",
        "Traitement",
        "Doliprane 1 comprimé 3 fois par jour",
        "Repos",
    ]


@pytest.mark.parametrize("width", [260, 1100])
def test_what_is_said_is_lit_up_in_its_order(look: None, qtbot: QtBot, width: int) -> None:
    """As cards on a narrow screen, as a table on a wide one: the words lit up are those that are said."""
    box = ReadingBox("Texte")
    qtbot.addWidget(box)
    box.resize(width, 400)
    box.show_words(SECTIONS)
    box.show()
    before = -1
    for one in section_words(SECTIONS, "fr", box):
        assert one.place is not None
        one.place.show()
        marks = box.extraSelections()
        if one.words == "Analyse :" and not marks:
            continue
        cursor = marks[0].cursor  # type: ignore[attr-defined]  # of Qt's structure
        assert cursor.selectionStart() > before
        before = cursor.selectionStart()
        assert cursor.selectedText().split()[0].strip(":")[:4] in one.words.replace("docteur", "Dr.")
        one.place.clear()
        assert box.extraSelections() == []


def test_a_light_is_readable_in_every_theme(look: None) -> None:
    """At least 7:1, as all text."""
    from ui.speech.places import _highlighter

    for mood in theme.PALETTES:
        ground, ink = _highlighter(theme.Theme.of(mood, 26))
        one, other = sorted((_light(ground), _light(ink)))
        assert (other + 0.05) / (one + 0.05) >= 7


def _light(color: object) -> float:
    parts = [getattr(color, name)() for name in ("redF", "greenF", "blueF")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_page_is_said_line_by_line() -> None:
    """The lines of a letterhead are not one sentence."""
    said = [one.words for one in page_words("Maison de santé\n18000 Bourges\nTél : 02", "fr")]
    assert said == ["Maison de santé", "18000 Bourges", "téléphone : 02"]


@pytest.mark.parametrize(
    ("declared", "language"),
    [("fr-FR", "fr"), (None, "fr"), ("", "fr"), ("en", "en"), ("AR", "ar"), ("?!", "fr"), ("x" * 50, "fr")],
)
def test_a_document_speaks_its_language(declared: str | None, language: str) -> None:
    """French where it does not say which, or says nonsense."""
    assert document_language(declared) == language
