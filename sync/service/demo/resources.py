"""The made-up world as FHIR: people (fr-core), professionals, documents (PDSm comprehensive)."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app.clock import instant
from app.codes.document_types import CLASSES, TRE_A03, TYPES
from app.codes.mandate_texts import CURRENT, LANGUAGE, MandateFacts, digest, fill
from app.codes.mandate_words import Action, Duration, Scope, SigningMode
from app.codes.systems import FORMAT_CODES, SHA256_URL, TRE_A00, URI_SYSTEM, V3_CONFIDENTIALITY
from app.fhir import Resource, codeable, coding, consent, patient, reference
from app.fhir.document_reference import PROFILE, Digests
from app.fhir.submission_set import LIST_TYPES
from app.fhir.submission_set import PROFILE as SET_PROFILE
from sync.service.demo.drafts import MIME_SUFFICIENT
from sync.service.demo.people import (
    ADVISERS,
    PHARMACIST,
    PROTECTED_ADVISER,
    SOFTWARE,
    Helper,
    Person,
    made_up_id,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sync.service.demo.papers import Paper
    from sync.service.demo.people import Organization
    from sync.service.demo.practices import Author, Practice

__all__ = [
    "MANDATED",
    "document",
    "mandate",
    "patient_of",
    "professionals",
    "submission_set",
]

_PARIS = ZoneInfo("Europe/Paris")
_NOS = "https://mos.esante.gouv.fr/NOS"
_FACILITIES = f"{_NOS}/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite"
_SETTINGS = f"{_NOS}/TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice"
_FORMATS = f"{_NOS}/TRE_A11-IheFormatCode/FHIR/TRE-A11-IheFormatCode"
_ROLES = f"{_NOS}/TRE_R260-HL7RoleClass/FHIR/TRE-R260-HL7RoleClass"
_RELATIONS = f"{_NOS}/TRE_R216-HL7RoleCode/FHIR/TRE-R216-HL7RoleCode"
_CORE = "https://hl7.fr/ig/fhir/core/StructureDefinition"
_IDENTIFIER_TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
_RPPS, _NATIONAL_PERSON = "https://rpps.esante.gouv.fr", "urn:oid:1.2.250.1.71.4.2.1"
_NATIONAL_PLACE = "urn:oid:1.2.250.1.71.4.2.2"
_MHD = "https://profiles.ihe.net/ITI/MHD/StructureDefinition"

MANDATED = ("simone", "karim")
"""Who has a running mandate, and to which adviser."""


def patient_of(person: Person) -> Resource:
    """Make the Patient, complete: names, place of birth, identity status, address, contacts."""
    made = patient.make(
        person.id,
        ins_value=person.ins,
        ins_system=person.system,
        family=_official(person.family),
        given=[_official(each) for each in person.given],
        gender=person.gender,
        born=person.born.isoformat(),
        usual_family=person.shown_family,
        usual_given=person.shown_given,
        place=(person.birth_city, person.birth_code),
        protection=person.protection,
    )
    made["telecom"] = [{"system": "phone", "value": person.phone, "use": "home"}]
    made["address"] = [_address(person.street, person.postal_code, person.city) | {"use": "home"}]
    made["communication"] = [{"language": codeable("urn:ietf:bcp:47", person.language), "preferred": True}]
    if person.contacts:
        made["contact"] = [_contact(person)]
    return made


def _official(name: str) -> str:
    """Write a name as the civil register does: capitals without accents."""
    plain = unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode()
    return plain.upper()


def _address(street: str, postal_code: str, city: str) -> Resource:
    return {"line": [street], "city": city, "postalCode": postal_code, "country": "FRA"}


def _contact(person: Person) -> Resource:
    contact = person.contacts[0]
    relation = coding(_RELATIONS, contact.relation, contact.relation_display)
    return {
        "relationship": [
            {"coding": [coding(_ROLES, contact.role)]},
            {"coding": [relation], "text": contact.relation_display},
        ],
        "name": {"use": "usual", "family": contact.family, "given": [contact.given]},
        "telecom": [{"system": "phone", "value": contact.phone, "use": "mobile"}],
    }


def professionals(authors: Sequence[Author]) -> list[Resource]:
    """Make the directory: the authors with their places, the helpers with their organizations."""
    practices = {author.practice.slug: author.practice for author in authors}
    helpers = (*ADVISERS, PROTECTED_ADVISER, PHARMACIST)
    organizations = {each.organization.slug: each.organization for each in helpers}
    organizations[SOFTWARE.organization.slug] = SOFTWARE.organization
    return [
        *(_practice(each) for each in practices.values()),
        *(_practitioner(each) for each in authors if each.is_person),
        *(_organization(each) for each in organizations.values()),
        *(_helper(each) for each in helpers),
    ]


def _practice(practice: Practice) -> Resource:
    made = {
        "resourceType": "Organization",
        "id": practice.id,
        "meta": {"profile": [f"{_CORE}/fr-core-organization"]},
        "active": True,
        "type": [codeable(_FACILITIES, practice.facility, practice.facility_display)],
        "name": practice.name,
        "telecom": [{"system": "phone", "value": practice.phone, "use": "work"}],
        "address": [_address(practice.street, practice.postal_code, practice.city)],
    }
    return made | (_place_identifier(f"1{practice.number}") if practice.number else {})


def _organization(organization: Organization) -> Resource:
    return {
        "resourceType": "Organization",
        "id": organization.id,
        "meta": {"profile": [f"{_CORE}/fr-core-organization"]},
        "active": True,
        "name": organization.name,
        "address": [_address(organization.street, organization.postal_code, organization.city)],
    } | _place_identifier(f"3{organization.number}")


def _place_identifier(value: str) -> Resource:
    kind = codeable(_IDENTIFIER_TYPES, "IDNST")
    return {"identifier": [{"use": "official", "type": kind, "system": _NATIONAL_PLACE, "value": value}]}


def _practitioner(author: Author) -> Resource:
    return {
        "resourceType": "Practitioner",
        "id": author.id,
        "meta": {"profile": [f"{_CORE}/fr-core-practitioner"]},
        "identifier": _person_identifiers(author.rpps),
        "active": True,
        "name": [_name(author.name, author.family, author.given, author.prefix)],
        "qualification": [{"code": {"text": author.profession}}],
    }


def _helper(helper: Helper) -> Resource:
    return {
        "resourceType": "Practitioner",
        "id": helper.id,
        "meta": {"profile": [f"{_CORE}/fr-core-practitioner"]},
        "identifier": _person_identifiers(helper.number),
        "active": True,
        "name": [_name(helper.name, helper.family, helper.given)],
        "qualification": [
            {
                "code": {"text": helper.job},
                "issuer": reference("Organization", helper.organization.id, helper.organization.name),
            }
        ],
    }


def _name(text: str, family: str, given: str, prefix: str = "") -> Resource:
    made: Resource = {"text": text, "family": family, "given": [given]}
    return made | ({"prefix": [prefix]} if prefix else {})


def _person_identifiers(number: str) -> list[Resource]:
    return [
        {"use": "official", "type": codeable(_IDENTIFIER_TYPES, kind), "system": system, "value": value}
        for kind, system, value in (
            ("RPPS", _RPPS, number),
            ("IDNPS", _NATIONAL_PERSON, f"8{number}"),
        )
    ]


def document(document_id: str, paper: Paper, owner: Resource, found: Digests) -> Resource:
    """Make the metadata of a paper; its bytes are ``Binary/<document_id>``."""
    kind = TYPES[paper.type_code]
    moment = _moment(paper.day)
    return {
        "resourceType": "DocumentReference",
        "id": document_id,
        "meta": {"profile": [PROFILE]},
        "contained": [patient.traits(owner), *([] if paper.is_own else _contained(paper.author))],
        "masterIdentifier": {"use": "usual", "system": URI_SYSTEM, "value": f"urn:uuid:{paper.unique_id}"},
        "identifier": [{"use": "official", "system": URI_SYSTEM, "value": f"urn:uuid:{document_id}"}],
        "status": "current",
        "type": codeable(kind.system, kind.code, kind.label),
        "category": [codeable(TRE_A03, kind.class_code or "90", CLASSES[kind.class_code or "90"])],
        "subject": reference("Patient", paper.person.id, paper.person.name),
        "date": moment,
        "author": [_author(paper)],
        "custodian": reference("Organization", paper.author.practice.id, paper.author.practice.name),
        "securityLabel": [codeable(V3_CONFIDENTIALITY, "N", "Normal")],
        "content": [{"attachment": _attachment(document_id, paper, found, moment), "format": _format(paper)}],
        "context": _context(paper),
    }


def _contained(author: Author) -> list[Resource]:
    made = _practitioner(author) | {"id": "author"}
    del made["meta"]
    return [made]


def _author(paper: Paper) -> Resource:
    if paper.is_own:
        return {"reference": "#patient", "display": paper.person.name}
    return {"reference": "#author", "display": f"{paper.author.name}, {paper.author.practice.name}"}


def _attachment(document_id: str, paper: Paper, found: Digests, moment: str) -> Resource:
    return {
        "extension": [{"url": SHA256_URL, "valueString": found.sha256}],
        "contentType": paper.media_type,
        "language": "fr-FR",
        "url": f"Binary/{document_id}",
        "size": found.size,
        "hash": found.sha1,
        "title": paper.title,
        "creation": moment,
    }


def _format(paper: Paper) -> Resource:
    if paper.format_code == MIME_SUFFICIENT:
        return coding(FORMAT_CODES, MIME_SUFFICIENT, "mimeType Sufficient")
    return coding(_FORMATS, paper.format_code)


def _context(paper: Paper) -> Resource:
    practice = paper.author.practice
    own = codeable(TRE_A00, "EXP_PATIENT", "Expression personnelle du patient")
    return {
        "period": {"start": paper.day.isoformat()},
        "facilityType": own
        if paper.is_own
        else codeable(_FACILITIES, practice.facility, practice.facility_display),
        "practiceSetting": own
        if paper.is_own
        else codeable(_SETTINGS, practice.setting, practice.setting_display),
        "sourcePatientInfo": {"reference": "#patient"},
    }


def _moment(day: date) -> str:
    return instant(datetime.combine(day, time(10, 30), _PARIS))


def submission_set(person: Person, year: int, documents: Sequence[str], day: date) -> Resource:
    """Make the lot by which a year's papers came: one List, sent by a hospital's gateway."""
    set_id = made_up_id("set", person.login, str(year))
    urn = f"urn:uuid:{set_id}"
    return {
        "resourceType": "List",
        "id": set_id,
        "meta": {"profile": [SET_PROFILE]},
        "contained": [
            {
                "resourceType": "Device",
                "id": "gateway",
                "deviceName": [{"name": "Passerelle de reprise (fictive)", "type": "user-friendly-name"}],
            }
        ],
        "extension": [
            {
                "url": f"{_MHD}/ihe-designationType",
                "valueCodeableConcept": codeable(TRE_A03, "90", CLASSES["90"]),
            },
            {
                "url": f"{_MHD}/ihe-sourceId",
                "valueIdentifier": {
                    "system": URI_SYSTEM,
                    "value": f"urn:uuid:{made_up_id('source', 'gateway')}",
                },
            },
        ],
        "identifier": [
            {"use": "usual", "system": URI_SYSTEM, "value": urn},
            {"use": "official", "system": URI_SYSTEM, "value": urn},
        ],
        "status": "current",
        "mode": "working",
        "title": f"Documents de {year}",
        "code": codeable(LIST_TYPES, "submissionset", "Submission Set"),
        "subject": reference("Patient", person.id),
        "date": _moment(day),
        "source": {"reference": "#gateway"},
        "entry": [{"item": reference("DocumentReference", each)} for each in documents],
    }


def mandate(person: Person, adviser: Helper, today: date) -> Resource:
    """Make a mandate of a year for the person's documents, signed on paper a month ago."""
    start = datetime.combine(today - timedelta(days=30), time(9, 15), _PARIS).astimezone(UTC)
    organization = adviser.organization
    facts = MandateFacts(
        patient=person.name,
        birth_date=person.born.isoformat(),
        adviser=adviser.name,
        organization=organization.name,
        scopes=frozenset({Scope.DOCUMENTS}),
        actions=frozenset({Action.VIEW, Action.ADD, Action.PRINT}),
        duration=Duration.YEAR,
        start=start,
        end=start + Duration.YEAR.length,
    )
    text = fill(CURRENT, facts)
    body = consent.MandateBody(
        id=made_up_id("mandate", person.login, adviser.login),
        patient_id=person.id,
        patient_name=facts.patient,
        birth_date=facts.birth_date,
        organization_id=organization.id,
        organization_name=facts.organization,
        adviser_id=adviser.id,
        adviser_name=facts.adviser,
        scopes=tuple(scope for scope in Scope if scope in facts.scopes),
        actions=tuple(action for action in Action if action in facts.actions),
        duration=facts.duration,
        start=start,
        end=facts.end,
        template_id=CURRENT,
        text_sha256=digest(text),
        language=LANGUAGE,
        signing_mode=SigningMode.ON_PAPER,
    )
    return consent.make(body, text)
