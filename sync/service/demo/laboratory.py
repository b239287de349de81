"""Printed laboratory reports: results beside the usual values and the ones before."""

from __future__ import annotations

from sync.service.demo.analyses import Chapter, Result, draw_panel, draw_slip
from sync.service.demo.drafts import Draft, Occasion
from sync.service.demo.practices import BIOLOGIST, GENERAL_PRACTITIONER
from sync.service.demo.sheets import LEFT, SOFT, Column, Sheet, days_before
from sync.service.demo.typeface import BOLD
from sync.service.demo.words import short_day

__all__ = ["draw_report", "laboratory_report", "laboratory_slip"]

_TITLE = "Prise de sang"
_WEEK, _SEASON = (6, 8), (60, 190)
_COLUMNS = (
    Column("Analyse", 6),
    Column("Résultat", 232, is_right=True, font=BOLD),
    Column("Unité", 240),
    Column("Valeurs usuelles", 410, is_right=True),
    Column("Antérieur", 491, is_right=True),
)


def laboratory_report(occasion: Occasion) -> Draft:
    """Draw the report of a whole blood test."""
    chapters = draw_panel(occasion.person, occasion.chance)
    return Draft(_TITLE, BIOLOGIST, "11502-2", draw_report(_TITLE, occasion, chapters))


def laboratory_slip(occasion: Occasion) -> Draft:
    """Draw the weekly slip of someone under an anticoagulant."""
    title = "Prise de sang de la semaine (INR)"
    data = draw_report(title, occasion, draw_slip(occasion.person, occasion.chance), days_between=_WEEK)
    return Draft(title, BIOLOGIST, "11502-2", data)


def draw_report(
    title: str, occasion: Occasion, chapters: tuple[Chapter, ...], *, days_between: tuple[int, int] = _SEASON
) -> bytes:
    """Draw these chapters as the laboratory prints them, beside results some days older."""
    sheet = Sheet(title, BIOLOGIST, occasion.person, occasion.day)
    sheet.letterhead()
    sheet.patient_box()
    sheet.banner("Compte rendu d’examens de biologie médicale", _when(occasion))
    for chapter in chapters:
        _draw_chapter(sheet, chapter)
    _closing(sheet, occasion, days_between)
    return sheet.finish()


def _when(occasion: Occasion) -> str:
    hour, minute = occasion.chance.randint(7, 10), occasion.chance.choice((5, 10, 20, 35, 40, 55))
    return (
        f"Prélèvement du {short_day(occasion.day)} à {hour} h {minute:02d} · "
        f"prescrit par {GENERAL_PRACTITIONER.name}"
    )


def _draw_chapter(sheet: Sheet, chapter: Chapter) -> None:
    sheet.need(70)
    sheet.line(chapter.name, font=BOLD, size=11, color=sheet.color)
    sheet.space(2)
    sheet.table(_COLUMNS, [_row(result) for result in chapter.results])


def _row(result: Result) -> tuple[str, str, str, str, str]:
    mark = "*" if result.is_low or result.is_high else ""
    return (
        result.analysis.name,
        f"{mark} {result.words}".strip(),
        result.analysis.unit,
        result.usual,
        result.before_words,
    )


def _closing(sheet: Sheet, occasion: Occasion, days_between: tuple[int, int]) -> None:
    before = days_before(occasion.day, occasion.chance.randint(*days_between))
    note = f"* hors des valeurs usuelles du laboratoire. Résultats antérieurs du {short_day(before)}."
    sheet.need(100)
    sheet.text(LEFT, sheet.y - 8, note, size=8.5, color=SOFT)
    sheet.space(18)
    sheet.paragraph("Résultats validés. Ils sont à commenter avec le médecin qui les a demandés.", size=9.5)
    sheet.signature(occasion.chance)
