"""PostgreSQL is sent many statements before one is waited for, and reads none of them twice."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
import pytest

from sync.service.storage import EVERYONE, RecordsContended
from sync.service.storage.postgres import Postgres
from tests.sync.service.postgres import Bouncer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sync.service.postgres import Cluster

ANNE, BRUNO = "a" * 32, "b" * 32
CITIZEN = "INSERT INTO citizen (patient_key, patient_id) VALUES (?, ?)"
ANSWER = "INSERT INTO answer (patient_key, op_id, digest, body) VALUES (?, ?, ?, ?)"


@pytest.fixture
def store(cluster: Cluster) -> Iterator[Postgres]:
    """Open a database."""
    with closing(Postgres(cluster.new())) as made:
        yield made


@pytest.mark.timeout(60)
@pytest.mark.parametrize("look", [True, False])
def test_much_at_once_makes_nobody_wait_for_ever(store: Postgres, look: bool) -> None:  # noqa: FBT001
    """More than both sides' buffers hold, with a look in the midst or none before the commit."""
    for number in range(10):
        with store.transaction(of=ANNE) as sql:
            for piece in range(5):
                sql.execute(ANSWER, (ANNE, f"{number}-{piece}", b"", "x" * 2_000_000))
                sql.execute("SELECT body FROM answer WHERE patient_key = ?", (ANNE,))
            kept = sql.execute(ANSWER, (ANNE, f"{number}", b"", "x" * 2_000_000))
            if look:
                assert kept.rowcount == 1
            sql.execute("DELETE FROM answer WHERE patient_key = ?", (ANNE,))
            sql.execute(ANSWER, (ANNE, f"{number}-last", b"", ""))
    with store.read(of=ANNE) as sql:
        assert sql.execute("SELECT count(*) FROM answer").fetchone() == (1 + 0,)


def add(store: Postgres, *people: str, look: bool = False) -> None:
    """Add citizens in one transaction; look at the last of them before it ends."""
    with store.transaction(of=EVERYONE) as sql:
        for each in people:
            added = sql.execute(CITIZEN, (each, "MARQUEUR"))
        if look:
            assert added.rowcount == 1


@pytest.mark.parametrize("look", [True, False])
def test_a_failure_that_nobody_looked_at_keeps_nothing(store: Postgres, look: bool) -> None:  # noqa: FBT001
    """It is told at the commit at the latest, by what it means; the next transaction knows nothing of it."""
    with pytest.raises(RecordsContended):
        add(store, BRUNO, ANNE, ANNE, "c" * 32, look=look)
    with store.read(of=EVERYONE) as sql:
        assert sql.execute("SELECT count(*) FROM citizen").fetchone() == (0,)
    add(store, BRUNO, ANNE, look=look)
    with store.read(of=EVERYONE) as sql:
        assert sql.execute("SELECT count(*) FROM citizen").fetchone() == (2,)


def test_a_statement_that_is_prepared_sees_the_scope_of_its_transaction(store: Postgres) -> None:
    """One connection, the same statement many times, for one citizen and then another."""
    with store.transaction(of=EVERYONE) as sql:
        sql.executemany(CITIZEN, [(ANNE, "anne"), (BRUNO, "bruno")])
    every = "SELECT patient_id FROM citizen WHERE patient_id <> ? ORDER BY 1"
    for _ in range(8):
        for key, name in ((ANNE, "anne"), (BRUNO, "bruno")):
            with store.read(of=key) as sql:
                assert sql.execute(every, ("",)).fetchall() == [(name,)]
    with store.read() as sql:
        assert sql.execute(every, ("",)).fetchall() == []
    assert store.look((every, ("",))) == [None]
    with store.read() as sql:
        prepared = sql.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
    assert prepared[0] >= 1


