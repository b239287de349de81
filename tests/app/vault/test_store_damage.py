"""A damaged, torn or put-back store is refused, each by its own name."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import pytest

from app import journal
from app.vault.anchor import FileAnchor, JournalForked, StoreRolledBack
from app.vault.keys import Key
from app.vault.migrations import MAIN
from app.vault.sqlcipher import StoreDamaged
from app.vault.store import Store, WrongKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.vault.schema import Schema

PAGE = 4096


@pytest.fixture
def closed(store: Store) -> Path:
    """Return a closed store of a good many pages."""
    with store.transaction() as connection:
        connection.executemany("INSERT INTO note (text) VALUES (?)", [("x" * 500,) for _ in range(400)])
    store.close()
    assert store.path.stat().st_size > 40 * PAGE
    return store.path


def _flip(path: Path, at: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[at] ^= 0x10
    path.write_bytes(raw)


@pytest.mark.parametrize("page", [2, 3, 20, 40])
def test_a_flipped_bit_is_found(closed: Path, key: Key, notes: Schema, page: int) -> None:
    """In any page; the key is not blamed."""
    _flip(closed, (page - 1) * PAGE + 1000)
    with pytest.raises(StoreDamaged):
        Store.open(closed, key, notes, verify=True)


def test_a_damaged_first_page_is_not_taken_for_a_wrong_key(closed: Path, key: Key, notes: Schema) -> None:
    """SQLCipher says the same of both; the other pages tell."""
    _flip(closed, 2000)
    with pytest.raises(StoreDamaged):
        Store.open(closed, key, notes)
    with Key.random() as another, pytest.raises(WrongKey):
        Store.open(closed, another, notes)


@pytest.mark.parametrize("size", [0, 10, 100, 1000, PAGE - 1])
def test_a_stump_is_damaged(closed: Path, key: Key, notes: Schema, size: int) -> None:
    """Less than a page holds nothing."""
    closed.write_bytes(closed.read_bytes()[:size])
    with pytest.raises(StoreDamaged):
        Store.open(closed, key, notes)


@pytest.mark.parametrize("change", ["half", "zeroed page", "pages swapped"])
def test_a_mangled_file_is_damaged(closed: Path, key: Key, notes: Schema, change: str) -> None:
    """Found on reading everything, at the latest."""
    raw = closed.read_bytes()
    changes: dict[str, Callable[[], bytes]] = {
        "half": lambda: raw[: len(raw) // 2 // PAGE * PAGE],
        "zeroed page": lambda: raw[: 9 * PAGE] + bytes(PAGE) + raw[10 * PAGE :],
        "pages swapped": lambda: (
            raw[: 9 * PAGE] + raw[10 * PAGE : 11 * PAGE] + raw[9 * PAGE : 10 * PAGE] + raw[11 * PAGE :]
        ),
    }
    closed.write_bytes(changes[change]())
    with pytest.raises(StoreDamaged):
        Store.open(closed, key, notes, verify=True)


def test_noise_does_not_open(tmp_path: Path, key: Key, notes: Schema) -> None:
    """What no key ever wrote answers to none."""
    (tmp_path / "noise.db").write_bytes(random.Random(1).randbytes(10 * PAGE))
    with pytest.raises(WrongKey):
        Store.open(tmp_path / "noise.db", key, notes)


# Power cuts: each commit is synced, so the log is whole up to the last acknowledged one; what was
# being written after it may be there, missing, or torn.


@pytest.mark.parametrize(
    "seed", [*range(40), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(40, 640))]
)
def test_a_power_cut_loses_nothing_acknowledged(tmp_path: Path, key: Key, notes: Schema, seed: int) -> None:
    """Cut the log anywhere past the last sync, tear its last bytes: acknowledged acts are all there."""
    chance = random.Random(seed)
    sizes, wal = _write_and_watch(tmp_path / "live.db", key, notes, chance)
    acknowledged = chance.randrange(len(sizes))
    cut = chance.randint(sizes[acknowledged], len(wal))
    torn = bytearray(wal[:cut])
    for at in range(max(sizes[acknowledged], cut - 4096), cut):
        torn[at] = chance.choice((torn[at], 0, chance.randrange(256)))
    shutil.copy(tmp_path / "live.db.before", tmp_path / "cut.db")
    (tmp_path / "cut.db-wal").write_bytes(torn)
    with Store.open(tmp_path / "cut.db", key, notes, verify=True) as again, again.read() as connection:
        acts = connection.execute("SELECT text, count(*) FROM note GROUP BY text ORDER BY min(id)").fetchall()
    assert len(acts) > acknowledged
    assert [act for act, _ in acts] == [str(number) for number in range(len(acts))]
    assert {rows for _, rows in acts} == {3}


def _write_and_watch(path: Path, key: Key, notes: Schema, chance: random.Random) -> tuple[list[int], bytes]:
    """Commit acts of three rows; return the log's size when each was acknowledged, and the log."""
    Store.create(path, key, notes).close()
    shutil.copy(path, path.with_name("live.db.before"))
    log, sizes = path.with_name("live.db-wal"), []
    with Store.open(path, key, notes) as live:
        for number in range(chance.randint(3, 12)):
            with live.transaction() as connection:
                for _ in range(3):
                    connection.execute("INSERT INTO note (text) VALUES (?)", (str(number),))
            sizes.append(log.stat().st_size)
        return sizes, log.read_bytes()


