"""One document's bytes as they come from a service: taken up where they were cut, held to their metadata.

Decision: they go through the digest in one pass, as a file that is read; more than was promised is refused at
once, other bytes at the end, before anything has a name. A cut is taken up with Range and If-Range within the
same pass; where the service starts over, :class:`StartAgain` says that the pass must too.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

from app.errors import WorldFailed
from app.fhir.document_reference import attachment_of, binary_id, sha256_of, size_of
from sync.failures import Busy, Offline, ServiceBroken, TransportError, Unauthorised

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from app.fhir import Resource
    from sync.transport import Transport

__all__ = ["DownloadDamaged", "Remote", "StartAgain", "decoded", "is_passing", "whole"]

LARGEST = 200 << 20
_MOST_CUTS = 4


class DownloadDamaged(WorldFailed):
    """The service sent other bytes than the document's metadata promises, twice."""

    code: ClassVar[str] = "download-damaged"


class StartAgain(Exception):
    """The service began anew in the middle: nothing of this pass counts."""


def whole(document: Resource, data: bytes, came: Callable[[int], None]) -> io.BytesIO:
    """Hold bytes that came at once against the metadata."""
    promised = _Promise(document)
    promised.take(data)
    promised.keep()
    came(len(data))
    return io.BytesIO(data)


def decoded(data: object) -> bytes:
    """Read the base64 that stands in a document's own metadata."""
    try:
        return base64.b64decode("".join(str(data).split()), validate=True)
    except binascii.Error as problem:
        raise DownloadDamaged from problem


class Remote(io.RawIOBase):
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
        if not is_passing(failure) or self._cuts > _MOST_CUTS or not self._promised.count:
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
            raise StartAgain
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


def is_passing(failure: TransportError) -> bool:
    """Say whether trying again later may help."""
    return isinstance(failure, Offline | ServiceBroken | Busy | Unauthorised)
