"""Long names and words: measured where Qt breaks them, never cut off; what was put away stays away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QFont, QTextLayout, QTextOption
from PySide6.QtWidgets import QWidget

from ui import theme
from ui.telling import retell
from ui.text import _, typeset
from ui.widgets import Text
from ui.widgets.painting import longest_word, text_width

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

WORDS = (
    "accompagnez-vous",
    "Éloïse-Anaïs d’Aÿ-Çàrâsœne-Löwenskjëld",
    "-5 mg",
    "02-48-11-22",
    "Sans réseau – tout est gardé",
    "Wolfeschlegelsteinhausenbergerdorff",
    "olive-chat-moulin",
    "une\nligne",
)


def laid(text: str, font: QFont) -> list[str]:
    """Break a text as narrow as Qt can."""
    layout, option = QTextLayout(text.replace("\n", "\u2028"), font), QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    layout.setTextOption(option)
    layout.beginLayout()
    lines = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(1)
        lines.append(text[line.textStart() : line.textStart() + line.textLength()])
    layout.endLayout()
    return [line.strip(" \n\u2028\u200b") for line in lines]


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("words", WORDS)
def test_the_longest_word_is_the_one_that_qt_will_not_break(words: str) -> None:
    """A line may end after a hyphen before a letter, not before a figure, and inside an endless word."""
    font = theme.current().font(theme.Role.TITLE)
    shown = typeset(words)
    assert longest_word(shown, font) == max(text_width(line, font) for line in laid(shown, font))


def test_only_an_endless_word_may_be_broken_anywhere() -> None:
    """Everyday words, the longest of them too, are left whole; nothing is added that is seen or lost."""
    assert "\u200b" not in typeset("hospitalisation cardiorespiratoire polychlorobiphényles")
    endless = "Wolfeschlegelsteinhausenbergerdorff"
    assert "\u200b" in typeset(endless)
    assert typeset(endless).replace("\u200b", "") == endless


def test_what_was_put_away_stays_away_in_another_language(qtbot: QtBot) -> None:
    """A hidden label does not come back when its words are said again."""
    page = QWidget()
    qtbot.addWidget(page)
    label = Text(_("Retour"), parent=page)
    label.hide()
    retell()
    assert label.isHidden()
    label.show()
    retell()
    assert not label.isHidden()
