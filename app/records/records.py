"""The person's records, as screens and engine use them. Thread-safe; blocking.

An act is one transaction: overlay, operation and audit entry, and on a kiosk its sealed envelope
before the commit. A page of the feed is one transaction: rows, cursor and what they confirm. So
whatever stops the program, it finds itself before an act or after it. Changes are told afterwards.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from app import journal
from app.changes import Change, Changes, Origin
from app.clock import Clock, instant, now
from app.codes.categories import category_of as _category_of
from app.errors import OurBug, WorldFailed
from app.records import feed, listing, outbox, overlay, readings
from app.records.values import DocumentQuery, DocumentRow, OperationState, Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from app.errors import Field
    from app.records.values import Act, Cursor, FeedEntry, Operation, Resource, Waiting
    from app.vault.anchor import Anchor, Head
    from app.vault.sqlcipher import Connection
    from app.vault.store import Store

__all__ = ["ActMalformed", "OperationUnknown", "Records"]

_DOCUMENT = "DocumentReference"
_EVERYTHING = DocumentQuery()
_Found = TypeVar("_Found")


class ActMalformed(OurBug):
    """An act without its Provenance at the end, or with a resource that has no type or id."""

    code = "act-malformed"


class OperationUnknown(OurBug):
    """No living operation has this number. Fields: ``seq``."""

    code = "operation-unknown"


class Records:
    """One person's records.

    ``category_of`` sorts documents for the list. With an ``anchor`` the journal's head is compared
    with the one kept there (``StoreRolledBack``, ``JournalForked``) and kept there at each commit.
    ``on_audit`` hears each journaled event after its commit, with the act's ``op_id`` if it is one;
    in the committing thread, and it may not raise.
    """

    def __init__(
        self,
        store: Store,
        changes: Changes,
        *,
        clock: Clock = now,
        category_of: Callable[[Resource], str] = _category_of,
        anchor: Anchor | None = None,
        on_audit: Callable[[Resource, str | None], None] | None = None,
    ) -> None:
        self._store = store
        self._on_audit = on_audit
        self._anchor = anchor
        self._changes = changes
        self._clock = clock
        self._category_of = category_of
        if anchor is not None:
            with store.read() as connection:
                journal.check_anchor(connection, anchor)

    # Acts

    def commit(
        self,
        act: Act,
        *,
        inside: Callable[[Operation], None] | None = None,
        instead_of: Sequence[int] = (),
    ) -> Operation:
        """Commit one act; ``inside`` runs just before the commit, and what it raises undoes all.

        ``instead_of`` are operations that it replaces: they are dropped in the same transaction.
        Raises ``ActMalformed``, ``OperationUnknown``, ``DiskFull``; then nothing has changed.
        """
        _require_whole(act)
        moment = instant(self._clock())
        with self._store.transaction() as connection:
            dropped = self._drop(connection, instead_of, moment)
            operation = outbox.enqueue(connection, act, moment)
            for resource in act.resources:
                base = act.base_versions.get(f"{resource['resourceType']}/{resource['id']}")
                overlay.lay(connection, resource, operation.seq, base)
                if resource["resourceType"] == _DOCUMENT:
                    overlay.relist(
                        connection, resource["id"], self._category_of, moment, is_ours=base is None
                    )
            feed.file_of(connection, act, moment)
            head = journal.append(connection, act.audit, moment)
            if inside is not None:
                inside(operation)
        self._journaled(head, act.audit, act.op_id)
        self._tell((*dropped, *((body["resourceType"], body["id"]) for body in act.resources)), Origin.ACT)
        return operation

    def give_up(self, seqs: Sequence[int], event: Resource) -> None:
        """Drop operations in favour of what the service has; ``event`` journals who chose it."""
        moment = instant(self._clock())
        with self._store.transaction() as connection:
            dropped = self._drop(connection, seqs, moment)
            head = journal.append(connection, event, moment)
            readings.keep(connection, head.size)
        self._journaled(head, event, None)
        self._tell(dropped, Origin.ACT)

    def audit(self, event: Resource) -> None:
        """Journal something that changes nothing: a reading, a refusal. The service will be told."""
        with self._store.transaction() as connection:
            head = journal.append(connection, event, instant(self._clock()))
            readings.keep(connection, head.size)
        self._journaled(head, event, None)

    # Resources and the list

    def get(self, resource_type: str, resource_id: str) -> Resource | None:
        """Return one resource as the person sees it."""
        with self._store.read() as connection:
            return overlay.get(connection, resource_type, resource_id)

    def all(self, resource_type: str) -> list[Resource]:
        """Return every resource of a type as the person sees them."""
        with self._store.read() as connection:
            return overlay.all_of(connection, resource_type)

    def there(self, resource_type: str, resource_id: str) -> Resource | None:
        """Return one resource as the service last told it, whatever the person did since."""
        with self._store.read() as connection:
            return overlay.truth_of(connection, resource_type, resource_id)

    def version(self, resource_type: str, resource_id: str) -> str | None:
        """Return the service's version of a resource as last read: the base of an edit."""
        with self._store.read() as connection:
            return overlay.version_of(connection, resource_type, resource_id)

    def documents(
        self, query: DocumentQuery = _EVERYTHING, *, limit: int = 200, offset: int = 0
    ) -> list[DocumentRow]:
        """Return a page of the list, newest first."""
        with self._store.read() as connection:
            return listing.rows(connection, query, limit, offset)

    def document(self, document_id: str) -> DocumentRow | None:
        """Return one line of the list."""
        with self._store.read() as connection:
            return listing.with_id(connection, document_id)

    def count_documents(self, query: DocumentQuery = _EVERYTHING) -> int:
        """Return how many documents the query finds."""
        with self._store.read() as connection:
            return listing.count(connection, query)

    def categories(self) -> list[tuple[str, int]]:
        """Return the categories that hold documents, with how many."""
        with self._store.read() as connection:
            return listing.categories(connection)

    def years(self) -> list[tuple[int, int]]:
        """Return the years that hold documents, newest first, with how many."""
        with self._store.read() as connection:
            return listing.years(connection)

    def document_with_digest(self, sha256: str) -> DocumentRow | None:
        """Return the document whose file has this SHA-256 (hex): it is filed already."""
        with self._store.read() as connection:
            return listing.with_digest(connection, sha256)

    def index_text(self, document_id: str, text: str) -> None:
        """Make a document findable by what its file says."""
        with self._store.transaction() as connection:
            listing.index_text(connection, document_id, text)

    def keep_recognised(self, document_id: str, sha256: str, pages: Mapping[int, str]) -> None:
        """Keep the words of pages (from 0) that this PC has recognised in these very bytes."""
        with self._store.transaction() as connection:
            listing.keep_recognised(connection, document_id, sha256, pages)

    def recognised(self, document_id: str, sha256: str) -> dict[int, str]:
        """Return the words of the pages that were recognised in these very bytes."""
        with self._store.read() as connection:
            return listing.recognised(connection, document_id, sha256)

    # Files on this computer

    def file_stored(
        self, document_id: str, sha256: str | None, size: int | None, content_type: str | None
    ) -> None:
        """Note that a document's sealed file is here."""
        with self._store.transaction() as connection:
            feed.file_stored(connection, document_id, sha256, size, content_type, instant(self._clock()))
        self._tell([(_DOCUMENT, document_id)], Origin.FILE)

    def file_removed(self, document_id: str) -> None:
        """Note that a document's sealed file is gone (damaged, or room was needed)."""
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM file WHERE document_id = ?", (document_id,))
        self._tell([(_DOCUMENT, document_id)], Origin.FILE)

    def files_here(self) -> set[str]:
        """Return the ids of all documents whose file is here: what is no orphan."""
        with self._store.read() as connection:
            return {name for (name,) in connection.execute("SELECT document_id FROM file")}

    def missing_files(self, limit: int = 50) -> list[DocumentRow]:
        """Return the newest documents whose file is not here."""
        with self._store.read() as connection:
            return listing.missing(connection, limit)

    # Operations

    def operations(self, *states: OperationState) -> list[Operation]:
        """Return operations in these states, oldest first; every living one when none is named."""
        with self._store.read() as connection:
            return outbox.listed(connection, states)

    def due(self, moment: datetime, limit: int = 50) -> list[Operation]:
        """Return what may be sent now, most urgent lane first."""
        with self._store.read() as connection:
            return outbox.due(connection, moment, limit)

    def start_sending(self, seq: int, send_bytes: bytes) -> Operation:
        """Keep the exact bytes before they leave; those of a first try stay for every later one."""
        with self._store.transaction() as connection:
            _require_living(connection, seq)
            outbox.sent(connection, seq, send_bytes, instant(self._clock()))
            return outbox.one(connection, seq)

    def answered(self, seq: int) -> None:
        """Note that the service said yes; the feed will tell whether it is so."""
        self._move(seq, OperationState.ANSWERED)

    def retry_later(self, seq: int, next_at: datetime, reason: str | None = None) -> None:
        """Try again from ``next_at`` on, with the same bytes."""
        self._move(seq, OperationState.PENDING, next_at=next_at, reason=reason)

    def park(self, seq: int, reason_code: str, fields: Mapping[str, Field] | None = None) -> None:
        """Set aside what the service will not take, with why."""
        self._move(seq, OperationState.PARKED, reason=reason_code, fields=fields)

    def conflict(self, seq: int, reason_code: str, fields: Mapping[str, Field] | None = None) -> None:
        """Set aside what clashes with another's edit, until it is merged or someone chooses."""
        moment = instant(self._clock())
        with self._store.transaction() as connection:
            _require_living(connection, seq)
            outbox.keep_conflict(connection, seq, moment)
            outbox.move(connection, seq, OperationState.CONFLICT, moment, reason=reason_code, fields=fields)
            told = outbox.touched(connection, seq)
        self._tell(told, Origin.OPERATION)

    def release(self, seq: int) -> None:
        """Let a parked operation try again, its bytes made anew."""
        with self._store.transaction() as connection:
            _require_living(connection, seq)
            outbox.release(connection, seq, instant(self._clock()))
            told = outbox.touched(connection, seq)
        self._tell(told, Origin.OPERATION)

    def waiting(self) -> Waiting:
        """Count what the service does not have yet."""
        with self._store.read() as connection:
            return outbox.waiting(connection)

    # Readings

    def untold(self, limit: int = 50) -> list[tuple[int, Resource]]:
        """Return the journaled AuditEvents that the service has not got yet, by number, oldest first."""
        with self._store.read() as connection:
            return readings.untold(connection, limit)

    def audited(self, limit: int = 500) -> list[Resource]:
        """Return the newest AuditEvents of this PC's own journal of the person, newest first."""
        with self._store.read() as connection:
            return readings.newest(connection, limit)

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
        moment = instant(self._clock())
        with self._store.transaction() as connection:
            news = feed.store_page(connection, name, entries, cursor, moment)
            confirmed = outbox.confirmed_by_the_feed(connection)
            lifted = feed.confirm_all(connection, confirmed, moment)
            outbox.forget_old(connection, moment)
            self._relist(connection, (*news, *lifted), moment)
        self._tell((*news, *lifted), Origin.FEED)
        return frozenset(operation.op_id for operation in confirmed)

    def look(self, work: Callable[[Connection], _Found]) -> _Found:
        """Read what another module of the records knows how to find."""
        with self._store.read() as connection:
            return work(connection)

    def take_in(self, work: Callable[[Connection, str], Taken]) -> frozenset[str]:
        """Store what a server told, by another module of the records, in one transaction.

        ``work`` gets the moment and returns what was news and the operations that are done besides those
        whose Provenance is now here. Returns the ids of the operations that were confirmed.
        """
        moment = instant(self._clock())
        with self._store.transaction() as connection:
            taken = work(connection, moment)
            confirmed = outbox.confirmed_by_the_feed(connection)
            known = {operation.seq for operation in confirmed}
            confirmed += [outbox.one(connection, seq) for seq in taken.done if seq not in known]
            lifted = feed.confirm_all(connection, confirmed, moment)
            outbox.forget_old(connection, moment)
            self._relist(connection, (*taken.news, *lifted), moment)
        self._tell((*taken.news, *lifted), Origin.FEED)
        return frozenset(operation.op_id for operation in confirmed)

    def lay_again(self, name: str) -> None:
        """Begin the feed anew (the service's epoch changed); what is here stays until it is told again."""
        with self._store.transaction() as connection:
            feed.begin_again(connection, name, instant(self._clock()))

    def stale(self) -> int:
        """Count resources that the feed, begun anew, has not told again."""
        with self._store.read() as connection:
            return feed.stale(connection)

    def drop_stale(self) -> int:
        """Let go of what the feed did not tell again. Ask first where it is much."""
        moment = instant(self._clock())
        with self._store.transaction() as connection:
            gone = feed.drop_stale(connection)
            self._relist(connection, gone, moment)
        self._tell(gone, Origin.FEED)
        return len(gone)

    # Inside

    def _journaled(self, head: Head, event: Resource, op_id: str | None) -> None:
        """Keep the head elsewhere. Where that fails the store is ahead, which proves no less."""
        if self._anchor is not None:
            with suppress(WorldFailed):
                self._anchor.write(head)
        if self._on_audit is not None:
            self._on_audit(event, op_id)

    def _drop(self, connection: Connection, seqs: Iterable[int], moment: str) -> list[tuple[str, str]]:
        told: list[tuple[str, str]] = []
        for seq in seqs:
            _require_living(connection, seq)
            told += outbox.touched(connection, seq)
            outbox.keep_conflict(connection, seq, moment)
            overlay.lift(connection, seq)
            outbox.drop(connection, seq, moment)
        self._relist(connection, told, moment)
        return told

    def _relist(self, connection: Connection, touched: Iterable[tuple[str, str]], moment: str) -> None:
        for document_id in dict.fromkeys(key for kind, key in touched if kind == _DOCUMENT):
            overlay.relist(connection, document_id, self._category_of, moment)

    def _move(
        self,
        seq: int,
        state: OperationState,
        *,
        next_at: datetime | None = None,
        reason: str | None = None,
        fields: Mapping[str, Field] | None = None,
    ) -> None:
        moment = instant(self._clock())
        with self._store.transaction() as connection:
            _require_living(connection, seq)
            outbox.move(connection, seq, state, moment, next_at=next_at, reason=reason, fields=fields)
            told = outbox.touched(connection, seq)
        self._tell(told, Origin.OPERATION)

    def _tell(self, touched: Iterable[tuple[str, str]], origin: Origin) -> None:
        touched = tuple(touched)
        if touched:
            kinds = frozenset(kind for kind, _ in touched)
            ids = frozenset(f"{kind}/{resource_id}" for kind, resource_id in touched)
            self._changes.publish(Change(kinds, ids, origin))


def _require_whole(act: Act) -> None:
    named = all(
        isinstance(body.get("resourceType"), str) and isinstance(body.get("id"), str) and body["id"]
        for body in act.resources
    )
    if not act.resources or not named:
        raise ActMalformed
    last = act.resources[-1]
    if (last["resourceType"], last["id"]) != ("Provenance", act.op_id):
        raise ActMalformed


def _require_living(connection: Connection, seq: int) -> None:
    if connection.execute("SELECT 1 FROM op WHERE seq = ?", (seq,)).fetchone() is None:
        raise OperationUnknown(seq=seq)
