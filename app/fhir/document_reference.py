"""DocumentReference (PDSm comprehensive, MHD 4.2.3): a document's metadata, reading and making.

Conventions, ours where the standards leave a choice:

- the title shown is ``content[0].attachment.title``; the date shown is ``context.period.start``,
  else ``attachment.creation``, else ``date``;
- ``attachment.url`` is ``Binary/<id>``;
- ``attachment.hash`` is the SHA-1 that R4 prescribes; what is compared is the SHA-256 in an
  extension of the attachment;
- ``masterIdentifier`` names the version, ``identifier`` (entryUUID) the entry;
- what a person files has the person as its author (type DOCPAT…, facility and setting
  EXP_PATIENT): who helped is said by the Provenance.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime

from app.clock import instant
from app.codes.categories import class_of, type_of
from app.codes.document_types import TYPES
from app.codes.systems import FORMAT_CODES, PDSM, SHA256_URL, TRE_A00, URI_SYSTEM, V3_CONFIDENTIALITY
from app.fhir import (
    Resource,
    codeable,
    codes,
    coding,
    display_of,
    extension,
    node,
    nodes,
    reference,
    reference_id,
    string,
)
from app.fhir.patient import display_name, traits

__all__ = [
    "PROFILE",
    "Digests",
    "attachment_of",
    "author_display",
    "binary_id",
    "binary_ids",
    "content_type",
    "day_of",
    "digests",
    "identifiers",
    "is_hidden",
    "kind_of",
    "make",
    "master_identifier",
    "sha256_of",
    "size_of",
    "title_of",
]

PROFILE = f"{PDSM}/pdsm-comprehensive-document-reference"
_DAY = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
_HEX_256 = re.compile(r"[0-9a-f]{64}")
_VISIBLE = frozenset({"N", "R", "V"})


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests of a document's bytes: SHA-256 in hex, SHA-1 in base64 as R4 wants it, the size."""

    sha256: str
    sha1: str
    size: int


def digests(data: bytes) -> Digests:
    """Compute what the attachment says about its bytes."""
    sha1 = hashlib.sha1(data, usedforsecurity=False).digest()
    return Digests(hashlib.sha256(data).hexdigest(), base64.b64encode(sha1).decode(), len(data))


def attachment_of(document: Resource) -> Resource:
    """Return the attachment, empty where the body has none."""
    return node(document, "content", 0, "attachment")


def title_of(document: Resource) -> str:
    """Return the title shown: the attachment's, else the description, else the kind."""
    return (
        string(attachment_of(document), "title") or string(document, "description") or kind_of(document) or ""
    )


def kind_of(document: Resource) -> str | None:
    """Return what kind of document it is, in the document's own words, else in the list's."""
    known = (TYPES.get(code) for code in codes(document.get("type")))
    return display_of(document.get("type")) or next((each.label for each in known if each), None)


def day_of(document: Resource) -> date | None:
    """Return the date shown; a year or a month alone stands for its first day."""
    for text in (
        string(document, "context", "period", "start"),
        string(attachment_of(document), "creation"),
        string(document, "date"),
    ):
        day = _day(text or "")
        if day:
            return day
    return None


def _day(text: str) -> date | None:
    found = _DAY.match(text)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return None


def content_type(document: Resource) -> str:
    """Return the media type without its parameters, in small letters."""
    return (string(attachment_of(document), "contentType") or "").partition(";")[0].strip().lower()


def sha256_of(document: Resource) -> str | None:
    """Return the SHA-256 in hex, ``None`` where the sender gave none."""
    text = string(extension(attachment_of(document), SHA256_URL), "valueString")
    return text.lower() if text and _HEX_256.fullmatch(text.lower()) else None


def size_of(document: Resource) -> int | None:
    """Return the size the metadata claims, in bytes."""
    size = attachment_of(document).get("size")
    return size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None


def binary_id(document: Resource) -> str | None:
    """Return the id of the Binary that holds the bytes, ``None`` for another kind of address."""
    url = string(attachment_of(document), "url")
    return reference_id({"reference": url}, "Binary") if url else None


