"""What can be searched: the R4 search parameters of each type, and what a resource puts in the index.

A parameter is a kind and the element paths it reads; a type that has no list of its own answers to
the parameters that most types share. Dates become a range of seconds (R4 §3.1.1.4.10: a date is the
whole day), words are folded (no accent, no case).
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from app.fhir import Resource, nodes, string

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["IndexRow", "Kind", "Param", "fold", "index_rows", "params_of", "period_of"]


class Kind(StrEnum):
    """R4 search parameter types that are served."""

    TOKEN = "token"  # noqa: S105
    STRING = "string"
    DATE = "date"
    REFERENCE = "reference"
    URI = "uri"
    NUMBER = "number"
    QUANTITY = "quantity"


@dataclass(frozen=True, slots=True)
class Param:
    """One search parameter: its kind and the elements it reads."""

    kind: Kind
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One value by which a resource is found."""

    param: str
    system: str = ""
    value: str = ""
    low: float | None = None
    high: float | None = None


_KINDS = {"t": Kind.TOKEN, "s": Kind.STRING, "d": Kind.DATE, "r": Kind.REFERENCE, "u": Kind.URI}
_KINDS |= {"n": Kind.NUMBER, "q": Kind.QUANTITY}


def _table(text: str) -> dict[str, Param]:
    """Read ``name kind path,path`` lines."""
    made = {}
    for line in filter(None, text.splitlines()):
        name, kind, paths = line.split()
        made[name] = Param(_KINDS[kind], tuple(paths.split(",")))
    return made


_EVERY = _table("""
_id t id
_lastUpdated d meta.lastUpdated
_profile u meta.profile
_security t meta.security
_source u meta.source
_tag t meta.tag
""")

_USUAL = _table("""
identifier t identifier
status t status
subject r subject
patient r subject,patient
encounter r encounter
code t code
category t category
type t type
date d date,effectiveDateTime,effectivePeriod,recordedDate,authoredOn,created,period
based-on r basedOn
author r author
title s title
url u url
name s name
""")

_PERSON = """
active t active
address s address
address-city s address.city
address-postalcode s address.postalCode
email t telecom[email]
family s name.family
gender t gender
given s name.given
identifier t identifier
name s name
phone t telecom[phone]
telecom t telecom
"""

