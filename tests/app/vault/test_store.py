"""A store opens for its key alone, brings itself forward, and writes all or nothing."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from app.vault.keys import Key
from app.vault.schema import Migration, Schema, StoreNewer, StoreOfAnotherKind
from app.vault.sqlcipher import ConstraintBroken, StoreFault
from app.vault.store import (
    NestedTransaction,
    Store,
    StoreClosed,
    StoreExists,
    StoreMissing,
    StoreNotEncrypted,
    WrongKey,
)


def _add(store: Store, text: str) -> None:
    with store.transaction() as connection:
        connection.execute("INSERT INTO note (text) VALUES (?)", (text,))


def _add_ten(store: Store) -> None:
    for _ in range(10):
        _add(store, "x")


def _texts(store: Store) -> list[str]:
    with store.read() as connection:
        return [text for (text,) in connection.execute("SELECT text FROM note ORDER BY id")]


def test_what_was_written_is_there_after_reopening(store: Store, key: Key, notes: Schema) -> None:
    """The plainest promise."""
    _add(store, "bonjour")
    store.close()
    with Store.open(store.path, key, notes, verify=True) as again:
        assert _texts(again) == ["bonjour"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_nobody_else_reads_its_files(tmp_path: Path, key: Key, notes: Schema) -> None:
    """Not a copy of it either, wherever that lies, nor what SQLite puts beside it; whatever the umask."""
    before = os.umask(0o022)
    try:
        with Store.create(tmp_path / "a.db", key, notes) as store:
            _add(store, "x")
            Store.copy(store.path, key, tmp_path / "copy.db")
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert set(modes) >= {"a.db", "a.db-wal", "copy.db"}
    assert set(modes.values()) == {0o600}, modes


def test_nothing_of_the_text_is_on_the_disk(store: Store) -> None:
    """Neither in the file nor in its log."""
    _add(store, "MARKER-OF-A-PERSON")
    written = [path.read_bytes() for path in store.path.parent.iterdir()]
    assert sum(map(len, written)) > 8192
    assert not any(b"MARKER" in data or data.startswith(b"SQLite format 3") for data in written)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("temp_store", 2),
        ("secure_delete", 1),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("mmap_size", 0),
        ("cipher_page_size", "4096"),
        ("cipher_use_hmac", "1"),
        ("cipher_memory_security", "0"),
    ],
)
def test_every_connection_is_set_as_decided(store: Store, pragma: str, value: object) -> None:
    """On a thread's own connection too."""
    found: list[object] = []

    def look() -> None:
        with store.read() as connection:
            found.append(connection.execute(f"PRAGMA {pragma}").fetchone()[0])

    look()
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [value, value]


def test_no_statement_may_attach_another_file(store: Store, tmp_path: Path) -> None:
    """An injected ATTACH would write the person's rows in clear beside the store."""
    with pytest.raises(StoreFault), store.read() as connection:
        connection.execute("ATTACH ? AS other KEY ''", (str(tmp_path / "clear.db"),))
    assert not (tmp_path / "clear.db").exists()


def test_a_wrong_key_is_told(store: Store, notes: Schema) -> None:
    """And leaves the file as it was."""
    store.close()
    before = store.path.read_bytes()
    with Key.random() as another, pytest.raises(WrongKey):
        Store.open(store.path, another, notes)
    assert store.path.read_bytes() == before


def test_a_missing_store_is_told_and_not_made(tmp_path: Path, key: Key, notes: Schema) -> None:
    """Opening never creates."""
    with pytest.raises(StoreMissing):
        Store.open(tmp_path / "none.db", key, notes)
    assert list(tmp_path.iterdir()) == []


def test_a_plain_file_is_refused(tmp_path: Path, key: Key, notes: Schema) -> None:
    """A file in clear was put there by someone else."""
    path = tmp_path / "plain.db"
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE note (id, text)")
    plain.commit()
    plain.close()
    with pytest.raises(StoreNotEncrypted):
        Store.open(path, key, notes)


