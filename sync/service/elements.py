"""The elements of the R4 datatypes and of the resources the service knows closely.

One line an element: ``name[!][*] kind``, where ``!`` is "at least one", ``*`` "a list", and a name that
ends in ``[x]`` is a choice of types. ``kind=list`` binds a code to a closed list of R4. Kinds that are
written ``Backbone`` are only looked at as objects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["CODES", "DATATYPES", "PRIMITIVES", "RESOURCES", "Element"]


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its kind, whether it is a list, whether there must be one, whether it is a choice."""

    kind: str
    many: bool
    required: bool
    choice: bool = False


_DATE = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"
_TIME = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
_ZONE = r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))"
_TEXT = r"[\s\S]+"


def _of(
    python: type | tuple[type, ...], pattern: str | None = None
) -> tuple[tuple[type, ...], re.Pattern[str] | None]:
    return (python if isinstance(python, tuple) else (python,)), re.compile(pattern) if pattern else None


PRIMITIVES: dict[str, tuple[tuple[type, ...], re.Pattern[str] | None]] = {
    "boolean": _of(bool),
    "integer": _of(int),
    "unsignedInt": _of(int, r"0|[1-9]\d*"),
    "positiveInt": _of(int, r"[1-9]\d*"),
    "decimal": _of((int, float)),
    "string": _of(str, _TEXT),
    "markdown": _of(str, _TEXT),
    "xhtml": _of(str, _TEXT),
    "code": _of(str, r"[^\s]+(\s[^\s]+)*"),
    "id": _of(str, r"[A-Za-z0-9\-.]{1,64}"),
    "uri": _of(str, r"\S+"),
    "url": _of(str, r"\S+"),
    "canonical": _of(str, r"\S+"),
    "oid": _of(str, r"urn:oid:[0-2](\.(0|[1-9]\d*))+"),
    "uuid": _of(str, r"urn:uuid:[0-9a-fA-F-]{36}"),
    "base64Binary": _of(str, _TEXT),
    "date": _of(str, _DATE),
    "dateTime": _of(str, rf"\d{{4}}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T{_TIME}{_ZONE})?)?)?"),
    "instant": _of(str, rf"\d{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T{_TIME}{_ZONE}"),
    "time": _of(str, _TIME),
}


def _elements(text: str) -> dict[str, Element]:
    made = {}
    for word in text.split():
        name, _, kind = word.partition(":")
        bare = name.rstrip("!*").removesuffix("[x]")
        made[bare] = Element(kind, "*" in name, "!" in name, "[x]" in name)
    return made


_ANY = "id:id extension*:Extension "
_RESOURCE = (
    "resourceType!:code id:id meta:Meta implicitRules:uri language:code text:Narrative contained*:Backbone "
    "extension*:Extension modifierExtension*:Extension "
)

DATATYPES: dict[str, dict[str, Element]] = {
    "Meta": _elements(
        _ANY + "versionId:id lastUpdated:instant source:uri profile*:canonical security*:Coding tag*:Coding"
    ),
    "Narrative": _elements(_ANY + "status!:code=narrative div!:xhtml"),
    "Extension": _elements(_ANY + "url!:uri value[x]:any"),
    "Identifier": _elements(
        _ANY + "use:code=identifier-use type:CodeableConcept system:uri value:string period:Period "
        "assigner:Reference"
    ),
    "Coding": _elements(_ANY + "system:uri version:string code:code display:string userSelected:boolean"),
    "CodeableConcept": _elements(_ANY + "coding*:Coding text:string"),
    "Reference": _elements(_ANY + "reference:string type:uri identifier:Identifier display:string"),
    "Period": _elements(_ANY + "start:dateTime end:dateTime"),
    "HumanName": _elements(
        _ANY + "use:code=name-use text:string family:string given*:string prefix*:string suffix*:string "
        "period:Period"
    ),
    "Address": _elements(
        _ANY + "use:code type:code text:string line*:string city:string district:string state:string "
        "postalCode:string country:string period:Period"
    ),
    "ContactPoint": _elements(
        _ANY + "system:code=contact-system value:string use:code rank:positiveInt period:Period"
    ),
    "Attachment": _elements(
        _ANY + "contentType:code language:code data:base64Binary url:url size:unsignedInt "
        "hash:base64Binary title:string creation:dateTime"
    ),
    "Quantity": _elements(_ANY + "value:decimal comparator:code unit:string system:uri code:code"),
    "Annotation": _elements(_ANY + "author[x]:any time:dateTime text!:markdown"),
}

