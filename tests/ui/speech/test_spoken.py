"""What is written, said: abbreviations in words, and never another dose."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ui.speech.spoken import spoken

SAID = {
    "Doliprane 1000 mg : 1 cp 3/j pendant 7 j.": (
        "Doliprane 1000 milligrammes : 1 comprimé 3 fois par jour pendant 7 jours."
    ),
    "1 cp/j": "1 comprimé par jour",
    "1 gél./j le soir": "1 gélule par jour le soir",
    "2 gél. le soir": "2 gélule le soir",
    "1/j": "une fois par jour",
    "3 x/j": "3 fois par jour",
    "3 fois/j": "3 fois par jour",
    "Amoxicilline 50 mg/kg/j": "Amoxicilline 50 milligrammes par kilogramme par jour",
    "Créatinine 74 µmol/L (N : 45–84)": "Créatinine 74 micromoles par litre (N : 45 à 84)",
    "DFG 90 ml/min/1,73m²": "DFG 90 millilitres par minute pour 1,73 mètre carré",
    "Leucocytes 6,0 G/L": "Leucocytes 6,0 giga par litre",
    "HbA1c 6,5 %": "HbA1c 6,5 pour cent",
    "TA 120/80 mmHg": "TA 120 sur 80 millimètres de mercure",
    "1/2 cp le soir": "1 sur 2 comprimé le soir",
    "0.25 mg": "0.25 milligrammes",
    "1\u202f000 mg": "1000 milligrammes",
    "38,5°C": "38,5 degrés",
    "2 × 500 mg": "2 fois 500 milligrammes",
    "le 03/03/2026 à 14h30": "le 3 mars 2026 à 14 heures 30",
    "né le 1946-05-01": "né le 1er mai 1946",
    "99/99/2026": "99/99/2026",
    "Dr. Martin et M. Dupont": "docteur Martin et monsieur Dupont",
    "Tél. : 02 48 00 00 00": "téléphone : 02, 48, 00, 00, 00",
    "0248000000": "02, 48, 00, 00, 00",
    "02.48.00.00.00.": "02, 48, 00, 00, 00.",
    "06\u00a012\u00a034\u00a056\u00a078": "06, 12, 34, 56, 78",
    "+33 2 48 00 00 00": "+33 2, 48, 00, 00, 00",
    "RPPS 10003456789": "RPPS 10003456789",
    "INS 246051803300186": "INS 246051803300186",
    "n° 12": "numéro 12",
    "§ 3": "paragraphe 3",
    "> 5 ans": "supérieur à 5 ans",
    "• Paracétamol": "Paracétamol",
    "- 5 mg": "- 5 milligrammes",
    # One meaning only where a number gives it: these stay as they are.
    "Il a mal à la g. droite, MG traitant, cp inconnu, j et l": (
        "Il a mal à la g. droite, MG traitant, cp inconnu, j et l"
    ),
    "5 l’eau": "5 l’eau",
    "1-0-1": "1-0-1",
    "2 500 mg": "2500 milligrammes",
    "2\u00a0500\u00a0mg": "2500 milligrammes",
    "2\u2009500 mg par jour": "2500 milligrammes par jour",
    "Vitamine D 100 000 UI": "Vitamine D 100000 unités internationales",
    "1 234,50 €": "1234,50 €",
    "1\u202f234,50 €": "1234,50 €",
    "1 000 000 UI": "1000000 unités internationales",
    "8 000 pas": "8000 pas",
    "250 000 /mm3": "250000 /mm3",
    # A laboratory's line, or two columns: never one number.
    "Sodium 140 135 145 mmol/L": "Sodium 140 135 145 millimoles par litre",
    "12 2 500 mg": "12 2 500 milligrammes",
    "500 125 mg": "500 125 milligrammes",
    "Hémoglobine 13 130 g/L": "Hémoglobine 13 130 grammes par litre",
    "1,5 mg": "1,5 milligrammes",
    "1,5\u00a0mg": "1,5 milligrammes",
    "14 h 30": "14 heures 30",
    "14\u00a0h\u00a030": "14 heures 30",
    "150 mg/24 h": "150 milligrammes par 24 heures",
    "150 mg/24h": "150 milligrammes par 24 heures",
    "03/03/2026": "3 mars 2026",
    "le 03/03 à 14 h": "le 3 mars à 14 heures",
    "du 01/02 au 15/02/26": "du 1er février au 15 février 26",
    "le 1/2 comprimé": "le 1 sur 2 comprimé",
    "le 31/02 matin": "le 31 sur 02 matin",
    "75012-1": "75012-1",
    "M. T.": "monsieur T.",
}

PIECES = st.sampled_from(
    [
        "mg", "g", "µg", "ml", "/j", "/kg", "/L", "cp", "gél.", " ", " ", ",", ".", "/", "-", "–", "x", "×",
        "h", "UI", "%", "\u202f", "\u00a0", "Dr", "n°", "fois", "½", "(", ")", "•", "<", "≥", "\n", "jour",
        "mmHg", "°C",
        *"0123456789", "10", "500", "1000", "1,5", "0.25", "1/2", "15/03", "14h30",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=25).map("".join)
DATES = re.compile(
    r"[ld][eu] \d\d/\d\d|(?<![\d/.])\d{1,2}/\d{1,2}/\d{4}(?![\d/.])|(?<![\d\-])\d{4}-\d{2}-\d{2}(?![\d\-T])"
)


def digits(text: str) -> list[str]:
    """Return the digits in their order."""
    return re.findall(r"\d", text)


@pytest.mark.parametrize(("written", "words"), SAID.items())
def test_said_in_words(written: str, words: str) -> None:
    """As a person would read it to someone."""
    assert spoken(written) == words


@given(TEXTS)
@example("1/j 1 /j 11/j 1/jour")
@example("1–2 cp 3x/j")
def test_no_dose_is_changed(text: str) -> None:
    """The digits that go in come out, in their order; « une fois par » is the one of « 1/j »."""
    text = DATES.sub(" ", text)
    assert digits(spoken(text).replace("une fois par", "1 fois par")) == digits(text)


@given(st.text(max_size=200))
def test_any_text_keeps_its_digits(text: str) -> None:
    """Whatever a document may hold."""
    text = DATES.sub(" ", text)
    assert digits(spoken(text).replace("une fois par", "1 fois par")) == digits(
        text.replace("une fois par", "1 fois par")
    )


@given(st.dates(min_value=dt.date(1900, 1, 1)))
def test_a_date_keeps_its_day_and_year(day: dt.date) -> None:
    """Its month is said by its name."""
    said = spoken(f"le {day:%d/%m/%Y}")
    assert re.findall(r"\d+", said) == [str(day.day), str(day.year).zfill(4)]
    assert spoken(f"le {day:%Y-%m-%d}") == said


@given(st.text(max_size=200))
def test_another_language_is_said_as_it_is_written(text: str) -> None:
    """Our words are French: no French word enters an English or Arabic sentence."""
    letters = [letter for letter in text if letter.isalnum()]
    assert [letter for letter in spoken(text, "en") if letter.isalnum()] == letters
