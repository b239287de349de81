"""What people are most often allergic to, in four groups, in everyday French.

Sources of the codes: medicines by their ATC class or substance (WHO index; the CI-SIS value set
``JDV_AllergiesVaccins`` names medicines by ATC too); other substances by SNOMED CT where the concept
stands in the international patient summary's allergy lists; the egg by the concept of the CI-SIS set.
An entry without a code is text alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.codes.terms import ATC, SNOMED, Term, keyed

__all__ = ["ALLERGENS", "CATEGORIES", "GROUP_LABELS", "Allergen", "AllergenGroup", "of_group"]


class AllergenGroup(StrEnum):
    """How a person sorts what they are allergic to."""

    MEDICINE = "medicine"
    FOOD = "food"
    NATURE = "nature"
    MATERIAL = "material"


GROUP_LABELS: dict[AllergenGroup, str] = {
    AllergenGroup.MEDICINE: "Un médicament",
    AllergenGroup.FOOD: "Un aliment",
    AllergenGroup.NATURE: "Pollens, animaux, insectes",
    AllergenGroup.MATERIAL: "Latex, métal, produit sur la peau",
}

CATEGORIES: dict[AllergenGroup, str] = {
    AllergenGroup.MEDICINE: "medication",
    AllergenGroup.FOOD: "food",
    AllergenGroup.NATURE: "environment",
    AllergenGroup.MATERIAL: "environment",
}
"""R4 ``AllergyIntolerance.category`` of each group."""


@dataclass(frozen=True, slots=True)
class Allergen(Term):
    """An allergen and the group it is looked for in."""

    group: AllergenGroup = AllergenGroup.MEDICINE


_MEDICINE, _FOOD = AllergenGroup.MEDICINE, AllergenGroup.FOOD
_NATURE, _MATERIAL = AllergenGroup.NATURE, AllergenGroup.MATERIAL

ALLERGENS: dict[str, Allergen] = keyed(
    (
        Allergen("penicillin", "Pénicilline, amoxicilline", ATC, "J01C", _MEDICINE),
        Allergen("sulfonamide", "Sulfamides (Bactrim)", ATC, "J01E", _MEDICINE),
        Allergen("aspirin", "Aspirine", ATC, "N02BA01", _MEDICINE),
        Allergen("nsaid", "Anti-inflammatoires (ibuprofène)", ATC, "M01A", _MEDICINE),
        Allergen("paracetamol", "Paracétamol", ATC, "N02BE01", _MEDICINE),
        Allergen("codeine", "Codéine", ATC, "R05DA04", _MEDICINE),
        Allergen("contrast", "Produit iodé du scanner", ATC, "V08A", _MEDICINE),
        Allergen("local-anesthetic", "Anesthésie locale (dentiste)", ATC, "N01B", _MEDICINE),
        Allergen("peanut", "Cacahuète (arachide)", SNOMED, "762952008", _FOOD),
        Allergen("nuts", "Noix, noisettes, amandes", "", "", _FOOD),
        Allergen("milk", "Lait de vache", SNOMED, "3718001", _FOOD),
        Allergen("egg", "Œuf", SNOMED, "303300008", _FOOD),
        Allergen("fish", "Poisson", SNOMED, "735971005", _FOOD),
        Allergen("shellfish", "Crustacés, coquillages", SNOMED, "735029006", _FOOD),
        Allergen("wheat", "Blé", "", "", _FOOD),
        Allergen("soy", "Soja", "", "", _FOOD),
        Allergen("pollen", "Pollens", SNOMED, "256259004", _NATURE),
        Allergen("mites", "Poussière (acariens)", SNOMED, "260147004", _NATURE),
        Allergen("animals", "Poils d’animaux (chat, chien)", SNOMED, "264287008", _NATURE),
        Allergen("bee", "Piqûre d’abeille", SNOMED, "288328004", _NATURE),
        Allergen("wasp", "Piqûre de guêpe", SNOMED, "256440004", _NATURE),
        Allergen("mold", "Moisissures", "", "", _NATURE),
        Allergen("latex", "Latex (gants)", SNOMED, "111088007", _MATERIAL),
        Allergen("nickel", "Nickel (bijoux)", SNOMED, "33396006", _MATERIAL),
        Allergen("plaster", "Pansement, sparadrap", "", "", _MATERIAL),
        Allergen("perfume", "Parfum, produit de beauté", "", "", _MATERIAL),
    )
)


def of_group(group: AllergenGroup) -> list[Allergen]:
    """List the allergens of a group, the most frequent first."""
    return [each for each in ALLERGENS.values() if each.group is group]
