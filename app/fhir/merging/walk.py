"""The merge of two versions of one tree with their base, level by level: objects by name, lists by identity.

At each place: what one side alone changed is taken; what both changed is merged inside, judged by its row of
the policy, or asked. Below ``DEEPEST`` levels (and where a list stands for an object) a tree is one value.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.fhir.merging.differences import DEEPEST, ORDERED, are_alike
from app.fhir.merging.identity import EXTENSIONS, items_of, source_of
from app.fhir.merging.judges import ASK, UNJUDGED
from app.fhir.merging.policy import Row, Rule, Rules
from app.fhir.merging.trees import ABSENT, is_one_value, picked, same, units

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from app.fhir.merging.identity import Item, Key
    from app.fhir.merging.paths import Path

__all__ = ["Clash", "Walk"]


@dataclass(frozen=True, slots=True)
class Clash:
    """What a person must choose: an element as it was, as ours, as theirs; ``None`` where it is not there.

    The value is the element's JSON; a list of items where several were replaced by several; an object of
    ``{name: value}`` where the elements differ by name (``value[x]``) or carry an extension (``_name``).
    """

    path: str
    base: object
    ours: object
    theirs: object


@dataclass(slots=True)
class Walk:
    """One merge on its way: its rules, where a person chose ours, what is still to be chosen."""

    rules: Rules
    ours_at: Collection[str] = ()
    clashes: list[Clash] = field(default_factory=list)

    def clash(self, at: Path, base: object, ours: object, theirs: object) -> object:
        """Note what a person must choose; return what stands there until then."""
        said = (None if each is ABSENT else each for each in (base, ours, theirs))
        self.clashes.append(Clash(at.shown, *said))
        return ours if at.shown in self.ours_at else theirs

    def one_value(self, at: Path, base: object, ours: object, theirs: object) -> object:
        """Merge what has no inside."""
        for agree in (_are_same, are_alike):
            if agree(at, ours, theirs) or agree(at, base, ours):
                return theirs
            if agree(at, base, theirs):
                return ours
        return self.clash(at, base, ours, theirs)

    def either(self, at: Path, base: object, ours: object, theirs: object) -> object:
        """Ask for one of two, even where one side alone changed it: it goes with what the other changed."""
        if are_alike(at, ours, theirs):
            return theirs
        return self.clash(at, base, ours, theirs)

    def value(self, at: Path, base: object, ours: object, theirs: object) -> object:
        """Merge anything; ``ABSENT`` where nothing is left."""
        if same(ours, theirs):
            return theirs
        row = self.rules.by_path.get(at.rule)
        judged = row.judge(base, ours, theirs) if row and row.judge else UNJUDGED
        if judged is ASK:
            return self.clash(at, base, ours, theirs)
        if judged is not UNJUDGED:
            return judged
        if at.rule not in self.rules.watched:
            if same(base, ours):
                return theirs
            if same(base, theirs):
                return ours
        if (row and row.rule is Rule.CHOOSE) or at.depth > DEEPEST or at.name in ORDERED:
            return self.one_value(at, base, ours, theirs)
        versions = [each for each in (base, ours, theirs) if each is not ABSENT]
        if all(isinstance(each, list) for each in versions):
            sides = [each if isinstance(each, list) else [] for each in (base, ours, theirs)]
            return self.lists(at, *sides, row=row)
        if all(isinstance(each, dict) for each in versions) and not _is_whole(at, versions):
            return self.inside(at, base, ours, theirs)
        return self.one_value(at, base, ours, theirs)

    # Objects

    def inside(self, at: Path, base: object, ours: object, theirs: object) -> object:
        """Merge objects element by element; one deleted here and edited there is asked about."""
        was, here, there = (each if isinstance(each, dict) else {} for each in (base, ours, theirs))
        if base is ABSENT or (ours is not ABSENT and theirs is not ABSENT):
            return self.objects(at, was, here, there) or ABSENT
        trial = Walk(self.rules)
        if not trial.objects(at, was, here, there) and not trial.clashes:
            return ABSENT  # the other side had only taken away from it too
        return self.clash(at, base, ours, theirs)

    def objects(
        self,
        at: Path,
        base: dict[str, object],
        ours: dict[str, object],
        theirs: dict[str, object],
        *,
        instead: Callable[[str], Callable[..., object] | None] = lambda _: None,
    ) -> dict[str, object]:
        """Merge objects element by element; ``instead`` names another way for a unit of elements."""
        made: dict[str, object] = {}
        for unit, members in units(theirs, ours, base).items():
            where = at.element(unit)
            if members == (unit,):
                versions = [tree.get(unit, ABSENT) for tree in (base, ours, theirs)]
                merged = (instead(unit) or self.value)(where, *versions)
                if merged is not ABSENT:
                    made[unit] = merged
                continue
            bound = [picked(tree, members) for tree in (base, ours, theirs)]
            merged = (instead(unit) or self.bound)(where, *bound)
            if isinstance(merged, dict):
                made |= merged
        return made

    def bound(self, at: Path, base: object, ours: object, theirs: object) -> object:
        """Merge elements that go together: a primitive and its extension, alternatives of a choice."""
        row = self.rules.by_path.get(at.rule)
        sides = (base, ours, theirs)
        if row and row.judge and not same(ours, theirs):
            primitives = [each.get(at.name, ABSENT) if isinstance(each, dict) else ABSENT for each in sides]
            judged = row.judge(*primitives)
            if judged is ASK:
                return self.clash(at, base, ours, theirs)
            for primitive, side in zip(primitives[:0:-1], (theirs, ours), strict=True):
                if judged is not UNJUDGED and same(primitive, judged):
                    return side
        return self.one_value(at, base, ours, theirs)

    # Lists

    def lists(
        self, at: Path, base: list[object], ours: list[object], theirs: list[object], *, row: Row | None
    ) -> object:
        """Merge lists: theirs in its order, then what ours added in its own."""
        was, here, there = items_of(at.name, base, ours, theirs)
        successions = _successions(was, here, there, is_union=row is not None and row.rule is Rule.UNION)
        multiplied = _multiplied(was, here, there)
        made: list[object] = []
        done: set[Key] = set()
        for key, item in [*there.items(), *((key, each) for key, each in here.items() if key not in there)]:
            if key not in was and item.family in successions:
                if item.family not in done:
                    done.add(item.family)
                    made += self._succeeded(at, successions[item.family])
                continue
            where = at.item(item.label, _url(at, item))
            versions = (side[key].value if key in side else ABSENT for side in (was, here, there))
            merged = item.value if source_of(key) in multiplied else self.value(where, *versions)
            if merged is not ABSENT:
                made.append(merged)
        return made or ABSENT

    def _succeeded(self, at: Path, succession: _Succession) -> list[object]:
        """Merge what both sides replaced: one by one as an edit, more than that as a choice."""
        sides = (succession.was, succession.ours, succession.theirs)
        first = succession.was[0]
        where = at.item(first.label if len(succession.was) == 1 else "", _url(at, first))
        if all(len(side) == 1 for side in sides):
            versions = [side[0].value for side in sides]
            is_inner = all(isinstance(each, dict) for each in versions) and first.key[0] == "all"
            merged = (self.value if is_inner else self.one_value)(where, *versions)
            return [] if merged is ABSENT else [merged]
        chosen = self.clash(where, *([each.value for each in side] for side in sides))
        return chosen if isinstance(chosen, list) else []


def _are_same(_at: Path, one: object, other: object) -> bool:
    return same(one, other)


def _is_whole(at: Path, versions: Iterable[object]) -> bool:
    if at.name in EXTENSIONS and at.rule.endswith("]"):
        return False
    return is_one_value(*versions)


def _url(at: Path, item: Item) -> str:
    is_extension = at.name in EXTENSIONS and isinstance(item.value, dict)
    return str(item.value.get("url", "")) if is_extension else ""  # type: ignore[attr-defined]  # a dict, seen above


def _multiplied(*sides: dict[Key, Item]) -> set[Key]:
    """Find equal items that one side made more of and the other fewer: the larger number stands."""
    if not any(source_of(key) != key for side in sides for key in side):
        return set()
    was, here, there = (Counter(map(source_of, side)) for side in sides)
    return {key for key in was if min(here[key], there[key]) < was[key] < max(here[key], there[key])}


@dataclass(slots=True)
class _Succession:
    """Items of one family that both sides took away, and what each put in their place."""

    was: list[Item] = field(default_factory=list)
    ours: list[Item] = field(default_factory=list)
    theirs: list[Item] = field(default_factory=list)


def _successions(
    was: dict[Key, Item], here: dict[Key, Item], there: dict[Key, Item], *, is_union: bool
) -> dict[Key, _Succession]:
    """Find, by family, what both took away and each put something else for; not where both put the same.

    Where a union is wanted both additions stand, but for one backbone element that both edited.
    What one side replaced and the other took away is not asked: the new one is an addition, the old one is
    gone. To ask would be to ask again when the merged body meets theirs once more.
    """
    found: dict[Key, _Succession] = {}
    for key, item in was.items():
        if key not in here and key not in there:
            found.setdefault(item.family, _Succession()).was.append(item)
    for key, item in here.items():
        if key not in was and item.family in found:
            if key in there:
                del found[item.family]
            else:
                found[item.family].ours.append(item)
    for key, item in there.items():
        if key not in was and key not in here and item.family in found:
            found[item.family].theirs.append(item)
    return {
        family: each
        for family, each in found.items()
        if each.ours and each.theirs and not (is_union and _stands_beside(each))
    }


def _stands_beside(each: _Succession) -> bool:
    values = [item.value for item in (*each.was, *each.ours, *each.theirs)]
    is_one_edited = len(each.was) == len(each.ours) == len(each.theirs) == 1
    is_inner = all(isinstance(value, dict) for value in values) and not is_one_value(*values)
    return not (is_one_edited and is_inner)
