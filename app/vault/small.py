"""Small sealed files: AES-256-GCM over what is a few hundred bytes, bound to what it is for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.vault.disk import replace_bytes, world

if TYPE_CHECKING:
    from pathlib import Path

    from app.vault.keys import Key

__all__ = ["open_small", "seal_small"]

_NONCE: Final = 12


def seal_small(path: Path, key: Key, data: bytes, bound: bytes) -> None:
    """Write ``data`` sealed; raises ``DiskFull`` or ``StoreUnreadable``."""
    key.require()
    nonce = os.urandom(_NONCE)
    replace_bytes(path, nonce + AESGCM(key.data).encrypt(nonce, data, bound))


def open_small(path: Path, key: Key, bound: bytes) -> bytes | None:
    """Return what was sealed; None where there is nothing that this key opens."""
    key.require()
    try:
        sealed = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise world(error) from error
    try:
        return AESGCM(key.data).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
    except (InvalidTag, ValueError):
        return None
