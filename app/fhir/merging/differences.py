"""Where two trees differ, in the words of a path. Another order of a list is none where it means nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir.merging.identity import EXTENSIONS, items_of
from app.fhir.merging.trees import ABSENT, is_one_value, picked, same, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.fhir.merging.paths import Path

__all__ = ["DEEPEST", "ORDERED", "are_alike", "differences"]

DEEPEST = 100
"""Levels below which a tree is one value."""
ORDERED = frozenset({"dosage", "dosageInstruction", "given", "prefix", "suffix", "line"})
"""Lists whose order means something: each is one value."""


def are_alike(at: Path, one: object, other: object) -> bool:
    """Say whether two trees mean the same: numbers of one value, lists in another order."""
    return same(one, other, exactly=False) or next(differences(at, one, other), None) is None


def differences(at: Path, one: object, other: object) -> Iterator[str]:
    """List the paths at and below which two trees differ, in the order of ``other``."""
    if same(one, other):
        return
    if at.depth > DEEPEST:
        yield at.shown
    elif isinstance(one, list) and isinstance(other, list):
        yield from _lists(at, one, other)
    elif isinstance(one, dict) and isinstance(other, dict) and not _is_whole(at, one, other):
        yield from _objects(at, one, other)
    else:
        yield at.shown


def _is_whole(at: Path, one: object, other: object) -> bool:
    return at.name not in EXTENSIONS and is_one_value(one, other)


def _objects(at: Path, one: dict[str, object], other: dict[str, object]) -> Iterator[str]:
    for unit, members in units(other, one).items():
        where = at.element(unit)
        if members == (unit,):
            yield from differences(where, one.get(unit, ABSENT), other.get(unit, ABSENT))
        elif not same(picked(one, members), picked(other, members)):
            yield where.shown


def _lists(at: Path, one: list[object], other: list[object]) -> Iterator[str]:
    if at.name in ORDERED:
        yield at.shown
        return
    first, second = items_of(at.name, one, other)
    gone = [each for key, each in first.items() if key not in second]
    come = [each for key, each in second.items() if key not in first]
    pairs = [(first[key], each) for key, each in second.items() if key in first]
    if len(gone) == len(come) == 1 and not gone[0].label and gone[0].family == come[0].family:
        pairs.append((gone.pop(), come.pop()))  # one item without a name, edited
    for before, after in pairs:
        yield from differences(at.item(after.label), before.value, after.value)
    for each in (*come, *gone):
        yield at.item(each.label).shown
