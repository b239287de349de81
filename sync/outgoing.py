"""The push: acts in their order, each sent once and believed only when it is read back.

The life of an operation is in ``app/records``; here is what moves it. The exact bytes are stored
before they leave. Whatever was sent once is first looked for at the service (its Provenance has
the operation's id) before it is sent again: a cut between the service's commit and its answer
makes no second document. An answer only makes it *answered*; the feed confirms it.
What a failure means for an operation is in ``verdicts``, how acts travel together in ``grouping``, how
their files get there first in ``deposits``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from app.records.values import OperationState
from sync.failures import (
    Busy,
    Offline,
    ServiceBroken,
    TooLarge,
    TransportError,
    Unauthorised,
    VersionClash,
)
from sync.grouping import Grouping, culprit, split
from sync.verdicts import BINARY_MISSING, BREAKER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from app.clock import Clock
    from app.records import Operation, Records
    from sync.deposits import Deposits
    from sync.destination import Destination
    from sync.verdicts import Judge

__all__ = ["NOT_READ_BACK", "Outgoing"]

NOT_READ_BACK = "not-read-back"
_AT_ONCE = 50


class Outgoing:
    """Sends one person's operations, those with a file once ``deposits`` has it at the service.

    ``destination`` says where to; it is asked only when there is something to send or to look for.
    """

    def __init__(
        self,
        records: Records,
        destination: Callable[[], Destination],
        judge: Judge,
        *,
        clock: Clock,
        deposits: Deposits,
        grouping: Grouping | None = None,
    ) -> None:
        self._records = records
        self._destination = destination
        self._judge = judge
        self._clock = clock
        self._deposits = deposits
        self._grouping = grouping or Grouping()
        self._held_until: datetime | None = None
        self._broken = 0
        # Noted with the next group, or at the end; lost before, their outcome is looked for as ever.
        self._answered: list[int] = []

    def push(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Send what is due; return how many operations moved on: answered, or to be made anew.

        A service that asked for time is left in peace.

        Raises:
            TransportError: nothing more can be sent now (offline, signed out).

        """
        moment = self._clock()
        if self._held_until is not None and moment < self._held_until:
            return 0
        self._broken = 0
        due = self._records.due(moment, _AT_ONCE)
        if not due:
            return 0
        to = self._destination()
        unsent, moved = self._cleared(to, due)
        bodies = {each.seq: each.send_bytes or to.body(each) for each in unsent}
        try:
            for group in self._grouping.groups(unsent, bodies, to.most_acts):
                if stopping() or self._is_stopped():
                    break
                moved += self._send(group, bodies)
        finally:
            self._note_answered()
        return moved

    def check_answered(self, before: frozenset[str]) -> None:
        """Look for acts that were answered before a whole pull and that the feed did not bring.

        Servers have said 200 to what they rolled back: such an act is sent again.
        """
        missed = [each for each in self._records.operations(OperationState.ANSWERED) if each.op_id in before]
        there = self._destination().there(missed) if missed else frozenset()
        for operation in missed:
            if operation.op_id not in there:
                self._judge.later(operation, 1, NOT_READ_BACK)

    def answered_ids(self) -> frozenset[str]:
        """Return the operations that wait for the feed."""
        return frozenset(each.op_id for each in self._records.operations(OperationState.ANSWERED))

    def next_due(self) -> datetime | None:
        """Return when the first waiting operation may be tried again."""
        pending = self._records.operations(OperationState.PENDING, OperationState.IN_FLIGHT)
        moments = [each.next_at for each in pending if each.next_at is not None]
        return min(moments, default=None)

    def _is_stopped(self) -> bool:
        return self._broken >= BREAKER or (self._held_until is not None and self._clock() < self._held_until)

    def _cleared(self, to: Destination, due: Sequence[Operation]) -> tuple[list[Operation], int]:
        """Take out what was sent before and is there; its answer was lost."""
        sent = [each for each in due if each.send_bytes]
        there = to.there(sent) if sent else frozenset()
        found = [each for each in due if each.op_id in there]
        if found:
            self._records.answered(*(each.seq for each in found))
        return [each for each in due if each.op_id not in there and self._deposits.has(each)], len(found)

    def _send(self, group: list[Operation], bodies: Mapping[int, bytes]) -> int:
        answered, self._answered = self._answered, []
        sending = self._records.start_sending({each.seq: bodies[each.seq] for each in group}, answered)
        try:
            self._destination().deliver(sending)
        except TransportError as failure:
            return self._failed(group, bodies, failure)
        self._answered += [each.seq for each in group]
        for each in group:
            self._judge.acquit(each)
        self._broken = 0
        self._grouping.grew()
        return len(group)

    def _note_answered(self) -> None:
        answered, self._answered = self._answered, []
        if answered:
            self._records.answered(*answered)

    def _failed(self, group: list[Operation], bodies: Mapping[int, bytes], failure: TransportError) -> int:
        """Say what the failure means; a group that was understood and refused is cut, and sent again."""
        if isinstance(failure, Offline | Unauthorised):
            raise failure
        if isinstance(failure, Busy):
            self._held_until = self._clock() + timedelta(seconds=failure.retry_after)
        if len(group) == 1:
            return self._failed_alone(group[0], failure)
        if isinstance(failure, TooLarge | ServiceBroken):
            self._grouping.halve(group)
        if isinstance(failure, Busy | ServiceBroken):
            self._broken += isinstance(failure, ServiceBroken)
            for each in group:
                self._judge.sentence(each, failure)
            return 0
        named = culprit(group, failure)
        moved = 0
        for part in split(group, named):
            if self._is_stopped():
                break
            moved += self._send(part, bodies)
        return moved

    def _failed_alone(self, operation: Operation, failure: TransportError) -> int:
        self._broken = self._broken + 1 if isinstance(failure, ServiceBroken) else 0
        if isinstance(failure, VersionClash) and self._destination().there([operation]):
            # Our own earlier sending, not somebody else's edit.
            self._records.answered(operation.seq)
            return 1
        if failure.fields.get("reason") == BINARY_MISSING:
            self._deposits.forget(operation)
        self._judge.sentence(operation, failure)
        return int(isinstance(failure, VersionClash))
