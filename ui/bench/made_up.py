"""Made-up material for the benchmarks: a store with thousands of documents, a heavy PDF."""

from __future__ import annotations

import io
import random
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.changes import Changes
from app.ids import mint
from app.records import Cursor, FeedEntry, Records
from app.vault.keys import Key
from app.vault.patient import PatientVault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.fhir import Resource

__all__ = ["WORDS", "document", "heavy_pdf", "opened_records"]

WORDS = (  # noqa: SIM905  a list this long reads worse
    "ordonnance résultat œdème cœur cardiologie biologie créatinine posologie radiographie scanner "
    "consultation hôpital laboratoire pharmacie vaccin certificat synthèse genou épaule thyroïde"
).split()
CATEGORIES = [f"DOCPAT0{n}" for n in range(1, 10)]
PAGE = 500
FIRST_DAY = datetime(2009, 1, 1, tzinfo=UTC)


def document(number: int, dice: random.Random) -> Resource:
    """Make one DocumentReference, short but with all that the list shows."""
    day = FIRST_DAY + timedelta(days=dice.randrange(6_400))
    title = " ".join(dice.sample(WORDS, 3)).capitalize()
    return {
        "resourceType": "DocumentReference",
        "id": mint(),
        "status": "current",
        "type": {"coding": [{"code": dice.choice(CATEGORIES)}]},
        "date": day.isoformat(),
        "author": [{"display": f"Docteur {dice.choice(WORDS).capitalize()}"}],
        "content": [
            {
                "attachment": {
                    "contentType": "application/pdf",
                    "url": f"Binary/{number}",
                    "size": 40_000 + number,
                    "title": title,
                    "creation": day.isoformat(),
                }
            }
        ],
        "context": {"period": {"start": day.isoformat()}},
    }


def entry(body: Resource) -> FeedEntry:
    """Wrap a resource as the feed gives it."""
    return FeedEntry.of(body["resourceType"], body["id"], "1", "2026-01-01T00:00:00Z", body)


@contextmanager
def opened_records(folder: Path, documents: int) -> Iterator[tuple[PatientVault, Records, Changes]]:
    """Open a real store of one person with so many documents, filled through the feed as always."""
    dice = random.Random(documents)  # noqa: S311  made-up data, the same in every run
    changes = Changes()
    with PatientVault.create(folder, Key.random()) as vault:
        records = Records(vault.store, changes)
        for first in range(0, documents, PAGE):
            page = [entry(document(number, dice)) for number in range(first, min(first + PAGE, documents))]
            records.apply_page("bench", page, Cursor(str(first), "bench"))
        yield vault, records, changes


def heavy_pdf(size: int) -> bytes:
    """Make a PDF of at least ``size`` bytes: pages of noise pictures that do not compress."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    dice = random.Random(7)  # noqa: S311  made-up data
    side = 512
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=0)
    for number in range(1 + size // (side * side * 3)):
        noise = io.BytesIO(f"P6 {side} {side} 255\n".encode() + dice.randbytes(side * side * 3))
        canvas.drawString(72, 800, f"Page {number + 1}")
        canvas.drawImage(ImageReader(noise), 72, 200, 400, 400)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
