"""FHIR bodies, patches, and answers of a service."""

from __future__ import annotations

import base64
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from app import identity_check
from app.fhir import (
    allergy_intolerance,
    bundle,
    consent,
    document_reference,
    immunization,
    operation_outcome,
    patient,
    provenance,
    related_person,
    submission_set,
)
from app.fhir.compartment import patient_references, related_references
from sync import failures
from sync.service import compartment, exchange, index, patch, validation

if TYPE_CHECKING:
    from collections.abc import Callable


from tests.fuzz.ground import MOMENT, Ground, whole

__all__ = [
    "READERS",
    "answered",
    "patch_seeds",
    "patched",
    "read_resource",
    "received",
    "resource_seeds",
    "resources",
]


@cache
def resources() -> list[Any]:
    """Return bodies that the program makes itself, and some that others write."""
    person = {
        "resourceType": "Patient",
        "id": "a",
        "active": True,
        "gender": "female",
        "birthDate": "1952-08-14",
        "identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.10", "value": "252087599999933"}],
        "name": [{"use": "official", "family": "DURAND", "given": ["JEANNE", "MARIE"]}],
        "contact": [
            {
                "relationship": [{"coding": [{"system": "s", "code": "ECON"}]}],
                "name": {"family": "MARTIN"},
                "telecom": [{"system": "phone", "value": "0102030405"}],
            }
        ],
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
                "valueAddress": {
                    "city": "Reims",
                    "extension": [{"url": "u", "valueCoding": {"code": "51454"}}],
                },
            }
        ],
    }
    document = {
        "resourceType": "DocumentReference",
        "id": "b",
        "status": "current",
        "date": "2026-11-22T10:00:00Z",
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:x"},
        "contained": [{"resourceType": "Practitioner", "id": "p", "name": [{"family": "LEFÈVRE"}]}],
        "author": [{"reference": "#p"}],
        "subject": {"reference": "Patient/a"},
        "securityLabel": [{"coding": [{"code": "N"}]}],
        "type": {"coding": [{"system": "http://loinc.org", "code": "11502-2"}]},
        "category": [{"coding": [{"code": "10"}]}],
        "content": [
            {
                "attachment": {
                    "contentType": "application/pdf",
                    "url": "Binary/c",
                    "title": "T",
                    "size": 3,
                    "hash": "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
                    "creation": "2026-11-22",
                }
            }
        ],
        "context": {"period": {"start": "2026-11-22"}},
    }
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "91936005", "display": "Pénicilline"}]}
    shot = {
        "resourceType": "Immunization",
        "id": "v",
        "status": "completed",
        "vaccineCode": code,
        "lotNumber": "L1",
        "patient": {"reference": "Patient/a"},
        "occurrenceDateTime": "2025-01",
        "expirationDate": "2027-01-01",
        "performer": [{"actor": {"display": "Dr A"}}],
        "note": [{"text": "x"}],
    }
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "g",
        "code": code,
        "patient": {"reference": "Patient/a"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "reaction": [{"manifestation": [code], "severity": "mild"}],
        "onsetDateTime": "1990",
        "note": [{"text": "x"}],
    }
    relative = {
        "resourceType": "RelatedPerson",
        "id": "r",
        "patient": {"reference": "Patient/a"},
        "active": True,
        "name": [{"family": "M", "given": ["P"]}],
        "relationship": [code],
        "period": {"end": "2026-01-01"},
        "telecom": [{"system": "phone", "value": "01"}],
    }
    mandate = {
        "resourceType": "Consent",
        "id": "m",
        "status": "active",
        "patient": {"reference": "Patient/a"},
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [code],
        "dateTime": "2026-11-22T10:00:00Z",
        "sourceAttachment": {
            "contentType": "text/plain",
            "data": base64.b64encode(b"texte").decode(),
            "hash": "AAAA",
        },
        "policy": [{"uri": "urn:x"}],
        "provision": {
            "period": {"start": "2026-11-22T10:00:00Z", "end": "2026-12-22T10:00:00Z"},
            "actor": [{"role": code, "reference": {"reference": "Practitioner/p"}}],
            "class": [{"code": "documents"}],
            "action": [code],
        },
    }
    origin = {
        "resourceType": "Provenance",
        "id": "o",
        "recorded": "2026-11-22T10:00:00Z",
        "target": [{"reference": "DocumentReference/b"}],
        "policy": ["urn:uuid:m"],
        "agent": [{"who": {"reference": "Practitioner/p"}, "onBehalfOf": {"reference": "Patient/a"}}],
    }
    sent = {
        "resourceType": "List",
        "id": "l",
        "status": "current",
        "mode": "working",
        "date": "2026-11-22T10:00:00Z",
        "code": {"coding": [{"code": "submissionset"}]},
        "entry": [{"item": {"reference": "DocumentReference/b"}}],
    }
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "error",
                "code": "invalid",
                "expression": ["a"],
                "details": {"text": "x", "coding": [{"code": "c"}]},
            }
        ],
    }
    page = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "next", "url": "x"}],
        "entry": [{"resource": person, "response": {"status": "201 Created"}}, {"resource": document}],
    }
    return [person, document, shot, allergy, relative, mandate, origin, sent, outcome, page]


