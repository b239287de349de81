"""List as a SubmissionSet (PDSm comprehensive): what was filed together, by whom, from where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.clock import instant
from app.codes.systems import OURS, PDSM, TRE_A00, URI_SYSTEM
from app.fhir import Resource, codeable, codes, nodes, reference, reference_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["LIST_TYPES", "PROFILE", "SOURCE_ID", "document_ids", "is_submission_set", "make"]

PROFILE = f"{PDSM}/pdsm-submissionset-comprehensive"
LIST_TYPES = "https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes"
SOURCE_ID = f"{OURS}/source"
_MHD = "https://profiles.ihe.net/ITI/MHD/StructureDefinition"


def is_submission_set(resource: Resource) -> bool:
    """Say whether a List is a SubmissionSet and not a folder."""
    return resource.get("resourceType") == "List" and "submissionset" in codes(
        resource.get("code"), LIST_TYPES
    )


def document_ids(resource: Resource) -> list[str]:
    """List the documents of the set by the id of their DocumentReference."""
    found = (reference_id(entry.get("item"), "DocumentReference") for entry in nodes(resource, "entry"))
    return [each for each in found if each]


def make(
    set_id: str,
    *,
    patient_id: str,
    organization: tuple[str, str],
    device_id: str,
    documents: Sequence[str],
    moment: datetime,
) -> Resource:
    """Make the set of one deposit, filed from an organization's PC (its id and its name)."""
    urn = f"urn:uuid:{set_id}"
    organization_id, organization_name = organization
    return {
        "resourceType": "List",
        "id": set_id,
        "meta": {"profile": [PROFILE]},
        "contained": [{"resourceType": "Organization", "id": "organization", "name": organization_name}],
        "extension": [
            {
                "url": f"{_MHD}/ihe-designationType",
                "valueCodeableConcept": codeable(TRE_A00, "EXP_PATIENT", "Expression personnelle du patient"),
            },
            {
                "url": f"{_MHD}/ihe-sourceId",
                "valueIdentifier": {"system": URI_SYSTEM, "value": f"{SOURCE_ID}/{device_id}"},
            },
        ],
        "identifier": [
            {"use": "usual", "system": URI_SYSTEM, "value": urn},
            {"use": "official", "system": URI_SYSTEM, "value": urn},
        ],
        "status": "current",
        "mode": "working",
        "code": codeable(LIST_TYPES, "submissionset"),
        "subject": reference("Patient", patient_id),
        "date": instant(moment),
        "source": reference("Patient", patient_id)
        | {
            "extension": [
                {
                    "url": f"{_MHD}/ihe-authorOrg",
                    "valueReference": {"reference": "#organization", "display": organization_name}
                    | {"identifier": {"system": f"{OURS}/organization", "value": organization_id}},
                }
            ]
        },
        "entry": [{"item": reference("DocumentReference", each)} for each in documents],
    }
