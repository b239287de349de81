"""What can be searched: the R4 search parameters of each type, one table a type.

A parameter is a kind and the element paths it reads; a type that has no list of its own answers to
the parameters that most types share.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

__all__ = ["Kind", "Param", "params_of"]


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
    paths: tuple[tuple[str, ...], ...]


_KINDS = {"t": Kind.TOKEN, "s": Kind.STRING, "d": Kind.DATE, "r": Kind.REFERENCE, "u": Kind.URI}
_KINDS |= {"n": Kind.NUMBER, "q": Kind.QUANTITY}


def _table(text: str) -> dict[str, Param]:
    """Read ``name kind path,path`` lines."""
    made = {}
    for line in filter(None, text.splitlines()):
        name, kind, paths = line.split()
        made[name] = Param(_KINDS[kind], tuple(_steps(path) for path in paths.split(",")))
    return made


def _steps(path: str) -> tuple[str, ...]:
    """Split at the points, save those of an extension's address, which ends a path."""
    before, marker, address = path.partition("ext:")
    steps = tuple(step for step in before.split(".") if step)
    return (*steps, marker + address) if marker else steps


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


@cache
def params_of(resource_type: str) -> dict[str, Param]:
    """Return the parameters a type is searched by."""
    return _EVERY | _TYPES.get(resource_type, _USUAL)
