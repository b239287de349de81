"""Work of the screen thread cut into turns, so that whoever presses, types or listens is heard in between.

Context: to build a page, to lay it out and to paint it take some twenty milliseconds each on a small PC. Done
at once that is a window which stands still; done in turns nobody is held for longer than one of the three.
Decision: pieces wait in one queue and run one per turn of the event loop, in the order they came. A timer of
our own leads them: ``QTimer.singleShot(0)`` is a posted event, which Qt serves within the same turn.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Turns"]

SOON_MS = 1


class Turns(QObject):
    """A queue of pieces of work, as long as ``parent`` lives."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pieces: deque[Callable[[], object]] = deque()
        self._timer = QTimer(self, interval=SOON_MS)
        self._timer.timeout.connect(self._next)

    @property
    def waiting(self) -> int:
        """How many pieces wait."""
        return len(self._pieces)

    def then(self, *pieces: Callable[[], object]) -> None:
        """Do these after what waits already, each in a turn of its own."""
        self._pieces.extend(pieces)
        self._timer.start()

    def _next(self) -> None:
        piece = self._pieces.popleft()
        if not self._pieces:
            self._timer.stop()
        piece()
