"""AuditEvent (after IHE BALP) of every access, written in the same transaction as what it tells.

A reading is noted before its answer leaves. The event goes into the citizen's own record, so that
``GET AuditEvent?patient=`` shows them who looked at what; it names ids, never content, and stands in no
feed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import orjson

from app.codes.systems import AGENT_ROLE, ASSIST_MODE_URL, V3_PARTICIPATION
from app.fhir import Resource, codeable, coding, nodes, string
from app.fhir.audit_event import DEED
from app.fhir.provenance import assist_mode
from app.ids import mint
from sync.service import masking
from sync.service.compartment import SHARED_TYPES
from sync.service.records import EVENT, SHARED, Held, Records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync.service.unit import Access, Unit

__all__ = ["Told", "event", "keep", "may_be_hidden", "write"]

_EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_SUBTYPES = {"C": "create", "R": "read", "U": "update", "D": "delete", "E": "operation"}
_SOURCE = "http://terminology.hl7.org/CodeSystem/security-source-type"
_DESK, _SERVER = "1", "4"
_MOST_ENTITIES = 100


def write(unit: Unit, records: Records) -> None:
    """Write what this unit of work noted, one event for each citizen, kind of action and those it is for.

    What touched many is told in several events of a hundred each: everything that was read is named.

    What is hidden and what is not, found by one search, are two events: one would name the hidden to whom it
    is hidden from. What was noted stays noted: a transaction that is done anew writes it anew.
    """
    noted = sorted(
        (each.patient_key, each.action, _hidden(records, each), place, each.entity)
        for place, each in enumerate(unit.accesses)
        if not each.entity.startswith(f"{EVENT}/")
    )
    for (patient_key, action, hidden), group in groupby(noted, key=lambda each: each[:3]):
        touched = list(dict.fromkeys(each[4] for each in group))
        for start in range(0, len(touched), _MOST_ENTITIES):
            told = event(unit, records, patient_key, action, touched[start : start + _MOST_ENTITIES])
            keep(unit, records, patient_key, told, hidden=hidden)


def keep(
    unit: Unit,
    records: Records,
    patient_key: str,
    event: Resource,
    *,
    event_id: str = "",
    hidden: int = masking.NOBODY,
) -> Held:
    """Store an event in the citizen's own record, under the id given or a new one."""
    event_id = event_id or mint()
    meta = {"versionId": "1", "lastUpdated": unit.moment}
    body = {"resourceType": EVENT, "id": event_id, "meta": meta} | event
    text = orjson.dumps(body).decode()
    held = Held(patient_key, EVENT, event_id, 1, unit.moment, hidden=hidden, body=text)
    return records.put(held, ())


def may_be_hidden(access: Access) -> bool:
    """Say whether what was touched is of a kind that is hidden from some: its label may change meanwhile."""
    return access.entity.partition("/")[0] in masking.MAY_BE_HIDDEN


def _hidden(records: Records, access: Access) -> int:
    """Say from whom what was touched is hidden: an event that names it is hidden from the same."""
    if not may_be_hidden(access):
        return masking.NOBODY
    kind, _, resource_id = access.entity.partition("/")
    held = records.current(access.patient_key, kind, resource_id)
    return held.hidden if held is not None else masking.NOBODY


@dataclass(frozen=True, slots=True)
class Told:
    """What a PC says of a reading, where the service only hears of it (``readings``)."""

    recorded: str
    outcome: str
    mode: str
    policy: Sequence[str] = ()
    details: Mapping[str, str] = field(default_factory=dict)


def event(
    unit: Unit, records: Records, patient_key: str, action: str, entities: list[str], told: Told | None = None
) -> Resource:
    """Make the event of one kind of action on one citizen's record; ``entities`` are "Type/id"."""
    caller = unit.caller
    patient_id = (
        caller.patient_id if patient_key == caller.patient_key else records.patient_of_key(patient_key)
    )
    person = [_entity(f"Patient/{patient_id}", "1")] if patient_id else []
    touched = [each for each in dict.fromkeys(entities) if each != f"Patient/{patient_id}"]
    mode = told.mode if told else _mode(unit)
    made: Resource = {
        "type": coding(_EVENT_TYPE, "rest"),
        "subtype": [coding(_INTERACTION, _SUBTYPES[action])],
        "action": action,
        "recorded": told.recorded if told else unit.moment,
        "outcome": told.outcome if told else "0",
        "agent": _agents(unit, records, told.policy if told else _policy(unit)),
        "source": {"observer": {"display": "Tandem"}, "type": [coding(_SOURCE, _DESK if told else _SERVER)]},
        "entity": [*person, *(_entity(each, "2") for each in touched)],
    }
    if mode:
        made["extension"] = [{"url": ASSIST_MODE_URL, "valueCode": mode}]
    if not made["entity"]:
        del made["entity"]
        return made
    details = told.details if told else _details(unit, action)
    if details:
        made["entity"][-1]["detail"] = [
            {"type": name, "valueString": value} for name, value in details.items()
        ]
    return made


def _details(unit: Unit, action: str) -> Mapping[str, str]:
    """Say what an operation was, where it has a name of its own."""
    return {DEED: unit.deed} if unit.deed and action == "E" else {}


def _mode(unit: Unit) -> str | None:
    """Return how the helper helps: as the act says, else as the token does; nothing where nobody helps."""
    if unit.provenance:
        return assist_mode(unit.provenance)
    if unit.caller.helper is None:
        return None
    return "faire_pour" if unit.caller.mandate else "faire_avec"


def _policy(unit: Unit) -> Sequence[str]:
    named = (unit.provenance or {}).get("policy")
    if isinstance(named, list) and named:
        return named
    return [f"Consent/{unit.caller.mandate}"] if unit.caller.mandate else []


def _entity(key: str, kind: str) -> Resource:
    return {"what": {"reference": key}, "type": coding(_ENTITY_TYPE, kind)}


def _agents(unit: Unit, records: Records, policy: Sequence[str]) -> list[Resource]:
    """Name the person (or the program), the helper with the mandate, and where the helper works."""
    caller, helper = unit.caller, unit.caller.helper
    who = _named(records, caller.reference) if caller.reference else {"display": caller.login}
    agents: list[Resource] = [
        {"role": [codeable(AGENT_ROLE, caller.role.value)], "who": who, "requestor": helper is None}
    ]
    if helper:
        agent: Resource = {
            "role": [codeable(AGENT_ROLE, helper.role)],
            "who": _named(records, helper.reference) | ({"display": helper.name} if helper.name else {}),
            "requestor": True,
        }
        if policy:
            agent["policy"] = list(policy)
        agents.append(agent)
        if helper.organization:
            place = _named(records, helper.organization)
            agents.append({"type": codeable(V3_PARTICIPATION, "CST"), "who": place, "requestor": False})
    return agents


def _named(records: Records, reference: str) -> Resource:
    """Point to a professional or an organization by the name it bears today: it may change."""
    kind, _, resource_id = reference.partition("/")
    held = records.current(SHARED, kind, resource_id) if kind in SHARED_TYPES else None
    body = held.resource() if held is not None and held.body is not None else {}
    name = string(body, "name") or " ".join(_name_parts(next(iter(nodes(body, "name")), {})))
    return {"reference": reference, "display": name} if name else {"reference": reference}


def _name_parts(name: Resource) -> list[str]:
    whole = string(name, "text")
    given = [each for each in name.get("given") or [] if isinstance(each, str)]
    return [whole] if whole else [*given, *filter(None, [string(name, "family")])]
