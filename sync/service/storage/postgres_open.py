"""Opening PostgreSQL for the service: its migrations, and what is demanded of it before a record is touched.

A fresh database is filled at the first start; one of an earlier version is brought forward by the operator
(``--migrate``), while no worker runs: two versions of the program never write the same tables. Each migration
is one transaction under a lock, so that two who start together do it once.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final

from app.errors import PersonCanAct
from app.vault.schema import StoreNewer, StoreOfAnotherKind
from sync.service.storage.port import RecordsAway
from sync.service.storage.postgres import Postgres
from sync.service.storage.postgres_errors import translated
from sync.service.storage.postgres_schema import POINTERS, POSTGRES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

__all__ = [
    "OLDEST_SERVER",
    "RecordsDenied",
    "RecordsOlder",
    "RecordsRole",
    "RecordsServer",
    "RecordsUnguarded",
    "migrate",
    "open_postgres",
]

OLDEST_SERVER: Final = 150_000
_LOCK: Final = 7_236_491_052


class RecordsOlder(PersonCanAct):
    """The tables are of an earlier version: migrate first. Fields: ``found``, ``known``."""

    code: ClassVar[str] = "records-older"


class RecordsRole(PersonCanAct):
    """The role bypasses row-level security: nothing would hold a request to its citizen."""

    code: ClassVar[str] = "records-role"


class RecordsDenied(PersonCanAct):
    """The role has not the rights to make or to read the tables."""

    code: ClassVar[str] = "records-denied"


class RecordsUnguarded(PersonCanAct):
    """Row-level security was taken off a table that needs it. Fields: ``table``."""

    code: ClassVar[str] = "records-unguarded"


class RecordsServer(PersonCanAct):
    """PostgreSQL before 15, or an encoding other than UTF-8."""

    code: ClassVar[str] = "records-server"


def open_postgres(address: str) -> Postgres:
    """Open a database, filling a fresh one.

    Raises ``RecordsAway``, ``RecordsServer``, ``RecordsRole``, ``RecordsDenied``, ``RecordsOlder``,
    ``RecordsUnguarded``, ``StoreNewer``, ``StoreOfAnotherKind``.
    """
    store = _store(address)
    with _allowed(), store.connect() as sql:
        _demand_server(sql)
        _demand_role(sql)
        found = _version(sql)
        if found == 0:
            _bring_forward(sql)
        elif found < POSTGRES.version:
            raise RecordsOlder(found=found, known=POSTGRES.version)
        _demand_guards(sql)
    return store


def migrate(address: str) -> int:
    """Bring a database forward; returns how many steps were taken. Any role that owns the tables may."""
    with _allowed(), _store(address).connect() as sql:
        _demand_server(sql)
        return _bring_forward(sql)


@contextmanager
def _allowed() -> Iterator[None]:
    """Say what a role may not; later, a refusal by row-level security would be our own fault."""
    import psycopg

    with translated():
        try:
            yield
        except psycopg.errors.InsufficientPrivilege:
            raise RecordsDenied from None


def _store(address: str) -> Postgres:
    import psycopg

    try:
        psycopg.conninfo.conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        # Its text would show the address, with what stands in it.
        raise RecordsAway from None
    return Postgres(address)


def _demand_server(sql: psycopg.Connection[tuple[object, ...]]) -> None:
    row = sql.execute("SHOW server_encoding").fetchone()
    if sql.info.server_version < OLDEST_SERVER or row is None or row[0] != "UTF8":
        raise RecordsServer


def _demand_role(sql: psycopg.Connection[tuple[object, ...]]) -> None:
    row = sql.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()
    if row is None or row[0]:
        raise RecordsRole


def _demand_guards(sql: psycopg.Connection[tuple[object, ...]]) -> None:
    row = sql.execute(
        "SELECT t.relname FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid"
        " WHERE t.relkind IN ('r', 'p') AND t.relnamespace = current_schema()::regnamespace"
        " AND a.attname = 'patient_key' AND NOT (t.relrowsecurity AND t.relforcerowsecurity)"
        " AND t.relname <> ALL ($1) LIMIT 1",
        [list(POINTERS)],
    ).fetchone()
    if row is not None:
        raise RecordsUnguarded(table=str(row[0]))


def _version(sql: psycopg.Connection[tuple[object, ...]]) -> int:
    """Return the last migration done; 0 for a fresh database."""
    tables = sql.execute(
        "SELECT count(*), count(*) FILTER (WHERE relname = 'schema_version') FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace"
    ).fetchone()
    count, known = (int(str(each)) for each in tables or (0, 0))
    if count and not known:
        raise StoreOfAnotherKind
    if not count:
        return 0
    row = sql.execute("SELECT max(number) FROM schema_version WHERE kind = $1", [POSTGRES.name]).fetchone()
    if row is None or row[0] is None:
        raise StoreOfAnotherKind
    found = int(str(row[0]))
    if found > POSTGRES.version:
        raise StoreNewer(found=found, known=POSTGRES.version)
    return found


def _bring_forward(sql: psycopg.Connection[tuple[object, ...]]) -> int:
    taken = 0
    for step in POSTGRES.migrations:
        with sql.transaction():
            sql.execute("SELECT pg_advisory_xact_lock($1)", [_LOCK])
            if _version(sql) >= step.number:
                continue
            sql.execute(
                "CREATE TABLE IF NOT EXISTS schema_version (kind text NOT NULL, number integer NOT NULL,"
                " name text NOT NULL, done timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (kind, number))"
            )
            sql.execute(step.sql.encode())
            sql.execute(
                "INSERT INTO schema_version (kind, number, name) VALUES ($1, $2, $3)",
                [POSTGRES.name, step.number, step.name],
            )
            taken += 1
    return taken
