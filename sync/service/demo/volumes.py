"""A record of hundreds of pages in one PDF, light or as heavy as a scan, for tests and benchmarks."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from reportlab.lib.utils import ImageReader

from sync.service.demo.practices import HOSPITAL_DOCTOR
from sync.service.demo.sheets import LEFT, RIGHT, Sheet

if TYPE_CHECKING:
    from datetime import date

    from sync.service.demo.people import Person

__all__ = ["draw_volume"]

Picture = Any  # reportlab has no types
_WORDS = (
    "Observation de la journée : état stable, pas de fièvre, repas pris en entier.",
    "Transmission de l’équipe : marche dans le couloir avec une canne, sans essoufflement.",
    "Surveillance : tension, pouls, température et diurèse notés toutes les six heures.",
    "Visite du médecin : traitement inchangé, prise de sang de contrôle demandée.",
)


def draw_volume(pages: int, person: Person, day: date, bytes_a_page: int) -> bytes:
    """Draw a hospital record of so many pages."""
    chance = random.Random(f"volume/{person.login}/{pages}")  # noqa: S311 (seeded on purpose, nothing secret)
    sheet = Sheet("Dossier d’hospitalisation", HOSPITAL_DOCTOR, person, day)
    sheet.letterhead()
    sheet.patient_box()
    sheet.banner("Dossier d’hospitalisation", f"{pages} pages")
    while True:
        sheet.heading(f"Feuille {sheet.page}")
        for _ in range(6):
            sheet.paragraph(chance.choice(_WORDS))
        if bytes_a_page:
            sheet.canvas.drawImage(_noise(bytes_a_page, chance), LEFT, 90, RIGHT - LEFT, 300)
        if sheet.page == pages:
            return sheet.finish()
        sheet.turn()


def _noise(size: int, chance: random.Random) -> Picture:
    """Make a grey picture that no compression makes smaller than about ``size`` bytes."""
    from PIL import Image

    width = 1000
    height = max(1, size // width)
    return ImageReader(Image.frombytes("L", (width, height), chance.randbytes(width * height)))
