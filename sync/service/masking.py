"""What is never shown, counted or hinted at to the citizen: documents marked INVISIBLE_PATIENT.

What goes with such a document is hidden with it: its Binary, the Provenance of its deposit, a set or
folder that holds nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir import Resource, codes, nodes, reference_id, string
from app.fhir.document_reference import binary_id

if TYPE_CHECKING:
    from sync.service.records import Records

__all__ = ["is_hidden"]

_LABEL = "INVISIBLE_PATIENT"


def is_hidden(records: Records, patient_key: str, resource: Resource) -> bool:
    """Say whether a resource being stored is hidden from its citizen, and hide a document's Binary."""
    kind = resource.get("resourceType")
    if kind == "DocumentReference":
        hidden = any(_LABEL in codes(label) for label in nodes(resource, "securityLabel"))
        binary = binary_id(resource)
        if binary:
            records.set_hidden(patient_key, "Binary", binary, hidden=hidden)
        return hidden
    if kind == "List":
        return _all_hidden(records, patient_key, [each.get("item") for each in nodes(resource, "entry")])
    if kind == "Provenance":
        return _all_hidden(records, patient_key, list(nodes(resource, "target")))
    return False


def _all_hidden(records: Records, patient_key: str, references: list[object]) -> bool:
    documents = [each for each in references if reference_id(each, "DocumentReference")]
    if not documents:
        return False
    return all(_points_to_hidden(records, patient_key, each) for each in documents)


def _points_to_hidden(records: Records, patient_key: str, reference: object) -> bool:
    resource_id = reference_id(reference, "DocumentReference")
    held = records.current(patient_key, "DocumentReference", resource_id or string(reference, "id") or "")
    return held is not None and held.hidden
