"""The one place that speaks to ``sqlcipher3``: connections, and its errors by what they mean.

``sqlcipher3`` gives no extended error codes, so the meaning is read from SQLite's own fixed
English messages (``sqlite3ErrStr``). What is not known here is our bug.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, cast

from sqlcipher3 import dbapi2

from app.errors import OurBug, TandemError, WorldFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from app.vault.keys import Key

__all__ = [
    "Connection",
    "ConstraintBroken",
    "DiskFull",
    "Rows",
    "StoreBusy",
    "StoreDamaged",
    "StoreFault",
    "StoreUnreadable",
    "complete",
    "connect",
    "copy_into",
    "deny_attach",
    "translated",
]

_HEX = b"0123456789abcdef"
_BUSY_SECONDS = 10.0
# sqlite3.h: action codes of the authorizer.
_ATTACH, _DETACH = 24, 25
_DENIED, _ALLOWED = 1, 0


class DiskFull(WorldFailed):
    """No room left where the vault is; nothing was half-written."""

    code = "disk-full"


class StoreDamaged(WorldFailed):
    """The key fits but pages of the file are not what was written. Fields: ``pages``."""

    code = "store-damaged"


class StoreUnreadable(WorldFailed):
    """The file cannot be read or written (permission, device, read-only medium)."""

    code = "store-unreadable"


class StoreBusy(WorldFailed):
    """Another program held the file too long."""

    code = "store-busy"


class ConstraintBroken(OurBug):
    """A row was refused by the schema (unique, foreign key, not null, check)."""

    code = "store-constraint"


class StoreFault(OurBug):
    """SQLite refused for a reason that no caller can mend."""

    code = "store-fault"


class Rows(Protocol):
    """What a statement gives back."""

    rowcount: int
    lastrowid: int

    def fetchone(self) -> Any:  # noqa: ANN401 - a row's columns are what the statement says
        """Return the next row, None after the last."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """What the rest of the program may do with a connection."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction or a snapshot is open."""

    def execute(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ..., /) -> Rows:
        """Run one statement."""

    def executemany(self, sql: str, values: Iterable[Sequence[Any] | Mapping[str, Any]], /) -> Rows:
        """Run one statement for each of many values."""

    def interrupt(self) -> None:
        """Stop what runs, from another thread."""

    def close(self) -> None:
        """Close for good."""


_MEANINGS: tuple[tuple[str, type[TandemError]], ...] = (
    ("database or disk is full", DiskFull),
    ("malformed", StoreDamaged),
    ("not a database", StoreDamaged),
    ("hmac check failed", StoreDamaged),
    ("database is locked", StoreBusy),
    ("database table is locked", StoreBusy),
    ("disk i/o error", StoreUnreadable),
    ("readonly", StoreUnreadable),
    ("unable to open", StoreUnreadable),
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except dbapi2.IntegrityError as error:
        raise ConstraintBroken from error
    except dbapi2.Error as error:
        raise _meaning(str(error).lower()) from error


def _meaning(message: str) -> TandemError:
    for words, kind in _MEANINGS:
        if words in message:
            return kind()
    return StoreFault()


def connect(path: Path, key: Key, *, create: bool = False) -> Connection:
    """Open one connection and hand it the raw key; no page has been read yet."""
    mode = "rwc" if create else "rw"
    raw = dbapi2.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        raw.execute("PRAGMA cipher_log_level = NONE")
        _hand_over(raw.set_key, key)
    except BaseException:
        raw.close()
        raise
    return cast("Connection", raw)


def _hand_over(set_key: Callable[[bytearray], None], key: Key) -> None:
    """Give the key as ``x'<64 hex>'``: any other form would be taken for a passphrase."""
    key.require()
    text = bytearray(len(key.data) * 2 + 3)
    text[0:2], text[-1:] = b"x'", b"'"
    try:
        for index, byte in enumerate(key.data):
            text[2 + 2 * index] = _HEX[byte >> 4]
            text[3 + 2 * index] = _HEX[byte & 15]
        set_key(text)
    finally:
        text[:] = bytes(len(text))


def copy_into(source: Connection, target: Connection) -> None:
    """Copy every page as it is at one moment (``sqlite3_backup_step`` with -1: one reading)."""
    cast("Any", source).backup(target)


def deny_attach(connection: Connection) -> None:
    """Refuse ATTACH for good: no statement may open another file beside the store."""

    def authorize(action: int, *_: str | None) -> int:
        return _DENIED if action in {_ATTACH, _DETACH} else _ALLOWED

    cast("Any", connection).set_authorizer(authorize)


def complete(sql: str) -> bool:
    """Say whether the text ends with a whole statement."""
    return bool(dbapi2.complete_statement(sql))
