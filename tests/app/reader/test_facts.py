"""What a paper says about itself in its words."""

from __future__ import annotations

import time

import pytest

from app.reader import facts

PRESCRIPTION = """Docteur Jeanne LEFÈVRE
Médecine générale
12 rue des Lilas, 69003 LYON
Tél. 04 72 00 00 00

ORDONNANCE
À Lyon, le 12 mars 2026
Madame Odette MARTIN, née le 3 mars 1941
INS : 2 79 03 51 215 189 89
Paracétamol 1 g : 1 comprimé 3 fois par jour, jusqu'au 30/03/2026
"""


def test_a_prescription_says_what_it_is() -> None:
    """Title, date, author and person, each from its own words."""
    seen = facts.of_text(PRESCRIPTION)
    assert seen.title == "Ordonnance du docteur Lefèvre"
    assert seen.date == "2026-03-12"
    assert seen.author == "Dr Jeanne Lefèvre"
    assert seen.patient is not None
    assert (seen.patient.name, seen.patient.birth_date) == ("Odette MARTIN", "1941-03-03")
    assert seen.patient.ins == "279035121518989"


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("Compte-rendu d'hospitalisation\nService de cardiologie", "Compte rendu d’hospitalisation"),
        ("LABORATOIRE DU PARC\nRésultats d'analyses", "Résultats d’analyses"),
        ("CERTIFICAT MÉDICAL\nJe soussigné, docteur Paul ROUX", "Certificat médical du docteur Roux"),
        ("Centre d'imagerie\nÉchographie abdominale", "Échographie"),
        ("Lettre de liaison à la sortie", "Lettre de liaison"),
        ("Bonjour Madame", None),
    ],
)
def test_the_kind_of_paper_is_recognised(words: str, title: str | None) -> None:
    """The first words that name a kind of paper are its title; without any, there is none."""
    assert facts.of_text(words).title == title


@pytest.mark.parametrize(
    "words",
    [
        "Madame Odette MARTIN",
        "Le docteur a reçu M. DURAND pour sa fille",
        "INS : 2 79 03 51 215 189 88",
        "Téléphone 2790351215189",
        "née le 3 mars 1941",
    ],
)
def test_traits_of_a_person_are_taken_only_where_clearly_labelled(words: str) -> None:
    """A name alone, a number without its label or with a wrong key says nothing of the person."""
    assert facts.of_text(words).patient is None


def test_labelled_names_are_put_together() -> None:
    """Birth name and given name, each after its label."""
    seen = facts.of_text("Nom de naissance : DURAND\nPrénom(s) : Jeanne\nDate de naissance : 14/08/1952")
    assert seen.patient is not None
    assert (seen.patient.name, seen.patient.birth_date) == ("Jeanne DURAND", "1952-08-14")


def test_a_birth_date_is_never_the_date_of_the_paper() -> None:
    """Nor is the date until which it is valid."""
    assert facts.of_text("Mme MARTIN née le 03/03/1941").date is None
    assert facts.of_text("Valable jusqu'au 01/02/2024").date is None


def test_two_unlabelled_dates_leave_the_date_open() -> None:
    """One alone is sure enough, two are not."""
    assert facts.of_text("Consultation 12/03/2024").date == "2024-03-12"
    assert facts.of_text("Consultation 12/03/2024\nContrôle 15/04/2024").date is None


@pytest.mark.parametrize(
    "name",
    [
        "IMG_20260312_101500.jpg", "WhatsApp Image 2026-03-12 at 10.15.00.jpeg", "DSC_0012.JPG",
        "scan0001 (2).pdf", "Numérisé le 12-03-2026.pdf", "Document1", "Nouveau document.pdf",
        "CamScanner 03-12-2026.pdf", "  ", "x.pdf", "Capture d’écran 2026.png",
    ],
)  # fmt: skip
def test_what_machines_call_a_file_is_no_title(name: str) -> None:
    """Cameras, scanners and word processors name files for themselves."""
    assert facts.honest_title(name) is None


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("ordonnance_dr_lefevre.pdf", "ordonnance dr lefevre"),
        ("Microsoft Word - Lettre.docx", "Lettre"),
        ("Scanner thoracique.pdf", "Scanner thoracique"),
        ("Photo de la plaie.jpg", "Photo de la plaie"),
        ("CR IRM.pdf", "CR IRM"),
    ],
)
def test_what_someone_wrote_is_a_title(name: str, title: str) -> None:
    """Even where it starts as a machine's name would."""
    assert facts.honest_title(name) == title


def test_accounts_are_no_authors() -> None:
    """Programs write the account of whoever installed them."""
    assert facts.honest_author("admin") is None
    assert facts.honest_author("(anonymous)") is None
    assert facts.honest_author("Jeanne Lefèvre") == "Jeanne Lefèvre"


@pytest.mark.parametrize(
    "text", ["scan" + "1" * 100_000 + "é", "page" * 40_000 + "x", "Dr " * 60_000, "le " * 60_000]
)
def test_no_text_makes_the_search_long(text: str) -> None:
    """A stranger's title or text is read in linear time."""
    start = time.monotonic()
    facts.honest_title(text)
    facts.of_text(text)
    assert time.monotonic() - start < 10
