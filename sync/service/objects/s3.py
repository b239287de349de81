"""Objects in a bucket of an S3 store, by obstore (the object_store library of Apache Arrow).

Decision: **one conditional PUT an object** (``If-None-Match: *``), whatever its size. obstore's multipart
uploads cannot be conditional (arrow-rs-object-store issue 289); one PUT may carry 5 GiB, five times what
the service takes, leaves no half-done upload to clean up, and its ETag is the MD5 of what was received.
What is large is sealed to the scratch folder first and sent from there by ``mmap``: no copy in memory.

Digest. The payload's SHA-256 is signed (SigV4), which not every store looks at. So the ETag acknowledged is
compared; where it is no MD5 (a store that encrypts with its own keys) or another, the whole is read back.
Reading, each segment proves itself by its tag.

Reading fetches the first segments with the size, the last one, and those that are asked for: three
requests at most for a range, one for a small document.

Errors. A store that answers nothing in time, or 5xx, three times is away for ``PAUSE`` seconds: until
then nobody waits for it again, each is told so at once (a unit of work that waits holds a row's lock).
"""

from __future__ import annotations

import hashlib
import io
import logging
import mmap
import re
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Final, cast

import obstore
from obstore import exceptions
from obstore.store import S3Store

from app.vault.disk import world
from app.vault.files import DocumentNames
from app.vault.sealed import CHUNK, FileDamaged, FileMissing, SealedReader, seal_into, sealed_size
from app.vault.sqlcipher import DiskFull
from sync.service.objects.port import GRACE, NAME, ObjectsAway, ObjectsUnusable, orphans, require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO

    from obstore.store import ClientConfig, RetryConfig, S3Config

    from app.vault.keys import Key
    from app.vault.sealed import Sealed
    from sync.service.objects.address import Bucket

__all__ = ["PAUSE", "S3Objects"]

