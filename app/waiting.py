"""What waits to be at the service, as values: what it is about, how far it is, and what can be done.

Decisions:

- An act is named by what the person knows it as (a document with its title, an allergy, a mandate …); to a
  helper whose mandate does not open that part it has no name, and nothing can be done with it.
- *Trying again* an act whose mandate is over is saying it anew: by who is here, in today's way. Any other is
  sent as it is.
- *Sending no more* is for what the service refused, and for nothing else: what is on its way may be there
  already. What waits behind it goes with it, and is named before. The journal says who chose; the
  document's file goes too. Until the page is left it can be put back.
- Who might do the act may try it again or let go of it; what only the person decides, only the person.
- What waits because two people changed it is settled in ``app.conflicts``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.acts import audit, commit, seal
from app.codes.mandate_words import Action
from app.conflicts import building_on, conflicts, keys_of, kinds_of, settle
from app.fhir import document_reference
from app.fhir.audit_event import DEED, AuditAction
from app.records import OperationState
from app.refused import NoLongerWaiting, commit_instead, refused_chain
from app.space import DoneCode
from app.things import Kind, Thing, main_of, may, require_for, title_of
from app.vault.sealed import FileDamaged, FileMissing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from app.conflicts import Conflict, Keep
    from app.errors import Field
    from app.fhir import Resource
    from app.records import Operation
    from app.space import Space

__all__ = [
    "Discarded",
    "Item",
    "NoLongerWaiting",
    "Remedy",
    "Stage",
    "behind",
    "choices",
    "discard",
    "found",
    "put_back",
    "retry",
    "settle_choice",
    "waiting",
]

GIVEN_UP = "given-up"
"""The detail of the journal's entry."""
SERVICE_REFUSED, FORBIDDEN = "service-refused", "forbidden"
_FILE_LOST = frozenset({"file-missing", "file-damaged"})
_NO_USE = _FILE_LOST | {"too-large-for-service"}
_MANDATE = frozenset({"mandate-missing", "mandate-over", "mandate-scope", "mandate-duration"})


class Stage(StrEnum):
    """How far it is. ``BEHIND``: an earlier act on the same thing must be settled first."""

    WAITS = "waits"
    AGAIN = "again"
    GOING = "going"
    SENT = "sent"
    BEHIND = "behind"
    REFUSED = "refused"
    CHOICE = "choice"


class Remedy(StrEnum):
    """What someone can do."""

    RETRY = "retry"
    MEND = "mend"
    CHOOSE = "choose"
    DISCARD = "discard"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Item:
    """One act that waits. ``size``: octets of its file; ``reason`` and ``fields`` as the engine left them."""

    seq: int
    op_id: str
    thing: Thing
    stage: Stage
    since: datetime
    tries: int
    next_at: datetime | None
    reason: str | None
    fields: Mapping[str, Field]
    size: int
    remedies: frozenset[Remedy]

    @property
    def because(self) -> str:
        """What the service itself said (its code); empty where it said nothing."""
        return str(self.fields.get("reason") or "")


@dataclass(frozen=True, slots=True)
class Discarded:
    """What was let go of: the acts, and the bytes of their documents where they could be read."""

    things: tuple[Thing, ...]
    operations: tuple[Operation, ...]
    files: Mapping[str, bytes]

    @property
    def can_come_back(self) -> bool:
        """Say whether ``put_back`` brings all of it back."""
        wanted = {each.document_id for each in self.operations if each.document_id}
        return wanted <= set(self.files) and not {each.kind for each in self.things} & _ONCE


_ONCE = frozenset({Kind.MANDATE, Kind.ACCESS_ANSWER, Kind.ACCESS_REPORT, Kind.OTHER})
_MENDED_IN_PLACE = frozenset({Kind.ALLERGY, Kind.VACCINATION, Kind.TRUSTED_PERSON, Kind.CONTACT})
_STAGES = {
    OperationState.IN_FLIGHT: Stage.GOING,
    OperationState.ANSWERED: Stage.SENT,
    OperationState.CONFLICT: Stage.CHOICE,
    OperationState.PARKED: Stage.REFUSED,
}
_LOUD = frozenset({Stage.REFUSED, Stage.CHOICE})


