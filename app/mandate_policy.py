"""Who may get a mandate, and for how long: the rules before any text is shown.

Decisions:

- Professionals get none from minors and protected adults: their legal representative has their own way
  in. A carer's or representative's mandate is another thing and not refused for it.
- At a pharmacy's counter a mandate lasts a day at most (assisted-access.md §2, counter mode); an
  organization may allow less than the program does (``allowed``), never more.
- One moment decides: the later of this PC's clock and what the service was last heard to say
  (`app.clock.SeenClock`, the space's clock). A clock set back brings nothing back to life.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.codes.mandate_words import Duration
from app.errors import PersonCanAct
from app.fhir import patient as patients
from app.space import ActorRole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from app.fhir import Resource

__all__ = [
    "DurationNotAllowed",
    "RefusedForMinor",
    "RefusedForProtectedAdult",
    "durations_for",
    "refusal",
    "require_duration",
]

_AT_THE_COUNTER = (Duration.SESSION, Duration.DAY)


class RefusedForMinor(PersonCanAct):
    """A professional gets no mandate from a minor (``adult``: the age from which one may)."""

    code: ClassVar[str] = "mandate-refused-minor"


class RefusedForProtectedAdult(PersonCanAct):
    """A professional gets no mandate from an adult under legal protection."""

    code: ClassVar[str] = "mandate-refused-protected-adult"


class DurationNotAllowed(PersonCanAct):
    """Here no mandate may last that long."""

    code: ClassVar[str] = "mandate-duration-not-allowed"


def refusal(patient: Resource, role: ActorRole, moment: datetime) -> PersonCanAct | None:
    """Say why this helper gets no mandate from this person, ``None`` if they may."""
    if not role.is_professional:
        return None
    if patients.is_minor(patient, moment.date()):
        return RefusedForMinor(adult=patients.ADULT)
    return RefusedForProtectedAdult() if patients.is_protected(patient) else None


def durations_for(role: ActorRole, allowed: Iterable[str] | None = None) -> tuple[Duration, ...]:
    """List the durations to offer, the shortest first; this visit is always one of them.

    ``allowed``: the codes that the organization's policy names; unknown ones are left out.
    """
    usual = _AT_THE_COUNTER if role is ActorRole.PHARMACIST else tuple(Duration)
    named = set(usual) if allowed is None else {Duration.SESSION.value, *allowed}
    return tuple(each for each in usual if each in named)


def require_duration(role: ActorRole, duration: Duration, allowed: Iterable[str] | None = None) -> None:
    """Raise ``DurationNotAllowed`` where no mandate may last that long."""
    if duration not in durations_for(role, allowed):
        raise DurationNotAllowed
