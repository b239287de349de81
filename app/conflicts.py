"""Two people changed the same thing: both versions, who and when, and the choice between them.

Context: an act that the service refused because somebody else was first (``VersionClash``) rests as a
conflict; ``sync.md`` leaves the choice to a person for what is theirs to decide.
Decision: the choice is about what contradicts, and about that only: what either side changed besides is kept
from both (``app/fhir/merging``). Keeping ours is a new act on the version that stands there now, which
replaces the refused ones in the same transaction; so is keeping theirs where something of ours stays,
else ours is dropped and the journal says who chose. Either way all three versions stay in the store's
``conflict`` table, and the service keeps its history: nothing is lost.
Acts of ours that came after the refused one and build on it go with it; what they changed elsewhere is
kept. Where the service refuses though nothing contradicts, the choice is between the two as they are.
A conflict is shown once the feed has brought what the other side did, never before; nor before an earlier
act of ours on the same thing was read back: the choice would be made from a version without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from app.acts import audit, commit, seal, version_of
from app.codes.systems import V3_PARTICIPATION
from app.fhir import Resource, codes, nodes, provenance, question, resource_key, string
from app.fhir.audit_event import AuditAction
from app.fhir.differing import changed_paths
from app.fhir.merging import merge
from app.records import OperationState
from app.space import DoneCode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from app.records import Operation
    from app.space import Space

__all__ = [
    "Conflict",
    "Keep",
    "Witness",
    "building_on",
    "conflicts",
    "keys_of",
    "kinds_of",
    "last_witness",
    "on_the_way",
    "on_what_is_there",
    "settle",
    "unsettled",
    "witness_of",
]

_UNCHOSEN = frozenset({"Provenance"})


class Keep(StrEnum):
    """Whose version is kept."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Witness:
    """Who changed something, and when; empty and ``None`` where it is not told."""

    helper: str = ""
    organization: str = ""
    is_by_patient: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """One act of ours that met another's change.

    ``operations`` are that act and ours that build on it; ``ours`` and ``theirs`` the bodies by
    "Type/id" (``None``: not there); ``clashing`` the keys that both changed; ``asked`` where in each of them
    the two contradict each other (paths of ``app.fhir.merging``): all else is kept from both.
    """

    operations: tuple[Operation, ...]
    clashing: frozenset[str]
    ours: dict[str, Resource | None]
    theirs: dict[str, Resource | None]
    our_witness: Witness
    their_witness: Witness
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)


def conflicts(space: Space, kinds: Collection[str]) -> list[Conflict]:
    """List the conflicts about resources of these types, oldest first."""
    living = space.records.operations()
    made = (
        _conflict(space, each, living)
        for each in living
        if each.state is OperationState.CONFLICT
        and kinds_of(each) & set(kinds)
        and not _is_behind(each, living)
    )
    return [each for each in made if each.clashing]


def _is_behind(operation: Operation, living: list[Operation]) -> bool:
    """Say whether an earlier act on the same thing is still on its way."""
    keys = set(keys_of(operation))
    return any(each.seq < operation.seq and keys.intersection(keys_of(each)) for each in living)


def unsettled(space: Space) -> list[frozenset[str]]:
    """Say of which types each act is that another's change refused and that nobody has settled."""
    return [
        frozenset(kinds_of(each))
        for each in space.records.operations()
        if each.state is OperationState.CONFLICT
    ]


def _conflict(space: Space, first: Operation, living: list[Operation]) -> Conflict:
    chain = building_on(first, living)
    keys = keys_of(first)
    theirs = {key: space.records.there(*key.split("/")) for key in keys}
    clashing = frozenset(
        key
        for key, base in first.base_versions.items()
        if key in keys and version_of(theirs[key] or {}) != base
    )
    ours = {key: space.records.get(*key.split("/")) for key in keys}
    bases = space.records.bases(first.seq)
    return Conflict(
        operations=chain,
        clashing=clashing,
        ours=ours,
        theirs=theirs,
        our_witness=witness_of(chain[-1].resources[-1]),
        their_witness=last_witness(space, clashing, besides={each.op_id for each in living}),
        asked={key: _asked(bases.get(key), ours[key], theirs[key]) for key in clashing},
    )


def _asked(base: Resource | None, ours: Resource | None, theirs: Resource | None) -> tuple[str, ...]:
    """Say where a person must choose; what differs, where the service refuses and nothing contradicts."""
    paths = tuple(each.path for each in merge(base, ours, theirs).clashes)
    return paths or changed_paths(ours, theirs)


def building_on(first: Operation, living: list[Operation]) -> tuple[Operation, ...]:
    """Return the operation and those after it that touch what it, or they, touched."""
    chain, touched = [first], set(keys_of(first))
    for each in living:
        if each.seq > first.seq and touched & set(keys_of(each)):
            chain.append(each)
            touched |= set(keys_of(each))
    return tuple(chain)


def on_the_way(space: Space, keys: Collection[str]) -> bool:
    """Say whether an act of ours on these is still to be sent or to be read back."""
    living = space.records.operations(
        OperationState.PENDING, OperationState.IN_FLIGHT, OperationState.ANSWERED, OperationState.CONFLICT
    )
    return any(not set(keys).isdisjoint(keys_of(each)) for each in living)


