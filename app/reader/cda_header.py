"""What a CDA's header says of the document: what, when, by whom, about whom.

A missing or null part is passed over: a document is never refused for its header.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.codes.document_types import TYPES
from app.reader.cda_words import flat, iso_day
from app.reader.cda_xml import Element, children, find
from app.reader.values import PatientSeen

__all__ = ["Header", "header_of"]

# INS-NIR, INS-NIA, and the two systems for tests: the first found in this order.
INS_ROOTS = tuple(f"1.2.250.1.213.1.4.{last}" for last in (8, 9, 10, 11))
_CALLED: dict[str, str] = {
    "DR": "Dr",
    "DOCTEUR": "Dr",
    "PR": "Pr",
    "PROF": "Pr",
    "MME": "Mme",
    "MLLE": "Mme",
    "M": "M.",
    "MR": "M.",
}
_TITLES = frozenset({"Dr", "Pr"})


@dataclass(frozen=True, slots=True)
class Header:
    """The facts; None where the document does not say."""

    title: str | None
    kind_label: str | None
    date: str | None
    author: str | None
    custodian: str | None
    patient: PatientSeen | None
    language: str | None


def header_of(root: Element) -> Header:
    """Read the header of a ``ClinicalDocument``."""
    kind = _kind(find(root, "code"))
    return Header(
        title=_words(find(root, "title")) or kind,
        kind_label=kind,
        date=_date(root),
        author=_author(root),
        custodian=_name_of(find(root, "custodian", "assignedCustodian", "representedCustodianOrganization")),
        patient=_patient(root),
        language=_attribute(find(root, "languageCode"), "code"),
    )


def _words(element: Element | None) -> str | None:
    return flat("".join(element.itertext("*"))) or None if element is not None else None


def _attribute(element: Element | None, name: str) -> str | None:
    return flat(element.get(name)) or None if element is not None else None


def _kind(code: Element | None) -> str | None:
    if code is None:
        return None
    known = TYPES.get(code.get("code") or "")
    displays = (one.get("displayName") for one in (code, *children(code, "translation")))
    return next((flat(said) for said in displays if flat(said)), known.label if known else None)


def _date(root: Element) -> str | None:
    for path in (("effectiveTime",), ("legalAuthenticator", "time"), ("author", "time")):
        found = iso_day(_attribute(find(root, *path), "value"))
        if found:
            return found
    return None


def _author(root: Element) -> str | None:
    """Name a person sooner than a device or a place; who signed stands in for who wrote."""
    written = children(root, "author", "assignedAuthor")
    signed = children(root, "legalAuthenticator", "assignedEntity")
    for one in (*written, *signed):
        if name := _person(find(one, "assignedPerson")):
            return name
    for one in (*written, *signed):
        if name := _name_of(find(one, "representedOrganization")) or _device(one):
            return name
    return None


def _device(author: Element) -> str | None:
    device = find(author, "assignedAuthoringDevice")
    return _words(find(device, "softwareName")) or _words(find(device, "manufacturerModelName"))


def _name_of(organization: Element | None) -> str | None:
    return _words(find(organization, "name"))


def _person(person: Element | None) -> str | None:
    """``Dr Anne MARTIN``; French CDA put the civil title in ``prefix`` and the professional in ``suffix``."""
    name = find(person, "name")
    if name is None or name.get("nullFlavor"):
        return None
    given, family = _first(name, "given"), _first(name, "family")
    if not (given or family):
        return _words(name)
    called = [_CALLED.get(flat(one.text).upper().rstrip("."), flat(one.text)) for one in _all_titles(name)]
    title = next((one for one in called if one in _TITLES), called[0] if called else "")
    return " ".join(part for part in (title, given, family) if part)


def _all_titles(name: Element) -> list[Element]:
    return [one for one in (*children(name, "prefix"), *children(name, "suffix")) if flat(one.text)]


def _first(name: Element, tag: str) -> str:
    """Return the first part that has a letter: some programs fill a gap with a full stop."""
    return _any(children(name, tag))


def _patient(root: Element) -> PatientSeen | None:
    role = find(root, "recordTarget", "patientRole")
    patient = find(role, "patient")
    name = " ".join(_patient_name(one) for one in children(patient, "name")[:1])
    birth = iso_day(_attribute(find(patient, "birthTime"), "value"))
    ins = _ins(role)
    return PatientSeen(name, birth, ins) if name or birth or ins else None


def _patient_name(name: Element) -> str:
    """Say the used name; a birth name that differs is said after it."""
    family, given = children(name, "family"), children(name, "given")
    born = _qualified(family, "BR")
    used = _qualified(family, "CL", "SP") or born or _any(family)
    first = _qualified(given, "CL") or _qualified(given, "BR") or _any(given)
    said = " ".join(part for part in (first, used) if part) or _words(name) or ""
    return f"{said} (nom de naissance : {born})" if born and born.casefold() != used.casefold() else said


def _qualified(parts: list[Element], *qualifiers: str) -> str:
    for qualifier in qualifiers:
        for part in parts:
            if qualifier in (part.get("qualifier") or "").split() and flat(part.text):
                return flat(part.text)
    return ""


def _any(parts: list[Element]) -> str:
    return next((flat(part.text) for part in parts if any(map(str.isalpha, part.text or ""))), "")


def _ins(role: Element | None) -> str | None:
    known = {
        flat(one.get("root")): flat(one.get("extension")).replace(" ", "") for one in children(role, "id")
    }
    return next((known[root] for root in INS_ROOTS if known.get(root)), None)
