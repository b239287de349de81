"""What the service took away or lost, as the person is asked about it: how much, what first, who may answer.

Decisions:

- Keeping loses nothing: whoever is here may say so. Taking away here what the service has deleted is a
  change of each part of the space that it touches, and offering the service again what it lost is one too:
  the helper's mandate must open all of them. On a PC that serves many nothing of it outlives the visit.
- What is agreed to is what was shown: where the service deleted more since, it is asked anew.
- The journal says who answered, and how.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.acts import audit, record
from app.codes.mandate_words import Action
from app.fhir.audit_event import DEED, AuditAction
from app.records import OperationState, removals, restoring
from app.things import Kind, Thing, require_for, thing_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.space import Space

__all__ = [
    "Asked",
    "is_lost",
    "is_removed",
    "journal",
    "lost",
    "removed",
    "require_lost",
    "require_removed",
    "seal_offered",
]

SHOWN = 5
_UNTITLED = frozenset({"Provenance", "List", "Binary", "AuditEvent"})


@dataclass(frozen=True, slots=True)
class Asked:
    """``count`` things in all: ``documents`` of ``listed`` ones, and ``others`` that a person knows.

    ``first`` are some that the helper may see; ``acts`` of this PC were lost.
    """

    count: int
    first: tuple[Thing, ...]
    documents: int = 0
    listed: int = 0
    others: int = 0
    acts: int = 0


def removed(space: Space) -> Asked | None:
    """Say what the service has deleted and nobody has decided on; ``None`` where that is settled."""
    noted = space.records.removals()
    if not noted.count:
        return None
    keys = space.records.look(removals.keys)
    known = sum(kind not in _UNTITLED for kind, _id in keys)
    return Asked(
        noted.count,
        _first(space, keys),
        documents=noted.documents,
        listed=space.records.count_documents(),
        others=known - noted.documents,
    )


def lost(space: Space, feed: str) -> Asked | None:
    """Say what a service that was put back no longer tells; ``None`` where that is settled."""
    told = space.records.lost(feed)
    if told is None:
        return None
    first = _first(space, space.records.look(restoring.keys))
    return Asked(told.resources, first, acts=told.acts)


def is_removed(space: Space) -> bool:
    """Say whether deletions wait for a word."""
    return bool(space.records.removals().count)


def is_lost(space: Space, feed: str) -> bool:
    """Say whether a service that was put back waits for a word."""
    return space.records.lost(feed) is not None


def _first(space: Space, keys: Iterable[tuple[str, str]]) -> tuple[Thing, ...]:
    """Name the first of them that the helper may see."""
    from app.errors import TandemError

    named: list[Thing] = []
    for kind, resource_id in keys:
        body = None if kind in _UNTITLED else space.records.get(kind, resource_id)
        if body is None:
            continue
        thing = thing_of(space, body)
        try:
            require_for(space, Action.VIEW, [thing])
        except TandemError:
            continue
        if thing.kind is not Kind.OTHER:
            named.append(thing)
        if len(named) == SHOWN:
            break
    return tuple(named)


def require_removed(space: Space, *, wanted: bool) -> None:
    """Let the answer about what was deleted pass, or raise why not (``mandates.require``)."""
    if wanted:
        _require(space, space.records.look(removals.keys))


def require_lost(space: Space, *, wanted: bool) -> None:
    """Let the answer about what was lost pass, or raise why not (``mandates.require``)."""
    if wanted:
        _require(space, space.records.look(restoring.keys))


def _require(space: Space, keys: Iterable[tuple[str, str]]) -> None:
    bodies = (space.records.get(*key) or {"resourceType": key[0], "id": key[1]} for key in keys)
    things = [thing_of(space, each) for each in bodies if each["resourceType"] not in _UNTITLED]
    require_for(space, Action.EDIT, things)


def seal_offered(space: Space) -> None:
    """Seal what is offered again where the PC has an outbox: it is acknowledged, so it outlives the visit."""
    if space.sealer is None:
        return
    from app.outbox import ENVELOPE

    for each in space.records.operations(OperationState.PENDING):
        if not (space.sealer.outbox / f"{each.op_id}{ENVELOPE}").exists():
            space.sealer.seal_again(each, space.patient_id, space.files)


def journal(space: Space, question: str, *, wanted: bool) -> None:
    """Journal who answered, and how."""
    answer = f"{question}-{'yes' if wanted else 'no'}"
    record(space, audit(space, AuditAction.EXECUTE, [], detail=(DEED, answer)))