# What waits


def waiting(space: Space) -> list[Item]:
    """List what waits: what needs someone first, then the oldest. Reads the store, sends nothing."""
    living = space.records.operations()
    items = [_item(space, each, living) for each in living]
    return sorted(items, key=lambda each: (each.stage not in _LOUD, each.seq))


def found(space: Space, seq: int) -> Item | None:
    """Return one of them as it is now."""
    living = space.records.operations()
    return next((_item(space, each, living) for each in living if each.seq == seq), None)


def behind(space: Space, seq: int) -> list[Thing]:
    """Name what waits behind an act, and goes where it goes."""
    living = space.records.operations()
    first = next((each for each in living if each.seq == seq), None)
    return [_seen(space, each) for each in building_on(first, living)[1:]] if first else []


def _item(space: Space, operation: Operation, living: list[Operation]) -> Item:
    thing, stage = _seen(space, operation), _stage(operation, living)
    return Item(
        seq=operation.seq,
        op_id=operation.op_id,
        thing=thing,
        stage=stage,
        since=operation.created_at,
        tries=operation.attempts,
        next_at=operation.next_at,
        reason=operation.reason,
        fields=operation.fields,
        size=_size(operation),
        remedies=_remedies(thing, stage, operation) if thing.body else frozenset(),
    )


def _stage(operation: Operation, living: list[Operation]) -> Stage:
    if operation.state in _STAGES:
        return _STAGES[operation.state]
    keys = set(keys_of(operation))
    if any(each.seq < operation.seq and keys & set(keys_of(each)) for each in living):
        return Stage.BEHIND
    return Stage.AGAIN if operation.next_at is not None else Stage.WAITS


def _remedies(thing: Thing, stage: Stage, operation: Operation) -> frozenset[Remedy]:
    if stage is Stage.CHOICE:
        return frozenset({Remedy.CHOOSE})
    if stage in {Stage.WAITS, Stage.AGAIN}:
        return frozenset({Remedy.RETRY})
    if stage is not Stage.REFUSED:
        return frozenset()
    reason, because = operation.reason or "", str(operation.fields.get("reason") or "")
    can = {Remedy.DISCARD}
    if reason not in _NO_USE:
        can.add(Remedy.RETRY)
    if reason == SERVICE_REFUSED and (thing.kind is Kind.DOCUMENT or thing.kind in _MENDED_IN_PLACE):
        can.add(Remedy.MEND)
    if reason not in _NO_USE and because not in _MANDATE:
        can.add(Remedy.ASK)
    return frozenset(can)


def _size(operation: Operation) -> int:
    sizes = (document_reference.size_of(each) for each in operation.resources if _is_file(each, operation))
    return sum(each or 0 for each in sizes)


def _is_file(resource: Resource, operation: Operation) -> bool:
    return operation.document_id is not None and resource.get("id") == operation.document_id


# What it is about, and who may see and do what


def _seen(space: Space, operation: Operation) -> Thing:
    thing = main_of(space, operation)
    return thing if may(space, Action.VIEW, [operation]) else Thing(Kind.OTHER, thing.key, None)


def _action(operation: Operation) -> Action:
    return Action.EDIT if operation.base_versions else Action.ADD


# Two people changed the same thing


def choices(space: Space) -> list[Conflict]:
    """List what two people changed and the helper may choose about, the oldest first, whatever it is."""
    kinds = {kind for each in space.records.operations(OperationState.CONFLICT) for kind in kinds_of(each)}
    return [each for each in conflicts(space, kinds) if may(space, Action.EDIT, each.operations)]


