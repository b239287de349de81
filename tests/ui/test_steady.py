"""The second of two presses never answers a screen that was not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from ui.screen import Screen
from ui.shell import Shell
from ui.steady import SteadyHand
from ui.widgets.words import install_accessibility

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LONG_AGO = 5.0


class Time:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


class Two:
    """A window with two screens, each with its main button at the same place."""

    def __init__(self, qtbot: QtBot) -> None:
        self.time, self._qtbot = Time(), qtbot
        self.shell = Shell("essai")
        qtbot.addWidget(self.shell)
        self.shell._hand._clock = self.time
        self.pressed: list[str] = []
        self.screens = [self._screen(words) for words in ("Une", "Deux")]
        self.shell.show_screen(self.screens[0])
        self.shell.show()
        qtbot.waitExposed(self.shell)

    def _screen(self, words: str) -> Screen:
        screen = Screen(words, main="Continuer")
        screen.main_pressed.connect(lambda: self._answered(words))
        return screen

    def _answered(self, words: str) -> None:
        self.pressed.append(words)
        self.shell.show_screen(self.screens[1])

    def press(self, *, beside: int = 0) -> None:
        """Press the window where the main button is, when it stands there."""
        self._qtbot.waitUntil(lambda: self.shell.is_settled)
        button = self.screens[0].main_button
        assert button is not None
        place = button.mapTo(self.shell, button.rect().center()) - QPoint(beside, 0)
        left, bare = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(self.shell.windowHandle(), left, bare, place)

    def key(self, key: Qt.Key) -> None:
        """Press a key."""
        self._qtbot.waitUntil(lambda: self.shell.is_settled)
        shown = self.shell.shown
        assert shown is not None
        assert shown.main_button is not None
        shown.main_button.setFocus()
        QTest.keyClick(self.shell.windowHandle(), key)


@pytest.fixture
def two(qtbot: QtBot) -> Two:
    """Make the window."""
    install_accessibility()
    return Two(qtbot)


@pytest.mark.parametrize("beside", [0, 20])
def test_a_second_press_does_not_answer_the_next_screen(two: Two, beside: int) -> None:
    """At the same place, or as far as a trembling hand goes; however often it comes."""
    for _ in range(4):
        two.press(beside=beside)
        beside = 0
        two.time.now += 0.3
    assert two.pressed == ["Une"]


def test_between_two_screens_a_press_meets_nothing(two: Two) -> None:
    """Neither the buttons of what goes, which are out of sight for hands, nor what is not painted yet."""
    shell, (before, coming) = two.shell, two.screens
    help_place = before.help_button.mapTo(shell, before.help_button.rect().center())
    assert shell.childAt(help_place) is before.help_button
    shell.show_screen(coming)
    assert not shell.is_settled
    assert shell.shown is coming
    assert not before.isVisible()
    assert not coming.isVisible()
    assert shell.childAt(help_place) is shell._nothing
    two._qtbot.waitUntil(lambda: shell.is_settled)
    assert shell.childAt(help_place) is coming.help_button


def test_after_a_pause_a_press_is_meant(two: Two) -> None:
    """The hand rested: the next screen is answered."""
    two.press()
    two.time.now += LONG_AGO
    two.press()
    assert two.pressed == ["Une", "Deux"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_the_same_for_the_keys_that_press(two: Two, key: Qt.Key) -> None:
    """Enter twice answers one question."""
    two.key(key)
    two.time.now += 0.2
    two.key(key)
    assert two.pressed == ["Une"]
    two.time.now += LONG_AGO
    two.key(key)
    assert two.pressed == ["Une", "Deux"]


def test_on_one_screen_nothing_is_held_back(two: Two) -> None:
    """« Plus grand » pressed three times is three times larger."""
    two.screens[0].main_pressed.disconnect()
    told: list[int] = []
    two.screens[0].main_pressed.connect(lambda: told.append(1))
    for _ in range(3):
        two.press()
        two.time.now += 0.1
    assert len(told) == 3


def test_another_place_is_another_gesture(qtbot: QtBot) -> None:
    """Someone quick who presses elsewhere is not slowed down."""
    parent = Shell("essai")
    qtbot.addWidget(parent)
    hand = SteadyHand(parent.input, Time())
    assert not hand._is_echo(QPoint(10, 10).toPointF())
    hand.screen_changed()
    assert not hand._is_echo(QPoint(200, 10).toPointF())
