"""Key slots: ways to open the vault's root key. The header holds them and nothing secret.

Each slot wraps the same root with AES-256-GCM, its own description as associated data:

- ``passphrase``: KEK = Argon2id(passphrase);
- ``keyring``: KEK = HKDF(S), S being 32 bytes in the system's keyring;
- ``keyring+passphrase``: KEK = HKDF(S ‖ Argon2id(passphrase)): a copied folder alone gives no guess;
- ``recovery``: KEK = HKDF(128 printed bits): nothing to guess, so no Argon2;
- ``file``: KEK = HKDF(32 bytes in a file of this user only), where there is no keyring and nobody
  types anything: a copied vault folder gives nothing, a copied user account gives all.

Argon2id costs 256 MiB, three passes, two lanes (0.6 to 0.9 s); a small computer gets less, never
under 64 MiB and three passes, and a header that asks for less was tampered with.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from app.errors import PersonCanAct, WorldFailed
from app.ids import mint
from app.vault.keys import KEY_SIZE, Key
from app.vault.written import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "COST",
    "LEAST_COST",
    "Cost",
    "HeaderDamaged",
    "Secrets",
    "Slot",
    "SlotKind",
    "WrongSecret",
    "adapted_cost",
    "close_slot",
    "open_slot",
    "recovery_code",
]

_SALT: Final = 16
_NONCE: Final = 12
_MIB: Final = 1024
_RECOVERY_BYTES: Final = 16
_Secret = TypeVar("_Secret")
_PURPOSE: Final = b"tandem key slot\x00"


class WrongSecret(PersonCanAct):
    """The passphrase, code or keyring secret does not open the slot. Fields: ``left`` (tries)."""

    code = "wrong-secret"


class HeaderDamaged(WorldFailed):
    """The vault's header cannot be read, or asks for less protection than we ever set."""

    code = "vault-header-damaged"


class SlotKind(StrEnum):
    """What opens a slot."""

    PASSPHRASE = "passphrase"  # noqa: S105 - a kind
    KEYRING = "keyring"
    KEYRING_AND_PASSPHRASE = "keyring+passphrase"  # noqa: S105 - a kind
    RECOVERY = "recovery"
    FILE = "file"

    @property
    def has_passphrase(self) -> bool:
        """Whether someone types something that could be guessed."""
        return self in {SlotKind.PASSPHRASE, SlotKind.KEYRING_AND_PASSPHRASE}

    @property
    def has_keyring(self) -> bool:
        """Whether the keyring's secret is needed."""
        return self in {SlotKind.KEYRING, SlotKind.KEYRING_AND_PASSPHRASE}


@dataclass(frozen=True, slots=True)
class Cost:
    """Argon2id's parameters (RFC 9106)."""

    memory_kib: int
    iterations: int
    lanes: int

    def is_enough(self) -> bool:
        """Whether a guess costs at least what we promise."""
        return self.memory_kib >= LEAST_COST.memory_kib and self.iterations >= LEAST_COST.iterations