CODES: dict[str, frozenset[str]] = {
    name: frozenset(codes.split())
    for name, codes in {
        "narrative": "generated extensions additional empty",
        "identifier-use": "usual official temp secondary old",
        "name-use": "usual official temp nickname anonymous old maiden",
        "contact-system": "phone fax email pager url sms other",
        "gender": "male female other unknown",
        "document-status": "current superseded entered-in-error",
        "composition-status": "preliminary final amended entered-in-error",
        "relation": "replaces transforms signs appends",
        "list-status": "current retired entered-in-error",
        "list-mode": "working snapshot changes",
        "consent-status": "draft proposed active rejected inactive entered-in-error",
        "observation-status": "registered preliminary final amended corrected cancelled "
        "entered-in-error unknown",
        "bundle-type": "document message transaction transaction-response batch batch-response history "
        "searchset collection",
        "audit-action": "C R U D E",
        "audit-outcome": "0 4 8 12",
        "event-status": "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
        "appointment-status": "proposed pending booked arrived fulfilled cancelled noshow entered-in-error "
        "checked-in waitlist",
        "encounter-status": "planned arrived triaged in-progress onleave finished cancelled entered-in-error "
        "unknown",
        "request-status": "active on-hold cancelled completed entered-in-error stopped draft unknown",
        "request-intent": "proposal plan order original-order reflex-order filler-order instance-order "
        "option",
        "immunization-status": "completed entered-in-error not-done",
        "allergy-type": "allergy intolerance",
        "criticality": "low high unable-to-assess",
    }.items()
}

