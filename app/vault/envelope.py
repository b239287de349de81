"""Sealed envelopes: an act of the person that only the central service can open.

Decision: on a PC that belongs to no one, each act is sealed at its commit, so that nothing that was
acknowledged depends on a key that lives in memory, and nothing that waits on the disk can be read
there. The operation and the key of its document are encrypted to the service's pinned key (HPKE,
RFC 9180, with the hybrid KEM ML-KEM-768 + X25519: health data outlives today's ciphers), then the
enrolled PC signs the whole (Ed25519). The sealed document itself lies beside the envelope, as it
was, bound to its id by its own format; its key is in the envelope.

::

    envelope  = magic "TNDMENV" version 01
                field(device id, UTF-8) field(HPKE enc ‖ ciphertext) field(signature, 64 bytes)
    plaintext = field(operation, JSON) field(document key, 0 or 32 bytes)
    delivery  = field(envelope) sealed document, to the end      (what is posted to the service)
    field     = length (4 bytes, big-endian) bytes

The device id is part of HPKE's ``info``: an envelope re-signed in another PC's name does not open.
The signature is looked at before anything is decrypted.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
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

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.vault.keys import Key

__all__ = [
    "CONTENT_TYPE",
    "ENVELOPE_LIMIT",
    "EnvelopeDamaged",
    "EnvelopeNotForUs",
    "EnvelopeTooNew",
    "EnvelopeUntrusted",
    "OpenedEnvelope",
    "ServiceKey",
    "delivery_head",
    "device_of",
    "open_envelope",
    "read_delivery_head",
    "seal_envelope",
]

CONTENT_TYPE = "application/vnd.tandem.envelope"
ENVELOPE_LIMIT = 1_048_576
"""An envelope carries codes and metadata, never the document: a longer one is not ours."""

_OPERATION_LIMIT = ENVELOPE_LIMIT - 4096
_MAGIC = b"TNDMENV"
_VERSION = 1
_HEAD = _MAGIC + bytes([_VERSION])
_INFO = b"tandem envelope 1\0"
_SIGNED = b"tandem envelope signature 1\0"
_MLKEM_SEED, _X25519_KEY, _MLKEM_PUBLIC = 64, 32, 1184
_KEY_SIZES = (0, 32)


def _suite() -> Suite:
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class EnvelopeDamaged(WorldFailed):
    """The bytes are no whole envelope."""

    code: ClassVar[str] = "envelope-damaged"


class EnvelopeTooNew(WorldFailed):
    """It was written by a later version of the program (``version``)."""

    code: ClassVar[str] = "envelope-too-new"


class EnvelopeUntrusted(WorldFailed):
    """The PC is not enrolled, or the signature is not its own."""

    code: ClassVar[str] = "envelope-untrusted"


class EnvelopeNotForUs(WorldFailed):
    """It was sealed to another service's key."""

    code: ClassVar[str] = "envelope-not-for-us"


@dataclass(frozen=True, slots=True)
class OpenedEnvelope:
    """What the service finds: the operation (JSON), its document's key, and which PC signed it."""

    operation_json: bytes
    document_key: bytes | None
    device_id: str


@dataclass(frozen=True, slots=True, repr=False)
class ServiceKey:
    """The service's key pair; raw forms are the ML-KEM part followed by the X25519 part."""

    _mlkem: MLKEM768PrivateKey
    _x25519: X25519PrivateKey

    @classmethod
    def generate(cls) -> ServiceKey:
        """Make a new key pair."""
        return cls(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, raw: bytes) -> ServiceKey:
        """Load from the 96 bytes of ``to_bytes``; ``ValueError`` for anything else."""
        if len(raw) != _MLKEM_SEED + _X25519_KEY:
            raise ValueError("a service key has 96 bytes")
        return cls(
            MLKEM768PrivateKey.from_seed_bytes(raw[:_MLKEM_SEED]),
            X25519PrivateKey.from_private_bytes(raw[_MLKEM_SEED:]),
        )

    def to_bytes(self) -> bytes:
        """Return the private key's 96 bytes (ML-KEM seed, X25519 scalar)."""
        return self._mlkem.private_bytes_raw() + self._x25519.private_bytes_raw()

    @property
    def public(self) -> bytes:
        """The 1,216 bytes that a PC pins when it is enrolled."""
        return self._mlkem.public_key().public_bytes_raw() + self._x25519.public_key().public_bytes_raw()

    @property
    def hpke(self) -> MLKEM768X25519PrivateKey:
        """The key as HPKE takes it."""
        return MLKEM768X25519PrivateKey(self._mlkem, self._x25519)


