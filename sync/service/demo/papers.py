"""Every kind of made-up paper behind one function, and a folder of examples to file by hand.

``python -m sync.service.demo.papers DIR`` writes the folder. The same kind, person, seed and day give
the same bytes, so that a test can name a paper by its seed.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sync.service.demo.drafts import Draft, Occasion
from sync.service.demo.people import CITIZENS, Person, made_up_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync.service.demo.practices import Author

__all__ = ["Kind", "Paper", "long_pdf", "make_paper", "write_examples"]


class Kind(StrEnum):
    """The kinds of papers."""

    PRESCRIPTION = "prescription"
    CARE = "care"
    LAB = "lab"
    LAB_SLIP = "lab-slip"
    HOSPITAL = "hospital"
    CONSULTATION = "consultation"
    IMAGING = "imaging"
    SUMMARY = "summary"
    CERTIFICATE = "certificate"
    SCREENING = "screening"
    VACCINATIONS = "vaccinations"
    LETTER = "letter"
    INVOICE = "invoice"
    NOTE = "note"
    REFERRAL_RTF = "referral-rtf"
    PHOTO = "photo"
    PHOTO_12_MEGAPIXELS = "photo-12-megapixels"
    PHOTO_TOO_HEAVY = "photo-too-heavy"
    SCAN_PNG = "scan-png"
    SCAN_TIFF = "scan-tiff"
    CDA_LETTER = "cda-letter"
    CDA_LAB = "cda-lab"
    CDA_AUTO_PRESENTING = "cda-auto-presenting"


@dataclass(frozen=True, slots=True)
class Paper:
    """A made-up paper. ``author`` signs it, but where ``is_own`` the citizen files it themselves.

    ``unique_id`` is the UUID of this very version (XDS uniqueId, the same that a CDA carries inside).
    """

    kind: Kind
    person: Person
    title: str
    day: date
    author: Author
    type_code: str
    format_code: str
    media_type: str
    file_name: str
    data: bytes
    is_own: bool
    unique_id: str


_DAY = date(2026, 11, 17)


def make_paper(kind: Kind | str, person: Person, seed: int | str = 0, *, day: date = _DAY) -> Paper:
    """Make the paper that these arguments always give."""
    kind = Kind(kind)
    chance = random.Random(f"{kind}/{person.login}/{seed}")  # noqa: S311 (seeded on purpose, nothing secret)
    draft = _maker(kind)(Occasion(person, day, chance))
    return Paper(
        kind,
        person,
        draft.title,
        day,
        draft.author,
        draft.type_code,
        draft.format_code,
        draft.media_type,
        f"{kind}-{day:%Y-%m-%d}.{draft.extension}",
        draft.data,
        draft.is_own,
        draft.unique_id or made_up_id("paper", kind, person.login, str(seed), day.isoformat()),
    )


def _maker(kind: Kind) -> Callable[[Occasion], Draft]:
    from sync.service.demo import (
        cda,
        certificates,
        laboratory,
        letters,
        pictures,
        plain,
        prescriptions,
        reports,
    )

    makers: dict[Kind, Callable[[Occasion], Draft]] = {
        Kind.PRESCRIPTION: prescriptions.prescription,
        Kind.CARE: prescriptions.care_prescription,
        Kind.LAB: laboratory.laboratory_report,
        Kind.LAB_SLIP: laboratory.laboratory_slip,
        Kind.HOSPITAL: reports.hospital_stay,
        Kind.CONSULTATION: reports.consultation,
        Kind.IMAGING: reports.imaging,
        Kind.SUMMARY: reports.summary,
        Kind.CERTIFICATE: certificates.certificate,
        Kind.SCREENING: certificates.screening,
        Kind.VACCINATIONS: certificates.vaccinations,
        Kind.LETTER: letters.letter,
        Kind.INVOICE: letters.invoice,
        Kind.NOTE: plain.note,
        Kind.REFERRAL_RTF: plain.referral,
        Kind.PHOTO: pictures.photo,
        Kind.PHOTO_12_MEGAPIXELS: pictures.taken_photo,
        Kind.PHOTO_TOO_HEAVY: pictures.heavy_photo,
        Kind.SCAN_PNG: pictures.scan_png,
        Kind.SCAN_TIFF: pictures.scan_tiff,
        Kind.CDA_LETTER: cda.cda_letter,
        Kind.CDA_LAB: cda.cda_laboratory,
        Kind.CDA_AUTO_PRESENTING: cda.cda_auto_presenting,
    }
    return makers[kind]


def long_pdf(pages: int, person: Person = CITIZENS[0], *, bytes_a_page: int = 0) -> bytes:
    """Make a PDF of so many pages; ``bytes_a_page`` adds a grey picture of noise to each (a heavy scan)."""
    from sync.service.demo.volumes import draw_volume

    return draw_volume(pages, person, _DAY, bytes_a_page)


_EXAMPLES: tuple[tuple[str, Kind], ...] = (
    ("ordonnance.pdf", Kind.PRESCRIPTION),
    ("resultats.pdf", Kind.LAB),
    ("sortie-hopital.pdf", Kind.HOSPITAL),
    ("photo-lettre.jpg", Kind.PHOTO_12_MEGAPIXELS),
    ("photo-lettre-lourde.jpg", Kind.PHOTO_TOO_HEAVY),
    ("scan.png", Kind.SCAN_PNG),
    ("scan.tiff", Kind.SCAN_TIFF),
    ("note.txt", Kind.NOTE),
    ("courrier.rtf", Kind.REFERRAL_RTF),
    ("compte-rendu-cda.xml", Kind.CDA_LETTER),
    ("resultats-cda.xml", Kind.CDA_LAB),
)


def write_examples(folder: Path, person: Person = CITIZENS[0]) -> list[Path]:
    """Write one file of each kind that a person could bring, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, kind in _EXAMPLES:
        path = folder / name
        path.write_bytes(make_paper(kind, person, "example").data)
        written.append(path)
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the examples into the folder named on the command line."""
    wishes = sys.argv[1:] if arguments is None else arguments
    if len(wishes) != 1:
        sys.stderr.write("usage: python -m sync.service.demo.papers DIR\n")
        return 2
    for path in write_examples(Path(wishes[0])):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
