"""Who looked at the person's space: AuditEvents in facts that a screen can say, and their report.

Decision: what the service audits and what this PC journals are read by the same function, so that what
was just done is in the list without a network too. One visit of one helper is one line (what lies less
than half an hour apart), for a person asks « who was there? », not « which request was made? ».
What a reading touched is known by ids; titles come from the person's own records.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from app.acts import commit
from app.codes.systems import ACCESS_REPORT, AGENT_ROLE
from app.fhir import codes, items, node, nodes, reference, reference_id, string
from app.fhir.audit_event import DEED
from app.fhir.provenance import assist_mode
from app.ids import mint
from app.mandates import Action, Scope, require
from app.space import AssistMode, DoneCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.fhir import Resource
    from app.space import Space

__all__ = ["Access", "Deed", "Look", "Looker", "ReportReason", "accesses", "may_look", "read", "report"]

_ONE_VISIT = timedelta(minutes=30)
_MOST_REPORTED = 50
_AT_A_DESK = "1"
_DONE, _UNCOVERED = "0", "8"


class Looker(StrEnum):
    """Who looked, as the person tells them apart."""

    ME = "me"
    HELPER = "helper"
    PROFESSIONAL = "professional"
    SERVICE = "service"


class Deed(StrEnum):
    """What was done."""

    OPENED = "opened"
    LOOKED = "looked"
    PRINTED = "printed"
    COPIED = "copied"
    FETCHED = "fetched"
    FILED = "filed"
    CHANGED = "changed"
    REMOVED = "removed"
    MANDATE = "mandate"
    OTHER = "other"


class ReportReason(StrEnum):
    """Why the person reports an access."""

    NOT_KNOWN = "not-known"
    NOT_THERE = "not-there"
    NOT_AGREED = "not-agreed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Access:
    """One access. ``documents`` are ids of DocumentReferences; ``mode`` is empty where nobody helped.

    ``is_done`` is false for what was tried and failed, ``is_covered`` for what no mandate allowed.
    """

    id: str
    moment: datetime
    looker: Looker
    who_id: str
    name: str
    organization: str
    mode: str
    mandate: str | None
    deed: Deed
    documents: tuple[str, ...]
    types: frozenset[str]
    is_done: bool
    is_covered: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What one visitor did in one go, newest access first."""

    accesses: tuple[Access, ...]

    @property
    def key(self) -> str:
        """What tells it from others."""
        return self.accesses[-1].id

    @property
    def last(self) -> Access:
        """The newest access."""
        return self.accesses[0]

    @property
    def start(self) -> datetime:
        """When it began."""
        return self.accesses[-1].moment

    @property
    def is_covered(self) -> bool:
        """Whether a mandate allowed all of it, or none was needed."""
        return all(each.is_covered for each in self.accesses)

    def documents(self, deed: Deed) -> tuple[str, ...]:
        """List the documents that this was done with, each once, oldest first."""
        found = (each for one in reversed(self.accesses) if one.deed is deed for each in one.documents)
        return tuple(dict.fromkeys(found))

    def has(self, deed: Deed) -> bool:
        """Say whether this was done."""
        return any(each.deed is deed for each in self.accesses)


_ROLES = {
    "adviser": Looker.HELPER,
    "carer": Looker.HELPER,
    "legal_representative": Looker.HELPER,
    "pharmacist": Looker.PROFESSIONAL,
    "software": Looker.SERVICE,
    "phone": Looker.ME,
    "citizen": Looker.ME,
    "patient": Looker.ME,
}
_HELPS = frozenset({"adviser", "carer", "legal_representative", "pharmacist"})
_BESIDE = frozenset({"Binary", "List", "Provenance", "AuditEvent", "Media", "Consent", "Patient"})


def may_look(space: Space) -> None:
    """Let the list be seen; raises what ``mandates.require`` raises: it tells of everybody's visits."""
    require(space, Action.VIEW, Scope.ACCOUNT)


