"""What an envelope would change and somebody else had changed first: kept, for the person to choose.

Decision: nothing of such an act is filed. It is kept whole as a Task in the person's own record, by the
service itself and under the act's own id, so that it stands once however often the envelope comes. It is
hidden from whom its document is hidden, or would be (``masking``). The PC hears "asked" and lets the envelope
go: the next session of the person finds the question in its feed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.clock import instant
from app.fhir import Resource, node, nodes, question, string
from sync.service import audit
from sync.service.caller import SERVICE_CALLER
from sync.service.storage import EVERYONE, transact
from sync.service.unit import Unit

if TYPE_CHECKING:
    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = ["ask"]

_IF_MATCH = re.compile(r'W/"([0-9]{1,12})"')


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
    asked = question.Question(op_id, resources, versions, node(operation, "bases"))
    task = question.make(asked, patient_id, next(iter(versions)), instant(service.clock()))

    def keep(sql: Connection) -> bool:
        unit = Unit.begin(service, sql, SERVICE_CALLER)
        there = unit.find(question.TYPE, op_id)
        if there is not None:
            return there.body is not None and question.about(there.resource()) == next(iter(versions))
        unit.create(task, op_id)
        audit.write(unit, unit.records)
        return True

    return transact(service.store, EVERYONE, keep)
