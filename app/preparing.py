"""A visit that was prepared: everything of the person waits on a PC until the evening, and they are told so.

Decision: an entry of its own. What the service sees of a preparation are many fetches like any session's;
that they stay on a PC after the person has left is another thing, and the person finds it under its own name
in « Qui a regardé ? ». It is journaled when the desk has taken the visit over, not before: what was not kept
is not told as if it were. Like a print it names nothing but what it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.acts import audit, record
from app.fhir.accesses import Deed
from app.fhir.audit_event import DEED, AuditAction
from app.space import DoneCode

if TYPE_CHECKING:
    from app.space import Space

__all__ = ["prepared"]


def prepared(space: Space) -> None:
    """Journal that a visit was prepared on this PC, and put it on the receipt."""
    record(space, audit(space, AuditAction.EXECUTE, [], detail=(DEED, Deed.PREPARED.value)))
    space.note(DoneCode.VISIT_PREPARED)
