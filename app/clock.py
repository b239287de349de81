"""Time, injected, so that a test can hold it still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["Clock", "SeenClock", "instant", "now"]

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the present, aware, in UTC."""
    return datetime.now(UTC)


def instant(moment: datetime) -> str:
    """Write a moment as a FHIR ``instant`` (R4 §2.24.0.1) in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class SeenClock:
    """A clock that never says an earlier moment than one it has seen.

    Decision: what a mandate's end is compared with must not go back when someone sets this PC's clock
    back. So the service's moments (a token's, the feed's) and the last moment kept in the PC's vault are
    taken as floors, and time goes on from them by the clock that nobody can set (``time.monotonic``).
    A service's moment far ahead of this PC is believed: a flat battery sets a PC's clock back by years.
    """

    def __init__(self, clock: Clock = now, steady: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._steady = clock, steady
        self._floor: datetime | None = None
        self._since = 0.0
        self._lock = threading.Lock()
        self.saw(clock())

    def saw(self, moment: datetime | None) -> None:
        """Take a moment that has certainly come; ``None`` and one without a time zone say nothing."""
        if moment is None or moment.tzinfo is None:
            return
        with self._lock:
            if self._floor is None or moment > self._reached():
                self._floor, self._since = moment.astimezone(UTC), self._steady()

    def saw_text(self, text: str | None) -> None:
        """Take a moment as FHIR writes it; what is none says nothing."""
        try:
            self.saw(datetime.fromisoformat(text or ""))
        except (ValueError, OverflowError):  # the last hours of 9999 are after any calendar elsewhere
            return

    def _reached(self) -> datetime:
        assert self._floor is not None  # noqa: S101 (the first moment is seen when it is made)
        return self._floor + timedelta(seconds=max(0.0, self._steady() - self._since))

    @property
    def is_set_back(self) -> bool:
        """Whether this PC's clock is more than an hour behind what was seen: someone must look at it."""
        with self._lock:
            return self._reached() - self._clock() > timedelta(hours=1)

    def __call__(self) -> datetime:
        """Return the present, or the latest moment that is known to have come."""
        with self._lock:
            return max(self._clock(), self._reached())
