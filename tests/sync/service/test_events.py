"""The audit's events: added, never changed, in nobody's way, found by everything once they are asked for."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from app.ids import mint
from app.vault.keys import Key
from app.vault.schema import Schema
from app.vault.sqlcipher import DiskFull
from app.vault.store import Store
from sync.service import event_index
from sync.service.records import Records
from sync.service.schema import embedded_schema
from sync.service.sealing import Sealing
from sync.service.storage import EVERYONE, embedded
from sync.service.storage.embedded import Embedded
from tests.sync.service.test_feed import read_all
from tests.sync.service.test_interactions import observation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from tests.sync.service.house import House

SEARCHES = (
    "action=R", "date=ge2020-01-01", "entity-type=2", "outcome=0", "subtype=read", "type=rest",
    "patient={patient}", "agent=Patient/{patient}", "entity=Observation/{measure}",
)  # fmt: skip


@pytest.fixture
def someone(house: House) -> tuple[str, httpx.Client]:
    """Add a citizen with an empty record."""
    login = f"p{mint()}"
    return house.add_citizen(login, mint()), house.citizen(login)


def rows_of(house: House, table: str, patient: str) -> int:
    """Count a citizen's rows about events."""
    with house.service.store.read(of=EVERYONE) as sql:
        (key,) = sql.execute("SELECT patient_key FROM citizen WHERE patient_id = ?", (patient,)).fetchone()
        where = "patient_key = ? AND type = 'AuditEvent'"
        return int(sql.execute(f"SELECT count(*) FROM {table} WHERE {where}", (key,)).fetchone()[0])


def test_an_access_adds_one_row(house: House, someone: tuple[str, httpx.Client]) -> None:
    """No version beside it, no place in the directory, no index: until somebody asks."""
    patient, client = someone
    made = client.post("/Observation", json=observation(patient)).json()
    before = rows_of(house, "resource", patient)
    for _ in range(5):
        assert client.get(f"/Observation/{made['id']}").status_code == 200
    assert rows_of(house, "resource", patient) == before + 5
    assert [rows_of(house, each, patient) for each in ("version", "directory", "search_index")] == [0, 0, 0]


@pytest.mark.parametrize("search", SEARCHES)
def test_it_is_found_by_all_that_it_says(someone: tuple[str, httpx.Client], search: str) -> None:
    """By its person, at once; what came after the first search too."""
    patient, client = someone
    measure = client.post("/Observation", json=observation(patient)).json()["id"]
    asked = "/AuditEvent?" + search.format(patient=patient, measure=measure)
    totals = []
    for _ in range(2):
        assert client.get(f"/Observation/{measure}").status_code == 200
        totals.append(client.get(asked + "&_summary=count").json()["total"])
    assert totals[1] == totals[0] + 1 > 1


def test_a_program_finds_everyones(house: House, someone: tuple[str, httpx.Client]) -> None:
    """By a search through all records, by a reverse include, inside a transaction, and by its id."""
    patient, client = someone
    measure = client.post("/Observation", json=observation(patient)).json()["id"]
    client.get(f"/Observation/{measure}")
    found = house.system.get(f"/AuditEvent?entity=Observation/{measure}&action=R").json()
    (event,) = [each["resource"]["id"] for each in found["entry"]]
    client.get(f"/Observation/{measure}")
    around = house.system.get(f"/Observation?_id={measure}&_revinclude=AuditEvent:entity").json()
    reads = [each for each in around["entry"] if each["resource"].get("action") == "R"]
    assert len(reads) == 2
    client.get(f"/Observation/{measure}")
    ask = {"method": "GET", "url": f"AuditEvent?entity=Observation/{measure}&action=R&_summary=count"}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": ask}]}
    (answer,) = house.system.post("/", json=bundle).json()["entry"]
    assert answer["resource"]["total"] == 4  # the program's own search told it, too
    assert house.system.get(f"/AuditEvent/{event}").json()["id"] == event
    (version,) = house.system.get(f"/AuditEvent/{event}/_history").json()["entry"]
    assert version["resource"]["id"] == event
    assert house.system.get(f"/AuditEvent/{event}/_history/1").json()["id"] == event
    assert house.system.get(f"/AuditEvent/{event}/_history/2").status_code == 404


