"""PostgreSQL's own catalogue: keys that Citus can spread, security by row, migrations, the service's role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from app.errors import TandemError
from app.vault.schema import Migration, Schema
from sync.service.service import Service
from sync.service.storage import postgres_open
from sync.service.storage.postgres_open import open_postgres
from sync.service.storage.postgres_schema import POINTERS, POSTGRES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sync.service.postgres import Cluster

Sql = psycopg.Connection[tuple[object, ...]]

SPREAD = (
    "SELECT t.oid, t.relname::text, t.relrowsecurity AND t.relforcerowsecurity FROM pg_class t"
    " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'patient_key'"
    " WHERE t.relkind IN ('r', 'p') AND t.relnamespace = 'public'::regnamespace AND t.relname <> ALL (%s)"
)


@pytest.fixture
def admin(cluster: Cluster) -> Iterator[Sql]:
    """Look at a database of the test's own as the superuser, who sees everything."""
    with cluster.connect(cluster.database()) as sql:
        yield sql


def violations(sql: Sql) -> list[str]:
    """Return what would not be legal on Citus, or leave a citizen's rows open."""
    found = []
    for oid, table, is_guarded in sql.execute(SPREAD, [list(POINTERS)]).fetchall():
        if not is_guarded:
            found.append(f"{table}: no security by row")
        policies = sql.execute("SELECT polcmd::text FROM pg_policy WHERE polrelid = %s", [oid]).fetchall()
        if sorted(str(row[0]) for row in policies) != ["*", "r"]:
            found.append(f"{table}: its policies")
        for (definition,) in sql.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s", [oid]
        ):
            if not _leads(str(definition)):
                found.append(f"{table}: {definition}")
        for (definition,) in sql.execute(
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s AND indisunique", [oid]
        ):
            if not str(definition).partition("(")[2].startswith("patient_key"):
                found.append(f"{table}: {definition}")
    for (trigger,) in sql.execute("SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal"):
        found.append(f"a trigger: {trigger}")
    for table, column in sql.execute(
        "SELECT table_name::text, column_name::text FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
        " AND table_name <> 'schema_version'"
    ):
        found.append(f"{table}.{column}: not in the order of bytes")
    return found


def _leads(constraint: str) -> bool:
    kind, _, columns = constraint.partition("(")
    if kind.startswith("FOREIGN KEY"):
        target = constraint.partition("REFERENCES")[2].partition("(")[2]
        return columns.startswith("patient_key") and target.startswith("patient_key")
    return kind.startswith("CHECK") or columns.startswith("patient_key")


def test_every_table_of_a_citizen_can_be_spread_by_its_key(admin: Sql) -> None:
    """Its keys are led by it, it is guarded by row, and nothing else stands in the way."""
    tables = admin.execute(SPREAD, [list(POINTERS)]).fetchall()
    assert {"citizen", "resource", "version", "search_index", "binary", "answer"} <= {
        str(row[1]) for row in tables
    }
    assert violations(admin) == []


