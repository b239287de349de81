"""The life of a visit: nothing skips the wipe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.sessions import Event, IdlePolicy, IdleStage, NotPossibleNow, Session, State, after

_ENDINGS = [
    Event.FINISHED,
    Event.ABANDONED,
    Event.TIMED_OUT,
    Event.SUSPENDED,
    Event.PROCESS_ENDED,
    Event.LEFTOVERS_FOUND,
    Event.ADVISER_LEFT,
]
_OPEN = [State.ADVISER_OPEN, State.CITIZEN_IDENTIFIED, State.MANDATE_ACTIVE]


def test_a_whole_visit() -> None:
    """Sign in, identify, mandate, finish, wipe, next."""
    session = Session()
    for event, state in (
        (Event.ADVISER_SIGNED_IN, State.ADVISER_OPEN),
        (Event.CITIZEN_IDENTIFIED, State.CITIZEN_IDENTIFIED),
        (Event.MANDATE_GRANTED, State.MANDATE_ACTIVE),
        (Event.MANDATE_ENDED, State.CITIZEN_IDENTIFIED),
        (Event.MANDATE_GRANTED, State.MANDATE_ACTIVE),
        (Event.FINISHED, State.CLOSING),
        (Event.WIPE_FAILED, State.CLOSING),
        (Event.WIPE_VERIFIED, State.WIPED),
        (Event.NEXT_PERSON, State.ADVISER_OPEN),
        (Event.ABANDONED, State.CLOSING),
        (Event.ADVISER_LEFT, State.CLOSING),
        (Event.WIPE_VERIFIED, State.WIPED),
        (Event.ADVISER_LEFT, State.IDLE),
    ):
        session = after(session, event)
        assert session.state is state


@pytest.mark.parametrize(("state", "ending"), list(product([*_OPEN, State.CLOSING], _ENDINGS)))
def test_every_end_of_every_open_state_leads_to_the_wipe(state: State, ending: Event) -> None:
    """However it ends."""
    ended = after(Session(state, adviser_present=True), ending)
    assert ended.state is State.CLOSING
    assert ended.adviser_present is (ending is not Event.ADVISER_LEFT)


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_pair_is_either_a_step_or_refused(state: State, event: Event) -> None:
    """No event is swallowed: what a state does not know is told as a bug."""
    session = Session(state, adviser_present=True)
    if session.can(event):
        after(session, event)
        return
    with pytest.raises(NotPossibleNow) as caught:
        after(session, event)
    assert caught.value.fields == {"state": state.value, "event": event.value}


@pytest.mark.parametrize("state", list(State))
def test_only_a_verified_wipe_leads_to_wiped(state: State) -> None:
    """And only from closing."""
    for event in Event:
        session = Session(state, adviser_present=True)
        if session.can(event) and after(session, event).state is State.WIPED:
            assert (state, event) == (State.CLOSING, Event.WIPE_VERIFIED)


def test_the_next_person_waits_for_the_wipe_and_for_an_adviser() -> None:
    """Neither is enough alone."""
    assert Session(State.WIPED, adviser_present=True).next_person_can_start
    gone = Session(State.WIPED, adviser_present=False)
    assert not gone.next_person_can_start
    assert not gone.can(Event.NEXT_PERSON)
    assert after(gone, Event.ADVISER_SIGNED_IN).state is State.ADVISER_OPEN
    assert not Session(State.CLOSING, adviser_present=True).next_person_can_start


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(list(Event)), max_size=40))
def test_nobody_is_identified_twice_without_a_wipe_between(events: list[Event]) -> None:
    """Whatever happens in whatever order, two people are never in the PC at once."""
    session, someone_inside = Session(), False
    for event in events:
        if not session.can(event):
            continue
        session = after(session, event)
        if event is Event.CITIZEN_IDENTIFIED:
            assert not someone_inside
            someone_inside = True
        if event is Event.WIPE_VERIFIED:
            someone_inside = False
        assert session.holds_traces or not someone_inside
        if session.state in {*_OPEN}:
            assert session.adviser_present


def test_no_way_at_all_leads_to_a_new_person_past_the_wipe() -> None:
    """Every sequence of events, of any length: all that can be reached is looked at, not a sample."""
    start = (Session(), False)
    reached, todo = {start}, [start]
    while todo:
        session, has_traces = todo.pop()
        assert has_traces <= session.holds_traces
        assert not (has_traces and session.next_person_can_start)
        for event in filter(session.can, Event):
            entered = after(session, event)
            begins = event in {Event.CITIZEN_IDENTIFIED, Event.PRACTICE_STARTED, Event.LEFTOVERS_FOUND}
            if event in {Event.CITIZEN_IDENTIFIED, Event.PRACTICE_STARTED, Event.NEXT_PERSON}:
                assert not has_traces, (session, event)
            left = (has_traces or begins) and event is not Event.WIPE_VERIFIED
            if (entered, left) not in reached:
                reached.add((entered, left))
                todo.append((entered, left))
    assert {session.state for session, _ in reached} == set(State)


@pytest.mark.parametrize("ending", _ENDINGS)
def test_whatever_ends_a_visit_in_whatever_state_is_heard(ending: Event) -> None:
    """No state with something of a person is deaf to any end."""
    for state in State:
        session = Session(state, adviser_present=True)
        assert session.can(ending) or not session.holds_traces


def test_an_idle_screen_warns_blanks_wipes() -> None:
    """At 3, 4 and 8 minutes; a clock set back wipes nobody."""
    policy, start = IdlePolicy(), datetime(2026, 11, 22, 9, tzinfo=UTC)
    for seconds, stage in (
        (-3600, IdleStage.ACTIVE),
        (0, IdleStage.ACTIVE),
        (179, IdleStage.ACTIVE),
        (180, IdleStage.WARN),
        (240, IdleStage.BLANK),
        (479, IdleStage.BLANK),
        (480, IdleStage.WIPE),
        (86_400, IdleStage.WIPE),
    ):
        assert policy.stage(start, start + timedelta(seconds=seconds)) is stage


@pytest.mark.parametrize(("warn", "blank", "wipe"), [(0, 4, 8), (4, 4, 8), (3, 8, 4), (3, 4, 31), (-1, 4, 8)])
def test_idling_is_never_switched_off(warn: int, blank: int, wipe: int) -> None:
    """A setting moves the times, within half an hour."""
    with pytest.raises(ValueError, match="half an hour"):
        IdlePolicy(timedelta(minutes=warn), timedelta(minutes=blank), timedelta(minutes=wipe))
