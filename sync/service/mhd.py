"""Documents (IHE MHD 4.2.3, PDSm 3.1.1): the rules that hold beyond plain R4.

Decision: the bytes first. A DocumentReference that names a Binary of ours is only stored when that
Binary is there, whole, of the size and digest it announces; our program's must announce a SHA-256
(R4's own ``hash`` is SHA-1). Simplified publishing (ITI-105) carries the bytes inside: they become a
Binary and the metadata point to it. The rules of a profile apply where ``meta.profile`` claims it; what
the guide's own examples leave out (custodian…) is remarked on, not refused.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from app.codes.systems import SHA256_URL
from app.fhir import Resource, node, nodes, string
from app.fhir.document_reference import attachment_of, binary_id, sha256_of, size_of
from app.fhir.submission_set import LIST_TYPES
from sync.service import binaries
from sync.service.records import SHARED
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from sync.service.unit import Unit

__all__ = ["check_bundle", "check_list", "check_patch", "prepare_document"]

_PDSM = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/"
_COMPREHENSIVE = "pdsm-comprehensive-document-reference"
_SIMPLIFIED = "pdsm-simplified-publish"
_SUBMISSION_SET = "pdsm-submissionset-comprehensive"
_PROVIDE = "pdsm-comprehensive-provide-document-bundle"
_MHD_EXT = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/"
_ARCHIVED = _PDSM + "pdsm-ext-is-archived"
_REQUIRED = ("masterIdentifier", "status", "subject", "date", "author", "content")
_WISHED = {
    _COMPREHENSIVE: ("custodian", "securityLabel", "type", "category", "context"),
    _SIMPLIFIED: ("custodian",),
}
_PATCHED = frozenset({"status", "securityLabel", "extension", "meta", "text"})


def _claims(resource: Resource, profile: str) -> bool:
    found = node(resource, "meta").get("profile")
    return isinstance(found, list) and any(
        isinstance(each, str) and each.partition("|")[0] == _PDSM + profile for each in found
    )


def prepare_document(unit: Unit, document: Resource) -> Resource:
    """Check a DocumentReference and return it as it is stored."""
    for profile, wished in _WISHED.items():
        if _claims(document, profile):
            _check_profile(unit, document, wished)
    if "data" in attachment_of(document) and (_claims(document, _SIMPLIFIED) or not unit.caller.is_system):
        document = _published(unit, document)
    _check_bytes(unit, document)
    return document


def _check_profile(unit: Unit, document: Resource, wished: tuple[str, ...]) -> None:
    for name in _REQUIRED:
        if name not in document:
            raise Refused("element-missing", at=f"DocumentReference.{name}")
    if "docStatus" in document:
        raise Refused("element-forbidden", at="DocumentReference.docStatus")
    if len(nodes(document, "content")) != 1:
        raise Refused("element-value", at="DocumentReference.content", expected="un seul contenu")
    if not string(document, "masterIdentifier", "value"):
        raise Refused("element-missing", at="DocumentReference.masterIdentifier.value")
    unit.warnings += [
        ("profile-element", f"DocumentReference.{name}") for name in wished if name not in document
    ]


def _published(unit: Unit, document: Resource) -> Resource:
    """Turn the bytes inside into a Binary (ITI-105)."""
    from sync.service.interactions import store_new

    attachment = attachment_of(document)
    if "url" in attachment:
        raise Refused("element-forbidden", at="DocumentReference.content[0].attachment.url")
    binary: Resource = {
        "resourceType": "Binary",
        "contentType": string(attachment, "contentType") or "application/octet-stream",
        "data": attachment["data"],
    }
    subject = string(document, "subject", "reference")
    if subject:
        binary["securityContext"] = {"reference": subject}
    held = store_new(unit, binary)
    found = binaries.bytes_of(unit, held.patient_key, held.id)
    if found is None:
        raise Refused("binary-missing")
    made = copy.deepcopy(document)
    content = made["content"][0]["attachment"]
    del content["data"]
    content |= {"url": f"Binary/{held.id}"}
    content.setdefault("size", found.size)
    content.setdefault("hash", found.sha1)
    if sha256_of(made) is None:
        content.setdefault("extension", []).append({"url": SHA256_URL, "valueString": found.sha256})
    return made


def _check_bytes(unit: Unit, document: Resource) -> None:
    wanted = binary_id(document)
    at = "DocumentReference.content[0].attachment"
    demanding = not unit.caller.is_system or _claims(document, _COMPREHENSIVE)
    if wanted is None or not _is_ours(unit, document):
        if not unit.caller.is_system and document.get("status") != "entered-in-error":
            raise Refused("binary-missing", at=f"{at}.url")
        return
    found = _bytes_here(unit, document, wanted)
    if found is None:
        if demanding:
            raise Refused("binary-missing", at=f"{at}.url")
        return
    _compare(unit, document, found, at)


def _is_ours(unit: Unit, document: Resource) -> bool:
    url = string(attachment_of(document), "url") or ""
    return not url.startswith(("http://", "https://")) or url.startswith(unit.service.fhir + "/")


def _bytes_here(unit: Unit, document: Resource, wanted: str) -> binaries.Bytes | None:
    """Find the Binary in the person's record; a program's, that was no one's yet, is given to them."""
    if not unit.caller.is_system:
        return binaries.bytes_of(unit, unit.patient_key(), wanted)
    owner = unit.records.owner("Binary", wanted)
    if owner is None:
        return None
    subject = string(document, "subject", "reference") or ""
    key = unit.records.key_of_patient(subject.split("/")[-1])
    if owner == SHARED and key:
        unit.records.adopt("Binary", wanted, key)
        owner = key
    return binaries.bytes_of(unit, owner, wanted) if key in {owner, None} else None


