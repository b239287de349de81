"""What is sealed, signed or both."""

from __future__ import annotations

import base64
import io
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from fpdf import FPDF
from joserfc.jwk import ECKey

from app import access_proof
from app.vault import envelope, parcels
from app.vault.sealed import SealedReader, seal
from sync.service import devices, signing
from sync.service.envelopes import receive
from tests.fuzz.changing import Tape, bent_bytes, bent_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.service.service import Service


from tests.fuzz.ground import DEVICE, KEY, MANDATE, PARCEL, SERVICE, SIGNER, Ground, whole

__all__ = [
    "bent_proof",
    "delivered",
    "envelopes",
    "opened_envelope",
    "opened_parcel",
    "operations",
    "parcel_seeds",
    "proofs",
    "proven",
    "received_envelope",
    "sealed_bytes",
    "signed_lists",
    "unsealed",
    "verified_list",
]


@cache
def signed_lists() -> list[bytes]:
    """Return a PDF signed as a list of accesses is."""
    key = ECKey.generate_key("P-256")
    secrets = SimpleNamespace(signing=key, certificate=signing.self_signed(key))
    paper = FPDF()
    paper.add_page()
    service = cast("Service", SimpleNamespace(chain=(), secrets=secrets))
    return [signing.sign_pdf(service, bytes(paper.output()), "essai")]


def verified_list(data: bytes, _ground: Ground) -> None:
    """Say what a file is worth; one that is said to be whole is the honest one."""
    if access_proof.verify(data).problem is None:
        assert data in signed_lists()


@cache
def sealed_bytes() -> list[bytes]:
    """Return sealed files of one chunk and of two."""
    import tempfile
    from pathlib import Path

    found = []
    with tempfile.TemporaryDirectory() as folder:
        for data in (b"", b"Bonjour", bytes(70_000)):
            path = Path(folder) / "file"
            seal(io.BytesIO(data), path, KEY, "doc-1")
            found.append(path.read_bytes())
    return found


def unsealed(data: bytes, ground: Ground) -> None:
    """Open and read a sealed file; what opens must be one of the honest ones."""
    with SealedReader(ground.file(data), KEY, "doc-1") as reader:
        clear = reader.read()
    assert clear in {b"", b"Bonjour", bytes(70_000)}


@cache
def envelopes() -> list[bytes]:
    """Return envelopes, one with a document's key."""
    told = b'{"op_id":"1"}'
    return [envelope.seal_envelope(told, key, SERVICE.public, "pc-17", SIGNER) for key in (None, KEY)]


def opened_envelope(data: bytes, _ground: Ground) -> None:
    """Open an envelope; a forged one must never open."""
    known = {"pc-17": SIGNER.public_key().public_bytes_raw()}
    opened = envelope.open_envelope(data, SERVICE, known.get)
    assert data in envelopes()
    assert opened.operation_json == b'{"op_id":"1"}'


def delivered(data: bytes, _ground: Ground) -> None:
    """Read the head of a delivery."""
    envelope.device_of(envelope.read_delivery_head(io.BytesIO(data)))


def operations(ground: Ground) -> list[bytes]:
    """Return operations as an enrolled PC seals them: an act, a reading."""
    from tests.sync.service.house import document_bundle

    house = ground.house
    if "anne" not in house.patients:
        house.add_citizen("anne", "250021234567801")
    person = house.patients["anne"]
    bundle_ = document_bundle(person, b"texte")
    bundle_["entry"] = bundle_["entry"][1:]
    told = bundle_["entry"][2]["resource"]
    act = {"op_id": MANDATE, "patient": person, "created_at": "2026-11-22T10:00:00+00:00", "bundle": bundle_}
    document = {"id": DEVICE, "binary": DEVICE, "content_type": "text/plain", "size": 5, "sha256": "00" * 32}
    event = {"resourceType": "AuditEvent", "agent": told.get("agent"), "recorded": "2026-11-22T10:00:00Z"}
    return [
        whole(act),
        whole(act | {"document": document}),
        whole({"op_id": DEVICE, "patient": person, "event": event}),
    ]


def received_envelope(data: bytes, ground: Ground) -> None:
    """Give the real service an envelope that an enrolled PC signed, whatever is in it."""
    device = ground.house.device
    public = ground.house.service.secrets.envelopes.public
    blob = envelope.seal_envelope(data, None, public, device.device_id, device.signing_key)
    receive(ground.house.service, io.BytesIO(envelope.delivery_head(blob) + b"document"))


@cache
def parcel_seeds() -> list[bytes]:
    """Return parcels."""
    return [parcels.seal_parcel(data, PARCEL.public, "drop/1") for data in (b"", b"photo" * 9)]


def opened_parcel(data: bytes, _ground: Ground) -> None:
    """Open a parcel; a forged one must never open."""
    PARCEL.open(data, "drop/1")
    assert data in parcel_seeds()


def proofs(ground: Ground) -> list[bytes]:
    """Return a PC's proof."""
    return [ground.house.device.proof(ground.house.service.origin).encode()]


def proven(data: bytes, ground: Ground) -> None:
    """Give the real service a proof."""
    devices.proven(ground.house.service, data.decode("latin-1"))


def bent_proof(tape: Tape, seeds: Sequence[bytes]) -> bytes:
    """Change a proof: its claims by their shape (signed or not again), or its letters."""
    if tape.number(3) == 0:
        return bent_bytes(tape, seeds)
    head, claims, signature = (each + b"=" * (-len(each) % 4) for each in tape.pick(seeds).split(b"."))
    parts = [base64.urlsafe_b64decode(each) for each in (head, claims)]
    place = tape.number(2)
    parts[place] = bent_json(tape, [parts[place]])
    return b".".join(
        [*(base64.urlsafe_b64encode(each).rstrip(b"=") for each in parts), signature.rstrip(b"=")]
    )
