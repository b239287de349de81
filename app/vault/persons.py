"""The keys of the persons whose records stay on this PC between visits, and their purge.

``root ‖ shares of the epoch → KEK(epoch) → K(person)``: one small file, ``persons``, holds all K's sealed
under the KEK of the present epoch (AES-256-GCM, bound to the vault and the epoch). K's are random; the
file's names and number of persons are inside the seal.

Decision: **a purge begins a new epoch.** Deleting a person's key under a KEK that lasts forgets nothing,
because the old file is still somewhere on the disk. So the others' keys are sealed anew under a KEK whose
share is new (``app.vault.shares`` says what forgetting means, and where it does not hold), in this order,
each step durable before the next:

1. the new epoch's shares are written;
2. the file of the new epoch, without the purged, takes the old one's place: **from here they are gone**;
3. the old epoch's shares are forgotten, which makes noise of every older copy of the file;
4. the purged persons' stores and documents are unlinked.

A crash before 2 leaves the vault as it was; after it, the next use finishes 3 and 4. The old shares are
never read again once the file of the new epoch is there, so nothing resurrects.
What it does not stop: a person's key in the memory of a process that has it open, in swap, and what
``app.vault.shares`` names.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import PersonCanAct, WorldFailed
from app.vault.disk import replace_bytes, sync_folder, world
from app.vault.keys import KEY_SIZE, Key
from app.vault.schema import StoreNewer
from app.vault.shares import DISK, KEYRING, Shares
from app.vault.sqlcipher import DiskFull

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from app.vault.ballast import Ballast

__all__ = ["EpochLost", "PersonGone", "Persons", "VaultInUse"]

_MAGIC: Final = b"TNDMPER"
_VERSION: Final = 1
_HEAD: Final = len(_MAGIC) + 1 + 8 + 1
_NONCE: Final = 12
_TAG: Final = 16
_NAME: Final = 16
_ENTRY: Final = _NAME + KEY_SIZE


class PersonGone(WorldFailed):
    """The person's records are not on this PC: purged, or never there."""

    code = "vault-person-gone"


class VaultInUse(PersonCanAct):
    """Another process has this vault open now: it can be looked at, not changed."""

    code = "vault-in-use"