def test_nobody_changes_one(house: House, someone: tuple[str, httpx.Client]) -> None:
    """Not even a program that may do anything else."""
    _, client = someone
    event = client.get("/AuditEvent").json()
    client.get("/AuditEvent")
    patient, _ = someone
    found = house.system.get(f"/AuditEvent?patient={patient}").json()["entry"][0]["resource"]
    where = f"/AuditEvent/{found['id']}"
    refused = [
        house.system.put(where, json=found | {"outcome": "4"}),
        house.system.delete(where),
        house.system.patch(
            where,
            json=[{"op": "replace", "path": "/outcome", "value": "4"}],
            headers={"content-type": "application/json-patch+json"},
        ),
    ]
    assert [each.status_code for each in refused] == [403] * 3
    assert house.system.get(where).json() == found
    assert event["type"] == "searchset"


def test_reading_moves_no_feed(someone: tuple[str, httpx.Client]) -> None:
    """Who only read is told the same end of the feed, whatever was looked at meanwhile."""
    patient, client = someone
    measure = client.post("/Observation", json=observation(patient)).json()["id"]
    _, before = read_all(client, patient)
    for _ in range(3):
        client.get(f"/Observation/{measure}")
    entries, after = read_all(client, patient, before)
    assert (entries, after) == ([], before)


def test_readings_do_not_wait_for_a_filing(house: House, someone: tuple[str, httpx.Client]) -> None:
    """On PostgreSQL a citizen's row that somebody holds keeps nobody from reading that citizen's record."""
    if not house.service.store.is_shared:
        pytest.skip("the embedded store has one writer")
    patient, client = someone
    measure = client.post("/Observation", json=observation(patient)).json()["id"]
    with house.service.store.read(of=EVERYONE) as sql:
        (key,) = sql.execute("SELECT patient_key FROM citizen WHERE patient_id = ?", (patient,)).fetchone()
    held, done = threading.Event(), threading.Event()

    def file() -> None:
        with house.service.store.transaction(of=key):
            held.set()
            assert done.wait(20)

    filing = threading.Thread(target=file)
    filing.start()
    try:
        assert held.wait(10)
        assert client.get(f"/Observation/{measure}", timeout=8).status_code == 200
        assert client.get(f"/Patient/{patient}/$changes", timeout=8).status_code == 200
    finally:
        done.set()
        filing.join()


def test_an_event_is_indexed_once_whoever_else_searches(
    house: House, someone: tuple[str, httpx.Client]
) -> None:
    """A program goes through everyone's while the person's own search is under way."""
    if not house.service.store.is_shared:
        pytest.skip("the embedded store has one writer")
    patient, client = someone
    measure = client.post("/Observation", json=observation(patient)).json()["id"]
    client.get(f"/Observation/{measure}")
    with house.service.store.read(of=EVERYONE) as sql:
        (key,) = sql.execute("SELECT patient_key FROM citizen WHERE patient_id = ?", (patient,)).fetchone()
    with ThreadPoolExecutor(1) as pool:
        with house.service.store.transaction(of=key) as sql:
            event_index.settle(Records(sql), key)
            everyone = pool.submit(event_index.settle_for, house.service, EVERYONE)
            with suppress(FutureTimeout):
                everyone.result(1)
        everyone.result(20)
    with house.service.store.read(of=EVERYONE) as sql:
        twice = sql.execute(
            "SELECT count(*) - count(DISTINCT (place, param, system, value, low)) FROM search_index"
            " WHERE patient_key = ? AND type = 'AuditEvent'",
            (key,),
        ).fetchone()[0]
    assert twice == 0


