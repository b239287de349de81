"""Who looked at the person's space, as it is known here and at the service; and the report of it.

Decision: what the service audits and what this PC journals are read by the same function
(``app.fhir.accesses``), so that what was just done is in the list without a network too. What a reading
touched is known by ids; titles come from the person's own records.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from app.acts import commit
from app.codes.systems import ACCESS_REPORT
from app.fhir import codes, node, nodes, reference, reference_id, string
from app.fhir.accesses import Access, Deed, Look, Looker, ReportReason, gathered, read
from app.ids import mint
from app.mandates import Action, Scope, require
from app.space import AssistMode, DoneCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.fhir import Resource
    from app.space import Space

__all__ = [
    "Access",
    "Deed",
    "Look",
    "Looker",
    "ReportReason",
    "Reported",
    "accesses",
    "may_look",
    "read",
    "report",
    "reported",
]

_MOST_REPORTED = 50


def may_look(space: Space) -> None:
    """Let the list be seen; raises what ``mandates.require`` raises: it tells of everybody's visits."""
    require(space, Action.VIEW, Scope.ACCOUNT)


def accesses(space: Space, told: Iterable[Resource]) -> list[Look]:
    """Gather what the service told and what was done here, newest first."""
    may_look(space)
    here = (_with_name(each, space) for each in space.records.audited())
    events = {each["id"]: each for each in (*here, *told) if string(each, "id")}
    found = (read(each) for each in events.values())
    return gathered(each for each in found if each)


def _with_name(event: Resource, space: Space) -> Resource:
    """Put the helper's name to an event of this visit, which holds ids only."""
    actor = space.actor
    who = {f"Practitioner/{actor.id}": actor.display, f"Organization/{actor.organization_id}": ""}
    agents = [
        each | {"who": node(each, "who") | {"display": who[string(each, "who", "reference") or ""]}}
        if (string(each, "who", "reference") or "") in who
        else each
        for each in nodes(event, "agent")
    ]
    place = {"type": {}, "who": {"display": actor.organization_name}}
    return event | {"agent": [*agents, place]}


@dataclass(frozen=True, slots=True)
class Reported:
    """A report of an access: when it was made, whether the service has it, when the organization saw it."""

    made: datetime
    is_sent: bool
    seen: datetime | None


def reported(space: Space, look: Look) -> Reported | None:
    """Return the last report about any of these accesses, as far as it is known here."""
    ids = {each.id for each in look.accesses}
    found = [
        each
        for each in space.records.all("Communication")
        if any("access-report" in codes(kind, ACCESS_REPORT) for kind in nodes(each, "category"))
        and ids & {reference_id(about, "AuditEvent") for about in nodes(each, "about")}
    ]
    last = max(found, key=lambda each: string(each, "sent") or "", default=None)
    made = _moment(last, "sent") if last else None
    if last is None or made is None:
        return None
    # What the service keeps has a version; what still waits here has none.
    return Reported(made, string(last, "meta", "versionId") is not None, _moment(last, "received"))


def _moment(communication: Resource, name: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(string(communication, name) or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


def report(space: Space, look: Look, reason: ReportReason) -> str:
    """Report an access: a Communication about its events, always the person's own act; returns its id."""
    communication_id = mint()
    body: Resource = {
        "resourceType": "Communication",
        "id": communication_id,
        "status": "completed",
        "category": [{"coding": [{"system": ACCESS_REPORT, "code": "access-report"}]}],
        "subject": reference("Patient", space.patient_id),
        "sender": reference("Patient", space.patient_id),
        "about": [reference("AuditEvent", each.id) for each in look.accesses[:_MOST_REPORTED]],
        "sent": space.clock().isoformat(timespec="seconds"),
        "reasonCode": [{"coding": [{"system": ACCESS_REPORT, "code": reason.value}]}],
    }
    commit(space, [body], mode=AssistMode.WITH)
    space.note(DoneCode.ACCESS_REPORTED)
    return communication_id
