"""The window: how one screen follows another, and what a page that is away hears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from ui import theme
from ui.screen import Screen
from ui.text import _
from ui.widgets import Tile

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from ui.shell import Shell


class _Tiles(Screen):
    """A screen of one tile."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.tile = Tile(words)
        self.body.addWidget(self.tile)


def shown(shell: Shell) -> _Tiles:
    """Return the screen that a window begins with."""
    first = _Tiles("Lire")
    shell.show_screen(first)
    shell.show()
    return first


def test_the_focus_goes_straight_to_what_the_next_screen_asks(shell: Shell, qtbot: QtBot) -> None:
    """Not by way of a button of the bars: a screen reader would say it before the title."""
    first, second = shown(shell), _Tiles("Ranger")
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


def test_a_page_that_was_away_comes_back_in_the_look_and_language_of_now(shell: Shell, qtbot: QtBot) -> None:
    """It is left alone while it is hidden, and told everything once when it comes back."""
    first, second = _Tiles("Lire"), Screen(_("Affichage"), _("Choisissez ce qui est bon pour vos yeux."))
    shell.show_screen(second)
    qtbot.waitUntil(lambda: shell.is_settled)
    shell.show_screen(first)
    qtbot.waitUntil(lambda: shell.is_settled)
    before = second.intro.height(), second.heading.words
    try:
        shell.set_language("en")
        shell.set_text_size(theme.TextSize.LARGEST)
        shell.set_mood(theme.Mood.DARK)
        qtbot.waitUntil(lambda: shell.is_settled)
        assert (second.intro.height(), second.heading.words) == before
        shell.show_screen(second)
        qtbot.waitUntil(lambda: shell.is_settled)
        assert second.heading.words == "Display"
        assert shell.windowTitle().startswith("Display")
        assert second.intro.height() > before[0]
        assert _brightness(second) < 60
    finally:
        shell.set_language("fr")
        theme.apply(theme.Theme.of(theme.Mood.LIGHT, theme.TextSize.MEDIUM))


def _brightness(screen: Screen) -> int:
    return screen.grab().toImage().pixelColor(5, 5).lightness()


class _Broken(Screen):
    """A screen that fails when it is entered."""

    def entered(self) -> None:
        """Fail."""
        raise LookupError("this screen")


def test_a_screen_that_fails_leaves_no_frozen_window(shell: Shell, qtbot: QtBot) -> None:
    """The window is painted again, and the next screen comes as usual."""
    first, broken = shown(shell), _Broken("Rien")
    with qtbot.captureExceptions() as problems:
        shell.show_screen(broken)
        qtbot.waitUntil(lambda: shell.is_settled)
    assert [kind for kind, *_rest in problems] == [LookupError]
    assert shell.updatesEnabled()
    assert broken.isVisible()
    shell.show_screen(first)
    qtbot.waitUntil(lambda: shell.is_settled)
    assert first.tile.isVisible()


def test_of_two_screens_asked_for_at_once_the_last_one_comes(shell: Shell, qtbot: QtBot) -> None:
    """The other one was never entered, so it is not left either."""
    passed, last = _Broken("Passé"), _Tiles("Ranger")
    shown(shell)
    shell.show_screen(passed)
    shell.show_screen(last)
    shell.drop_screen(passed)
    qtbot.waitUntil(lambda: shell.is_settled)
    assert shell.shown is last
    assert last.isVisible()
    assert shell.updatesEnabled()
