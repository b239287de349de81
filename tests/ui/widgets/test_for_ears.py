"""What a screen reader is told of words and of a document's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible

from ui.text import dotted
from ui.widgets import Text, Tile
from ui.widgets.answers import Answer, CheckAnswers
from ui.widgets.viewer import ReadingBox
from ui.widgets.words import Together, install_accessibility

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_a_documents_words_are_a_text_to_walk_in(qtbot: QtBot) -> None:
    """And nothing to write in; Qt calls its own text browser a label."""
    box = ReadingBox("Texte du document")
    qtbot.addWidget(box)
    told = QAccessible.queryAccessibleInterface(box)
    assert told.role() == QAccessible.Role.EditableText
    assert told.state().readOnly
    assert box.isReadOnly()


def test_short_facts_are_parted_by_a_pause(qtbot: QtBot) -> None:
    """A middle dot is seen; spoken, it is « point médian » at each fact."""
    facts = dotted(("mardi 17 novembre 2026", "Résultats de biologie"))
    text, tile = Text(facts), Tile("Prise de sang", facts)
    for widget in (text, tile):
        qtbot.addWidget(widget)
    spoken = "mardi 17 novembre 2026, Résultats de biologie"
    assert text.words == "mardi 17 novembre 2026 · Résultats de biologie"
    assert (text.accessibleName(), tile.accessibleDescription()) == (spoken, spoken)


def test_what_changes_an_answer_says_the_answer(qtbot: QtBot) -> None:
    """So that checking by Tab alone hears each answer with its question."""
    card = CheckAnswers([Answer("allergy", "Allergie", "Aspirine", "Changer l’allergie")])
    qtbot.addWidget(card)
    button = card.buttons["allergy"]
    assert button.accessibleDescription() == "Allergie : Aspirine"


def test_an_answer_is_met_in_one_with_its_question(qtbot: QtBot) -> None:
    """Alone, « Aspirine » is too short for a screen reader to say it, and « Allergie » says nothing."""
    install_accessibility()
    card = CheckAnswers([Answer("allergy", "Allergie", "Aspirine", "Changer l’allergie")])
    qtbot.addWidget(card)
    line = card.findChild(Together)
    assert line is not None
    found = QAccessible.queryAccessibleInterface(line)
    assert found.role() is QAccessible.Role.StaticText
    assert found.text(QAccessible.Text.Name) == "Allergie : Aspirine"
    assert found.childCount() == 0
