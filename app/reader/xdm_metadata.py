"""What METADATA.XML of an XDM set says: the documents, who wrote them, about whom, how they must be.

An ebRIM SubmitObjectsRequest (IHE ITI TF-3 §4.2). A missing part is passed over, as in a CDA's header: what
cannot be told is not told, and the documents speak for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.codes.document_types import TYPES
from app.reader.cda_header import INS_ROOTS
from app.reader.cda_words import flat, iso_day
from app.reader.cda_xml import Element, local, tree_of
from app.reader.errors import TooComplex
from app.reader.values import PatientSeen

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Entry", "Metadata", "metadata_of"]

MAX_ENTRIES = 200
_TYPE = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
_AUTHORS = (
    "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d",
    "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d",
)
_PATIENTS = (
    "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427",
    "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One document as it is announced: ``uri`` its file's name, ``digest`` its SHA-1 in hexadecimal."""

    uri: str
    title: str | None
    kind_label: str | None
    media_type: str
    date: str | None
    author: str | None
    institution: str | None
    language: str | None
    patient: PatientSeen | None
    size: int | None
    digest: str | None


@dataclass(frozen=True, slots=True)
class Metadata:
    """A submission set: what was sent, by whom, and its documents."""

    title: str | None
    date: str | None
    author: str | None
    institution: str | None
    patient: PatientSeen | None
    entries: tuple[Entry, ...]


def metadata_of(data: bytes) -> Metadata:
    """Read a METADATA.XML; raises UnsafeXml, TooComplex or BrokenFile."""
    root = tree_of(data)
    packages = list(root.iter("{*}RegistryPackage"))
    objects = list(root.iter("{*}ExtrinsicObject"))
    if len(objects) > MAX_ENTRIES:
        raise TooComplex
    first = packages[0] if packages else None
    slots = _slots(first)
    return Metadata(
        title=_name(first),
        date=_day(slots, "submissionTime"),
        author=_author(first),
        institution=_institution(first),
        patient=_patient(first, slots),
        entries=tuple(_entry(one) for one in objects),
    )


def _entry(element: Element) -> Entry:
    slots = _slots(element)
    size = _first(slots, "size")
    return Entry(
        uri=_uri(slots),
        title=_name(element),
        kind_label=_kind(element),
        media_type=flat(element.get("mimeType")).lower()[:60],
        date=_day(slots, "creationTime") or _day(slots, "serviceStartTime"),
        author=_author(element) or _xcn(_first(slots, "legalAuthenticator")),
        institution=_institution(element),
        language=_first(slots, "languageCode") or None,
        patient=_patient(element, slots),
        size=int(size) if size.isascii() and size.isdigit() and len(size) <= 12 else None,  # noqa: PLR2004
        digest=_first(slots, "hash").lower() or None,
    )


def _slots(element: Element | None) -> dict[str, list[str]]:
    """Every slot of an object itself, its values in their order."""
    found: dict[str, list[str]] = {}
    for slot in _inside(element, "Slot"):
        values = [flat("".join(one.itertext("*"))) for one in slot.iter("{*}Value")]
        found.setdefault(flat(slot.get("name")), [one for one in values if one])
    return found


def _inside(element: Element | None, name: str) -> Iterator[Element]:
    return iter(()) if element is None else (one for one in element if local(one) == name)


def _first(slots: dict[str, list[str]], name: str) -> str:
    return next(iter(slots.get(name, [])), "")


def _uri(slots: dict[str, list[str]]) -> str:
    """Put together what is cut in pieces of 128 letters, ``1|…``, ``2|…`` (ITI TF-3 §4.2.3.2.27)."""
    parts = slots.get("URI", [])
    if len(parts) > 1 and all(part[:2] in {f"{n}|" for n in range(1, 10)} for part in parts):
        return "".join(part[2:] for part in sorted(parts))
    return next(iter(parts), "")


def _day(slots: dict[str, list[str]], name: str) -> str | None:
    return iso_day(_first(slots, name))


def _name(element: Element | None) -> str | None:
    for name in _inside(element, "Name"):
        for words in name.iter("{*}LocalizedString"):
            if said := flat(words.get("value")):
                return said
    return None


def _classified(element: Element | None, *schemes: str) -> Iterator[Element]:
    for one in _inside(element, "Classification"):
        if flat(one.get("classificationScheme")).lower() in schemes:
            yield one


def _kind(element: Element) -> str | None:
    for one in _classified(element, _TYPE):
        known = TYPES.get(flat(one.get("nodeRepresentation")))
        return known.label if known else _name(one)
    return None


def _author(element: Element | None) -> str | None:
    told = (_xcn(_first(_slots(one), "authorPerson")) for one in _classified(element, *_AUTHORS))
    return next((name for name in told if name), None)


def _institution(element: Element | None) -> str | None:
    told = (_first(_slots(one), "authorInstitution") for one in _classified(element, *_AUTHORS))
    return next((name for one in told if (name := flat(one.split("^")[0]))), None)


def _xcn(value: str) -> str | None:
    """``80…^MARTIN^Anne^^^^^^&1.2.250…`` → ``Anne MARTIN``."""
    parts = [flat(part) for part in value.split("^")] + [""] * 3
    return " ".join(part for part in (parts[2], parts[1]) if part) or None


def _patient(element: Element | None, slots: dict[str, list[str]]) -> PatientSeen | None:
    told = [one.partition("|") for one in slots.get("sourcePatientInfo", [])]
    name = _person([flat(value) for key, _, value in told if key.upper() == "PID-5"])
    birth = next((iso_day(value) for key, _, value in told if key.upper() == "PID-7"), None)
    numbers = [part for key, _, value in told if key.upper() == "PID-3" for part in value.split("~")]
    ins = _ins([*numbers, *slots.get("sourcePatientId", []), *_identifiers(element)])
    return PatientSeen(name, birth, ins) if name or birth or ins else None


def _identifiers(element: Element | None) -> list[str]:
    return [
        flat(one.get("value"))
        for one in _inside(element, "ExternalIdentifier")
        if flat(one.get("identificationScheme")).lower() in _PATIENTS
    ]


def _person(names: list[str]) -> str:
    """Say the used name (D); a birth name (L) that differs is said after it."""
    parts = [[flat(part) for part in (name.split("~")[0].split("^") + [""] * 7)[:7]] for name in names]
    used = next((one for one in parts if one[6].upper() == "D"), None) or next(iter(parts), None)
    if used is None:
        return ""
    said = " ".join(part for part in (used[1].split(" ")[0], used[0]) if part)
    born = next((one[0] for one in parts if one[6].upper() == "L" and one[0]), "")
    return f"{said} (nom de naissance : {born})" if born and born.casefold() != used[0].casefold() else said


def _ins(numbers: list[str]) -> str | None:
    """Take the first number that an INS authority gave: ``2790…^^^&1.2.250.1.213.1.4.8&ISO^NH``."""
    known: dict[str, str] = {}
    for number in numbers:
        parts = [*number.split("^"), "", "", "", ""]
        root = next((one for one in parts[3].split("&") if one in INS_ROOTS), "")
        known.setdefault(root, parts[0].replace(" ", ""))
    return next((known[root] for root in INS_ROOTS if known.get(root)), None)