_TYPES: dict[str, dict[str, Param]] = {
    "Patient": _table(
        _PERSON
        + """
birthdate d birthDate
death-date d deceasedDateTime
deceased t deceasedBoolean
general-practitioner r generalPractitioner
language t communication.language
link r link.other
organization r managingOrganization
"""
    ),
    "Practitioner": _table(_PERSON + "communication t communication\n"),
    "RelatedPerson": _table(
        _PERSON + "birthdate d birthDate\npatient r patient\nrelationship t relationship\n"
    ),
    "PractitionerRole": _table("""
active t active
identifier t identifier
organization r organization
practitioner r practitioner
role t code
specialty t specialty
"""),
    "Organization": _table("""
active t active
address s address
identifier t identifier
name s name,alias
partof r partOf
type t type
"""),
    "DocumentReference": _table("""
authenticator r authenticator
author r author
category t category
contenttype t content.attachment.contentType
creation d content.attachment.creation
custodian r custodian
date d date
description s description
encounter r context.encounter
event t context.event
facility t context.facilityType
format t content.format
identifier t masterIdentifier,identifier
isArchived t ext:https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived
language t content.attachment.language
location u content.attachment.url
patient r subject
period d context.period
period-end d context.period.end
period-start d context.period.start
related r context.related
relatesto r relatesTo.target
relation t relatesTo.code
security-label t securityLabel
setting t context.practiceSetting
status t status
subject r subject
type t type
"""),
    "List": _table("""
authorOrg r source.ext:https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-authorOrg
code t code
date d date
designationType t ext:https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-designationType
encounter r encounter
identifier t identifier
isArchived t ext:https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived
item r entry.item
patient r subject
source r source
sourceId t ext:https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-sourceId
status t status
subject r subject
title s title
"""),
    "Consent": _table("""
action t provision.action
actor r provision.actor.reference
category t category
consentor r performer
date d dateTime
identifier t identifier
organization r organization
patient r patient
period d provision.period
scope t scope
status t status
"""),
    "Provenance": _table("""
agent r agent.who
agent-role t agent.role
agent-type t agent.type
entity r entity.what
location r location
patient r target
recorded d recorded
target r target
when d occurredDateTime
"""),
    "AuditEvent": _table("""
action t action
agent r agent.who
agent-role t agent.role
date d recorded
entity r entity.what
entity-type t entity.type
outcome t outcome
patient r entity.what,agent.who
policy u agent.policy
source r source.observer
subtype t subtype
type t type
"""),
    "Observation": _table("""
based-on r basedOn
category t category
code t code,component.code
combo-code t code,component.code
component-code t component.code
data-absent-reason t dataAbsentReason
date d effectiveDateTime,effectivePeriod,effectiveInstant
device r device
encounter r encounter
focus r focus
has-member r hasMember
identifier t identifier
method t method
part-of r partOf
patient r subject
performer r performer
status t status
subject r subject
value-concept t valueCodeableConcept
value-quantity q valueQuantity
value-string s valueString
"""),
    "Condition": _table("""
category t category
clinical-status t clinicalStatus
code t code
encounter r encounter
identifier t identifier
onset-date d onsetDateTime,onsetPeriod
patient r subject
recorded-date d recordedDate
severity t severity
subject r subject
verification-status t verificationStatus
"""),
    "AllergyIntolerance": _table("""
category t category
clinical-status t clinicalStatus
code t code,reaction.substance
criticality t criticality
date d recordedDate
identifier t identifier
patient r patient
type t type
verification-status t verificationStatus
"""),
    "MedicationRequest": _table("""
authoredon d authoredOn
code t medicationCodeableConcept
date d authoredOn
identifier t identifier
intent t intent
medication r medicationReference
patient r subject
requester r requester
status t status
subject r subject
"""),
    "MedicationStatement": _table("""
code t medicationCodeableConcept
effective d effectiveDateTime,effectivePeriod
identifier t identifier
medication r medicationReference
patient r subject
status t status
subject r subject
"""),
    "Immunization": _table("""
date d occurrenceDateTime
identifier t identifier
lot-number s lotNumber
patient r patient
status t status
target-disease t protocolApplied.targetDisease
vaccine-code t vaccineCode
"""),
    "Encounter": _table("""
class t class
date d period
identifier t identifier
patient r subject
status t status
subject r subject
type t type
"""),
    "Appointment": _table("""
actor r participant.actor
appointment-type t appointmentType
date d start
identifier t identifier
patient r participant.actor
service-type t serviceType
specialty t specialty
status t status
"""),
    "Communication": _table("""
category t category
encounter r encounter
identifier t identifier
medium t medium
part-of r partOf
patient r subject
received d received
recipient r recipient
sender r sender
sent d sent
status t status
subject r subject
"""),
    "Task": _table("""
authored-on d authoredOn
code t code
focus r focus
identifier t identifier
intent t intent
modified d lastModified
owner r owner
patient r for
requester r requester
status t status
subject r for
"""),
    "ExplanationOfBenefit": _table("""
created d created
identifier t identifier
patient r patient
provider r provider
status t status
"""),
    "Composition": _table("""
author r author
category t category
date d date
identifier t identifier
patient r subject
status t status
subject r subject
title s title
type t type
"""),
    "Bundle": _table("""
identifier t identifier
timestamp d timestamp
type t type
"""),
    "Binary": _table("contenttype t contentType\n"),
    "Device": _table("""
identifier t identifier
manufacturer s manufacturer
patient r patient
status t status
type t type
"""),
}


def params_of(resource_type: str) -> dict[str, Param]:
    """Return the parameters a type is searched by."""
    return _EVERY | _TYPES.get(resource_type, _USUAL)


def index_rows(resource: Resource) -> list[IndexRow]:
    """Return every value by which this resource is found."""
    rows: dict[IndexRow, None] = {}
    for name, param in params_of(str(resource.get("resourceType"))).items():
        for path in param.paths:
            for value in _values(resource, path):
                rows.update(dict.fromkeys(_MAKERS[param.kind](name, value)))
    return list(rows)


