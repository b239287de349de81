"""The visit's clock: this PC's, never behind what the service was heard to say.

A mandate that has expired stays so when someone sets the PC's clock back: the moments that count are those
of the tokens just given (``iat``), of what the feed brought (``meta.lastUpdated``), and the last moment that
the desk keeps in its vault (``Start.seen_at``, where it tells one).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.clock import SeenClock, now
from app.fhir import string

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.clock import Clock
    from app.records import Records
    from ui.session.start import Start

__all__ = ["seen_clock"]

_TYPES = ("Patient", "Consent", "Provenance")
"""Of each act there is a Provenance, so the newest of them is as late as anything else that came."""


def seen_clock(
    start: Start, claims: Iterable[Mapping[str, Any]], records: Records, clock: Clock = now
) -> SeenClock:
    """Make the clock of a visit that begins."""
    made = SeenClock(clock)
    made.saw_text(start.seen_at)
    for told in claims:
        issued = told.get("iat")
        if isinstance(issued, int | float) and 0 < issued < datetime(2200, 1, 1, tzinfo=UTC).timestamp():
            made.saw(datetime.fromtimestamp(issued, UTC))
    for kind in _TYPES:
        for body in records.all(kind):
            made.saw_text(string(body, "meta", "lastUpdated"))
    return made
