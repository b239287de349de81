"""Work off the screen thread, answers back in it.

Decision (the wiring of Anki's ``taskman``): one single-thread executor per lane, one queued signal
that brings every result back. A lane is a single thread so that two writes to a person's store never
race and the reader process serves one page at a time. Screens never block: they ask, show that it
works, and are told, one answer a turn (``ui.turns``). An answer for a screen that is gone is dropped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from ui.turns import Turns

__all__ = ["Lane", "Tasks"]

log = logging.getLogger(__name__)
T = TypeVar("T")
Answer = Callable[[], None]


class Lane(StrEnum):
    """What the work waits for; work in one lane runs in order, lanes run side by side.

    The post has its own: what it waits for (a service that does not answer) must hold up nobody. So have
    the words of pages, which take seconds each, the scanner, and the person's own stick.
    """

    STORE = "store"
    READER = "reader"
    NETWORK = "network"
    POST = "post"
    WORDS = "words"
    SCANNER = "scanner"
    STICK = "stick"


class Tasks(QObject):
    """Runs functions in the lanes' threads; lives in the screen thread."""

    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.unhandled: Callable[[Exception], None] = _log_failure
        self._closed = False
        self._pending = 0
        self._lanes = {lane: ThreadPoolExecutor(1, thread_name_prefix=f"tandem-{lane}") for lane in Lane}
        self._turns = Turns(self)
        self._arrived.connect(self._turns.then, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether any answer is still to come."""
        return self._pending > 0

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        lane: Lane = Lane.STORE,
        owner: QObject | None = None,
    ) -> None:
        """Run ``work`` in ``lane``, then ``done(result)`` or ``failed(error)`` in the screen thread.

        Nothing is called when ``owner`` was deleted meanwhile. Without ``failed``, ``unhandled`` is told.
        """
        if self._closed:
            return
        self._pending += 1
        future = self._lanes[lane].submit(work)
        future.add_done_callback(lambda ended: self._post(lambda: self._finish(ended, done, failed, owner)))

    def next_turn(self, piece: Callable[[], object], owner: QObject | None = None) -> None:
        """Do ``piece`` in a turn of its own, if ``owner`` is still there."""
        self._pending += 1

        def do() -> None:
            self._pending -= 1
            if not self._closed and _alive(owner):
                piece()

        self._turns.then(do)

    def relay(self, listener: Callable[[T], None], owner: QObject | None = None) -> Callable[[T], None]:
        """Return a function that any thread may call: ``listener`` hears it in the screen thread."""

        def tell(value: T) -> None:
            self._post(lambda: listener(value) if _alive(owner) else None)

        return tell

    def close(self) -> None:
        """Drop what has not started, wait for what has; no answer is delivered any more."""
        self._closed = True
        for executor in self._lanes.values():
            executor.shutdown(wait=True, cancel_futures=True)

    def _post(self, answer: Answer) -> None:
        if not self._closed and isValid(self):
            self._arrived.emit(partial(self._deliver, answer))

    def _deliver(self, answer: Answer) -> None:
        if not self._closed:
            answer()

    def _finish(
        self,
        ended: Future[T],
        done: Callable[[T], None] | None,
        failed: Callable[[Exception], None] | None,
        owner: QObject | None,
    ) -> None:
        self._pending -= 1
        if ended.cancelled() or not _alive(owner):
            return
        error = ended.exception()
        if error is None:
            if done is not None:
                done(ended.result())
        elif isinstance(error, Exception):
            (failed or self.unhandled)(error)


def _alive(owner: QObject | None) -> bool:
    return owner is None or isValid(owner)


def _log_failure(error: Exception) -> None:
    # The type and the code only: an exception's text may hold something of the person.
    log.error("a task failed: %s %s", type(error).__name__, getattr(error, "code", ""))
