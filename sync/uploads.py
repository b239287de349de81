"""Uploads: tus 1.0 (core, creation, expiration) from the sealed file, resumed where the service stopped.

Decision: the upload's address follows from the Binary's id, so nothing has to be remembered: after
a cut, a crash or a reboot, HEAD tells the offset the service really has. The service compares the
SHA-256 of the whole; a mismatch (460) starts over once, then it is said.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from app.errors import WorldFailed
from sync.failures import Absent, ServiceBroken, TransportError, VersionClash

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.errors import TandemError
    from app.vault.sealed import SealedReader
    from sync.transport import Answer, Transport

__all__ = ["Upload", "UploadDamaged", "upload"]

TUS = {"Tus-Resumable": "1.0.0"}
_MISMATCH = 460
_CHUNK_MIN, _CHUNK_FIRST, _CHUNK_MAX = 64 << 10, 256 << 10, 8 << 20
# A chunk is what the line carries in this time: one cut loses no more.
_CHUNK_SECONDS = 5.0
_MOST_CUTS = 3


class UploadDamaged(WorldFailed):
    """The service received other bytes than were sent, twice."""

    code: ClassVar[str] = "upload-damaged"


class _DigestMismatch(Exception):
    pass


class _Expired(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Upload:
    """What goes up: the Binary it becomes, the document it belongs to, its type, digest and size."""

    binary_id: str
    document_id: str
    content_type: str
    sha256: str
    size: int

    @property
    def metadata(self) -> str:
        """The ``Upload-Metadata`` header."""
        told = {
            "binary_id": self.binary_id,
            "document_id": self.document_id,
            "content_type": self.content_type,
            "sha256": self.sha256,
        }
        return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told.items())


def upload(
    transport: Transport,
    wanted: Upload,
    reader: SealedReader,
    *,
    moved: Callable[[int], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
) -> bool:
    """Bring a document's bytes to the service; False if ``stopping`` ended it before its end.

    Raises:
        UploadDamaged: its digest did not match, twice. Or a TransportError; the next call resumes.

    """
    failure: TandemError = UploadDamaged()
    for _ in range(2):
        try:
            return _one_life(transport, wanted, reader, moved, stopping)
        except _DigestMismatch:
            failure = UploadDamaged()
        except _Expired:
            failure = ServiceBroken(status=404)
    raise failure


def _one_life(
    transport: Transport,
    wanted: Upload,
    reader: SealedReader,
    moved: Callable[[int], None],
    stopping: Callable[[], bool],
) -> bool:
    path = f"uploads/{wanted.binary_id}"
    offset = _offset(transport, path)
    if offset is None:
        created = _create(transport, wanted)
        if created is None:
            return True
        path, offset = created, 0
    sending = _Sending(transport, path, reader, wanted.size)
    while offset < wanted.size:
        if stopping():
            return False
        before, offset = offset, sending.next(offset)
        moved(max(0, offset - before))
    return True


def _offset(transport: Transport, path: str) -> int | None:
    """Ask how far an upload got; None when there is none."""
    try:
        return _told_offset(transport.request("HEAD", path, headers=TUS))
    except Absent:
        return None


def _create(transport: Transport, wanted: Upload) -> str | None:
    """Create the upload and return its path; None when the service holds the Binary already."""
    headers = TUS | {"Upload-Length": str(wanted.size), "Upload-Metadata": wanted.metadata}
    try:
        answer = transport.request("POST", "uploads", headers=headers)
    except VersionClash:
        return None
    location = answer.headers.get("location", "")
    if not location:
        raise ServiceBroken(status=answer.status)
    # Behind a proxy the service may call itself by another name: only the path is its own.
    return urlsplit(location).path


def _told_offset(answer: Answer) -> int:
    told = answer.headers.get("upload-offset", "")
    if not told.isdecimal():
        raise ServiceBroken(status=answer.status)
    return int(told)


class _Sending:
    """One upload under way: its chunk follows the line's speed, its cuts are counted."""

    def __init__(self, transport: Transport, path: str, reader: SealedReader, size: int) -> None:
        self._transport = transport
        self._path = path
        self._reader = reader
        self._size = size
        self._chunk = _CHUNK_FIRST
        self._cuts = 0

    def next(self, offset: int) -> int:
        """Send one chunk; return the offset the service has now."""
        piece = self._reader.read_at(offset, min(self._chunk, self._size - offset))
        if not piece:
            raise UploadDamaged
        started = time.monotonic()
        try:
            answer = self._patch(offset, piece)
        except Absent:
            # It ended between two chunks: begun again, once in a step.
            raise _Expired from None
        except (ServiceBroken, VersionClash) as problem:
            return self._resumed(problem)
        if answer.status == _MISMATCH:
            raise _DigestMismatch
        self._cuts = 0
        self._adapt(len(piece), time.monotonic() - started)
        return self._advanced(_told_offset(answer), offset)

    def _patch(self, offset: int, piece: bytes) -> Answer:
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        return self._transport.request(
            "PATCH", self._path, headers=TUS | headers, content=piece, also={_MISMATCH}
        )

    def _resumed(self, problem: TransportError) -> int:
        """After a cut or a 409, the offset is the service's."""
        self._cuts += 1
        if self._cuts > _MOST_CUTS:
            raise problem
        self._chunk = max(_CHUNK_MIN, self._chunk // 2)
        offset = _offset(self._transport, self._path)
        if offset is None or offset > self._size:
            raise problem
        return offset

    def _advanced(self, told: int, offset: int) -> int:
        if not offset < told <= self._size:
            raise ServiceBroken(status=204)
        return told

    def _adapt(self, sent: int, seconds: float) -> None:
        fitting = int(sent / max(seconds, 0.001) * _CHUNK_SECONDS)
        self._chunk = min(max(fitting, _CHUNK_MIN), _CHUNK_MAX)
