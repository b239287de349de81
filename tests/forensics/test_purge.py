"""Forty records are purged; someone takes the raw disk and today's credentials: none comes back.

The adversary gets all there is: the key file, the header, the root key, the whole raw device, and each
person's store whole, as if every page of it had been carved. What is missing is the share that wrapped
the keys when they were there.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import orjson
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import TandemError
from app.vault.keys import Key
from app.vault.patient import PatientVault
from app.vault.persons import Persons
from app.vault.shares import BLOCK, BlockShares
from app.vault.slots import Secrets, Slot, SlotKind, open_slot
from app.vault.vault import Vault
from tests.app.vault.test_keyring_slot import Fake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.vault.persons import _Head
    from tests.forensics.device import Disk

PURGED, STAYING, ROUNDS = 40, 5, 4
WORDS = "Zerbinette-7f3e"


class Scene:
    """One PC: its disk, its vault, the records; and a copy of each store for the adversary."""

    def __init__(self, disk: Disk, copies: Path, backend: Fake | None = None) -> None:
        self.disk, self.copies, self.backend = disk, copies, backend
        self.secret = bytes(Key.random().data)
        self.root = disk.where / "vault"
        (disk.where / "vault.key").write_bytes(self.secret)
        self.header = b""
        self.purged: list[str] = []
        self.staying: list[str] = []
        self.keys: list[bytes] = []

    def live(self) -> None:
        """Take forty-five people in, purge forty in four evenings."""
        with Vault.create(self.root, SlotKind.FILE, self.given(), backend=self.backend) as vault:
            self.take_in(vault)
            for evening in range(ROUNDS):
                vault.persons.purge(self.purged[evening::ROUNDS])
            assert set(vault.persons.names()) == set(self.staying)
        self.header = (self.root / "header.json").read_bytes()

    def take_in(self, vault: Vault) -> None:
        """Make the records, and a copy of each store as someone would carve it."""
        for number in range(PURGED + STAYING):
            name, key = vault.persons.create()
            self.keys.append(bytes(key.data))
            (self.purged if number < PURGED else self.staying).append(name)
            with (
                PatientVault.create(self.root, key, name=name) as record,
                record.store.transaction() as write,
            ):
                write.execute("CREATE TABLE told (words TEXT) STRICT")
                write.execute("INSERT INTO told VALUES (?)", (WORDS,))
            (self.copies / "c").mkdir(exist_ok=True, parents=True)
            shutil.copy(self.root / "c" / f"{name}.db", self.copies / "c")

    def given(self) -> Secrets:
        """Return today's credentials."""
        return Secrets(file=Key(bytearray(self.secret)))


