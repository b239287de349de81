"""Where two versions of a resource differ, for a screen that shows them side by side.

The paths are those of ``app.fhir.merging``: items of lists are told apart by what they name, not by their
place; a version's number and time, and a generated narrative, don't count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir.merging.identity import EXTENSIONS, items_of
from app.fhir.merging.paths import Path
from app.fhir.merging.trees import ABSENT, is_one_value, picked, same, units
from app.fhir.merging.walk import DEEPEST
from app.fhir.merging.whole import content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.fhir import Resource

__all__ = ["changed_paths"]


def changed_paths(one: Resource | None, other: Resource | None) -> tuple[str, ...]:
    """List the paths at which two versions differ, in the order of ``other``; its type if one is missing."""
    kind = str((other or one or {}).get("resourceType", ""))
    if one is None or other is None:
        return () if one is other else (kind,)
    return tuple(dict.fromkeys(_objects(Path(kind), content(one), content(other))))


def _changed(at: Path, one: object, other: object) -> Iterator[str]:
    if same(one, other):
        return
    if (
        at.depth <= DEEPEST
        and isinstance(one, dict)
        and isinstance(other, dict)
        and not _is_whole(at, one, other)
    ):
        yield from _objects(at, one, other)
    elif at.depth <= DEEPEST and isinstance(one, list) and isinstance(other, list):
        yield from _lists(at, one, other)
    else:
        yield at.shown


def _is_whole(at: Path, *versions: object) -> bool:
    return (
        all(isinstance(each, dict) for each in versions)
        and at.name not in EXTENSIONS
        and is_one_value(*versions)
    )


def _objects(at: Path, one: dict[str, object], other: dict[str, object]) -> Iterator[str]:
    for unit, members in units(other, one).items():
        where = at.element(unit)
        if members == (unit,):
            yield from _changed(where, one.get(unit, ABSENT), other.get(unit, ABSENT))
        elif not same(picked(one, members), picked(other, members)):
            yield where.shown


def _lists(at: Path, one: list[object], other: list[object]) -> Iterator[str]:
    first, second = items_of(at.name, one, other)
    gone = [each for key, each in first.items() if key not in second]
    come = [each for key, each in second.items() if key not in first]
    if len(gone) == len(come) == 1 and gone[0].family == come[0].family and not gone[0].label:
        yield from _changed(at.item(""), gone[0].value, come[0].value)
        return
    paths = [
        path
        for key, each in second.items()
        if key in first
        for path in _changed(at.item(each.label), first[key].value, each.value)
    ]
    paths += [at.item(each.label).shown for each in (*come, *gone)]
    yield from paths or [at.shown]