def test_a_store_is_not_made_over_another(store: Store, key: Key, notes: Schema) -> None:
    """Nor is the first one touched."""
    _add(store, "first")
    with pytest.raises(StoreExists):
        Store.create(store.path, key, notes)
    assert _texts(store) == ["first"]


def test_a_failed_creation_leaves_nothing(tmp_path: Path, key: Key) -> None:
    """No half store is ever found under the name."""
    broken = Schema("broken", (Migration(1, "bad", "CREATE TABLE a (x) STRICT;"),))
    with pytest.raises(StoreFault):
        Store.create(tmp_path / "a.db", key, broken)
    assert list(tmp_path.iterdir()) == []


def test_a_block_that_raises_writes_nothing(store: Store) -> None:
    """All or nothing."""
    with suppress(RuntimeError), store.transaction() as connection:
        connection.execute("INSERT INTO note (text) VALUES ('half')")
        raise RuntimeError
    _add(store, "next")
    assert _texts(store) == ["next"]


def test_a_transaction_inside_another_is_refused(store: Store) -> None:
    """Two acts are never one by accident; a reading is no place to write from either."""
    with pytest.raises(NestedTransaction), store.transaction(), store.transaction():
        pass
    with pytest.raises(NestedTransaction), store.read(), store.transaction():
        pass
    _add(store, "still works")


def test_a_reading_inside_a_transaction_sees_it(store: Store) -> None:
    """The same thread reads what it is about to commit; another one does not."""
    with store.transaction() as connection:
        connection.execute("INSERT INTO note (text) VALUES ('mine')")
        assert _texts(store) == ["mine"]
        seen: list[list[str]] = []
        thread = threading.Thread(target=lambda: seen.append(_texts(store)))
        thread.start()
        thread.join()
        assert seen == [[]]


def test_a_reading_is_one_moment(store: Store) -> None:
    """A commit between two questions of one reading is not seen by the second."""
    with store.read() as connection:
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (0,)
        thread = threading.Thread(target=_add, args=(store, "meanwhile"))
        thread.start()
        thread.join()
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (0,)
    assert _texts(store) == ["meanwhile"]


def test_a_broken_constraint_has_its_own_error(store: Store) -> None:
    """So that a caller can tell a duplicate from a fault."""
    _add(store, "one")
    with pytest.raises(ConstraintBroken), store.transaction() as connection:
        connection.execute("INSERT INTO note (id, text) VALUES (1, 'again')")


