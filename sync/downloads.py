"""Downloads: which document comes next, and into its sealed file; checked against the metadata's SHA-256.

Decision: the bytes go from the network through the digest into the sealed file in one pass; nothing is ever
whole in memory or in clear on the disk (:mod:`sync.document_bytes`). Other bytes than the metadata promises
are refused before the file has its name, tried once more, then said.
Order: what somebody wants to see now, then the newest, up to a budget for each session.
"""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, BinaryIO, ClassVar

import httpx

from app.errors import TandemError, WorldFailed
from app.fhir.document_reference import attachment_of, binary_id
from sync.document_bytes import DownloadDamaged, Remote, StartAgain, decoded, is_passing, whole
from sync.failures import Absent, ServiceBroken, Stalled, TransportError
from sync.lanes import Lane, Lanes, lane_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.fhir import Resource
    from app.records import Records
    from app.records.values import DocumentRow
    from app.vault.files import DocumentFiles
    from sync.peers.binaries import PeerBinaries
    from sync.transport import Transport

__all__ = ["Downloads", "NoFileThere"]

BUDGET = 200 << 20
_PIECE = 64 << 10
_LOOKED_AT = 100
_UNKNOWN_SIZE = 1 << 20


class NoFileThere(WorldFailed):
    """The document's metadata leads to no file of the service."""

    code: ClassVar[str] = "no-file-there"


class Downloads:
    """Fetches one person's documents. :meth:`want` from any thread, :meth:`step` from one a lane.

    ``elsewhere`` are the Binaries of another maker's server, where that is where they are.
    """

    def __init__(
        self,
        records: Records,
        files: DocumentFiles,
        transport: Transport,
        *,
        arrived: Callable[[str], None] = lambda _: None,
        failed: Callable[[str, TandemError], None] = lambda _id, _error: None,
        moved: Callable[[int], None] = lambda _: None,
        budget: int = BUDGET,
        lanes: Lanes | None = None,
        elsewhere: Callable[[], PeerBinaries | None] = lambda: None,
    ) -> None:
        self._records = records
        self._files = files
        self._transport = transport
        self._arrived = arrived
        self._failed = failed
        self._budget = budget
        self._lock = threading.Lock()
        self._lanes = lanes or Lanes()
        self._moved = moved
        self._elsewhere = elsewhere
        self._wanted: list[str] = []
        self._under_way: set[str] = set()
        self._refused: dict[str, str] = {}

    def want(self, document_id: str) -> None:
        """Put a document before all others; one that failed before gets another chance."""
        with self._lock:
            if document_id in self._wanted:
                self._wanted.remove(document_id)
            self._wanted.insert(0, document_id)
            self._refused.pop(document_id, None)

    def refused(self, document_id: str) -> str | None:
        """Return the code of the error for which a document is not fetched any more."""
        with self._lock:
            return self._refused.get(document_id)

    def step(
        self, stopping: threading.Event, lane: Lane = Lane.DOCUMENTS, *, asked_only: bool = False
    ) -> bool:
        """Fetch one document of a lane; False when there is nothing to fetch.

        What somebody asked for travels with the small ones, whatever its size; ``asked_only`` brings
        nothing else.

        Raises:
            TransportError: the service cannot be reached or is broken now; the document stays in line.

        """
        document_id = self._next(lane, asked_only=asked_only)
        if document_id is None:
            return False
        try:
            with self._lanes.at_work(lane):
                self._fetch(document_id, stopping, lane)
        except TransportError as failure:
            if is_passing(failure):
                raise
            self._give_up(document_id, failure)
        except (DownloadDamaged, NoFileThere) as failure:
            self._give_up(document_id, failure)
        else:
            self._forget(document_id)
        finally:
            with self._lock:
                self._under_way.discard(document_id)
        return True

    def _next(self, lane: Lane, *, asked_only: bool) -> str | None:
        with self._lock:
            taken = {*self._refused, *self._under_way}
            found = next((each for each in self._wanted if each not in self._under_way), None)
            if found is not None and lane is Lane.DOCUMENTS:
                self._under_way.add(found)
                return found
        if asked_only:
            return None
        rows = self._records.missing_files(_LOOKED_AT + len(taken))
        fitting = (row.id for row in rows if row.id not in taken and self._fits(row, lane))
        with self._lock:
            found = next((each for each in fitting if each not in self._under_way), None)
            if found is not None:
                self._under_way.add(found)
            return found

    def _fits(self, row: DocumentRow, lane: Lane) -> bool:
        size = row.size if row.size is not None else _UNKNOWN_SIZE
        return size <= self._budget and lane_of(row.content_type, row.size) is lane

    def _give_up(self, document_id: str, failure: TandemError) -> None:
        with self._lock:
            self._refused[document_id] = failure.code
        self._forget(document_id)
        self._failed(document_id, failure)

    def _forget(self, document_id: str) -> None:
        with self._lock:
            if document_id in self._wanted:
                self._wanted.remove(document_id)

    def _fetch(self, document_id: str, stopping: threading.Event, lane: Lane) -> None:
        document = self._records.get("DocumentReference", document_id)
        if document is None or (binary_id(document) is None and "data" not in attachment_of(document)):
            raise NoFileThere
        row = self._records.document(document_id)
        if row is None or not (row.has_file and self._files.has(document_id)):
            self._write(document_id, document, stopping, lane)
            self._arrived(document_id)

    def _write(self, document_id: str, document: Resource, stopping: threading.Event, lane: Lane) -> None:
        def came(count: int) -> None:
            self._moved(count)
            self._lanes.give_way(lane)

        for attempt in range(3):
            try:
                with self._source(document, stopping, came) as source:
                    sealed = self._files.write(document_id, source)
            except StartAgain:
                continue
            except DownloadDamaged:
                if attempt:
                    raise
                continue
            self._budget -= sealed.size
            media_type = attachment_of(document).get("contentType")
            self._records.file_stored(document_id, sealed.sha256, sealed.size, media_type)
            return
        raise ServiceBroken(status=200)

    def _source(self, document: Resource, stopping: threading.Event, came: Callable[[int], None]) -> BinaryIO:
        """Open a document's bytes: from its own metadata, another maker's server, or our service."""
        data, binaries = attachment_of(document).get("data"), self._elsewhere()
        if data is not None:
            return whole(document, decoded(data), came)
        if binaries is not None:
            try:
                return whole(document, binaries.get(str(binary_id(document))), came)
            except Absent:
                raise NoFileThere from None
            except ServiceBroken as broken:
                if isinstance(broken, Stalled) or broken.fields.get("status") != httpx.codes.OK:
                    raise
                # A good answer that is no such file, or more than one request brings: it will be the same.
                raise DownloadDamaged from broken
        return io.BufferedReader(Remote(self._transport, document, stopping, came), _PIECE)
