"""A store whose disk has troubles: the program may die at any commit, the disk be full or busy.

SQLite in memory stands for the file: what was committed is there after a crash, nothing else is. The same
code on real SQLCipher files, killed for good, is tried in ``tests/sync/test_kill.py``.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlcipher3

from app.vault.migrations import PATIENT
from app.vault.schema import migrate
from app.vault.sqlcipher import DiskFull, StoreBusy, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.vault.sqlcipher import Connection

__all__ = ["Crash", "Disk"]


class Crash(BaseException):
    """The program is no more."""


class Disk:
    """What ``app.vault.store.Store`` is to the records."""

    def __init__(self, trouble: Callable[[str], bool]) -> None:
        self._trouble = trouble
        self.connection: Connection = sqlcipher3.connect(":memory:", isolation_level=None)
        self.connection.execute("PRAGMA foreign_keys = ON")
        migrate(self.connection, PATIENT)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Everything in the block, or nothing."""
        if self._trouble("disk-busy"):
            raise StoreBusy
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            with translated():
                yield self.connection
            if self._trouble("disk-full"):
                raise DiskFull
            if self._trouble("crash-before"):
                raise Crash
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        if self._trouble("crash-after"):
            raise Crash

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read one moment."""
        with translated():
            yield self.connection

    def close(self) -> None:
        """Let it go."""
        self.connection.close()
