"""The attestation of a mandate: filed with the grant, and true years later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import documents, mandates
from app.attestations import verify_attestation
from app.codes import mandate_texts
from app.codes.attestation_texts import RULE, code_in, text_in
from app.codes.mandate_texts import digest
from app.fhir import consent as consents
from app.fhir import document_reference, node
from app.mandate_papers import (
    PREFIX,
    Here,
    KnownPc,
    PaperDamaged,
    PaperNotAMandate,
    Verdict,
    mark_of,
    number_of,
    read_code,
)
from app.mandates import Action, Duration, Scope, SigningMode
from app.records import DocumentQuery
from app.space import Actor, ActorRole

if TYPE_CHECKING:
    from app.mandates import Mandate
    from app.space import Space


def _grant(space: Space, mode: SigningMode = SigningMode.ON_SCREEN) -> Mandate:
    proposal = mandates.propose(space, {Scope.DOCUMENTS}, {Action.VIEW}, Duration.YEAR)
    text = mandates.text_of(proposal)
    return mandates.grant(space, proposal, shown_text=text, signing_mode=mode)


def _file(space: Space, mandate: Mandate) -> bytes:
    return documents.read(space, mandate.attestation)


def _known(service: Any, **more: Any) -> Any:  # noqa: ANN401
    return {service.device_id: KnownPc(service.device.public_key().public_bytes_raw(), **more)}.get


def _here(service: Any, **more: Any) -> Here:  # noqa: ANN401
    return Here(mark_of(service.key.public), **more)


def test_a_grant_files_its_attestation_among_the_persons_papers(space: Space, service: Any) -> None:  # noqa: ANN401
    """In the same act: the exact text, its hash and number, the signed code; found from either side."""
    mandate = _grant(space)
    (operation,) = space.records.operations()
    assert operation.document_id == mandate.attestation
    document = space.records.get("DocumentReference", mandate.attestation)
    assert document is not None
    assert node(document, "context", "related", 0)["reference"] == f"Consent/{mandate.id}"
    words = _file(space, mandate)
    assert document_reference.sha256_of(document) == document_reference.digests(words).sha256
    told = words.decode()
    assert digest(text_in(told)) == mandate.text_sha256
    assert number_of(mandate.text_sha256) in told
    assert read_code(code_in(told, PREFIX)).mandate_id == mandate.id
    assert code_in(told, PREFIX) == mandate.proof
    checked = verify_attestation(words, _here(service), _known(service), space.clock())
    assert checked.verdict is Verdict.RUNNING


def test_it_stands_in_no_list_and_in_no_search(space: Space, candidate: Any, day: Any) -> None:  # noqa: ANN401
    """The mandate leads to it; what one came for is what is found, counted and first."""
    first = documents.file(space, candidate(), category="DOC_ADM", date=day, title="Lettre")
    mandate = _grant(space)
    _grant(space)
    assert [row.id for row in space.records.documents()] == [first.document_id]
    assert space.records.count_documents() == 1
    assert space.records.categories() == [("DOC_ADM", 1)]
    assert space.records.years() == [(2026, 1)]
    assert space.records.documents(DocumentQuery(text="Mandat")) == []
    assert space.records.documents(DocumentQuery(category="DOC_ADM", year=2026))[0].id == first.document_id
    assert space.records.document(mandate.attestation) is not None
    assert _file(space, mandate)


def test_it_verifies_years_later_whatever_has_changed(
    space: Space,
    service: Any,  # noqa: ANN401
    clock: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another name of the organization, a newer template, a PC that left: the text is still the text."""
    mandate = _grant(space, SigningMode.ON_PAPER)
    words, shown = _file(space, mandate), text_in(_file(space, mandate).decode())
    clock.forward(days=6 * 365)
    left = mandate.end
    space.actor = Actor(
        "adviser-9", "Nadia Roy", ActorRole.ADVISER, "org-1", "Maison France services du Rhin"
    )
    newer = mandate_texts._TEMPLATES | {"mandat-fr-2": "Un autre texte pour {patient}."}
    monkeypatch.setattr(mandate_texts, "_TEMPLATES", newer)
    monkeypatch.setattr(mandate_texts, "CURRENT", "mandat-fr-2")
    monkeypatch.setattr(mandates, "CURRENT", "mandat-fr-2")
    here = _here(service, organization_id="org-1", patient_id=space.patient_id)
    checked = verify_attestation(words, here, _known(service, left=left), clock())
    assert checked.verdict is Verdict.EXPIRED
    assert checked.is_whole
    assert checked.text == shown
    assert "France services de Reims" in checked.text
    stored = space.records.get("Consent", mandate.id)
    assert stored is not None
    assert mandates.verify(stored)


def test_one_edited_letter_is_told(space: Space, service: Any) -> None:  # noqa: ANN401
    """Above the rule, or in the code below it."""
    words = _file(space, _grant(space))
    here, known, now = _here(service), _known(service), space.clock()
    edited = words.replace(b"mes documents", b"mes messages", 1)
    assert edited != words
    assert verify_attestation(edited, here, known, now).verdict is Verdict.EDITED
    with pytest.raises(PaperNotAMandate):
        verify_attestation(words.partition(RULE.encode())[0], here, known, now)
    with pytest.raises(PaperDamaged):
        verify_attestation(words[:-40], here, known, now)


def test_without_an_enrolled_pc_there_is_a_text_and_a_hash_and_no_code(open_space: Any) -> None:  # noqa: ANN401
    """At home nobody vouches: the document says no more than it can prove."""
    space = open_space(sealer=None)
    mandate = _grant(space)
    told = _file(space, mandate).decode()
    assert PREFIX not in told
    assert mandate.text_sha256 in told
    assert mandate.proof == ""


def test_how_it_was_signed_is_said(space: Space) -> None:
    """On the Consent, in the code and in words."""
    mandate = _grant(space, SigningMode.ON_PAPER)
    stored = space.records.get("Consent", mandate.id)
    assert stored is not None
    body = consents.mandate_body(stored)
    assert body is not None
    assert body.signing_mode == "on-paper"
    assert read_code(mandate.proof).signing_mode is SigningMode.ON_PAPER
    assert "signé sur papier" in _file(space, mandate).decode()


def test_a_grant_that_fails_leaves_no_file(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is filed of a mandate that was not given."""

    def full(*_args: Any, **_more: Any) -> None:  # noqa: ANN401
        raise OSError(28, "full")

    before = space.records.files_here()
    with monkeypatch.context() as changed:
        changed.setattr(type(space.sealer), "prepare", full)
        with pytest.raises(OSError, match="full"):
            _grant(space)
    assert space.records.files_here() == before
    assert space.records.all("Consent") == []
    assert list(space.files.folder.glob("*")) == [] if hasattr(space.files, "folder") else True
