"""FHIR dates as the stretch of time they cover (R4 §3.1.1.4.10: a date is the whole day), and counts."""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from datetime import UTC, datetime, timedelta

__all__ = ["is_number", "period_of"]

_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
)


_NUMBER = re.compile(r"[0-9]{1,15}")


def is_number(text: str) -> bool:
    """Say whether a text is a count that any store can hold; Python alone takes other scripts' digits too."""
    return _NUMBER.fullmatch(text) is not None


def period_of(text: str) -> tuple[float, float] | None:
    """Return the first and last second a FHIR date or dateTime covers; ``None`` if it is none.

    Where it names no zone it is taken as UTC.
    """
    found = _DATE.fullmatch(text.strip())
    if not found:
        return None
    try:
        return _bounds(found)
    except (ValueError, OverflowError):
        return None


def _bounds(found: re.Match[str]) -> tuple[float, float]:
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    start = datetime(
        int(year),
        int(month or 1),
        int(day or 1),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        tzinfo=UTC,
    )
    low = start.timestamp() + float(fraction or 0) - _offset(zone)
    if fraction:
        return low, low + 10 ** -(len(fraction) - 1) - 1e-6
    return low, low + _width(
        start, sum(each is not None for each in found.groups()[:6])
    ).total_seconds() - 1e-6


def _offset(zone: str | None) -> float:
    if not zone or zone == "Z":
        return 0
    sign = 1 if zone[0] == "+" else -1
    return sign * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)


def _width(start: datetime, depth: int) -> timedelta:
    if depth == 1:
        return timedelta(days=365 + isleap(start.year))
    if depth == 2:  # noqa: PLR2004 (a year and a month)
        return timedelta(days=monthrange(start.year, start.month)[1])
    if depth == 3:  # noqa: PLR2004 (a whole day)
        return timedelta(days=1)
    return timedelta(seconds=1) if depth >= 6 else timedelta(minutes=1)  # noqa: PLR2004
