"""The embedded database: one SQLCipher file, one writer at a time (:mod:`app.vault.store`).

Its one writer makes every read-then-write safe by itself, and its statements alone tell citizens apart.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from app.vault.sqlcipher import Connection as Raw
    from app.vault.store import Store
    from sync.service.storage.port import Scope

__all__ = ["Embedded"]


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


class Embedded:
    """The service's store in one file."""

    is_shared = False

    def __init__(self, store: Store) -> None:
        self.store = store

    @contextmanager
    def transaction(self, *, of: Scope = None) -> Iterator[_Connection]:
        """Write: everything in the block, or nothing."""
        with self.store.transaction() as raw:
            yield _Connection(raw)

    @contextmanager
    def read(self, *, of: Scope = None) -> Iterator[_Connection]:
        """Read one moment of the store."""
        with self.store.read() as raw:
            yield _Connection(raw)

    def look(self, *statements: tuple[str, Sequence[Any]]) -> list[Any]:
        """Return the first row of each statement."""
        with self.store.read() as raw:
            return [raw.execute(sql, values).fetchone() for sql, values in statements]

    def others(self) -> int:
        """Say that there are none: the folder is held by one."""
        return 0

    def close(self) -> None:
        """Wait for what runs and close."""
        self.store.close()
