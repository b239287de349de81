"""Work cut into turns: in its order, events heard in between, and a piece that fails stops nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from ui.turns import Turns

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_each_piece_has_a_turn_of_its_own(qtbot: QtBot) -> None:
    """What else waits for the loop gets in between two pieces."""
    parent, done = QObject(), list[str]()
    heart = QTimer(parent, interval=0)
    heart.timeout.connect(lambda: done.append("heard"))
    turns = Turns(parent)
    heart.start()
    turns.then(lambda: done.append("one"), lambda: done.append("two"))
    turns.then(lambda: done.append("three"))
    assert turns.waiting == 3
    assert done == []
    qtbot.waitUntil(lambda: turns.waiting == 0)
    heart.stop()
    told = [each for before, each in zip(["", *done], done, strict=False) if each != before]
    assert told[told.index("one") :][:5] == ["one", "heard", "two", "heard", "three"]


def test_what_a_piece_adds_comes_last(qtbot: QtBot) -> None:
    """The queue is one, whoever fills it."""
    parent, done = QObject(), list[str]()
    turns = Turns(parent)
    turns.then(lambda: turns.then(lambda: done.append("added")), lambda: done.append("two"))
    qtbot.waitUntil(lambda: done == ["two", "added"])


def test_a_piece_that_fails_stops_nobody(qtbot: QtBot) -> None:
    """A window that keeps its picture must be painted again, whatever happened."""
    parent, done = QObject(), list[str]()

    def fail() -> None:
        raise LookupError("this piece")

    turns = Turns(parent)
    with qtbot.captureExceptions() as problems:
        turns.then(fail, lambda: done.append("painted"))
        qtbot.waitUntil(lambda: done == ["painted"])
    assert [kind for kind, *_rest in problems] == [LookupError]
