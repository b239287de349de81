"""Dates as French papers write them, to ISO."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FoundDate", "dates_in", "exif_date", "iso", "pdf_date"]

_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
_SHORT = {"janv": 1, "fevr": 2, "fev": 2, "avr": 4, "juil": 7, "sept": 9, "oct": 10, "nov": 11, "dec": 12}
_WORDS = "|".join((*_MONTHS, *_SHORT))
_DATE = re.compile(
    rf"(?<![\d/.])(?:(?P<d>\d{{1,2}})(?:er)?\s{{1,3}}(?P<m>{_WORDS})\.?\s{{1,3}}(?P<y>\d{{4}})"
    r"|(?P<y2>(?:19|20)\d\d)-(?P<m2>\d\d)-(?P<d2>\d\d)"
    r"|(?P<d3>\d{1,2})\s?[/.\-]\s?(?P<m3>\d{1,2})\s?[/.\-]\s?(?P<y3>\d{4}|\d\d(?![\d/.])))(?!\d)",
    re.IGNORECASE,
)
OLDEST = 1900


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date, and the folded words just before it."""

    day: date
    before: str
    start: int
    end: int


def dates_in(text: str) -> Iterator[FoundDate]:
    """Every plausible date of a text, in its order; two-digit years are taken in the past."""
    folded = fold(text)
    for match in _DATE.finditer(folded):
        day = _day(match)
        if day is not None:
            yield FoundDate(
                day, folded[max(0, match.start() - 40) : match.start()], match.start(), match.end()
            )


def fold(text: str) -> str:
    """Lower case without accents, letter for letter: places in the text stay the same."""
    return "".join(_plain(letter) for letter in text)


def _plain(letter: str) -> str:
    bare = unicodedata.normalize("NFD", letter)[0].lower() if letter > "\x7f" else letter.lower()
    return bare if len(bare) == 1 else letter


def _day(match: re.Match[str]) -> date | None:
    found = match.groupdict()
    name = found["m"]
    month = found["m2"] or found["m3"] or _month(name or "")
    day = found["d"] or found["d2"] or found["d3"]
    return _valid(_year(found["y"] or found["y2"] or found["y3"]), int(month), int(day))


def _month(name: str) -> int:
    name = name.lower()
    return _MONTHS.index(name) + 1 if name in _MONTHS else _SHORT.get(name, 0)


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:  # noqa: PLR2004  # a whole year
        return year
    century = 2000 if year <= date.today().year % 100 else 1900  # noqa: DTZ011  # the wall's date
    return century + year


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if year >= OLDEST else None


def iso(day: date | None) -> str | None:
    """Write as ISO, unless it lies in the future (a paper is not dated tomorrow)."""
    if day is None or day > date.today() + timedelta(days=1):  # noqa: DTZ011  # the wall's date
        return None
    return day.isoformat()


def pdf_date(text: str | None) -> str | None:
    """Read a PDF date (ISO 32000-1 §7.9.4), ``D:YYYYMMDD…``."""
    match = re.match(r"(?:D:)?(\d{4})(\d\d)(\d\d)", text or "")
    return iso(_valid(*(int(part) for part in match.groups()))) if match else None


def exif_date(text: object) -> str | None:
    """Read an Exif date, ``YYYY:MM:DD HH:MM:SS``."""
    match = re.match(r"(\d{4}):(\d\d):(\d\d)", text) if isinstance(text, str) else None
    return iso(_valid(*(int(part) for part in match.groups()))) if match else None