def accesses(space: Space, told: Iterable[Resource]) -> list[Look]:
    """Gather what the service told and what was done here, newest first."""
    may_look(space)
    here = (_with_name(each, space) for each in space.records.audited())
    events = {each["id"]: each for each in (*here, *told) if string(each, "id")}
    found = (read(each) for each in events.values())
    newest_first = sorted((each for each in found if each), key=lambda each: each.moment, reverse=True)
    return _gathered(newest_first)


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


def _gathered(newest_first: list[Access]) -> list[Look]:
    open_looks: dict[tuple[str, str, str], list[Access]] = {}
    looks: list[list[Access]] = []
    for each in newest_first:
        key = (each.who_id or each.name, each.mode, each.mandate or "")
        held = open_looks.get(key)
        if held is None or held[-1].moment - each.moment > _ONE_VISIT:
            held = open_looks[key] = []
            looks.append(held)
        held.append(each)
    return [Look(tuple(each)) for each in looks]


def read(event: Resource) -> Access | None:
    """Read an AuditEvent, the service's or this PC's; ``None`` for what tells of nobody or no moment."""
    try:
        moment = datetime.fromisoformat(string(event, "recorded") or "")
    except ValueError:
        return None
    agents = [(agent, role) for agent in nodes(event, "agent") for role in _roles(agent)]
    if moment.tzinfo is None or not agents:
        return None
    helping = next(((agent, role) for agent, role in agents if role in _HELPS), agents[0])
    agent, role = helping
    documents = _documents(event)
    outcome = string(event, "outcome") or _DONE
    return Access(
        id=string(event, "id") or "",
        moment=moment,
        looker=_ROLES.get(role, Looker.SERVICE),
        who_id=string(agent, "who", "reference") or "",
        name=string(agent, "who", "display") or "",
        organization=_organization(event),
        mode=(assist_mode(event) or "") if role in _HELPS else "",
        mandate=_mandate(agent),
        deed=_deed(event, documents),
        documents=documents,
        types=frozenset(_types(event)) - _BESIDE,
        is_done=outcome in {_DONE, _UNCOVERED},
        is_covered=outcome != _UNCOVERED,
    )


def _roles(agent: Resource) -> list[str]:
    return [code for role in nodes(agent, "role") for code in codes(role, AGENT_ROLE)]


def _organization(event: Resource) -> str:
    return next(
        (
            string(agent, "who", "display") or ""
            for agent in nodes(event, "agent")
            if "type" in agent and not nodes(agent, "role")
        ),
        "",
    )


def _mandate(agent: Resource) -> str | None:
    found = (reference_id({"reference": each}, "Consent") for each in items(agent, "policy"))
    return next((each for each in found if each), None)


def _keys(event: Resource) -> list[str]:
    return [string(each, "what", "reference") or "" for each in nodes(event, "entity")]


def _types(event: Resource) -> list[str]:
    return [key.partition("/")[0] for key in _keys(event)]


def _documents(event: Resource) -> tuple[str, ...]:
    found = (reference_id({"reference": key}, "DocumentReference") for key in _keys(event))
    return tuple(each for each in found if each)


def _deed(event: Resource, documents: tuple[str, ...]) -> Deed:
    action = string(event, "action")
    source = string(event, "source", "type", 0, "code")
    if source in {None, _AT_A_DESK} and action in {"R", "E"}:
        return _desk_deed(event, action or "", documents)
    if action == "R":
        return Deed.FETCHED
    if action == "D":
        return Deed.REMOVED
    if action == "C" and documents:
        return Deed.FILED
    if action not in {"C", "U"}:
        return Deed.OTHER
    only_mandate = "Consent" in _types(event) and not set(_types(event)) - _BESIDE
    return Deed.MANDATE if only_mandate else Deed.CHANGED


def _desk_deed(event: Resource, action: str, documents: tuple[str, ...]) -> Deed:
    if action == "R":
        return Deed.OPENED if documents else Deed.LOOKED
    details = [each for entity in nodes(event, "entity") for each in nodes(entity, "detail")]
    said = next((string(each, "valueString") for each in details if each.get("type") == DEED), None)
    return Deed(said) if said in {Deed.PRINTED, Deed.COPIED} else Deed.OTHER


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
