"""The count of visits on a PC, for the organization's report: no name, no free text, nothing to link.

Decision: a line is a day, a place, the parts of the health space that were used, a length rounded up to
five minutes, and how one helped. Neither hours nor pseudonyms: together with who was seen at the door,
they would name the person; the rows lie in no order of coming. It is written when the visit was erased, so
a visit cut off counts too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from app.vault.sqlcipher import Connection

__all__ = ["ROUNDED_MINUTES", "CountedVisit", "add", "since"]

ROUNDED_MINUTES = 5


@dataclass(frozen=True, slots=True)
class CountedVisit:
    """One visit; ``themes`` are codes of ``mandate_words.Scope``, ``mode`` "" where nothing was done."""

    day: date
    place: str
    themes: frozenset[str]
    minutes: int
    mode: str


def add(connection: Connection, visit: CountedVisit) -> None:
    """Count a visit."""
    connection.execute(
        "INSERT INTO counted_visit (id, day, place, themes, minutes, mode) VALUES (random(), ?, ?, ?, ?, ?)",
        (
            visit.day.isoformat(),
            visit.place,
            orjson.dumps(sorted(visit.themes)).decode(),
            visit.minutes,
            visit.mode,
        ),
    )


def since(connection: Connection, day: date) -> list[CountedVisit]:
    """Return the visits from that day on, by day and not in the order in which people came."""
    rows = connection.execute(
        "SELECT day, place, themes, minutes, mode FROM counted_visit WHERE day >= ?"
        " ORDER BY day, themes, minutes, mode, place",
        (day.isoformat(),),
    )
    return [
        CountedVisit(date.fromisoformat(when), place, frozenset(orjson.loads(themes)), minutes, mode)
        for when, place, themes, minutes, mode in rows
    ]
