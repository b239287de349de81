"""Sealed files: STREAM AES-256-GCM in chunks of 64 KiB (Hoang et al., CRYPTO 2015, §6).

Context: a document may weigh 200 MiB and must be read at any offset without being whole in
memory or in clear on the disk; a BLOB in the store is twenty times slower.
Decision::

    header, 64 bytes   magic 8 · version 2 · chunk bits 2 · salt 32 · nonce prefix 7 · zero 13
    chunk i            AES-256-GCM(file key, prefix 7 ‖ i 4 ‖ last 1, 64 KiB, header ‖ document id)
    file key           HKDF-SHA256(document key, salt, "tandem sealed file 1" ‖ document id)

So a flipped bit, a chunk left out, moved, doubled or added, a cut at a chunk's border, a file
renamed to another document or opened with another key are all refused: the last chunk is opened
first, its flag proves the length.

Where the sealed bytes lie is another matter (``Stored``): a file, a part of one, or an object of a
store elsewhere; only the chunks that are asked for are fetched.
"""

from __future__ import annotations

import hashlib
import os
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import WorldFailed
from app.vault.disk import world, write_all, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO, Protocol

    from app.vault.keys import Key

    class Stored(Protocol):
        """Sealed bytes, wherever they lie. ``size`` and ``window`` (what is best fetched at once) in bytes.

        ``read_at`` returns fewer than ``n`` bytes at the end only. ``window`` is a multiple of ``CHUNK``.
        """

        @property
        def size(self) -> int: ...
        @property
        def window(self) -> int: ...
        def read_at(self, offset: int, n: int, /) -> bytes: ...
        def close(self) -> None: ...


__all__ = [
    "CHUNK",
    "FileDamaged",
    "FileMissing",
    "Sealed",
    "SealedReader",
    "StoredFile",
    "seal",
    "seal_into",
    "sealed_size",
]

CHUNK: Final = 1 << 16
_TAG: Final = 16
_STRIDE: Final = CHUNK + _TAG
_MAGIC: Final = b"TANDEMSF"
_VERSION: Final = 1
_HEADER: Final = struct.Struct(">8sHH32s7s13x")
_PURPOSE: Final = b"tandem sealed file 1\x00"
_MOST_CHUNKS: Final = 1 << 32


class FileDamaged(WorldFailed):
    """A sealed file is not what was written, or not of this document or key. Fields: ``chunk``."""

    code = "file-damaged"


