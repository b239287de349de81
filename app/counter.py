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
from app.codes.categories import Category
from app.codes.mandate_words import Action, Duration, Scope
from app.errors import PersonCanAct
from app.mandate_policy import durations_for
from app.space import ActorRole

if TYPE_CHECKING:
    from datetime import date

    from app.mandates import MandateProposal
    from app.space import Space

__all__ = [
    "ACTIONS",
    "IDLE_SECONDS",
    "PLACE",
    "SCOPES",
    "VaccineExpired",
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


def is_pharmacist(space: Space) -> bool:
    """Say whether a pharmacist helps."""
    return space.actor.role is ActorRole.PHARMACIST
