"""Several workers behind one socket, and one process that looks after them.

Decision: the supervisor opens the records once (migrations of a fresh database, the made-up people), closes
them, and only then forks: a worker shares nothing with another but the listening socket, from which whoever
is free takes the next connection. The ready line comes when all of them listen. A worker that dies is
replaced, and that is said in the log; one that cannot start at the beginning ends everything with its exit
code. SIGTERM goes to all, each finishes what it answers. A supervisor that is killed takes its workers with
it: each waits for the end of a pipe that only the supervisor holds open.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Supervisor", "can_fork"]

_LOG = logging.getLogger("tandem.service")
_GRACE_SECONDS: Final = 20.0
_PAUSE_SECONDS: Final = 1.0
_WATCHED = ("SIGTERM", "SIGINT", "SIGCHLD")


def can_fork() -> bool:
    """Say whether this system has workers that share a socket."""
    return hasattr(os, "fork")


class Supervisor:
    """Keeps ``count`` workers at work; ``work`` is a worker's life: it calls its argument when it listens."""

    def __init__(
        self,
        count: int,
        work: Callable[[Callable[[], None]], int],
        ready: Callable[[], None],
        drain: float = 0,
    ) -> None:
        self._count = count
        self._drain = drain
        self._work = work
        self._ready = ready
        self._workers: set[int] = set()
        self._listening = 0
        self._due: list[float] = []
        self._is_ending = False
        self._code = 0
        self._wake = os.pipe()
        self._news = os.pipe()
        self._life = os.pipe()
        for each in (*self._wake, self._news[0]):
            os.set_blocking(each, False)

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; returns the exit code."""
        before = {name: signal.signal(getattr(signal, name), self._noted) for name in _WATCHED}
        woken = signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        try:
            for _ in range(self._count):
                self._start()
            while self._workers or self._due:
                self._look()
        finally:
            signal.set_wakeup_fd(woken)
            for name, handler in before.items():
                signal.signal(getattr(signal, name), handler)
            for each in (*self._wake, *self._news, *self._life):
                os.close(each)
        return self._code

    def _noted(self, number: int, _: object) -> None:
        if number != signal.SIGCHLD:
            self._is_ending = True

    def _look(self) -> None:
        """Wait for something to happen, and do what it asks for."""
        pause = max(0.0, min(self._due) - time.monotonic()) if self._due else None
        found, _, _ = select.select([self._wake[0], self._news[0]], [], [], pause)
        for each in found:
            told = os.read(each, 4096)
            if each == self._news[0]:
                self._hear(len(told))
        self._bury()
        if self._is_ending:
            self._end()
            return
        now = time.monotonic()
        while self._due and min(self._due) <= now:
            self._due.remove(min(self._due))
            self._start()

    def _hear(self, count: int) -> None:
        was_whole = self._listening >= self._count
        self._listening += count
        if not was_whole and self._listening >= self._count:
            self._ready()

    def _start(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._live()
        self._workers.add(pid)

    def _live(self) -> None:
        """Be a worker, to the end of this process."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for name in _WATCHED:
                signal.signal(getattr(signal, name), signal.SIG_DFL)
            for each in (*self._wake, self._news[0], self._life[1]):
                os.close(each)
            threading.Thread(target=self._follow, name="tandem-follow", daemon=True).start()
            code = self._work(lambda: self._tell(self._news[1]))
        except Exception as error:  # noqa: BLE001 (the last place that can say it; by its kind only)
            _LOG.error("worker %d: %s", os.getpid(), type(error).__name__)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    @staticmethod
    def _tell(news: int) -> None:
        os.write(news, b".")

    def _follow(self) -> None:
        """End when the supervisor is gone."""
        while os.read(self._life[0], 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    def _bury(self) -> None:
        """See who has ended; put another in their place."""
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self._workers.discard(pid)
            code = os.waitstatus_to_exitcode(status)
            if self._is_ending:
                continue
            if self._listening < self._count:
                self._code, self._is_ending = max(1, code), True
                _LOG.error("worker %d could not start (%d)", pid, code)
                continue
            _LOG.warning("worker %d ended (%d): another takes its place", pid, code)
            self._due.append(time.monotonic() + _PAUSE_SECONDS)

    def _end(self) -> None:
        """Let every worker finish what it answers; then end those that do not."""
        self._due.clear()
        for each in self._workers:
            os.kill(each, signal.SIGTERM)
        limit = time.monotonic() + _GRACE_SECONDS + self._drain
        while self._workers and time.monotonic() < limit:
            select.select([self._wake[0]], [], [], 0.2)
            self._bury()
        for each in self._workers:
            _LOG.warning("worker %d does not end: killed", each)
            os.kill(each, signal.SIGKILL)
            os.waitpid(each, 0)
        self._workers.clear()
