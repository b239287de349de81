"""The receipt of a visit, in the person's own space; a mail, if they want one, says only that it is there.

Decision: it is a document like those the person files (« Pièces administratives »), so it is sealed, sent,
found, hidden and printed as they are, with a network or without. Two marks are its own (``meta.tag``): that
it is a receipt, and that the person asked for a mail. The address is the one their record holds: it is not
shown in full on a screen in a town hall, and it is not in what this PC sends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import documents, intake
from app.codes.categories import Category
from app.codes.receipt_marks import TELL_BY_MAIL, VISIT_RECEIPT
from app.codes.systems import RECEIPT
from app.fhir import coding
from app.fhir import patient as patients
from app.mandates import Action, Scope, require
from app.space import DoneCode

if TYPE_CHECKING:
    from app.documents import Filed
    from app.intake import Candidate
    from app.reader.client import Reader
    from app.space import Space

__all__ = ["is_kept", "keep", "look", "mail_shown", "may_keep"]

_HIDDEN = "•••"


def may_keep(space: Space) -> None:
    """Let a receipt be filed; raises what ``mandates.require`` raises."""
    require(space, Action.ADD, Scope.DOCUMENTS)


def is_kept(space: Space) -> bool:
    """Whether the receipt is in the space and nothing was done since."""
    return bool(space.done) and space.done[-1].code is DoneCode.RECEIPT_KEPT


def mail_shown(space: Space) -> str | None:
    """Return the person's address as it may be shown: ``j•••@orange.fr``; None where no mail can be sent."""
    address = patients.email(space.patient) if space.mails else None
    name, at, host = (address or "").rpartition("@")
    return f"{name[0]}{_HIDDEN}{at}{host}" if name and host else None


def look(space: Space, reader: Reader, data: bytes, *, title: str) -> Candidate:
    """Look at the receipt ``data`` (a PDF) as at any paper; raises what ``intake.check`` raises."""

    def known(sha256: str) -> bool:
        return space.records.document_with_digest(sha256) is not None

    return intake.check(reader, data, title, known=known)


def keep(space: Space, receipt: Candidate, *, title: str, tell: bool) -> Filed:
    """File the receipt; ``tell`` asks for a mail.

    Raises what ``documents.file`` raises; then nothing has changed.
    """
    marks = (VISIT_RECEIPT, TELL_BY_MAIL) if tell else (VISIT_RECEIPT,)
    return documents.file(
        space,
        receipt,
        category=Category.DOC_ADM,
        date=space.clock().astimezone().date(),
        title=title,
        tags=[coding(RECEIPT, mark) for mark in marks],
        done=DoneCode.RECEIPT_KEPT,
    )
