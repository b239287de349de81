"""The person's own decisions: read back in the exact words, then confirmed by their own press.

Decisions:

- Whatever the mandate says and in either mode, such an act is done only with a ``Confirmation``. *Faire
  pour* gets none: the helper hands the keyboard over (« faire avec ») or leaves it.
- A confirmation is for one act, these words, this person; it is used once and lasts some minutes. What
  was confirmed is written on the resource (`app.fhir.confirmation`): act, template, words, hash, when.
  So the service can refuse such an act without one, and anyone can see later what was read back.
- That the words were shown whole or heard to their end is the screen's part (``ui/screens/read_back.py``);
  here only the words that were shown count, letter by letter.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from app.codes.personal_acts import READ_BACKS, PersonalAct, template_of
from app.errors import OurBug, PersonCanAct
from app.fhir.confirmation import confirmed_words, is_confirmed, with_confirmation
from app.space import AssistMode

if TYPE_CHECKING:
    from datetime import datetime

    from app.fhir import Resource
    from app.space import Space

__all__ = [
    "Confirmation",
    "ConfirmationOver",
    "NotConfirmed",
    "PersonDecides",
    "ReadBack",
    "ReadBackDiffers",
    "confirm",
    "confirmed_words",
    "is_confirmed",
    "read_back",
    "require_confirmed",
    "require_person",
    "sealed_with",
]

LASTS = timedelta(minutes=5)


class PersonDecides(PersonCanAct):
    """The helper would decide for the person what only the person decides (``act``: of the closed list)."""

    code: ClassVar[str] = "person-decides"


class NotConfirmed(PersonCanAct):
    """What is to be done was not read back and confirmed."""

    code: ClassVar[str] = "person-not-confirmed"


class ConfirmationOver(PersonCanAct):
    """It was confirmed too long ago, or for something else, or has been used."""

    code: ClassVar[str] = "person-confirmation-over"


class ReadBackDiffers(OurBug):
    """The words that were shown are not those of the act."""

    code: ClassVar[str] = "read-back-differs"


@dataclass(frozen=True, slots=True)
class ReadBack:
    """The exact words to be shown large and read aloud before the person confirms; ``fields`` fill them."""

    act: PersonalAct
    template: str
    words: str
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def sha256(self) -> str:
        """The hash of exactly these words."""
        return hashlib.sha256(self.words.encode()).hexdigest()


@dataclass(slots=True)
class Confirmation:
    """The person's own yes to one read-back; made by ``confirm`` alone."""

    read_back: ReadBack
    patient_id: str
    at: datetime
    used: bool = field(default=False)


def require_person(space: Space, act: PersonalAct) -> None:
    """Raise ``PersonDecides`` where the helper is acting for the person."""
    if space.mode is not AssistMode.WITH:
        raise PersonDecides(act=act.value)


def read_back(space: Space, act: PersonalAct, template: str = "", **fields: str) -> ReadBack:
    """Write the words of an act; raises ``PersonDecides``."""
    require_person(space, act)
    found = template_of(act, template)
    return ReadBack(act, found, READ_BACKS[found].format(**fields), tuple(fields.items()))


def confirm(space: Space, asked: ReadBack, *, shown: str) -> Confirmation:
    """Take the person's yes; ``shown`` are the words that stood on the screen, letter by letter."""
    require_person(space, asked.act)
    if shown != asked.words:
        raise ReadBackDiffers
    return Confirmation(asked, space.patient_id, space.clock())


def require_confirmed(space: Space, act: PersonalAct, given: Confirmation | None, words: str) -> None:
    """Let an act of the list pass once; raises ``PersonDecides``, ``NotConfirmed``, ``ConfirmationOver``.

    ``words`` are those that the act would write now: a confirmation of others is none.
    """
    require_person(space, act)
    if given is None:
        raise NotConfirmed
    asked, age = given.read_back, space.clock() - given.at
    same = asked.act is act and asked.words == words and given.patient_id == space.patient_id
    if given.used or not same or not timedelta() <= age <= LASTS:
        raise ConfirmationOver
    given.used = True


def sealed_with(resource: Resource, given: Confirmation) -> Resource:
    """Return the resource saying what the person confirmed, and when."""
    asked = given.read_back
    return with_confirmation(resource, asked.act, asked.template, asked.words, given.at)
