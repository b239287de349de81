"""The embedded database: one SQLCipher file, one writer at a time (:mod:`app.vault.store`).

Its one writer makes every read-then-write safe by itself, and its statements alone tell citizens apart.

Decision: who waits for the turn to write goes on in the transaction that is open, and one ``COMMIT``, one
``fsync``, serves them all (group commit). Each has a savepoint: what fails leaves nothing, and takes nobody
along. Nobody is told that something is kept before it is, and nobody is refused for something that others
have not kept yet: all wait for that ``COMMIT``. They hand one
connection to each other, whose pages stay deciphered; connections that take turns would read each other's
pages anew.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from copy import copy
from typing import TYPE_CHECKING, Any, Final

from app.errors import TandemError
from app.vault.sqlcipher import StoreFault, translated
from app.vault.store import NestedTransaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from app.vault.sqlcipher import Connection as Raw
    from app.vault.store import Store
    from sync.service.storage.port import Scope

__all__ = ["Embedded"]

_MOST_TOGETHER: Final = 64
_LONGEST: Final = 0.05
"""After so many seconds nobody else comes along: the first of them waits for an answer."""
_CACHE_KIB: Final = 64 << 10
"""Pages that stay deciphered: those of a town hall's citizens; by itself SQLite keeps two megabytes."""


class _Connection:
    """A connection of the store, with what only other engines need."""

    __slots__ = ("_raw", "execute")

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self.execute = raw.execute

    def executemany(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        self._raw.executemany(sql, values)

    def hold(self, patient_key: str) -> None:
        pass

    def lock(self, *name: str) -> None:
        pass

    def sweep(self, table: str, condition: str, values: Sequence[Any]) -> None:
        self._raw.execute(f"DELETE FROM {table} WHERE {condition}", values)  # noqa: S608 - ours


class _Together:
    """One transaction of several pieces of work, and what became of it."""

    __slots__ = ("_ended", "_error", "raw", "seats", "until")

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.seats = 0
        self.until = time.monotonic() + _LONGEST
        self._ended = threading.Event()
        self._error: TandemError | None = None

    @property
    def takes_more(self) -> bool:
        return self.seats < _MOST_TOGETHER and time.monotonic() < self.until

    def end(self) -> None:
        """Commit; what fails is told to all who wait."""
        try:
            with translated():
                if self._error is None and not self.raw.in_transaction:
                    # SQLite gave all of it up by itself, at a failure of the disk within one of them.
                    raise StoreFault
                if self.raw.in_transaction:
                    self.raw.execute("COMMIT" if self._error is None else "ROLLBACK")
        except TandemError as error:
            self.lost(error)
            with suppress(TandemError), translated():
                if self.raw.in_transaction:
                    self.raw.execute("ROLLBACK")
        finally:
            self._ended.set()

    def lost(self, error: TandemError) -> None:
        """Remember what ended the transaction before its time."""
        self._error = self._error or error

    def wait(self) -> None:
        """Return when it is kept; raises what kept it from being so."""
        self._ended.wait()
        if self._error is not None:
            raise copy(self._error)


class Embedded:
    """The service's store in one file."""

    is_shared = False

    def __init__(self, store: Store) -> None:
        self.store = store
        self._local = threading.local()
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._open: _Together | None = None
        store.take_turn().execute(f"PRAGMA cache_size = {-_CACHE_KIB}")
        store.give_turn()

    @contextmanager
    def transaction(self, *, of: Scope = None, hold: bool = True) -> Iterator[_Connection]:
        """Write: everything in the block, or nothing."""
        if self._here() is not None:
            raise NestedTransaction
        with self.store.in_use():
            together = self._join()
            try:
                with self._apart(together) as connection:
                    yield connection
            finally:
                self._leave(together)
                together.wait()

    @contextmanager
    def read(self, *, of: Scope = None) -> Iterator[_Connection]:
        """Read one moment of the store."""
        here = self._here()
        if here is not None:
            yield here
            return
        with self.store.read() as raw:
            yield _Connection(raw)

    def look(self, *statements: tuple[str, Sequence[Any]]) -> list[Any]:
        """Return the first row of each statement."""
        with self.read() as sql:
            return [sql.execute(statement, values).fetchone() for statement, values in statements]

    def others(self) -> int:
        """Say that there are none: the folder is held by one."""
        return 0

    def close(self) -> None:
        """Wait for what runs and close."""
        self.store.close()

    # -- several in one transaction

    def _here(self) -> _Connection | None:
        return getattr(self._local, "connection", None)

    def _join(self) -> _Together:
        """Wait for the turn; go on where the one before left off, or begin."""
        with self._count:
            self._waiting += 1
        self._turn.acquire()
        with self._count:
            self._waiting -= 1
        try:
            if self._open is None:
                self._open = self._begun()
        except BaseException:
            self._turn.release()
            raise
        self._open.seats += 1
        return self._open

    def _begun(self) -> _Together:
        raw = self.store.take_turn()
        try:
            with translated():
                raw.execute("BEGIN IMMEDIATE")
        except BaseException:
            self.store.give_turn()
            raise
        return _Together(raw)

    @contextmanager
    def _apart(self, together: _Together) -> Iterator[_Connection]:
        """Keep what this piece of work writes, or nothing of it."""
        raw = together.raw
        try:
            with translated():
                raw.execute("SAVEPOINT one")
                self._local.connection = _Connection(raw)
                yield self._local.connection
                raw.execute("RELEASE one")
        except BaseException as error:
            self._undo(together, error)
            raise
        finally:
            self._local.connection = None

    @staticmethod
    def _undo(together: _Together, error: BaseException) -> None:
        raw = together.raw
        if not raw.in_transaction:
            together.lost(error if isinstance(error, TandemError) else StoreFault())
            return
        try:
            with translated():
                raw.execute("ROLLBACK TO one")
                raw.execute("RELEASE one")
        except TandemError as worse:
            # Half of it may stand there: better nothing of anyone's.
            together.lost(worse)

    def _leave(self, together: _Together) -> None:
        """Let the next one go on; the last one commits."""
        with self._count:
            someone_waits = self._waiting > 0
        if not (someone_waits and together.takes_more and together.raw.in_transaction):
            self._open = None
            try:
                together.end()
            finally:
                self.store.give_turn()
        self._turn.release()
