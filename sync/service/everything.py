"""``Patient/id/$everything``: all that the record holds now, and the directory entries it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync.service.compartment import R4_TYPES, SHARED_TYPES
from sync.service.exchange import Answer, Ask, bundle, of_resource
from sync.service.records import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.fhir import Resource
    from sync.service.unit import Unit

__all__ = ["everything"]

_LEFT_OUT = frozenset({"AuditEvent", "Binary"})


def everything(unit: Unit, ask: Ask, patient_id: str) -> Answer:
    """Answer with a searchset, the Patient first. Bytes and the audit are read by their own ways."""
    unit.permit("r", "Patient")
    patient = unit.read("Patient", patient_id)
    wanted = {part for name, value in ask.query if name == "_type" for part in value.split(",")}
    opened = {kind for kind in R4_TYPES - _LEFT_OUT if unit.may_read(kind)}
    helds = [
        held
        for held in unit.records.all_of(
            patient.patient_key, see_hidden=unit.caller.is_system, close=unit.caller.is_close
        )
        if held.type in opened and held.key != patient.key and (not wanted or held.type in wanted)
    ]
    bodies = [patient.resource(), *(held.resource() for held in helds)]
    unit.seen(patient, *helds)
    bodies += _directory(unit, bodies)
    entries = [
        {
            "fullUrl": f"{unit.service.fhir}/{body['resourceType']}/{body['id']}",
            "resource": body,
            "search": {"mode": "match"},
        }
        for body in bodies
    ]
    return of_resource(bundle("searchset", entries, total=len(entries)))


def _directory(unit: Unit, bodies: list[Resource]) -> list[Resource]:
    names = dict.fromkeys(text for body in bodies for text in _references(body))
    found = []
    for name in names:
        kind, _, resource_id = name.rpartition("/")
        if kind in SHARED_TYPES:
            held = unit.records.current(SHARED, kind, resource_id)
            found += [held.resource()] if held and held.body else []
    return found


def _references(value: Any) -> Iterator[str]:  # noqa: ANN401 (any JSON value)
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "reference" and isinstance(each, str):
                yield each
            else:
                yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)
