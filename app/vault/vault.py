"""The vault: header, slots, desk store and ballast of one installation.

The root key opens from any slot. From it come the desk store's key and, for places where records
stay between visits, the keys of the persons. On a kiosk a person's key does not come from here: it
is random and lives in their process only (``PatientVault.create``).
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
from app.vault.lockout import Lockout
from app.vault.migrations import MAIN
from app.vault.patient import PatientVault
from app.vault.schema import StoreNewer
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

__all__ = ["NoSuchSlot", "PatientVault", "Vault"]

_VERSION: Final = 1


class NoSuchSlot(PersonCanAct):
    """The vault cannot be opened this way."""

    code = "vault-no-such-slot"


class Vault:
    """An open vault. Make one with ``create`` or ``open``."""

    def __init__(
        self, root: Path, vault_id: str, slots: tuple[Slot, ...], key: Key, main: Store, clock: Clock
    ) -> None:
        self.folder = root
        self.id = vault_id
        self.main = main
        self._slots = slots
        self._key = key
        self._lockout = Lockout(root / "attempts.json", clock)
        self._ballast = Ballast(root / "ballast")

    @classmethod
    def create(
        cls, root: Path, kind: SlotKind, secrets: Secrets, *, cost: Cost = COST, clock: Clock = now
    ) -> Vault:
        """Make a vault with one slot. The header comes last: a vault is whole or it is not there."""
        if (root / "header.json").exists():
            raise StoreExists
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        vault_id, key = mint(), Key.random()
        slot = close_slot(key, kind, secrets, vault_id.encode(), cost=cost)
        Lockout(root / "attempts.json", clock).begin(slot.id)
        (root / "main.db").unlink(missing_ok=True)
        with key.derive(b"tandem main store") as main_key:
            main = Store.create(root / "main.db", main_key, MAIN)
        vault = cls(root, vault_id, (slot,), key, main, clock)
        vault._ballast.restore()
        vault._write_header()
        return vault

    @classmethod
    def open(
        cls, root: Path, kind: SlotKind, secrets: Secrets, *, renew: bool = False, clock: Clock = now
    ) -> Vault:
        """Open a vault by a slot of this kind; ``renew`` makes its desk store anew where there is none.

        Raises ``StoreMissing``, ``HeaderDamaged``, ``StoreNewer``, ``NoSuchSlot``, ``WrongSecret``,
        ``SlotLocked``, ``TooSoon``, and what ``Store.open`` raises.
        """
        vault_id, slots = _read_header(root)
        lockout = Lockout(root / "attempts.json", clock)
        key = _unlock(vault_id, [slot for slot in slots if slot.kind is kind], secrets, lockout)
        lockout.opened(slot.id for slot in slots)
        try:
            with key.derive(b"tandem main store") as main_key:
                make = Store.create if renew and not (root / "main.db").exists() else Store.open
                main = make(root / "main.db", main_key, MAIN)
        except BaseException:
            key.wipe()
            raise
        return cls(root, vault_id, slots, key, main, clock)

    @staticmethod
    def kinds(root: Path) -> tuple[SlotKind, ...]:
        """Return the ways in, without opening; raises ``StoreMissing`` or ``HeaderDamaged``."""
        return tuple(slot.kind for slot in _read_header(root)[1])

    def add_slot(self, kind: SlotKind, secrets: Secrets, *, cost: Cost = COST) -> None:
        """Add a way in; its counter is there before the header speaks of it."""
        slot = close_slot(self._key, kind, secrets, self.id.encode(), cost=cost)
        self._lockout.begin(slot.id)
        self._slots = (*self._slots, slot)
        self._write_header()

    def person_key(self, name: str) -> Key:
        """Return the key of a person whose records stay here between visits."""
        return self._key.derive(b"tandem person\x00" + name.encode())

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
        """Close the desk store and wipe the root key."""
        self.main.close()
        self._key.wipe()

    def _write_header(self) -> None:
        header = {"version": _VERSION, "id": self.id, "slots": [slot.to_json() for slot in self._slots]}
        replace_bytes(self.folder / "header.json", orjson.dumps(header, option=orjson.OPT_INDENT_2))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


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
