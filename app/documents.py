"""Filing and reading the person's documents.

``file`` in order: the mandate, the sealed file, the sealed envelope, one transaction, the
envelope's final name. So at every moment a crash leaves either nothing that was acknowledged, or
an envelope that only the service can open and the desk can still deliver. A second press of the
same button, even at the same moment, meets ``AlreadyFiled``.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from app.acts import NotSealed, Step, audit, commit, nothing, record
from app.codes.categories import CATEGORIES
from app.counter import require_prescription
from app.errors import OurBug, PersonCanAct, WorldFailed
from app.fhir import document_reference, reference, submission_set
from app.fhir.audit_event import AuditAction
from app.ids import mint
from app.mandates import Action, Scope, require
from app.reader.errors import AlreadyFiled
from app.records import DocumentState
from app.refused import refused_chain
from app.space import DoneCode
from app.vault.sealed import FileDamaged, FileMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from app.fhir import Resource
    from app.intake import Candidate
    from app.records import DocumentRow, Operation
    from app.space import Space

__all__ = [
    "TITLE_LIMIT",
    "CandidateChanged",
    "CategoryUnknown",
    "DateInFuture",
    "DocumentDamaged",
    "DocumentUnknown",
    "Filed",
    "NotHere",
    "TitleMissing",
    "TitleTooLong",
    "file",
    "read",
]

TITLE_LIMIT = 50
"""Characters that the health space takes in a document's name."""

_WITHOUT_DEVICE = "home"


class TitleMissing(PersonCanAct):
    """A document needs a name."""

    code: ClassVar[str] = "document-title-missing"


class TitleTooLong(PersonCanAct):
    """The name is longer than the health space takes (``length``, ``limit``)."""

    code: ClassVar[str] = "document-title-too-long"


class DateInFuture(PersonCanAct):
    """A document cannot be of a day to come."""

    code: ClassVar[str] = "document-date-in-future"


class CategoryUnknown(OurBug):
    """It is none of the nine categories."""

    code: ClassVar[str] = "document-category-unknown"


class CandidateChanged(OurBug):
    """The bytes are not those that were looked at."""

    code: ClassVar[str] = "document-candidate-changed"


class DocumentUnknown(PersonCanAct):
    """The document is no longer in the list: it was taken away on another device."""

    code: ClassVar[str] = "document-unknown"


class NotHere(WorldFailed):
    """The document's file has not been fetched yet (``size``, 0 where it is unknown)."""

    code: ClassVar[str] = "document-not-here"


class DocumentDamaged(WorldFailed):
    """The file on this PC is not the document (``again``: 1 if it will be fetched again)."""

    code: ClassVar[str] = "document-damaged"


@dataclass(frozen=True, slots=True)
class Filed:
    """What was filed; ``is_sealed`` where the act no longer depends on this process."""

    document_id: str
    op_id: str
    title: str
    category: str
    day: date
    is_sealed: bool


def file(
    space: Space,
    candidate: Candidate,
    *,
    category: str,
    date: date,
    title: str,
    tags: Sequence[Resource] = (),
    done: DoneCode = DoneCode.DOCUMENT_FILED,
    instead_of: int | None = None,
    reached: Callable[[Step], None] = nothing,
) -> Filed:
    """File a document that was looked at; returns when it is recorded for good.

    ``tags`` (Codings) mark what a program makes itself, ``done`` is its line on the receipt; ``instead_of``
    is the number of a refused act: the same paper, now with other answers.

    Raises what ``mandates.require`` raises, ``AlreadyFiled``, ``TitleMissing``, ``TitleTooLong``,
    ``DateInFuture``, ``NoLongerWaiting``, ``DiskFull``; then nothing has changed.
    """
    require(space, Action.ADD, Scope.DOCUMENTS)
    title = _checked(space, category, date, title)
    content = document_reference.digests(candidate.data)
    if content.sha256 != candidate.sha256:
        raise CandidateChanged
    reached(Step.ALLOWED)
    with space.filing:
        refused = refused_chain(space, instead_of) if instead_of is not None else ()
        before = {each.document_id for each in refused if each.document_id}
        known = space.records.document_with_digest(content.sha256)
        if known is not None and known.id not in before:
            raise AlreadyFiled(document_id=known.id)
        document_id = mint()
        metadata = _metadata(space, document_id, candidate, content, category=category, day=date, title=title)
        if tags:
            metadata[-1]["meta"]["tag"] = list(tags)
        operation = _kept(space, document_id, candidate.data, metadata, reached, refused)
        for each in before:
            space.records.file_removed(each)
            space.files.remove(each)
    _index(space, document_id, candidate)
    space.note(done, title=title, category=category, day=date.isoformat())
    return Filed(document_id, operation.op_id, title, category, date, space.sealer is not None)


