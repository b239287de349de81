"""Certificates, screening results and vaccination records."""

from __future__ import annotations

from datetime import date

from sync.service.demo.drafts import Draft, Occasion
from sync.service.demo.people import Gender
from sync.service.demo.practices import GENERAL_PRACTITIONER, PREVENTION
from sync.service.demo.sheets import Column, Sheet
from sync.service.demo.typeface import BOLD
from sync.service.demo.words import french_day, short_day

__all__ = ["certificate", "screening", "vaccinations"]

_HELP_AGE, _SCREENING_AGES = 65, range(50, 75)
_CERTIFICATES: tuple[tuple[str, str], ...] = (
    (
        "Certificat pour le club de marche",
        (
            "ne présente pas, à ce jour, de contre-indication décelable à la pratique de la marche et de la "
            "gymnastique douce."
        ),
    ),
    (
        "Certificat pour une aide à domicile",
        (
            "a besoin, du fait de son état de santé, de l’aide d’une tierce personne pour le ménage et "
            "les courses, "
            "quatre heures par semaine."
        ),
    ),
    (
        "Certificat de séjour en maison de repos",
        "justifie d’un séjour de trois semaines en soins de suite et de réadaptation.",
    ),
    (
        "Certificat de bonne santé",
        "a été examiné ce jour et que cet examen n’a pas montré de signe de maladie contagieuse.",
    ),
)


def certificate(occasion: Occasion) -> Draft:
    """Draw a certificate handed to the person for what it is worth."""
    person = occasion.person
    is_old = person.age_on(occasion.day) >= _HELP_AGE
    choices = [each for each in _CERTIFICATES if is_old or "aide" not in each[0]]
    title, words = occasion.chance.choice(choices)
    agreed = words.replace("examiné", "examinée") if person.gender is Gender.FEMALE else words
    sheet = Sheet(title, GENERAL_PRACTITIONER, person, occasion.day)
    sheet.letterhead()
    sheet.patient_box()
    sheet.banner("Certificat médical")
    sheet.space(10)
    sheet.paragraph(
        f"Je soussignée, {GENERAL_PRACTITIONER.name}, certifie que {person.title} {person.name}, "
        f"{person.born_word} le {french_day(person.born)}, {agreed}",
        size=12,
        after=16,
    )
    sheet.paragraph(
        "Certificat établi à la demande de l’intéressé(e) et remis en main propre pour faire valoir ce "
        "que de "
        "droit.",
        size=11,
        after=20,
    )
    sheet.signature(occasion.chance)
    return Draft(title, GENERAL_PRACTITIONER, "89601-9", sheet.finish())


_SCREENINGS: tuple[tuple[str, str, str], ...] = (
    (
        "Dépistage du cancer colorectal",
        "Test immunologique de recherche de sang dans les selles",
        (
            "Votre test est négatif. Aucune trace de sang n’a été retrouvée. Une nouvelle invitation "
            "vous sera "
            "envoyée dans deux ans."
        ),
    ),
    (
        "Dépistage du cancer du sein",
        "Mammographie, première et seconde lecture",
        (
            "Vos clichés ont été lus par deux radiologues. Aucune image suspecte n’a été retrouvée. Une "
            "nouvelle "
            "invitation vous sera envoyée dans deux ans."
        ),
    ),
    (
        "Bilan de prévention",
        "Mon bilan prévention",
        (
            "Les thèmes choisis ont été l’alimentation, l’activité physique et le sommeil. Un plan "
            "personnel de "
            "prévention vous a été remis."
        ),
    ),
)


def _possible_screenings(occasion: Occasion) -> list[tuple[str, str, str]]:
    is_woman = occasion.person.gender is Gender.FEMALE
    is_invited = occasion.person.age_on(occasion.day) in _SCREENING_AGES
    possible = [each for each in _SCREENINGS if is_invited or "cancer" not in each[0]]
    return [each for each in possible if is_woman or "sein" not in each[0]]


def screening(occasion: Occasion) -> Draft:
    """Draw the result of an organised screening."""
    person = occasion.person
    title, what, words = occasion.chance.choice(_possible_screenings(occasion))
    sheet = Sheet(title, PREVENTION, person, occasion.day)
    sheet.letterhead()
    sheet.patient_box()
    sheet.banner(title, what)
    sheet.paragraph(f"{person.title},", size=11, after=8)
    sheet.paragraph(words, size=11.5, after=10)
    sheet.paragraph(
        "Entre deux dépistages, consultez votre médecin traitant si quelque chose vous inquiète.",
        size=11,
        after=16,
    )
    sheet.signature(occasion.chance)
    return Draft(title, PREVENTION, "75492-9", sheet.finish())


_VACCINES: tuple[tuple[str, int], ...] = (
    ("Diphtérie, tétanos, poliomyélite", 20),
    ("Coqueluche", 20),
    ("Grippe saisonnière", 1),
    ("Covid-19", 1),
    ("Pneumocoque", 5),
    ("Zona", 5),
)


def vaccinations(occasion: Occasion) -> Draft:
    """Draw the vaccination record."""
    chance = occasion.chance
    title = "Carnet de vaccination"
    sheet = Sheet(title, GENERAL_PRACTITIONER, occasion.person, occasion.day)
    sheet.letterhead()
    sheet.patient_box()
    sheet.banner(title, f"À jour au {french_day(occasion.day)}")
    columns = (
        Column("Vaccin", 6, font=BOLD),
        Column("Fait le", 210),
        Column("Lot", 290),
        Column("Prochain rappel", 370),
    )
    rows = [_vaccine_row(name, years, occasion) for name, years in chance.sample(_VACCINES, 5)]
    sheet.table(columns, rows, leading=20)
    sheet.space(10)
    sheet.signature(chance)
    return Draft(title, GENERAL_PRACTITIONER, "11369-6", sheet.finish())


def _vaccine_row(name: str, years: int, occasion: Occasion) -> tuple[str, str, str, str]:
    chance = occasion.chance
    done = date(
        max(occasion.day.year - chance.randint(0, years), 1990), chance.randint(1, 10), chance.randint(1, 28)
    )
    done = min(done, occasion.day)
    lot = "".join(chance.choice("ABCDEFGHJKLMNP") for _ in range(2)) + str(chance.randint(100, 999))
    return name, short_day(done), f"FIC-{lot}", str(done.year + years)
