"""One resource as a whole: its identity, its meta, its narrative, the elements that are decided together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir import Resource, string
from app.fhir.merging.differences import are_alike
from app.fhir.merging.judges import ASK, UNJUDGED
from app.fhir.merging.trees import ABSENT, Absent, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.fhir.merging.paths import Path
    from app.fhir.merging.policy import Row
    from app.fhir.merging.walk import Walk

__all__ = ["content", "is_same_content", "merged_body"]

_APART = frozenset({"resourceType", "id", "meta", "text"})
_OF_THE_VERSION = frozenset({"versionId", "lastUpdated", "source"})

Tree = dict[str, object]


def is_same_content(one: Resource, other: Resource) -> bool:
    """Say whether two versions say the same."""
    return same(content(one), content(other))


def content(resource: Resource) -> Tree:
    """Return what a version says, without its number, its time and a narrative that was generated of it."""
    kept: Tree = {name: value for name, value in resource.items() if name != "text"}
    if not _is_generated(resource.get("text", ABSENT)):
        kept["text"] = resource["text"]
    if isinstance(resource.get("meta"), dict):
        kept["meta"] = _without_version(resource["meta"])
    return {name: value for name, value in kept.items() if name != "meta" or value}


def _is_generated(text: object) -> bool:
    return text is ABSENT or (isinstance(text, dict) and string(text, "status") != "additional")


def merged_body(walk: Walk, at: Path, base: Resource, ours: Resource, theirs: Resource) -> Resource:
    """Merge three bodies of one resource; ``base`` is empty where both made it."""
    was, here, there = (_elements(each) for each in (base, ours, theirs))
    if not walk.rules.watched and is_same_content(base, theirs):
        made, text = here, ours.get("text", ABSENT)
    else:
        made = walk.objects(at, was, here, there, instead=_decided_together(walk, at, was, here, there))
        text = _narrative(walk, at, (base, ours, theirs), made)
    meta = _meta(walk, at.element("meta"), *(each.get("meta", ABSENT) for each in (base, ours, theirs)))
    body: Resource = {name: value for name, value in theirs.items() if name in {"resourceType", "id"}}
    body |= {name: value for name, value in (("meta", meta), ("text", text)) if value is not ABSENT}
    return body | made


def _elements(resource: Resource) -> Tree:
    return {name: value for name, value in resource.items() if name not in _APART}


def _meta(walk: Walk, at: Path, base: object, ours: object, theirs: object) -> object:
    """Merge the marks of both; the version is theirs."""
    if not isinstance(theirs, dict | Absent) or not isinstance(ours, dict | Absent):
        return theirs
    sides = [each if isinstance(each, dict) else {} for each in (base, ours, theirs)]
    was, here, there = (_without_version(each) for each in sides)
    version = {name: value for name, value in sides[2].items() if name in _OF_THE_VERSION}
    return version | walk.objects(at, was, here, there) or (theirs if theirs == {} else ABSENT)


def _without_version(meta: Tree) -> Tree:
    return {name: value for name, value in meta.items() if name not in _OF_THE_VERSION}


def _narrative(walk: Walk, at: Path, versions: tuple[Resource, ...], made: Tree) -> object:
    """Choose the narrative of the side whose content stands."""
    base, ours, theirs = (each.get("text", ABSENT) for each in versions)
    if not all(map(_is_generated, (base, ours, theirs))):
        return walk.value(at.element("text"), base, ours, theirs)
    is_ours, is_theirs = (same(made, _elements(each)) for each in versions[1:])
    if is_ours and is_theirs:
        return ours if same(base, theirs) else theirs
    return theirs if is_theirs else ours if is_ours else ABSENT


def _decided_together(
    walk: Walk, at: Path, base: Tree, ours: Tree, theirs: Tree
) -> Callable[[str], Callable[..., object] | None]:
    """Return how the elements of each row that binds several are decided, where both sides changed them."""
    decided: list[tuple[Row, Callable[..., object]]] = []
    for row in walk.rules.together:
        was, here, there = (_covered(row, each) for each in (base, ours, theirs))
        if are_alike(at, here, there):
            continue
        judged = row.judge(was, here, there) if row.judge else UNJUDGED
        if judged is here or judged is there:
            decided.append((row, _ours if judged is here else _theirs))
        elif judged is ASK or not (are_alike(at, was, here) or are_alike(at, was, there)):
            decided.append((row, walk.either))
    return lambda unit: next((way for row, way in decided if row.covers(unit)), None)


def _covered(row: Row, tree: Tree) -> Tree:
    return {name: value for name, value in tree.items() if row.covers(name)}


def _ours(_at: Path, _base: object, ours: object, _theirs: object) -> object:
    return ours


def _theirs(_at: Path, _base: object, _ours: object, theirs: object) -> object:
    return theirs