# Rolled back: every page is right, the whole is old.


@pytest.fixture
def desk(tmp_path: Path, key: Key) -> Path:
    """Return the path of a closed desk store with three journal entries, anchored."""
    path = tmp_path / "main.db"
    with Store.create(path, key, MAIN) as store:
        _journal(store, tmp_path, 3)
    return path


def _journal(store: Store, tmp_path: Path, entries: int) -> None:
    for _ in range(entries):
        with store.transaction() as connection:
            journal.append(connection, {"resourceType": "AuditEvent"}, "2026-11-22T10:00:00Z")
    with store.read() as connection:
        journal.anchored(connection, FileAnchor(tmp_path / "elsewhere" / "main.head"))


def _check(path: Path, key: Key, tmp_path: Path) -> None:
    with Store.open(path, key, MAIN, verify=True) as store, store.read() as connection:
        journal.check_anchor(connection, FileAnchor(tmp_path / "elsewhere" / "main.head"))


def test_the_store_that_was_anchored_is_recognised(desk: Path, key: Key, tmp_path: Path) -> None:
    """As it was, and when it went on after the anchor was written."""
    _check(desk, key, tmp_path)
    with Store.open(desk, key, MAIN) as store, store.transaction() as connection:
        journal.append(connection, {"resourceType": "AuditEvent"}, "2026-11-22T10:00:00Z")
    _check(desk, key, tmp_path)


def test_a_file_put_back_is_noticed(desk: Path, key: Key, tmp_path: Path) -> None:
    """Yesterday's copy opens with "ok": only the anchor knows."""
    shutil.copy(desk, tmp_path / "yesterday")
    with Store.open(desk, key, MAIN) as store:
        _journal(store, tmp_path, 4)
    shutil.copy(tmp_path / "yesterday", desk)
    with pytest.raises(StoreRolledBack) as noticed:
        _check(desk, key, tmp_path)
    assert noticed.value.fields == {"known": 7, "found": 3}


def test_a_deleted_log_is_noticed(desk: Path, key: Key, tmp_path: Path) -> None:
    """Acknowledged rows vanish with the log, and SQLite says nothing."""
    with Store.open(desk, key, MAIN) as store:
        _journal(store, tmp_path, 2)
        shutil.copy(desk, tmp_path / "without-log.db")
    with pytest.raises(StoreRolledBack):
        _check(tmp_path / "without-log.db", key, tmp_path)


def test_an_old_file_grown_again_is_noticed(desk: Path, key: Key, tmp_path: Path) -> None:
    """Long enough, and yet another story."""
    shutil.copy(desk, tmp_path / "yesterday")
    with Store.open(desk, key, MAIN) as store:
        _journal(store, tmp_path, 2)
    shutil.copy(tmp_path / "yesterday", desk)
    with Store.open(desk, key, MAIN) as store, store.transaction() as connection:
        for _ in range(5):
            journal.append(connection, {"resourceType": "AuditEvent"}, "2026-11-22T11:00:00Z")
    with pytest.raises(JournalForked):
        _check(desk, key, tmp_path)


def test_an_anchor_that_cannot_be_read_is_no_free_pass(desk: Path, key: Key, tmp_path: Path) -> None:
    """Spoiling the anchor must not hide what it would have shown."""
    (tmp_path / "elsewhere" / "main.head").write_bytes(b"{}")
    with pytest.raises(JournalForked):
        _check(desk, key, tmp_path)
