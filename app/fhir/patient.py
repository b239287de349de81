"""Patient (fr-core-patient-ins): the names a person is called by, their traits, reading and making.

The official name is the birth name of the INS, written in capitals without accents; the usual name
is what people answer to. Screens show the usual one and read the official one back.
A birth date may be partial, or lunar (``1950-00-00`` is written ``1950``), so that it stays a text
beside the ``date`` where there is one; whoever has no full date counts as born on its last day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from app.codes.systems import INS_SYSTEMS, OURS
from app.fhir import Resource, coding, extension, identifier_value, items, node, nodes, string

__all__ = [
    "ADULT",
    "PROTECTION_URL",
    "Identity",
    "ReadBack",
    "age_on",
    "birth_date",
    "birth_date_text",
    "birth_name",
    "birth_place",
    "display_name",
    "email",
    "identity",
    "ins",
    "is_minor",
    "is_protected",
    "make",
    "read_back",
    "traits",
]

PROTECTION_URL = f"{OURS}/StructureDefinition/legal-protection"
"""Extension of Patient: ``valueCode`` tutelle | curatelle | sauvegarde | habilitation (of an adult)."""

ADULT = 18
PROFILE = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-ins"
_BIRTH_GIVEN = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name"
_BIRTH_PLACE = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
_INSEE_CODE = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code"
_RELIABILITY = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability"
_VERIFIED = "VALI"
_RELIABILITY_CODES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445"
_IDENTIFIER_TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
_COMMUNES = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
_EMAIL = re.compile(r"[^\s@<>,;:\"\\\x00-\x1f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What is read aloud to ask "C'est bien vous ?"; ``None`` where the record does not say."""

    display: str
    birth_name: str
    birth_date: date | None
    birth_date_text: str | None
    birth_place: str | None
    gender: str | None
    ins: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """The strict traits of the INS, as written: all given names, the COG code of the birth place."""

    family: str
    given: str
    born: str
    gender: str
    place: str


def display_name(patient: Resource) -> str:
    """Return the name a person is called by, as it is written: ``Zélie Fabre``."""
    usual, official = _name(patient, "usual"), _name(patient, "official")
    given = _first_given(usual) or _first_given(official)
    family = string(usual, "family") or string(official, "family")
    named = " ".join(_as_written(part) for part in (given, family) if part)
    return named or string(usual, "text") or string(official, "text") or ""


def email(patient: Resource) -> str | None:
    """Return the mail address the record holds; one that is said to be old, or is none, does not count."""
    for each in nodes(patient, "telecom"):
        value = (string(each, "value") or "").strip()
        if each.get("system") == "email" and each.get("use") != "old" and _EMAIL.fullmatch(value):
            return value
    return None


def birth_name(patient: Resource) -> str:
    """Return the birth name and given names of the INS: ``Zélie Rose DURAND``."""
    official = _name(patient, "official")
    listed = string(extension(official, _BIRTH_GIVEN), "valueString") or string(
        extension(patient, _BIRTH_GIVEN), "valueString"
    )
    given = listed or " ".join(each for each in items(official, "given") if isinstance(each, str))
    family = string(official, "family") or ""
    return f"{_as_written(given)} {family.upper()}".strip()


def identity(patient: Resource) -> Identity | None:
    """Return the traits of an identity that was verified (status ``VALI``); "" for what the record lacks.

    The list of birth given names counts, not the first one alone.
    """
    statuses = nodes(extension(patient, _RELIABILITY), "extension")
    if not any(
        each.get("url") == "identityStatus" and string(each, "valueCoding", "code") == _VERIFIED
        for each in statuses
    ):
        return None
    official = next((each for each in nodes(patient, "name") if each.get("use") == "official"), {})
    listed = string(extension(official, _BIRTH_GIVEN), "valueString") or string(
        extension(patient, _BIRTH_GIVEN), "valueString"
    )
    address = node(extension(patient, _BIRTH_PLACE), "valueAddress")
    return Identity(
        family=string(official, "family") or "",
        given=listed or "",
        born=birth_date_text(patient) or "",
        gender=string(patient, "gender") or "",
        place=string(extension(address, _INSEE_CODE), "valueCoding", "code") or "",
    )


def _name(patient: Resource, use: str) -> Resource:
    names = nodes(patient, "name")
    for each in names:
        if each.get("use") == use:
            return each
    return next((each for each in names if "use" not in each), {}) if use == "official" else {}


