"""Numbered migrations, each in its own transaction.

A migration that was released is never edited: a new number follows. ``user_version`` holds the
last one done and ``application_id`` tells one kind of store from another; both are set inside the
migration's transaction, so a power cut leaves a store at one number or the next, never between.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import OurBug, PersonCanAct
from app.vault.sqlcipher import complete

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.vault.sqlcipher import Connection

__all__ = ["Migration", "Schema", "StoreNewer", "StoreOfAnotherKind", "migrate"]


class StoreNewer(PersonCanAct):
    """A later version of the program wrote this store. Fields: ``found``, ``known``."""

    code = "store-newer"


class StoreOfAnotherKind(OurBug):
    """The file is a store, but not of the kind asked for."""

    code = "store-of-another-kind"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: a script, then perhaps what SQL alone cannot do."""

    number: int
    name: str
    sql: str
    then: Callable[[Connection], None] | None = None

    def statements(self) -> Iterator[str]:
        """Yield the script's statements; ``executescript`` would commit by itself."""
        statement = ""
        for line in self.sql.splitlines(keepends=True):
            statement += line
            if complete(statement):
                yield statement
                statement = ""
        if statement.strip():
            raise ValueError(self.number)


@dataclass(frozen=True, slots=True)
class Schema:
    """What one kind of store holds."""

    name: str
    migrations: tuple[Migration, ...]

    def __post_init__(self) -> None:
        if [step.number for step in self.migrations] != list(range(1, len(self.migrations) + 1)):
            raise ValueError(self.name)

    @property
    def version(self) -> int:
        """Number of the last migration."""
        return len(self.migrations)

    @property
    def application_id(self) -> int:
        """The kind, as SQLite's header holds it (31 bits, never zero)."""
        return zlib.crc32(self.name.encode()) & 0x7FFFFFFF or 1


def migrate(connection: Connection, schema: Schema) -> int:
    """Bring a store forward to ``schema``; return how many steps were taken."""
    found = _number(connection, "user_version")
    kind = _number(connection, "application_id")
    if kind not in {0, schema.application_id} or (found and not kind):
        raise StoreOfAnotherKind
    if found > schema.version:
        raise StoreNewer(found=found, known=schema.version)
    for step in schema.migrations[found:]:
        _apply(connection, step, schema)
    return schema.version - found


def _apply(connection: Connection, step: Migration, schema: Schema) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in step.statements():
            connection.execute(statement)
        if step.then is not None:
            step.then(connection)
        connection.execute(f"PRAGMA application_id = {schema.application_id:d}")
        connection.execute(f"PRAGMA user_version = {step.number:d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _number(connection: Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
