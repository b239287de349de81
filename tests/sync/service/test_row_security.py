"""Security by row: a transaction sees and writes its citizen's rows, whatever its statements ask for."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from app.errors import TandemError
from sync.service.storage import EVERYONE
from sync.service.storage.postgres import Postgres
from tests.sync.service.test_postgres_schema import POINTERS, SPREAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.service.storage import Scope
    from tests.sync.service.postgres import Cluster
    from tests.sync.service.test_postgres_schema import Sql

ANNE, BRUNO = "a" * 32, "b" * 32
_FOREIGN = '{"patient_key": "cccccccccccccccccccccccccccccccc"}'
_SAMPLES = {"text": "'x'", "bigint": "1", "bytea": "'\\x00'", "double precision": "1.0"}


@pytest.fixture(scope="module")
def name(cluster: Cluster) -> str:
    """Make a database in which every table of a citizen has a row of Anne's, of Bruno's and of nobody's."""
    made = cluster.database()
    with cluster.connect(made) as sql:
        for table in tables(sql):
            for key in (ANNE, BRUNO, ""):
                _put(sql, table, key)
    return made


@pytest.fixture(scope="module")
def store(cluster: Cluster, name: str) -> Iterator[Postgres]:
    """Open it as the service does."""
    made = Postgres(cluster.address(name))
    yield made
    made.close()


def tables(sql: Sql) -> list[str]:
    """Return every table of a citizen, ``resource`` first: others point to it."""
    found = [str(row[1]) for row in sql.execute(SPREAD, [list(POINTERS)]).fetchall()]
    return sorted(found, key=lambda table: table != "resource")


def _put(sql: Sql, table: str, key: str) -> None:
    columns = sql.execute(
        "SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_name = %s",
        [table],
    ).fetchall()
    values = [f"'{key}'" if name == "patient_key" else _SAMPLES[str(kind)] for name, kind in columns]
    names = ", ".join(f'"{name}"' for name, _ in columns)
    sql.execute(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(values)})'.encode())


def leaks(store: Postgres, table: str) -> list[str]:
    """Return what Anne's transaction can do to rows that are not hers."""
    found = []
    with store.read(of=ANNE) as sql:
        seen = {row[0] for row in sql.execute(f'SELECT patient_key FROM "{table}"')}
    if seen != {ANNE, ""}:
        found.append(f"sees {seen}")
    attempts = [
        f"{what} WHERE patient_key = '{whose}'"
        for whose in (BRUNO, "")
        for what in (f'UPDATE "{table}" SET patient_key = patient_key', f'DELETE FROM "{table}"')
    ]
    attempts += [
        f"UPDATE \"{table}\" SET patient_key = '{BRUNO}'",
        f'INSERT INTO "{table}" SELECT (jsonb_populate_record(t, \'{_FOREIGN}\')).* FROM "{table}" t',
    ]
    found += [each for each in attempts if _touched(store, each)]
    return found


def _touched(store: Postgres, statement: str) -> int:
    """Return how many rows a statement of Anne's touches; nothing of it stays."""
    try:
        with store.transaction(of=ANNE) as sql:
            count = sql.execute(statement).rowcount
            raise _Undone(count)
    except _Undone as undone:
        return undone.count
    except TandemError as refused:
        return int(refused.fields != {"state": "42501"})  # refused by the guard, or by something after it


class _Undone(Exception):
    def __init__(self, count: int) -> None:
        self.count = count


def test_no_statement_reaches_another_citizens_rows(cluster: Cluster, name: str, store: Postgres) -> None:
    """Neither to see, nor to change, nor to take, nor to give; nobody's rows are read only."""
    with cluster.connect(name) as sql:
        found = {table: leaks(store, table) for table in tables(sql)}
    assert len(found) >= 15
    assert {table: what for table, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "undone",
    [
        "ALTER TABLE resource DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE resource NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY open ON resource USING (true)",
    ],
)
def test_a_guard_taken_off_by_hand_is_seen(cluster: Cluster, undone: str) -> None:
    """The test above is red without it."""
    name = cluster.database()
    with cluster.connect(name) as sql:
        for key in (ANNE, BRUNO, ""):
            _put(sql, "resource", key)
        with closing(Postgres(cluster.address(name))) as store:
            assert leaks(store, "resource") == []
            sql.execute(undone.encode())
            assert len(leaks(store, "resource")) >= 2


@pytest.mark.parametrize(
    ("of", "seen"), [(None, {""}), ("", {""}), (ANNE, {ANNE, ""}), (EVERYONE, {ANNE, BRUNO, ""})]
)
def test_a_scope_is_whose_rows_are_seen(store: Postgres, of: Scope, seen: set[str]) -> None:
    """Nobody's by default; it ends with its transaction, though the connection goes on."""
    for _ in range(2):
        with store.read(of=of) as sql:
            assert {row[0] for row in sql.execute("SELECT patient_key FROM resource")} == seen
        with store.read() as sql:
            assert {row[0] for row in sql.execute("SELECT patient_key FROM resource")} == {""}


def test_a_reading_within_another_has_its_own_scope(store: Postgres) -> None:
    """And the one around it goes on as it was, when the inner one fails too."""
    statement = "SELECT DISTINCT patient_key FROM resource"
    with store.transaction(of=ANNE) as sql:
        with store.read(of=BRUNO) as inner:
            assert {row[0] for row in inner.execute(statement)} == {BRUNO, ""}
        assert {row[0] for row in sql.execute(statement)} == {ANNE, ""}
        with pytest.raises(ZeroDivisionError), store.read(of=BRUNO):
            _ = 1 / 0
        assert {row[0] for row in sql.execute(statement)} == {ANNE, ""}


def test_a_scope_that_is_no_key_is_refused(store: Postgres) -> None:
    """It stands within a statement: nothing but what a key is made of."""
    with pytest.raises(TandemError), store.read(of="x'; RESET ROLE; --"):
        pass
