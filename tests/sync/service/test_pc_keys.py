"""A paper made on one PC is verified on another of the organization: keys come with the policy."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.codes.mandate_texts import CURRENT, MandateFacts, digest, fill
from app.codes.mandate_words import Action, Duration, Scope, SigningMode
from app.mandate_papers import Here, Verdict, check, code_of, proof_of
from app.paper_checks import known_pcs
from sync.enrolment import contact
from sync.service import devices
from sync.transport import Address
from tests.sync.service.house import ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.enrolment import Device
    from tests.sync.service.house import House


@dataclass
class Signer:
    """An enrolled PC, as its sealer signs."""

    device: Device

    @property
    def device_id(self) -> str:
        """Its id at the service."""
        return self.device.device_id

    @property
    def service_mark(self) -> bytes:
        """Whose PC it is."""
        return hashlib.sha256(self.device.service_public_key).digest()[:8]

    def sign(self, data: bytes) -> bytes:
        """Sign."""
        return self.device.signing_key.sign(data)


def _paper(device: Device, start: datetime) -> str:
    facts = MandateFacts(
        "Jeanne Martin", "1946-05-03", "Chloé", "Maison", frozenset({Scope.DOCUMENTS}),
        frozenset({Action.VIEW}), Duration.YEAR, start, start + Duration.YEAR.length,
    )  # fmt: skip
    signer = Signer(device)
    proof = proof_of(
        "0193a1b2-0000-7000-8000-0000000000aa", facts, CURRENT, digest(fill(CURRENT, facts)),
        SigningMode.ON_PAPER, signer, patient_id="p1", organization_id=ORGANIZATION,
    )  # fmt: skip
    return code_of(proof, signer)


@pytest.fixture
def own(own_house: Callable[..., House]) -> House:
    """A service of the test's own."""
    house = own_house()
    house.add_adviser()
    return house


def test_a_paper_is_verified_on_another_pc_of_the_organization(own: House) -> None:
    """Its key came with the signed policy; one of another organization is not among them."""
    maker, reader = own.enrolled(), own.enrolled()
    stranger = own.enrolled("6a6f6a6f-0000-7000-8000-0000000000ff")
    signed = contact(Address(own.base), reader).policy
    known = known_pcs(signed.pcs)
    assert {maker.device_id, reader.device_id} <= set(known)
    assert stranger.device_id not in known
    start = datetime.now(UTC).replace(microsecond=0)
    here = Here(Signer(reader).service_mark, ORGANIZATION, "p1")
    assert check(_paper(maker, start), here, known.get, start).verdict is Verdict.RUNNING
    assert check(_paper(stranger, start), here, known.get, start).verdict is Verdict.UNKNOWN_PC
    assert abs(datetime.fromisoformat(signed.at) - start) < timedelta(minutes=1)


def test_a_pc_that_was_taken_out_vouches_for_what_it_signed_before(own: House) -> None:
    """Its key stays in the list, with the moment it left."""
    maker, reader = own.enrolled(), own.enrolled()
    before = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    devices.revoke(own.service, ORGANIZATION, maker.device_id, "admin")
    known = known_pcs(contact(Address(own.base), reader).policy.pcs)
    here, now = Here(Signer(reader).service_mark), datetime.now(UTC)
    assert check(_paper(maker, before), here, known.get, now).verdict is Verdict.RUNNING
    later = now.replace(microsecond=0) + timedelta(hours=1)
    found = check(_paper(maker, later), here, known.get, later + timedelta(hours=1))
    assert found.verdict is Verdict.PC_LEFT_BEFORE
