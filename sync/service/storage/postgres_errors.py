"""psycopg's errors by what they mean to us (PostgreSQL's SQLSTATE, appendix A of its manual)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors

from app.vault.sqlcipher import ConstraintBroken, DiskFull, StoreDamaged, StoreFault
from sync.service.storage.port import RecordsAway, RecordsContended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.errors import TandemError

__all__ = ["translated"]

_MEANINGS: tuple[tuple[tuple[type[psycopg.Error], ...], type[TandemError]], ...] = (
    # The same key at the same moment: whoever comes second does it anew, and finds what the first wrote.
    ((errors.UniqueViolation,), RecordsContended),
    (
        (
            errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable,
            errors.StatementCompletionUnknown,
        ),
        RecordsContended,
    ),
    ((errors.DiskFull,), DiskFull),
    ((errors.DataCorrupted, errors.IndexCorrupted), StoreDamaged),
    ((errors.IntegrityError,), ConstraintBroken),
    # A standby answers after a fail-over until it is promoted; the pooler forwards what the server says.
    ((errors.ReadOnlySqlTransaction, errors.OperationalError, errors.InterfaceError), RecordsAway),
)  # fmt: skip


@contextmanager
def translated() -> Iterator[None]:
    """Turn PostgreSQL's errors into ours; none of its texts goes further, they may hold a person's data."""
    try:
        yield
    except psycopg.Error as error:
        raise _meaning(error) from None


def _meaning(error: psycopg.Error) -> TandemError:
    for kinds, meaning in _MEANINGS:
        if isinstance(error, kinds):
            return meaning()
    return StoreFault(state=error.sqlstate or type(error).__name__)
