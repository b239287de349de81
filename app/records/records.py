"""The person's records, as screens and engine use them. Thread-safe; blocking.

An act is one transaction: overlay, operation and audit entry, and on a kiosk its sealed envelope
before the commit. A page of the feed is one transaction: rows, cursor and what they confirm. So
whatever stops the program, it finds itself before an act or after it. Changes are told afterwards.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from app import journal
from app.changes import Changes, Origin
from app.clock import Clock, instant, now
from app.codes.categories import category_of as _category_of
from app.errors import OurBug, WorldFailed
from app.records import feed, listing, outbox, overlay, readings, rebasing, restoring
from app.records.engine_side import EngineSide, OperationUnknown, require_living
from app.records.values import DocumentQuery, DocumentRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from app.records.values import Act, Operation, Resource
    from app.vault.anchor import Anchor, Head
    from app.vault.sqlcipher import Connection
    from app.vault.store import Store

__all__ = ["ActMalformed", "OperationUnknown", "Records"]

_DOCUMENT = "DocumentReference"
_EVERYTHING = DocumentQuery()


class ActMalformed(OurBug):
    """An act without its Provenance at the end, or with a resource that has no type or id."""

    code = "act-malformed"


class Records(EngineSide):
    """One person's records: here as the screens use them, in ``EngineSide`` as the engine does.

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
        super().__init__(store, changes, clock, category_of)
        self._on_audit = on_audit
        self._anchor = anchor
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
            rebasing.keep_bases(connection, operation, act.bases)
            restoring.stand_apart(connection, operation, act.bases)
            for resource in act.resources:
                overlay.lay(connection, resource, operation.seq)
                if resource["resourceType"] == _DOCUMENT:
                    is_new = f"{_DOCUMENT}/{resource['id']}" not in act.base_versions
                    overlay.relist(connection, resource["id"], self._category_of, moment, is_ours=is_new)
            feed.file_of(connection, act, moment)
            rebasing.rebase_new(connection, operation, moment)
            operation = outbox.one(connection, operation.seq)
            head = journal.append(connection, act.audit, moment)
            if inside is not None:
                inside(replace(operation, bases=rebasing.bases_of(connection, operation.seq)))
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

    # Readings

    def audited(self, limit: int = 500) -> list[Resource]:
        """Return the newest AuditEvents of this PC's own journal of the person, newest first."""
        with self._store.read() as connection:
            return readings.newest(connection, limit)

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
            require_living(connection, seq)
            told += outbox.touched(connection, seq)
            outbox.keep_conflict(connection, seq, moment)
            overlay.lift(connection, seq)
            outbox.drop(connection, seq, moment)
        self._relist(connection, told, moment)
        return told


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
