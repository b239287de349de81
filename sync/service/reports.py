"""Accesses that a person reported, as the organization of the helper is told of them.

Decision: an administrator must be able to ask their helper what they did there, and needs for it the helper,
the moment, how they helped and the person's reason: nothing else is kept for them. Neither the person's name
nor anything of the record is shown: the helper who was there knows whose space it was, and a person who wants
to be called back says so themselves, in the way they know. So the facts are copied out of the audit when the
report comes in, and the organization's page never reads a health record.

The organization is the one that the *service* wrote into each event, and events are looked for in the
person's own record only: nobody can report into another organization's page, nor about another person's
visits. An event that the PC tells later than the report (without a network) is noted when it comes.

Looking at a report writes one thing back: ``Communication.received``, by which the person knows it was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from app.clock import instant
from app.codes.systems import ACCESS_REPORT
from app.fhir import codes, nodes, reference_id, string
from app.fhir.accesses import Looker, ReportReason, read
from app.ids import mint
from sync.service import organizations
from sync.service.caller import SERVICE_CALLER
from sync.service.refusals import Refused
from sync.service.storage import EVERYONE

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.office import Office
    from sync.service.records import Held
    from sync.service.service import Service
    from sync.service.storage import Connection
    from sync.service.unit import Unit

__all__ = ["Report", "arrived", "filed", "is_report", "of_organization", "reason_of", "see"]

_MOST, _SHOWN = 50, 100
_COLUMNS = "id, name, mode, covered, start, last, reason, sent, seen"


@dataclass(frozen=True, slots=True)
class Report:
    """A report as an administrator sees it; moments as instants, ``mode`` empty where nobody helped."""

    id: str
    name: str
    mode: str
    is_covered: bool
    start: datetime
    last: datetime
    reason: ReportReason
    sent: datetime
    seen: datetime | None


def is_report(communication: Resource) -> bool:
    """Say whether a Communication reports an access."""
    return any("access-report" in codes(each, ACCESS_REPORT) for each in nodes(communication, "category"))


def reason_of(communication: Resource) -> ReportReason:
    """Return why; another reason where the code is unknown."""
    found = [code for each in nodes(communication, "reasonCode") for code in codes(each, ACCESS_REPORT)]
    return next((ReportReason(each) for each in found if each in set(ReportReason)), ReportReason.OTHER)


# -- coming in


def filed(unit: Unit, held: Held) -> None:
    """Take note of a report that was just filed; of anything else nothing."""
    communication = held.resource()
    if held.type != "Communication" or held.version > 1 or not is_report(communication):
        return
    named = (reference_id(each, "AuditEvent") for each in nodes(communication, "about"))
    for event_id in [each for each in named if each][:_MOST]:
        event = unit.records.current(held.patient_key, "AuditEvent", event_id)
        if event is not None and event.body is not None:
            _note(unit, held, event.resource())
        else:
            unit.records.sql.execute(
                "INSERT INTO access_report_waiting (patient_key, event_id, communication) VALUES (?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (held.patient_key, event_id, held.id),
            )


def arrived(unit: Unit, patient_key: str, event_id: str) -> None:
    """Take note of an event that was reported before the PC could tell it."""
    rows = unit.records.sql.execute(
        "DELETE FROM access_report_waiting WHERE patient_key = ? AND event_id = ? RETURNING communication",
        (patient_key, event_id),
    ).fetchall()
    event = unit.records.current(patient_key, "AuditEvent", event_id) if rows else None
    for (communication,) in rows:
        held = unit.records.current(patient_key, "Communication", communication)
        if event is not None and held is not None and held.body is not None:
            _note(unit, held, event.resource())


def _note(unit: Unit, held: Held, event: Resource) -> None:
    """Keep what the organization is told; several accesses of one helper are one report."""
    access, organization = read(event), _organization(event)
    if access is None or not organization or access.looker not in {Looker.HELPER, Looker.PROFESSIONAL}:
        return
    moment = instant(access.moment)
    unit.records.sql.execute(
        "INSERT INTO access_report (id, organization, patient_key, communication, helper, name, mode,"  # noqa: S608 (ours)
        " covered, start, last, reason, sent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (patient_key, communication, organization, helper) DO UPDATE SET"
        f" start = {_either('start', '<')}, last = {_either('last', '>')},"
        f" covered = {_either('covered', '<')}",
        (
            mint(), organization, held.patient_key, held.id, access.who_id, access.name, access.mode,
            int(access.is_covered), moment, moment, reason_of(held.resource()).value, held.updated,
        ),
    )  # fmt: skip


def _either(column: str, sign: str) -> str:
    """Write "the smaller", "the larger" of what stands and what comes: engines have other names for them."""
    new, old = f"excluded.{column}", f"access_report.{column}"
    return f"CASE WHEN {new} {sign} {old} THEN {new} ELSE {old} END"


def _organization(event: Resource) -> str:
    """Return where the helper worked, as the service wrote it into the event."""
    found = (reference_id(each.get("who"), "Organization") for each in nodes(event, "agent"))
    return next((each for each in found if each), "")


# -- the organization's page


def of_organization(sql: Connection, organization: str) -> list[Report]:
    """Return the reports about an organization's helpers: those not seen first, then the newest."""
    rows = sql.execute(
        f"SELECT {_COLUMNS} FROM access_report WHERE organization = ?"  # noqa: S608
        " ORDER BY seen IS NOT NULL, sent DESC, id LIMIT ?",
        (organization, _SHOWN),
    ).fetchall()
    return [_report(row) for row in rows]


def _report(row: tuple[str, str, str, int, str, str, str, str, str | None]) -> Report:
    moment = datetime.fromisoformat
    seen = moment(row[8]) if row[8] else None
    return Report(
        row[0], row[1], row[2], bool(row[3]), moment(row[4]), moment(row[5]), ReportReason(row[6]),
        moment(row[7]), seen,
    )  # fmt: skip


def see(service: Service, office: Office, report_id: str) -> None:
    """Note that the organization looked at a report, once; the person is told by ``received``."""
    from sync.service import audit
    from sync.service.unit import Unit

    organization, moment = office.organization.id, instant(service.clock())
    with service.store.transaction(of=EVERYONE) as sql:
        key = _key_of(sql, organization, report_id)
        sql.hold(key)
        row = sql.execute(
            "UPDATE access_report SET seen = ? WHERE patient_key = ? AND id = ? AND seen IS NULL"
            " RETURNING patient_key, communication",
            (moment, key, report_id),
        ).fetchone()
        if row is None:
            return
        organizations.note(service, sql, organization, office.account.login, "seen", report_id)
        unit = Unit.begin(service, sql, SERVICE_CALLER)
        held = unit.records.current(row[0], "Communication", row[1])
        body = held.resource() if held is not None and held.body is not None else {}
        if body and not string(body, "received"):
            unit.update(body | {"received": moment}, str(body["id"]))
            audit.write(unit, unit.records)


def _key_of(sql: Connection, organization: str, report_id: str) -> str:
    """Return whose report it is; refuses one of another organization as one that is not there."""
    found = sql.execute(
        "SELECT patient_key FROM access_report WHERE id = ? AND organization = ?", (report_id, organization)
    ).fetchone()
    if found is None:
        raise Refused("unknown")
    return str(found[0])
