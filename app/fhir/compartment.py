"""The Patient compartment (R4, CompartmentDefinition/patient): what is a person's, and how to ask for it.

Decision: what decides is the element that names whom a resource is *about* (subject, patient…); only where
there is none do the others count (a target, a participant). An Observation about somebody else that this
person merely performed is not theirs to have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir import Resource, nodes, string

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ASKED_BY", "asked_of", "deciding_patients", "patient_references", "related_references"]

_PATIENT, _BOTH = ("patient",), ("patient", "subject")
ASKED_BY: dict[str, tuple[str, ...]] = {
    "Patient": ("_id",),
    "RelatedPerson": _PATIENT,
    "Consent": _PATIENT,
    "DocumentReference": _BOTH,
    "List": _BOTH,
    "Provenance": _PATIENT,
    "AllergyIntolerance": _PATIENT,
    "Immunization": _PATIENT,
    "Condition": _BOTH,
    "MedicationRequest": _BOTH,
    "MedicationStatement": _BOTH,
    "Observation": _BOTH,
    "Procedure": _BOTH,
    "DiagnosticReport": _BOTH,
    "Encounter": _BOTH,
    "Appointment": ("patient", "actor"),
    "CarePlan": _BOTH,
    "Communication": _BOTH,
    "Coverage": ("patient", "beneficiary"),
    "ExplanationOfBenefit": _PATIENT,
    "FamilyMemberHistory": _PATIENT,
    "Flag": _BOTH,
    "ServiceRequest": _BOTH,
}
"""What the program keeps of a person, and the search parameters that find it, the best one first."""

_OWN = ("subject", "patient", "beneficiary", "for", "individual", "securityContext")
_THROUGH = {
    "Appointment": (("participant", "actor"),),
    "AppointmentResponse": (("actor",),),
    "AuditEvent": (("entity", "what"), ("agent", "who")),
    "Provenance": (("target",),),
    "Schedule": (("actor",),),
    "Group": (("member", "entity"),),
    "Person": (("link", "target"),),
    "Composition": (("subject",),),
    "Communication": (("sender",), ("recipient",)),
}


def asked_of(parameter: str, patient_id: str) -> dict[str, str]:
    """Return the search parameter that asks for a person's resources."""
    by_id = parameter in {"_id", "patient"}
    return {parameter: patient_id if by_id else f"Patient/{patient_id}"}


def related_references(resource: Resource) -> Iterator[str]:
    """Yield the references that decide the compartment, the Patient's first."""
    for name in _OWN:
        yield from _references(resource, (name,))
    for path in _THROUGH.get(str(resource.get("resourceType")), ()):
        yield from _references(resource, path)


def deciding_patients(resource: Resource) -> list[str]:
    """List the references to a Patient that decide whose a resource is; empty where none is named."""
    about = [text for name in _OWN for text in _references(resource, (name,)) if _is_patient(text)]
    return about or patient_references(resource)


def patient_references(resource: Resource) -> list[str]:
    """List those of them that name a Patient."""
    return [text for text in related_references(resource) if _is_patient(text)]


def _is_patient(reference: str) -> bool:
    return "Patient" in reference.split("/")[-2:-1]


def _references(resource: Resource, path: tuple[str, ...]) -> Iterator[str]:
    found = [resource]
    for step in path:
        found = [each for parent in found for each in _children(parent, step)]
    for each in found:
        text = string(each, "reference")
        if text and not text.startswith(("#", "urn:")):
            yield text.partition("/_history/")[0]


def _children(parent: Resource, step: str) -> list[Resource]:
    value = parent.get(step)
    return [value] if isinstance(value, dict) else nodes(parent, step)
