"""From a word in a document's text to its explanation: by a press, by Enter, by the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

Visit = Any
Shown = Any


@pytest.fixture
def read(visit: Visit, qtbot: QtBot) -> Shown:
    """Open a laboratory's structured result: its words are shown at once."""
    ids = visit.receive(make_paper(Kind.CDA_LAB, CITIZENS[0], 1))
    visit.window.go("document_view", document_id=ids[0])
    screen = visit.window.shown
    qtbot.waitUntil(lambda: bool(screen.panel.text._matches) and not visit.context.tasks.busy, timeout=20_000)
    return screen


def a_match(screen: Shown) -> Any:  # noqa: ANN401 - the glossary's
    """Return a hard word of the text."""
    return next(match for match in screen.panel.text._matches if "créatinine" in match.entry.word.lower())


def test_a_press_on_the_word_explains_it(visit: Visit, read: Shown, qtbot: QtBot) -> None:
    """One press away; a press beside it does nothing."""
    box, match = read.panel.text, a_match(read)
    cursor = QTextCursor(box.document())
    cursor.setPosition(match.start + 2)
    box.setTextCursor(cursor)
    box.ensureCursorVisible()
    place = box.cursorRect(cursor).center()
    QTest.mouseClick(box.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
    qtbot.waitUntil(lambda: visit.window.screen_name == "word", timeout=5_000)
    assert match.entry.word.lower() in visit.window.shown.heading.words.lower()


def test_enter_explains_the_word_of_the_caret(visit: Visit, read: Shown, qtbot: QtBot) -> None:
    """For the keyboard and a screen reader."""
    box, match = read.panel.text, a_match(read)
    cursor = QTextCursor(box.document())
    cursor.setPosition(match.start + 1)
    box.setTextCursor(cursor)
    QTest.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: visit.window.screen_name == "word", timeout=5_000)


def test_the_words_stay_underlined_under_the_voice_and_in_another_size(read: Shown, qtbot: QtBot) -> None:
    """What is lit up comes and goes; the dots stay, and come again with a new layout."""
    box = read.panel.text
    before = len(box.extraSelections())
    assert before == len(box._matches)
    box.setExtraSelections([box._underline(a_match(read))])
    assert len(box.extraSelections()) == before + 1
    box.setExtraSelections([])
    assert len(box.extraSelections()) == before
    box._lay_out()
    qtbot.waitUntil(lambda: len(box.extraSelections()) == before, timeout=10_000)


def test_the_list_of_hard_words_is_one_button_away(visit: Visit, read: Shown, qtbot: QtBot) -> None:
    """« Les mots difficiles » shows the words of this document."""
    assert read.hard_words.isVisible()
    read.hard_words.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "words", timeout=5_000)
