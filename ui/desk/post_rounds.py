"""The rounds of the post: sealed envelopes leave when no visit is open, and again after a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ui.tasks import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.desk.post import Post
    from ui.tasks import Tasks

__all__ = ["PostRounds"]

ROUND_MS = 15_000


class PostRounds(QObject):
    """``went`` with how many envelopes still wait; ``failed`` with why none could leave: they wait on."""

    went = Signal(int)
    failed = Signal(object)

    def __init__(self, post: Post, tasks: Tasks, is_busy: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._post, self._tasks, self._is_busy = post, tasks, is_busy
        self._going = False
        self._timer = QTimer(self)
        self._timer.setInterval(ROUND_MS)
        self._timer.timeout.connect(self.go)

    def start(self) -> None:
        """Go round from now on."""
        self._timer.start()

    def stop(self) -> None:
        """Go round no more."""
        self._timer.stop()

    def go(self) -> None:
        """Go now, unless one is under way or there is nothing to carry."""
        if self._going or self._is_busy() or not (self._post.is_enrolled and self._post.has_mail):
            return
        self._going = True
        self._tasks.run(self._post.deliver, self._back, self._back_without, lane=Lane.POST)

    def _back(self, left: int) -> None:
        self._going = False
        self.went.emit(left)

    def _back_without(self, error: Exception) -> None:
        self._going = False
        self.failed.emit(error)
