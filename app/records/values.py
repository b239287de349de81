"""The values that go in and out of a person's records."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from app.errors import Field

__all__ = [
    "OF_ANOTHER_LIFE",
    "Act",
    "Cursor",
    "DocumentQuery",
    "DocumentRow",
    "DocumentState",
    "FeedEntry",
    "Operation",
    "OperationState",
    "Resource",
    "Taken",
    "Waiting",
]

Resource = dict[str, Any]

OF_ANOTHER_LIFE = "0"
"""No version of the service's present life: they count from 1. An act that stands on it is merged with
whatever is there, and one that is sent all the same is refused as stale."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act of the person, committed whole: what they see, what will be sent, what is journaled.

    ``resources`` in wire order, the Provenance (its id is ``op_id``) last. ``base_versions`` holds
    the version each resource was changed from ("Type/id" → versionId); one that is absent is new.
    ``bases`` holds those resources as they were then, where that is not what is seen at the commit.
    ``document_id`` names the sealed file that must reach the service first.
    """

    op_id: str
    resources: tuple[Resource, ...]
    base_versions: Mapping[str, str]
    audit: Resource
    document_id: str | None = None
    lane: int = 1
    bases: Mapping[str, Resource] = field(default_factory=dict)


class OperationState(StrEnum):
    """The life of an operation: it is done when the feed gives it back, not when it was answered."""

    PENDING = "pending"
    IN_FLIGHT = "in-flight"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    CONFLICT = "conflict"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Operation:
    """An act on its way to the service."""

    seq: int
    op_id: str
    state: OperationState
    lane: int
    resources: tuple[Resource, ...]
    base_versions: Mapping[str, str]
    document_id: str | None
    send_bytes: bytes | None
    attempts: int
    next_at: datetime | None
    reason: str | None
    fields: Mapping[str, Field]
    created_at: datetime
    bases: Mapping[str, Resource] = field(default_factory=dict)
    """What its changes were made from, by "Type/id"; told where an act is committed, else empty."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is not yet at the service; ``parked`` need someone to look, ``choices`` of those to choose."""

    count: int
    oldest: datetime | None
    parked: int
    choices: int = 0


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a feed was read, and in which life of the service."""

    value: str
    epoch: str


class FeedEntry(NamedTuple):
    """One version of one resource as the service tells it; no text means deleted.

    A tuple with the resource's JSON as it came: ten thousand are only stored in a first sync.
    """

    type: str
    id: str
    version: str
    last_updated: str
    text: str | None

    @classmethod
    def of(
        cls, kind: str, resource_id: str, version: str, last_updated: str, body: Resource | None
    ) -> FeedEntry:
        """Make one of a resource that was read."""
        text = None if body is None else orjson.dumps(body).decode()
        return cls(kind, resource_id, version, last_updated, text)

    @property
    def body(self) -> Resource | None:
        """The resource, read anew each time."""
        found: Resource | None = None if self.text is None else orjson.loads(self.text)
        return found


@dataclass(frozen=True, slots=True)
class Taken:
    """What was news ("Type", "id"), and the numbers of the operations that are done."""

    news: Sequence[tuple[str, str]] = ()
    done: Sequence[int] = ()


class DocumentState(StrEnum):
    """What the list says of a document."""

    UP_TO_DATE = "up-to-date"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class DocumentQuery:
    """What part of the list is wanted; nothing given is everything."""

    category: str | None = None
    year: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One line of the list. ``reason`` and ``fields`` say why, where it was refused."""

    id: str
    title: str
    date: date | None
    year: int | None
    category: str
    type_code: str | None
    author: str
    content_type: str
    size: int | None
    sha256: str | None
    state: DocumentState
    state_at: datetime
    reason: str | None
    has_file: bool
    is_ours: bool
    fields: Mapping[str, Field] = field(default_factory=dict)
