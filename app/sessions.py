"""The life of one visit on a shared PC, as a pure state machine, and the clock of an idle one.

::

    idle ──adviser signed in──► adviser_open ──identified──► citizen_identified ◄──► mandate_active
      ▲                              ▲   │                          │                      │
      │                              │   └──────────── closing ◄────┴──── whatever ends it ┘
      └─────── adviser gone ───── wiped ◄── verified ────┘ (stays closing while the wipe fails)

Decision: nothing skips ``wiped``. From the moment an adviser is signed in, every end (a person who
finishes, an adviser who leaves, a time-out, a screen lock, a dead process, a power cut found at
the next start) leads to ``closing``, and only a verified wipe leads on. Whether the adviser is
still there is remembered apart, so that leaving in the middle of a wipe changes nothing in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from app.errors import OurBug

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["IDLE_SECONDS", "Event", "IdlePolicy", "IdleStage", "NotPossibleNow", "Session", "State", "after"]


class NotPossibleNow(OurBug):
    """An event came in a state that knows nothing of it (``state``, ``event``)."""

    code: ClassVar[str] = "session-not-possible-now"


class State(StrEnum):
    """Where a visit stands."""

    IDLE = "idle"
    ADVISER_OPEN = "adviser_open"
    CITIZEN_IDENTIFIED = "citizen_identified"
    MANDATE_ACTIVE = "mandate_active"
    PRACTISING = "practising"
    CLOSING = "closing"
    WIPED = "wiped"


class Event(StrEnum):
    """What can happen to a visit."""

    ADVISER_SIGNED_IN = "adviser-signed-in"
    PRACTICE_STARTED = "practice-started"
    CITIZEN_IDENTIFIED = "citizen-identified"
    MANDATE_GRANTED = "mandate-granted"
    MANDATE_ENDED = "mandate-ended"
    FINISHED = "finished"
    ABANDONED = "abandoned"
    TIMED_OUT = "timed-out"
    SUSPENDED = "suspended"
    PROCESS_ENDED = "process-ended"
    LEFTOVERS_FOUND = "leftovers-found"
    ADVISER_LEFT = "adviser-left"
    WIPE_FAILED = "wipe-failed"
    WIPE_VERIFIED = "wipe-verified"
    NEXT_PERSON = "next-person"


_ENDINGS = frozenset(
    {
        Event.FINISHED,
        Event.ABANDONED,
        Event.TIMED_OUT,
        Event.SUSPENDED,
        Event.PROCESS_ENDED,
        Event.LEFTOVERS_FOUND,
        Event.ADVISER_LEFT,
    }
)
_OPEN = frozenset({State.ADVISER_OPEN, State.CITIZEN_IDENTIFIED, State.MANDATE_ACTIVE})

_NEXT: dict[tuple[State, Event], State] = {
    (State.IDLE, Event.ADVISER_SIGNED_IN): State.ADVISER_OPEN,
    (State.IDLE, Event.LEFTOVERS_FOUND): State.CLOSING,
    # A made-up person, but a real store: its end is the wipe all the same.
    **{
        (state, Event.PRACTICE_STARTED): State.PRACTISING
        for state in (State.IDLE, State.ADVISER_OPEN, State.WIPED)
    },
    (State.ADVISER_OPEN, Event.CITIZEN_IDENTIFIED): State.CITIZEN_IDENTIFIED,
    (State.CITIZEN_IDENTIFIED, Event.MANDATE_GRANTED): State.MANDATE_ACTIVE,
    (State.MANDATE_ACTIVE, Event.MANDATE_GRANTED): State.MANDATE_ACTIVE,
    (State.MANDATE_ACTIVE, Event.MANDATE_ENDED): State.CITIZEN_IDENTIFIED,
    (State.CLOSING, Event.WIPE_FAILED): State.CLOSING,
    (State.CLOSING, Event.WIPE_VERIFIED): State.WIPED,
    (State.WIPED, Event.NEXT_PERSON): State.ADVISER_OPEN,
    (State.WIPED, Event.ADVISER_SIGNED_IN): State.ADVISER_OPEN,
    (State.WIPED, Event.ADVISER_LEFT): State.IDLE,
    (State.WIPED, Event.LEFTOVERS_FOUND): State.CLOSING,
    **{
        (state, ending): State.CLOSING
        for state in (*_OPEN, State.PRACTISING, State.CLOSING)
        for ending in _ENDINGS
    },
}


@dataclass(frozen=True, slots=True)
class Session:
    """Where the visit stands and whether an adviser is signed in."""

    state: State = State.IDLE
    adviser_present: bool = False

    @property
    def holds_traces(self) -> bool:
        """Whether something of a person may be in memory or on the disk."""
        return self.state in _OPEN or self.state in {State.PRACTISING, State.CLOSING}

    @property
    def next_person_can_start(self) -> bool:
        """Whether the next person can be welcomed."""
        return self.state is State.WIPED and self.adviser_present

    def can(self, event: Event) -> bool:
        """Say whether the event means something in this state."""
        if event is Event.NEXT_PERSON and not self.adviser_present:
            return False
        return (self.state, event) in _NEXT


def after(session: Session, event: Event) -> Session:
    """Return the session after an event; raises ``NotPossibleNow``."""
    if not session.can(event):
        raise NotPossibleNow(state=session.state.value, event=event.value)
    present = session.adviser_present
    if event is Event.ADVISER_SIGNED_IN:
        present = True
    elif event is Event.ADVISER_LEFT:
        present = False
    return replace(session, state=_NEXT[session.state, event], adviser_present=present)


class IdleStage(StrEnum):
    """What an idle screen does."""

    ACTIVE = "active"
    WARN = "warn"
    BLANK = "blank"
    WIPE = "wipe"


IDLE_SECONDS = (180, 240, 480)


@dataclass(frozen=True, slots=True)
class IdlePolicy:
    """When an idle screen warns, blanks, wipes. Settings, within limits, never off."""

    warn: timedelta = timedelta(minutes=3)
    blank: timedelta = timedelta(minutes=4)
    wipe: timedelta = timedelta(minutes=8)

    LONGEST: ClassVar[timedelta] = timedelta(minutes=30)

    def __post_init__(self) -> None:
        if not timedelta(0) < self.warn < self.blank < self.wipe <= self.LONGEST:
            raise ValueError("warn, blank and wipe follow each other, within half an hour")

    @classmethod
    def of(cls, seconds: tuple[int, int, int]) -> IdlePolicy:
        """Make the policy from its three settings in seconds; raises ValueError for an order that is none."""
        warn, blank, wipe = (timedelta(seconds=each) for each in seconds)
        return cls(warn, blank, wipe)

    def stage(self, last_activity: datetime, moment: datetime) -> IdleStage:
        """Return what to do now; a clock that was set back counts as no time passed."""
        idle = moment - last_activity
        if idle >= self.wipe:
            return IdleStage.WIPE
        if idle >= self.blank:
            return IdleStage.BLANK
        return IdleStage.WARN if idle >= self.warn else IdleStage.ACTIVE
