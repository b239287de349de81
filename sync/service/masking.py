"""What is never shown, counted or hinted at, and to whom.

``EVERYBODY``: documents marked INVISIBLE_PATIENT, which the citizen does not see.
``CLOSE_ONES``: documents marked INVISIBLE_REPRESENTANTS_LEGAUX. The citizen sees them; whoever acts for
them at home (a legal representative, a carer) does not: what an adolescent keeps secret never reaches a
parent's device.

What goes with such a document is hidden with it: its Binary, the Provenance of its deposit, a set or
folder that holds nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir import Resource, codes, nodes, question, reference_id, string
from app.fhir.document_reference import binary_ids

if TYPE_CHECKING:
    from sync.service.records import Records

__all__ = [
    "CLOSE_ONES", "EVERYBODY", "MAY_BE_HIDDEN", "NOBODY", "as_its_documents", "hidden_from", "is_among",
    "level_of",
]  # fmt: skip

NOBODY, EVERYBODY, CLOSE_ONES = 0, 1, 2
MAY_BE_HIDDEN = frozenset({"DocumentReference", "Binary", "List", "Provenance", question.TYPE})
_LABELS = {"INVISIBLE_PATIENT": EVERYBODY, "INVISIBLE_REPRESENTANTS_LEGAUX": CLOSE_ONES}


def is_among(hidden: int, *, close: bool) -> bool:
    """Say whether what is hidden so is hidden from a person's own program, or from one close to them."""
    return hidden == EVERYBODY or (close and hidden == CLOSE_ONES)


def level_of(document: Resource) -> int:
    """Say from whom a document's own labels hide it."""
    said = {code for label in nodes(document, "securityLabel") for code in codes(label)}
    return min((level for name, level in _LABELS.items() if name in said), default=NOBODY)


def hidden_from(records: Records, patient_key: str, resource: Resource, before: int = NOBODY) -> int:
    """Say from whom a resource being stored is hidden.

    ``before``: from whom its last version was. A Binary says nothing itself: it stays as its document has it.
    """
    kind = resource.get("resourceType")
    if kind == "Binary":
        return before or as_its_documents(records, patient_key, str(resource.get("id")))
    if kind == "DocumentReference":
        return level_of(resource)
    if kind == "List":
        return _all_hidden(records, patient_key, [each.get("item") for each in nodes(resource, "entry")])
    if kind == question.TYPE:
        return _of_a_question(records, patient_key, resource)
    if kind == "Provenance":
        return _all_hidden(records, patient_key, list(nodes(resource, "target")))
    return NOBODY


def as_its_documents(records: Records, patient_key: str, binary: str) -> int:
    """Say from whom the documents that name these bytes are hidden; one that is shown opens nothing."""
    found = (each for each in records.hidden_documents(patient_key) if binary in binary_ids(each.resource()))
    return min((each.hidden for each in found), default=NOBODY)


def _of_a_question(records: Records, patient_key: str, task: Resource) -> int:
    """Hide a question from whom its document is hidden, or would be: it holds what somebody wanted."""
    asked = question.read(task)
    wanted = [level_of(each) for each in asked.resources] if asked else []
    found = {_hidden_of(records, patient_key, task.get("focus")), *wanted}
    return next((level for level in (EVERYBODY, CLOSE_ONES) if level in found), NOBODY)


def _all_hidden(records: Records, patient_key: str, references: list[object]) -> int:
    documents = [each for each in references if reference_id(each, "DocumentReference")]
    if not documents:
        return NOBODY
    found = {_hidden_of(records, patient_key, each) for each in documents}
    if NOBODY in found:
        return NOBODY
    return max(found)


def _hidden_of(records: Records, patient_key: str, reference: object) -> int:
    resource_id = reference_id(reference, "DocumentReference")
    held = records.current(patient_key, "DocumentReference", resource_id or string(reference, "id") or "")
    return held.hidden if held is not None else NOBODY
