"""What an allergy did to the person, and how bad it was, in their words.

Sources: SNOMED CT findings that stand in the international patient summary's set of allergy
reactions; ``reaction-event-severity`` of R4. The words describe what is seen or felt; nothing is
concluded from them.
"""

from __future__ import annotations

from app.codes.terms import SNOMED, Term, keyed

__all__ = ["REACTIONS", "SEVERITIES"]

REACTIONS: dict[str, Term] = keyed(
    (
        Term("rash", "Boutons, plaques rouges", SNOMED, "271807003"),
        Term("itching", "Démangeaisons", SNOMED, "418363000"),
        Term("swelling", "Visage ou gorge qui gonfle", SNOMED, "41291007"),
        Term("breath", "Du mal à respirer", SNOMED, "267036007"),
        Term("rhinitis", "Nez qui coule, éternuements", SNOMED, "70076002"),
        Term("vomiting", "Vomissements", SNOMED, "422400008"),
        Term("diarrhea", "Diarrhée", SNOMED, "62315008"),
        Term("shock", "Malaise grave, choc allergique", SNOMED, "39579001"),
    )
)

SEVERITIES: dict[str, Term] = keyed(
    (
        Term("mild", "Un peu gênant"),
        Term("moderate", "Très gênant"),
        Term("severe", "Grave : urgences, hôpital"),
    )
)
"""R4 ``reaction.severity`` in words."""
