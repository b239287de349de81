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

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from ui import theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.window_input import WindowInput

__all__ = ["SteadyHand", "pause"]

LEAST_PAUSE = 0.5
_PRESSES = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick})
_KEYS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})


def pause() -> float:
    """Return the seconds after which a second press is meant as one."""
    return max(LEAST_PAUSE, QApplication.doubleClickInterval() / 1000)


class SteadyHand:
    """Watches the presses on a window; ``screen_changed`` is to be called when another screen is shown."""

    def __init__(self, window_input: WindowInput, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._screens = 0
        self._before: tuple[float, int, QPointF | None] = (float("-inf"), 0, None)
        window_input.watch(self._swallows)

    def screen_changed(self) -> None:
        """Hear that what was asked is no longer what is asked."""
        self._screens += 1

    def _swallows(self, event: QEvent) -> bool:
        """Swallow what was meant for the screen before."""
        if isinstance(event, QKeyEvent):
            return event.type() == QEvent.Type.KeyPress and event.key() in _KEYS and self._is_echo(None)
        return (
            isinstance(event, QMouseEvent)
            and event.type() in _PRESSES
            and self._is_echo(event.globalPosition())
        )

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