def test_an_older_store_is_brought_forward(tmp_path: Path) -> None:
    """What stood there twice stands there once; the event itself is the same."""
    key = Key.random()
    with key.copy() as root:
        schema = embedded_schema(Sealing(root))
        older = Schema(schema.name, schema.migrations[:11])
        event = ("k" * 32, "AuditEvent", "e1", 1, "2026-11-22T08:00:00.000Z", 0, "{}")
        with Store.create(tmp_path / "s.db", key, older) as store, store.transaction() as sql:
            sql.execute("INSERT INTO citizen (patient_key, last_change) VALUES (?, 1)", (event[0],))
            sql.execute("INSERT INTO directory VALUES ('AuditEvent', 'e1', ?)", (event[0],))
            sql.execute(
                "INSERT INTO resource (patient_key, type, id, version, updated, hidden, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                event,
            )
            sql.execute(
                "INSERT INTO version (patient_key, type, id, version, updated, hidden, body, method, change)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 'POST', 1)",
                event,
            )
        with Store.open(tmp_path / "s.db", key, schema) as store, store.read() as sql:
            counts = [
                sql.execute(f"SELECT count(*) FROM {each}").fetchone()[0]
                for each in ("resource", "version", "directory")
            ]
            assert counts == [1, 0, 0]
    key.wipe()


def test_everyones_pieces_of_work_stand_apart(tmp_path: Path) -> None:
    """Many threads, one commit for several: what fails leaves nothing, and takes nobody along."""
    key = Key.random()
    with key.copy() as root, closing(_store(tmp_path, key, root)) as database:
        together = _commits(database)

        def work(number: int) -> str:
            try:
                with database.transaction() as sql:
                    sql.execute("INSERT INTO citizen (patient_key) VALUES (?)", (f"{number}",))
                    if number % 5 == 0:
                        raise LookupError
                    if number % 7 == 0:
                        sql.execute("INSERT INTO citizen (patient_key) VALUES (?)", (f"{number}",))
            except LookupError:
                return "given up"
            except Exception as error:  # noqa: BLE001 (which one, is looked at)
                return type(error).__name__
            with database.read() as sql:  # what was told to be kept is there for others
                assert sql.execute("SELECT 1 FROM citizen WHERE patient_key = ?", (f"{number}",)).fetchone()
            return "kept"

        with ThreadPoolExecutor(16) as pool:
            told = list(pool.map(work, range(1, 401)))
        with database.read() as sql:
            there = {row[0] for row in sql.execute("SELECT patient_key FROM citizen")}
    key.wipe()
    expected = dict.fromkeys(range(1, 401), "kept")
    expected |= dict.fromkeys(range(7, 401, 7), "ConstraintBroken")
    expected |= dict.fromkeys(range(5, 401, 5), "given up")
    assert told == list(expected.values())
    assert there == {f"{number}" for number, each in expected.items() if each == "kept"}
    assert len(together) < 200, "nobody went along with anybody"


def test_what_one_is_refused_for_is_kept_when_they_hear_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks then for what was in their way finds it: two who finish one upload, for instance."""
    monkeypatch.setattr(embedded, "_LONGEST", 20.0)
    key = Key.random()
    with key.copy() as root, closing(_store(tmp_path, key, root)) as database:
        inside, told = threading.Event(), threading.Event()

        def comes_second() -> list[tuple[str]]:
            with suppress(LookupError), database.transaction() as sql:
                inside.set()
                assert sql.execute("SELECT 1 FROM citizen").fetchone()
                while not database._waiting:
                    time.sleep(0.001)
                raise LookupError
            told.set()
            with database.read() as sql:
                return sql.execute("SELECT patient_key FROM citizen").fetchall()

        def comes_third() -> None:
            assert inside.wait(10)
            with database.transaction():
                told.wait(0.3)  # in vain: the commit is ours

        with ThreadPoolExecutor(2) as pool:
            with database.transaction() as sql:
                sql.execute("INSERT INTO citizen (patient_key) VALUES ('first')")
                second = pool.submit(comes_second)
                third = pool.submit(comes_third)
                while not database._waiting:
                    time.sleep(0.001)
            third.result(10)
            assert second.result(10) == [("first",)]
    key.wipe()


def test_a_commit_that_fails_is_told_to_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody who went along is told that it is kept; what comes later works."""
    monkeypatch.setattr(embedded, "_LONGEST", 20.0)
    key = Key.random()
    with key.copy() as root, closing(_store(tmp_path, key, root)) as database:

        def breaks() -> None:
            with database.transaction() as sql:
                sql.execute("INSERT INTO citizen (patient_key) VALUES ('breaks')")
                # As SQLite does by itself at a full disk: nothing of the whole transaction is left.
                sql.execute("ROLLBACK")

        assert all(_both_told(database, breaks))
        with database.transaction() as sql:
            sql.execute("INSERT INTO citizen (patient_key) VALUES ('later')")
        with database.read() as sql:
            assert sql.execute("SELECT patient_key FROM citizen").fetchall() == [("later",)]
    key.wipe()


