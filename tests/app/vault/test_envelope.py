"""Envelopes: sealed to the service, signed by the PC, closed to everyone else."""

from __future__ import annotations

import io

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.vault.envelope import (
    ENVELOPE_LIMIT,
    EnvelopeDamaged,
    EnvelopeNotForUs,
    EnvelopeTooNew,
    EnvelopeUntrusted,
    OpenedEnvelope,
    ServiceKey,
    delivery_head,
    device_of,
    open_envelope,
    read_delivery_head,
    seal_envelope,
)
from app.vault.keys import Key

SERVICE = ServiceKey.generate()
DEVICE = Ed25519PrivateKey.generate()
KNOWN = {"pc-17": DEVICE.public_key().public_bytes_raw()}
OPERATION = b'{"op_id":"1","bundle":{"title":"Ordonnance de Jeanne"}}'


def _seal(key: Key | None = None, device: str = "pc-17", signer: Ed25519PrivateKey = DEVICE) -> bytes:
    return seal_envelope(OPERATION, key, SERVICE.public, device, signer)


def _open(blob: bytes) -> OpenedEnvelope:
    return open_envelope(blob, SERVICE, KNOWN.get)


def test_the_service_opens_what_the_pc_sealed() -> None:
    """Operation, document key and device come back; the envelope itself shows nothing."""
    with Key.random() as key:
        secret = bytes(key.data)
        blob = _seal(key)
    assert _open(blob) == OpenedEnvelope(OPERATION, secret, "pc-17")
    assert b"Jeanne" not in blob
    assert secret not in blob
    assert _open(_seal()).document_key is None
    assert _seal() != _seal()


def test_the_service_key_survives_being_written_down() -> None:
    """96 bytes private, 1,216 public; nothing else is a key."""
    again = ServiceKey.from_bytes(SERVICE.to_bytes())
    assert again.public == SERVICE.public
    assert len(SERVICE.public) == 1216
    assert open_envelope(_seal(), again, KNOWN.get).operation_json == OPERATION
    with pytest.raises(ValueError, match="96"):
        ServiceKey.from_bytes(b"short")
    with pytest.raises(ValueError, match="1216"):
        seal_envelope(b"{}", None, b"short", "pc-17", DEVICE)


def test_an_act_too_large_for_an_envelope_is_refused_when_it_is_sealed() -> None:
    """Never when it is delivered, with its session long gone."""
    largest = b"x" * (ENVELOPE_LIMIT - 4096)
    assert _open(seal_envelope(largest, None, SERVICE.public, "pc-17", DEVICE)).operation_json == largest
    with pytest.raises(ValueError, match="too large"):
        seal_envelope(largest + b"x", None, SERVICE.public, "pc-17", DEVICE)


def test_an_unknown_or_forged_pc_is_refused_before_anything_is_decrypted() -> None:
    """Not enrolled; signed with another key; re-signed in an enrolled PC's name."""
    with pytest.raises(EnvelopeUntrusted):
        _open(_seal(device="pc-99"))
    other = Ed25519PrivateKey.generate()
    with pytest.raises(EnvelopeUntrusted):
        _open(_seal(signer=other))


def test_an_envelope_taken_over_by_another_enrolled_pc_does_not_open() -> None:
    """The device is bound inside: putting one's own name and signature on it is of no use."""
    thief = Ed25519PrivateKey.generate()
    stolen = _seal()
    body = stolen[: -(4 + 64)].replace(b"pc-17", b"pc-18")
    signed = body + b"\x00\x00\x00\x40" + thief.sign(b"tandem envelope signature 1\0" + body)
    known = {"pc-18": thief.public_key().public_bytes_raw()}
    assert device_of(signed) == "pc-18"
    with pytest.raises(EnvelopeNotForUs):
        open_envelope(signed, SERVICE, known.get)


def test_another_services_key_opens_nothing() -> None:
    """Only the pinned service can read it."""
    with pytest.raises(EnvelopeNotForUs):
        open_envelope(_seal(), ServiceKey.generate(), KNOWN.get)


def test_a_later_version_is_named() -> None:
    """So that the desk can say that the service must be brought up to date."""
    blob = bytearray(_seal())
    blob[7] = 2
    with pytest.raises(EnvelopeTooNew) as caught:
        _open(bytes(blob))
    assert caught.value.fields == {"version": 2}


_BLOB = _seal()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(_BLOB) - 1), st.integers(1, 255))
def test_a_changed_byte_is_always_refused(place: int, change: int) -> None:
    """Wherever it is."""
    blob = bytearray(_BLOB)
    blob[place] ^= change
    with pytest.raises((EnvelopeDamaged, EnvelopeUntrusted, EnvelopeTooNew)):
        _open(bytes(blob))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, len(_BLOB) - 1) | st.binary(max_size=200))
def test_a_cut_or_foreign_envelope_is_refused(cut: int | bytes) -> None:
    """Half a file after a power cut, or any other bytes."""
    with pytest.raises((EnvelopeDamaged, EnvelopeUntrusted, EnvelopeTooNew)):
        _open(_BLOB[:cut] if isinstance(cut, int) else cut)
    with pytest.raises(EnvelopeDamaged):
        _open(_BLOB + b"\0")
    with pytest.raises(EnvelopeDamaged):
        _open(_BLOB + bytes(ENVELOPE_LIMIT))


def test_a_delivery_carries_the_envelope_then_the_document() -> None:
    """The envelope by its length, the sealed document to the end."""
    body = io.BytesIO(delivery_head(_BLOB) + b"sealed document")
    assert read_delivery_head(body) == _BLOB
    assert body.read() == b"sealed document"
    for broken in (b"", b"\0\0", delivery_head(_BLOB)[:-1], b"\xff\xff\xff\xff" + _BLOB):
        with pytest.raises(EnvelopeDamaged):
            read_delivery_head(io.BytesIO(broken))