class EpochLost(WorldFailed):
    """The persons' keys cannot be opened: their file is damaged, or a share of their epoch is lost."""

    code = "vault-epoch-lost"


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before the seal: the epoch and which shares it needs."""

    epoch: int
    bits: int

    def written(self) -> bytes:
        return _MAGIC + bytes([_VERSION]) + self.epoch.to_bytes(8) + bytes([self.bits])

    @classmethod
    def read(cls, data: bytes) -> _Head:
        if len(data) < _HEAD + _NONCE + _TAG or not data.startswith(_MAGIC):
            raise EpochLost
        if data[len(_MAGIC)] > _VERSION:
            raise StoreNewer(found=data[len(_MAGIC)], known=_VERSION)
        if data[len(_MAGIC)] < _VERSION:
            raise EpochLost
        return cls(int.from_bytes(data[_HEAD - 9 : _HEAD - 1]), data[_HEAD - 1])


class Persons:
    """The persons of one vault. Thread-safe. ``root`` is borrowed from the vault, which wipes it.

    ``alone``: this process has the vault to itself; otherwise whatever writes raises ``VaultInUse``.
    """

    def __init__(
        self,
        folder: Path,
        vault_id: str,
        root: Key,
        shares: Sequence[Shares],
        ballast: Ballast,
        *,
        alone: bool = True,
    ) -> None:
        self._folder = folder
        self._path = folder / "persons"
        self._vault_id = vault_id
        self._root = root
        self._shares = tuple(shares)
        self._ballast = ballast
        self._lock = threading.RLock()
        self._alone = alone
        self._settled = not alone

    def names(self) -> tuple[str, ...]:
        """Return who is here, by names that say nothing."""
        with self._lock, _Table(self._opened()) as table:
            return table.names()

    def create(self) -> tuple[str, Key]:
        """Give a new person a name and a key, kept from now on; the caller wipes the key."""
        return self.create_many(1)[0]

    def create_many(self, count: int) -> list[tuple[str, Key]]:
        """Do so for several, in one writing."""
        self._require_alone()
        with self._lock, _Table(self._opened()) as table:
            made = [(secrets.token_hex(_NAME), Key.random()) for _ in range(count)]
            for name, key in made:
                table.add(name, key)
            head = self._head()
            self._seal(head or self._begun(1), table)
            return made

    def open(self, name: str) -> Key:
        """Return a person's key; the caller wipes it. Raises ``PersonGone``, ``EpochLost``."""
        with self._lock, _Table(self._opened()) as table:
            return table.key_of(name)

    def purge(self, names: Iterable[str]) -> None:
        """Make these persons' records unreadable for good, then remove them; who is not here is skipped.

        When it raises (full disk, keyring away), call it again: nothing is half done that it would miss.
        """
        self._require_alone()
        with self._lock:
            with _Table(self._opened()) as table:
                gone = set(names).intersection(table.names())
                if not gone:
                    return
                table.drop(gone)
                head = self._head()
                self._seal(self._begun(head.epoch + 1 if head else 1), table)
            self._settled = False
            self._settle()

    def keep_on_disk(self) -> None:
        """From now on need no share but the disk's: a recovery sheet must open all that there is."""
        self._require_alone()
        with self._lock, _Table(self._opened()) as table:
            head, others = self._head(), [shares for shares in self._shares if shares.bit != DISK]
            if head is not None and head.bits != DISK:
                disk = tuple(shares for shares in self._shares if shares.bit == DISK)
                self._seal(self._begun(head.epoch + 1, disk), table)
            self._settled = False
            self._settle()
            self._shares = tuple(shares for shares in self._shares if shares not in others)

    def purge_all(self) -> None:
        """Make everybody's records unreadable for good; the way out too when ``EpochLost`` is raised.

        Nothing need be opened for it: one share that forgets is enough. Raises the last refusal where
        none did.
        """
        self._require_alone()
        with self._lock:
            with suppress(EpochLost, StoreNewer):
                self._forget_all(self._head())
            self._path.unlink(missing_ok=True)
            if self._folder.is_dir():
                sync_folder(self._folder)
            self._unlink(lambda _name: False)

    def _require_alone(self) -> None:
        if not self._alone:
            raise VaultInUse

    def _forget_all(self, head: _Head | None) -> None:
        refused: list[WorldFailed] = []
        epochs = (head.epoch - 1, head.epoch, head.epoch + 1) if head else ()
        for shares in self._shares:
            try:
                for epoch in epochs:
                    shares.forget(epoch)
            except WorldFailed as error:
                refused.append(error)
        if refused and len(refused) == len(self._shares):
            raise refused[-1]

    # -- the file --------------------------------------------------------------------------------

    def _opened(self) -> bytearray:
        """Return all names and keys in clear; the caller wipes them."""
        self._settle()
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return bytearray()
        except OSError as error:
            raise world(error) from error
        head, clear = _Head.read(data), bytearray(len(data) - _HEAD - _NONCE - _TAG)
        nonce, sealed = data[_HEAD : _HEAD + _NONCE], data[_HEAD + _NONCE :]
        with self._kek(head) as kek:
            try:
                AESGCM(kek.data).decrypt_into(nonce, sealed, self._bound(head), clear)
            except (InvalidTag, ValueError):
                raise EpochLost from None
        return clear

    def _seal(self, head: _Head, table: _Table) -> None:
        """Write the file, on a full disk with the room that was kept for it."""
        nonce = os.urandom(_NONCE)
        with self._kek(head) as kek:
            sealed = AESGCM(kek.data).encrypt(nonce, table.data, self._bound(head))
        try:
            replace_bytes(self._path, head.written() + nonce + sealed)
        except DiskFull:
            if not self._ballast.release():
                raise
            replace_bytes(self._path, head.written() + nonce + sealed)

    def _head(self) -> _Head | None:
        try:
            return _Head.read(self._path.read_bytes())
        except FileNotFoundError:
            return None

    def _bound(self, head: _Head) -> bytes:
        return head.written() + self._vault_id.encode()

    # -- the epochs ------------------------------------------------------------------------------

    def _begun(self, epoch: int, places: tuple[Shares, ...] = ()) -> _Head:
        """Write the shares of an epoch that nothing is sealed under yet."""
        for shares in places or self._shares:
            with Key.random() as share:
                shares.write(epoch, share)
        return _Head(epoch, sum(shares.bit for shares in places or self._shares))

    def _kek(self, head: _Head) -> Key:
        material = bytearray(self._root.data)
        try:
            for bit in (DISK, KEYRING):
                if head.bits & bit:
                    with self._share(bit, head.epoch) as share:
                        material += share.data
            self._root.require()
            return Key.derived_from(material, b"tandem epoch\x00" + head.epoch.to_bytes(8))
        finally:
            material[:] = bytes(len(material))

    def _share(self, bit: int, epoch: int) -> Key:
        for shares in self._shares:
            if shares.bit == bit and (share := shares.read(epoch)) is not None:
                return share
        raise EpochLost

    def _settle(self) -> None:
        """Finish what a crash left: shares of another epoch than the present, files of nobody."""
        if self._settled:
            return
        head = self._head()
        if head is not None:
            for shares in self._shares:
                for epoch in (head.epoch - 1, head.epoch + 1):
                    shares.forget(epoch)
            self._settled = True
            self._unlink_strangers()
        self._settled = True

    def _unlink_strangers(self) -> None:
        """Unlink the stores and documents that no key opens; only where the file itself does open."""
        with _Table(self._opened()) as table:
            known = set(table.names())
        self._unlink(known.__contains__)

    def _unlink(self, is_kept: Callable[[str], bool]) -> None:
        stores = self._folder / "c"
        if not stores.is_dir() or stores.is_symlink():
            return
        gone = [path for path in stores.iterdir() if not is_kept(path.name.partition(".")[0])]
        for path in gone:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        if gone:
            sync_folder(stores)


