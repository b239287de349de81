"""Acts that nobody does for the person, whatever a mandate says: a closed list (assisted-access.md §3).

Each has the French sentence that is read back before the person confirms, numbered as a mandate's template
is: never edited once used, so that what was confirmed can be written out again from its fields.
"""

from __future__ import annotations

from enum import StrEnum

from app.codes.systems import OURS

__all__ = ["CONFIRMED_URL", "READ_BACKS", "PersonalAct", "template_of"]

CONFIRMED_URL = f"{OURS}/StructureDefinition/person-confirmed"
"""What a resource says of its confirmation: act, template, sha256 of the words, at."""


class PersonalAct(StrEnum):
    """What the person alone decides."""

    ADVANCE_DIRECTIVES = "advance-directives"
    ORGAN_DONATION = "organ-donation"
    OPT_OUT = "opt-out"
    CLOSURE = "closure"
    REOPENING = "reopening"
    EMERGENCY_ACCESS = "emergency-access"
    DEFAULT_MASKING = "default-masking"
    PROFESSIONAL_ACCESS = "professional-access"


READ_BACKS: dict[str, str] = {
    "directives-fr-1": "J’écris mes directives anticipées. Elles disent : {words}",
    "don-fr-1": "Je dis mon choix sur le don d’organes : {words}",
    "opposition-fr-1": "Je m’oppose à l’ouverture de mon espace de santé. Il ne sera pas ouvert.",
    "fermeture-fr-1": (
        "Je ferme mon espace de santé. Plus personne ne pourra le lire, moi non plus. "
        "Je peux demander à le rouvrir pendant dix ans."
    ),
    "reouverture-fr-1": "Je rouvre mon espace de santé, avec tout ce qu’il contenait.",
    "urgence-fr-1": "En cas d’urgence, voici qui peut lire mon espace de santé : {words}",
    "masquage-fr-1": "Voici ce qui est caché d’avance dans mon espace de santé : {words}",
    "acces-accord-fr-1": (
        "Je suis d’accord pour que {professional} lise mon espace de santé, jusqu’au {end}. "
        "Je peux changer d’avis quand je veux."
    ),
    "acces-refus-fr-1": (
        "Je ne veux pas que {professional} lise mon espace de santé. Je peux changer d’avis quand je veux."
    ),
}
"""By template; ``{words}`` are the person's own."""

_TEMPLATES: dict[PersonalAct, tuple[str, ...]] = {
    PersonalAct.ADVANCE_DIRECTIVES: ("directives-fr-1",),
    PersonalAct.ORGAN_DONATION: ("don-fr-1",),
    PersonalAct.OPT_OUT: ("opposition-fr-1",),
    PersonalAct.CLOSURE: ("fermeture-fr-1",),
    PersonalAct.REOPENING: ("reouverture-fr-1",),
    PersonalAct.EMERGENCY_ACCESS: ("urgence-fr-1",),
    PersonalAct.DEFAULT_MASKING: ("masquage-fr-1",),
    PersonalAct.PROFESSIONAL_ACCESS: ("acces-accord-fr-1", "acces-refus-fr-1"),
}


def template_of(act: PersonalAct, template: str = "") -> str:
    """Return an act's template, checked to be its own; ``KeyError`` otherwise."""
    own = _TEMPLATES[act]
    found = template or own[0]
    if found not in own:
        raise KeyError(found)
    return found
