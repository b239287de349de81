"""What changed between two states of a list, as few edits as keep everything else in its place.

A list that is simply replaced loses the row a person reads and what a screen reader speaks of. So the
difference is worked out (in a worker) and the list is told only of what left, what came and what is
worded anew. Rows that kept their order stay; the longest such run of rows decides, so that one
document that moved to the top is one edit, not ten thousand.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Edits", "Inserted", "Removed", "Rewritten", "edits_between"]

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Removed:
    """Rows ``first`` to ``last`` (both included) leave."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Inserted(Generic[Row]):
    """``rows`` come, the first of them at ``at``."""

    at: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Rewritten(Generic[Row]):
    """The row ``at`` stays where it is and says something else."""

    at: int
    row: Row


@dataclass(frozen=True, slots=True)
class Edits(Generic[Row]):
    """To be done in this order: removals from the end, insertions from the start, then rewritings."""

    removed: tuple[Removed, ...]
    inserted: tuple[Inserted[Row], ...]
    rewritten: tuple[Rewritten[Row], ...]

    def __bool__(self) -> bool:
        return bool(self.removed or self.inserted or self.rewritten)


def edits_between(old: Sequence[Row], new: Sequence[Row], key: Callable[[Row], str]) -> Edits[Row]:
    """Return the edits that make ``new`` of ``old``; ``key`` names a row and is unique in each list."""
    places = {key(row): index for index, row in enumerate(new)}
    staying = _longest_rising([(index, places.get(key(row), -1)) for index, row in enumerate(old)])
    old_kept = {index for index, _ in staying}
    new_kept = {place for _, place in staying}
    removed = tuple(Removed(first, last) for first, last in reversed(_runs(len(old), old_kept)))
    inserted = tuple(
        Inserted(first, tuple(new[first : last + 1])) for first, last in _runs(len(new), new_kept)
    )
    rewritten = tuple(Rewritten(place, new[place]) for index, place in staying if old[index] != new[place])
    return Edits(removed, inserted, rewritten)


def _runs(length: int, kept: set[int]) -> list[tuple[int, int]]:
    """Return the runs of indexes below ``length`` that are not kept, as (first, last)."""
    runs: list[tuple[int, int]] = []
    for index in range(length):
        if index in kept:
            continue
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest run of pairs whose second number rises; a second number below 0 is left out."""
    tails: list[int] = []
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for position, (_, place) in enumerate(pairs):
        if place < 0:
            continue
        slot = bisect_left(tails, place)
        before[position] = ends[slot - 1] if slot else None
        tails[slot : slot + 1] = [place]
        ends[slot : slot + 1] = [position]
    found: list[tuple[int, int]] = []
    position_or_none: int | None = ends[-1] if ends else None
    while position_or_none is not None:
        found.append(pairs[position_or_none])
        position_or_none = before[position_or_none]
    return found[::-1]
