"""One open SQLCipher file: a connection per thread, one writer, write-ahead log.

Context: every screen reads while the sync engine writes; what was acknowledged must survive a
power cut; the file may lie on a PC that belongs to nobody here.
Decision: raw key only (a passphrase would cost 100 ms and leave copies), ``synchronous=FULL``
(with NORMAL four power cuts in ten lose acknowledged rows), 4096-byte pages, and every pragma read
back after it was set, because SQLite ignores those it does not know. ``cipher_memory_security``
stays off: it slows search five times and cannot be undone; the process ends instead.
Alternative left aside: a pool of connections, which saves a quarter of a millisecond per thread.
"""

from __future__ import annotations

import threading
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

from app.errors import OurBug, PersonCanAct, TandemError, WorldFailed
from app.vault.disk import publish, sync_folder, world
from app.vault.pages import Diagnosis, diagnose
from app.vault.schema import Schema, migrate
from app.vault.sqlcipher import (
    Connection,
    StoreDamaged,
    StoreFault,
    connect,
    copy_into,
    deny_attach,
    translated,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from app.vault.keys import Key

__all__ = [
    "NestedTransaction",
    "Store",
    "StoreClosed",
    "StoreExists",
    "StoreMissing",
    "StoreNotEncrypted",
    "WrongKey",
]

_PLAIN_HEADER = b"SQLite format 3\x00"
_CLOSE_SECONDS = 10.0
_SIDES = ("-wal", "-shm", "-journal")
# Each with the value that must be read back.
_PRAGMAS: tuple[tuple[str, str, object], ...] = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("foreign_keys", "ON", 1),
    ("temp_store", "MEMORY", 2),
    ("secure_delete", "ON", 1),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("mmap_size", "0", 0),
)


class StoreMissing(WorldFailed):
    """There is no such file."""

    code = "store-missing"


class StoreExists(OurBug):
    """A store would have been created over another."""

    code = "store-exists"


class StoreNotEncrypted(WorldFailed):
    """The file is a plain SQLite file: someone put it there, it is not ours."""

    code = "store-not-encrypted"


class WrongKey(PersonCanAct):
    """No page of the file answers to this key."""

    code = "store-wrong-key"


class StoreClosed(OurBug):
    """The store was used after it was closed."""

    code = "store-closed"


class NestedTransaction(OurBug):
    """A transaction was begun inside a transaction or a reading of the same thread."""

    code = "nested-transaction"


