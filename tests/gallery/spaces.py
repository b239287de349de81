"""Whose space the screens show: Jeanne's; one with nothing in it; one that is as full as they come.

The full one belongs to someone whose name has sixty letters and every accent of French and more, helped by
an adviser of such a name from a place of such a name: on any screen, and always in the bar on top, the
longest words that are met in life.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from reportlab.pdfgen.canvas import Canvas

from app import mandates, relatives
from app.codes.relationships import RelativeRole
from app.codes.systems import SHA256_URL
from app.mandates import Action, Duration, Scope
from app.records import Cursor, FeedEntry, Records
from app.relatives import RelativeDetails
from app.space import Actor, ActorRole, DoneCode, Space
from app.vault.keys import Key
from app.vault.patient import PatientVault
from sync.service.demo.health import health_of
from sync.service.demo.papers import Kind, Paper, make_paper
from sync.service.demo.people import CITIZENS, citizen
from tests.app.other_side import OtherSide

if TYPE_CHECKING:
    from pathlib import Path

    from app.changes import Changes

__all__ = [
    "BROKEN",
    "FAMILY",
    "FULL_TITLE",
    "GIVEN",
    "JEANNE",
    "LONG_NAME",
    "NOON",
    "NOT_HERE",
    "PLACE",
    "Opened",
    "a_paper",
    "reference_to",
]

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
JEANNE: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "0192f0aa-0000-7000-8000-000000000001",
    "name": [{"use": "official", "family": "Martin", "given": ["Jeanne"]}],
    "gender": "female",
    "birthDate": "1946-05-03",
}
GIVEN, FAMILY = "Éloïse-Anaïs", "d’Aÿ-Çàrâsœne-Löwenskjëld-Müñôz-Bêlîvèäû-Ægidùs"
LONG_NAME = f"{GIVEN} {FAMILY}"
PLACE = "Maison France services de Saint-Rémy-en-Bouzemont-Saint-Genest-et-Isson"
FULL_TITLE = "Compte rendu d’hospitalisation, pneumologie et réadaptation cardiorespiratoire"
KARIM = Actor("karim", "Karim Benali", ActorRole.ADVISER, "fs-bourges", "France services de Bourges")
PAPERS = (Kind.LAB, Kind.NOTE, Kind.LETTER, Kind.PRESCRIPTION, Kind.IMAGING)
MANY = "0192f0aa-0000-7000-9100-"
NOT_HERE, LONG, BROKEN = f"{MANY}000000000000", f"{MANY}0000000ffff1", f"{MANY}0000000ffff2"
DOCUMENTS = 400
PAGES = 200
PEOPLE = 12


def a_paper(kind: Kind, number: int = 1) -> Paper:
    """Make one of Jeanne's papers."""
    return make_paper(kind, CITIZENS[0], number, day=date(2026, 11, 17))


def reference_to(paper: Paper, document_id: str) -> dict[str, Any]:
    """Describe a paper that a professional sent."""
    author = str(getattr(paper.author, "display", "") or paper.author.name)
    digest, whole = hashlib.sha256(paper.data).hexdigest(), len(paper.data)
    return _reference(
        document_id, paper.title, paper.day, paper.type_code, author, (paper.media_type, digest, whole)
    )


def _reference(
    document_id: str, title: str, day: date, type_code: str, author: str, file: tuple[str, str, int]
) -> dict[str, Any]:
    moment = f"{day.isoformat()}T12:00:00Z"
    media_type, digest, whole = file
    attachment = {
        "extension": [{"url": SHA256_URL, "valueString": digest}],
        "contentType": media_type,
        "url": f"Binary/{document_id}",
        "size": whole,
        "title": title,
        "creation": moment,
    }
    return {
        "resourceType": "DocumentReference",
        "id": document_id,
        "status": "current",
        "type": {"coding": [{"code": type_code}]},
        "date": moment,
        "author": [{"display": author}],
        "content": [{"attachment": attachment}],
        "context": {"period": {"start": day.isoformat()}},
    }


