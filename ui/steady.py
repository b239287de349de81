"""A hand that trembles, or that learned to press everything twice, does one thing at a time.

Context: the main button is at the same place on every screen, so that the second of two presses would
answer a question that was not even read: « Oui, c’est moi », then « Terminer la visite ».
Decision: a press at the place of the one before, so soon after it that it is the same gesture, does
nothing if the screen changed between the two. The same for Enter and Space. On one and the same screen
nothing is held back.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from ui import theme

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SteadyHand", "pause"]

LEAST_PAUSE = 0.5
_WATCHED = frozenset(
    {QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick, QEvent.Type.KeyPress},
)
_KEYS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})


def pause() -> float:
    """Return the seconds after which a second press is meant as one."""
    return max(LEAST_PAUSE, QApplication.doubleClickInterval() / 1000)


class SteadyHand(QObject):
    """Watches the presses on ``window``; ``screen_changed`` is to be called when another screen is shown."""

    def __init__(self, window: QWidget, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(window)
        self._window = window
        self._clock = clock
        self._screens = 0
        self._before: tuple[float, int, QPointF | None] = (float("-inf"), 0, None)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def screen_changed(self) -> None:
        """Hear that what was asked is no longer what is asked."""
        self._screens += 1

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Swallow what was meant for the screen before."""
        if event.type() not in _WATCHED or not isinstance(watched, QWidget):
            return False
        if watched.window() is not self._window:
            return False
        if isinstance(event, QKeyEvent):
            return event.key() in _KEYS and self._is_echo(None)
        return isinstance(event, QMouseEvent) and self._is_echo(event.globalPosition())

    def _is_echo(self, place: QPointF | None) -> bool:
        """Say whether it belongs to the press before; as long as one hammers on, it does."""
        moment = self._clock()
        last, screen, there = self._before
        soon = moment - last < pause() and _is_near(place, there)
        echo = soon and screen != self._screens
        self._before = (moment, screen if echo else self._screens, place)
        return echo


def _is_near(one: QPointF | None, other: QPointF | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one - other).manhattanLength() < theme.TARGET
