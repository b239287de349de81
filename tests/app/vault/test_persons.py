"""The persons' keys: kept, purged, never back, whatever moment a crash chooses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from app.vault.disk import replace_bytes
from app.vault.keyring_slot import KeyringRefused
from app.vault.keys import Key
from app.vault.patient import PatientVault
from app.vault.persons import EpochLost, PersonGone, VaultInUse
from app.vault.schema import StoreNewer
from app.vault.shares import BLOCK, BlockShares
from app.vault.slots import Secrets, SlotKind, recovery_code
from app.vault.sqlcipher import DiskFull
from app.vault.vault import Vault
from tests.app.vault.test_keyring_slot import Fake

if TYPE_CHECKING:
    from pathlib import Path

SECRET = b"s" * 32
EPOCHS = ("persons", "epochs")


class Away(Fake):
    """A keyring that can go away."""

    away = False

    def get_password(self, service: str, username: str) -> str | None:
        """Answer, or not."""
        if self.away:
            raise OSError
        return super().get_password(service, username)


def secrets() -> Secrets:
    """Return what opens the vault."""
    return Secrets(keyring=Key(bytearray(SECRET)))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder of a closed vault."""
    Vault.create(tmp_path / "vault", SlotKind.KEYRING, secrets()).close()
    return tmp_path / "vault"


def opened(root: Path, backend: Fake | None = None) -> Vault:
    """Open it."""
    return Vault.open(root, SlotKind.KEYRING, secrets(), backend=backend)


def data(key: Key) -> bytes:
    """Return a key's bytes and wipe it."""
    with key:
        return bytes(key.data)


@pytest.mark.parametrize("backend", [None, Fake()])
def test_a_person_is_kept_until_purged(root: Path, backend: Fake | None) -> None:
    """The others stay as they were; nothing is left of who went."""
    with opened(root, backend) as vault:
        assert vault.persons.names() == ()
        people = {name: data(key) for name, key in vault.persons.create_many(5)}
        name, key = vault.persons.create()
        PatientVault.create(root, key, name=name).close()
        other = next(iter(people))
        PatientVault.create(root, Key(bytearray(people[other])), name=other).close()
    with opened(root, backend) as vault:
        assert set(vault.persons.names()) == {*people, name}
        vault.persons.purge([name, "nobody"])
        with pytest.raises(PersonGone):
            vault.persons.open(name)
    with opened(root, backend) as vault:
        assert set(vault.persons.names()) == set(people)
        assert {name: data(vault.persons.open(name)) for name in people} == people
        assert {path.name.partition(".")[0] for path in (root / "c").iterdir()} == {other}
        PatientVault.open(root, vault.persons.open(other), other).close()


def test_the_old_file_does_not_open_after_a_purge(root: Path) -> None:
    """Header, slots and keyring secret are today's: only the share is gone, and it is enough."""
    with opened(root) as vault:
        name, _key = vault.persons.create()
        before = (root / "persons").read_bytes()
        vault.persons.purge([name])
        (root / "persons").write_bytes(before)
        with pytest.raises(EpochLost):
            vault.persons.open(name)


def test_neither_share_alone_opens(root: Path, tmp_path: Path) -> None:
    """The whole folder put back from before the purge, while the keyring is today's: one forgot."""
    fake = Fake()
    with opened(root, fake) as vault:
        name, _key = vault.persons.create()
    shutil.copytree(root, tmp_path / "copy")
    with opened(root, fake) as vault:
        vault.persons.purge([name])
        assert len([entry for _service, entry in fake.kept if entry.startswith("vault-epoch")]) == 1
    with opened(tmp_path / "copy", fake) as vault, pytest.raises(EpochLost):
        vault.persons.open(name)
    with opened(tmp_path / "copy") as vault, pytest.raises(EpochLost):
        vault.persons.open(name)


def test_what_is_lost_can_be_begun_anew(root: Path) -> None:
    """The share's block was overwritten by a stranger: told, and ``purge_all`` is the way out."""
    with opened(root) as vault:
        name, key = vault.persons.create()
        PatientVault.create(root, key, name=name).close()
        (root / "epochs").write_bytes(os.urandom(2 * BLOCK))
        for act in (vault.persons.names, vault.persons.create, lambda: vault.persons.purge([name])):
            with pytest.raises(EpochLost):
                act()
        vault.persons.purge_all()
        assert vault.persons.names() == ()
        assert list((root / "c").iterdir()) == []
        vault.persons.create()


def test_who_only_looks_changes_nothing(root: Path) -> None:
    """While another process has the vault: read, and nothing tidied up under its hands."""
    with opened(root) as vault:
        name, _key = vault.persons.create()
        BlockShares(root / "epochs").write(2, Key.random())
        look = Vault.open(root, SlotKind.KEYRING, secrets(), alone=False)
        assert look.persons.names() == (name,)
        look.persons.open(name).wipe()
        for act in (
            look.persons.create,
            look.persons.purge_all,
            look.persons.keep_on_disk,
            lambda: look.persons.purge([name]),
        ):
            with pytest.raises(VaultInUse):
                act()
        look.close()
        assert BlockShares(root / "epochs").read(2) is not None
        assert vault.persons.names() == (name,)