class Store:
    """An open store. Thread-safe; make one with ``create`` or ``open``."""

    def __init__(self, path: Path, key: Key) -> None:
        self.path = path
        self._key = key.copy()
        self._writer = threading.Lock()
        self._writing: int | None = None
        self._shared: Connection | None = None
        self._local = threading.local()
        self._connections: list[tuple[weakref.ref[threading.Thread], Connection]] = []
        self._state = threading.Condition()
        self._active = 0
        self._closed = False
        self.steps = 0
        """How many migrations were taken when it was opened."""

    @classmethod
    def create(cls, path: Path, key: Key, schema: Schema) -> Store:
        """Make a new store; it appears under its name only when it is whole."""
        if path.exists():
            raise StoreExists
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(path.name + ".part")
        _remove(part)
        try:
            with translated():
                _make(part, key, schema)
            publish(part, path)
        except BaseException:
            _remove(part)
            raise
        return cls.open(path, key, schema)

    @classmethod
    def open(cls, path: Path, key: Key, schema: Schema, *, verify: bool = False) -> Store:
        """Open a store and migrate it forward.

        Raises ``StoreMissing``, ``StoreNotEncrypted``, ``WrongKey``, ``StoreDamaged``,
        ``StoreNewer`` or ``StoreOfAnotherKind``; ``verify`` reads every page first.
        """
        _refuse_plain(path)
        store = cls(path, key)
        try:
            with translated():
                store.steps = migrate(store._connection(), schema)
            if verify:
                store.verify()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def copy(cls, path: Path, key: Key, target: Path) -> None:
        """Write what a store holds at this moment into a new file, while others read and write it.

        SQLite's online backup, under the same key; nothing is migrated. The copy is read whole before this
        returns. Raises what ``open`` and ``verify`` raise; a target that is half-written is the caller's.
        """
        _refuse_plain(path)
        with translated():
            source = _connect(path, key)
            try:
                written = _connect(target, key, create=True)
                try:
                    copy_into(source, written)
                finally:
                    written.close()
            finally:
                source.close()
        with cls(target, key) as copied:
            copied.verify()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: everything in the block, or nothing. Durable when the block has ended."""
        if self._writing == threading.get_ident():
            raise NestedTransaction
        with self._in_use() as connection, self._writer:
            if connection.in_transaction:
                raise NestedTransaction
            self._writing = threading.get_ident()
            try:
                with translated():
                    yield from _transaction(connection)
            finally:
                self._writing = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read one moment of the store; inside a transaction, what it has written so far."""
        with self._in_use() as connection, translated():
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                _roll_back(connection)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep it open: ``close`` waits for the end of the block. Raises ``StoreClosed``."""
        with self._in_use():
            yield

    def take_turn(self) -> Connection:
        """Wait for the turn to write, and return a connection that threads hand to each other.

        For who begins and ends transactions himself (several pieces of work in one); inside ``in_use``, and
        whoever ends it calls ``give_turn``, from any thread.
        """
        self._writer.acquire()
        try:
            if self._shared is None:
                with translated():
                    self._shared = _connect(self.path, self._key)
        except BaseException:
            self._writer.release()
            raise
        return self._shared

    def give_turn(self) -> None:
        """Let the next one write."""
        self._writer.release()

    def checkpoint(self) -> None:
        """Bring the write-ahead log into the file and empty it."""
        with self._in_use() as connection, self._writer, translated():
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def verify(self) -> None:
        """Read every page and index; raise ``StoreDamaged``.

        The checkpoint comes first: ``cipher_integrity_check`` ignores the log and would give
        false alarms. ``integrity_check`` raises by itself where an HMAC fails.
        """
        self.checkpoint()
        with self._in_use() as connection, translated():
            torn = connection.execute("PRAGMA cipher_integrity_check").fetchall()
            if torn:
                raise StoreDamaged(pages=len(torn))
            if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                raise StoreDamaged(pages=0)
            if connection.execute("PRAGMA foreign_key_check").fetchone():
                raise StoreDamaged(pages=0)

    def close(self) -> None:
        """Wait for what runs, close every thread's connection, wipe the key."""
        with self._state:
            self._closed = True
            if not self._state.wait_for(lambda: self._active == 0, _CLOSE_SECONDS):
                for _, connection in self._connections:
                    connection.interrupt()
                self._state.wait_for(lambda: self._active == 0, _CLOSE_SECONDS)
            connections = [each for _, each in self._connections]
            self._connections = []
            if self._shared is not None:
                connections.append(self._shared)
                self._shared = None
        for connection in connections:
            with suppress(TandemError), translated():
                connection.close()
        self._key.wipe()

    @contextmanager
    def _in_use(self) -> Iterator[Connection]:
        with self._state:
            if self._closed:
                raise StoreClosed
            self._active += 1
        try:
            yield self._connection()
        finally:
            with self._state:
                self._active -= 1
                self._state.notify_all()

    def _connection(self) -> Connection:
        found: Connection | None = getattr(self._local, "connection", None)
        if found is None:
            with translated():
                found = _connect(self.path, self._key)
            self._local.connection = found
            with self._state:
                self._forget_ended_threads()
                self._connections.append((weakref.ref(threading.current_thread()), found))
        return found

    def _forget_ended_threads(self) -> None:
        kept = []
        for thread, connection in self._connections:
            owner = thread()
            if owner is not None and owner.is_alive():
                kept.append((thread, connection))
            else:
                connection.close()
        self._connections = kept

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _transaction(connection: Connection) -> Iterator[Connection]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: Connection) -> None:
    """End what is open; SQLite may have ended it by itself (disk full, damage)."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _connect(path: Path, key: Key, *, create: bool = False) -> Connection:
    if create:
        try:
            path.touch(mode=0o600)  # SQLite's own would be readable by others, and its helper files too
        except OSError as error:
            raise world(error) from error
    connection = connect(path, key, create=create)
    try:
        _probe(connection, path, key)
        for name, wanted, answer in _PRAGMAS:
            connection.execute(f"PRAGMA {name} = {wanted}").fetchall()
            _assert(connection, name, answer)
        deny_attach(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _probe(connection: Connection, path: Path, key: Key) -> None:
    """Read the first page, and make sure that this is SQLCipher with its HMAC on."""
    version = connection.execute("PRAGMA cipher_version").fetchone()
    if not version or not str(version[0]).startswith("4."):
        raise StoreFault
    _assert(connection, "cipher_use_hmac", "1")
    try:
        with translated():
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except StoreDamaged:
        if diagnose(path, key) is Diagnosis.WRONG_KEY:
            raise WrongKey from None
        raise
    _assert(connection, "cipher_page_size", "4096")


def _assert(connection: Connection, pragma: str, answer: object) -> None:
    found = connection.execute(f"PRAGMA {pragma}").fetchone()
    if found is None or found[0] != answer:
        raise StoreFault(pragma=pragma)


def _make(part: Path, key: Key, schema: Schema) -> None:
    connection = _connect(part, key, create=True)
    try:
        migrate(connection, schema)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


def _refuse_plain(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(len(_PLAIN_HEADER))
    except FileNotFoundError:
        raise StoreMissing from None
    if start == _PLAIN_HEADER:
        raise StoreNotEncrypted
    if len(start) < len(_PLAIN_HEADER):
        raise StoreDamaged(pages=1)


def _remove(path: Path) -> None:
    for name in (path.name, *(path.name + side for side in _SIDES)):
        path.with_name(name).unlink(missing_ok=True)
    with suppress(OSError):
        sync_folder(path.parent)
