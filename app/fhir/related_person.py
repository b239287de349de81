"""RelatedPerson (fr-core-related-person, CDS): the trusted person and those to call.

Decision: RelatedPerson, not ``Patient.contact``. Each has a version of its own, so that two people who
change two contacts at once do not clash, and two who change the same one can be shown side by side; the
mandate covers it by its type (*mes volontés et mes contacts*); and the identity itself, which the
service tends, is never rewritten for a telephone number. Consequence: contacts that another program
wrote into the Patient are read (``of_patient``) and shown, not changed.
One that is over keeps its data: ``active`` false and ``period.end``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.codes.relationships import ROLE_CLASS, ROLE_DISPLAYS, RelativeRole, role_of_code
from app.codes.systems import URI_SYSTEM
from app.fhir import Resource, codeable, codes, display_of, items, node, nodes, reference, string

if TYPE_CHECKING:
    from datetime import date

__all__ = ["PROFILE", "TOLD", "TYPE", "RelativeBody", "ended", "make", "of_patient", "read"]

TYPE = "RelatedPerson"
TOLD = frozenset({"relationship", "name", "telecom"})
"""The elements that the person's words fill."""
PROFILE = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-related-person"


@dataclass(frozen=True, slots=True)
class RelativeBody:
    """Someone close. ``relation`` is a CodeableConcept; without ``id`` they stand in the Patient only."""

    id: str
    given: str
    family: str
    phone: str
    role: RelativeRole | None
    relation: Resource
    is_active: bool
    start: str
    end: str
    version: str

    @property
    def name(self) -> str:
        """How they are called."""
        return " ".join(part for part in (self.given, self.family) if part)


def make(
    related_id: str,
    *,
    patient: tuple[str, str],
    role: RelativeRole,
    relation: Resource,
    given: str,
    family: str,
    phone: str,
    day: date,
) -> Resource:
    """Make it; ``patient`` is (id, display), ``day`` the one from which it holds."""
    name: Resource = {"use": "usual", "text": f"{given} {family}".strip()}
    name |= {"family": family} if family else {}
    name |= {"given": [given]} if given else {}
    return {
        "resourceType": TYPE,
        "id": related_id,
        "meta": {"profile": [PROFILE]},
        "identifier": [{"use": "official", "system": URI_SYSTEM, "value": f"urn:uuid:{related_id}"}],
        "active": True,
        "patient": reference("Patient", *patient),
        "relationship": [codeable(ROLE_CLASS, role.value, ROLE_DISPLAYS[role]), relation],
        "name": [name],
        "telecom": [{"system": "phone", "value": phone}],
        "period": {"start": day.isoformat()},
    }


def ended(resource: Resource, day: date) -> Resource:
    """Return it as over since ``day``."""
    return resource | {"active": False, "period": node(resource, "period") | {"end": day.isoformat()}}


def read(resource: Resource, today: date) -> RelativeBody:
    """Read one, however it was written; one whose period is over is not active."""
    end = (string(resource, "period", "end") or "")[:10]
    return _read(
        resource,
        nodes(resource, "name"),
        is_active=resource.get("active") is not False and (not end or end > today.isoformat()),
    )


def of_patient(patient: Resource) -> list[RelativeBody]:
    """Read the contacts that stand in the Patient itself, those with a role only."""
    found = (
        _read(each, [node(each, "name")], is_active="end" not in node(each, "period"))
        for each in nodes(patient, "contact")
    )
    return [each for each in found if each.role and each.is_active and each.name]


def _read(body: Resource, names: list[Resource], *, is_active: bool) -> RelativeBody:
    concepts = nodes(body, "relationship")
    named = next((role for each in concepts for code in codes(each) if (role := role_of_code(code))), None)
    relation = next((each for each in concepts if not any(role_of_code(code) for code in codes(each))), {})
    name = next(iter(names), {})
    given = " ".join(each for each in items(name, "given") if isinstance(each, str))
    family = string(name, "family") or ""
    return RelativeBody(
        id=string(body, "id") or "",
        given=given if given or family else string(name, "text") or "",
        family=family,
        phone=_phone(body),
        role=named,
        relation=relation if display_of(relation) else {},
        is_active=is_active,
        start=string(body, "period", "start") or "",
        end=string(body, "period", "end") or "",
        version=string(body, "meta", "versionId") or "",
    )


def _phone(body: Resource) -> str:
    found = (string(each, "value") for each in nodes(body, "telecom") if each.get("system") == "phone")
    return next((each for each in found if each), "")
