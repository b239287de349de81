"""Made-up prescriptions in the faces that practices print with; their words come from the demo's papers."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.reader.client import Reader

__all__ = ["FACES", "SLASHED", "demo_page", "prescription"]

FACES = ("Helvetica", "Times-Roman", "Courier")
SLASHED = "Atkinson Hyperlegible"
BOLD = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold", "Courier": "Courier-Bold"}
PAGE = (595, 842)
LEFT, MIDDLE, LEADING = 56, 320, 15
HEAD = 5  # lines of the letterhead, as the demo's papers have them
_NOT_IN_OLD_FACES = str.maketrans({"·": "-", "µ": "u", "\u202f": " ", "\u00a0": " "})


def demo_page(seed: int) -> bytes:
    """Return a prescription of the demo, in its own face."""
    from sync.service.demo.papers import Kind, make_paper
    from sync.service.demo.people import CITIZENS

    return make_paper(Kind.PRESCRIPTION, CITIZENS[seed % len(CITIZENS)], seed).data


@cache
def _lines(seed: int, reader: Reader) -> tuple[str, ...]:
    reader.open(demo_page(seed))
    words = reader.page_text(0).translate(_NOT_IN_OLD_FACES)
    return tuple(line for line in words.splitlines() if line.strip())


def prescription(face: str, seed: int, reader: Reader) -> bytes:
    """Make the same paper in another face: letterhead left, the person right, then the lines."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=PAGE, invariant=1)
    lines = _lines(seed, reader)
    for place, line in enumerate(lines[:HEAD]):
        canvas.setFont(BOLD[face] if place == 0 else face, 11 if place == 0 else 9)
        canvas.drawString(LEFT, 790 - place * 12, line)
    y = 790
    for line in lines[HEAD:]:
        is_person = y > 680  # noqa: PLR2004  # points: beside the letterhead
        is_strong = line.isupper() or (line[:5].isupper() and "mg" in line)
        canvas.setFont(BOLD[face] if is_strong else face, 9 if is_person or len(line) > 75 else 11)  # noqa: PLR2004
        canvas.drawString(MIDDLE if is_person else LEFT, y, line)
        y -= 12 if is_person else LEADING + (6 if line.isupper() else 0)
    canvas.save()
    return out.getvalue()
