"""Dates, times, sizes as people say them, by Babel, in the language of the screen.

Babel is imported at the first date shown, not at the start of the program.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from ui.text import _, current_language, ngettext, resayable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "BRITISH",
    "COUNTED",
    "clock_time",
    "counted",
    "day",
    "grouped",
    "listed",
    "month",
    "number",
    "numeric_day",
    "recorded_day",
    "short_day",
    "size",
]

KILO = 1000
BRITISH = "en_GB"


def _locale() -> str:
    return current_language().split("_")[0].split("-")[0]


def _local(moment: date | datetime) -> date:
    if not isinstance(moment, datetime):
        return moment
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone().date()


@resayable
def day(moment: date | datetime) -> str:
    """Say a day in full: « mardi 3 mars 2026 », and « 1er »."""
    return _dated(moment, "EEEE d MMMM y")


@resayable
def short_day(moment: date | datetime) -> str:
    """Say a day without its weekday: « 3 mars 2026 »."""
    return _dated(moment, "d MMMM y")


@resayable
def recorded_day(told: str) -> str:
    """Say a day as FHIR records it (« 1946-05-03 »); what is no full date stays as it is."""
    try:
        return _dated(date.fromisoformat(told), "d MMMM y")
    except ValueError:
        return told


def _dated(moment: date | datetime, pattern: str) -> str:
    from babel.dates import format_date

    local = _local(moment)
    said = str(format_date(local, pattern, locale=_locale()))
    if _locale() == "fr" and local.day == 1:
        said = said.replace("1 ", "1er ", 1)
    return said


@resayable
def month(moment: date | datetime) -> str:
    """Say a month alone: « mars »."""
    from babel.dates import format_date

    return str(format_date(_local(moment), "LLLL", locale=_locale()))


@resayable
def numeric_day(moment: date | datetime) -> str:
    """Write a day as in a table: « 03/03/2026 »."""
    from babel.dates import format_date

    return str(format_date(_local(moment), "dd/MM/y", locale=_locale()))


@resayable
def clock_time(moment: datetime) -> str:
    """Say a time of this place: « 14 h 30 », on one line."""
    local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone()
    if _locale() == "fr":
        return f"{local.hour}\u00a0h\u00a0{local.minute:02d}"
    from babel.dates import format_time

    # As its dates are written: « 14:30 », which is also shorter than « 2:30 PM ».
    locale = BRITISH if _locale() == "en" else _locale()
    return str(format_time(local.time(), "short", locale=locale))


@resayable
def size(octets: int) -> str:
    """Say a size: « 640 octets », « 640 Ko », « 1,2 Mo »; decimal units, as the limits are given."""
    from babel.numbers import format_decimal

    if octets < KILO:
        return ngettext("{count} octet", "{count} octets", octets).format(count=octets)
    for unit in (_("Ko"), _("Mo"), _("Go")):
        octets_in_unit = octets / KILO
        if octets_in_unit < KILO or unit == _("Go"):
            shown = format_decimal(octets_in_unit, "0.#" if octets_in_unit < 100 else "0", locale=_locale())  # noqa: PLR2004
            return f"{shown}\u00a0{unit}"
        octets = round(octets_in_unit)
    raise AssertionError


@resayable
def number(count: int) -> str:
    """Write a number with the groups of its language: « 14 235 »; its figures are those of the papers."""
    from babel.numbers import format_decimal

    return str(format_decimal(count, locale=_locale()))


@resayable
def grouped(figures: str) -> str:
    """Keep the groups of a number (a telephone's) in their order where one reads from right to left."""
    from babel import Locale

    turns = Locale.parse(_locale()).text_direction == "rtl"
    return f"\u200e{figures}" if figures and turns else figures


COUNTED = frozenset({"adult", "length", "megapixels", "minutes", "seconds"})
"""Fields of errors that are numbers of something: their sentences leave the noun to ``counted``."""


@resayable
def counted(name: str, number: int) -> str:
    """Say a number with its noun, which changes with it (in Arabic in six ways): « 30 secondes »."""
    match name:
        case "adult":
            words = ngettext("{count} an", "{count} ans", number)
        case "length":
            words = ngettext("{count} lettre", "{count} lettres", number)
        case "megapixels":
            words = ngettext("{count} million de points", "{count} millions de points", number)
        case "minutes":
            words = ngettext("{count} minute", "{count} minutes", number)
        case "seconds":
            words = ngettext("{count} seconde", "{count} secondes", number)
        case _:
            raise KeyError(name)
    return words.format(count=number)


@resayable
def listed(words: Sequence[str]) -> str:
    """Join words as in a sentence: « lire, ranger et imprimer »."""
    from babel.lists import format_list

    return str(format_list(list(words), locale=_locale())) if words else ""
