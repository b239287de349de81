"""Downloads: ranged, checked against the metadata's SHA-256, sealed as they come.

Decision: the bytes go from the network through the digest into the sealed file in one pass;
nothing is ever whole in memory or in clear on the disk. A cut is taken up with Range and If-Range
within the same pass; where the service starts over, so does the pass. Other bytes than the
metadata promises are refused before the file has its name, tried once more, then said.
Order: what somebody wants to see now, then the newest, up to a budget for each session.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

import httpx

from app.errors import TandemError, WorldFailed
from app.fhir.document_reference import attachment_of, binary_id, sha256_of, size_of
from sync.failures import Absent, ServiceBroken, Stalled, TransportError
from sync.lanes import Lane, Lanes, lane_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.fhir import Resource
    from app.records import Records
    from app.records.values import DocumentRow
    from app.vault.files import DocumentFiles
    from sync.peers.binaries import PeerBinaries
    from sync.transport import Transport

__all__ = ["DownloadDamaged", "Downloads", "NoFileThere"]

BUDGET = 200 << 20
LARGEST = 200 << 20
_PIECE = 64 << 10
_MOST_CUTS = 4
_LOOKED_AT = 100
_UNKNOWN_SIZE = 1 << 20


class DownloadDamaged(WorldFailed):
    """The service sent other bytes than the document's metadata promises, twice."""

    code: ClassVar[str] = "download-damaged"


class NoFileThere(WorldFailed):
    """The document's metadata leads to no file of the service."""

    code: ClassVar[str] = "no-file-there"


class _StartAgain(Exception):
    pass


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
            if _is_passing(failure):
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
            except _StartAgain:
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
            return _whole(document, _decoded(data), came)
        if binaries is not None:
            try:
                return _whole(document, binaries.get(str(binary_id(document))), came)
            except Absent:
                raise NoFileThere from None
            except ServiceBroken as broken:
                if isinstance(broken, Stalled) or broken.fields.get("status") != httpx.codes.OK:
                    raise
                # A good answer that is no such file, or more than one request brings: it will be the same.
                raise DownloadDamaged from broken
        return io.BufferedReader(_Remote(self._transport, document, stopping, came), _PIECE)


def _whole(document: Resource, data: bytes, came: Callable[[int], None]) -> io.BytesIO:
    """Hold bytes that came at once against the metadata."""
    promised = _Promise(document)
    promised.take(data)
    promised.keep()
    came(len(data))
    return io.BytesIO(data)


def _decoded(data: object) -> bytes:
    try:
        return base64.b64decode("".join(str(data).split()), validate=True)
    except binascii.Error as problem:
        raise DownloadDamaged from problem


class _Remote(io.RawIOBase):
    """A document at the service, read as a file; checks what came when the end is reached."""

    def __init__(
        self,
        transport: Transport,
        document: Resource,
        stopping: threading.Event,
        came: Callable[[int], None],
    ) -> None:
        super().__init__()
        self._came = came
        self._transport = transport
        self._path = f"fhir/Binary/{binary_id(document)}"
        self._stopping = stopping
        self._promised = _Promise(document)
        self._stack = ExitStack()
        self._pieces: Iterator[bytes] | None = None
        self._left = memoryview(b"")
        self._etag: str | None = None
        self._cuts = 0

    def readable(self) -> bool:
        """Say yes, as ``BufferedReader`` asks."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (any writable buffer)
        """Give the next bytes; 0 at the end, after the check."""
        while not self._left:
            piece = self._next_piece()
            if piece is None:
                self._promised.keep()
                return 0
            self._promised.take(piece)
            self._came(len(piece))
            self._left = memoryview(piece)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def close(self) -> None:
        """Let the connection go."""
        self._stack.close()
        super().close()

    def _next_piece(self) -> bytes | None:
        """Return the next piece, after a cut from where it happened; None at the end."""
        while not self._stopping.is_set():
            try:
                if self._pieces is None:
                    self._pieces = self._opened()
                piece = next(self._pieces, None)
            except TransportError as failure:
                self._take_up(failure)
                continue
            self._cuts = 0 if piece else self._cuts
            return piece
        raise ServiceBroken(status=0)

    def _take_up(self, failure: TransportError) -> None:
        self._cuts += 1
        if not _is_passing(failure) or self._cuts > _MOST_CUTS or not self._promised.count:
            raise failure
        self._stack.close()
        self._pieces = None
        self._stopping.wait(0.1 * 2**self._cuts)

    def _opened(self) -> Iterator[bytes]:
        offset = self._promised.count
        headers = {"Accept": "*/*"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
            if self._etag is not None:
                headers["If-Range"] = self._etag
        answer, pieces = self._stack.enter_context(self._transport.stream(self._path, headers=headers))
        if offset and not (
            answer.status == 206 and answer.headers.get("content-range", "").startswith(f"bytes {offset}-")  # noqa: PLR2004
        ):
            raise _StartAgain
        etag = answer.headers.get("etag", "")
        # Only a strong one may stand in If-Range (RFC 9110 §13.1.5); the digest holds in any case.
        self._etag = etag if etag.startswith('"') else None
        return pieces


class _Promise:
    """What the metadata says of the bytes, held against what comes."""

    def __init__(self, document: Resource) -> None:
        self.count = 0
        self._sha256 = sha256_of(document)
        self._sha1 = attachment_of(document).get("hash")
        self._size = size_of(document)
        self._seen256 = hashlib.sha256()
        self._seen1 = hashlib.sha1(usedforsecurity=False)

    def take(self, piece: bytes) -> None:
        """Count a piece; more than was promised is refused at once."""
        self.count += len(piece)
        if self.count > min(LARGEST, LARGEST if self._size is None else self._size):
            raise DownloadDamaged
        self._seen256.update(piece)
        self._seen1.update(piece)

    def keep(self) -> None:
        """Compare size and digest at the end; R4's SHA-1 only where there is no better one."""
        if self._size is not None and self.count != self._size:
            raise DownloadDamaged
        if self._sha256 is not None:
            held = self._seen256.hexdigest() == self._sha256
        else:
            held = self._sha1 in {None, base64.b64encode(self._seen1.digest()).decode()}
        if not held:
            raise DownloadDamaged


def _is_passing(failure: TransportError) -> bool:
    """Say whether trying again later may help."""
    from sync.failures import Busy, Offline, Unauthorised

    return isinstance(failure, Offline | ServiceBroken | Busy | Unauthorised)