def binary_ids(document: Resource) -> list[str]:
    """Return the ids of all Binaries that a document names: R4 allows several contents."""
    urls = [string(each, "attachment", "url") for each in nodes(document, "content")]
    found = [reference_id({"reference": url}, "Binary") for url in urls if url]
    return [each for each in found if each]


def master_identifier(document: Resource) -> str | None:
    """Return the identity of this version of the document (uniqueId)."""
    return string(document, "masterIdentifier", "value")


def identifiers(document: Resource) -> list[str]:
    """List the identities of the entry (entryUUID, logicalId)."""
    return [each["value"] for each in nodes(document, "identifier") if string(each, "value")]


def author_display(document: Resource) -> str | None:
    """Return who wrote it: as named in the reference, else by the contained resource."""
    for author in nodes(document, "author"):
        named = string(author, "display") or _contained_name(document, string(author, "reference") or "")
        if named:
            return named
    return None


def _contained_name(document: Resource, local: str) -> str | None:
    for each in nodes(document, "contained"):
        if local == f"#{string(each, 'id')}":
            return _name_of(document, each)
    return None


def _name_of(document: Resource, each: Resource) -> str | None:
    if each.get("resourceType") == "PractitionerRole":
        return next(
            (
                named
                for key in ("practitioner", "organization")
                if (
                    named := string(each, key, "display")
                    or _contained_name(document, string(each, key, "reference") or "")
                )
            ),
            None,
        )
    if each.get("resourceType") == "Patient":
        return display_name(each) or None
    if isinstance(each.get("name"), str):
        return string(each, "name")
    name = node(each, "name", 0)
    parts = [string(name, "prefix", 0), string(name, "given", 0), string(name, "family")]
    return (
        string(name, "text")
        or " ".join(part for part in parts if part)
        or string(each, "deviceName", 0, "name")
    )


def is_hidden(document: Resource) -> bool:
    """Say whether a label hides it from someone."""
    labels = [code for concept in nodes(document, "securityLabel") for code in codes(concept)]
    return any(code not in _VISIBLE for code in labels)


def make(
    document_id: str,
    *,
    binary: str,
    patient: Resource,
    custodian: Resource,
    category: str,
    day: date,
    title: str,
    media_type: str,
    content: Digests,
    moment: datetime,
) -> Resource:
    """Make the metadata of what a person files.

    ``binary`` is the id under which the bytes are uploaded, ``custodian`` a Reference to an Organization.
    """
    urn = f"urn:uuid:{document_id}"
    return {
        "resourceType": "DocumentReference",
        "id": document_id,
        "meta": {"profile": [PROFILE]},
        "contained": [traits(patient)],
        "masterIdentifier": {"use": "usual", "system": URI_SYSTEM, "value": urn},
        "identifier": [{"use": "official", "system": URI_SYSTEM, "value": urn}],
        "status": "current",
        "type": type_of(category),
        "category": [class_of(category)],
        "subject": reference("Patient", str(patient["id"])),
        "date": instant(moment),
        "author": [{"reference": "#patient", "display": display_name(patient)}],
        "custodian": custodian,
        "securityLabel": [codeable(V3_CONFIDENTIALITY, "N", "Normal")],
        "content": [
            {
                "attachment": _attachment(binary, title, media_type, content, moment),
                "format": coding(
                    FORMAT_CODES, "urn:ihe:iti:xds:2017:mimeTypeSufficient", "mimeType Sufficient"
                ),
            }
        ],
        "context": _context(day),
    }


def _attachment(binary: str, title: str, media_type: str, content: Digests, moment: datetime) -> Resource:
    return {
        "extension": [{"url": SHA256_URL, "valueString": content.sha256}],
        "contentType": media_type,
        "language": "fr-FR",
        "url": f"Binary/{binary}",
        "size": content.size,
        "hash": content.sha1,
        "title": title,
        "creation": instant(moment),
    }


def _context(day: date) -> Resource:
    by_the_patient = codeable(TRE_A00, "EXP_PATIENT", "Expression personnelle du patient")
    return {
        "period": {"start": day.isoformat()},
        "facilityType": by_the_patient,
        "practiceSetting": by_the_patient,
        "sourcePatientInfo": {"reference": "#patient"},
    }