def test_behind_a_pooler_nothing_is_prepared(cluster: Cluster) -> None:
    """What one client prepared there would be another's."""
    database = cluster.database()
    bouncer = Bouncer(cluster, database, 1)
    try:
        with closing(Postgres(bouncer.address)) as store, store.connect() as raw:
            assert raw.prepare_threshold is None
        with closing(Postgres(cluster.address(database))) as store, store.connect() as raw:
            assert raw.prepare_threshold
    finally:
        bouncer.close()


def test_the_driver_s_own_warnings_are_not_logged(store: Postgres, caplog: pytest.LogCaptureFixture) -> None:
    """They quote the server, which quotes values: when two things go wrong at once, say."""
    with pytest.raises(ZeroDivisionError):
        add_and_stumble(store)
    assert [each.message for each in caplog.records if each.name == "psycopg"] == []


def add_and_stumble(store: Postgres) -> None:
    """Break a rule of the tables that nobody looked at yet, and stumble."""
    with store.transaction(of=EVERYONE) as sql:
        sql.execute(CITIZEN, (ANNE, "a"))
        sql.execute(CITIZEN, (ANNE, "a"))
        raise ZeroDivisionError


def test_a_pooler_hears_nothing_after_a_transaction(cluster: Cluster) -> None:
    """No request to flush that belongs to none: PgBouncer would keep a connection for it for ever."""
    with (
        closing(Bouncer(cluster, cluster.database(), size=1)) as bouncer,
        _between(bouncer.address) as heard,
        closing(Postgres(heard.address)) as store,
    ):
        for number in range(5):
            with store.transaction(of=EVERYONE) as sql:
                sql.execute(CITIZEN, (f"{number}" * 32, None))
            with store.transaction(of=ANNE) as sql:
                assert sql.execute("SELECT 1 FROM citizen").fetchone() is None
            assert store.look(("SELECT 1", ()), ("SELECT 2", ())) == [(1,), (2,)]
    assert "S" in heard.asked
    for place, kind in enumerate(heard.asked):
        if kind == "H" and heard.asked[place - 1] in ENDS:
            ended = sum(each in ENDS for each in heard.asked[:place])
            assert heard.states[ended] == "T", "nothing was under way any more"


ENDS = {"Q", "S"}


@dataclass
class _Heard:
    """What one connection asked, by the kinds of messages, and the state that each ReadyForQuery told."""

    address: str
    asked: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)


@contextmanager
def _between(address: str) -> Iterator[_Heard]:
    """Hand on what one connection says to a server, and the answers a little late."""
    told = psycopg.conninfo.conninfo_to_dict(address)
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as undo:
        there = (str(told["host"]), int(str(told["port"])))
        port = str(listening.getsockname()[1])
        heard = _Heard(
            f"{address.rpartition('@')[0]}@127.0.0.1:{port}/{told['dbname']}?sslmode=disable&gssencmode=disable"
        )

        def serve() -> None:
            client = undo.enter_context(listening.accept()[0])
            server = undo.enter_context(socket.create_connection(there))
            answering = threading.Thread(target=answer, args=(server, client))
            answering.start()
            held = bytearray()
            while piece := client.recv(65536):
                held += piece
                while len(held) >= 5:
                    # The first words of a connection have a length and no kind.
                    length = (
                        int.from_bytes(held[1:5], "big") + 1 if held[0] else int.from_bytes(held[:4], "big")
                    )
                    if len(held) < length:
                        break
                    heard.asked += [chr(held[0])] if held[0] else []
                    del held[:length]
                server.sendall(piece)
            server.shutdown(socket.SHUT_RDWR)
            answering.join(10)

        def answer(server: socket.socket, client: socket.socket) -> None:
            held = bytearray()
            while piece := server.recv(65536):
                held += piece
                while len(held) >= 5 and len(held) >= (length := 1 + int.from_bytes(held[1:5], "big")):
                    heard.states += [chr(held[5])] if held[0] == ord("Z") else []
                    del held[:length]
                time.sleep(0.01)
                with suppress(OSError):
                    client.sendall(piece)

        thread = threading.Thread(target=serve)
        thread.start()
        yield heard
        thread.join(10)
