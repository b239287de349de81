"""Odette Exemple, who does not exist: who she is and the papers she has.

Her papers are written here in a few lines and drawn as PDF in the program itself, so that practising
needs neither network nor service. The words are French in every language, as papers in France are.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

from app.codes.systems import SHA256_URL
from app.records import Cursor, FeedEntry
from ui import theme

if TYPE_CHECKING:
    from app.space import Space

__all__ = ["PAPERS", "PATIENT", "PATIENT_ID", "Paper", "draw", "furnish"]

PATIENT_ID = "00000000-0000-7000-8000-00000000e0de"
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": PATIENT_ID,
    "name": [{"use": "official", "family": "Exemple", "given": ["Odette"]}],
    "gender": "female",
    "birthDate": "1944-06-12",
}
DOTS_PER_INCH = 150
HEADER = "Papier d’entraînement. Cette personne n’existe pas."


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: what it is called, its LOINC type, who wrote it, how many days ago, its lines in HTML."""

    title: str
    type_code: str
    author: str
    days_ago: int
    body: str


PAPERS = (
    Paper(
        "Ordonnance du docteur Modèle", "57833-6", "Docteur Alice Modèle", 6,
        "<h2>Ordonnance</h2><p>Madame Odette EXEMPLE, née le 12/06/1944</p>"
        "<p><b>Paracétamol 500 mg, comprimé</b><br>1 comprimé le matin, 1 à midi, 1 le soir, "
        "pendant 5 jours, en cas de douleur.</p>"
        "<p><b>Vitamine D 100 000 UI, ampoule</b><br>1 ampoule, une seule fois.</p>",
    ),
    Paper(
        "Prise de sang", "11502-2", "Laboratoire du Modèle", 13,
        "<h2>Résultats d’analyses</h2><p>Madame Odette EXEMPLE, née le 12/06/1944</p>"
        "<table border='1' cellpadding='6' cellspacing='0'>"
        "<tr><th>Analyse</th><th>Résultat</th><th>Valeurs du laboratoire</th></tr>"
        "<tr><td>Hémoglobine</td><td><b>12,9 g/dL</b></td><td>12,0 à 16,0</td></tr>"
        "<tr><td>Créatinine</td><td><b>71 µmol/L</b></td><td>45 à 84</td></tr>"
        "<tr><td>Glycémie à jeun</td><td><b>5,1 mmol/L</b></td><td>3,9 à 6,1</td></tr></table>",
    ),
    Paper(
        "Radio de la main", "18748-4", "Docteur Paul Image", 40,
        "<h2>Compte rendu de radiographie</h2><p>Madame Odette EXEMPLE, née le 12/06/1944</p>"
        "<p>Main droite, de face et de profil. Pas de fracture visible.</p>",
    ),
    Paper(
        "Lettre de sortie de l’hôpital", "11490-0", "Hôpital du Modèle", 120,
        "<h2>Lettre de sortie</h2><p>Madame Odette EXEMPLE, née le 12/06/1944</p>"
        "<p>La patiente est rentrée chez elle après deux jours. "
        "Une consultation est prévue dans trois mois.</p>",
    ),
)  # fmt: skip


def draw(paper: Paper, day: date) -> bytes:
    """Draw a paper as PDF, A4; in the screen thread, for Qt draws the letters."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS_PER_INCH)
    writer.setTitle(paper.title)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            QMarginsF(20, 20, 20, 20),
            QPageLayout.Unit.Millimeter,
        )
    )
    document = QTextDocument()
    font = theme.current().font()
    font.setPointSize(14)
    document.setDefaultFont(font)
    document.documentLayout().setPaintDevice(writer)
    written = day.strftime("%d/%m/%Y")
    document.setHtml(f"<p><b>{HEADER}</b></p><p>{paper.author}<br>Le {written}</p>{paper.body}")
    document.setPageSize(writer.pageLayout().paintRectPixels(DOTS_PER_INCH).size())
    document.print_(writer)
    # Its end is written when it goes.
    del writer
    data = bytes(buffer.data().data())
    buffer.close()
    return data


def furnish(space: Space, papers: list[tuple[Paper, bytes]], today: date) -> None:
    """Put the person and her papers into her space, as the feed would; for a worker."""
    entries = [FeedEntry.of("Patient", PATIENT_ID, "1", "2026-01-01T00:00:00Z", PATIENT)]
    ids = [f"{PATIENT_ID[:-4]}{number:04x}" for number in range(len(papers))]
    for document_id, (paper, data) in zip(ids, papers, strict=True):
        body = _reference(document_id, paper, data, today - timedelta(days=paper.days_ago))
        entries.append(FeedEntry.of("DocumentReference", document_id, "1", body["date"], body))
    space.records.apply_page("patient", entries, Cursor("1", "practice"))
    for document_id, (_paper, data) in zip(ids, papers, strict=True):
        sealed = space.files.write(document_id, io.BytesIO(data))
        space.records.file_stored(document_id, sealed.sha256, sealed.size, "application/pdf")


def _reference(document_id: str, paper: Paper, data: bytes, day: date) -> dict[str, Any]:
    moment = f"{day.isoformat()}T12:00:00Z"
    attachment = {
        "extension": [{"url": SHA256_URL, "valueString": hashlib.sha256(data).hexdigest()}],
        "contentType": "application/pdf",
        "url": f"Binary/{document_id}",
        "size": len(data),
        "title": paper.title,
        "creation": moment,
    }
    return {
        "resourceType": "DocumentReference",
        "id": document_id,
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": paper.type_code}]},
        "date": moment,
        "subject": {"reference": f"Patient/{PATIENT_ID}"},
        "author": [{"display": paper.author}],
        "content": [{"attachment": attachment}],
        "context": {"period": {"start": day.isoformat()}},
    }