def test_many_threads_write_and_read_without_loss(store: Store) -> None:
    """Eight threads, one writer at a time; ended threads leave no connection behind."""
    threads = [threading.Thread(target=_add_ten, args=(store,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(_texts(store)) == 80
    seen = threading.Thread(target=_texts, args=(store,))
    seen.start()
    seen.join()
    assert len(store._connections) <= 3


def test_a_closed_store_refuses(store: Store) -> None:
    """Closing twice is harmless."""
    store.close()
    store.close()
    with pytest.raises(StoreClosed), store.read():
        pass


def test_closing_waits_for_what_runs(store: Store) -> None:
    """A commit that has begun is finished before the store closes."""
    inside, done = threading.Event(), threading.Event()

    def write() -> None:
        with store.transaction() as connection:
            inside.set()
            connection.execute("INSERT INTO note (text) VALUES ('last')")
            done.wait(5)

    thread = threading.Thread(target=write)
    thread.start()
    inside.wait(5)
    closing = threading.Thread(target=store.close)
    closing.start()
    done.set()
    thread.join()
    closing.join()
    assert not store.path.with_name("notes.db-wal").exists()


# Migrations

_SECOND = Migration(2, "color", "ALTER TABLE note ADD COLUMN color TEXT;\nUPDATE note SET color = 'blue';")


def test_an_older_store_is_brought_forward(store: Store, key: Key, notes: Schema) -> None:
    """With its rows."""
    _add(store, "old")
    store.close()
    later = Schema("notes", (*notes.migrations, _SECOND))
    with Store.open(store.path, key, later) as again, again.read() as connection:
        assert connection.execute("SELECT text, color FROM note").fetchall() == [("old", "blue")]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)


def test_a_migration_that_fails_changes_nothing(store: Store, key: Key, notes: Schema) -> None:
    """The store stays at the last number that was whole, and opens with the program that made it."""
    _add(store, "old")
    store.close()
    bad = Migration(3, "bad", "ALTER TABLE note ADD COLUMN x TEXT;\nINSERT INTO nowhere VALUES (1);")
    with pytest.raises(StoreFault):
        Store.open(store.path, key, Schema("notes", (*notes.migrations, _SECOND, bad)))
    with Store.open(store.path, key, Schema("notes", (*notes.migrations, _SECOND))) as again:
        assert _texts(again) == ["old"]


def test_a_newer_store_is_refused_and_not_touched(store: Store, key: Key, notes: Schema) -> None:
    """An older program would not know what it breaks."""
    store.close()
    Store.open(store.path, key, Schema("notes", (*notes.migrations, _SECOND))).close()
    before = store.path.read_bytes()
    with pytest.raises(StoreNewer) as refused:
        Store.open(store.path, key, notes)
    assert refused.value.fields == {"found": 2, "known": 1}
    assert store.path.read_bytes() == before


def test_a_store_of_another_kind_is_refused(store: Store, key: Key, notes: Schema) -> None:
    """A desk store is never opened as a person's."""
    store.close()
    with pytest.raises(StoreOfAnotherKind):
        Store.open(store.path, key, Schema("other", notes.migrations))


def test_migrations_are_numbered_without_gaps() -> None:
    """A gap is a mistake of ours, found when the program starts."""
    with pytest.raises(ValueError, match="x"):
        Schema("x", (Migration(2, "late", ""),))


def test_a_script_is_cut_at_whole_statements() -> None:
    """Semicolons in text and several lines in one statement."""
    step = Migration(1, "s", "CREATE TABLE a (\n  x TEXT DEFAULT ';'\n);\nINSERT INTO a VALUES (';');\n")
    assert len(list(step.statements())) == 2
    with pytest.raises(ValueError, match="2"):
        list(Migration(2, "s", "SELECT 1").statements())


@pytest.mark.skipif(sys.platform != "linux", reason="reads another process's memory through /proc")
def test_the_key_text_is_nowhere_in_memory_after_unlock(store: Store) -> None:
    """SQLCipher was handed ``x'…'``; no copy of those digits may stay."""
    store.close()
    key = bytes(store_key_for_child(store.path.with_name("child.db")))
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(store.path.with_name("child.db"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        child.stdin.write(key)
        child.stdin.flush()
        assert child.stdout.readline() == b"open\n"
        memory = _memory(child.pid)
        child.stdin.close()
    assert memory.count(b"the needle is found") > 0
    assert memory.count(key.hex().encode()) == 0
    assert memory.count(key.hex().upper().encode()) == 0


def store_key_for_child(path: Path) -> bytearray:
    """Make a store for the child; return its key."""
    key = Key.random()
    Store.create(
        path, key, Schema("notes", (Migration(1, "a", "CREATE TABLE note (id INTEGER, text TEXT);"),))
    ).close()
    return key.data


_CHILD = """
import sys, pathlib
from app.vault.keys import Key
from app.vault.schema import Migration, Schema
from app.vault.store import Store
data = bytearray(32)
sys.stdin.buffer.raw.readinto(data)
needle = "the needle " + "is found"
schema = Schema("notes", (Migration(1, "a", "CREATE TABLE note (id INTEGER, text TEXT);"),))
with Store.open(pathlib.Path(sys.argv[1]), Key(data), schema) as store, store.read() as connection:
    connection.execute("SELECT * FROM note").fetchall()
    print("open", flush=True)
    sys.stdin.read()
"""


def _memory(pid: int) -> bytes:
    """Return all that a process has written to in memory."""
    pieces = []
    try:
        with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
            for line in maps:
                where, rights, *_ = line.split()
                if not rights.startswith("rw"):
                    continue
                start, end = (int(part, 16) for part in where.split("-"))
                memory.seek(start)
                pieces.append(memory.read(end - start) or b"")
    except PermissionError:
        pytest.skip("this system does not let a parent read its child's memory")
    return b"".join(pieces)
