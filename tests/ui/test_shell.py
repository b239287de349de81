"""The window: what has the focus when one screen follows another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from ui.screen import Screen
from ui.shell import Shell
from ui.widgets import Tile

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class _Tiles(Screen):
    """A screen of one tile."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.tile = Tile(words)
        self.body.addWidget(self.tile)


def test_the_focus_goes_straight_to_what_the_next_screen_asks(qtbot: QtBot) -> None:
    """Not by way of a button of the bars: a screen reader would say it before the title."""
    shell = Shell("Tandem")
    qtbot.addWidget(shell)
    first, second = _Tiles("Lire"), _Tiles("Ranger")
    shell.show_screen(first)
    shell.show()
    shell.activateWindow()
    first.tile.setFocus()
    qtbot.waitUntil(first.tile.hasFocus)
    went = []

    def note(now: object) -> None:
        went.append(now)

    QApplication.instance().focusObjectChanged.connect(note)  # type: ignore[union-attr]  # there is one
    shell.show_screen(second)
    qtbot.waitUntil(second.tile.hasFocus)
    shell.show_screen(first)
    qtbot.waitUntil(first.tile.hasFocus)
    QApplication.instance().focusObjectChanged.disconnect(note)  # type: ignore[union-attr]
    widgets = [each for each in went if each in {first.tile, second.tile}]
    others = [each for each in went if each not in {first.tile, second.tile, None, shell}]
    assert widgets == [second.tile, first.tile]
    assert others == []