_LOG = logging.getLogger("tandem.service")
PAUSE: Final = 5
_IN_MEMORY: Final = 4 << 20
_WINDOW: Final = 64 * CHUNK
_FIRST, _WHOLE = sealed_size(4 * CHUNK), sealed_size(_WINDOW)
_CONNECT, _SECONDS = timedelta(seconds=3), timedelta(seconds=15)
_SLOWEST: Final = 4 << 20
"""Bytes a second: a line that is slower is no line for this."""
_RETRY: Final[RetryConfig] = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 2},
}
_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_FULL = frozenset({"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "EntityTooLarge"})
_RANGE_NOT_SATISFIABLE: Final = "416"
_CLOCK = "clock"


class S3Objects:
    """One object of the bucket an object. Opening it does not ask the store: ``claim`` does."""

    is_shared = True

    def __init__(self, bucket: Bucket, key: Key, scratch: Path, *, pause: float = PAUSE) -> None:
        self.scratch = scratch
        try:
            scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise world(error) from error
        self._names = DocumentNames(key)
        self._bucket, self._store = bucket, _store(bucket, _SECONDS)
        self._pause, self._away_until = pause, 0.0

    # -- the port

    def write(self, object_id: str, source: BinaryIO, /) -> Sealed:
        """Seal it to the scratch folder (in memory when it is small), and put it unless the name is taken."""
        self._require_there()
        with SpooledTemporaryFile(_IN_MEMORY, dir=str(self.scratch)) as held:
            try:
                with self._names.key_of(object_id) as key:
                    sealed = seal_into(source, cast("BinaryIO", held), key, object_id)
            except OSError as error:
                raise world(error) from error
            with _buffer(held, sealed_size(sealed.size)) as data:
                is_new = self._put(self._names.name_of(object_id), data)
        if not is_new:
            require(self.open(object_id), sealed)
        return sealed

    def open(self, object_id: str, /, *, whole: bool = False) -> SealedReader:
        """Fetch its first segments, and its last."""
        return self._open(self._names.name_of(object_id), object_id, whole=whole)

    def has(self, object_id: str, /) -> bool:
        """Ask for its head."""
        try:
            with self._asking():
                obstore.head(self._store, self._names.name_of(object_id))
        except FileMissing:
            return False
        return True

    def remove(self, object_id: str, /) -> None:
        """Delete it; while the store is away it becomes an orphan."""
        with suppress(ObjectsAway, ObjectsUnusable):
            self._delete(self._names.name_of(object_id))

    def holds_any(self) -> bool:
        """Say whether there is any object of ours."""
        return any(True for _ in self._listed())

    def collect_orphans(self, known: Callable[[], Iterable[str]], older_than: timedelta = GRACE) -> int:
        """Delete them, one by one. The clock is the store's: this machine's may be wrong by days."""
        now = self._now()
        gone = orphans(self._listed(), now, older_than, self._names, known)
        for name in gone:
            self._delete(name)
        return len(gone)

    def close(self) -> None:
        """Wipe the key."""
        self._names.close()

    # -- at the start

    def mark(self, name: str, data: bytes, /) -> bool:
        """Put a small object under a name of its own unless it is taken; say whether it was not."""
        held = io.BytesIO()
        with self._names.key_of(name) as key:
            seal_into(io.BytesIO(data), held, key, name)
        return self._put(name, held.getvalue())

    def read_mark(self, name: str, /) -> bytes:
        """Return what was put there; raises ``FileDamaged`` where another key did it."""
        with self._open(name, name) as reader:
            return reader.read()

    # -- the store

    def _put(self, name: str, data: bytes | memoryview) -> bool:
        """Put sealed bytes; False where the name is taken by others. Raises ``FileDamaged``."""
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        try:
            with self._asking():
                told = obstore.put(
                    self._store_for(len(data)), name, data, mode="create", use_multipart=False
                )["e_tag"]
        except exceptions.AlreadyExistsError:
            with self._asking():
                return _digest(obstore.head(self._store, name)["e_tag"]) == digest
        if _digest(told) != digest:
            self._read_back(name, data)
        return True

    def _store_for(self, size: int) -> S3Store:
        """Return the store with the patience that so many bytes need."""
        if size <= _IN_MEMORY:
            return self._store
        return _store(self._bucket, _SECONDS + timedelta(seconds=size / _SLOWEST))

    def _read_back(self, name: str, data: bytes | memoryview) -> None:
        """Compare what the store holds with what it was sent; take it away if it differs."""
        digest = hashlib.sha256()
        with self._asking():
            for piece in obstore.get(self._store_for(len(data)), name).stream(_IN_MEMORY):
                digest.update(piece)
        if digest.digest() != hashlib.sha256(data).digest():
            self._delete(name)
            raise FileDamaged(chunk=0)

    def _open(self, name: str, object_id: str, *, whole: bool = False) -> SealedReader:
        stored = _StoredObject(self, name, _WHOLE if whole else _FIRST)
        with self._names.key_of(object_id) as key:
            return SealedReader(stored, key, object_id)

    def fetch(self, name: str, start: int, end: int) -> tuple[bytes, int]:
        """Return the bytes of that range, as many as there are, and the size of the whole."""
        with self._asking():
            found = obstore.get(self._store, name, options={"range": (start, end)})
            return bytes(found.bytes()), found.meta["size"]

    def _delete(self, name: str) -> None:
        with suppress(FileMissing), self._asking():
            obstore.delete(self._store, name)

    def _listed(self) -> Iterator[tuple[str, datetime]]:
        """Yield name and last change of each object of ours."""
        pages = iter(obstore.list(self._store, chunk_size=1000))
        while True:
            with self._asking():
                page = next(pages, None)
            if page is None:
                return
            yield from (
                (each["path"], each["last_modified"]) for each in page if NAME.fullmatch(each["path"])
            )

    def _now(self) -> datetime:
        """Ask the store what time it has: by an object that is written anew each time."""
        with self._asking():
            obstore.put(self._store, _CLOCK, b"", mode="overwrite")
            return obstore.head(self._store, _CLOCK)["last_modified"]

    # -- its errors

    def _require_there(self) -> None:
        if time.monotonic() < self._away_until:
            raise ObjectsAway(seconds=max(1, round(self._pause)))

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Say what the store's refusals mean; what is taken is left to the caller."""
        self._require_there()
        try:
            yield
        except exceptions.AlreadyExistsError:
            raise
        except (exceptions.BaseError, OSError) as error:
            raise self._meant(error) from error

    def _meant(self, error: Exception) -> Exception:
        text = str(error)
        code = found[1] if (found := _CODE.search(text)) else ""
        status = found[1] if (found := _STATUS.search(text)) else ""
        if code in {"NoSuchBucket", "InvalidBucketName"}:
            return self._unusable("bucket")
        if isinstance(error, FileNotFoundError | exceptions.NotFoundError):
            return FileMissing()
        if code in _FULL:
            return DiskFull()
        if isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError) or (
            status in {"401", "403"}
        ):
            return self._unusable("refused")
        if status == _RANGE_NOT_SATISFIABLE:
            return FileDamaged(chunk=0)
        _LOG.warning("objects: %s", code or status or type(error).__name__)
        self._away_until = time.monotonic() + self._pause
        return ObjectsAway(seconds=max(1, round(self._pause)))

    def _unusable(self, what: str) -> ObjectsUnusable:
        _LOG.error("objects: %s", what)
        return ObjectsUnusable(what=what)


class _StoredObject:
    """The sealed bytes of one object, fetched as they are asked for; the first ones are kept."""

    window = _WINDOW

    def __init__(self, objects: S3Objects, name: str, first: int) -> None:
        self._objects, self._name = objects, name
        self._first, self.size = objects.fetch(name, 0, first)

    def read_at(self, offset: int, n: int, /) -> bytes:
        end = min(offset + n, self.size)
        if end <= len(self._first):
            return self._first[offset:end]
        return self._objects.fetch(self._name, offset, end)[0]

    def close(self) -> None:
        self._first = b""


@contextmanager
def _buffer(file: SpooledTemporaryFile[bytes], size: int) -> Iterator[bytes | memoryview]:
    """Lend what was written: as it lies in memory, or mapped."""
    if size <= _IN_MEMORY:
        file.seek(0)
        yield file.read()
        return
    file.flush()
    # Not closed here: after a time-out the library may hold it a moment longer.
    yield memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _digest(tag: str | None) -> str:
    return (tag or "").strip('"').lower()


def _store(bucket: Bucket, patience: timedelta) -> S3Store:
    """Say all that matters: obstore reads from the environment what is left out."""
    client: ClientConfig = {
        "connect_timeout": _CONNECT,
        "timeout": patience,
        "allow_http": bucket.is_loopback,
        "allow_invalid_certificates": False,
    }
    if bucket.authority:
        client["root_certificate"] = bucket.authority
    told: S3Config = {
        "access_key_id": bucket.access_key,
        "secret_access_key": bucket.secret_key,
        "region": bucket.region,
        "conditional_put": "etag",
        "skip_signature": False,
        "unsigned_payload": False,
        "virtual_hosted_style_request": False,
        "disable_bulk_delete": True,
        "s3_express": False,
        "request_payer": False,
    }
    if bucket.token:
        told["session_token"] = bucket.token
    told["endpoint"] = told["aws_endpoint_url_s3"] = (
        bucket.endpoint or f"https://s3.{bucket.region}.amazonaws.com"
    )
    return S3Store(
        bucket.name, prefix=bucket.prefix or None, config=told, client_options=client, retry_config=_RETRY
    )