class FileMissing(WorldFailed):
    """The document's file is not on this computer."""

    code = "file-missing"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What went in: its size in bytes and SHA-256 in hex."""

    size: int
    sha256: str


def seal(
    source: BinaryIO,
    path: Path,
    key: Key,
    document_id: str,
    *,
    progress: Callable[[int], None] | None = None,
) -> Sealed:
    """Seal all of ``source`` into ``path``; ``progress`` hears the bytes done so far.

    Raises ``DiskFull`` or ``StoreUnreadable``; the file is whole under its name, or absent.
    """
    with writing(path) as target:
        return seal_into(source, target, key, document_id, progress=progress)


def seal_into(
    source: BinaryIO,
    target: BinaryIO,
    key: Key,
    document_id: str,
    *,
    progress: Callable[[int], None] | None = None,
) -> Sealed:
    """Seal all of ``source`` into ``target``, an open file; raises its ``OSError``."""
    header = _HEADER.pack(_MAGIC, _VERSION, CHUNK.bit_length() - 1, os.urandom(32), os.urandom(7))
    cipher = _Cipher(header, key, document_id)
    digest, size = hashlib.sha256(), 0
    write_all(target, header)
    for index, (chunk, last) in enumerate(_chunks(source)):
        digest.update(chunk)
        size += len(chunk)
        write_all(target, cipher.close(index, chunk, last=last))
        if progress is not None:
            progress(size)
    return Sealed(size, digest.hexdigest())


def sealed_size(size: int) -> int:
    """Bytes on disk for a document of ``size`` bytes."""
    return _HEADER.size + size + _TAG * max(1, -(-size // CHUNK))


def _chunks(source: BinaryIO) -> Iterator[tuple[memoryview, bool]]:
    """Yield whole chunks and whether each is the last; two buffers, so that one can look ahead."""
    current, ahead = bytearray(CHUNK), bytearray(CHUNK)
    held = _fill(source, current)
    while True:
        coming = _fill(source, ahead) if held == CHUNK else 0
        yield memoryview(current)[:held], coming == 0
        if not coming:
            return
        current, ahead, held = ahead, current, coming


def _fill(source: BinaryIO, buffer: bytearray) -> int:
    held = 0
    while held < len(buffer):
        piece = source.read(len(buffer) - held)
        if not piece:
            break
        buffer[held : held + len(piece)] = piece
        held += len(piece)
    return held


class _Cipher:
    """The chunks of one file, closed and opened by number."""

    def __init__(self, header: bytes, key: Key, document_id: str) -> None:
        *_, salt, prefix = _HEADER.unpack(header)
        self._prefix: bytes = prefix
        identity = document_id.encode()
        with key.derive(_PURPOSE + identity, salt=salt) as file_key:
            self._aead = AESGCM(file_key.data)
        self._bound = header + identity
        self._out = bytearray(_STRIDE)

    def close(self, index: int, chunk: memoryview, *, last: bool) -> memoryview:
        """Return the sealed chunk; it is overwritten by the next call."""
        out = memoryview(self._out)[: len(chunk) + _TAG]
        self._aead.encrypt_into(self._nonce(index, last=last), chunk, self._bound, out)
        return out

    def open(self, index: int, chunk: bytes | memoryview, *, last: bool) -> bytes:
        """Return the chunk in clear, or raise ``FileDamaged``."""
        try:
            clear: bytes = self._aead.decrypt(self._nonce(index, last=last), chunk, self._bound)
        except InvalidTag:
            raise FileDamaged(chunk=index) from None
        return clear

    def _nonce(self, index: int, *, last: bool) -> bytes:
        if index >= _MOST_CHUNKS:
            raise OverflowError
        return self._prefix + index.to_bytes(4, "big") + bytes([last])


class StoredFile:
    """Sealed bytes in a file, from ``start`` on. Takes the file over. Thread-safe. Raises ``FileMissing``."""

    window = 4 * CHUNK

    def __init__(self, file: BinaryIO, start: int = 0) -> None:
        self._file, self._start = file, start
        self._lock = threading.Lock()
        self.size = max(0, file.seek(0, os.SEEK_END) - start)

    @classmethod
    def at(cls, path: Path) -> Self:
        """Open the file of that name."""
        try:
            return cls(path.open("rb", buffering=0))
        except FileNotFoundError:
            raise FileMissing from None
        except OSError as error:
            raise world(error) from error

    def read_at(self, offset: int, n: int, /) -> bytes:
        """Return the bytes from ``offset``; an unbuffered file may give fewer at a time."""
        held = bytearray()
        try:
            with self._lock:
                self._file.seek(self._start + offset)
                while len(held) < n and (piece := self._file.read(n - len(held))):
                    held += piece
        except OSError as error:
            raise world(error) from error
        return bytes(held)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class SealedReader:
    """A sealed document, readable at any offset. Thread-safe. Raises ``FileMissing``, ``FileDamaged``.

    What ``Stored`` raises comes through. It is closed with the reader.
    """

    def __init__(self, source: Path | Stored, key: Key, document_id: str) -> None:
        self._stored: Stored = StoredFile.at(source) if isinstance(source, os.PathLike) else source
        self._lock = threading.Lock()
        self._held: tuple[int, bytes] = (-1, b"")
        try:
            self._cipher = _Cipher(self._read_header(), key, document_id)
            self._count, self.size = self._measure()
            self._chunk(self._count - 1)
        except BaseException:
            self._stored.close()
            raise

    def read_at(self, offset: int, n: int) -> bytes:
        """Return up to ``n`` bytes from ``offset``; fewer at the end. Fetches those chunks and no other."""
        end = min(offset + n, self.size)
        if offset < 0 or offset >= end:
            return b""
        first, last = offset // CHUNK, (end - 1) // CHUNK
        whole = self._chunk(first) if first == last else b"".join(self._fetch(first, last))
        start = offset % CHUNK
        return whole[start : start + end - offset]

    def read(self) -> bytes:
        """Return the whole document."""
        return b"".join(self.pieces())

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the document from ``start`` to ``end`` piece by piece, each as long as is best fetched."""
        end, window = self.size if end is None else min(end, self.size), self._stored.window
        while start < end:
            border = min(end, (start // window + 1) * window)
            yield self.read_at(start, border - start)
            start = border

    def close(self) -> None:
        """Let go of the file and of the last chunk read."""
        with self._lock:
            self._held = (-1, b"")
            self._stored.close()

    def _read_header(self) -> bytes:
        header = self._stored.read_at(0, _HEADER.size)
        if len(header) != _HEADER.size:
            raise FileDamaged(chunk=0)
        magic, version, bits, *_ = _HEADER.unpack(header)
        if (magic, version, bits) != (_MAGIC, _VERSION, CHUNK.bit_length() - 1):
            raise FileDamaged(chunk=0)
        return header

    def _measure(self) -> tuple[int, int]:
        """Return the number of chunks and the size in clear, from the size of what is stored."""
        sealed = self._stored.size - _HEADER.size
        count = -(-sealed // _STRIDE)
        size = sealed - count * _TAG
        if count < 1 or size < (count - 1) * CHUNK or (count > 1 and size == (count - 1) * CHUNK):
            raise FileDamaged(chunk=max(count - 1, 0))
        return count, size

    def _chunk(self, index: int) -> bytes:
        """Return one chunk, and hold it: who reads little by little reads it again."""
        with self._lock:
            held, chunk = self._held
            if held == index:
                return chunk
            (chunk,) = self._fetch(index, index)
            self._held = (index, chunk)
            return chunk

    def _fetch(self, first: int, last: int) -> Iterator[bytes]:
        """Yield chunks in clear, fetched together."""
        sealed = memoryview(
            self._stored.read_at(_HEADER.size + first * _STRIDE, (last - first + 1) * _STRIDE)
        )
        for index in range(first, last + 1):
            start = (index - first) * _STRIDE
            is_last = index == self._count - 1
            yield self._cipher.open(index, sealed[start : start + _STRIDE], last=is_last)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