def _compare(unit: Unit, document: Resource, found: binaries.Bytes, at: str) -> None:
    size, sha256, sha1 = size_of(document), sha256_of(document), string(attachment_of(document), "hash")
    if sha256 is None and not unit.caller.is_system:
        raise Refused("digest-required", at=f"{at}.extension")
    if size is not None and size != found.size:
        raise Refused("size-differs", at=f"{at}.size", size=found.size)
    if sha256 not in {None, found.sha256}:
        raise Refused("digest-differs", at=f"{at}.extension")
    if sha1 not in {None, found.sha1}:
        raise Refused("digest-differs", at=f"{at}.hash")


def check_list(unit: Unit, resource: Resource) -> None:
    """Check a SubmissionSet where the profile is claimed."""
    if not _claims(resource, _SUBMISSION_SET):
        return
    for name in ("code", "subject", "date", "source", "entry"):
        if name not in resource:
            raise Refused("element-missing", at=f"List.{name}")
    if not _is_submission_set(resource):
        raise Refused("code-unknown", at="List.code")
    given = {string(each, "url") for each in nodes(resource, "extension")}
    if _MHD_EXT + "ihe-sourceId" not in given:
        raise Refused("element-missing", at="List.extension(ihe-sourceId)")
    if _MHD_EXT + "ihe-designationType" not in given:
        unit.warnings.append(("profile-element", "List.extension(ihe-designationType)"))


def _is_submission_set(resource: Resource) -> bool:
    codings = nodes(resource, "code", "coding")
    return any(each.get("system") == LIST_TYPES and each.get("code") == "submissionset" for each in codings)


def check_bundle(bundle: Resource) -> None:
    """Check what the bundle of ITI-65 must hold where it claims the profile."""
    if not _claims(bundle, _PROVIDE):
        return
    sets = [each for each in nodes(bundle, "entry") if _is_submission_set(node(each, "resource"))]
    if bundle.get("type") != "transaction":
        raise Refused("bad-bundle", at="Bundle.type")
    if len(sets) != 1:
        raise Refused("element-value", at="Bundle.entry", expected="un seul lot de soumission")


def check_patch(unit: Unit, before: Resource, after: Resource) -> None:
    """Hold a document's PATCH to what PDSm permits: status, securityLabel, isArchived."""
    if before.get("resourceType") != "DocumentReference":
        return
    if unit.caller.is_system and not _claims(before, _COMPREHENSIVE):
        return
    changed = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    if not changed <= _PATCHED or _without_archived(before) != _without_archived(after):
        raise Refused("patch-not-permitted", at="DocumentReference")


def _without_archived(resource: Resource) -> list[Resource]:
    return [each for each in nodes(resource, "extension") if each.get("url") != _ARCHIVED]