def _public_key(raw: bytes) -> MLKEM768X25519PublicKey:
    if len(raw) != _MLKEM_PUBLIC + _X25519_KEY:
        raise ValueError("a service's public key has 1216 bytes")
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC]),
        X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC:]),
    )


def seal_envelope(
    operation_json: bytes,
    document_key: Key | None,
    service_public_key: bytes,
    device_id: str,
    signing_key: Ed25519PrivateKey,
) -> bytes:
    """Seal an operation and its document's key to the service, signed by this PC."""
    device = device_id.encode()
    plaintext = _plaintext(operation_json, document_key)
    try:
        sealed = _suite().encrypt(plaintext, _public_key(service_public_key), _INFO + device)
    finally:
        plaintext[:] = bytes(len(plaintext))
    body = _HEAD + _field(device) + _field(sealed)
    return body + _field(signing_key.sign(_SIGNED + body))


def _plaintext(operation_json: bytes, document_key: Key | None) -> bytearray:
    """Lay out what is sealed in one buffer that never moves, so that wiping it wipes the key."""
    if len(operation_json) > _OPERATION_LIMIT:
        raise ValueError("an act is too large for an envelope")
    key = document_key.data if document_key else bytearray()
    laid = bytearray(len(operation_json) + len(key) + 8)
    end = 4 + len(operation_json)
    laid[:end] = _field(operation_json)
    laid[end : end + 4] = _length(key)
    laid[end + 4 :] = key
    return laid


def open_envelope(
    blob: bytes,
    private_key: ServiceKey,
    device_public_key_lookup: Callable[[str], bytes | None],
) -> OpenedEnvelope:
    """Check the signature of an enrolled PC (raw Ed25519 key by its id), then open.

    Raises ``EnvelopeDamaged``, ``EnvelopeTooNew``, ``EnvelopeUntrusted`` or ``EnvelopeNotForUs``.
    """
    device, sealed, signature, signed = _parse(blob)
    _verify(device_public_key_lookup(device), signature, signed)
    try:
        plaintext = _suite().decrypt(sealed, private_key.hpke, _INFO + device.encode())
    except (InvalidTag, ValueError) as error:
        raise EnvelopeNotForUs from error
    operation_json, rest = _take(plaintext)
    key, rest = _take(rest)
    if rest or len(key) not in _KEY_SIZES:
        raise EnvelopeDamaged
    return OpenedEnvelope(operation_json, key or None, device)


def device_of(blob: bytes) -> str:
    """Return the id of the PC an envelope says it comes from; nothing is proven by it."""
    return _parse(blob)[0]


def _parse(blob: bytes) -> tuple[str, bytes, bytes, bytes]:
    if blob[: len(_MAGIC)] != _MAGIC or len(blob) <= len(_HEAD) or len(blob) > ENVELOPE_LIMIT:
        raise EnvelopeDamaged
    if blob[len(_MAGIC)] != _VERSION:
        raise EnvelopeTooNew(version=blob[len(_MAGIC)])
    device, rest = _take(blob[len(_HEAD) :])
    sealed, rest = _take(rest)
    signed = blob[: len(blob) - len(rest)]
    signature, rest = _take(rest)
    if rest:
        raise EnvelopeDamaged
    try:
        return device.decode(), sealed, signature, signed
    except UnicodeDecodeError as error:
        raise EnvelopeDamaged from error


def _verify(public_key: bytes | None, signature: bytes, signed: bytes) -> None:
    if public_key is None:
        raise EnvelopeUntrusted
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _SIGNED + signed)
    except (InvalidSignature, ValueError) as error:
        raise EnvelopeUntrusted from error


def delivery_head(envelope: bytes) -> bytes:
    """Return what goes before the sealed document in the body posted to the service."""
    return _field(envelope)


def read_delivery_head(body: BinaryIO) -> bytes:
    """Read the envelope at the start of a delivery; what is left in ``body`` is the sealed document."""
    head = body.read(4)
    length = struct.unpack(">I", head)[0] if len(head) == 4 else ENVELOPE_LIMIT + 1  # noqa: PLR2004
    if length > ENVELOPE_LIMIT:
        raise EnvelopeDamaged
    envelope = body.read(length)
    if len(envelope) != length:
        raise EnvelopeDamaged
    return envelope


def _length(data: bytes | bytearray) -> bytes:
    return struct.pack(">I", len(data))


def _field(data: bytes) -> bytes:
    return _length(data) + data


def _take(data: bytes) -> tuple[bytes, bytes]:
    if len(data) < 4:  # noqa: PLR2004 (the four bytes of a length)
        raise EnvelopeDamaged
    end = 4 + int.from_bytes(data[:4], "big")
    if end > len(data):
        raise EnvelopeDamaged
    return data[4:end], data[end:]
