"""What a laboratory measures: analyses with their LOINC code, unit and usual range, and drawn values.

The same drawn panel feeds the printed report and the structured CDA, so that both say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.service.demo.people import Gender, Illness, Person
from sync.service.demo.words import decimal

if TYPE_CHECKING:
    import random

__all__ = ["Analysis", "Chapter", "Result", "draw_panel", "draw_slip"]


@dataclass(frozen=True, slots=True)
class Analysis:
    """One line a laboratory can measure. ``unit`` is printed, ``ucum`` is coded."""

    name: str
    loinc: str
    unit: str
    ucum: str
    low: float | None
    high: float | None
    places: int = 1
    method: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A drawn value with the one before."""

    analysis: Analysis
    value: float
    before: float

    @property
    def words(self) -> str:
        """The value as printed."""
        return decimal(self.value, self.analysis.places)

    @property
    def before_words(self) -> str:
        """The value before, as printed."""
        return decimal(self.before, self.analysis.places)

    @property
    def usual(self) -> str:
        """The usual range as printed, empty where there is none."""
        low, high, places = self.analysis.low, self.analysis.high, self.analysis.places
        if low is None and high is None:
            return ""
        if low is None:
            return f"< {decimal(high or 0, places)}"
        if high is None:
            return f"> {decimal(low, places)}"
        return f"{decimal(low, places)} à {decimal(high, places)}"

    @property
    def is_low(self) -> bool:
        """Whether it is below the usual values."""
        return self.analysis.low is not None and self.value < self.analysis.low

    @property
    def is_high(self) -> bool:
        """Whether it is above the usual values."""
        return self.analysis.high is not None and self.value > self.analysis.high


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the report with its LOINC code."""

    name: str
    loinc: str
    results: tuple[Result, ...]


_HEMOGLOBIN = {
    Gender.FEMALE: Analysis("Hémoglobine", "718-7", "g/dL", "g/dL", 11.5, 16.0),
    Gender.MALE: Analysis("Hémoglobine", "718-7", "g/dL", "g/dL", 13.0, 17.0),
}
_CREATININE = {
    Gender.FEMALE: Analysis("Créatinine", "14682-9", "µmol/L", "umol/L", 45, 84, 0, "enzymatique"),
    Gender.MALE: Analysis("Créatinine", "14682-9", "µmol/L", "umol/L", 59, 104, 0, "enzymatique"),
}
_BLOOD = (
    Analysis("Leucocytes", "6690-2", "G/L", "10*9/L", 4.0, 10.0),
    Analysis("Hématies", "789-8", "T/L", "10*12/L", 3.8, 5.7, 2),
    Analysis("Hématocrite", "4544-3", "%", "%", 35.0, 50.0),
    Analysis("Plaquettes", "777-3", "G/L", "10*9/L", 150, 400, 0),
)
_FILTRATION = Analysis(
    "Débit de filtration (CKD-EPI)", "62238-1", "mL/min/1,73 m²", "mL/min/{1.73_m2}", 60, None, 0
)
_SALTS = (
    Analysis("Sodium", "2951-2", "mmol/L", "mmol/L", 136, 145, 0, "potentiométrie"),
    Analysis("Potassium", "2823-3", "mmol/L", "mmol/L", 3.5, 5.1, 1, "potentiométrie"),
)
_SUGAR = (
    Analysis("Glycémie à jeun", "1558-6", "g/L", "g/L", 0.70, 1.10, 2, "hexokinase"),
    Analysis("Hémoglobine glyquée (HbA1c)", "4548-4", "%", "%", 4.0, 6.0, 1, "HPLC"),
)
_FATS = (
    Analysis("Cholestérol total", "2093-3", "mmol/L", "mmol/L", None, 5.20, 2),
    Analysis("Cholestérol HDL", "2085-9", "mmol/L", "mmol/L", 1.00, None, 2),
    Analysis("Cholestérol LDL (calculé)", "13457-7", "mmol/L", "mmol/L", None, 4.10, 2),
    Analysis("Triglycérides", "2571-8", "mmol/L", "mmol/L", None, 1.70, 2),
)
_THYROID = (
    Analysis("TSH", "3016-3", "mUI/L", "m[IU]/L", 0.27, 4.20, 2, "électrochimiluminescence"),
    Analysis("T4 libre", "14920-3", "pmol/L", "pmol/L", 12.0, 22.0, 1, "électrochimiluminescence"),
)
_HEART = (Analysis("NT-proBNP", "33762-6", "ng/L", "ng/L", None, 450, 0, "électrochimiluminescence"),)
_INFLAMMATION = (Analysis("Protéine C réactive (CRP)", "1988-5", "mg/L", "mg/L", None, 5.0, 1),)
_INR = Analysis("INR", "6301-6", "", "1", 2.0, 3.0, 1, "chronométrie")

_OFTEN_HIGH = {
    Illness.DIABETES: {"1558-6", "4548-4", "2571-8"},
    Illness.HEART: {"33762-6", "14682-9"},
    Illness.PACEMAKER: {"33762-6"},
    Illness.KIDNEY: {"14682-9", "2823-3"},
    Illness.CANCER: {"1988-5"},
}
_OFTEN_LOW = {Illness.KIDNEY: {"62238-1", "718-7"}, Illness.CANCER: {"718-7"}, Illness.HEART: {"62238-1"}}


def draw_panel(person: Person, chance: random.Random) -> tuple[Chapter, ...]:
    """Draw the chapters of a blood test that suits the person's story."""
    blood = (_HEMOGLOBIN[person.gender], *_BLOOD)
    chemistry = (*_SUGAR, _CREATININE[person.gender], _FILTRATION, *_SALTS)
    chapters = [
        _chapter("Hématologie — Hémogramme", "18723-7", blood, person, chance),
        _chapter("Biochimie sanguine", "18719-5", chemistry, person, chance),
    ]
    if person.illness in {Illness.HEART, Illness.PACEMAKER}:
        chapters.append(_chapter("Marqueurs cardiaques", "18719-5", _HEART, person, chance))
    extra = chance.choice((_FATS, _THYROID, _INFLAMMATION, _FATS + _THYROID))
    name = "Bilan lipidique" if extra is _FATS else "Bilan complémentaire"
    chapters.append(_chapter(name, "18719-5", extra, person, chance))
    return tuple(chapters)


def draw_slip(person: Person, chance: random.Random) -> tuple[Chapter, ...]:
    """Draw the weekly slip of someone under an anticoagulant: one line."""
    return (_chapter("Hémostase — surveillance du traitement", "18720-3", (_INR,), person, chance),)


def _chapter(
    name: str, loinc: str, analyses: tuple[Analysis, ...], person: Person, chance: random.Random
) -> Chapter:
    return Chapter(name, loinc, tuple(_draw(analysis, person, chance) for analysis in analyses))


def _draw(analysis: Analysis, person: Person, chance: random.Random) -> Result:
    low = analysis.low if analysis.low is not None else (analysis.high or 1) * 0.35
    high = analysis.high if analysis.high is not None else low * 1.9
    shift = 0.0
    if analysis.loinc in _OFTEN_HIGH.get(person.illness, ()):
        shift = 1.5
    elif analysis.loinc in _OFTEN_LOW.get(person.illness, ()):
        shift = -1.4
    middle, half = (low + high) / 2, (high - low) / 2
    values = [max(low * 0.3, middle + half * (shift + chance.gauss(0, 0.36))) for _ in range(2)]
    return Result(analysis, round(values[0], analysis.places), round(values[1], analysis.places))