RESOURCES: dict[str, dict[str, Element]] = {
    name: _elements(_RESOURCE + text)
    for name, text in {
        "Patient": "identifier*:Identifier active:boolean name*:HumanName telecom*:ContactPoint "
        "gender:code=gender "
        "birthDate:date deceased[x]:any address*:Address maritalStatus:CodeableConcept multipleBirth[x]:any "
        "photo*:Attachment contact*:Backbone communication*:Backbone generalPractitioner*:Reference "
        "managingOrganization:Reference link*:Backbone",
        "Practitioner": "identifier*:Identifier active:boolean name*:HumanName telecom*:ContactPoint "
        "address*:Address gender:code=gender birthDate:date photo*:Attachment qualification*:Backbone "
        "communication*:CodeableConcept",
        "Organization": "identifier*:Identifier active:boolean type*:CodeableConcept name:string "
        "alias*:string "
        "telecom*:ContactPoint address*:Address partOf:Reference contact*:Backbone endpoint*:Reference",
        "RelatedPerson": "identifier*:Identifier active:boolean patient!:Reference "
        "relationship*:CodeableConcept name*:HumanName telecom*:ContactPoint gender:code=gender "
        "birthDate:date "
        "address*:Address photo*:Attachment period:Period communication*:Backbone",
        "DocumentReference": "masterIdentifier:Identifier identifier*:Identifier "
        "status!:code=document-status "
        "docStatus:code=composition-status type:CodeableConcept category*:CodeableConcept subject:Reference "
        "date:instant author*:Reference authenticator:Reference custodian:Reference relatesTo*:Backbone "
        "description:string securityLabel*:CodeableConcept content!*:DocumentContent context:Backbone",
        "List": "identifier*:Identifier status!:code=list-status mode!:code=list-mode title:string "
        "code:CodeableConcept subject:Reference encounter:Reference date:dateTime source:Reference "
        "orderedBy:CodeableConcept note*:Annotation entry*:ListEntry emptyReason:CodeableConcept",
        "Binary": "contentType!:code securityContext:Reference data:base64Binary",
        "Bundle": "identifier:Identifier type!:code=bundle-type timestamp:instant total:unsignedInt "
        "link*:Backbone entry*:Backbone signature:Backbone",
        "Consent": "identifier*:Identifier status!:code=consent-status scope!:CodeableConcept "
        "category!*:CodeableConcept patient:Reference dateTime:dateTime performer*:Reference "
        "organization*:Reference source[x]:any policy*:Backbone policyRule:CodeableConcept "
        "verification*:Backbone provision:Backbone",
        "Provenance": "target!*:Reference occurred[x]:any recorded!:instant policy*:uri location:Reference "
        "reason*:CodeableConcept activity:CodeableConcept agent!*:Backbone entity*:Backbone "
        "signature*:Backbone",
        "AuditEvent": "type!:Coding subtype*:Coding action:code=audit-action period:Period recorded!:instant "
        "outcome:code=audit-outcome outcomeDesc:string purposeOfEvent*:CodeableConcept agent!*:Backbone "
        "source!:Backbone entity*:Backbone",
        "Observation": "identifier*:Identifier basedOn*:Reference partOf*:Reference "
        "status!:code=observation-status category*:CodeableConcept code!:CodeableConcept subject:Reference "
        "focus*:Reference encounter:Reference effective[x]:any issued:instant performer*:Reference "
        "value[x]:any dataAbsentReason:CodeableConcept interpretation*:CodeableConcept note*:Annotation "
        "bodySite:CodeableConcept method:CodeableConcept specimen:Reference device:Reference "
        "referenceRange*:Backbone hasMember*:Reference derivedFrom*:Reference component*:Backbone",
        "Condition": "identifier*:Identifier clinicalStatus:CodeableConcept "
        "verificationStatus:CodeableConcept "
        "category*:CodeableConcept severity:CodeableConcept code:CodeableConcept bodySite*:CodeableConcept "
        "subject!:Reference encounter:Reference onset[x]:any abatement[x]:any recordedDate:dateTime "
        "recorder:Reference asserter:Reference stage*:Backbone evidence*:Backbone note*:Annotation",
        "AllergyIntolerance": "identifier*:Identifier clinicalStatus:CodeableConcept "
        "verificationStatus:CodeableConcept type:code=allergy-type category*:code "
        "criticality:code=criticality "
        "code:CodeableConcept patient!:Reference encounter:Reference onset[x]:any recordedDate:dateTime "
        "recorder:Reference asserter:Reference lastOccurrence:dateTime note*:Annotation reaction*:Backbone",
        "MedicationRequest": "identifier*:Identifier status!:code=request-status "
        "statusReason:CodeableConcept "
        "intent!:code=request-intent category*:CodeableConcept priority:code doNotPerform:boolean "
        "reported[x]:any medication[x]!:any subject!:Reference encounter:Reference "
        "supportingInformation*:Reference authoredOn:dateTime requester:Reference performer:Reference "
        "performerType:CodeableConcept recorder:Reference reasonCode*:CodeableConcept "
        "reasonReference*:Reference instantiatesCanonical*:canonical instantiatesUri*:uri basedOn*:Reference "
        "groupIdentifier:Identifier courseOfTherapyType:CodeableConcept insurance*:Reference "
        "note*:Annotation dosageInstruction*:Backbone dispenseRequest:Backbone substitution:Backbone "
        "priorPrescription:Reference detectedIssue*:Reference eventHistory*:Reference",
        "Immunization": "identifier*:Identifier status!:code=immunization-status "
        "statusReason:CodeableConcept "
        "vaccineCode!:CodeableConcept patient!:Reference encounter:Reference occurrence[x]!:any "
        "recorded:dateTime primarySource:boolean reportOrigin:CodeableConcept location:Reference "
        "manufacturer:Reference lotNumber:string expirationDate:date site:CodeableConcept "
        "route:CodeableConcept doseQuantity:Quantity performer*:Backbone note*:Annotation "
        "reasonCode*:CodeableConcept reasonReference*:Reference isSubpotent:boolean "
        "subpotentReason*:CodeableConcept education*:Backbone programEligibility*:CodeableConcept "
        "fundingSource:CodeableConcept reaction*:Backbone protocolApplied*:Backbone",
        "Encounter": "identifier*:Identifier status!:code=encounter-status statusHistory*:Backbone "
        "class!:Coding "
        "classHistory*:Backbone type*:CodeableConcept serviceType:CodeableConcept priority:CodeableConcept "
        "subject:Reference episodeOfCare*:Reference basedOn*:Reference participant*:Backbone "
        "appointment*:Reference period:Period length:Quantity reasonCode*:CodeableConcept "
        "reasonReference*:Reference diagnosis*:Backbone account*:Reference hospitalization:Backbone "
        "location*:Backbone serviceProvider:Reference partOf:Reference",
        "Appointment": "identifier*:Identifier status!:code=appointment-status "
        "cancelationReason:CodeableConcept serviceCategory*:CodeableConcept serviceType*:CodeableConcept "
        "specialty*:CodeableConcept appointmentType:CodeableConcept reasonCode*:CodeableConcept "
        "reasonReference*:Reference priority:unsignedInt description:string supportingInformation*:Reference "
        "start:instant end:instant minutesDuration:positiveInt slot*:Reference created:dateTime "
        "comment:string patientInstruction:string basedOn*:Reference participant!*:Backbone "
        "requestedPeriod*:Period",
        "Communication": "identifier*:Identifier instantiatesCanonical*:canonical instantiatesUri*:uri "
        "basedOn*:Reference partOf*:Reference inResponseTo*:Reference status!:code=event-status "
        "statusReason:CodeableConcept category*:CodeableConcept priority:code medium*:CodeableConcept "
        "subject:Reference topic:CodeableConcept about*:Reference encounter:Reference sent:dateTime "
        "received:dateTime recipient*:Reference sender:Reference reasonCode*:CodeableConcept "
        "reasonReference*:Reference payload*:Backbone note*:Annotation",
    }.items()
}
DATATYPES["DocumentContent"] = _elements(
    _ANY + "modifierExtension*:Extension attachment!:Attachment format:Coding"
)
DATATYPES["ListEntry"] = _elements(
    _ANY + "modifierExtension*:Extension flag:CodeableConcept deleted:boolean date:dateTime item!:Reference"
)
