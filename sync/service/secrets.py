"""The service's secrets: one key in a 0600 file opens the store, the store holds the others.

Decision: the embedded service must start by itself after a power cut, so its key lies in a file
that only its account reads, never on a command line or in the environment; everything else that is
secret (signing key, envelope key, the key of the identifiers' hash) lies in the records, sealed with a key
that follows from it (``sealing``).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import ECKey

from app.errors import WorldFailed
from app.ids import mint
from app.vault.disk import replace_bytes
from app.vault.envelope import ServiceKey
from app.vault.keys import KEY_SIZE, Key
from sync.service.signing import self_signed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sync.service.sealing import Sealing
    from sync.service.storage import Database

__all__ = ["KeyFileBad", "KeyFileMissing", "Secrets", "load_key"]

_NONCE = 12


class KeyFileMissing(WorldFailed):
    """The folder holds a store but no key file: it was not copied whole."""

    code = "service-key-missing"


class KeyFileBad(WorldFailed):
    """The key file is not 64 hexadecimal digits."""

    code = "service-key-bad"


def load_key(path: Path, *, may_create: bool) -> Key:
    """Read the service's key, making it at the first start. Raises ``KeyFileMissing`` or ``KeyFileBad``."""
    if not path.exists():
        if not may_create:
            raise KeyFileMissing
        replace_bytes(path, os.urandom(KEY_SIZE).hex().encode())
    try:
        data = bytearray.fromhex(path.read_text("ascii").strip())
    except ValueError:
        raise KeyFileBad from None
    if len(data) != KEY_SIZE:
        raise KeyFileBad
    return Key(data)


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """What is drawn once, at the first start."""

    epoch: str
    signing: ECKey
    envelopes: ServiceKey
    hashing: bytes
    paging: bytes
    certificate: bytes
    """Of the signing key, for the readers of a signed PDF (DER); it is public."""

    @classmethod
    def load(cls, store: Database, sealing: Sealing) -> Secrets:
        """Read them, drawing those that are missing; raises ``WrongKey`` where another key sealed them."""
        with store.transaction() as sql:
            sql.lock("secrets")
            found = {
                row[0]: sealing.open(bytes(row[1]), f"secret:{row[0]}")
                for row in sql.execute("SELECT name, value FROM secret")
            }
            drawn = {name: make() for name, make in _DRAW.items() if name not in found}
            signing = ECKey.import_key(orjson.loads((found | drawn)["signing"]))
            if "certificate" not in found:
                drawn["certificate"] = self_signed(signing)
            sealed = [(name, sealing.seal(value, f"secret:{name}")) for name, value in drawn.items()]
            sql.executemany("INSERT INTO secret (name, value) VALUES (?, ?)", sealed)
        found |= drawn
        return cls(
            found["epoch"].decode(),
            signing,
            ServiceKey.from_bytes(found["envelopes"]),
            found["hashing"],
            found["paging"],
            found["certificate"],
        )

    def digest(self, purpose: str, text: str) -> bytes:
        """Return the keyed hash of a secret or an identifier, by which it is found again."""
        return hmac.new(self.hashing, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()

    def patient_key(self, identifier: str) -> str:
        """Return the key that leads all rows of the person with that national identifier."""
        return self.digest("patient", identifier).hex()[:32]

    def seal(self, fields: object) -> str:
        """Write what only this service reads again, for an address (paging)."""
        nonce = os.urandom(_NONCE)
        return (nonce + AESGCM(self.paging).encrypt(nonce, orjson.dumps(fields), None)).hex()

    def unseal(self, text: str) -> object:
        """Read what ``seal`` wrote; ``ValueError`` for anything else."""
        raw = bytes.fromhex(text)
        try:
            found: object = orjson.loads(AESGCM(self.paging).decrypt(raw[:_NONCE], raw[_NONCE:], None))
        except Exception as error:  # InvalidTag and what a short text provokes: all the same fact
            raise ValueError from error
        return found


def _signing() -> bytes:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": mint()}, private=True)
    return orjson.dumps(key.as_dict(private=True))


_DRAW: dict[str, Callable[[], bytes]] = {
    "epoch": lambda: mint().encode(),
    "signing": _signing,
    "envelopes": lambda: ServiceKey.generate().to_bytes(),
    "hashing": lambda: os.urandom(KEY_SIZE),
    "paging": lambda: os.urandom(KEY_SIZE),
}
