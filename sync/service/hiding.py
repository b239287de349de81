"""What names a document follows it, when it is hidden or shown after that was written.

A document is hidden by a label that may come later than its bytes, its provenance, the set it was sent in
and the events of who looked at it: each of those would still name it to whom it is hidden from. So they are
settled anew in the transaction that changes the label. An event that names what is shown beside what is
hidden is parted: one that stays under its id without the hidden, one that is hidden and names it. Together
they say what the one said.

A set or a provenance whose level changes gets a new version, with nothing else changed: so the feed has a
place at which to tell it as gone to whom it was shown, and as a version newer than that when it comes back.
Its versions before keep the level they had, by which the feed knows who saw it; histories show none of what
is hidden now.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from app.fhir import Resource, nodes, question, string
from app.fhir.document_reference import binary_ids
from app.ids import mint
from sync.service import event_index, masking
from sync.service.index import index_rows
from sync.service.records import EVENT

if TYPE_CHECKING:
    from sync.service.records import Held, Records

__all__ = ["follow", "settle", "stored"]


def stored(records: Records, document: Held, before: int) -> None:
    """Let all that goes with a document be hidden as it is now; ``before``: from whom it was hidden."""
    for binary in binary_ids(document.resource()):
        held = records.current(document.patient_key, "Binary", binary)
        if held is not None and held.hidden != document.hidden:
            hide(records, held, masking.as_its_documents(records, document.patient_key, binary))
    if document.hidden != before:
        follow(records, document.patient_key, document.type, document.id)
        for where in (("List", "item"), ("Provenance", "target"), (question.TYPE, "focus")):
            for held in records.naming(document.patient_key, where, (document.type, document.id)):
                _anew(records, held, document.updated)


def follow(records: Records, patient_key: str, kind: str, resource_id: str) -> None:
    """Settle the events that name a resource from whom it is now hidden, or no longer."""
    event_index.settle(records, patient_key)
    for event in records.naming(patient_key, (EVENT, "entity"), (kind, resource_id)):
        settle(records, event)


def _anew(records: Records, held: Held, moment: str) -> None:
    """Write a version of what names a document, where its level is another now."""
    hidden = masking.hidden_from(records, held.patient_key, held.resource())
    if hidden == held.hidden:
        return
    version = held.version + 1
    body = held.resource()
    body["meta"] = body["meta"] | {"versionId": str(version), "lastUpdated": moment}
    made = replace(_with(held, hidden, body), version=version, updated=moment, method="PUT")
    records.put(made, index_rows(body))
    follow(records, held.patient_key, held.type, held.id)


def hide(records: Records, held: Held, hidden: int) -> None:
    """Hide a resource, with the events that name it, from whom that says."""
    if held.hidden != hidden:
        records.set_hidden(held.patient_key, held.type, held.id, hidden=hidden)
        follow(records, held.patient_key, held.type, held.id)


def settle(records: Records, event: Held) -> None:
    """Hide an event from whom all that it names is hidden; part one that names several sorts."""
    body = event.resource()
    sorts: dict[int, list[Resource]] = {}
    people = []
    for entity in nodes(body, "entity"):
        kind, _, resource_id = (string(entity.get("what") or {}, "reference") or "").partition("/")
        if kind == "Patient":
            people.append(entity)
        else:
            sorts.setdefault(_level(records, event.patient_key, kind, resource_id), []).append(entity)
    if not sorts:
        return
    first = min(sorts, key=_CLOSEDNESS.index)
    if set(sorts) == {first}:
        hide(records, event, first)
        return
    for hidden, entities in sorts.items():
        part = body | {"entity": [*people, *entities]}
        if hidden == first:
            records.reword(_with(event, hidden, part), index_rows(part))
        else:
            part["id"] = mint()
            records.put(replace(_with(event, hidden, part), id=part["id"]), ())


_CLOSEDNESS = (masking.NOBODY, masking.CLOSE_ONES, masking.EVERYBODY)


def _with(event: Held, hidden: int, body: Resource) -> Held:
    return replace(event, hidden=hidden, body=orjson.dumps(body).decode())


def _level(records: Records, patient_key: str, kind: str, resource_id: str) -> int:
    held = records.current(patient_key, kind, resource_id) if kind in masking.MAY_BE_HIDDEN else None
    return held.hidden if held is not None else masking.NOBODY
