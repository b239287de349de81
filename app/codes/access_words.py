"""The French words of who looked, in one place: the visit's screen and the service's signed list say them.

Counted words (« 3 documents ouverts ») are not here: their forms change with the number, and are said by
``ngettext`` where they are shown.
"""

from __future__ import annotations

from app.fhir.accesses import Deed, Looker, ReportReason

__all__ = ["DEED_LABELS", "LOOKER_LABELS", "REASON_LABELS"]

LOOKER_LABELS: dict[Looker, str] = {
    Looker.HELPER: "Ceux qui m’aident",
    Looker.PROFESSIONAL: "Mes soignants",
    Looker.ME: "Moi",
    Looker.SERVICE: "Les services",
}
"""In the order in which they are shown."""

DEED_LABELS: dict[Deed, str] = {
    Deed.LOOKED: "Pages de votre espace regardées",
    Deed.CHANGED: "Une information changée",
    Deed.REMOVED: "Une information retirée",
    Deed.MANDATE: "Mandat donné ou arrêté",
    Deed.PREPARED: "Visite préparée : vos documents gardés sur un poste jusqu’au soir",
    Deed.LISTED: "Liste des accès demandée",
    Deed.OTHER: "Une autre action",
}
"""What is said of a deed that counts no documents."""

REASON_LABELS: dict[ReportReason, str] = {
    ReportReason.NOT_KNOWN: "Je ne connais pas cette personne",
    ReportReason.NOT_THERE: "Je n’étais pas là ce jour-là",
    ReportReason.NOT_AGREED: "Je n’étais pas d’accord",
    ReportReason.OTHER: "Une autre raison",
}
