"""French dates and numbers as papers print them. No locale: papers are the same on every machine."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

__all__ = ["decimal", "euros", "french_day", "grouped_ins", "short_day"]

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def french_day(day: date) -> str:
    """Write "3 mai 1946", "1er juin 2020"."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {_MONTHS[day.month - 1]} {day.year}"


def short_day(day: date) -> str:
    """Write "03/05/1946"."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def grouped_ins(number: str) -> str:
    """Write the 15 characters in the groups of the Vitale card."""
    cuts = (0, 1, 3, 5, 7, 10, 13, 15)
    return " ".join(number[start:end] for start, end in pairwise(cuts))


def decimal(value: float, places: int = 1) -> str:
    """Write a number with a decimal comma."""
    return f"{value:.{places}f}".replace(".", ",")


def euros(value: float) -> str:
    """Write an amount in euros, cents always."""
    return f"{decimal(value, 2)} €"