@pytest.mark.parametrize(
    "wrong",
    [
        'CREATE TABLE later (patient_key text COLLATE "C" PRIMARY KEY)',
        "ALTER TABLE resource DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE resource NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY seen ON resource",
        "ALTER TABLE mail ADD CONSTRAINT once UNIQUE (id)",
        "CREATE UNIQUE INDEX once ON mail (made, patient_key)",
        "ALTER TABLE upload_piece ADD FOREIGN KEY (start) REFERENCES device_number (n)",
        "CREATE TRIGGER t AFTER INSERT ON mail EXECUTE FUNCTION nothing()",
        "ALTER TABLE mail ADD COLUMN said text",
    ],
)
def test_a_table_that_breaks_a_rule_is_seen(admin: Sql, wrong: str) -> None:
    """What a later migration might do wrong turns the test above red."""
    admin.execute("CREATE TABLE device_number (n bigint PRIMARY KEY)")
    admin.execute("CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    admin.execute(wrong.encode())
    assert len(violations(admin)) >= 1


def test_a_fresh_database_is_filled_at_the_first_start(cluster: Cluster, tmp_path: Path) -> None:
    """Without a command; the second start finds it as it is, with the same secrets."""
    address = cluster.new(fresh=True)
    first = Service.open(tmp_path / "data", records=address)
    epoch = first.secrets.epoch
    first.close()
    second = Service.open(tmp_path / "data", records=address)
    assert second.secrets.epoch == epoch
    second.close()


def test_an_earlier_version_is_brought_forward_by_a_command_only(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start refuses it; the command takes the steps that are missing, once."""
    address = cluster.new(fresh=True)
    assert postgres_open.migrate(address) == POSTGRES.version
    later = Migration(POSTGRES.version + 1, "later", "CREATE TABLE later (name text);")
    monkeypatch.setattr(postgres_open, "POSTGRES", Schema(POSTGRES.name, (*POSTGRES.migrations, later)))
    with pytest.raises(postgres_open.RecordsOlder):
        open_postgres(address)
    assert [postgres_open.migrate(address) for _ in range(2)] == [1, 0]
    open_postgres(address).close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("INSERT INTO schema_version (kind, number, name) VALUES ('tandem service', 99, 'x')", "store-newer"),
        ("UPDATE schema_version SET kind = 'another program'", "store-of-another-kind"),
        ("DROP TABLE schema_version", "store-of-another-kind"),
        ("ALTER TABLE resource DISABLE ROW LEVEL SECURITY", "records-unguarded"),
        ("ALTER TABLE carer NO FORCE ROW LEVEL SECURITY", "records-unguarded"),
    ],
)
def test_a_database_that_is_not_ours_to_open_is_refused(cluster: Cluster, change: str, code: str) -> None:
    """Of a later version, of another program, with its guards taken off."""
    name = cluster.database()
    with cluster.connect(name) as sql:
        sql.execute(change.encode())
    with pytest.raises(TandemError) as refused:
        open_postgres(cluster.address(name))
    assert refused.value.code == code


@pytest.mark.parametrize("right", ["SUPERUSER", "BYPASSRLS"])
def test_a_role_that_sees_everything_is_refused(cluster: Cluster, right: str) -> None:
    """Nothing would hold a request to its citizen."""
    name = cluster.database()
    with cluster.connect(name) as sql:
        sql.execute(f"CREATE ROLE strong{right.lower()} LOGIN {right}".encode())
    with pytest.raises(postgres_open.RecordsRole):
        open_postgres(cluster.address(name, f"strong{right.lower()}"))


@pytest.mark.parametrize(
    "address", ["postgresql://nobody@127.0.0.1:1/none", "what is this", "postgresql://[::"]
)
def test_a_database_that_is_not_there_is_said(address: str) -> None:
    """The address never shows in what is said: a password may be in it."""
    with pytest.raises(TandemError) as refused:
        open_postgres(address)
    assert (refused.value.code, refused.value.fields) == ("records-away", {})


def test_another_key_file_does_not_open_the_secrets(cluster: Cluster, tmp_path: Path) -> None:
    """A second folder with a key of its own is refused, and so is one that has none."""
    address = cluster.new()
    Service.open(tmp_path / "one", records=address).close()
    with pytest.raises(TandemError) as refused:
        Service.open(tmp_path / "two", records=address)
    assert refused.value.code == "service-key-missing"
    (tmp_path / "two" / "service.key").write_text("ab" * 32)
    with pytest.raises(TandemError) as refused:
        Service.open(tmp_path / "two", records=address)
    assert refused.value.code == "store-wrong-key"


def test_a_copy_of_the_database_holds_no_secret_in_the_open(cluster: Cluster, tmp_path: Path) -> None:
    """Neither the keys of the service nor the secret of somebody's app."""
    from sync.service.accounts import Accounts
    from sync.service.caller import Role
    from sync.service.factors import Factors

    name = cluster.database()
    service = Service.open(tmp_path / "data", records=cluster.address(name))
    Accounts(service).add("sonia", "x" * 12, Role.ADVISER, "", {"name": "Sonia"}, made_up=True)
    account = Accounts(service).get("sonia")
    assert account is not None
    Factors(service, account).keep_secret(b"twenty bytes to hide", proven=True)
    with cluster.connect(name) as sql:
        kept = b"".join(
            bytes(row[0])  # type: ignore[call-overload]
            for row in sql.execute("SELECT value FROM secret UNION ALL SELECT secret FROM one_time_secret")
        )
    assert kept
    for secret in (service.secrets.hashing, service.secrets.paging, b'"d":', b"twenty bytes to hide"):
        assert secret not in kept
    assert service.secrets.envelopes.to_bytes() not in kept
    service.close()
