"""Another act in place of one that the service refused: corrected, or said anew by who is here now.

Context: an act that was refused stays here, and whatever is done to the same things afterwards waits behind
it. A correction that came after it would wait for ever.
Decision: a correction replaces it in its own transaction, and all that waited behind it: one act that says
what the person sees now, on what the service has. So does an act that is said anew because the mandate it
named is over: who is here answers for it now, in today's way. The sealed envelopes of those that it
replaces go after the new one is durable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.acts import commit
from app.conflicts import building_on, keys_of, on_what_is_there
from app.errors import PersonCanAct
from app.fhir import resource_key
from app.fhir.audit_event import AuditAction
from app.fhir.merging import merge
from app.records import OperationState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.fhir import Resource
    from app.records import Operation
    from app.space import Space

__all__ = ["NoLongerWaiting", "commit_instead", "laid_on_now", "refused_chain", "refused_on"]

_MAY_BE_THERE = frozenset({OperationState.IN_FLIGHT, OperationState.ANSWERED})


class NoLongerWaiting(PersonCanAct):
    """It moved on meanwhile: it was sent, changed, or someone let go of it."""

    code: ClassVar[str] = "waiting-over"


def refused_chain(space: Space, seq: int) -> tuple[Operation, ...]:
    """Return a refused act and those behind it, in their order; raises ``NoLongerWaiting``."""
    living = space.records.operations()
    first = next((each for each in living if each.seq == seq), None)
    if first is None or first.state is not OperationState.PARKED:
        raise NoLongerWaiting
    chain = building_on(first, living)
    if any(each.state in _MAY_BE_THERE for each in chain):
        raise NoLongerWaiting
    return chain


def refused_on(space: Space, keys: Iterable[str]) -> tuple[Operation, ...]:
    """Return the refused act on any of these ("Type/id") and what waits behind it; nothing where none is."""
    wanted, living = set(keys), space.records.operations()
    refused = (each for each in living if each.state is OperationState.PARKED and wanted & set(keys_of(each)))
    first = next(refused, None)
    return building_on(first, living) if first else ()


def laid_on_now(
    space: Space, resources: Sequence[Resource], before: Sequence[Resource | None]
) -> list[Resource] | None:
    """Put a correction together with what came while it was made; ``None`` where they contradict each other.

    ``before`` are the resources as they were read for it.
    """
    made: list[Resource] = []
    for ours, was in zip(resources, before, strict=True):
        now = space.records.get(*resource_key(ours).split("/"))
        merged = merge(was, ours, now) if was is not None and now is not None else None
        if merged is not None and (merged.clashes or merged.body is None):
            return None
        made.append(ours if merged is None or merged.body is None else merged.body)
    return made


def commit_instead(space: Space, chain: Sequence[Operation], resources: Sequence[Resource] = ()) -> Operation:
    """Commit one act in place of these: what they said, ``resources`` as they are said now.

    Raises what a commit raises; then nothing has changed.
    """
    now = {resource_key(each): each for each in resources}
    keys = dict.fromkeys((*(key for each in chain for key in keys_of(each)), *now))
    bodies = [now.get(key) or space.records.get(*key.split("/")) for key in keys]
    based = [on_what_is_there(space, each) for each in bodies if each is not None]
    bases = {resource_key(body): base for body, base in based if base is not None}
    return commit(
        space,
        [body for body, _ in based],
        action=AuditAction.UPDATE if bases else AuditAction.CREATE,
        base_versions=bases,
        document_id=next((each.document_id for each in chain if each.document_id), None),
        lane=chain[0].lane,
        instead_of=chain,
    )
