"""How long the screen thread lets a person wait: the gaps between two turns of its event loop.

A timer that asks for every millisecond notes when it is late. What the robot itself does in that thread
(looking for a control as a screen reader would) is not the program's and is taken off; the press that
follows is the program's. Where a gap is long, a watcher beside notes what the thread was doing, so that
a bad figure comes with its cause.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["Meter"]

LONG_MS = 30.0
WATCH_SECONDS = 0.005
DEEP = 12


class Meter(QObject):
    """Measures from ``start`` to ``stop``; times in milliseconds."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._gaps: list[float] = []
        self._last = self._mine = self._worked = self._mine_worked = 0.0
        self._excused = 0
        self._causes: dict[float, str] = {}
        self._cause = ""
        self._watching = threading.Event()
        self._timer = QTimer(self, interval=1)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._thread = threading.get_ident()

    def start(self) -> None:
        """Begin anew."""
        self._gaps, self._causes, self._cause = [], {}, ""
        self._last, self._mine = time.perf_counter(), 0.0
        self._worked, self._mine_worked = time.thread_time(), 0.0
        self._watching.set()
        threading.Thread(target=self._watch, daemon=True).start()
        self._timer.start()

    def stop(self) -> dict[str, Any]:
        """Return the gaps, and for the longest ones what the thread was doing."""
        self._timer.stop()
        self._watching.clear()
        worst = sorted(self._causes, reverse=True)[:5]
        return {
            "gaps": [round(gap, 2) for gap in self._gaps],
            "causes": [[round(gap, 1), self._causes[gap]] for gap in worst],
        }

    @contextmanager
    def excused(self) -> Iterator[None]:
        """Take off what is done meanwhile: it is the robot's."""
        started, worked = time.perf_counter(), time.thread_time()
        self._excused += 1
        try:
            yield
        finally:
            self._excused -= 1
            if not self._excused:
                self._mine += time.perf_counter() - started
                self._mine_worked += time.thread_time() - worked

    def _tick(self) -> None:
        moment = time.perf_counter()
        worked = time.thread_time()
        gap = (moment - self._last - self._mine) * 1000
        self._gaps.append(gap)
        if gap > LONG_MS:
            own = (worked - self._worked - self._mine_worked) * 1000
            self._causes[gap] = f"{own:.0f} ms of its own work; {self._cause}"
        self._last, self._mine, self._cause = moment, 0.0, ""
        self._worked, self._mine_worked = worked, 0.0

    def _watch(self) -> None:
        while self._watching.is_set():
            time.sleep(WATCH_SECONDS)
            late = (time.perf_counter() - self._last - self._mine) * 1000
            if late > LONG_MS / 2 and not self._excused and not self._cause:
                self._cause = _doing(sys._current_frames().get(self._thread))  # noqa: SLF001  the documented way


def _doing(frame: FrameType | None) -> str:
    lines: list[str] = []
    while frame is not None and len(lines) < DEEP:
        code = frame.f_code
        lines.append(f"{code.co_filename.rpartition('/')[2]}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return " < ".join(lines)
