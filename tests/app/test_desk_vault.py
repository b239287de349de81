"""The PC's vault opens by itself; its journal is the one known, or it is kept aside and that is said."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app import journal
from app.desk_journal import Entry, pseudonym
from app.desk_vault import DeskVault, JournalSetAside, VaultSetAside
from app.journal_proof import Problem, verify_export
from app.vault.anchor import JournalForked, StoreRolledBack
from app.vault.keyring_slot import KeyringRefused
from app.vault.sqlcipher import DiskFull
from app.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.fhir import Resource
    from app.vault.keyring_slot import Backend

    Open = Callable[..., DeskVault]

ROOT = Path(__file__).resolve().parents[2]


class FakeKeyring:
    """A keyring in memory, that can stop answering."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.answers = True

    def get_password(self, service: str, username: str) -> str | None:
        """Return what is kept."""
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep."""
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget."""
        del self.kept[service, username]

    def found(self) -> Backend | None:
        """Look for it as ``trusted_backend`` does."""
        return self if self.answers else None


@pytest.fixture
def keyring() -> FakeKeyring:
    """Return a keyring."""
    return FakeKeyring()


@pytest.fixture(params=["file", "keyring"])
def start(request: pytest.FixtureRequest, tmp_path: Path, keyring: FakeKeyring) -> Iterator[Open]:
    """Start the desk on this PC, as often as one wants; with a key file, and with a keyring."""
    opened: list[DeskVault] = []
    backend = keyring.found if request.param == "keyring" else lambda: None

    def begin() -> DeskVault:
        for each in opened:
            each.close()
        opened.append(DeskVault(tmp_path / "poste", backend=backend))
        opened[-1].open()
        return opened[-1]

    yield begin
    for each in opened:
        each.close()


@pytest.fixture
def poste(tmp_path: Path) -> Path:
    """Return the PC's folder."""
    return tmp_path / "poste"


def entry(person: str = "a", operation: str | None = "op-1") -> Resource:
    """Make one event of a visit."""
    return Entry(
        id=os.urandom(16).hex(),
        recorded="2026-11-22T13:05:07.250Z",
        action="C" if operation else "R",
        outcome="0",
        mode="faire_avec",
        role="adviser",
        adviser="adviser-1",
        organization="org-1",
        patient=pseudonym(b"k" * 32, person),
        types=("DocumentReference",),
        operation=operation,
    ).audit_event()


def lines(vault: DeskVault) -> list[dict[str, object]]:
    """Return the journal."""
    with vault.open().main.read() as connection:
        return [orjson.loads(line) for line in journal.lines(connection)]


def copy_of(poste: Path, to: Path) -> None:
    """Take a copy of the store, as someone does who wants to undo what follows."""
    to.mkdir()
    for path in (poste / "vault").glob("main.db*"):
        shutil.copy2(path, to)


def put_back(copy: Path, poste: Path) -> None:
    """Put the copy in the place of the store."""
    for path in (poste / "vault").glob("main.db*"):
        path.unlink()
    for path in copy.iterdir():
        shutil.copy2(path, poste / "vault")


def test_the_first_start_makes_a_vault_and_the_next_opens_it(start: Open, poste: Path) -> None:
    """Header, store and ballast; the key is not in it; the entries of both starts chain."""
    vault = start()
    vault.append(entry())
    again = start()
    again.append(entry("b", None))
    assert [each["seq"] for each in lines(again)] == [1, 2]
    assert again.warning is None
    assert {path.name for path in (poste / "vault").iterdir()} >= {"header.json", "main.db", "ballast"}


def test_only_the_pcs_user_may_read_the_key_file(tmp_path: Path) -> None:
    """It lies beside the vault, never in it."""
    vault = DeskVault(tmp_path / "poste", backend=lambda: None)
    vault.open()
    vault.close()
    assert (tmp_path / "poste" / "vault.key").stat().st_size == 32
    if os.name == "posix":
        assert (tmp_path / "poste" / "vault.key").stat().st_mode & 0o777 == 0o600


def test_with_a_keyring_no_key_lies_on_the_disk(tmp_path: Path, keyring: FakeKeyring) -> None:
    """Neither the key nor the journal's head; the count of tries is in both."""
    vault = DeskVault(tmp_path / "poste", backend=keyring.found)
    vault.append(entry())
    vault.close()
    assert [path.name for path in (tmp_path / "poste").iterdir()] == ["vault"]
    assert sorted(name.partition("-")[0] for _service, name in keyring.kept) == ["head", "tries", "vault"]


