"""A day that is known in part: ``1985``, ``1985-04`` or ``1985-04-12`` (R4 §2.24.0.1, ``date``).

People know the year of an old vaccination, seldom its day; what they know is kept as they know it.
A ``dateTime`` that another program wrote counts by its day.
"""

from __future__ import annotations

import re
from datetime import date

__all__ = ["day_of", "earliest", "is_partial_date"]

_FORM = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def is_partial_date(text: str) -> bool:
    """Say whether it is a year, a month or a day that exists."""
    return earliest(text) is not None


def earliest(text: str) -> date | None:
    """Return the first day it can mean, ``None`` for what is no such date."""
    found = _FORM.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) if part else 1 for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def day_of(text: str | None) -> str:
    """Return the date part of a FHIR ``date`` or ``dateTime``; empty where it is neither."""
    day = (text or "")[:10]
    return day if is_partial_date(day) else ""
