"""The vault: header, slots, desk store and ballast of one installation.

The root key opens from any slot. From it comes the desk store's key. The keys of the persons whose
records stay here between visits do **not** follow from it alone: ``vault.persons`` keeps them, and can
forget them (``app.vault.persons``). On a kiosk a person's key does not come from here at all: it is
random and lives in their process only (``PatientVault.create``).

One process at a time: a lock that the system lets go of however the process ends. Who only looks
(``alone=False``) takes none and must change nothing.

A trusted keyring, where it is given, keeps the count of tries a second time and a share of each epoch.
With a recovery sheet the share stays on the disk only: the sheet must open the records of somebody whose
keyring is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

import orjson

from app.clock import Clock, now
from app.errors import PersonCanAct
from app.ids import mint
from app.vault.ballast import Ballast
from app.vault.disk import replace_bytes
from app.vault.keys import Key
from app.vault.lockout import KeyringCounter, Lockout
from app.vault.migrations import MAIN
from app.vault.patient import PatientVault
from app.vault.persons import Persons, VaultInUse
from app.vault.schema import StoreNewer
from app.vault.shares import BlockShares, KeyringShares
from app.vault.slots import (
    COST,
    Cost,
    HeaderDamaged,
    Secrets,
    Slot,
    SlotKind,
    WrongSecret,
    close_slot,
    open_slot,
)
from app.vault.store import Store, StoreExists, StoreMissing

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from filelock import FileLock

    from app.vault.keyring_slot import Backend
    from app.vault.shares import Shares

__all__ = ["NoSuchSlot", "PatientVault", "Vault", "VaultInUse"]

_VERSION: Final = 1


class NoSuchSlot(PersonCanAct):
    """The vault cannot be opened this way."""

    code = "vault-no-such-slot"


class Vault:
    """An open vault. Make one with ``create`` or ``open``."""

    def __init__(
        self, root: Path, vault_id: str, slots: tuple[Slot, ...], key: Key, main: Store, lockout: Lockout
    ) -> None:
        self.folder = root
        self.id = vault_id
        self.main = main
        self._slots = slots
        self._key = key
        self._lockout = lockout
        self._ballast = Ballast(root / "ballast")
        self._held: FileLock | None = None
        self._take_up_persons(None)

    @classmethod
    def create(
        cls,
        root: Path,
        kind: SlotKind,
        secrets: Secrets,
        *,
        cost: Cost = COST,
        backend: Backend | None = None,
        clock: Clock = now,
    ) -> Vault:
        """Make a vault with one slot. The header comes last: a vault is whole or it is not there."""
        if (root / "header.json").exists():
            raise StoreExists
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = _hold(root)
        try:
            vault_id, key = mint(), Key.random()
            slot = close_slot(key, kind, secrets, vault_id.encode(), cost=cost)
            lockout = _lockout(root, vault_id, backend, clock)
            lockout.begin(slot.id)
            (root / "main.db").unlink(missing_ok=True)
            with key.derive(b"tandem main store") as main_key:
                main = Store.create(root / "main.db", main_key, MAIN)
            vault = cls(root, vault_id, (slot,), key, main, lockout)
            vault._ballast.restore()
            vault._write_header()
        except BaseException:
            held.release()
            raise
        vault._held = held
        vault._take_up_persons(backend)
        return vault

    @classmethod
    def open(
        cls,
        root: Path,
        kind: SlotKind,
        secrets: Secrets,
        *,
        renew: bool = False,
        alone: bool = True,
        backend: Backend | None = None,
        clock: Clock = now,
    ) -> Vault:
        """Open a vault by a slot of this kind; ``renew`` makes its desk store anew where there is none.

        Raises ``StoreMissing``, ``HeaderDamaged``, ``StoreNewer``, ``VaultInUse``, ``NoSuchSlot``,
        ``WrongSecret``, ``SlotLocked``, ``TooSoon``, and what ``Store.open`` raises.
        """
        vault_id, slots = _read_header(root)
        held = _hold(root) if alone else None
        try:
            lockout = _lockout(root, vault_id, backend, clock)
            key = _unlock(vault_id, [slot for slot in slots if slot.kind is kind], secrets, lockout)
            if alone:
                lockout.opened(slot.id for slot in slots)
            main = _main_store(root, key, renew=renew)
        except BaseException:
            if held is not None:
                held.release()
            raise
        vault = cls(root, vault_id, slots, key, main, lockout)
        vault._held = held
        vault._take_up_persons(backend)
        return vault

    def _take_up_persons(self, backend: Backend | None) -> None:
        shares: list[Shares] = [BlockShares(self.folder / "epochs")]
        if backend is not None and all(slot.kind is not SlotKind.RECOVERY for slot in self._slots):
            shares.append(KeyringShares(backend, self.id))
        alone = self._held is not None
        self.persons = Persons(self.folder, self.id, self._key, shares, self._ballast, alone=alone)

    @staticmethod
    def kinds(root: Path) -> tuple[SlotKind, ...]:
        """Return the ways in, without opening; raises ``StoreMissing`` or ``HeaderDamaged``."""
        return tuple(slot.kind for slot in _read_header(root)[1])

    def add_slot(self, kind: SlotKind, secrets: Secrets, *, cost: Cost = COST) -> None:
        """Add a way in; its counter is there before the header speaks of it."""
        if kind is SlotKind.RECOVERY:
            self.persons.keep_on_disk()
        slot = close_slot(self._key, kind, secrets, self.id.encode(), cost=cost)
        self._lockout.begin(slot.id)
        self._slots = (*self._slots, slot)
        self._write_header()

    def drop_older(self, *kinds: SlotKind) -> None:
        """Take out the ways in of these kinds, all but the newest of them.

        An older copy of the header still has them: whoever drops a slot that the keyring opens gives the
        keyring another secret first.
        """
        newest = next((slot for slot in reversed(self._slots) if slot.kind in kinds), None)
        self._slots = tuple(slot for slot in self._slots if slot is newest or slot.kind not in kinds)
        self._write_header()

    def key_for(self, purpose: bytes) -> Key:
        """Return the key of one thing the desk itself keeps (its enrolment, its pseudonyms)."""
        return self._key.derive(b"tandem desk\x00" + purpose)

    def release_ballast(self) -> bool:
        """Give the reserved room back: the disk is full and something must be deleted."""
        return self._ballast.release()

    def restore_ballast(self) -> bool:
        """Reserve the room again; say whether it is."""
        return self._ballast.restore()

    def close(self) -> None:
        """Close the desk store, wipe the root key, let others in."""
        self.main.close()
        self._key.wipe()
        if self._held is not None:
            self._held.release()

    def _write_header(self) -> None:
        header = {"version": _VERSION, "id": self.id, "slots": [slot.to_json() for slot in self._slots]}
        replace_bytes(self.folder / "header.json", orjson.dumps(header, option=orjson.OPT_INDENT_2))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _hold(root: Path) -> FileLock:
    """Make the vault ours; raises ``VaultInUse``."""
    from filelock import FileLock, Timeout

    lock = FileLock(root / "lock", timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise VaultInUse from None
    return lock


def _lockout(root: Path, vault_id: str, backend: Backend | None, clock: Clock) -> Lockout:
    elsewhere = KeyringCounter(backend, vault_id) if backend is not None else None
    return Lockout(root / "attempts.json", clock, elsewhere)


def _main_store(root: Path, key: Key, *, renew: bool) -> Store:
    """Open the desk store; the root key is wiped where that fails."""
    try:
        with key.derive(b"tandem main store") as main_key:
            make = Store.create if renew and not (root / "main.db").exists() else Store.open
            return make(root / "main.db", main_key, MAIN)
    except BaseException:
        key.wipe()
        raise


def _unlock(vault_id: str, slots: list[Slot], secrets: Secrets, lockout: Lockout) -> Key:
    """Try the slots, each counted before it is tried."""
    if not slots:
        raise NoSuchSlot
    left = 0
    for slot in slots:
        if slot.kind.has_passphrase:
            left = lockout.raise_before_trying(slot.id)
        try:
            return open_slot(slot, secrets, vault_id.encode())
        except WrongSecret:
            continue
    raise WrongSecret(left=left)


def _read_header(root: Path) -> tuple[str, tuple[Slot, ...]]:
    try:
        fields: Any = orjson.loads((root / "header.json").read_bytes())
    except FileNotFoundError:
        raise StoreMissing from None
    except (OSError, ValueError):
        raise HeaderDamaged from None
    if not isinstance(fields, dict) or not isinstance(fields.get("version"), int):
        raise HeaderDamaged
    if fields["version"] > _VERSION:
        raise StoreNewer(found=fields["version"], known=_VERSION)
    slots = fields.get("slots")
    if not isinstance(fields.get("id"), str) or not isinstance(slots, list) or not slots:
        raise HeaderDamaged
    return fields["id"], tuple(Slot.from_json(slot) for slot in slots)