def test_a_silent_keyring_loses_nothing(tmp_path: Path, keyring: FakeKeyring) -> None:
    """It may be locked: say so, put nothing aside, and open when it answers again."""
    vault = DeskVault(tmp_path / "poste", backend=keyring.found)
    vault.append(entry())
    vault.close()
    keyring.answers = False
    later = DeskVault(tmp_path / "poste", backend=keyring.found)
    with pytest.raises(KeyringRefused):
        later.open()
    keyring.answers = True
    assert len(lines(later)) == 1
    assert later.warning is None
    later.close()


def test_keys_are_for_one_purpose_and_last(start: Open) -> None:
    """The enrolment's key is not the pseudonyms'; both are the same after the next start."""
    with start().key_for(b"device") as device, start().key_for(b"pseudonym") as pseudonyms:
        assert device.data != pseudonyms.data
        with start().key_for(b"device") as again:
            assert again.data == device.data


# ------------------------------------------------------------------ what is not the one known


def test_a_store_put_back_is_found_kept_aside_and_told(start: Open, poste: Path, tmp_path: Path) -> None:
    """The next journal begins with what was known of the one before."""
    vault = start()
    for _ in range(2):
        vault.append(entry())
    vault.close()
    copy_of(poste, tmp_path / "copy")
    vault = start()
    vault.append(entry("b"))
    vault.close()
    put_back(tmp_path / "copy", poste)
    again = start()
    assert isinstance(again.warning, JournalSetAside)
    (first,) = lines(again)
    assert "store-rolled-back" in str(first)
    assert "'3'" in str(first)
    (aside,) = (poste / "aside").iterdir()
    assert (aside / "main.db").exists()
    again.append(entry())
    after = start()
    assert after.warning is None
    assert len(lines(after)) == 2


def test_another_journal_of_the_same_length_is_found(start: Open, poste: Path, tmp_path: Path) -> None:
    """A copy that was written on by itself has the right length and another past."""
    start().append(entry())
    start().close()
    copy_of(poste, tmp_path / "copy")
    start().append(entry("b"))
    start().close()
    put_back(tmp_path / "copy", poste)
    other = start()
    assert isinstance(other.warning, JournalSetAside)


@pytest.mark.parametrize("harm", ["missing", "damaged", "plain", "tampered"])
def test_a_store_that_does_not_open_is_kept_aside(start: Open, poste: Path, harm: str) -> None:
    """Deleted, overwritten, exchanged for a plain one, a page changed: the desk goes on, and says so."""
    vault = start()
    for _ in range(3):
        vault.append(entry())
    vault.close()
    path = poste / "vault" / "main.db"
    data = path.read_bytes()
    harmed = {
        "damaged": os.urandom(len(data)),
        "plain": b"SQLite format 3\x00" + data[16:],
        "tampered": data[:5000] + bytes([data[5000] ^ 1]) + data[5001:],
    }
    path.unlink()
    if harm in harmed:
        path.write_bytes(harmed[harm])
    again = start()
    assert isinstance(again.warning, JournalSetAside)
    again.append(entry())
    assert len(lines(again)) == 2


@pytest.mark.parametrize("harm", ["key", "header", "header-gone", "all"])
def test_a_vault_that_nothing_opens_is_kept_aside(tmp_path: Path, harm: str) -> None:
    """Nothing is removed: whoever finds the key again can open it."""
    poste = tmp_path / "poste"
    vault = DeskVault(poste, backend=lambda: None)
    vault.append(entry())
    vault.close()
    if harm == "key":
        (poste / "vault.key").unlink()
    elif harm == "header":
        (poste / "vault" / "header.json").write_bytes(b"{")
    elif harm == "header-gone":
        (poste / "vault" / "header.json").unlink()
    else:
        shutil.rmtree(poste / "vault")
    again = DeskVault(poste, backend=lambda: None)
    again.open()
    assert isinstance(again.warning, VaultSetAside)
    assert "vault-set-aside" in str(lines(again)[0])
    (aside,) = (poste / "aside").iterdir()
    assert (aside / "vault" / "main.db").exists() == (harm != "all")
    again.close()


