"""The change feed of one citizen (operation ``$changes``): what changed, in the order of the commits.

Decision: of each resource the last version only, in its place; who wants every version asks its history. So
whoever begins anew never meets an old state on the way (an act that waits would be laid on it), is told of
nobody's deleted papers, and a first reading is as long as the record, not as its past.
It is a history Bundle whose ``next`` link is always there and carries an opaque cursor; an empty page means
"up to date". The change number is drawn from the citizen's row inside the writing transaction, so no reader
can see a number and later be shown a smaller one. The epoch names this life of the store: another one means
that it was put back from elsewhere. A cursor carries a mark of the change it stands on as well, so that a
store put back without a word (its files copied, its epoch unchanged) is noticed even when as many changes
have come since: the one under that number is another. And it carries the last change that there was when its
page was read, with its mark: what the page left out for the sake of a newer version is right only as long as
that version is there (found by the simulation, seed 3691).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from sync.service import carers, helpers, masking
from sync.service.dates import is_number
from sync.service.exchange import Answer, Ask, bundle, of_resource
from sync.service.history import entry_of
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.records import Held, Records
    from sync.service.unit import Unit

__all__ = ["EPOCH_SYSTEM", "changes", "check_life", "definition"]

EPOCH_SYSTEM = "https://tandem.example/fhir/epoch"
_COUNT, _MOST = 200, 1000


def changes(unit: Unit, ask: Ask, patient_id: str) -> Answer:
    """``GET Patient/id/$changes?_cursor=…&_count=…``."""
    unit.permit("r", "Patient")
    key = _key(unit, patient_id)
    epoch = unit.service.secrets.epoch
    given = dict(ask.query)
    asked = given.get("_cursor", "")
    after = _after(asked, epoch, unit.records, key)
    count = _count(given.get("_count"))
    versions = unit.records.feed(key, after or 0, count)
    opened = {kind for kind in {each.type for each in versions} if unit.may_read(kind)}
    mine = [each for each in versions if each.type in opened and not helpers.is_outside(unit, each)]
    shown = mine if unit.caller.is_system else [_as_seen(unit, each) for each in mine]
    kept = [each for each in shown if each is not None and not carers.is_others(unit, each)]
    if kept:
        unit.seen(unit.read("Patient", patient_id))
    if after is None:
        asked = _cursor(epoch, 0, 0, unit.records, key)
    following = asked
    if versions:
        following = _cursor(epoch, versions[-1].change, unit.records.last_change(key), unit.records, key)
    address = f"{unit.service.fhir}/Patient/{patient_id}/$changes"
    page = bundle(
        "history",
        [entry_of(unit, each) for each in kept],
        identifier={"system": EPOCH_SYSTEM, "value": epoch},
        timestamp=unit.moment,
        link=[
            {"relation": "self", "url": f"{address}?_cursor={asked}&_count={count}"},
            {"relation": "next", "url": f"{address}?_cursor={following}&_count={count}"},
        ],
    )
    return of_resource(page)


def _key(unit: Unit, patient_id: str) -> str:
    if not unit.caller.is_system:
        if patient_id != unit.caller.patient_id:
            raise Refused("unknown")
        return unit.patient_key()
    key = unit.records.key_of_patient(patient_id)
    if key is None:
        raise Refused("unknown")
    return key


def _as_seen(unit: Unit, held: Held) -> Held | None:
    """Show what became hidden as deleted, and nothing of what always was."""
    if not masking.is_among(held.hidden, close=unit.caller.is_close):
        return held
    if not unit.records.was_visible_before(held, close=unit.caller.is_close):
        return None
    return replace(held, body=None, method="DELETE")


def _cursor(epoch: str, change: int, head: int, records: Records, key: str) -> str:
    marks = _mark(records, key, change), _mark(records, key, head)
    text = f"3:{epoch}:{change}:{marks[0]}:{head}:{marks[1]}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _mark(records: Records, key: str, change: int) -> str:
    """Return what tells one change from another that was given the same number in another life."""
    found = records.at_change(key, change) if change else None
    if found is None:
        return ""
    told = f"{found.type}/{found.id}/{found.version}/{found.updated}/{found.body}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _after(cursor: str, epoch: str, records: Records, key: str) -> int | None:
    """Read a cursor: after which change. One of another epoch starts again: the bundle's tells the reader."""
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        form, found, number, mark, highest, last_mark = text.split(":")
        change, head = int(number), int(highest)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Refused("bad-cursor", at="_cursor") from None
    if form != "3" or not 0 <= change <= head:
        raise Refused("bad-cursor", at="_cursor")
    if found != epoch:
        return None
    if head > records.last_change(key):
        raise Refused("cursor-ahead", at="_cursor")
    if (mark, last_mark) != (_mark(records, key, change), _mark(records, key, head)):
        raise Refused("cursor-ahead", at="_cursor")
    return change


def check_life(unit: Unit, ask: Ask) -> None:
    """Refuse what was made from another life of the records: a version of the same number is another one.

    Who says how far they had read (``Tandem-Cursor``, of the feed) is told to read first. 503, because
    nothing is wrong with what they ask: it is for later.
    """
    told = ask.headers.get("tandem-cursor")
    if not told or unit.caller.patient_key is None:
        return
    try:
        after = _after(told, unit.service.secrets.epoch, unit.records, unit.patient_key())
    except Refused as refused:
        if refused.reason != "cursor-ahead":
            raise
        after = None
    if after is None:
        raise Refused("put-back", seconds=1)


def _count(text: str | None) -> int:
    if text is None:
        return _COUNT
    if not is_number(text) or int(text) == 0:
        raise Refused("bad-parameter", at="_count", name="_count")
    return min(int(text), _MOST)


def definition(base: str) -> Resource:
    """Publish the operation (OperationDefinition)."""
    return {
        "resourceType": "OperationDefinition",
        "id": "Patient-changes",
        "url": "https://tandem.example/fhir/OperationDefinition/Patient-changes",
        "name": "PatientChanges",
        "title": "Changes of one person's record, in commit order",
        "status": "active",
        "kind": "operation",
        "affectsState": False,
        "code": "changes",
        "resource": ["Patient"],
        "system": False,
        "type": False,
        "instance": True,
        "comment": "Entries come in commit order. The link 'next' is always present; its _cursor is what a "
        "reader stores together with the page. An empty page means up to date. Bundle.identifier is the "
        "epoch of the store: when it differs from the reader's, the reader starts again. "
        f"Base: {base}",
        "parameter": [
            {"name": "_cursor", "use": "in", "min": 0, "max": "1", "type": "string"},
            {"name": "_count", "use": "in", "min": 0, "max": "1", "type": "integer"},
            {"name": "return", "use": "out", "min": 1, "max": "1", "type": "Bundle"},
        ],
    }
