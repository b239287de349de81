"""AuditEvent (after IHE BALP) for the journal: who did what to which resource, never its content.

No name, no title, no search term: ids, codes and times only. The mode is an extension, the mandate
the agent's ``policy``, as in the Provenance.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from app.clock import instant
from app.codes.systems import AGENT_ROLE, ASSIST_MODE_URL
from app.fhir import Resource, codeable, coding, reference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["AuditAction", "make"]

_EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ENTITY_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"


class AuditAction(StrEnum):
    """R4 AuditEvent.action."""

    CREATE = "C"
    READ = "R"
    UPDATE = "U"
    DELETE = "D"
    EXECUTE = "E"


_SUBTYPES = {
    AuditAction.CREATE: "create",
    AuditAction.READ: "read",
    AuditAction.UPDATE: "update",
    AuditAction.DELETE: "delete",
    AuditAction.EXECUTE: "operation",
}


def make(
    event_id: str,
    *,
    action: AuditAction,
    entities: Sequence[str],
    patient_id: str,
    helper_id: str,
    helper_role: str,
    organization_id: str,
    mode: str,
    mandate: str | None,
    moment: datetime,
    succeeded: bool = True,
) -> Resource:
    """Make it; ``entities`` are "Type/id"."""
    helper: Resource = {
        "role": [codeable(AGENT_ROLE, helper_role)],
        "who": reference("Practitioner", helper_id),
        "requestor": mode == "faire_pour",
    }
    if mandate:
        helper["policy"] = [f"Consent/{mandate}"]
    person = {
        "role": [codeable(AGENT_ROLE, "patient")],
        "who": reference("Patient", patient_id),
        "requestor": mode != "faire_pour",
    }
    return {
        "resourceType": "AuditEvent",
        "id": event_id,
        "extension": [{"url": ASSIST_MODE_URL, "valueCode": mode}],
        "type": coding(_EVENT_TYPE, "rest"),
        "subtype": [coding(_INTERACTION, _SUBTYPES[action])],
        "action": action.value,
        "recorded": instant(moment),
        "outcome": "0" if succeeded else "4",
        "agent": [helper, person],
        "source": {"observer": reference("Organization", organization_id)},
        "entity": [_person(patient_id), *(_object(each) for each in entities)],
    }


def _person(patient_id: str) -> Resource:
    return {
        "what": reference("Patient", patient_id),
        "type": coding(_ENTITY_TYPE, "1"),
        "role": coding(_ENTITY_ROLE, "1"),
    }


def _object(key: str) -> Resource:
    return {"what": {"reference": key}, "type": coding(_ENTITY_TYPE, "2"), "role": coding(_ENTITY_ROLE, "4")}
