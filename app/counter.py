"""The counter of a pharmacy: what is proposed to a customer, and what is open there.

Decisions:

- Proposed are prescriptions, and vaccinations with allergies (the profile), for a day. It is a proposal in
  one sentence that the customer answers; the list where one chooses still has nothing ticked beforehand.
- A document is open to who may see all documents, or to who may see prescriptions where it is filed as one.
- What the pharmacist gives, the pharmacist records: a primary source, under their own name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import mandates
from app.codes import gs1
from app.codes.categories import Category
from app.codes.mandate_words import Action, Duration, Scope
from app.errors import PersonCanAct
from app.mandate_policy import durations_for
from app.space import ActorRole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from app.mandates import MandateProposal
    from app.reader.paper_values import Code
    from app.space import Space

__all__ = [
    "ACTIONS",
    "IDLE_SECONDS",
    "PLACE",
    "SCOPES",
    "BoxCodeMissing",
    "SeveralBoxes",
    "VaccineExpired",
    "box_code",
    "check_expiry",
    "duration_here",
    "is_counter",
    "is_pharmacist",
    "propose",
    "require_prescription",
]

PLACE = "pharmacy"
SCOPES = (Scope.PRESCRIPTIONS, Scope.PROFILE)
ACTIONS = (Action.VIEW, Action.ADD, Action.EDIT)
IDLE_SECONDS = (60, 120, 240)
"""Warn, blank, wipe: other people stand in the queue."""


class BoxCodeMissing(PersonCanAct):
    """There is no code of a medicine's box on the picture, or it is not sharp enough."""

    code: ClassVar[str] = "box-code-missing"


class SeveralBoxes(PersonCanAct):
    """Several boxes are on the picture: which of them is given cannot be told."""

    code: ClassVar[str] = "box-code-several"


class VaccineExpired(PersonCanAct):
    """The vaccine may no longer be given."""

    code: ClassVar[str] = "vaccine-expired"


def is_counter(place: str) -> bool:
    """Say whether this PC stands on a pharmacy's counter."""
    return place == PLACE


def propose(space: Space) -> MandateProposal:
    """Prepare the mandate for today; raises as ``mandates.propose``."""
    return mandates.propose(space, SCOPES, ACTIONS, duration_here(space))


def duration_here(space: Space) -> Duration:
    """Return a day, or this visit where the organization allows no more."""
    allowed = durations_for(space.actor.role, space.durations)
    return Duration.DAY if Duration.DAY in allowed else Duration.SESSION


def require_prescription(space: Space, action: Action, category: str | None) -> None:
    """Let an act on a document pass, by its own scope or as a prescription; raises as ``require``."""
    try:
        mandates.require(space, action, Scope.DOCUMENTS)
    except mandates.ScopeNotGranted:
        if category != Category.ORD_SOIN:
            raise
        mandates.require(space, action, Scope.PRESCRIPTIONS)


def check_expiry(expiry: date | None, given: date) -> None:
    """Raise ``VaccineExpired`` where a vaccine would be given after its last day."""
    if expiry is not None and expiry < given:
        raise VaccineExpired


def box_code(codes: Sequence[Code], today: date) -> str:
    """Return the one box's code among those of a picture; raises ``BoxCodeMissing``, ``SeveralBoxes``.

    A code that is GS1's but says something wrong is returned too, so that what is wrong with it is told.
    """
    texts = list(dict.fromkeys(each.text for each in codes if each.kind == "DataMatrix"))
    good = [text for text in texts if _is_whole(text, today)]
    if len(good) > 1:
        raise SeveralBoxes
    found = good or [text for text in texts if text.removeprefix(gs1.GS).startswith("01")]
    if not found:
        raise BoxCodeMissing
    return found[0]


def _is_whole(text: str, today: date) -> bool:
    try:
        gs1.parse(text, today)
    except PersonCanAct:
        return False
    return True


def is_pharmacist(space: Space) -> bool:
    """Say whether a pharmacist helps."""
    return space.actor.role is ActorRole.PHARMACIST
