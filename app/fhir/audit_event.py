"""AuditEvent (after IHE BALP) for the journals: who did what to which resource, never its content.

No name, no title, no search term: ids, codes and times only. The mode is an extension, the mandate
the agent's ``policy``, as in the Provenance. In the PC's own journal, which outlives the visit, the
patient is a pseudonym and the resources are only named by their types.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from app.clock import instant
from app.codes.systems import AGENT_ROLE, ASSIST_MODE_URL, PSEUDONYM
from app.fhir import Resource, codeable, coding, reference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["DEED", "AuditAction", "make", "make_pseudonymous"]

_EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ENTITY_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"


DEED = "deed"
"""The detail that says what an ``EXECUTE`` was: printed, copied."""


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
    detail: tuple[str, str] | None = None,
) -> Resource:
    """Make it; ``entities`` are "Type/id", ``detail`` a name and a code that say more of the last of them."""
    patient = reference("Patient", patient_id)
    made = _event(
        event_id,
        action,
        instant(moment),
        "0" if succeeded else "4",
        agents=_agents(patient, helper_id, helper_role, mode, mandate),
        mode=mode,
        organization_id=organization_id,
        entities=[_person(patient), *(_object({"reference": each}) for each in entities)],
    )
    if detail is not None:
        made["entity"][-1]["detail"] = [{"type": detail[0], "valueString": detail[1]}]
    return made


def make_pseudonymous(
    event_id: str,
    *,
    action: AuditAction,
    outcome: str,
    types: Sequence[str],
    operation: str | None,
    pseudonym: str,
    helper_id: str,
    helper_role: str,
    organization_id: str,
    mode: str,
    mandate: str | None,
    recorded: str,
) -> Resource:
    """Make the PC's own: the ``operation`` is the act's Provenance, the resources have types only."""
    patient = {"type": "Patient", "identifier": {"system": PSEUDONYM, "value": pseudonym}}
    act = [_object(reference("Provenance", operation))] if operation else []
    return _event(
        event_id,
        action,
        recorded,
        outcome,
        agents=_agents(patient, helper_id, helper_role, mode, mandate),
        mode=mode,
        organization_id=organization_id,
        entities=[_person(patient), *act, *(_object({"type": each}) for each in types)],
    )


def _event(
    event_id: str,
    action: AuditAction,
    recorded: str,
    outcome: str,
    *,
    agents: list[Resource],
    mode: str,
    organization_id: str,
    entities: list[Resource],
) -> Resource:
    return {
        "resourceType": "AuditEvent",
        "id": event_id,
        "extension": [{"url": ASSIST_MODE_URL, "valueCode": mode}],
        "type": coding(_EVENT_TYPE, "rest"),
        "subtype": [coding(_INTERACTION, _SUBTYPES[action])],
        "action": action.value,
        "recorded": recorded,
        "outcome": outcome,
        "agent": agents,
        "source": {"observer": _observer(organization_id)},
        "entity": entities,
    }


def _observer(organization_id: str) -> Resource:
    """Name whose PC it was; at home it is nobody's but the person's."""
    return reference("Organization", organization_id) if organization_id else {"display": "Tandem"}


def _agents(
    patient: Resource, helper_id: str, helper_role: str, mode: str, mandate: str | None
) -> list[Resource]:
    if helper_role == "citizen":
        return [{"role": [codeable(AGENT_ROLE, "patient")], "who": patient, "requestor": True}]
    is_close = helper_role in {"carer", "legal_representative"}
    helper: Resource = {
        "role": [codeable(AGENT_ROLE, helper_role)],
        "who": reference("RelatedPerson" if is_close else "Practitioner", helper_id),
        "requestor": mode == "faire_pour",
    }
    if mandate:
        helper["policy"] = [f"Consent/{mandate}"]
    person = {
        "role": [codeable(AGENT_ROLE, "patient")],
        "who": patient,
        "requestor": mode != "faire_pour",
    }
    return [helper, person]


def _person(patient: Resource) -> Resource:
    return {"what": patient, "type": coding(_ENTITY_TYPE, "1"), "role": coding(_ENTITY_ROLE, "1")}


def _object(what: Resource) -> Resource:
    return {"what": what, "type": coding(_ENTITY_TYPE, "2"), "role": coding(_ENTITY_ROLE, "4")}
