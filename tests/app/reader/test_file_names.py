"""Names of files: what someone wrote is proposed, what a machine wrote is not."""

from __future__ import annotations

from datetime import date

import pytest

from app.reader.file_names import day_in, title_in


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("photo-lettre.jpg", "Photo lettre"),
        ("ordonnance_dr_lefevre.pdf", "Ordonnance dr lefevre"),
        ("CR_consultation_20261103.pdf", "CR consultation"),
        ("scan-ordonnance-lefevre-2026-11-03.pdf", "Scan ordonnance lefevre"),
        ("2026-11-03_14h30_écho.pdf", "Écho"),
        ("Bilan sanguin 2025.pdf", "Bilan sanguin 2025"),
        ("résultats labo (2).PDF", "Résultats labo"),
        ("Vitamine B12.pdf", "Vitamine B12"),
        ("IRM.pdf", "IRM"),
        ("lettre.docx.pdf", "Lettre"),
        ("03 11 2026 Dr Martin.pdf", "Dr Martin"),
    ],
)
def test_what_someone_wrote_is_proposed(name: str, title: str) -> None:
    """With a capital; days, counters, dashes and endings go."""
    assert title_in(name) == title


@pytest.mark.parametrize(
    "name",
    [
        "IMG_2031.jpg", "scan.png", "document(3).pdf", "note.txt", "IMG_20260312_101500.jpg", "DSC_0012.JPG",
        "WhatsApp Image 2026-03-12 at 10.15.00.jpeg", "IMG-20261103-WA0001.jpg", "PXL_20261103_101112.jpg",
        "Capture d’écran 2026-11-03 à 10.11.12.png", "Screenshot_20261103-101112.png", "image0.jpeg",
        "scan0001 (2).pdf", "Numérisé le 12-03-2026.pdf", "CamScanner 03-12-2026.pdf",
        "téléchargement (1).pdf", "Adobe Scan 3 nov. 2026.pdf",
        "a3f9c2d1e4b5.pdf", "550e8400-e29b-41d4-a716-446655440000.pdf",
        "Doc1.docx.pdf", "Sans titre.rtf",
        "CR.pdf", ".pdf", "..pdf", "", "   ", "20261103.pdf",
    ],
)  # fmt: skip
def test_what_a_machine_wrote_is_not_proposed(name: str) -> None:
    """The screen then proposes the category and the day."""
    assert title_in(name) is None


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("IMG_20261103_101112.jpg", date(2026, 11, 3)),
        ("lettre-2026-11-03.pdf", date(2026, 11, 3)),
        ("lettre du 03.11.2026.pdf", date(2026, 11, 3)),
        ("WhatsApp Image 2026-03-12 at 10.15.00.jpeg", date(2026, 3, 12)),
        ("lettre-2026-02-31.pdf", None),
        ("facture 123456789012.pdf", None),
        ("1-2-2026.pdf", None),
        ("", None),
    ],
)
def test_a_day_in_a_name_is_found(name: str, day: date | None) -> None:
    """Only one that exists and is written whole."""
    assert day_in(name) == day