def _first_given(name: Resource) -> str | None:
    return string(name, "given", 0)


def _as_written(name: str) -> str:
    """Give a name in capitals its everyday form; one that has small letters is left as it is."""
    if not name.isupper():
        return name
    return re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), name)


def birth_date_text(patient: Resource) -> str | None:
    """Return the birth date as it is recorded: ``1979-03-28``, ``1950-00-00``, ``1950``."""
    return string(patient, "birthDate")


def birth_date(patient: Resource) -> date | None:
    """Return the birth date, ``None`` where it is missing, partial or lunar."""
    text = birth_date_text(patient) or ""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def birth_place(patient: Resource) -> str | None:
    """Return the place of birth by name, else its COG code."""
    address = node(extension(patient, _BIRTH_PLACE), "valueAddress")
    city = string(address, "city") or string(address, "text")
    return city or string(extension(address, _INSEE_CODE), "valueCoding", "code")


def ins(patient: Resource) -> str | None:
    """Return the INS matricule, 15 characters."""
    return identifier_value(patient, *INS_SYSTEMS)


def age_on(patient: Resource, day: date) -> int | None:
    """Return the age in whole years; a partial birth date counts as the last day it can mean."""
    born = birth_date(patient) or _latest(birth_date_text(patient) or "")
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _latest(text: str) -> date | None:
    year = text[:4]
    return date(int(year), 12, 31) if year.isdecimal() and int(year) else None


def is_minor(patient: Resource, day: date) -> bool:
    """Say whether the person is under 18; whose age is unknown counts as a minor."""
    age = age_on(patient, day)
    return age is None or age < ADULT


def is_protected(patient: Resource) -> bool:
    """Say whether the person is an adult under tutelle, curatelle or sauvegarde de justice."""
    return bool(extension(patient, PROTECTION_URL))


def read_back(patient: Resource) -> ReadBack:
    """Gather what is read aloud to the person."""
    return ReadBack(
        display=display_name(patient),
        birth_name=birth_name(patient),
        birth_date=birth_date(patient),
        birth_date_text=birth_date_text(patient),
        birth_place=birth_place(patient),
        gender=string(patient, "gender"),
        ins=ins(patient),
    )


def traits(patient: Resource) -> Resource:
    """Copy the identity traits, to be contained in a document's metadata (sourcePatientInfo)."""
    kept = ("identifier", "name", "gender", "birthDate")
    return {"resourceType": "Patient", "id": "patient"} | {
        key: patient[key] for key in kept if key in patient
    }


def make(
    patient_id: str,
    *,
    ins_value: str,
    ins_system: str,
    family: str,
    given: list[str],
    gender: str,
    born: str,
    usual_family: str | None = None,
    usual_given: str | None = None,
    place: tuple[str, str] | None = None,
    protection: str | None = None,
) -> Resource:
    """Make a Patient with a qualified identity; ``place`` is the birth commune and its COG code."""
    official: Resource = {"use": "official", "family": family, "given": given[:1]}
    official["extension"] = [{"url": _BIRTH_GIVEN, "valueString": " ".join(given)}]
    usual = {"use": "usual", "family": usual_family or family, "given": [usual_given or given[0]]}
    return {
        "resourceType": "Patient",
        "id": patient_id,
        "meta": {"profile": [PROFILE]},
        "extension": _extensions(place, protection),
        "identifier": [
            {
                "use": "official",
                "type": {"coding": [coding(_IDENTIFIER_TYPES, INS_SYSTEMS[ins_system])]},
                "system": ins_system,
                "value": ins_value,
            }
        ],
        "active": True,
        "name": [official, usual],
        "gender": gender,
        "birthDate": born,
    }


def _extensions(place: tuple[str, str] | None, protection: str | None) -> list[Resource]:
    status = {"url": "identityStatus", "valueCoding": coding(_RELIABILITY_CODES, "VALI")}
    made: list[Resource] = [{"url": _RELIABILITY, "extension": [status]}]
    if place:
        insee = {"url": _INSEE_CODE, "valueCoding": coding(_COMMUNES, place[1])}
        made.append({"url": _BIRTH_PLACE, "valueAddress": {"city": place[0], "extension": [insee]}})
    if protection:
        made.append({"url": PROTECTION_URL, "valueCode": protection})
    return made
