"""One act of the person: who did it is written down, it is committed whole, and sealed.

Every act that is sent goes through ``commit``: it adds the Provenance (last in wire order) and the
AuditEvent, commits overlay, operation and audit entry in one transaction, and where the PC has an
outbox seals the operation into it. It returns only when nothing of the act depends any longer on
the key in this process's memory.

What changes nothing goes through ``record``: who looked is told to the person by the service, so a
reading is sealed and sent as an act is, though nothing of the content is in it.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from app.errors import WorldFailed
from app.fhir import audit_event, provenance, resource_key, string
from app.fhir.audit_event import AuditAction
from app.fhir.patient import display_name
from app.ids import mint
from app.records import Act

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from app.fhir import Resource
    from app.records import Operation
    from app.space import AssistMode, Space

__all__ = ["NotSealed", "Step", "audit", "commit", "nothing", "record", "seal", "version_of"]

_NEW: Mapping[str, str] = MappingProxyType({})


class NotSealed(WorldFailed):
    """The act is recorded and will be sent, but the PC could not finish its sealed copy."""

    code: ClassVar[str] = "act-not-sealed"


class Step(StrEnum):
    """The durable steps of filing, in order; a crash between any two of them is tested."""

    ALLOWED = "allowed"
    FILE_SEALED = "file-sealed"
    ENVELOPE_PREPARED = "envelope-prepared"
    COMMITTED = "committed"
    ENVELOPE_PUBLISHED = "envelope-published"


def nothing(_step: Step) -> None:
    """Do nothing at a step: nobody watches."""


def commit(
    space: Space,
    resources: Sequence[Resource],
    *,
    action: AuditAction = AuditAction.CREATE,
    mode: AssistMode | None = None,
    base_versions: Mapping[str, str] = _NEW,
    before: Iterable[Resource | None] = (),
    document_id: str | None = None,
    lane: int = 1,
    instead_of: Sequence[Operation] = (),
    reached: Callable[[Step], None] = nothing,
) -> Operation:
    """Commit and seal one act; ``mode`` is the space's unless the act is always the person's own.

    ``before`` are the resources that it changes as they were read, perhaps some time ago (``base_versions``
    alone: as they are now). ``instead_of`` are operations that it replaces, in the same transaction; their
    envelopes go after.
    """
    op_id = mint()
    bases = {resource_key(each): each for each in before if each}
    act = Act(
        op_id=op_id,
        resources=(*resources, _provenance(space, op_id, resources, mode or space.mode)),
        base_versions={**base_versions, **{key: version_of(each) for key, each in bases.items()}},
        bases=bases,
        audit=audit(space, action, [resource_key(each) for each in resources], mode=mode),
        document_id=document_id,
        lane=lane,
    )
    replaced = [each.seq for each in instead_of]
    if space.sealer is None:
        return _committed(space, act, None, reached, replaced)
    operation = _sealed(space, act, reached, replaced)
    for each in instead_of:
        space.sealer.drop(each.op_id)
    return operation


def version_of(resource: Resource) -> str:
    """Return the version a resource was read in; empty where the service has not got it yet."""
    return string(resource, "meta", "versionId") or ""


def _sealed(space: Space, act: Act, reached: Callable[[Step], None], replaced: Sequence[int]) -> Operation:
    sealer = space.sealer
    assert sealer is not None  # noqa: S101 (for the type checker: commit looked)

    def prepare(operation: Operation) -> None:
        sealer.prepare(operation, space.patient_id, space.files)
        reached(Step.ENVELOPE_PREPARED)

    try:
        operation = _committed(space, act, prepare, reached, replaced)
    except BaseException:
        sealer.discard(act.op_id)
        raise
    try:
        sealer.publish(act.op_id)
    except OSError as error:
        raise NotSealed from error
    reached(Step.ENVELOPE_PUBLISHED)
    return operation


def _committed(
    space: Space,
    act: Act,
    inside: Callable[[Operation], None] | None,
    reached: Callable[[Step], None],
    replaced: Sequence[int],
) -> Operation:
    operation = space.records.commit(act, inside=inside, instead_of=replaced)
    reached(Step.COMMITTED)
    return operation


def record(space: Space, event: Resource) -> None:
    """Journal what changes nothing (a reading, a print, a refusal): here, and in time at the service.

    Sealed first: were the program killed in between, the service would be told of a reading that did not
    come to pass, never the other way round. Raises ``DiskFull``; then nothing may be shown.
    """
    seal(space, event)
    space.records.audit(event)


def seal(space: Space, event: Resource) -> None:
    """Seal an event for the service where the PC has an outbox; it goes when the service has it."""
    if space.sealer is not None:
        space.sealer.seal_event(event, space.patient_id)


def _provenance(space: Space, op_id: str, resources: Sequence[Resource], mode: AssistMode) -> Resource:
    return provenance.make(
        op_id,
        targets=[resource_key(each) for each in resources],
        patient=(space.patient_id, display_name(space.patient)),
        helper=(space.actor.id, space.actor.display),
        helper_role=space.actor.role,
        organization=(space.actor.organization_id, space.actor.organization_name),
        mode=mode,
        mandate=_mandate_id(space, mode),
        moment=space.clock(),
    )


def _mandate_id(space: Space, mode: AssistMode) -> str | None:
    """Acts done *for* the person name their mandate; done *with* them they need none."""
    return space.mandate.id if space.mandate and mode == "faire_pour" else None


def audit(
    space: Space,
    action: AuditAction,
    entities: Sequence[str],
    *,
    mode: AssistMode | None = None,
    succeeded: bool = True,
    detail: tuple[str, str] | None = None,
) -> Resource:
    """Make the journal's entry of an act or a reading: ids and codes, no content."""
    mode = mode or space.mode
    return audit_event.make(
        mint(),
        action=action,
        entities=entities,
        patient_id=space.patient_id,
        helper_id=space.actor.id,
        helper_role=space.actor.role,
        organization_id=space.actor.organization_id,
        mode=mode,
        mandate=_mandate_id(space, mode),
        moment=space.clock(),
        succeeded=succeeded,
        detail=detail,
    )
