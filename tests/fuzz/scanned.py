"""What a scanner or a person's voice brings: codes on paper, slips."""

from __future__ import annotations

import base64
import contextlib
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING

from app import attestations, identity_check, mandate_papers
from app.codes.mandate_texts import CURRENT, MandateFacts, digest, fill
from app.codes.mandate_words import Action, Duration, Scope, SigningMode
from app.errors import TandemError
from app.reader import ins_datamatrix
from sync.service import slips
from tests.fuzz.changing import Tape, bent_bytes, bent_words

if TYPE_CHECKING:
    from collections.abc import Sequence


from tests.fuzz.fhir_bodies import resources
from tests.fuzz.ground import DEVICE, MANDATE, MOMENT, SIGNER, Ground

__all__ = ["bent_code", "checked_paper", "datamatrix_seeds", "found_slip", "mandate_codes", "read_datamatrix"]


@cache
def mandate_codes() -> list[bytes]:
    """Return the code of a mandate's paper, and an attestation's text around it."""
    facts = MandateFacts(
        patient="Jeanne Martin",
        birth_date="1952-08-14",
        adviser="Claire Petit",
        organization="France services",
        scopes=frozenset({Scope.DOCUMENTS}),
        actions=frozenset({Action.VIEW}),
        duration=Duration.MONTH,
        start=MOMENT,
        end=MOMENT + Duration.MONTH.length,
    )
    signer = SimpleNamespace(device_id=DEVICE, service_mark=mandate_papers.mark_of(b"s"), sign=SIGNER.sign)
    proof = mandate_papers.proof_of(
        MANDATE,
        facts,
        CURRENT,
        digest(fill(CURRENT, facts)),
        SigningMode.ON_PAPER,
        signer,
        patient_id="a",
        organization_id="o",
    )
    code = mandate_papers.code_of(proof, signer)
    return [code.encode(), code.lower().encode(), f"Texte\n----\n{code}\n".encode()]


def checked_paper(data: bytes, _ground: Ground) -> None:
    """Look at a scanned mandate and at an attestation's file."""
    known = {DEVICE: mandate_papers.KnownPc(SIGNER.public_key().public_bytes_raw())}
    here = mandate_papers.Here(mandate_papers.mark_of(b"s"), "o", "a")
    with contextlib.suppress(TandemError):
        attestations.verify_attestation(data, here, known.get, MOMENT)
    checked = mandate_papers.check(data.decode("utf-8", "replace"), here, known.get, MOMENT)
    genuine = "".join(data.decode("utf-8", "replace").split()).upper() == mandate_codes()[0].decode()
    assert genuine or not checked.is_whole


def bent_code(tape: Tape, seeds: Sequence[bytes]) -> bytes:
    """Change what a code says below its letters, so that it is read to its end."""
    if tape.number(3) == 0:
        return bent_words(tape, seeds)
    letters = seeds[0].decode().removeprefix(mandate_papers.PREFIX)
    raw = base64.b32decode(letters + "=" * (-len(letters) % 8))
    changed = bent_bytes(tape, [raw])
    return mandate_papers.PREFIX.encode() + base64.b32encode(changed).rstrip(b"=")


def datamatrix_seeds() -> list[bytes]:
    """Return the message of a paper's DataMatrix."""
    identity = ins_datamatrix.Identity(
        "252087599999933", "1.2.250.1.213.1.4.10", ("JEANNE", "MARIE"), "DURAND", "F", "1952-08-14", "51454"
    )
    return [ins_datamatrix.write(identity).encode()]


def read_datamatrix(data: bytes, _ground: Ground) -> None:
    """Read a DataMatrix; identity_check hears the same message."""
    text = data.decode("utf-8", "replace")
    found = ins_datamatrix.parse(text)
    if found is not None:
        ins_datamatrix.person_of(found)
    identity_check.check(resources()[0], codes=[text])


def found_slip(data: bytes, ground: Ground) -> None:
    """Look for a slip as it was read aloud, typed or scanned."""
    service = ground.house.service
    with service.store.read() as sql:
        assert slips.find(sql, service.secrets, data.decode("utf-8", "replace")) is None
