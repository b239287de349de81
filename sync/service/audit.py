"""AuditEvent (after IHE BALP) of every access, written in the same transaction as what it tells.

A reading is noted before its answer leaves. The event goes into the citizen's own record, so that
``GET AuditEvent?patient=`` shows them who looked at what; it names ids, never content, and stands in no
feed.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import orjson

from app.codes.systems import AGENT_ROLE, ASSIST_MODE_URL
from app.fhir import Resource, codeable, coding
from app.fhir.provenance import assist_mode
from app.ids import mint
from sync.service.index import index_rows
from sync.service.records import Held, Records

if TYPE_CHECKING:
    from sync.service.unit import Access, Unit

__all__ = ["write"]

_EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_SUBTYPES = {"C": "create", "R": "read", "U": "update", "D": "delete", "E": "operation"}
_MOST_ENTITIES = 100


def write(unit: Unit, records: Records) -> None:
    """Write what this unit of work noted, one event for each citizen and kind of action."""
    noted = sorted(
        (each for each in unit.accesses if not each.entity.startswith("AuditEvent/")),
        key=lambda access: (access.patient_key, access.action),
    )
    for (patient_key, action), group in groupby(
        noted, key=lambda access: (access.patient_key, access.action)
    ):
        _put(records, unit, patient_key, _event(unit, records, patient_key, action, list(group)))
    unit.accesses.clear()


def _put(records: Records, unit: Unit, patient_key: str, event: Resource) -> None:
    event_id = mint()
    meta = {"versionId": "1", "lastUpdated": unit.moment}
    body = {"resourceType": "AuditEvent", "id": event_id, "meta": meta} | event
    text = orjson.dumps(body).decode()
    held = Held(patient_key, "AuditEvent", event_id, 1, unit.moment, hidden=_hidden(records, unit), body=text)
    records.put(held, index_rows(body))


def _hidden(records: Records, unit: Unit) -> bool:
    """Say whether only hidden documents were touched: that is not hinted at either."""
    keys = {(each.patient_key, *each.entity.split("/", 1)) for each in unit.accesses}
    found = [records.current(*key) for key in keys]
    return bool(found) and all(held is not None and held.hidden for held in found)


def _event(unit: Unit, records: Records, patient_key: str, action: str, accesses: list[Access]) -> Resource:
    patient_id = records.patient_of_key(patient_key)
    person = [_entity(f"Patient/{patient_id}", "1")] if patient_id else []
    entities = list(dict.fromkeys(each.entity for each in accesses if each.entity != f"Patient/{patient_id}"))
    event: Resource = {
        "type": coding(_EVENT_TYPE, "rest"),
        "subtype": [coding(_INTERACTION, _SUBTYPES[action])],
        "action": action,
        "recorded": unit.moment,
        "outcome": "0",
        "agent": _agents(unit),
        "source": {"observer": {"display": "Tandem"}},
        "entity": [*person, *(_entity(each, "2") for each in entities[:_MOST_ENTITIES])],
    }
    mode = assist_mode(unit.provenance) if unit.provenance else None
    if mode:
        event["extension"] = [{"url": ASSIST_MODE_URL, "valueCode": mode}]
    if not event["entity"]:
        del event["entity"]
    return event


def _entity(key: str, kind: str) -> Resource:
    return {"what": {"reference": key}, "type": coding(_ENTITY_TYPE, kind)}


def _agents(unit: Unit) -> list[Resource]:
    caller, helper = unit.caller, unit.caller.helper
    who = {"reference": caller.reference} if caller.reference else {"display": caller.login}
    agents: list[Resource] = [
        {"role": [codeable(AGENT_ROLE, caller.role.value)], "who": who, "requestor": helper is None}
    ]
    if helper:
        agent: Resource = {
            "role": [codeable(AGENT_ROLE, "adviser")],
            "who": {"reference": helper.reference},
            "requestor": True,
        }
        policies = (unit.provenance or {}).get("policy") or (
            [f"Consent/{caller.mandate}"] if caller.mandate else None
        )
        if policies:
            agent["policy"] = policies
        agents.append(agent)
    return agents
