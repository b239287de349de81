"""One edit of what the person keeps of themselves: committed on the version it was made from, and undone.

Decision: nothing here is deleted. What is over or was wrong says so and stays, with its history; an
undo is one more act, which puts back what stood before. So the journal tells all of it, and the
service can compare versions (``If-Match``) for every change. A correction of what the service refused
goes in its place (``app.refused``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from app.acts import commit
from app.errors import PersonCanAct
from app.fhir import Resource, allergy_intolerance, immunization, related_person, resource_key
from app.fhir.audit_event import AuditAction
from app.refused import commit_instead, laid_on_now, refused_on

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from app.space import Done, DoneCode, Space

__all__ = [
    "Edit",
    "EntryUnknown",
    "WordsTooLong",
    "cleaned",
    "found",
    "keep",
    "put_back",
    "retold",
    "today",
    "withdrawn",
]


class EntryUnknown(PersonCanAct):
    """The entry is no longer in the list: it was ended on another device."""

    code: ClassVar[str] = "entry-unknown"


class WordsTooLong(PersonCanAct):
    """A text is longer than the health space takes (``length``, ``limit``)."""

    code: ClassVar[str] = "entry-words-too-long"


@dataclass(frozen=True, slots=True)
class Edit:
    """What was done: the main resource, what each one touched was before (``None``: it was not).

    ``is_sealed`` where the act no longer depends on this process; ``line`` is the receipt's.
    """

    key: str
    op_id: str
    is_sealed: bool
    line: Done
    before: Mapping[str, Resource | None] = field(default_factory=dict)

    @property
    def resource_id(self) -> str:
        """The id of the main resource."""
        return self.key.partition("/")[2]


def cleaned(text: str, limit: int) -> str:
    """Return words on one line without what cannot be printed; raises ``WordsTooLong``."""
    words = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    if len(words) > limit:
        raise WordsTooLong(length=len(words), limit=limit)
    return words


def found(space: Space, resource_type: str, resource_id: str) -> Resource:
    """Return an entry as the person sees it now; raises ``EntryUnknown``."""
    resource = space.records.get(resource_type, resource_id)
    if resource is None:
        raise EntryUnknown
    return resource


def keep(
    space: Space,
    resources: Sequence[Resource],
    before: Sequence[Resource | None],
    code: DoneCode,
    **fields: str,
) -> Edit:
    """Commit one edit; ``resources`` with the main one first, ``before`` what each of them was.

    Where the service refused an earlier act on them, this one goes in its place. Raises what a commit
    raises; then nothing has changed.
    """
    earlier = dict(zip(map(resource_key, resources), before, strict=True))
    refused = refused_on(space, earlier)
    corrected = laid_on_now(space, resources, before) if refused else None
    if corrected is not None:
        operation = commit_instead(space, refused, corrected)
    else:
        action = AuditAction.CREATE if before[0] is None else AuditAction.UPDATE
        operation = commit(space, resources, action=action, before=before)
    space.note(code, **fields)
    line = next(each for each in reversed(space.done) if each.code is code and each.fields == fields)
    return Edit(resource_key(resources[0]), operation.op_id, space.sealer is not None, line, earlier)


def retold(before: Resource, made: Resource, told: frozenset[str]) -> Resource:
    """Return an entry with its ``told`` elements as they are said now; all others stay."""
    kept = {key: value for key, value in before.items() if key not in told}
    return kept | {key: value for key, value in made.items() if key in told}


def put_back(space: Space, edit: Edit) -> None:
    """Put back what stood before an edit, and take its line off the receipt.

    Raises ``EntryUnknown`` where what it made is no longer there.
    """
    now = {key: found(space, *key.split("/")) for key in edit.before}
    restored = [
        withdrawn(space, now[key]) if earlier is None else _as_before(earlier, now[key])
        for key, earlier in edit.before.items()
    ]
    commit(space, restored, action=AuditAction.UPDATE, before=now.values())
    if edit.line in space.done:
        space.done.remove(edit.line)


def _as_before(earlier: Resource, now: Resource) -> Resource:
    """Give an earlier body the place in the history that the present one has."""
    return earlier | ({"meta": now["meta"]} if "meta" in now else {})


def withdrawn(space: Space, resource: Resource) -> Resource:
    """Return an entry as one that should not have been made."""
    ways: dict[str, Callable[[Resource], Resource]] = {
        allergy_intolerance.TYPE: allergy_intolerance.entered_in_error,
        immunization.TYPE: immunization.entered_in_error,
        related_person.TYPE: lambda each: related_person.ended(each, today(space)),
    }
    return ways[str(resource["resourceType"])](resource)


def today(space: Space) -> date:
    """Return the day it is here."""
    return space.clock().astimezone().date()
