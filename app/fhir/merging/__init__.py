"""Three-way merge of FHIR resources: two people's changes put together, neither's part lost.

Context: an edit of a version that is no longer the newest comes back as 409 or 412 (``sync.md`` §3). The
desktop and the service both have to put it together, and to say what only a person can decide. Merging JSON
by index wrote a telephone number into an e-mail entry, JSON Merge Patch brought a deleted one back, and
choosing a side loses the other.
Decision: a pure function of the version that both started from, ours and theirs. What one side alone changed
is taken from it; what both changed is merged inside, decided by the table in ``policy``, or a ``Clash``:
rather two questions than one thing lost.
Consequence: while clashes are open the body holds theirs at those paths, which the service has anyway, so
that it can stand and be sent; ours is in the clash. A person's choice is the same merge with ``ours_at``.

- ``id``, ``meta.versionId``, ``lastUpdated`` and ``source`` are theirs.
- The narrative is of the side whose content stands. Where the content is of both, a generated one is left out
  (it would tell half of it); a written one (``additional``) is content, and asked about.
- Nothing is changed in place; the merged body shares what it can with those given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.fhir.merging.paths import Path
from app.fhir.merging.policy import rules_for
from app.fhir.merging.trees import ABSENT, same
from app.fhir.merging.walk import Clash, Walk
from app.fhir.merging.whole import is_same_content, merged_body

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.fhir import Resource

__all__ = ["Clash", "Merged", "merge"]


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of it: ``body`` (``None``: deleted), what is to be chosen, whether ``body`` is not theirs.

    Where clashes are, ``body`` holds theirs (or ours, where ``ours_at`` said so) until someone chose.
    """

    body: Resource | None
    clashes: tuple[Clash, ...]
    changed: bool


def merge(
    base: Resource | None,
    ours: Resource | None,
    theirs: Resource | None,
    *,
    ours_at: Collection[str] = (),
) -> Merged:
    """Merge two versions of a resource that started from ``base``; ``None``: not there (yet, or any more).

    ``ours_at``: paths of clashes at which a person chose ours; they stay in ``clashes``. Never raises.
    """
    versions = [each for each in (theirs, ours, base) if isinstance(each, dict)]
    kinds = (each.get("resourceType") for each in versions)
    kind = next((each for each in kinds if isinstance(each, str)), "")
    walk = Walk(rules_for(kind, versions), ours_at)
    body = _merged(walk, Path(kind), base, ours, theirs)
    return Merged(body, tuple(walk.clashes), changed=not same(body, theirs))


def _merged(
    walk: Walk, at: Path, base: Resource | None, ours: Resource | None, theirs: Resource | None
) -> Resource | None:
    if base is None and (ours is None or theirs is None):
        return theirs if ours is None else ours
    if walk.rules.theirs_holds or same(ours, theirs):
        return theirs
    if ours is None or theirs is None:
        return _one_deleted(walk, at, base or {}, ours, theirs)
    if not _are_of_one_type(base, ours, theirs):
        return _body(walk.one_value(at, ABSENT if base is None else base, ours, theirs))
    if base is not None and not walk.rules.watched and is_same_content(base, ours):
        return theirs
    return merged_body(walk, at, base or {}, ours, theirs)


def _one_deleted(
    walk: Walk, at: Path, base: Resource, ours: Resource | None, theirs: Resource | None
) -> Resource | None:
    """Delete what the other side left as it was; ask where it was edited."""
    left = theirs if ours is None else ours
    if left is None or is_same_content(base, left):
        return None
    sides = (ABSENT if each is None else each for each in (ours, theirs))
    return _body(walk.clash(at, base, *sides))


def _body(value: object) -> Resource | None:
    return value if isinstance(value, dict) else None


def _are_of_one_type(base: object, ours: object, theirs: object) -> bool:
    sides = [each for each in (base, ours, theirs) if each is not None]
    kinds = [each.get("resourceType") for each in sides if isinstance(each, dict)]
    return len(kinds) == len(sides) and all(same(each, kinds[0]) for each in kinds)
