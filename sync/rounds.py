"""One round of syncing, without threads or waits: pull, push, pull, until nothing moves.

Decision: everything that decides lies here and in what it calls (``incoming``, ``outgoing``, ``verdicts``,
``guard``); the store, the transport, the clock and the randomness come from outside, so that a
simulation drives the very same code through ten thousand spoiled networks (``tests/simulation``). Pull first:
it is the probe whether anyone is there, so nothing is counted as tried without a network, and after a
failure it is the one request that finds out whether the service is back. What was sent is confirmed by
the pull after it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from app.errors import TandemError
from sync import guard
from sync.backoff import full_jitter
from sync.failures import (
    Absent,
    Busy,
    Forbidden,
    Offline,
    Refused,
    ServiceBroken,
    TooLarge,
    TransportError,
    Unauthorised,
)
from sync.lanes import Lane
from sync.peer import PeerUnusable

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from app.clock import Clock
    from app.records import Records
    from sync.lanes import Lanes
    from sync.outgoing import Outgoing
    from sync.pulling import Pulling
    from sync.readings import Readings
    from sync.status import StatusBoard
    from sync.transport import Transport

__all__ = ["OFFLINE_LIMIT", "PAUSE", "Rounds"]

# Without a network a try costs nothing: look often, so that the person sees it come back.
OFFLINE_LIMIT = 5.0
PAUSE = 24 * 3600.0
_MOST_PUSHES = 50
_UNEXPECTED = "sync-failed"
_log = logging.getLogger(__name__)


class Rounds:
    """Keeps one person's records and their service alike, a round at a time."""

    def __init__(
        self,
        records: Records,
        transport: Transport,
        pulling: Pulling,
        outgoing: Outgoing,
        readings: Readings,
        board: StatusBoard,
        lanes: Lanes,
        *,
        clock: Clock,
        rng: random.Random,
        poll: float,
        pulled: Callable[[], None] = lambda: None,
    ) -> None:
        self._records = records
        self._transport = transport
        self._pulling = pulling
        self._outgoing = outgoing
        self._readings = readings
        self._board = board
        self._lanes = lanes
        self._clock = clock
        self._rng = rng
        self._poll = poll
        self._pulled = pulled
        self._forgive = True
        self._failures = 0

    def forgive(self) -> None:
        """Let nothing wait any longer: the network is back, someone signed in, or pressed the button."""
        self._failures = 0
        self._forgive = True

    def once(self, stopping: Callable[[], bool] = lambda: False) -> float:
        """Pull, push, pull; return the seconds until the next round."""
        try:
            self._sync(stopping)
        except Unauthorised as failure:
            self._board.update(online=True, reason=failure.code)
            return PAUSE
        except TandemError as failure:
            return self._failed(failure)
        except Exception as problem:  # noqa: BLE001 (whatever it is, the next round must come)
            _log.error("sync failed: %s", type(problem).__name__)
            self._board.update(reason=_UNEXPECTED)
            self._failures += 1
            return full_jitter(self._failures, self._rng)
        self._failures = 0
        return self._until_due()

    def count(self) -> None:
        """Tell the screen what waits."""
        try:
            waiting = self._records.waiting()
        except TandemError as failure:
            self._board.update(reason=failure.code)
            return
        self._board.update(
            waiting=waiting.count, parked=waiting.parked, choices=waiting.choices, oldest=waiting.oldest
        )

    def _sync(self, stopping: Callable[[], bool]) -> None:
        before = self._outgoing.answered_ids()
        self._pull(stopping)
        self._outgoing.check_answered(before)
        if self._forgive:
            self._records.hurry()
            self._forgive = False
        for _ in range(_MOST_PUSHES):
            with self._lanes.at_work(Lane.ACTS):
                moved = self._outgoing.push(stopping)
            if not moved or stopping():
                break
            self._pull(stopping)
        self._besides("readings not told", lambda: self._readings.push(stopping))
        self._besides("lists not compared", lambda: self._pulling.look_through(stopping))

    def _pull(self, stopping: Callable[[], bool]) -> None:
        with self._lanes.at_work(Lane.METADATA):
            self._pulling.pull(stopping=stopping, received=self._received)
        if not stopping():
            question = guard.settle(self._records, self._pulling.feed)
            self._board.update(question=question)
        offset = self._transport.clock_offset
        self._board.update(
            online=True,
            reason=None,
            last_sync=self._clock(),
            clock_offset=None if offset is None else offset.total_seconds(),
        )
        self._pulled()
        self.count()

    def _besides(self, otherwise: str, do: Callable[[], object]) -> None:
        """Do what a service may refuse that takes acts and feeds: that is no failure of the round.

        Readings are sealed besides; the lists are a second look.
        """
        try:
            do()
        except (ServiceBroken, Refused, Forbidden, Absent, TooLarge, PeerUnusable) as failure:
            _log.warning("%s: %s", otherwise, failure.code)

    def _received(self, count: int) -> None:
        self._board.update(online=True, received=self._board.present.received + count)
        self._pulled()

    def _failed(self, failure: TandemError) -> float:
        """Say what stands in the way; return how long to wait before looking again."""
        self._failures += 1
        offline = isinstance(failure, Offline)
        self._board.update(online=not offline and isinstance(failure, TransportError), reason=failure.code)
        if offline:
            self._forgive = True
            return full_jitter(self._failures, self._rng, OFFLINE_LIMIT)
        if isinstance(failure, Busy):
            return float(failure.retry_after)
        if not isinstance(failure, TransportError):
            _log.warning("sync stopped: %s", failure.code)
        return full_jitter(self._failures, self._rng)

    def _until_due(self) -> float:
        due = self._outgoing.next_due()
        if due is None:
            return self._poll
        return min(self._poll, max(0.2, (due - self._clock()).total_seconds()))