def resource_seeds() -> list[bytes]:
    """Return them written."""
    return [whole(each) for each in resources()]


READERS: tuple[Callable[[Any], object], ...] = (
    allergy_intolerance.read,
    immunization.read,
    patient.read_back,
    patient.display_name,
    patient.birth_name,
    patient.birth_date,
    patient.birth_place,
    patient.ins,
    patient.traits,
    patient.is_protected,
    lambda body: patient.is_minor(body, date(2026, 11, 22)),
    lambda body: patient.age_on(body, date(2026, 11, 22)),
    lambda body: related_person.read(body, date(2026, 11, 22)),
    related_person.of_patient,
    document_reference.title_of,
    document_reference.kind_of,
    document_reference.day_of,
    document_reference.content_type,
    document_reference.sha256_of,
    document_reference.size_of,
    document_reference.binary_id,
    document_reference.master_identifier,
    document_reference.identifiers,
    document_reference.author_display,
    document_reference.is_hidden,
    consent.is_mandate,
    consent.mandate_body,
    consent.signed_text,
    consent.revoked_at,
    lambda body: consent.running_at(body, MOMENT),
    provenance.assist_mode,
    provenance.mandate_id,
    provenance.helper_id,
    provenance.on_behalf_of,
    provenance.targets,
    submission_set.is_submission_set,
    submission_set.document_ids,
    operation_outcome.issues,
    operation_outcome.sentence,
    operation_outcome.is_error,
    bundle.entries,
    bundle.resources_of,
    bundle.statuses,
    bundle.next_link,
    lambda body: identity_check.check(body, text="Mme Jeanne MARTIN, née le 14/08/1952"),
)


def read_resource(data: bytes, _ground: Ground) -> None:
    """Have every reader read a body: none may raise, whatever the body says it is."""
    body = orjson.loads(data)
    if isinstance(body, dict):
        for read in READERS:
            read(body)


def received(data: bytes, _ground: Ground) -> None:
    """Take a body as the service does: parsed, checked, then indexed."""
    body = exchange.parsed(data)
    validation.check(body)
    index.index_rows(body)
    list(related_references(body))
    patient_references(body)
    compartment.national_identifier(body)


def patch_seeds() -> list[bytes]:
    """Return patches of both kinds."""
    operations = [
        {"op": "test", "path": "/status", "value": "current"},
        {"op": "replace", "path": "/status", "value": "superseded"},
        {"op": "add", "path": "/securityLabel/-", "value": {"coding": [{"code": "V"}]}},
        {"op": "remove", "path": "/date"},
        {"op": "copy", "from": "/content", "path": "/x"},
        {"op": "move", "from": "/type", "path": "/y~1z"},
    ]
    part = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "DocumentReference.status"},
        {"name": "value", "valueCode": "superseded"},
    ]
    return [
        whole(operations),
        whole({"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]}),
    ]


def patched(data: bytes, _ground: Ground) -> None:
    """Apply a patch to a document."""
    made = patch.apply(resources()[1], data, exchange.PATCH_JSON)
    assert len(orjson.dumps(made)) < 4_000_000


def answered(data: bytes, _ground: Ground) -> None:
    """Hear an answer of the service as the desktop does."""
    for status in (200, 400, 401, 404, 409, 422, 429, 503):
        failures.failure_of(
            status, {"retry-after": data[:40].decode("latin-1"), "content-type": "application/json"}, data
        )
    failures.json_object(data, 200)