class Adversary:
    """Has the raw disk and today's credentials."""

    def __init__(self, raw: bytes, scene: Scene) -> None:
        self.raw, self.scene = raw, scene
        header = orjson.loads(scene.header)
        self.vault_id = str(header["id"])
        (slot,) = (Slot.from_json(each) for each in header["slots"])
        self.root = open_slot(slot, scene.given(), self.vault_id.encode())

    def keys(self) -> dict[str, bytes]:
        """Carve each table of keys that ever was, try each share that ever was on it."""
        found: dict[str, bytes] = {}
        shares = [share for at in self.all(b"TNDMEPO\x01") for share in self.shares_at(at)]
        keyring = (
            [bytes.fromhex(text) for text in self.scene.backend.kept.values() if len(text) == 64]
            if (self.scene.backend)
            else []
        )
        for at in self.all(b"TNDMPER\x01"):
            epoch, bits = int.from_bytes(self.raw[at + 8 : at + 16]), self.raw[at + 16]
            disk = [share for number, share in shares if number == epoch]
            for tail in disk if bits == 1 else [a + b for a in disk for b in keyring]:
                found |= self.table_at(at, epoch, tail)
        return found

    def shares_at(self, at: int) -> Iterator[tuple[int, bytes]]:
        """Read a block of a share."""
        yield int.from_bytes(self.raw[at + 8 : at + 16]), self.raw[at + 16 : at + 48]

    def table_at(self, at: int, epoch: int, tail: bytes) -> dict[str, bytes]:
        """Open a table of any length."""
        head = self.raw[at : at + 17]
        material = bytearray(self.root.data) + tail
        with Key.derived_from(material, b"tandem epoch\x00" + epoch.to_bytes(8)) as kek:
            for count in range(PURGED + STAYING + 1):
                sealed = self.raw[at + 29 : at + 45 + 48 * count]
                try:
                    clear = AESGCM(kek.data).decrypt(
                        self.raw[at + 17 : at + 29], sealed, head + self.vault_id.encode()
                    )
                except InvalidTag:
                    continue
                return {clear[n : n + 16].hex(): clear[n + 16 : n + 48] for n in range(0, len(clear), 48)}
        return {}

    def all(self, words: bytes) -> Iterator[int]:
        """Yield each place of these bytes."""
        at = self.raw.find(words)
        while at >= 0:
            yield at
            at = self.raw.find(words, at + 1)

    def rebuilt(self, names: list[str]) -> int:
        """Count the records that can be read again."""
        keys = self.keys()
        return sum(name in keys and self.reads(name, keys[name]) for name in names)

    def reads(self, name: str, key: bytes) -> bool:
        """Open the carved store."""
        try:
            with (
                PatientVault.open(self.scene.copies, Key(bytearray(key)), name) as record,
                record.store.read() as connection,
            ):
                return bool(connection.execute("SELECT words FROM told").fetchone() == (WORDS,))
        except TandemError:
            return False


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return each share that is written, to be looked for byte by byte."""
    shares: list[bytes] = []
    write = BlockShares.write

    def remembered(self: BlockShares, epoch: int, share: Key) -> None:
        shares.append(bytes(share.data))
        write(self, epoch, share)

    monkeypatch.setattr(BlockShares, "write", remembered)
    return shares


def test_nobody_comes_back(make_disk: Callable[..., Disk], tmp_path: Path, written: list[bytes]) -> None:
    """0 of 40; those who stay are found, so the adversary knows the trade. No old share is on the disk."""
    scene = Scene(make_disk(), tmp_path / "copies")
    scene.live()
    raw = scene.disk.raw()
    adversary = Adversary(raw, scene)
    assert adversary.rebuilt(scene.purged) == 0
    assert adversary.rebuilt(scene.staying) == STAYING
    assert len(written) == ROUNDS + 1
    assert [share in raw for share in written] == [False] * ROUNDS + [True]
    assert not [key for key in scene.keys if key in raw]
    assert sum(1 for _ in adversary.all(b"TNDMPER\x01")) > 1, "old tables lie on the disk, and are noise"
    assert BLOCK > 160, "an inode could hold it, and the journal with it"


def test_without_a_new_epoch_everybody_comes_back(
    make_disk: Callable[..., Disk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the key is deleted, what wrapped it lasts. 40 of 40."""
    begun = Persons._begun

    def same(self: Persons, epoch: int, *rest: object) -> _Head:
        return self._head() or begun(self, epoch)

    monkeypatch.setattr(Persons, "_begun", same)
    scene = Scene(make_disk(), tmp_path / "copies")
    scene.live()
    assert Adversary(scene.disk.raw(), scene).rebuilt(scene.purged) == PURGED


@pytest.mark.slow
@pytest.mark.parametrize("has_keyring", [True, False])
def test_a_disk_that_journals_its_data_needs_the_keyring(
    make_disk: Callable[..., Disk], tmp_path: Path, *, has_keyring: bool
) -> None:
    """``data=journal`` keeps what was overwritten: the limit that is told, and what helps there."""
    scene = Scene(make_disk(options="data=journal"), tmp_path / "copies", Fake() if has_keyring else None)
    scene.live()
    rebuilt = Adversary(scene.disk.raw(), scene).rebuilt(scene.purged)
    assert rebuilt == 0 if has_keyring else rebuilt > 0
