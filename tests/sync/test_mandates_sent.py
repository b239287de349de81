"""Mandates through the real engine and the real service: the grant with its attestation, offline, its end."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app import access_consents, mandates, personal_acts
from app.access_consents import AccessAnswer
from app.attestations import verify_attestation
from app.codes.personal_acts import PersonalAct
from app.fhir import codes, document_reference, node, nodes
from app.mandate_papers import Here, KnownPc, Verdict
from app.mandates import Action, Duration, RevokedBy, Scope, SigningMode
from app.outbox import Sealer
from app.vault.envelope import ServiceKey
from sync.transport import Address, Transport
from tests.sync.visit import FixedTokens, Visit, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.tokens import Tokens
    from tests.sync.rough_server import RoughServer
    from tests.sync.visit import RealService


@pytest.fixture
def visit(tmp_path: Path, between: RoughServer, tokens: Tokens) -> Iterator[Visit]:
    """Open a session over a network that can be unplugged; its PC signs papers."""
    with Visit.begin(tmp_path / "here", between.base, tokens) as opened:
        opened.start().know_patient()
        yield opened


def _grant(visit: Visit, tmp_path: Path) -> tuple[mandates.Mandate, Sealer]:
    sealer = visit.space.sealer or Sealer(
        tmp_path / "papers", "pc-1", Ed25519PrivateKey.generate(), ServiceKey.generate().public
    )
    visit.space.sealer = sealer
    proposal = mandates.propose(
        visit.space, [Scope.DOCUMENTS, Scope.PROFILE], [Action.VIEW, Action.ADD], Duration.MONTH
    )
    text = mandates.text_of(proposal)
    mandate = mandates.grant(visit.space, proposal, shown_text=text, signing_mode=SigningMode.ON_PAPER)
    return mandate, sealer


def _at_service(service: RealService, tokens: Tokens, key: str) -> dict[str, Any]:
    with Transport(Address(service.base), FixedTokens(tokens.access_token)) as transport:
        found: dict[str, Any] = transport.request("GET", f"fhir/{key}").json()
        return found


def _bytes_at_service(service: RealService, tokens: Tokens, key: str) -> bytes:
    with Transport(Address(service.base), FixedTokens(tokens.access_token)) as transport:
        return transport.request("GET", f"fhir/{key}", headers={"Accept": "text/plain"}).body


def test_a_mandate_given_offline_reaches_the_service_with_its_attestation(
    visit: Visit, between: RoughServer, service: RealService, tokens: Tokens, tmp_path: Path
) -> None:
    """Every field of §4 on the Consent; the document's bytes prove themselves from the service's copy."""
    between.unplug()
    wait_for(lambda: not visit.engine.status.online)
    mandate, sealer = _grant(visit, tmp_path)
    between.plug()
    wait_for(lambda: visit.records.waiting().count == 0)
    consent = _at_service(service, tokens, f"Consent/{mandate.id}")
    assert mandates.verify(consent)
    assert mandates.from_consent(consent) == mandate
    assert {"status", "scope", "category", "patient", "dateTime", "performer", "organization"} <= set(consent)
    assert {"policyRule", "verification", "provision", "sourceAttachment"} <= set(consent)
    provision = consent["provision"]
    assert {"period", "actor", "action", "class"} <= set(provision)
    assert [each["code"] for each in provision["class"]] == ["documents", "profile"]
    assert [codes(each)[0] for each in nodes(provision, "action")] == ["view", "add"]
    document = _at_service(service, tokens, f"DocumentReference/{mandate.attestation}")
    assert node(document, "context", "related", 0)["reference"] == f"Consent/{mandate.id}"
    binary = document_reference.binary_id(document)
    data = _bytes_at_service(service, tokens, f"Binary/{binary}")
    assert hashlib.sha256(data).hexdigest() == document_reference.sha256_of(document)
    known = {sealer.device_id: KnownPc(sealer.public_key)}.get
    checked = verify_attestation(data, Here(sealer.service_mark), known, visit.space.clock())
    assert checked.verdict is Verdict.RUNNING


def test_its_end_by_the_organization_offline_reaches_the_service(
    visit: Visit, between: RoughServer, service: RealService, tokens: Tokens, tmp_path: Path
) -> None:
    """With when, by whom and why."""
    mandate, _sealer = _grant(visit, tmp_path)
    wait_for(lambda: visit.records.waiting().count == 0)
    between.unplug()
    wait_for(lambda: not visit.engine.status.online)
    mandates.revoke(visit.space, mandate, by=RevokedBy.ORGANIZATION)
    assert not mandates.is_running(mandates.mandates_of(visit.space)[0], visit.space.clock())
    between.plug()
    wait_for(lambda: visit.records.waiting().count == 0)
    ended = _at_service(service, tokens, f"Consent/{mandate.id}")
    assert ended["status"] == "inactive"
    assert "organization" in str(ended["extension"])


def test_an_answer_about_a_professional_is_another_kind_of_consent(
    visit: Visit, service: RealService, tokens: Tokens
) -> None:
    """Filed as it was confirmed; it is no mandate, and a later no ends an earlier yes."""
    space = visit.space
    for answer in (AccessAnswer.YEAR, AccessAnswer.NO):
        asked = access_consents.asked(space, "docteur Roux", answer)
        given = personal_acts.confirm(space, asked, shown=asked.words)
        kept = access_consents.keep(space, "docteur Roux", answer, given)
        wait_for(lambda: visit.records.waiting().count == 0)
        consent = _at_service(service, tokens, f"Consent/{kept.id}")
        assert mandates.from_consent(consent) is None
        assert personal_acts.is_confirmed(consent, PersonalAct.PROFESSIONAL_ACCESS)
        assert personal_acts.confirmed_words(consent) == asked.words
    (left,) = [each for each in access_consents.accesses(space) if each.professional == "docteur Roux"]
    assert left.until is None
    assert "Je ne veux pas" in left.words
