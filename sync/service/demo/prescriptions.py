"""Prescriptions: medicines (with the two zones of a long-term illness), nursing, physiotherapy."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from reportlab.graphics.barcode.code128 import Code128

from sync.service.demo.drafts import Draft, Occasion
from sync.service.demo.people import Illness
from sync.service.demo.practices import (
    CARDIOLOGIST,
    EYE_DOCTOR,
    GENERAL_PRACTITIONER,
    LUNG_DOCTOR,
    ONCOLOGIST,
    PSYCHIATRIST,
    Author,
)
from sync.service.demo.sheets import RIGHT, SOFT, Sheet
from sync.service.demo.typeface import BOLD, REGULAR

if TYPE_CHECKING:
    import random

__all__ = ["care_prescription", "prescription"]

_Line = tuple[str, str]
_SPECIALIST_SHARE = 0.4
_MODULE = 0.7  # points, the width of the thinnest bar

_TREATMENTS: dict[Illness, tuple[_Line, ...]] = {
    Illness.DIABETES: (
        ("METFORMINE 1 000 mg, comprimé", "1 comprimé matin et soir, au milieu du repas, pendant 3 mois"),
        ("GLICLAZIDE 60 mg LM, comprimé", "1 comprimé le matin au petit-déjeuner, pendant 3 mois"),
        ("RAMIPRIL 5 mg, comprimé", "1 comprimé le matin, pendant 3 mois"),
        ("ATORVASTATINE 20 mg, comprimé", "1 comprimé le soir, pendant 3 mois"),
        ("Bandelettes pour lecteur de glycémie", "1 contrôle par jour, quantité suffisante pour 3 mois"),
    ),
    Illness.HEART: (
        ("BISOPROLOL 2,5 mg, comprimé", "1 comprimé le matin, pendant 3 mois"),
        ("FUROSÉMIDE 40 mg, comprimé", "1 comprimé le matin ; 2 si prise de 2 kg en 3 jours"),
        ("RAMIPRIL 2,5 mg, gélule", "1 gélule matin et soir, pendant 3 mois"),
        ("WARFARINE 2 mg, comprimé", "selon l’INR, à heure fixe le soir, pendant 3 mois"),
        ("SPIRONOLACTONE 25 mg, comprimé", "1 comprimé à midi, pendant 3 mois"),
    ),
    Illness.KIDNEY: (
        ("AMLODIPINE 5 mg, gélule", "1 gélule le matin, pendant 3 mois"),
        ("CARBONATE DE CALCIUM 500 mg, comprimé à sucer", "1 comprimé au milieu de chaque repas"),
        ("ALFACALCIDOL 0,25 µg, capsule", "1 capsule un jour sur deux, pendant 3 mois"),
        ("DARBÉPOÉTINE 30 µg, seringue préremplie", "1 injection sous-cutanée toutes les 2 semaines"),
    ),
    Illness.BREATH: (
        (
            "SALBUTAMOL 100 µg, suspension pour inhalation",
            "1 à 2 bouffées en cas de gêne, 8 par jour au plus",
        ),
        ("FORMOTÉROL / BUDÉSONIDE 200/6 µg", "1 inhalation matin et soir, rincer la bouche après"),
        ("TIOTROPIUM 18 µg, gélule pour inhalation", "1 inhalation le matin, pendant 3 mois"),
    ),
    Illness.PACEMAKER: (
        ("APIXABAN 5 mg, comprimé", "1 comprimé matin et soir, pendant 3 mois"),
        ("BISOPROLOL 5 mg, comprimé", "1 comprimé le matin, pendant 3 mois"),
        ("PÉRINDOPRIL 4 mg, comprimé", "1 comprimé le matin, pendant 3 mois"),
    ),
    Illness.EYES: (
        ("LATANOPROST 50 µg/mL, collyre", "1 goutte dans chaque œil le soir, pendant 3 mois"),
        ("TIMOLOL 0,5 %, collyre", "1 goutte dans chaque œil le matin, pendant 3 mois"),
        ("Larmes artificielles, unidoses", "1 goutte au besoin, 6 fois par jour au plus"),
    ),
    Illness.PSYCHE: (
        ("SERTRALINE 50 mg, gélule", "1 gélule le matin, pendant 1 mois"),
        ("HYDROXYZINE 25 mg, comprimé", "1 comprimé le soir au coucher, si besoin, 15 jours au plus"),
        ("Pilulier hebdomadaire préparé par l’infirmière", "chaque lundi, pendant 1 mois"),
    ),
    Illness.CANCER: (
        ("LÉTROZOLE 2,5 mg, comprimé", "1 comprimé par jour, à heure fixe, pendant 3 mois"),
        ("CALCIUM / VITAMINE D3 500 mg/400 UI", "1 comprimé à sucer matin et soir, pendant 3 mois"),
        ("PARACÉTAMOL 1 g, comprimé", "1 comprimé en cas de douleur, 3 par jour au plus"),
    ),
    Illness.NONE: (
        ("VITAMINE D3 100 000 UI, ampoule buvable", "1 ampoule tous les 3 mois, pendant 1 an"),
        ("CÉTIRIZINE 10 mg, comprimé", "1 comprimé le soir pendant la saison des pollens"),
        ("IBUPROFÈNE 200 mg, comprimé", "1 comprimé au cours du repas en cas de douleur, 5 jours au plus"),
    ),
}
_PASSING: tuple[_Line, ...] = (
    ("PARACÉTAMOL 1 g, comprimé", "1 comprimé en cas de douleur, espacer de 6 heures, 3 par jour au plus"),
    ("AMOXICILLINE 1 g, comprimé", "1 comprimé matin et soir, pendant 6 jours"),
    ("MACROGOL 10 g, sachet", "1 sachet le matin dans un grand verre d’eau"),
    ("Sérum physiologique, unidoses", "lavage de nez 4 fois par jour"),
    ("OMÉPRAZOLE 20 mg, gélule", "1 gélule le matin à jeun, pendant 4 semaines"),
    ("DICLOFÉNAC 1 %, gel", "1 application locale 3 fois par jour, pendant 7 jours"),
)
_SPECIALISTS: dict[Illness, Author] = {
    Illness.HEART: CARDIOLOGIST,
    Illness.PACEMAKER: CARDIOLOGIST,
    Illness.EYES: EYE_DOCTOR,
    Illness.BREATH: LUNG_DOCTOR,
    Illness.PSYCHE: PSYCHIATRIST,
    Illness.CANCER: ONCOLOGIST,
}


def prescription(occasion: Occasion) -> Draft:
    """Draw a prescription of medicines; two zones for whoever has a recognised long-term illness."""
    person, chance = occasion.person, occasion.chance
    author = _prescriber(person.illness, chance)
    title = f"Ordonnance du docteur {author.family}"
    sheet = Sheet(title, author, person, occasion.day)
    sheet.letterhead()
    _rpps_bars(sheet, author)
    sheet.patient_box()
    usual = list(_TREATMENTS[person.illness])
    if person.illness is Illness.NONE:
        sheet.banner("Ordonnance")
        _lines(sheet, chance.sample(usual, 1) + chance.sample(_PASSING, 2))
    else:
        _two_zones(
            sheet, usual[: chance.randint(2, len(usual))], chance.sample(_PASSING, chance.randint(0, 2))
        )
    sheet.space(8)
    sheet.line(f"À renouveler {chance.choice((1, 2, 3))} fois." if usual else "", size=10, color=SOFT)
    sheet.signature(chance)
    return Draft(title, author, "57833-6", sheet.finish())


def _prescriber(illness: Illness, chance: random.Random) -> Author:
    return (
        _SPECIALISTS.get(illness, GENERAL_PRACTITIONER)
        if chance.random() < _SPECIALIST_SHARE
        else GENERAL_PRACTITIONER
    )


def _rpps_bars(sheet: Sheet, author: Author) -> None:
    widths = _bars(author.rpps)
    length = widths[-1][0] + widths[-1][1]
    sheet.bars(RIGHT - length, sheet.y + 18, 12, widths)


@cache
def _bars(number: str) -> tuple[tuple[float, float], ...]:
    """Return where each bar of a Code 128 starts and how wide it is (reportlab: capitals are bars)."""
    code = Code128(number, barWidth=_MODULE, quiet=0)
    code.validate()
    code.encode()
    found, at = [], 0.0
    for letter in code.decompose():
        width = (ord(letter.lower()) - ord("a") + 1) * _MODULE
        if letter.isupper():
            found.append((at, width))
        at += width
    return tuple(found)


def _two_zones(sheet: Sheet, lasting: list[_Line], passing: list[_Line]) -> None:
    _zone(
        sheet, "Prescriptions relatives au traitement de l’affection de longue durée", "AFFECTION EXONÉRANTE"
    )
    _lines(sheet, lasting)
    sheet.space(10)
    _zone(sheet, "Prescriptions SANS RAPPORT avec l’affection de longue durée", "MALADIES INTERCURRENTES")
    _lines(sheet, passing or [("Néant", "")])


def _zone(sheet: Sheet, words: str, under: str) -> None:
    sheet.need(70)
    sheet.rule(gap=2, color=sheet.color)
    sheet.line(words, font=BOLD, size=9.5, color=sheet.color)
    sheet.line(under, size=8.5, color=SOFT)
    sheet.rule(gap=8, color=sheet.color)


def _lines(sheet: Sheet, lines: list[_Line]) -> None:
    for name, dose in lines:
        sheet.need(40)
        sheet.line(name, font=BOLD, size=11, indent=6)
        if dose:
            sheet.paragraph(dose, font=REGULAR, size=10.5, indent=22, after=5)


_CARE: tuple[tuple[str, str, str, str], ...] = (
    (
        "PRESC-INF",
        "Ordonnance de soins infirmiers",
        "Soins infirmiers à domicile",
        (
            "Préparation du pilulier une fois par semaine et surveillance de la tension artérielle, du "
            "pouls et du "
            "poids, pendant 3 mois, dimanche et jours fériés compris si nécessaire."
        ),
    ),
    (
        "PRESC-KINE",
        "Ordonnance de kinésithérapie",
        "Masso-kinésithérapie",
        (
            "Dix séances de rééducation à la marche et de l’équilibre, à domicile si le déplacement est "
            "impossible."
        ),
    ),
    (
        "PRESC-BIO",
        "Ordonnance pour une prise de sang",
        "Examens de biologie médicale",
        (
            "Hémogramme, ionogramme sanguin, créatinine, glycémie à jeun, HbA1c, bilan lipidique. À "
            "faire à jeun, "
            "à domicile si besoin."
        ),
    ),
)


def care_prescription(occasion: Occasion) -> Draft:
    """Draw a prescription of nursing, physiotherapy or blood tests."""
    code, title, subject, words = occasion.chance.choice(_CARE)
    sheet = Sheet(title, GENERAL_PRACTITIONER, occasion.person, occasion.day)
    sheet.letterhead()
    _rpps_bars(sheet, GENERAL_PRACTITIONER)
    sheet.patient_box()
    sheet.banner(subject)
    sheet.paragraph("Faire pratiquer :", size=11)
    sheet.paragraph(words, size=11.5, after=18)
    sheet.signature(occasion.chance)
    return Draft(title, GENERAL_PRACTITIONER, code, sheet.finish())
