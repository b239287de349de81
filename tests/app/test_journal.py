"""The audit journal shows any edit, deletion, swap, insertion, new chain or cut."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app import journal
from app.journal_proof import JournalUnreadable, Problem, verify_export
from app.vault.anchor import FileAnchor, Head, StoreRolledBack
from app.vault.keys import Key
from app.vault.migrations import MAIN
from app.vault.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Lines = list[bytes]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return a desk store with five entries."""
    with Key.random() as key, Store.create(tmp_path / "main.db", key, MAIN) as opened:
        for number in range(5):
            _append(opened, {"resourceType": "AuditEvent", "action": "R", "number": number})
        yield opened


@pytest.fixture
def signer() -> Ed25519PrivateKey:
    """Return this computer's key."""
    return Ed25519PrivateKey.generate()


@pytest.fixture
def exported(store: Store, signer: Ed25519PrivateKey, tmp_path: Path) -> Path:
    """Return the journal in a file."""
    with store.read() as connection:
        journal.export(connection, tmp_path / "journal.jsonl", signer)
    return tmp_path / "journal.jsonl"


def _append(store: Store, event: dict[str, Any]) -> Head:
    with store.transaction() as connection:
        return journal.append(connection, event, "2026-11-22T10:00:00.000Z")


def test_an_export_verifies(exported: Path, store: Store, signer: Ed25519PrivateKey) -> None:
    """With what it covers and who signed it."""
    found = verify_export(exported, key=signer.public_key().public_bytes_raw())
    with store.read() as connection:
        now = journal.head(connection)
    assert found.ok
    assert (found.entries, found.head, found.line) == (5, now, None)
    assert found.first == found.last == "2026-11-22T10:00:00.000Z"
    assert found.key is not None


def test_an_entry_is_given_its_id_and_moment(store: Store) -> None:
    """Unless the event has them; the caller's is left as it was."""
    event = {"resourceType": "AuditEvent", "recorded": "2026-01-01T00:00:00Z"}
    _append(store, event)
    with store.read() as connection:
        line = orjson.loads(list(journal.lines(connection))[-1])
    assert line["event"]["recorded"] == "2026-01-01T00:00:00Z"
    assert len(line["event"]["id"]) == 36
    assert "id" not in event


def test_an_entry_undone_leaves_no_gap(store: Store, signer: Ed25519PrivateKey, tmp_path: Path) -> None:
    """The act that it told of was undone too."""
    with suppress(ZeroDivisionError), store.transaction() as connection:
        journal.append(connection, {}, "2026-11-22T10:00:00.000Z")
        raise ZeroDivisionError
    _append(store, {})
    with store.read() as connection:
        journal.export(connection, tmp_path / "j", signer)
    assert verify_export(tmp_path / "j").entries == 6


def _edited(lines: Lines) -> Lines:
    lines[2] = lines[2].replace(b'"R"', b'"D"')
    return lines


def _rechained(lines: Lines) -> Lines:
    """Edit one entry and make all later links anew, as someone with the program could."""
    import hashlib

    from app.vault.written import canonical

    lines = _edited(lines)
    for at in range(3, 5):
        entry = orjson.loads(lines[at])
        entry["previous"] = hashlib.sha256(lines[at - 1]).hexdigest()
        lines[at] = canonical(entry)
    return lines


def _head_changed(lines: Lines) -> Lines:
    return [*lines[:4], lines[5].replace(b'"size":5', b'"size":4')]


TAMPERINGS: dict[str, tuple[Callable[[Lines], Lines], Problem]] = {
    "edited": (_edited, Problem.CHANGED),
    "rechained": (_rechained, Problem.HEAD_DIFFERS),
    "deleted": (lambda lines: lines[:2] + lines[3:], Problem.REMOVED),
    "first deleted": (lambda lines: lines[1:], Problem.REMOVED),
    "last deleted": (lambda lines: lines[:4] + lines[5:], Problem.HEAD_DIFFERS),
    "swapped": (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], Problem.REORDERED),
    "doubled": (lambda lines: [*lines[:3], lines[2], *lines[3:]], Problem.INSERTED),
    "cut off": (lambda lines: lines[:3], Problem.NO_HEAD),
    "cut and head changed": (_head_changed, Problem.SIGNATURE),
    "blank added": (lambda lines: [lines[0].replace(b":", b": ", 1), *lines[1:]], Problem.ALTERED),
    "after the head": (lambda lines: [*lines, lines[0]], Problem.OUT_OF_ORDER),
    "noise": (lambda _: [b"\xff\xfe"], Problem.NOT_A_JOURNAL),
    "list": (lambda _: [b"[1]"], Problem.NOT_A_JOURNAL),
    "empty": (lambda _: [], Problem.NOT_A_JOURNAL),
    "endless line": (lambda _: [b"x" * (2 << 20)], Problem.NOT_A_JOURNAL),
    "head of nothing": (lambda _: [b'{"head": 3}'], Problem.NOT_A_JOURNAL),
    "deep": (lambda _: [b"[" * 100_000], Problem.NOT_A_JOURNAL),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_tampering_is_found(exported: Path, how: str) -> None:
    """And named, with its line."""
    change, problem = TAMPERINGS[how]
    exported.write_bytes(b"".join(line + b"\n" for line in change(exported.read_bytes().splitlines())))
    found = verify_export(exported)
    assert not found.ok
    assert found.problem is problem
    assert found.line is not None


def test_another_computers_signature_is_found(exported: Path) -> None:
    """Someone signs a made-up journal with a key of their own."""
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert verify_export(exported, key=other).problem is Problem.ANOTHER_KEY


def test_an_export_cut_and_signed_again_is_found_by_the_head_kept_elsewhere(
    exported: Path, store: Store, signer: Ed25519PrivateKey
) -> None:
    """Even the computer itself cannot take back what it once anchored."""
    later = _append(store, {})
    assert verify_export(exported, expected=later).problem is Problem.SHORTENED
    with store.read() as connection:
        journal.export(connection, exported, signer)
    assert verify_export(exported, expected=later).ok
    _append(store, {})
    with store.read() as connection:
        journal.export(connection, exported, signer)
    assert verify_export(exported, expected=later).ok
    another = Head(later.journal, later.size, "00" * 32, later.root)
    assert verify_export(exported, expected=another).problem is Problem.HEAD_DIFFERS
    assert verify_export(exported, expected=Head("x", 1, "", "")).problem is Problem.HEAD_DIFFERS


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The person named the wrong one."""
    with pytest.raises(JournalUnreadable):
        verify_export(tmp_path / "none")
    with pytest.raises(JournalUnreadable):
        verify_export(tmp_path)


def test_an_empty_journal_is_not_exported(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    """There is nothing to prove yet."""
    with Key.random() as key, Store.create(tmp_path / "m.db", key, MAIN) as store, store.read() as connection:
        assert journal.export(connection, tmp_path / "j", signer) is None
    assert not (tmp_path / "j").exists()


def test_entries_deleted_inside_the_store_are_noticed(store: Store, tmp_path: Path) -> None:
    """By someone who has the key."""
    anchor = FileAnchor(tmp_path / "elsewhere" / "head")
    with store.read() as connection:
        journal.anchored(connection, anchor)
    with store.transaction() as connection:
        connection.execute("DELETE FROM audit")
        connection.execute("DELETE FROM audit_head")
    with pytest.raises(StoreRolledBack), store.read() as connection:
        journal.check_anchor(connection, anchor)