@dataclass
class Opened:
    """One person's space, open; ``close`` gives it back. ``whose`` is what the bar on top says."""

    folder: Path
    changes: Changes
    patient: dict[str, Any] = field(default_factory=lambda: JEANNE)
    actor: Actor = KARIM
    documents: dict[Kind, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the encrypted store."""
        self._vault = PatientVault.create(self.folder, Key.random())
        self.space = Space(
            patient=self.patient,
            patient_id=self.patient["id"],
            records=Records(self._vault.store, self.changes, clock=lambda: NOON),
            files=self._vault.files,
            actor=self.actor,
            vault=self._vault,
            clock=lambda: NOON,
        )
        self.other_side = OtherSide(self.space)

    @property
    def whose(self) -> str:
        """The person's name."""
        name = self.patient["name"][0]
        return f"{name['given'][0]} {name['family']}"

    @classmethod
    def jeanne(cls, folder: Path, changes: Changes) -> Opened:
        """Open Jeanne's space, with a paper of each kind."""
        opened = cls(folder, changes)
        for number, kind in enumerate(PAPERS):
            paper = a_paper(kind, number)
            document_id = f"0192f0aa-0000-7000-9000-{number:012d}"
            opened.receive(kind, document_id, reference_to(paper, document_id), paper.data)
        return opened

    @classmethod
    def full(cls, folder: Path, changes: Changes) -> Opened:
        """Open the space of someone with a long name, many documents, allergies, vaccines, and people."""
        person = JEANNE | {
            "id": "0192f0aa-0000-7000-8000-0000000000ff",
            "name": [{"use": "official", "family": FAMILY, "given": [GIVEN]}],
        }
        helper = Actor("helper", LONG_NAME, ActorRole.ADVISER, "far-away", PLACE)
        opened = cls(folder, changes, person, helper)
        opened._receive_many()
        opened._tell_health()
        opened._have_done_much()
        return opened

    def receive(self, kind: Kind, document_id: str, body: dict[str, Any], data: bytes) -> None:
        """Have a document and its file arrive."""
        moment, here = str(body["date"]), self.space
        entry = FeedEntry.of("DocumentReference", document_id, "1", moment, body)
        here.records.apply_page("patient", [entry], Cursor(document_id, "e"))
        sealed = here.files.write(document_id, io.BytesIO(data))
        media_type = str(body["content"][0]["attachment"]["contentType"])
        here.records.file_stored(document_id, sealed.sha256, sealed.size, media_type)
        self.documents[kind] = document_id

    def _receive_many(self) -> None:
        codes = [a_paper(kind).type_code for kind in PAPERS]
        entries = []
        for number in range(DOCUMENTS):
            day, file = (
                date(2026, 10, 1) - timedelta(days=9 * number),
                ("application/pdf", f"{number:064x}", 1),
            )
            title, document_id = f"{FULL_TITLE} {number + 1}", f"{MANY}{number:012d}"
            body = _reference(document_id, title, day, codes[number % len(codes)], LONG_NAME, file)
            entries.append(FeedEntry.of("DocumentReference", document_id, "1", str(body["date"]), body))
        self.space.records.apply_page("patient", entries, Cursor("many", "e"))
        for kind, document_id, data in (
            (Kind.LETTER, LONG, _many_pages()),
            (Kind.NOTE, BROKEN, b"%PDF-1.7 and no more"),
        ):
            told = ("application/pdf", hashlib.sha256(data).hexdigest(), len(data))
            body = _reference(document_id, FULL_TITLE, date(2026, 11, 20), codes[0], LONG_NAME, told)
            self.receive(kind, document_id, body, data)

    def _tell_health(self) -> None:
        me = {"reference": f"Patient/{self.space.patient_id}"}
        told = list(health_of(citizen("germaine")))
        for body in told:
            body["patient"] = me
            if str(body.get("asserter", {}).get("reference", "")).startswith("Patient"):
                body["asserter"] = me
        for number in range(PEOPLE):
            role = RelativeRole.EMERGENCY if number else RelativeRole.TRUSTED
            phone = f"06 99 00 18 {number:02d}"
            details = RelativeDetails(GIVEN, FAMILY, phone, "daughter")
            told.append(
                relatives._made(self.space, f"0192f0aa-0000-7000-8000-0000000a{number:04x}", role, details)
            )
        self.other_side.tell(*told)

    def _have_done_much(self) -> None:
        space = self.space
        proposal = mandates.propose(space, tuple(Scope), tuple(Action), Duration.SESSION)
        mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
        for number in range(30):
            space.note(DoneCode.DOCUMENT_READ, title=f"{FULL_TITLE} {number + 1}")

    def close(self) -> None:
        """Close the store."""
        self._vault.close()


def _many_pages() -> bytes:
    sink = io.BytesIO()
    canvas = Canvas(sink, pagesize=(595, 842), invariant=True)
    for number in range(PAGES):
        canvas.setFont("Helvetica", 14)
        canvas.drawString(72, 760, f"{FULL_TITLE}, page {number + 1}")
        canvas.showPage()
    canvas.save()
    return sink.getvalue()