def settle_choice(space: Space, conflict: Conflict, keeping: Keep) -> None:
    """Keep one of the two; raises what ``mandates.require`` raises, ``OperationUnknown``, ``DiskFull``."""
    require_for(space, Action.EDIT, [main_of(space, each) for each in conflict.operations])
    settle(space, conflict, keeping)


# What can be done


def retry(space: Space, seq: int) -> None:
    """Try an act again now; raises ``NoLongerWaiting``, what ``mandates.require`` raises, ``DiskFull``."""
    operation = _living(space, seq)
    thing = main_of(space, operation)
    require_for(space, _action(operation), [thing])
    if operation.state is OperationState.PENDING:
        space.records.hurry()
    elif operation.state is not OperationState.PARKED:
        raise NoLongerWaiting
    elif _names_old_mandate(operation) and thing.kind not in _ONCE:
        commit_instead(space, refused_chain(space, seq))
    else:
        space.records.release(seq)


def _names_old_mandate(operation: Operation) -> bool:
    return operation.reason == FORBIDDEN and operation.fields.get("reason") in _MANDATE


def discard(space: Space, seq: int) -> Discarded:
    """Send a refused act no more, nor what waits behind it.

    Raises ``NoLongerWaiting``, what ``mandates.require`` raises, ``PersonDecides``, ``DiskFull``; then
    nothing has changed.
    """
    chain = refused_chain(space, seq)
    things = tuple(main_of(space, each) for each in chain)
    for each, thing in zip(chain, things, strict=True):
        require_for(space, _action(each), [thing])
    kept = _files(space, chain)
    keys = sorted({key for each in chain for key in keys_of(each)})
    event = audit(space, AuditAction.EXECUTE, keys, detail=(DEED, GIVEN_UP))
    seal(space, event)
    space.records.give_up([each.seq for each in chain], event)
    for each in chain:
        if space.sealer is not None:
            space.sealer.drop(each.op_id)
        if each.document_id is not None and space.records.document(each.document_id) is None:
            space.records.file_removed(each.document_id)
            space.files.remove(each.document_id)
    space.note(DoneCode.SENDING_GIVEN_UP, title=title_of(things[0]))
    return Discarded(things, chain, kept)


def put_back(space: Space, gone: Discarded) -> None:
    """Bring back what was let go of, as acts of now; raises what a commit raises, ``NoLongerWaiting``."""
    if not gone.can_come_back:
        raise NoLongerWaiting
    for each, thing in zip(gone.operations, gone.things, strict=True):
        require_for(space, _action(each), [thing])
    for each in gone.operations:
        _again(space, each, gone.files)
    space.done = [
        line
        for line in space.done
        if line.code is not DoneCode.SENDING_GIVEN_UP or line.fields.get("title") != title_of(gone.things[0])
    ]


def _again(space: Space, operation: Operation, files: Mapping[str, bytes]) -> None:
    import io

    if operation.document_id is not None:
        space.files.write(operation.document_id, io.BytesIO(files[operation.document_id]))
    commit(
        space,
        [each for each in operation.resources if each.get("resourceType") != "Provenance"],
        action=AuditAction.UPDATE if operation.base_versions else AuditAction.CREATE,
        base_versions=operation.base_versions,
        document_id=operation.document_id,
        lane=operation.lane,
    )


def _living(space: Space, seq: int) -> Operation:
    operation = next((each for each in space.records.operations() if each.seq == seq), None)
    if operation is None:
        raise NoLongerWaiting
    return operation


def _files(space: Space, chain: Iterable[Operation]) -> dict[str, bytes]:
    """Keep the bytes of the documents for as long as it can be undone."""
    kept: dict[str, bytes] = {}
    for each in chain:
        if each.document_id is None:
            continue
        try:
            with space.files.open(each.document_id) as reader:
                kept[each.document_id] = reader.read()
        except (FileMissing, FileDamaged):
            continue
    return kept
