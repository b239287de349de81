"""What an envelope would change and somebody else had changed first: kept, for the person to choose.

Decision: nothing of such an act is filed. It is kept whole as a Task in the person's own record, by the
service itself and under the act's own id, so that it stands once however often the envelope comes. It is
hidden from whom its document is hidden, or would be (``masking``). The PC hears "asked" and lets the envelope
go: the next session of the person finds the question in its feed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.fhir import Resource, node, nodes, question, string
from sync.service import audit
from sync.service.caller import SERVICE_CALLER
from sync.service.storage import EVERYONE, transact
from sync.service.unit import Unit

if TYPE_CHECKING:
    from sync.service.records import Held
    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = ["ask", "is_kept", "is_of_another_life"]

_IF_MATCH = re.compile(r'W/"([0-9]{1,12})"')


def is_kept(unit: Unit, op_id: str) -> bool:
    """Say whether this very act is a question already, open or answered: then it is not filed itself."""
    key = unit.patient_key()
    unit.records.hold(key)  # no question is kept between this look and the filing
    there = unit.records.current(key, question.TYPE, op_id)  # whoever it is hidden from
    return there is not None and there.body is not None and question.about(there.resource()) is not None


def is_of_another_life(base: Resource, held: Held) -> bool:
    """Say whether what a change was made from is another version that bears the number of the one here.

    So it is where the service was put back from a copy after the envelope was sealed, and went on counting
    from there. ``base`` is as the feed told it; an empty one tells nothing.
    """
    told = string(base, "meta", "lastUpdated")
    same_number = string(base, "meta", "versionId") == str(held.version)
    return same_number and told is not None and told != held.updated


def ask(service: Service, operation: Resource, bundle: Resource) -> bool:
    """Keep an act that was refused as stale; say whether it could be: it must change what it names."""
    versions = {
        key: stale[1]
        for each in nodes(bundle, "entry")
        if (key := string(each, "request", "url"))
        and (stale := _IF_MATCH.fullmatch(string(each, "request", "ifMatch") or ""))
    }
    resources = tuple(
        {"id": (string(each, "fullUrl") or "").removeprefix("urn:uuid:")} | node(each, "resource")
        for each in nodes(bundle, "entry")
    )
    op_id, patient_id = string(operation, "op_id"), string(operation, "patient")
    if not versions or not op_id or not patient_id or operation.get("document"):
        return False
    bases = node(operation, "bases")

    def keep(sql: Connection) -> bool:
        unit = Unit.begin(service, sql, SERVICE_CALLER)
        there = unit.find(question.TYPE, op_id)
        if there is not None:
            return there.body is not None and question.about(there.resource()) == next(iter(versions))
        stands_on = {key: _version(unit, key, bases) or version for key, version in versions.items()}
        asked = question.Question(op_id, resources, stands_on, bases)
        unit.create(question.make(asked, patient_id, next(iter(versions)), unit.moment), op_id)
        audit.write(unit, unit.records)
        return True

    return transact(service.store, EVERYONE, keep)


def _version(unit: Unit, key: str, bases: Resource) -> str | None:
    """Return the number that says "of another life"; ``None`` where the one that was sealed holds."""
    held = unit.find(*key.split("/", 1))
    return "0" if held is not None and is_of_another_life(node(bases, key), held) else None
