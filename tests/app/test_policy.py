"""What an organization decides for its PCs: within limits, whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from app.codes.mandate_words import Duration
from app.policy import LIMITS, Policy, PolicyRefused
from app.sessions import IDLE_SECONDS, IdlePolicy


def test_the_usual_policy_is_the_one_of_a_pc_without_any() -> None:
    """The idle times of an unenrolled PC; every duration, place and printer."""
    assert Policy().idle == IDLE_SECONDS
    assert Policy().durations == tuple(Duration)
    assert Policy.read(Policy().told()) == Policy()


def test_whatever_is_within_the_limits_is_one_for_the_idle_screen_too() -> None:
    """The two sets of limits agree: a signed policy is never refused by the visit."""
    least, most = ({name: LIMITS[name][at] for name in ("warn", "blank", "wipe")} for at in (0, 1))
    for numbers in (least, most):
        IdlePolicy.of(Policy(**numbers).idle)


@pytest.mark.parametrize(
    "wrong",
    [
        {"wipe": 1801},
        {"warn": 0},
        {"warn": True},
        {"warn": "180"},
        {"warn": 240},
        {"blank": 480},
        {"durations": ["P1D"]},
        {"durations": ["P400D"]},
        {"durations": None},
        {"places": ["network"]},
        {"printing": "all"},
        {"sign_in_hours": 13},
        {"journal_days": 30},
    ],
    ids=str,
)
def test_a_wish_beyond_is_refused(wrong: dict[str, Any]) -> None:
    """Never followed halfway."""
    with pytest.raises(PolicyRefused):
        Policy.read(Policy().told() | wrong)


def test_what_is_missing_is_refused() -> None:
    """A policy says everything, but the hour that earlier versions did not know."""
    told = Policy(evening_hour=18).told()
    assert Policy.read(told).evening_hour == 18
    assert Policy.read({key: value for key, value in told.items() if key != "evening_hour"}) == Policy()
    for name in told.keys() - {"evening_hour"}:
        with pytest.raises(PolicyRefused):
            Policy.read({key: value for key, value in Policy().told().items() if key != name})