def keys_of(operation: Operation) -> list[str]:
    """Return what an act is about, besides who did it."""
    return [resource_key(each) for each in operation.resources if each.get("resourceType") not in _UNCHOSEN]


def kinds_of(operation: Operation) -> set[str]:
    """Return of which types that is."""
    return {key.partition("/")[0] for key in keys_of(operation)}


def witness_of(act: Resource | None) -> Witness:
    """Read who did an act from its Provenance."""
    agents = nodes(act, "agent")
    helper = next((each for each in agents if "onBehalfOf" in each), {})
    place = next((each for each in agents if "CST" in codes(each.get("type"), V3_PARTICIPATION)), {})
    return Witness(
        helper=string(helper, "who", "display") or "",
        organization=string(place, "who", "display") or "",
        is_by_patient=provenance.assist_mode(act or {}) == "faire_avec",
        at=_moment(string(act, "recorded")),
    )


def last_witness(space: Space, keys: Collection[str], *, besides: Collection[str] = ()) -> Witness:
    """Find the newest act on these resources, ``besides`` those of some ids; else when they were changed."""
    acts = [
        each
        for each in space.records.all("Provenance")
        if each.get("id") not in besides and not set(keys).isdisjoint(provenance.targets(each))
    ]
    if acts:
        return witness_of(max(acts, key=lambda each: string(each, "recorded") or ""))
    bodies = (space.records.there(*key.split("/")) for key in keys)
    changed = (string(each, "meta", "lastUpdated") or "" for each in bodies)
    return Witness(at=_moment(max(changed, default="")))


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def settle(
    space: Space,
    conflict: Conflict,
    keep: Keep,
    *,
    adjusted: Callable[[list[Resource]], list[Resource]] = list,
) -> None:
    """Keep one of the two; ``adjusted`` may add to ours what must hold beside it.

    Raises ``OperationUnknown`` where it was settled meanwhile, ``DiskFull``; then nothing has changed.
    """
    ours = _to_send(space, conflict, keep)
    if keep is Keep.OURS:
        ours = adjusted(ours)
    ours += _answered(space, conflict)
    if ours:
        based = [on_what_is_there(space, each) for each in ours]
        commit(
            space,
            [body for body, _ in based],
            action=AuditAction.UPDATE,
            base_versions={resource_key(body): base for body, base in based if base is not None},
            instead_of=conflict.operations,
        )
    else:
        _give_up(space, conflict)
    space.note(DoneCode.CONFLICT_SETTLED, keep=keep.value)


def _to_send(space: Space, conflict: Conflict, keep: Keep) -> list[Resource]:
    """Return the bodies that come of the choice and are not what the service has, in their order."""
    keys = dict.fromkeys(key for each in conflict.operations for key in keys_of(each))
    bases = space.records.bases(conflict.operations[0].seq)
    if keep is Keep.THEIRS:
        if not any(_clashes(space, key, bases.get(key)) for key in conflict.clashing):
            # Nothing contradicts, and the cards showed all that differs: theirs was chosen as it is.
            return []
        # What else the refused act made belongs to it: who was named goes with the naming.
        keys = dict.fromkeys(key for key in keys if key in conflict.clashing or key not in conflict.ours)
    bodies = (
        _chosen(space, key, bases.get(key), keep)
        if key in conflict.ours
        else space.records.get(*key.split("/"))
        for key in keys
    )
    return [each for each in bodies if each is not None]


def _answered(space: Space, conflict: Conflict) -> list[Resource]:
    """Return what the service asked, answered by this choice."""
    asked = (space.records.get(question.TYPE, each.op_id) for each in conflict.operations)
    return [question.answered(each) for each in asked if each is not None and question.read(each)]


def _clashes(space: Space, key: str, base: Resource | None) -> bool:
    name = key.split("/")
    return bool(merge(base, space.records.get(*name), space.records.there(*name)).clashes)


def _chosen(space: Space, key: str, base: Resource | None, keep: Keep) -> Resource | None:
    """Merge one resource with the choice made; ``None`` where it is what the service has already."""
    kind, _, resource_id = key.partition("/")
    ours, theirs = space.records.get(kind, resource_id), space.records.there(kind, resource_id)
    merged = merge(base, ours, theirs)
    if keep is Keep.OURS:
        if theirs is None:
            return ours
        merged = merge(base, ours, theirs, ours_at=[each.path for each in merged.clashes])
    return merged.body if merged.changed else None


def on_what_is_there(space: Space, ours: Resource) -> tuple[Resource, str | None]:
    """Return our body and the version it now changes: empty where that was deleted, ``None`` if new."""
    there = space.records.there(*resource_key(ours).split("/"))
    if there is not None:
        return ours | {"meta": there.get("meta", {})}, version_of(there)
    return ours, "" if version_of(ours) else None


def _give_up(space: Space, conflict: Conflict) -> None:
    event = audit(space, AuditAction.EXECUTE, sorted(conflict.ours))
    seal(space, event)
    space.records.give_up([each.seq for each in conflict.operations], event)
    if space.sealer is not None:
        for each in conflict.operations:
            space.sealer.drop(each.op_id)
