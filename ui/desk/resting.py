"""A desk that nobody touches is locked: after the minutes that end an idle visit, key and tokens go.

Decision: counted by the clock that nobody sets, and not while a visit is running, which has its own watch.
Unlocking takes seconds, so nothing is asked before.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.window_input import WindowInput

__all__ = ["Resting"]

TICK_MS = 1000
_ACTIVITY = frozenset({
    QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel,
    QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TabletPress,
})  # fmt: skip


class Resting(QObject):
    """``came`` once, when nobody has touched the desk for ``seconds()``; then again after a touch."""

    came = Signal()

    def __init__(
        self,
        window_input: WindowInput,
        seconds: Callable[[], float],
        is_busy: Callable[[], bool],
        parent: QObject,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._seconds, self._is_busy, self._steady = seconds, is_busy, steady
        self._last = steady()
        self._told = False
        window_input.watch(self._notice)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.check)
        self._timer.start(TICK_MS)

    def stop(self) -> None:
        """Watch no more."""
        self._timer.stop()

    def touch(self) -> None:
        """Count from now."""
        self._last, self._told = self._steady(), False

    def check(self) -> None:
        """Say that nobody is there, once."""
        if self._is_busy():
            self.touch()
        elif not self._told and self._steady() - self._last >= self._seconds():
            self._told = True
            self.came.emit()

    def _notice(self, event: QEvent) -> bool:
        if event.type() in _ACTIVITY:
            self.touch()
        return False