@pytest.mark.parametrize(
    ("spoiled", "told"),
    [
        (b"", EpochLost),
        (b"TNDMPER\x01", EpochLost),
        (b"\0" * 200, EpochLost),
        (b"TNDMPER\x02" + bytes(99), StoreNewer),
    ],
)
def test_a_spoiled_file_is_told(root: Path, spoiled: bytes, told: type[Exception]) -> None:
    """Cut, zeroed, of a later version: never taken for an empty one."""
    with opened(root) as vault:
        vault.persons.create()
        (root / "persons").write_bytes(spoiled)
        with pytest.raises(told):
            vault.persons.names()


def test_every_bit_of_the_file_and_of_the_share_counts(root: Path) -> None:
    """Flipped one at a time, here and there."""
    with opened(root) as vault:
        vault.persons.create()
        for file in (root / name for name in EPOCHS):
            whole = file.read_bytes()
            share = BLOCK + 20 if file.name == "epochs" else 0
            for at in {share, share + 8, *([] if share else range(0, len(whole), 7))}:
                file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
                with pytest.raises((EpochLost, StoreNewer)):
                    vault.persons.names()
            file.write_bytes(whole)
        assert len(vault.persons.names()) == 1


def test_a_keyring_that_is_away_is_told_and_everybody_can_go_all_the_same(root: Path) -> None:
    """Locked: nobody can be opened; the block on the disk alone forgets them."""
    fake = Away()
    with opened(root, fake) as vault:
        name, _key = vault.persons.create()
        fake.away = True
        with pytest.raises(KeyringRefused):
            vault.persons.open(name)
        with pytest.raises(KeyringRefused):
            vault.persons.purge([name])
        vault.persons.purge_all()
        fake.away = False
        assert vault.persons.names() == ()
        assert BlockShares(root / "epochs").read(1) is None


def test_a_recovery_sheet_opens_the_records_without_the_keyring(root: Path) -> None:
    """The keyring is lost with the old PC; its share was taken out when the sheet was made."""
    fake, code = Fake(), recovery_code()
    with opened(root, fake) as vault:
        name, key = vault.persons.create()
        kept = data(key)
        vault.add_slot(SlotKind.RECOVERY, Secrets(recovery=code))
        assert not [entry for _service, entry in fake.kept if entry.startswith("vault-epoch")]
    with Vault.open(root, SlotKind.RECOVERY, Secrets(recovery=code)) as vault:
        assert data(vault.persons.open(name)) == kept


def test_a_purge_goes_through_on_a_full_disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the room that was kept."""

    def full(path: Path, written: bytes) -> None:
        if (root / "ballast").exists():
            raise DiskFull
        replace_bytes(path, written)

    with opened(root) as vault:
        name, _key = vault.persons.create()
        monkeypatch.setattr("app.vault.persons.replace_bytes", full)
        vault.persons.purge([name])
        assert vault.persons.names() == ()


STEPS = ("begin", "seal", "sealed", "forget", "forgotten", "unlink")


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_leaves_a_vault_that_opens_and_resurrects_nobody(root: Path, step: str) -> None:
    """The process is ended at once at each step of the purge."""
    with opened(root) as vault:
        (gone, key), (stays, _) = vault.persons.create_many(2)
        PatientVault.create(root, key, name=gone).close()
        before = (root / "persons").read_bytes()
    code = f"""
import os
from pathlib import Path
from app.vault import persons, shares
from app.vault.keys import Key
from app.vault.slots import Secrets, SlotKind
from app.vault.vault import Vault

def die(*_): os._exit(9)
def after(act):
    def both(*args, **named):
        act(*args, **named)
        os._exit(9)
    return both

vault = Vault.open(Path({str(root)!r}), SlotKind.KEYRING, Secrets(keyring=Key(bytearray({SECRET!r}))))
vault.persons.names()
match {step!r}:
    case "begin": persons.Persons._begun = after(persons.Persons._begun)
    case "seal": persons.replace_bytes = die
    case "sealed": persons.replace_bytes = after(persons.replace_bytes)
    case "forget": shares.BlockShares.forget = die
    case "forgotten": shares.BlockShares.forget = after(shares.BlockShares.forget)
    case "unlink": persons.Persons._unlink = die
vault.persons.purge([{gone!r}])
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    is_committed = STEPS.index(step) >= STEPS.index("sealed")
    with opened(root) as vault:
        assert (gone in vault.persons.names()) is not is_committed
        vault.persons.open(stays).wipe()
        vault.persons.purge([gone])
        assert vault.persons.names() == (stays,)
        assert list((root / "c").iterdir()) == []
        (root / "persons").write_bytes(before)
        with pytest.raises(EpochLost):
            vault.persons.names()