def test_a_keyring_that_was_emptied_puts_the_vault_aside(tmp_path: Path, keyring: FakeKeyring) -> None:
    """It answers, and the secret is not there: it will not come back."""
    vault = DeskVault(tmp_path / "poste", backend=keyring.found)
    vault.append(entry())
    vault.close()
    keyring.kept.clear()
    again = DeskVault(tmp_path / "poste", backend=keyring.found)
    again.open()
    assert isinstance(again.warning, VaultSetAside)
    again.close()


def test_a_head_that_was_taken_away_is_missed(tmp_path: Path) -> None:
    """Otherwise removing it would be the way to put an old store back."""
    poste = tmp_path / "poste"
    vault = DeskVault(poste, backend=lambda: None)
    for _ in range(2):
        vault.append(entry())
    vault.close()
    (poste / "anchor" / "journal.json").unlink()
    again = DeskVault(poste, backend=lambda: None)
    again.open()
    assert isinstance(again.warning, JournalSetAside)
    again.close()


def test_a_vault_half_made_is_made_again(tmp_path: Path) -> None:
    """A power cut during the very first start: nothing was promised yet."""
    poste = tmp_path / "poste"
    vault = DeskVault(poste, backend=lambda: None)
    vault.open()
    vault.close()
    (poste / "vault" / "header.json").unlink()
    again = DeskVault(poste, backend=lambda: None)
    again.append(entry())
    assert again.warning is None
    again.close()


# ------------------------------------------------------------------ the export


def test_the_export_of_two_visits_is_proved(start: Open, tmp_path: Path) -> None:
    """Whole, signed by this PC; a changed line, a cut and another key are found."""
    key, path = Ed25519PrivateKey.generate(), tmp_path / "journal.jsonl"
    for person in ("a", "b"):
        vault = start()
        vault.append(entry(person))
        vault.append(entry(person, None))
    vault.close()
    head = vault.export(path, key)
    public = key.public_key().public_bytes_raw()
    found = verify_export(path, key=public, expected=head)
    assert (found.ok, found.entries) == (True, 4)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"faire_avec"', b'"faire_pour"', 1))
    assert verify_export(path).problem is Problem.CHANGED
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-2]))
    assert verify_export(path).problem is Problem.NO_HEAD
    path.write_bytes(whole)
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert verify_export(path, key=other).problem is Problem.ANOTHER_KEY


def test_an_entry_edited_with_the_key_in_hand_is_found(start: Open, tmp_path: Path) -> None:
    """Who owns the PC can write into the store; the chain and the signed head tell."""
    vault = start()
    for _ in range(3):
        vault.append(entry())
    with vault.open().main.transaction() as connection:
        connection.execute("UPDATE audit SET line = replace(line, 'faire_avec', 'faire_pour') WHERE seq = 2")
    vault.export(tmp_path / "journal.jsonl", Ed25519PrivateKey.generate())
    found = verify_export(tmp_path / "journal.jsonl")
    assert (found.problem, found.line) == (Problem.CHANGED, 3)


def test_damage_while_the_desk_runs_stops_nothing(start: Open, poste: Path) -> None:
    """The journal is set aside at once, and the entry stands in the next one."""
    start().append(entry())
    vault = start()
    path = poste / "vault" / "main.db"
    path.write_bytes(path.read_bytes()[:4096] + os.urandom(path.stat().st_size - 4096))
    with ThreadPoolExecutor(1) as other:  # whose connection has no page in its memory yet
        other.submit(vault.append, entry("b")).result()
    assert isinstance(vault.warning, JournalSetAside)
    assert len(lines(vault)) == 2


def test_nothing_is_exported_where_nothing_was_done(start: Open, tmp_path: Path) -> None:
    """No empty file that looks like a journal; and no vault made on the way."""
    vault = start()
    vault.close()
    assert vault.export(tmp_path / "journal.jsonl", Ed25519PrivateKey.generate()) is None
    assert not (tmp_path / "journal.jsonl").exists()
    nowhere = DeskVault(tmp_path / "nowhere", backend=lambda: None)
    assert nowhere.export(tmp_path / "journal.jsonl", Ed25519PrivateKey.generate()) is None
    assert not (tmp_path / "nowhere").exists()


def test_an_old_journal_is_not_signed(start: Open, poste: Path, tmp_path: Path) -> None:
    """The export refuses what the desk would put aside, and moves nothing."""
    start().append(entry())
    start().close()
    copy_of(poste, tmp_path / "copy")
    vault = start()
    vault.append(entry())
    vault.close()
    put_back(tmp_path / "copy", poste)
    with pytest.raises(StoreRolledBack):
        vault.export(tmp_path / "journal.jsonl", Ed25519PrivateKey.generate())
    assert not (poste / "aside").exists()


