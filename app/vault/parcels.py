"""Parcels: bytes that pass through the service and that one visit alone can open.

Decision: a picture that a phone sends is wanted by one process only, for a few minutes. That process
draws a key pair for it and tells the service the public half; what arrives is encrypted to it (HPKE,
RFC 9180, ML-KEM-768 + X25519 as the envelopes) before it touches the service's disk. The private half is
in that process's memory and nowhere else: when the visit ends, what was not collected is noise.
The label (which drop, which picture) is HPKE's ``info``: a parcel put in another's place does not open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from app.errors import WorldFailed

__all__ = ["PUBLIC_SIZE", "ParcelDamaged", "ParcelKey", "seal_parcel"]

_MLKEM_PUBLIC, _X25519_PUBLIC = 1184, 32
PUBLIC_SIZE = _MLKEM_PUBLIC + _X25519_PUBLIC
"""Bytes of a public key: the ML-KEM part, then the X25519 part."""

_INFO = b"tandem parcel 1\0"


class ParcelDamaged(WorldFailed):
    """What came is not what was sealed for us, or not under that label."""

    code: ClassVar[str] = "parcel-damaged"


def _suite() -> Suite:
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True, repr=False)
class ParcelKey:
    """The receiver's key pair; it is never written anywhere."""

    _mlkem: MLKEM768PrivateKey
    _x25519: X25519PrivateKey

    @classmethod
    def draw(cls) -> ParcelKey:
        """Draw a new pair."""
        return cls(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())

    @property
    def public(self) -> bytes:
        """What the sealing side is told."""
        return self._mlkem.public_key().public_bytes_raw() + self._x25519.public_key().public_bytes_raw()

    def open(self, sealed: bytes, label: str) -> bytes:
        """Return what was sealed. Raises ``ParcelDamaged``."""
        key = MLKEM768X25519PrivateKey(self._mlkem, self._x25519)
        try:
            return _suite().decrypt(sealed, key, _INFO + label.encode())
        except (InvalidTag, ValueError) as error:
            raise ParcelDamaged from error


def seal_parcel(data: bytes | bytearray, public_key: bytes, label: str) -> bytes:
    """Seal ``data`` to a receiver; ``ValueError`` where ``public_key`` is none."""
    if len(public_key) != PUBLIC_SIZE:
        raise ValueError(PUBLIC_SIZE)
    receiver = MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public_key[:_MLKEM_PUBLIC]),
        X25519PublicKey.from_public_bytes(public_key[_MLKEM_PUBLIC:]),
    )
    return _suite().encrypt(data, receiver, _INFO + label.encode())
