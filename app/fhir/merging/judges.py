"""What decides between two values by their meaning: final beats current, the more protective beats the other.

A judge sees one element as it was, as ours and as theirs, and returns what holds; ``UNJUDGED`` leaves it to
the generic rules (so too what is written badly), ``ASK`` to a person.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from typing import Final

from app.fhir import codes, node, nodes, string
from app.fhir.merging.trees import ABSENT, frozen, same
from app.fhir.partial_date import earliest

__all__ = [
    "ASK",
    "ERROR",
    "STOPPED",
    "UNJUDGED",
    "Judge",
    "final_status",
    "first_revocation",
    "most_masked",
    "no_status_of_an_error",
    "refusal",
    "shortest",
    "stopped",
]

ERROR = "entered-in-error"
STOPPED = ("inactive", "rejected", ERROR)
_FINAL = ("superseded", ERROR)
_LEVELS = ("N", "R", "V")
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Verdict(Enum):
    """What a judge says instead of a value."""

    UNJUDGED = "unjudged"
    ASK = "ask"


UNJUDGED: Final = Verdict.UNJUDGED
ASK: Final = Verdict.ASK
Judge = Callable[[object, object, object], object]


def _rank(value: object, order: tuple[str, ...]) -> int:
    """Return how far a code, or a CodeableConcept of it, stands in an order; -1: not in it."""
    said = [value] if isinstance(value, str) else codes(value)
    return max((order.index(each) for each in said if each in order), default=-1)


def final_status(base: object, ours: object, theirs: object) -> object:
    """Let superseded, and before it entered-in-error, win over what is current; leaving it is asked."""
    was, here, there = (_rank(each, _FINAL) for each in (base, ours, theirs))
    if here == there:
        return UNJUDGED
    if was >= 0 and min(here, there) < 0:
        return ASK
    return ours if here > there else theirs


def no_status_of_an_error(base: object, ours: object, theirs: object) -> object:
    """Judge clinical and verification status together: an error has no clinical status (R4 ait-2, con-5)."""
    verified = [node(each, "verificationStatus") for each in (base, ours, theirs)]
    was, here, there = (ERROR in codes(each) for each in verified)
    if here == there:
        return UNJUDGED
    return ASK if was else ours if here else theirs


def stopped(_base: object, ours: object, theirs: object) -> object:
    """Let the status of a stopped permission win, whoever stopped it and whatever was said after."""
    here, there = _rank(ours, STOPPED), _rank(theirs, STOPPED)
    if here == there:
        return UNJUDGED
    return ours if here > there else theirs


def refusal(base: object, ours: object, theirs: object) -> object:
    """Let a no win over a yes where both sides said something."""
    if same(base, ours) or same(base, theirs) or "deny" not in (ours, theirs):
        return UNJUDGED
    return "deny"


def first_revocation(_base: object, ours: object, theirs: object) -> object:
    """Keep the mark of a revocation once it is made; of two, the one that ended it earlier."""
    if ours is ABSENT or theirs is ABSENT:
        return ours if theirs is ABSENT else theirs
    here, there = _revoked_at(ours), _revoked_at(theirs)
    if here is None or there is None or here == there:
        return UNJUDGED
    return ours if here < there else theirs


def _revoked_at(mark: object) -> datetime | None:
    said = (string(each, "valueInstant") for each in nodes(mark, "extension") if each.get("url") == "at")
    span = _span(next(said, None))
    return span[0] if span else None


def shortest(base: object, ours: object, theirs: object) -> object:
    """Keep of two periods what lies in both; where nothing does, the one that is over first."""
    here, there = _edges(ours), _edges(theirs)
    if same(base, ours) or same(base, theirs) or here is None or there is None:
        return UNJUDGED
    start, end = max(here[0], there[0]), min(here[1], there[1])
    if start[0] > end[0]:
        return ours if here[1] < there[1] else theirs
    return {name: edge[1] for name, edge in (("start", start), ("end", end)) if edge[1]}


def _edges(period: object) -> tuple[tuple[datetime, str], tuple[datetime, str]] | None:
    """Return a Period's first and last moment, each with its own words; ``None`` for what is none."""
    if not isinstance(period, dict) or not period.keys() <= {"start", "end"}:
        return None
    start, end = (
        _span(period[name]) if name in period else (_BEGINNING, _NEVER) for name in ("start", "end")
    )
    if start is None or end is None:
        return None
    return (start[0], period.get("start", "")), (end[1], period.get("end", ""))


def _span(text: object) -> tuple[datetime, datetime] | None:
    """Return the first and last moment that a date or dateTime can mean; in UTC where it has no zone."""
    if not isinstance(text, str):
        return None
    day = earliest(text)
    if day is not None:
        last = earliest(f"{text}-12-31" if len(text) == len("2026") else text) or day
        if len(text) == len("2026-11"):
            last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return datetime.combine(day, time.min, UTC), datetime.combine(last, time.max, UTC)
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC), moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def most_masked(base: object, ours: object, theirs: object) -> object:
    """Unite the restrictions of both, with the highest of N, R, V.

    N stays where both say it, or where nothing else is said: who masks a document may replace N by the
    restriction, and an N of the other side is no unmasking.
    """
    if same(base, ours) or same(base, theirs):
        return UNJUDGED
    here, there = ([] if each is ABSENT else each for each in (ours, theirs))
    if not isinstance(here, list) or not isinstance(there, list):
        return UNJUDGED
    known = {frozen(each) for each in there}
    labels = [*there, *(each for each in here if frozen(each) not in known)]
    top = max((_rank(each, _LEVELS) for each in labels), default=-1)
    if top == 0 and not all(any(_rank(label, _LEVELS) == 0 for label in side) for side in (here, there)):
        top = -1
    kept = [each for each in labels if _rank(each, _LEVELS) in {-1, top}]
    return kept or labels or ABSENT
