"""AllergyIntolerance (R4 §9.1): what the person does not tolerate, and what it did to them.

What the person says is ``unconfirmed`` and has them as ``asserter``; what a professional recorded is
shown beside it and not changed here. ``criticality`` is a judgment about what may happen: it is read,
never written by us; ``reaction.severity`` is what happened. An allergy that is over is ``resolved``;
one that never was is ``entered-in-error`` and then has no clinical status (R4 ait-2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.clock import instant
from app.fhir import Resource, codeable, codes, display_of, node, nodes, reference, reference_id, string
from app.fhir.partial_date import day_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["TOLD", "TYPE", "AllergyBody", "entered_in_error", "is_listed", "make", "read", "resolved"]

TYPE = "AllergyIntolerance"
TOLD = frozenset({"category", "code", "onsetDateTime", "reaction", "note"})
"""The elements that the person's words fill."""
_CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
_ENTERED_IN_ERROR = "entered-in-error"


_SEVERITIES = ("mild", "moderate", "severe")


@dataclass(frozen=True, slots=True)
class AllergyBody:
    """What an AllergyIntolerance says. ``onset`` is a partial date, ``code`` its CodeableConcept."""

    id: str
    name: str
    code: Resource
    category: str
    clinical_status: str
    verification_status: str
    criticality: str
    severity: str
    reactions: tuple[Resource, ...]
    onset: str
    note: str
    is_by_patient: bool
    version: str


def make(
    allergy_id: str,
    *,
    patient: tuple[str, str],
    code: Resource,
    category: str,
    reactions: Sequence[Resource],
    severity: str,
    onset: str,
    note: str,
    moment: datetime,
) -> Resource:
    """Make it as the person says it; ``patient`` is (id, display), empty words are left out."""
    made: Resource = {
        "resourceType": TYPE,
        "id": allergy_id,
        "clinicalStatus": codeable(_CLINICAL, "active"),
        "verificationStatus": codeable(_VERIFICATION, "unconfirmed"),
        "category": [category],
        "code": code,
        "patient": reference("Patient", *patient),
        "recordedDate": instant(moment),
        "asserter": reference("Patient", *patient),
    }
    return made | _told(reactions, severity, onset, note)


def _told(reactions: Sequence[Resource], severity: str, onset: str, note: str) -> Resource:
    told: Resource = {}
    if onset:
        told["onsetDateTime"] = onset
    if note:
        told["note"] = [{"text": note}]
    if reactions or severity:
        # R4 wants a manifestation in each reaction: one whose signs are not told says so.
        manifestation = list(reactions) or [{"text": "Réaction non précisée"}]
        told["reaction"] = [{"manifestation": manifestation} | ({"severity": severity} if severity else {})]
    return told


def read(resource: Resource) -> AllergyBody:
    """Read one, however it was written."""
    patient_id = reference_id(resource.get("patient"), "Patient")
    author = reference_id(resource.get("asserter") or resource.get("recorder"), "Patient")
    reactions = nodes(resource, "reaction")
    return AllergyBody(
        id=string(resource, "id") or "",
        name=display_of(resource.get("code")) or "",
        code=node(resource, "code"),
        category=string(resource, "category", 0) or "",
        clinical_status=next(iter(codes(resource.get("clinicalStatus"))), ""),
        verification_status=next(iter(codes(resource.get("verificationStatus"))), ""),
        criticality=string(resource, "criticality") or "",
        severity=_worst(reactions),
        reactions=tuple(sign for each in reactions for sign in nodes(each, "manifestation")),
        onset=day_of(string(resource, "onsetDateTime")),
        note=" ".join(text for each in nodes(resource, "note") if (text := string(each, "text"))),
        is_by_patient=author is not None and author == patient_id,
        version=string(resource, "meta", "versionId") or "",
    )


def _worst(reactions: list[Resource]) -> str:
    """Return the severest of several: who helps in an emergency must not read the milder one."""
    told = [found for each in reactions if (found := string(each, "severity"))]
    return max(told, key=lambda each: _SEVERITIES.index(each) if each in _SEVERITIES else -1, default="")


def is_listed(body: AllergyBody) -> bool:
    """Say whether it stands in the person's list: it was no error, was not refuted and is not over."""
    return body.verification_status not in {_ENTERED_IN_ERROR, "refuted"} and body.clinical_status not in {
        "resolved",
        "inactive",
    }


def resolved(resource: Resource) -> Resource:
    """Return it as over."""
    return resource | {"clinicalStatus": codeable(_CLINICAL, "resolved")}


def entered_in_error(resource: Resource) -> Resource:
    """Return it as never having been true."""
    kept = {key: value for key, value in resource.items() if key != "clinicalStatus"}
    return kept | {"verificationStatus": codeable(_VERIFICATION, _ENTERED_IN_ERROR)}