class _Table:
    """Names and keys in clear, side by side in one ``bytearray`` that is wiped at the end."""

    def __init__(self, data: bytearray) -> None:
        self.data = data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.data[:] = bytes(len(self.data))

    def names(self) -> tuple[str, ...]:
        return tuple(self.data[at : at + _NAME].hex() for at in range(0, len(self.data), _ENTRY))

    def key_of(self, name: str) -> Key:
        at = self._place(name)
        return Key(self.data[at + _NAME : at + _ENTRY])

    def add(self, name: str, key: Key) -> None:
        """Add an entry: in a new array, since one that grows leaves its old place behind unwiped."""
        before = self.data
        self.data = bytearray(len(before) + _ENTRY)
        self.data[: len(before)] = before
        self.data[len(before) : len(before) + _NAME] = bytes.fromhex(name)
        self.data[len(before) + _NAME :] = key.data
        before[:] = bytes(len(before))

    def drop(self, names: set[str]) -> None:
        kept = [
            at for at in range(0, len(self.data), _ENTRY) if self.data[at : at + _NAME].hex() not in names
        ]
        before = self.data
        self.data = bytearray(len(kept) * _ENTRY)
        for number, at in enumerate(kept):
            self.data[number * _ENTRY : (number + 1) * _ENTRY] = memoryview(before)[at : at + _ENTRY]
        before[:] = bytes(len(before))

    def _place(self, name: str) -> int:
        wanted = bytes.fromhex(name)
        found = (at for at in range(0, len(self.data), _ENTRY) if self.data[at : at + _NAME] == wanted)
        at = next(found, -1)
        if at < 0:
            raise PersonGone
        return at
