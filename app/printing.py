"""Printing a document of the person: whether the helper may, and that it was done.

Paper leaves the health space for good, so it has its own action in the mandate and its own entry in the
journal. The journal's entry is an ``execute`` (FHIR's ``operation``): nothing was created or changed, and
it says more than a reading, which was journaled when the document was opened. It is written when the
printing system has taken the pages, not before: a sheet that never left is not told as if it had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.acts import audit, record
from app.fhir.audit_event import DEED, AuditAction
from app.mandates import Action, Scope, require
from app.space import DoneCode

if TYPE_CHECKING:
    from app.space import Space

__all__ = ["may_print", "printed"]


def may_print(space: Space) -> None:
    """Let a document be printed, or raise what ``mandates.require`` raises."""
    require(space, Action.PRINT, Scope.DOCUMENTS)


def printed(space: Space, document_id: str, title: str) -> None:
    """Journal that a document was printed, and put it on the receipt."""
    done = (DEED, "printed")
    record(space, audit(space, AuditAction.EXECUTE, [f"DocumentReference/{document_id}"], detail=done))
    space.note(DoneCode.DOCUMENT_PRINTED, title=title)