COST: Final = Cost(256 * _MIB, 3, 2)
LEAST_COST: Final = Cost(64 * _MIB, 3, 2)
_MOST_MEMORY_KIB: Final = 4 * _MIB * _MIB


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the person, the paper, the keyring or the file gives. Only what the slot asks for is looked at."""

    passphrase: str | None = None
    keyring: Key | None = None
    recovery: str | None = None
    file: Key | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """One way in, as the header holds it."""

    id: str
    kind: SlotKind
    salt: bytes
    cost: Cost | None
    nonce: bytes
    wrapped: bytes

    def described(self) -> dict[str, Any]:
        """Return all but what was wrapped: what the wrapping is bound to."""
        cost = self.cost and {
            "memory_kib": self.cost.memory_kib,
            "iterations": self.cost.iterations,
            "lanes": self.cost.lanes,
        }
        return {"id": self.id, "kind": self.kind, "salt": self.salt.hex(), "argon2id": cost}

    def to_json(self) -> dict[str, Any]:
        """Return the slot as the header writes it."""
        return {**self.described(), "nonce": self.nonce.hex(), "wrapped": self.wrapped.hex()}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Slot:
        """Read a slot; raises ``HeaderDamaged``."""
        try:
            asked = fields["argon2id"]
            cost = None if asked is None else Cost(**{name: int(value) for name, value in asked.items()})
            slot = cls(
                str(fields["id"]),
                SlotKind(fields["kind"]),
                bytes.fromhex(fields["salt"]),
                cost,
                bytes.fromhex(fields["nonce"]),
                bytes.fromhex(fields["wrapped"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise HeaderDamaged from None
        slot.require_sound()
        return slot

    def require_sound(self) -> None:
        """Refuse a slot weaker than any we make, or one that asks for a terabyte."""
        guessed = self.kind.has_passphrase
        fits = self.cost is None or (self.cost.is_enough() and self.cost.memory_kib <= _MOST_MEMORY_KIB)
        if (
            guessed != (self.cost is not None)
            or not fits
            or len(self.salt) < _SALT
            or len(self.nonce) != _NONCE
        ):
            raise HeaderDamaged


def close_slot(root: Key, kind: SlotKind, secrets: Secrets, bound: bytes, *, cost: Cost = COST) -> Slot:
    """Make a slot that opens ``root`` with these secrets; ``bound`` ties it to its vault."""
    if not cost.is_enough():
        raise ValueError(cost)
    slot = Slot(
        mint(), kind, os.urandom(_SALT), cost if kind.has_passphrase else None, os.urandom(_NONCE), b""
    )
    with _kek(slot, secrets) as kek:
        wrapped = AESGCM(kek.data).encrypt(slot.nonce, root.data, _bound(slot, bound))
    return Slot(slot.id, slot.kind, slot.salt, slot.cost, slot.nonce, wrapped)


def open_slot(slot: Slot, secrets: Secrets, bound: bytes) -> Key:
    """Return the root key; raises ``WrongSecret``."""
    root = bytearray(KEY_SIZE)
    with _kek(slot, secrets) as kek:
        try:
            AESGCM(kek.data).decrypt_into(slot.nonce, slot.wrapped, _bound(slot, bound), root)
        except (InvalidTag, ValueError):
            raise WrongSecret(left=0) from None
    return Key(root)


def recovery_code() -> str:
    """Return 128 random bits as eight groups of four, to be printed and kept."""
    digits = os.urandom(_RECOVERY_BYTES).hex().upper()
    return "-".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def adapted_cost(seconds: float = 1.0) -> Cost:
    """Return the dearest cost this computer pays in about ``seconds``, between the two limits."""
    started = time.perf_counter()
    with _stretched("measure", bytes(_SALT), LEAST_COST):
        took = time.perf_counter() - started
    times = max(1, min(COST.memory_kib // LEAST_COST.memory_kib, int(seconds / max(took, 1e-3))))
    return Cost(LEAST_COST.memory_kib * times, COST.iterations, COST.lanes)


def _kek(slot: Slot, secrets: Secrets) -> Key:
    """Derive the slot's wrapping key from its secrets."""
    material = bytearray()
    try:
        if slot.kind.has_keyring:
            material += _given(secrets.keyring).data
        if slot.kind.has_passphrase and slot.cost is not None:
            with _stretched(_given(secrets.passphrase), slot.salt, slot.cost) as stretched:
                material += stretched.data
        if slot.kind is SlotKind.RECOVERY:
            material += _read_recovery(_given(secrets.recovery))
        if slot.kind is SlotKind.FILE:
            material += _given(secrets.file).data
        return Key.derived_from(material, _PURPOSE + slot.kind.encode(), salt=slot.salt)
    finally:
        material[:] = bytes(len(material))


def _given(secret: _Secret | None) -> _Secret:
    if secret is None:
        raise WrongSecret(left=0)
    return secret


def _stretched(passphrase: str, salt: bytes, cost: Cost) -> Key:
    data = bytearray(KEY_SIZE)
    Argon2id(
        salt=salt,
        length=KEY_SIZE,
        iterations=cost.iterations,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    ).derive_into(passphrase.encode(), data)
    return Key(data)


def _read_recovery(code: str) -> bytes:
    digits = (
        "".join(character for character in code if character.isalnum()).replace("O", "0").replace("o", "0")
    )
    try:
        found = bytes.fromhex(digits)
    except ValueError:
        raise WrongSecret(left=0) from None
    if len(found) != _RECOVERY_BYTES:
        raise WrongSecret(left=0)
    return found


def _bound(slot: Slot, bound: bytes) -> bytes:
    return canonical(slot.described()) + bound
