"""Readings that a PC tells the service (IHE ITI-20): what was opened, printed or refused there.

The service sees that a PC fetched a person's records; that a document was opened before them, hours later
and without a network, only the PC knows. Decision:

- It is told as an AuditEvent, in time or in a sealed envelope, and is put under its own id: told twice,
  it stands once. What stands is never changed.
- The service writes the event anew from its codes: who helps is who the token (or the PC's signed envelope)
  says, whatever the event claims, and the person is the one whose record it is. Hidden documents are left
  out, a moment to come becomes the present one.
- A reading *for* the person is held against its mandate as it stood at that moment. One that no mandate
  covers is not refused, for it has happened: it is kept with outcome 8 and the reason, and the person
  sees it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from app.clock import instant
from app.fhir import Resource, node, nodes, reference_id, string
from app.fhir.provenance import assist_mode
from sync.service import audit, helpers, hiding, reports
from sync.service.exchange import Answer
from sync.service.refusals import Refused
from sync.service.unit import check_id

if TYPE_CHECKING:
    from sync.service.exchange import Ask
    from sync.service.unit import Unit

__all__ = ["REASON", "put", "record"]

REASON = "mandate-check"
_TOLD = frozenset({"R", "E"})
_OUTCOMES = frozenset({"0", "4", "8", "12"})
_SERIOUS = "8"
_FOR, _WITH = "faire_pour", "faire_avec"


def put(unit: Unit, ask: Ask, event_id: str) -> Answer:
    """``PUT AuditEvent/id`` of a person's token: 201, or 200 where it stands already."""
    made = record(unit, ask.json(), event_id)
    return Answer(201 if made else 200, headers={"location": f"{unit.service.fhir}/AuditEvent/{event_id}"})


def record(unit: Unit, told: Resource, event_id: str) -> bool:
    """Keep a reading; say whether it is new. Raises ``Refused`` for what is no reading of this visit."""
    check_id(event_id)
    if told.get("resourceType") != "AuditEvent" or told.get("id") != event_id:
        raise Refused("id-mismatch", at="id")
    if not unit.caller.allows("r", "AuditEvent"):
        raise Refused("not-allowed", at="AuditEvent")
    key = unit.patient_key()
    if unit.records.current(key, "AuditEvent", event_id):
        return False
    _check_people(unit, told)
    event = _event(unit, told, key)
    hiding.settle(unit.records, audit.keep(unit, unit.records, key, event, event_id=event_id))
    reports.arrived(unit, key, event_id)
    return True


def _check_people(unit: Unit, told: Resource) -> None:
    """Refuse an event of another person, or in another helper's name."""
    for each in nodes(told, "entity"):
        patient = reference_id(each.get("what"), "Patient")
        if patient is not None and patient != unit.caller.patient_id:
            raise Refused("another-person", at="entity.what")
    named = [reference_id(each.get("who"), "Practitioner") for each in nodes(told, "agent")]
    helper = unit.caller.helper
    mine = reference_id({"reference": helper.reference}, "Practitioner") if helper else None
    if any(each not in {None, mine} for each in named) or (helper is not None and mine not in named):
        raise Refused("not-allowed", at="agent.who")


def _event(unit: Unit, told: Resource, key: str) -> Resource:
    action, outcome = str(told.get("action")), str(told.get("outcome"))
    if action not in _TOLD or outcome not in _OUTCOMES:
        raise Refused("element-value", at="action" if action not in _TOLD else "outcome")
    mode = assist_mode(told) or _WITH
    mandate = unit.caller.mandate or _mandate(told)
    if unit.caller.mandate is not None:
        mode = _FOR
    entities = _entities(unit, told, key)
    recorded = _moment(unit, told)
    reason = _uncovered(unit, entities, mode, mandate, recorded) if outcome == "0" else None
    return audit.event(
        unit,
        unit.records,
        key,
        action,
        entities,
        audit.Told(
            recorded,
            _SERIOUS if reason else outcome,
            mode,
            policy=[f"Consent/{mandate}"] if mandate and mode == _FOR else [],
            details={REASON: reason} if reason else _details(told),
        ),
    )


def _mandate(told: Resource) -> str | None:
    for agent in nodes(told, "agent"):
        for each in agent.get("policy") or ():
            found = reference_id({"reference": each}, "Consent")
            if found:
                return found
    return None


def _entities(unit: Unit, told: Resource, key: str) -> list[str]:
    """List what was touched, as "Type/id": nothing that is hidden from the person."""
    found = []
    for each in nodes(told, "entity"):
        kind, _, resource_id = (string(node(each, "what"), "reference") or "").partition("/")
        if not kind or not resource_id or kind == "Patient" or "/" in resource_id:
            continue
        held = unit.records.current(key, kind, resource_id)
        if held is None or not unit.is_hidden(held):
            found.append(f"{kind}/{resource_id}")
    return found


def _moment(unit: Unit, told: Resource) -> str:
    """Return when it happened; a clock that runs ahead does not count."""
    try:
        said = datetime.fromisoformat(string(told, "recorded") or "")
        if said.tzinfo is None:
            raise Refused("element-value", at="recorded")
        return min(instant(said), unit.moment)
    except (ValueError, OverflowError):  # the first hours of year 1 are before any calendar elsewhere
        raise Refused("element-value", at="recorded") from None


def _uncovered(unit: Unit, entities: list[str], mode: str, mandate: str | None, moment: str) -> str | None:
    """Return why no mandate covers a reading for the person; ``None`` where one does, or none is needed."""
    if mode != _FOR:
        return None
    unit.acted = moment
    try:
        helpers.check_seen(unit, mandate, entities)
    except Refused as refused:
        return refused.reason
    finally:
        unit.acted = unit.moment
    return None


def _details(told: Resource) -> dict[str, str]:
    """Take over the codes of a decision (``paper-of-another-person``), never a sentence."""
    pairs = [
        (string(each, "type") or "", string(each, "valueString") or "")
        for entity in nodes(told, "entity")
        for each in nodes(entity, "detail")
    ]
    return {name: value for name, value in pairs if _is_code(name) and _is_code(value)}


def _is_code(text: str) -> bool:
    return 0 < len(text) <= 64 and text.replace("-", "").isalnum() and text.isascii()  # noqa: PLR2004
