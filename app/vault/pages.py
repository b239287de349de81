"""Wrong key or damaged page? SQLCipher answers both with "file is not a database".

Each page carries an HMAC-SHA512 over its ciphertext, IV and number, under a key made from ours
and the file's salt (SQLCipher 4 design: PBKDF2-HMAC-SHA512, two rounds, salt XOR 0x3a). One page
that answers proves the key; then the others are what is broken.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from app.vault.keys import KEY_SIZE, Key

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Diagnosis", "diagnose"]

_PAGE = 4096
_SALT = 16
_MAC = 64
_TRIED = 64


class Diagnosis(StrEnum):
    """What is the matter with a file whose first page does not open."""

    WRONG_KEY = "wrong-key"
    DAMAGED = "damaged"


def diagnose(path: Path, key: Key) -> Diagnosis:
    """Try the key on the first pages of the file, one by one."""
    with path.open("rb") as file:
        first = file.read(_PAGE)
        if len(first) < _PAGE:
            return Diagnosis.DAMAGED
        with _mac_key(key, first[:_SALT]) as mac_key:
            page, number = first[_SALT:], 1
            while len(page) >= _PAGE - _SALT and number <= _TRIED:
                if _answers(mac_key, page, number):
                    return Diagnosis.DAMAGED
                page, number = file.read(_PAGE), number + 1
    return Diagnosis.WRONG_KEY


def _mac_key(key: Key, salt: bytes) -> Key:
    derived = bytearray(KEY_SIZE)
    masked = bytes(byte ^ 0x3A for byte in salt)
    PBKDF2HMAC(hashes.SHA512(), KEY_SIZE, masked, 2).derive_into(key.data, derived)
    return Key(derived)


def _answers(mac_key: Key, page: bytes, number: int) -> bool:
    mac = HMAC(mac_key.data, hashes.SHA512())
    mac.update(page[:-_MAC])
    mac.update(number.to_bytes(4, "little"))
    try:
        mac.verify(page[-_MAC:])
    except InvalidSignature:
        return False
    return True