def test_a_full_disk_is_told_to_all_as_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever went along hears that there is no room, not that all is broken; with room it goes on."""
    monkeypatch.setattr(embedded, "_LONGEST", 20.0)
    key = Key.random()
    with key.copy() as root, closing(_store(tmp_path, key, root)) as database:
        (pages,) = _pragma(database, "page_count")
        _pragma(database, f"max_page_count = {pages + 8}")

        def fills() -> None:
            with database.transaction() as sql:
                sql.execute("INSERT INTO citizen (patient_key) VALUES (?)", ("x" * 1_000_000,))

        told = _both_told(database, fills)
        assert [type(each) for each in told] == [DiskFull, DiskFull]
        assert told[0] is not told[1], "one error raised in two threads mixes their traces"
        _pragma(database, "max_page_count = 1000000")
        fills()
        with database.read() as sql:
            assert sql.execute("SELECT count(*) FROM citizen").fetchone() == (1,)
    key.wipe()


def _both_told(database: Embedded, second: Callable[[], None]) -> list[BaseException | None]:
    """Begin one piece of work, have the second go along in its commit; return what each is told."""
    inside, first_is_done = threading.Event(), threading.Event()

    def begins() -> None:
        with database.transaction() as sql:
            sql.execute("INSERT INTO citizen (patient_key) VALUES ('begins')")
            inside.set()
            assert first_is_done.wait(10)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(begins)
        assert inside.wait(10)
        other = pool.submit(second)
        while not database._waiting:
            time.sleep(0.001)
        first_is_done.set()
        return [each.exception(10) for each in (one, other)]


def _pragma(database: Embedded, what: str) -> tuple[int]:
    raw = database.store.take_turn()
    try:
        found: tuple[int] = raw.execute(f"PRAGMA {what}").fetchone()
        return found
    finally:
        database.store.give_turn()


def _store(folder: Path, key: Key, root: Key) -> Embedded:
    return Embedded(Store.create(folder / "s.db", key, embedded_schema(Sealing(root))))


def _commits(database: Embedded) -> list[str]:
    """Return a list that will hold each commit of what is written there."""
    seen: list[str] = []
    raw = database.store.take_turn()
    raw.set_trace_callback(lambda sql: seen.append(sql) if sql == "COMMIT" else None)  # type: ignore[attr-defined]
    database.store.give_turn()
    return seen


def test_everything_that_was_read_is_named(house: House, someone: tuple[str, httpx.Client]) -> None:
    """A page of more than a hundred is told in several events: none of it goes unsaid."""
    patient, client = someone
    for _ in range(130):
        client.post("/Observation", json=observation(patient)).raise_for_status()
    page = client.get("/Observation", params={"_count": "500"}).json()
    read = {f"Observation/{each['resource']['id']}" for each in page["entry"]}
    events = client.get("/AuditEvent", params={"action": "R", "_count": "200"}).json()["entry"]
    named = [each["what"]["reference"] for found in events for each in found["resource"]["entity"]]
    assert len(read) == 130
    assert sorted(each for each in named if not each.startswith("Patient/")) == sorted(read)
