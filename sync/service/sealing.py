"""Sealing the few secrets that the records hold: whoever reads the database alone can neither sign nor open.

Context: PostgreSQL keeps its rows as they are; its disks, backups and operators are others than the
service's. Decision: what would let someone act as the service or as somebody (its keys, the secrets of
authenticator apps) is sealed with a key that follows from the service's key file (AES-256-GCM), bound to what
it is for. It is the same in the embedded store, where it is a second door behind SQLCipher's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.vault.store import WrongKey

if TYPE_CHECKING:
    from app.vault.keys import Key

__all__ = ["Sealing"]

_NONCE = 12


class Sealing:
    """Seals and opens under one key."""

    def __init__(self, root: Key) -> None:
        with root.derive(b"tandem service secrets") as key:
            self._aead = AESGCM(key.data)

    def seal(self, data: bytes, purpose: str) -> bytes:
        """Return ``data`` sealed, for this purpose only."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, data, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Return what was sealed; raises ``WrongKey`` for another key, purpose, or altered bytes."""
        try:
            return self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
        except (InvalidTag, ValueError):
            raise WrongKey from None
