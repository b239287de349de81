"""The person's records as the sync engine uses them: operations on their way, the feed, what it took away."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from app.changes import Change, Origin
from app.clock import instant
from app.errors import OurBug, PersonCanAct
from app.records import asked, feed, outbox, overlay, readings, rebasing, removals, restoring
from app.records.values import OperationState, Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from app.changes import Changes
    from app.clock import Clock
    from app.errors import Field
    from app.records.removals import Removals
    from app.records.restoring import Lost
    from app.records.values import Cursor, FeedEntry, Operation, Resource, Waiting
    from app.vault.sqlcipher import Connection
    from app.vault.store import Store

__all__ = ["EngineSide", "OperationUnknown", "RemovalsChanged", "require_living"]


class RemovalsChanged(PersonCanAct):
    """The service deleted others since the person was asked: what they agreed to is not what would go."""

    code = "removals-changed"


_DOCUMENT = "DocumentReference"
_Found = TypeVar("_Found")


class OperationUnknown(OurBug):
    """No living operation has this number. Fields: ``seq``."""

    code = "operation-unknown"


class EngineSide:
    """What ``Records`` is to the engine."""

    def __init__(
        self, store: Store, changes: Changes, clock: Clock, category_of: Callable[[Resource], str]
    ) -> None:
        self._store = store
        self._changes = changes
        self._clock = clock
        self._category_of = category_of

    # Operations

    def operations(self, *states: OperationState) -> list[Operation]:
        """Return operations in these states, oldest first; every living one when none is named."""
        with self._store.read() as connection:
            return outbox.listed(connection, states)

    def bases(self, seq: int) -> dict[str, Resource]:
        """Return what a living operation's changes were made from, by "Type/id"; not what is new."""
        with self._store.read() as connection:
            return rebasing.bases_of(connection, seq)

    def due(self, moment: datetime, limit: int = 50) -> list[Operation]:
        """Return what may be sent now, most urgent lane first; no two are about the same resource."""
        with self._store.read() as connection:
            return outbox.due(connection, moment, limit)

    def start_sending(self, bodies: Mapping[int, bytes], answered: Sequence[int] = ()) -> list[Operation]:
        """Keep the exact bytes, by number, before they leave; those of a first try stay.

        ``answered`` are noted in the same commit: each costs a wait for the disk.
        """
        moment = instant(self._clock())
        with self._store.transaction() as connection:
            for seq in answered:
                require_living(connection, seq)
                outbox.move(connection, seq, OperationState.ANSWERED, moment)
            for seq, body in bodies.items():
                require_living(connection, seq)
                outbox.sent(connection, seq, body, moment)
            return [outbox.one(connection, seq) for seq in bodies]

    def answered(self, *seqs: int) -> None:
        """Note that the service said yes; the feed will tell whether it is so."""
        self._move(seqs, OperationState.ANSWERED)

    def retry_later(self, seq: int, next_at: datetime, reason: str | None = None) -> None:
        """Try again from ``next_at`` on, with the same bytes."""
        self._move([seq], OperationState.PENDING, next_at=next_at, reason=reason)

    def hurry(self) -> None:
        """Let nothing wait any longer: the network is back, or someone pressed the button."""
        with self._store.transaction() as connection:
            outbox.hurry(connection)

    def park(self, seq: int, reason_code: str, fields: Mapping[str, Field] | None = None) -> None:
        """Set aside what the service will not take, with why."""
        self._move([seq], OperationState.PARKED, reason=reason_code, fields=fields)

    def conflict(self, seq: int, reason_code: str, fields: Mapping[str, Field] | None = None) -> None:
        """Set aside what clashes with another's edit, until someone chooses."""
        moment = instant(self._clock())
        with self._store.transaction() as connection:
            require_living(connection, seq)
            outbox.keep_conflict(connection, seq, moment)
            outbox.move(connection, seq, OperationState.CONFLICT, moment, reason=reason_code, fields=fields)
            told = outbox.touched(connection, seq)
        self._tell(told, Origin.OPERATION)

    def release(self, seq: int) -> None:
        """Let an operation that the service refused try again: made anew, on what is here now."""
        moment = instant(self._clock())
        with self._store.transaction() as connection:
            require_living(connection, seq)
            outbox.release(connection, seq, moment)
            touched = outbox.touched(connection, seq)
            touched += rebasing.rebase(connection, touched, moment)
            self._relist(connection, touched, moment)
        self._tell(touched, Origin.OPERATION)

    def waiting(self) -> Waiting:
        """Count what the service does not have yet."""
        with self._store.read() as connection:
            return outbox.waiting(connection)

    # Readings

    def untold(self, limit: int = 50) -> list[tuple[int, Resource]]:
        """Return the journaled AuditEvents that the service has not got yet, by number, oldest first."""
        with self._store.read() as connection:
            return readings.untold(connection, limit)

    def told(self, seqs: Iterable[int]) -> None:
        """Note that the service has these."""
        with self._store.transaction() as connection:
            readings.told(connection, seqs)

    # The feed

    def cursor(self, name: str) -> Cursor | None:
        """Return how far a feed was read; None before its first page."""
        with self._store.read() as connection:
            return feed.cursor(connection, name)

    def apply_page(self, name: str, entries: Sequence[FeedEntry], cursor: Cursor) -> frozenset[str]:
        """Store one page of a feed with its cursor; return the ids of the operations it confirms."""
        return self.take_in(
            lambda connection, moment: Taken(feed.store_page(connection, name, entries, cursor, moment))
        )

    def look(self, work: Callable[[Connection], _Found]) -> _Found:
        """Read what another module of the records knows how to find."""
        with self._store.read() as connection:
            return work(connection)

    def take_in(self, work: Callable[[Connection, str], Taken]) -> frozenset[str]:
        """Store what a server told, by another module of the records, in one transaction.

        ``work`` gets the moment and returns what was news and the operations that are done besides those
        whose Provenance is now here. Returns the ids of the operations that were confirmed. What waits is
        laid anew on what came.
        """
        moment = instant(self._clock())
        with self._store.transaction() as connection:
            taken = work(connection, moment)
            confirmed = outbox.confirmed_by_the_feed(connection)
            known = {operation.seq for operation in confirmed}
            confirmed += [outbox.one(connection, seq) for seq in taken.done if seq not in known]
            touched = [*taken.news, *feed.confirm_all(connection, confirmed, moment)]
            touched += rebasing.rebase(connection, touched, moment)
            touched += asked.follow(connection, touched, moment)
            outbox.forget_old(connection, moment)
            self._relist(connection, touched, moment)
        self._tell(touched, Origin.FEED)
        return frozenset(operation.op_id for operation in confirmed)

    def lay_again(self, name: str) -> None:
        """Begin the feed anew (the service's epoch changed); what is here stays until it is told again."""
        with self._store.transaction() as connection:
            feed.begin_again(connection, name, instant(self._clock()))

    # What the feed took away

    def removals(self) -> Removals:
        """Count the deletions that the feed told and that are not carried out."""
        with self._store.read() as connection:
            return removals.noted(connection)

    def carry_out_removals(self, seen: int | None = None) -> None:
        """Delete what the service deleted.

        ``seen`` is how many someone agreed to: raises ``RemovalsChanged`` where there are others now.
        """
        moment = instant(self._clock())
        with self._store.transaction() as connection:
            if seen is not None and removals.noted(connection).count != seen:
                raise RemovalsChanged
            gone = self._carry_out(connection, moment)
        self._tell(gone, Origin.FEED)

    def keep_removals(self) -> None:
        """Keep here what the service deleted: the person wants it so."""
        with self._store.transaction() as connection:
            removals.keep(connection, instant(self._clock()))

    def lost(self, name: str) -> Lost | None:
        """Count what a feed begun anew did not tell again; ``None`` where that is settled."""
        with self._store.read() as connection:
            return restoring.lost(connection) if feed.is_begun_again(connection, name) else None

    def settle_lost(self, name: str, *, offer_again: bool) -> None:
        """Keep what was not told again; ``offer_again`` makes operations of this PC's own acts in it."""
        moment = instant(self._clock())
        touched: list[tuple[str, str]] = []
        with self._store.transaction() as connection:
            if offer_again:
                touched = restoring.offer_again(connection, moment)
            restoring.keep_untold(connection, moment)
            feed.settled_again(connection, name)
            self._relist(connection, touched, moment)
        self._tell(touched, Origin.ACT)

    # Inside

    def _carry_out(self, connection: Connection, moment: str) -> list[tuple[str, str]]:
        gone = removals.carry_out(connection, moment)
        gone += rebasing.rebase(connection, gone, moment)
        self._relist(connection, gone, moment)
        return gone

    def _relist(self, connection: Connection, touched: Iterable[tuple[str, str]], moment: str) -> None:
        for document_id in dict.fromkeys(key for kind, key in touched if kind == _DOCUMENT):
            overlay.relist(connection, document_id, self._category_of, moment)

    def _move(
        self,
        seqs: Sequence[int],
        state: OperationState,
        *,
        next_at: datetime | None = None,
        reason: str | None = None,
        fields: Mapping[str, Field] | None = None,
    ) -> None:
        moment = instant(self._clock())
        told: list[tuple[str, str]] = []
        with self._store.transaction() as connection:
            for seq in seqs:
                require_living(connection, seq)
                outbox.move(connection, seq, state, moment, next_at=next_at, reason=reason, fields=fields)
                told += outbox.touched(connection, seq)
        self._tell(told, Origin.OPERATION)

    def _tell(self, touched: Iterable[tuple[str, str]], origin: Origin) -> None:
        touched = tuple(touched)
        if touched:
            kinds = frozenset(kind for kind, _ in touched)
            ids = frozenset(f"{kind}/{resource_id}" for kind, resource_id in touched)
            self._changes.publish(Change(kinds, ids, origin))


def require_living(connection: Connection, seq: int) -> None:
    """Raise ``OperationUnknown`` where an operation is no more."""
    if connection.execute("SELECT 1 FROM op WHERE seq = ?", (seq,)).fetchone() is None:
        raise OperationUnknown(seq=seq)
