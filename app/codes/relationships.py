"""Who someone is to the person, and what they are for them in the health space.

Sources: ``JDV_J11_RelationPatient_CISIS`` (HL7 RoleCode, published as TRE_R216) for the relation;
TRE_R260-HL7RoleClass, version of April 2024, for the role: ``NOK`` is *personne de confiance* and
``ECON`` *personne à prévenir en cas d'urgence*. Before 2024 the first was ``QUAL``, and older FR core
sets say ``K``: both are understood, neither is written.
"""

from __future__ import annotations

from enum import StrEnum

from app.codes.terms import Term, keyed

__all__ = ["RELATIONS", "ROLE_CLASS", "ROLE_CODE", "ROLE_DISPLAYS", "RelativeRole", "role_of_code"]

_NOS = "https://mos.esante.gouv.fr/NOS"
ROLE_CLASS = f"{_NOS}/TRE_R260-HL7RoleClass/FHIR/TRE-R260-HL7RoleClass"
ROLE_CODE = f"{_NOS}/TRE_R216-HL7RoleCode/FHIR/TRE-R216-HL7RoleCode"


class RelativeRole(StrEnum):
    """What someone close is for the person; the value is the code of TRE_R260."""

    TRUSTED = "NOK"
    EMERGENCY = "ECON"


ROLE_DISPLAYS: dict[RelativeRole, str] = {
    RelativeRole.TRUSTED: "personne de confiance",
    RelativeRole.EMERGENCY: "personne à prévenir en cas d'urgence",
}
"""The displays of TRE_R260, as they travel."""

_FORMER = {"QUAL": RelativeRole.TRUSTED, "K": RelativeRole.TRUSTED}


def role_of_code(code: str) -> RelativeRole | None:
    """Return the role a code means, those of former lists too; ``None`` for any other."""
    return RelativeRole(code) if code in set(RelativeRole) else _FORMER.get(code)


RELATIONS: dict[str, Term] = keyed(
    (
        Term("husband", "Mon mari", ROLE_CODE, "HUSB"),
        Term("wife", "Ma femme", ROLE_CODE, "WIFE"),
        Term("partner", "Mon compagnon, ma compagne", ROLE_CODE, "DOMPART"),
        Term("daughter", "Ma fille", ROLE_CODE, "DAUC"),
        Term("son", "Mon fils", ROLE_CODE, "SONC"),
        Term("sister", "Ma sœur", ROLE_CODE, "SIS"),
        Term("brother", "Mon frère", ROLE_CODE, "BRO"),
        Term("mother", "Ma mère", ROLE_CODE, "MTH"),
        Term("father", "Mon père", ROLE_CODE, "FTH"),
        Term("granddaughter", "Ma petite-fille", ROLE_CODE, "GRNDDAU"),
        Term("family", "Une autre personne de la famille", ROLE_CODE, "FAMMEMB"),
        Term("friend", "Un ami, une amie", ROLE_CODE, "FRND"),
        Term("neighbor", "Un voisin, une voisine", ROLE_CODE, "NBOR"),
        Term("other", "Une autre personne"),
    )
)
"""Relations as the person says them. A grandson has two spellings in the French lists: he is family."""
