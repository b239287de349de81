"""Reading a body that another program wrote, however badly."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import fhir
from app.fhir import (
    audit_event,
    bundle,
    consent,
    document_reference,
    operation_outcome,
    patient,
    provenance,
    submission_set,
)

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "resourceType",
                    "id",
                    "name",
                    "given",
                    "family",
                    "use",
                    "identifier",
                    "system",
                    "value",
                    "content",
                    "attachment",
                    "extension",
                    "url",
                    "valueString",
                    "context",
                    "period",
                    "start",
                    "end",
                    "date",
                    "type",
                    "coding",
                    "code",
                    "author",
                    "reference",
                    "contained",
                    "display",
                    "entry",
                    "item",
                    "agent",
                    "who",
                    "provision",
                    "actor",
                    "action",
                    "class",
                    "patient",
                    "organization",
                    "policy",
                    "issue",
                    "birthDate",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)
_BODY = st.dictionaries(
    st.sampled_from(
        [
            "name",
            "identifier",
            "content",
            "context",
            "extension",
            "author",
            "contained",
            "type",
            "category",
            "birthDate",
            "entry",
            "agent",
            "provision",
            "patient",
            "organization",
            "policy",
            "issue",
            "date",
            "securityLabel",
            "link",
            "target",
            "sourceAttachment",
            "masterIdentifier",
            "gender",
            "code",
        ]
    ),
    _JSON,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_BODY)
def test_no_reader_raises_on_a_body_written_badly(body: dict[str, Any]) -> None:
    """A feed may carry anything: readers answer with nothing, never with an exception."""
    for reader in (
        patient.display_name, patient.birth_name, patient.birth_date, patient.birth_place, patient.ins,
        patient.is_protected, patient.read_back, patient.traits,
        document_reference.title_of, document_reference.kind_of, document_reference.day_of,
        document_reference.content_type, document_reference.sha256_of, document_reference.size_of,
        document_reference.binary_id, document_reference.master_identifier, document_reference.identifiers,
        document_reference.author_display, document_reference.is_hidden,
        submission_set.is_submission_set, submission_set.document_ids,
        provenance.assist_mode, provenance.mandate_id, provenance.helper_id, provenance.on_behalf_of,
        provenance.targets,
        consent.is_mandate, consent.mandate_body, consent.signed_text, consent.revoked_at,
        bundle.entries, bundle.resources_of, bundle.statuses, bundle.next_link,
        fhir.resource_key,
    ):  # fmt: skip
        reader(body)
    fhir.codes(body, "urn:some:system")
    bundle.resources_of(body, "Patient")
    for kind in ("OperationOutcome", "Consent", "Bundle"):
        operation_outcome.sentence(body | {"resourceType": kind})
    assert audit_event.AuditAction("R")


def test_a_system_or_a_type_that_is_no_text_is_none_that_is_asked_for() -> None:
    """Even where it cannot be looked up in a set."""
    odd: dict[str, Any] = {"coding": [{"system": {}, "code": "a"}, {"system": "urn:s", "code": "b"}]}
    assert fhir.codes(odd, "urn:s") == ["b"]
    assert fhir.codes(odd) == ["a", "b"]
    kinds = {"entry": [{"resource": {"resourceType": []}}, {"resource": {"resourceType": "Patient"}}]}
    assert bundle.resources_of(kinds, "Patient") == [{"resourceType": "Patient"}]


def test_a_reference_names_its_id_in_every_form() -> None:
    """Relative, absolute and versioned references name the same id; local and URN ones none."""
    for text in ("Patient/a", "https://example.org/fhir/Patient/a", "Patient/a/_history/3"):
        assert fhir.reference_id({"reference": text}) == "a"
        assert fhir.reference_id({"reference": text}, "Patient") == "a"
        assert fhir.reference_id({"reference": text}, "Group") is None
    for text in ("#a", "urn:uuid:a", "a", ""):
        assert fhir.reference_id({"reference": text}) is None


def test_an_empty_string_counts_as_missing() -> None:
    """R4 forbids empty strings; whoever sends one has said nothing."""
    assert fhir.string({"title": ""}, "title") is None
    assert (
        fhir.display_of({"text": "", "coding": [{"display": ""}, {"display": "Ordonnance"}]}) == "Ordonnance"
    )
