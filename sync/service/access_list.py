"""The signed list of who looked: ``GET AuditEvent/$signed-list``, a PDF of the person's own accesses.

Decision: the service makes it and signs it, because only the service holds the whole audit: what a PC lists
ends with what it fetched, and a helper's PC would vouch for itself. It is the person's own list: the same
right as reading ``AuditEvent`` (ITI-81), so a mandate that does not name the account is refused, and what is
hidden from the person (or from someone close) is not in it either. Asking is audited like every access,
before the answer leaves, so it stands in the next list.

It names people and organizations, moments and kinds of deeds, never a document: it is made to be shown to
those to whom one complains. The events behind it are bound to it by a Merkle root over their stored bytes,
oldest first (RFC 9162 §2.1.1): whoever reads the events by ITI-81 later can prove that these are they.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.clock import instant
from app.fhir import string
from app.fhir.accesses import Access, Deed, Look, ReportReason, gathered, read
from app.vault import merkle
from sync.service import access_paper, audit, helpers, reports, signing
from sync.service.access_words import PAPER
from sync.service.accounts import count_try
from sync.service.exchange import Answer
from sync.service.records import Records, shown
from sync.service.refusals import Refused
from sync.service.storage import transact
from sync.service.tongues import tongue
from sync.service.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.fhir import Resource
    from sync.service.exchange import Ask
    from sync.service.service import Service

__all__ = ["MOST_LOOKS", "PATH", "Facts", "Reported", "make"]

PATH = ("AuditEvent", "$signed-list")

MOST_LOOKS = 2_000
"""So many visits are written at the most, the newest; the paper says where it was cut."""

_PERIOD = timedelta(days=366)
_LONGEST = timedelta(days=3660)
_ZONE = "Europe/Paris"
_TRIES, _WINDOW = 20, 3600


@dataclass(frozen=True, slots=True)
class Reported:
    """A report of the person's, as the list shows it."""

    moment: datetime
    reason: ReportReason
    seen: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the paper says. ``asked`` is the access that made it, ``count`` counts all of the period."""

    patient: Resource
    asked: Access
    start: datetime
    end: datetime
    zone: ZoneInfo
    looks: tuple[Look, ...]
    count: int
    reports: tuple[Reported, ...]
    root: str
    key: str
    is_cut: bool


def make(service: Service, ask: Ask) -> Answer:
    """Make the list, signed; ``start`` and ``end`` (days or instants), ``language``, ``zone`` may be asked.

    Nothing of the store is held while it is drawn and signed: that takes seconds where a year was busy.
    """
    if ask.caller.patient_key is None:
        raise Refused("not-allowed")
    count_try(service, f"access-list:{ask.caller.patient_key}", _TRIES, _WINDOW)
    told = dict(ask.query)
    with service.store.read(of=ask.caller.scope) as sql:
        unit = Unit.begin(service, sql, ask.caller)
        facts = _allowed(unit, told)
    spoken = tongue("", told.get("language", ""))
    data = signing.sign_pdf(service, access_paper.draw(facts, spoken), spoken.say(PAPER["what"]))
    transact(service.store, ask.caller.scope, lambda sql: audit.write(unit, Records(sql)))
    return Answer(200, data, {"content-type": "application/pdf"})


def _allowed(unit: Unit, told: dict[str, str]) -> Facts:
    unit.permit("r", "AuditEvent")
    helpers.check_reading(unit, "AuditEvent")
    held = unit.read("Patient", unit.caller.patient_id or "")
    unit.deed = Deed.LISTED
    unit.note("E", held)
    zone = _zone(told.get("zone", _ZONE))
    return _facts(unit, held.resource(), _period(unit, told, zone), zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused("bad-parameter", name="zone") from None


def _period(unit: Unit, told: dict[str, str], zone: ZoneInfo) -> tuple[datetime, datetime]:
    end = _moment(told, "end", zone) or datetime.fromisoformat(unit.moment)
    start = _moment(told, "start", zone) or end - _PERIOD
    if not start < end or end - start > _LONGEST:
        raise Refused("bad-parameter", name="start")
    return start, end


def _moment(told: dict[str, str], name: str, zone: ZoneInfo) -> datetime | None:
    if name not in told:
        return None
    try:
        found = datetime.fromisoformat(told[name])
        found = found if found.tzinfo else found.replace(tzinfo=zone)
        instant(found)
    except (ValueError, OverflowError):
        raise Refused("bad-parameter", name=name) from None
    return found


def _facts(unit: Unit, patient: Resource, period: tuple[datetime, datetime], zone: ZoneInfo) -> Facts:
    asked = read(audit.event(unit, unit.records, unit.patient_key(), "E", []) | {"id": "asked"})
    assert asked is not None  # noqa: S101 - its event has a moment and an agent
    bodies, found = [], []
    for body, event in _bodies(unit, "AuditEvent"):
        access = read(event)
        if access is not None and period[0] <= access.moment <= period[1]:
            bodies.append((access.moment, access.id, body))
            found.append(access)
    looks = gathered(found)
    reported = (_reported(event) for _body, event in _bodies(unit, "Communication"))
    return Facts(
        patient,
        asked,
        *period,
        zone,
        tuple(looks[:MOST_LOOKS]),
        len(found),
        tuple(each for each in reported if each and period[0] <= each.moment <= period[1]),
        merkle.root_of(body.encode() for _moment, _id, body in sorted(bodies)).hex(),
        signing.fingerprint(unit.service.secrets.signing),
        len(looks) > MOST_LOOKS,
    )


def _bodies(unit: Unit, resource_type: str) -> Iterator[tuple[str, Resource]]:
    """Yield what the caller may see of a type, as stored and as read, oldest first."""
    import orjson

    rows = unit.records.sql.execute(
        f"SELECT body FROM resource WHERE patient_key = ? AND type = ? AND body IS NOT NULL"  # noqa: S608
        f" AND {shown(close=unit.caller.is_close)} ORDER BY place",
        (unit.patient_key(), resource_type),
    )
    for index, (body,) in enumerate(rows):
        if index % 200 == 199:  # noqa: PLR2004
            time.sleep(0)  # others get their turn: reading many events is one long computation
        yield str(body), orjson.loads(body)


def _reported(communication: Resource) -> Reported | None:
    moment = _instant(communication, "sent")
    if moment is None or not reports.is_report(communication):
        return None
    return Reported(moment, reports.reason_of(communication), _instant(communication, "received"))


def _instant(communication: Resource, name: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(string(communication, name) or "")
    except ValueError:
        return None
    return found if found.tzinfo else None
