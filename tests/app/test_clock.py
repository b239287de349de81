"""The clock that does not go back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app import mandates
from app.clock import SeenClock
from app.mandates import Action, Duration, MandateExpired, Scope
from app.space import AssistMode

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Wall:
    """A clock on the wall, and one that nobody can set."""

    def __init__(self) -> None:
        self.moment, self.seconds = NOON, 100.0

    def __call__(self) -> datetime:
        """Return what the wall says."""
        return self.moment

    def steady(self) -> float:
        """Return the seconds since the start."""
        return self.seconds

    def passes(self, seconds: float) -> None:
        """Let time pass on both."""
        self.moment += timedelta(seconds=seconds)
        self.seconds += seconds


@pytest.fixture
def wall() -> Wall:
    """Return the clocks."""
    return Wall()


def test_a_clock_set_back_during_a_visit_goes_on(wall: Wall) -> None:
    """By the clock that nobody can set."""
    clock = SeenClock(wall, wall.steady)
    wall.passes(60)
    assert clock() == NOON + timedelta(seconds=60)
    wall.moment -= timedelta(days=365)
    wall.passes(30)
    assert clock() == NOON + timedelta(seconds=90)
    assert clock.is_set_back


def test_a_clock_set_back_before_the_visit_is_corrected_by_what_was_seen(wall: Wall) -> None:
    """The service's moment, as it is written or as a value; nonsense and earlier moments change nothing."""
    wall.moment -= timedelta(days=365)
    clock = SeenClock(wall, wall.steady)
    assert not clock.is_set_back
    clock.saw_text(NOON.isoformat())
    for said in (None, "", "hier", "2026-11-22", "2020-01-01T00:00:00Z"):
        clock.saw_text(said)
    clock.saw(None)
    clock.saw(datetime(2030, 1, 1))  # noqa: DTZ001 (no zone: it says nothing)
    wall.passes(5)
    assert clock() == NOON + timedelta(seconds=5)
    assert clock.is_set_back


def test_a_right_clock_is_followed(wall: Wall) -> None:
    """A service some seconds behind does not hold it."""
    clock = SeenClock(wall, wall.steady)
    clock.saw(NOON - timedelta(seconds=20))
    wall.passes(3600)
    assert clock() == NOON + timedelta(hours=1)
    assert not clock.is_set_back


def test_a_clock_set_back_a_year_revives_no_mandate(open_space: Any, wall: Wall) -> None:  # noqa: ANN401
    """Expired stays expired: for the act, and for what is offered."""
    clock = SeenClock(wall, wall.steady)
    space = open_space(clock=clock)
    proposal = mandates.propose(space, {Scope.DOCUMENTS}, {Action.VIEW}, Duration.DAY)
    mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    space.mode = AssistMode.FOR
    mandates.require(space, Action.VIEW, Scope.DOCUMENTS)
    wall.passes(86_400)
    wall.moment -= timedelta(hours=12)
    with pytest.raises(MandateExpired):
        mandates.require(space, Action.VIEW, Scope.DOCUMENTS)
    assert mandates.running(space) is None
    # The next visit: the PC's clock is wrong from the start, the service's moment is known.
    again = SeenClock(wall, wall.steady)
    again.saw(NOON + timedelta(days=1))
    space.clock = again
    assert mandates.running(space) is None
