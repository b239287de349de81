"""A paper on its way to the space: what was answered so far. It survives Retour and Changer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.identity_check import Verdict
from ui.widgets.drawn_document import DrawnDocument

if TYPE_CHECKING:
    from datetime import date

    from app.documents import Filed
    from app.intake import Candidate
    from app.reader.client import Reader
    from ui.session.context import SessionContext

__all__ = ["STEPS", "Filing", "step_on"]

# One question a screen, in this order.
STEPS = ("file_pick", "file_look", "file_category", "file_date", "file_name", "file_check", "file_done")


@dataclass(slots=True)
class Filing:
    """One paper and the answers about it."""

    file_name: str
    candidate: Candidate
    document: DrawnDocument
    category: str | None = None
    date: date | None = None
    title: str = ""
    filed: Filed | None = None
    is_theirs: bool = False
    """Said by the person, though the paper seems to name another."""

    @classmethod
    def of(cls, reader: Reader, file_name: str, candidate: Candidate) -> Filing:
        """Begin with what the paper itself proposes."""
        return cls(
            file_name,
            candidate,
            DrawnDocument(reader, candidate.data),
            category=candidate.proposed_category,
            date=candidate.proposed_date,
            title=candidate.proposed_title,
        )


def step_on(context: SessionContext, filing: Filing, here: str, *, changing: bool) -> None:
    """Go to the next question, or back to the check where one came from to change an answer."""
    other = filing.candidate.identity.verdict is Verdict.OTHER and not filing.is_theirs
    if changing:
        context.back()
    elif other and here == STEPS[0]:
        context.go("paper_other", filing=filing, then=STEPS[1])
    else:
        context.go(STEPS[STEPS.index(here) + 1], filing=filing)