def _checked(space: Space, category: str, day: date, title: str) -> str:
    if category not in CATEGORIES:
        raise CategoryUnknown
    title = " ".join("".join(each if each.isprintable() else " " for each in title).split())
    if not title:
        raise TitleMissing
    if len(title) > TITLE_LIMIT:
        raise TitleTooLong(length=len(title), limit=TITLE_LIMIT)
    if day > space.clock().astimezone().date():
        raise DateInFuture
    return title


def _metadata(
    space: Space,
    document_id: str,
    candidate: Candidate,
    content: document_reference.Digests,
    *,
    category: str,
    day: date,
    title: str,
) -> list[Resource]:
    """Make the DocumentReference and the SubmissionSet of one deposit."""
    actor, moment = space.actor, space.clock()
    document = document_reference.make(
        document_id,
        binary=mint(),
        patient=space.patient,
        custodian=reference("Organization", actor.organization_id, actor.organization_name),
        category=category,
        day=day,
        title=title,
        media_type=candidate.media_type,
        content=content,
        moment=moment,
    )
    deposit = submission_set.make(
        mint(),
        patient_id=space.patient_id,
        organization=(actor.organization_id, actor.organization_name),
        device_id=space.sealer.device_id if space.sealer else _WITHOUT_DEVICE,
        documents=[document_id],
        moment=moment,
    )
    return [deposit, document]


def _kept(
    space: Space,
    document_id: str,
    data: bytes,
    metadata: list[Resource],
    reached: Callable[[Step], None],
    instead_of: Sequence[Operation],
) -> Operation:
    space.files.write(document_id, io.BytesIO(data))
    reached(Step.FILE_SEALED)
    try:
        return commit(space, metadata, document_id=document_id, instead_of=instead_of, reached=reached)
    except NotSealed:
        raise
    except BaseException:
        with contextlib.suppress(OSError):
            space.files.remove(document_id)
        raise


def _index(space: Space, document_id: str, candidate: Candidate) -> None:
    """Make it findable by its words; a disk that has become full does not undo what was filed."""
    text = candidate.text or candidate.opened.text
    if text.strip():
        with contextlib.suppress(WorldFailed):
            space.records.index_text(document_id, text)


def read(space: Space, document_id: str) -> bytes:
    """Return a document's bytes, having checked them against its metadata and journaled the reading.

    Raises what ``mandates.require`` raises, ``DocumentUnknown``, ``NotHere``, ``DocumentDamaged``.
    """
    row = space.records.document(document_id)
    require_prescription(space, Action.VIEW, row.category if row else None)
    if row is None:
        raise DocumentUnknown
    data = _opened(space, row)
    record(space, audit(space, AuditAction.READ, [f"DocumentReference/{document_id}"]))
    space.note(DoneCode.DOCUMENT_READ, title=row.title)
    return data


def _opened(space: Space, row: DocumentRow) -> bytes:
    try:
        with space.files.open(row.id) as reader:
            data = reader.read()
    except FileMissing as error:
        raise NotHere(size=row.size or 0) from error
    except FileDamaged as error:
        raise _damaged(space, row) from error
    if row.sha256 and hashlib.sha256(data).hexdigest() != row.sha256:
        raise _damaged(space, row)
    return data


def _damaged(space: Space, row: DocumentRow) -> DocumentDamaged:
    """Journal it; take the file away only if the service has it, so that it is fetched again."""
    is_elsewhere = row.state is DocumentState.UP_TO_DATE
    failed = audit(space, AuditAction.READ, [f"DocumentReference/{row.id}"], succeeded=False)
    record(space, failed)
    if is_elsewhere:
        space.files.remove(row.id)
        space.records.file_removed(row.id)
    return DocumentDamaged(again=int(is_elsewhere))