def test_a_head_that_is_no_head_counts_as_a_fork(tmp_path: Path) -> None:
    """Scribbled over, it is no reason to trust."""
    vault = DeskVault(tmp_path / "poste", backend=lambda: None)
    vault.append(entry())
    vault.close()
    vault.places.anchor.write_bytes(b"?")
    with pytest.raises(JournalForked):
        vault.open_as_it_is()


# ------------------------------------------------------------------ kills and full disks


def test_a_killed_desk_loses_no_entry_that_was_kept(tmp_path: Path) -> None:
    """At any moment, several times: the chain holds, the head is reached, nothing is put aside."""
    poste, kept = tmp_path / "poste", 0
    for wait in (0.0, 0.013, 0.05):
        with subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "app" / "desk_vault_process.py"), str(poste)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as process:
            assert process.stdout is not None
            kept += len(process.stdout.read(3))
            time.sleep(wait)
            process.kill()
            kept += len(process.stdout.read())
        vault = DeskVault(poste, backend=lambda: None)
        vault.open()
        assert vault.warning is None
        found = len(lines(vault))
        # The entry under way may be kept although nobody was told.
        assert kept <= found <= kept + 1
        kept = found
        path = tmp_path / "journal.jsonl"
        vault.export(path, Ed25519PrivateKey.generate())
        vault.close()
        assert verify_export(path).entries == kept


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of 24 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if (
        sys.platform != "linux"
        or os.geteuid() != 0
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write until nothing fits any more."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(os.urandom(4096)):
                pass
        except OSError:
            pass


def test_on_a_full_disk_the_ballast_is_given_up_then_the_entry_is_refused(small: Path) -> None:
    """What was kept stays; with room again the journal goes on, and the ballast comes back."""
    vault = DeskVault(small / "poste", backend=lambda: None)
    vault.append(entry())
    fill(small / "filler")
    ballast = small / "poste" / "vault" / "ballast"
    vault.append(entry())
    while ballast.exists():
        vault.append(entry())
    fill(small / "more")
    kept = len(lines(vault))
    refused = False
    while not refused:
        try:
            vault.append(entry())
            kept += 1
        except DiskFull:
            refused = True
    vault.close()
    (small / "more").unlink()
    (small / "filler").unlink()
    again = DeskVault(small / "poste", backend=lambda: None)
    again.append(entry())
    assert again.warning is None
    assert len(lines(again)) == kept + 1
    assert ballast.exists()
    again.close()


def test_a_desk_starts_on_a_full_disk(small: Path) -> None:
    """By the room that was kept."""
    vault = DeskVault(small / "poste", backend=lambda: None)
    vault.append(entry())
    vault.close()
    fill(small / "filler")
    again = DeskVault(small / "poste", backend=lambda: None)
    again.append(entry())
    assert len(lines(again)) == 2
    again.close()


# ------------------------------------------------------------------ what it holds


def test_the_open_store_holds_no_personal_word(tmp_path: Path) -> None:
    """Every table, with the key in hand: no name, no title, no number, not even the record's id."""
    vault = DeskVault(tmp_path / "poste", backend=lambda: None)
    vault.append(entry("0193a1b2-0000-7000-8000-000000000001"))
    with vault.open().main.read() as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type='table'")]
        dump = "".join(str(row) for name in tables for row in connection.execute(f"SELECT * FROM {name}"))
    assert "audit" in tables
    assert "adviser-1" in dump
    for word in ("Jeanne", "Martin", "Ordonnance", "0193a1b2", "252087599999933"):
        assert word not in dump
    vault.close()


def test_the_moment_is_the_events_own(tmp_path: Path) -> None:
    """An entry that had to wait for room says when it happened, not when it was written."""
    late = datetime(2026, 11, 23, tzinfo=UTC)
    vault = DeskVault(tmp_path / "poste", backend=lambda: None, clock=lambda: late)
    vault.append(entry())
    assert "2026-11-22T13:05:07.250Z" in str(lines(vault)[0])
    vault.close()


def test_the_vaults_slot_says_file(tmp_path: Path) -> None:
    """What opens it is written in the header."""
    vault = DeskVault(tmp_path / "poste", backend=lambda: None)
    vault.open()
    vault.close()
    assert Vault.kinds(tmp_path / "poste" / "vault") == ("file",)
