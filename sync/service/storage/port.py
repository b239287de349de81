"""What the service asks of its database, whichever it is.

Context: the embedded service keeps its records in one SQLCipher file with one writer; at scale the same
records lie in PostgreSQL, which has many writers, behind several workers and a pooler.
Decision: one set of statements in the subset that both understand (``?`` for a value), and this small port
for the rest:

- **Scope.** ``of`` says whose rows a transaction may touch: one citizen's (their key), ``EVERYONE``'s
  (programs, sweeps), or nobody's (only what belongs to no citizen). PostgreSQL holds every row to it
  (row-level security); SQLCipher cannot, there the statements' own conditions hold alone.
- **Order.** A writing transaction of one citizen holds that citizen's row from its first moment, so what it
  reads is still true when it writes, and change numbers come in the order of the commits. One that works for
  ``EVERYONE`` calls ``hold`` as soon as it knows whom it is about. What belongs to no citizen (a login, a PC,
  a code) is read and written by one conditional statement, or under ``lock``, by name. SQLCipher has one
  writer at a time: there both do nothing.
- **Group commit.** What several threads write at the same moment is made durable together.
- **Chance.** Two who meet (a deadlock, the same key inserted twice at the same moment) raise
  ``RecordsContended``; ``transact`` does the work anew. Nothing of it was kept.

Only what is named here may differ from one engine to the other: ``LISTED`` and ``CLAIMED_ORGANIZATION`` are
written as SQLite says them, and the PostgreSQL side knows its own words for them.
"""

from __future__ import annotations

import random
import time
from contextlib import AbstractContextManager  # noqa: TC003 - a protocol's own
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from app.errors import WorldFailed
from app.vault.sqlcipher import StoreBusy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = [
    "CLAIMED_ORGANIZATION",
    "EVERYONE",
    "LISTED",
    "Connection",
    "Database",
    "RecordsAway",
    "RecordsContended",
    "Rows",
    "Scope",
    "transact",
]

EVERYONE: Final = "*"
"""The scope of those who work on everyone's records. No citizen's key: those are hexadecimal."""

Scope = str | None
"""One citizen's key, ``EVERYONE``, or ``None`` (or the empty key) for what belongs to no citizen."""

LISTED: Final = "(SELECT value FROM json_each(?))"
"""The texts of a JSON array, as a list to be ``IN``."""
CLAIMED_ORGANIZATION: Final = "json_extract(claims, '$.organization.id')"
"""The organization in an account's claims."""

_T = TypeVar("_T")
_TRIES = 5
_PAUSE = 0.02


class RecordsAway(WorldFailed):
    """The database does not answer (a restart, a cut). What was under way may be kept or not."""

    code = "records-away"


class RecordsContended(StoreBusy):
    """Two transactions met; nothing of this one was kept."""


class Rows(Protocol):
    """What a statement gives back."""

    @property
    def rowcount(self) -> int:
        """How many rows a change touched."""

    def fetchone(self) -> Any:  # noqa: ANN401 - a row's columns are what the statement says
        """Return the next row, None after the last."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """One transaction, or one reading, at work."""

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Rows:
        """Run one statement; ``?`` stands for a value."""

    def executemany(self, sql: str, values: Iterable[Sequence[Any]], /) -> None:
        """Run one ``INSERT … VALUES (…)`` for each of many rows."""

    def hold(self, patient_key: str, /) -> None:
        """Hold a citizen's row until the end, where this is a transaction; nothing in a reading."""

    def lock(self, *name: str) -> None:
        """Let nobody else be here at the same time, until the end of the transaction."""

    def sweep(self, table: str, condition: str, values: Sequence[Any], /) -> None:
        """Delete what is over, save what someone else deletes at this moment."""


class Database(Protocol):
    """An open database. Thread-safe."""

    is_shared: bool
    """Whether other processes work on it at the same time."""

    def transaction(self, *, of: Scope = None, hold: bool = True) -> AbstractContextManager[Connection]:
        """Write: everything in the block, or nothing. Durable when the block has ended.

        ``hold=False``: the citizen's row is not held; what is read is of one moment, and what is written only
        adds to it.
        """

    def read(self, *, of: Scope = None) -> AbstractContextManager[Connection]:
        """Read one moment; inside a transaction of this thread, what it has written so far."""

    def look(self, *statements: tuple[str, Sequence[Any]]) -> list[Any]:
        """Return the first row of each, or None: single readings of what belongs to no citizen, in one go."""

    def others(self) -> int:
        """Count the other connections of services that are open on it; 0 where there can be none."""

    def close(self) -> None:
        """Wait for what runs and close."""


def transact(store: Database, of: Scope, work: Callable[[Connection], _T], *, hold: bool = True) -> _T:
    """Do ``work`` in a transaction, anew where it met another; raises ``RecordsContended`` after some tries.

    ``work`` leaves nothing behind but what it writes: it may be done several times.
    """
    for pause in range(1, _TRIES):
        try:
            with store.transaction(of=of, hold=hold) as sql:
                return work(sql)
        except RecordsContended:
            time.sleep(_PAUSE * pause * (0.5 + random.random()))  # noqa: S311 - who waits how long is no secret
    with store.transaction(of=of, hold=hold) as sql:
        return work(sql)