def _values(value: object, path: str) -> Iterator[object]:
    head, _, rest = ("", "", "") if not path else _split(path)
    if isinstance(value, list):
        for each in value:
            yield from _values(each, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        yield from _step(value, head, rest)


def _split(path: str) -> tuple[str, str, str]:
    return (path, "", "") if path.startswith("ext:") else path.partition(".")


def _step(value: Resource, head: str, rest: str) -> Iterator[object]:
    if head.startswith("ext:"):
        for each in nodes(value, "extension"):
            if each.get("url") == head[4:]:
                yield from (found for key, found in each.items() if key.startswith("value"))
        return
    name, _, kind = head.partition("[")
    found = value.get(name)
    if kind:
        found = [each for each in nodes(value, name) if each.get("system") == kind.rstrip("]")]
    yield from _values(found, rest)


def fold(text: str) -> str:
    """Take accents and capitals away, as a search by words asks."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae"))
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold().strip()


def _token(name: str, value: object) -> Iterator[IndexRow]:
    if isinstance(value, bool):
        yield IndexRow(name, value=str(value).lower())
    elif isinstance(value, str):
        yield IndexRow(name, value=value)
    elif isinstance(value, dict):
        for each in nodes(value, "coding") or [value]:
            code = string(each, "code") or string(each, "value")
            if code:
                yield IndexRow(name, system=string(each, "system") or "", value=code)


def _string(name: str, value: object) -> Iterator[IndexRow]:
    if isinstance(value, str):
        yield IndexRow(name, system=value, value=fold(value))
    elif isinstance(value, dict):
        for each in value.values():
            for text in each if isinstance(each, list) else [each]:
                if isinstance(text, str):
                    yield IndexRow(name, system=text, value=fold(text))


def _date(name: str, value: object) -> Iterator[IndexRow]:
    if isinstance(value, str):
        period = period_of(value)
        if period:
            yield IndexRow(name, low=period[0], high=period[1])
    elif isinstance(value, dict) and (value.get("start") or value.get("end")):
        start, end = period_of(string(value, "start") or ""), period_of(string(value, "end") or "")
        yield IndexRow(name, low=start[0] if start else -1e15, high=end[1] if end else 1e15)


def _reference(name: str, value: object) -> Iterator[IndexRow]:
    if not isinstance(value, dict):
        return
    text = string(value, "reference") or ""
    parts = text.split("/_history/")[0].split("/")
    if len(parts) > 1 and not text.startswith("#"):
        yield IndexRow(name, system=parts[-2], value=parts[-1])
    if text:
        yield IndexRow(name, system="", value=text)
    identifier = value.get("identifier")
    if isinstance(identifier, dict) and string(identifier, "value"):
        yield IndexRow(name + ":identifier", string(identifier, "system") or "", str(identifier["value"]))


def _uri(name: str, value: object) -> Iterator[IndexRow]:
    if isinstance(value, str):
        yield IndexRow(name, value=value)


def _number(name: str, value: object) -> Iterator[IndexRow]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield IndexRow(name, low=float(value), high=float(value))


def _quantity(name: str, value: object) -> Iterator[IndexRow]:
    if isinstance(value, dict):
        number = value.get("value")
        if isinstance(number, int | float):
            unit = string(value, "code") or string(value, "unit") or ""
            yield IndexRow(name, string(value, "system") or "", unit, float(number), float(number))


_MAKERS = {
    Kind.TOKEN: _token,
    Kind.STRING: _string,
    Kind.DATE: _date,
    Kind.REFERENCE: _reference,
    Kind.URI: _uri,
    Kind.NUMBER: _number,
    Kind.QUANTITY: _quantity,
}

_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
)


def period_of(text: str) -> tuple[float, float] | None:
    """Return the first and last second a FHIR date or dateTime covers; ``None`` if it is none.

    Where it names no zone it is taken as UTC.
    """
    found = _DATE.fullmatch(text.strip())
    if not found:
        return None
    try:
        return _bounds(found)
    except (ValueError, OverflowError):
        return None


def _bounds(found: re.Match[str]) -> tuple[float, float]:
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    start = datetime(
        int(year),
        int(month or 1),
        int(day or 1),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        tzinfo=UTC,
    )
    low = start.timestamp() + float(fraction or 0) - _offset(zone)
    if fraction:
        return low, low + 10 ** -(len(fraction) - 1) - 1e-6
    return low, low + _width(
        start, sum(each is not None for each in found.groups()[:6])
    ).total_seconds() - 1e-6


def _offset(zone: str | None) -> float:
    if not zone or zone == "Z":
        return 0
    sign = 1 if zone[0] == "+" else -1
    return sign * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)


def _width(start: datetime, depth: int) -> timedelta:
    if depth == 1:
        return (
            datetime(start.year + 1, 1, 1, tzinfo=UTC) - start if start.year < 9999 else timedelta(days=365)
        )  # noqa: PLR2004
    if depth == 2:  # noqa: PLR2004 (a year and a month)
        return timedelta(days=monthrange(start.year, start.month)[1])
    if depth == 3:  # noqa: PLR2004 (a whole day)
        return timedelta(days=1)
    return timedelta(seconds=1) if depth >= 6 else timedelta(minutes=1)  # noqa: PLR2004
