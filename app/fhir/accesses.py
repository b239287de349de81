"""Who did what in a person's space: AuditEvents in facts that a screen or a paper can say.

Decision: here, beside FHIR, and knowing no space: the screen of the visit and the service's signed list
read the same events by the same rules. One visit of one visitor is one line (what lies less than half an
hour apart), for a person asks « who was there? », not « which request was made? ».
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from app.codes.systems import AGENT_ROLE
from app.fhir import codes, items, nodes, reference_id, string
from app.fhir.audit_event import DEED
from app.fhir.provenance import assist_mode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.fhir import Resource

__all__ = ["Access", "Deed", "Look", "Looker", "ReportReason", "gathered", "read"]

_ONE_VISIT = timedelta(minutes=30)
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
    PREPARED = "prepared"
    LISTED = "listed"
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
_SAID = frozenset({Deed.PRINTED, Deed.COPIED, Deed.PREPARED, Deed.LISTED})
_BESIDE = frozenset({"Binary", "List", "Provenance", "AuditEvent", "Media", "Consent", "Patient"})


def gathered(found: Iterable[Access]) -> list[Look]:
    """Gather accesses into visits, newest first."""
    newest_first = sorted(found, key=lambda each: each.moment, reverse=True)
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
    if action == "E":
        return _executed(event)
    if action == "R" and source in {None, _AT_A_DESK}:
        return Deed.OPENED if documents else Deed.LOOKED
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


def _executed(event: Resource) -> Deed:
    details = [each for entity in nodes(event, "entity") for each in nodes(entity, "detail")]
    said = next((string(each, "valueString") for each in details if each.get("type") == DEED), None)
    return Deed(said) if said in _SAID else Deed.OTHER
