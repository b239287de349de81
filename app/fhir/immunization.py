"""Immunization (R4 §9.7): a vaccination as the person tells it, or as a professional recorded it.

What the person tells is no primary source and comes from their memory or their booklet
(``reportOrigin`` recall, record). The date may be partial. One noted by mistake is ``entered-in-error``.
What a pharmacist gives and records is a primary source, with the pharmacist as its performer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.clock import instant
from app.fhir import Resource, codeable, display_of, node, nodes, reference, string
from app.fhir.partial_date import day_of

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["TOLD", "TYPE", "ImmunizationBody", "entered_in_error", "is_listed", "make", "read"]

TYPE = "Immunization"
TOLD = frozenset({
    "vaccineCode", "occurrenceDateTime", "reportOrigin", "lotNumber", "expirationDate", "performer",
    "protocolApplied", "note",
})  # fmt: skip
"""The elements that the person's words fill."""
_ORIGIN = "http://terminology.hl7.org/CodeSystem/immunization-origin"


@dataclass(frozen=True, slots=True)
class ImmunizationBody:
    """What an Immunization says. ``day`` is a partial date; ``dose`` 0 where it does not say."""

    id: str
    name: str
    code: Resource
    status: str
    day: str
    lot: str
    performer: str
    dose: int
    note: str
    is_by_patient: bool
    version: str
    expiry: str = ""


def make(
    immunization_id: str,
    *,
    patient: tuple[str, str],
    code: Resource,
    day: str,
    lot: str,
    performer: str,
    dose: int,
    note: str,
    moment: datetime,
    expiry: str = "",
    given_by: Resource | None = None,
) -> Resource:
    """Make it as the person tells it; ``patient`` is (id, display), what is empty or 0 is left out.

    ``given_by``: the reference of the professional who gives it and records it, the primary source.
    """
    made: Resource = {
        "resourceType": TYPE,
        "id": immunization_id,
        "status": "completed",
        "vaccineCode": code,
        "patient": reference("Patient", *patient),
        "occurrenceDateTime": day,
        "recorded": instant(moment),
        "primarySource": given_by is not None,
    }
    if given_by is None:
        made["reportOrigin"] = codeable(_ORIGIN, "record" if lot else "recall")
    else:
        made["performer"] = [{"actor": given_by}]
    if lot:
        made["lotNumber"] = lot
    if expiry:
        made["expirationDate"] = expiry
    if performer and given_by is None:
        made["performer"] = [{"actor": {"display": performer}}]
    if dose:
        made["protocolApplied"] = [{"doseNumberPositiveInt": dose}]
    if note:
        made["note"] = [{"text": note}]
    return made


def read(resource: Resource) -> ImmunizationBody:
    """Read one, however it was written."""
    dose = next((each.get("doseNumberPositiveInt") for each in nodes(resource, "protocolApplied")), 0)
    return ImmunizationBody(
        id=string(resource, "id") or "",
        name=display_of(resource.get("vaccineCode")) or "",
        code=node(resource, "vaccineCode"),
        status=string(resource, "status") or "",
        day=day_of(string(resource, "occurrenceDateTime")),
        lot=string(resource, "lotNumber") or "",
        performer=next(iter(_performers(resource)), ""),
        dose=dose if isinstance(dose, int) and dose > 0 else 0,
        note=" ".join(text for each in nodes(resource, "note") if (text := string(each, "text"))),
        is_by_patient=resource.get("primarySource") is False,
        version=string(resource, "meta", "versionId") or "",
        expiry=day_of(string(resource, "expirationDate")),
    )


def _performers(resource: Resource) -> list[str]:
    found = (string(each, "actor", "display") for each in nodes(resource, "performer"))
    return [each for each in found if each]


def is_listed(body: ImmunizationBody) -> bool:
    """Say whether it stands in the person's list: it was done."""
    return body.status == "completed"


def entered_in_error(resource: Resource) -> Resource:
    """Return it as never having been."""
    return resource | {"status": "entered-in-error"}
