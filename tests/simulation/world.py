"""Virtual time: everybody takes turns, in an order that a seed decides.

Each device, and the world around them, lives in greenlets of one thread. Whoever would wait (for the network,
for the clock) pauses; the next in time goes on. So a run is the same every time, and a day takes a
tenth of a second.
"""

from __future__ import annotations

import heapq
import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from greenlet import GreenletExit, getcurrent, greenlet

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["World"]

_START = datetime(2026, 11, 22, 8, tzinfo=UTC)
_MOST_TURNS = 60_000


class World:
    """The scheduler, the clock, the randomness and what is noted of a run."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.now = 0.0
        self.trace: list[str] = []
        self.failures: list[str] = []
        self._hub = getcurrent()
        self._waiting: list[tuple[float, int, greenlet]] = []
        self._order = itertools.count()
        self._ids = itertools.count(1)

    def clock(self) -> datetime:
        """Tell the time."""
        return _START + timedelta(seconds=self.now)

    def mint(self, kind: str) -> str:
        """Make an id, in the order of time; its last letter says what it names."""
        return f"{next(self._ids):08x}-0000-7000-8000-00000000000{kind}"

    def chance(self, likelihood: float) -> bool:
        """Throw a coin."""
        return self.rng.random() < likelihood

    def note(self, text: str) -> None:
        """Write into the trace."""
        self.trace.append(f"{self.now:9.2f} {text}")

    def wrong(self, text: str) -> None:
        """Write down that something that must never happen has happened."""
        self.note(f"WRONG: {text}")
        self.failures.append(text)

    def spawn(self, live: Callable[[], None]) -> greenlet:
        """Begin a life of its own."""
        made = greenlet(live, parent=self._hub)
        self._push(made, 0.0)
        return made

    def pause(self, seconds: float) -> None:
        """Let the others go on for a while."""
        self._push(getcurrent(), seconds)
        self._hub.switch()

    def run(self, until: float) -> None:
        """Let everybody live until a moment, or until nobody waits any more."""
        turns = 0
        while self._waiting and self._waiting[0][0] <= until:
            self.now, _, turn = heapq.heappop(self._waiting)
            if not turn.dead:
                turn.switch()
            turns += 1
            if turns > _MOST_TURNS:
                self.wrong("it never comes to rest")
                return
        self.now = max(self.now, until)

    def end(self) -> None:
        """End every life."""
        for _, _, turn in self._waiting:
            if not turn.dead:
                turn.throw(GreenletExit)
        self._waiting.clear()

    def _push(self, turn: greenlet, seconds: float) -> None:
        heapq.heappush(self._waiting, (self.now + seconds, next(self._order), turn))
