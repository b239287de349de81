"""Who may get a mandate, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import mandates
from app.mandate_policy import DurationNotAllowed, durations_for, require_duration
from app.mandates import Action, Duration, Scope
from app.space import Actor, ActorRole

if TYPE_CHECKING:
    from app.space import Space


def test_an_adviser_offers_all_a_pharmacist_a_day() -> None:
    """The shortest first."""
    assert durations_for(ActorRole.ADVISER) == tuple(Duration)
    assert durations_for(ActorRole.PHARMACIST) == (Duration.SESSION, Duration.DAY)


def test_an_organization_allows_less_never_more() -> None:
    """Its policy names codes; unknown ones are left out, this visit stays."""
    assert durations_for(ActorRole.ADVISER, ["P31D", "P10Y"]) == (Duration.SESSION, Duration.MONTH)
    assert durations_for(ActorRole.PHARMACIST, ["P365D"]) == (Duration.SESSION,)
    assert durations_for(ActorRole.ADVISER, []) == (Duration.SESSION,)
    with pytest.raises(DurationNotAllowed):
        require_duration(ActorRole.ADVISER, Duration.YEAR, ["P31D"])


@pytest.mark.parametrize("duration", [Duration.MONTH, Duration.HALF_YEAR, Duration.YEAR])
def test_a_longer_mandate_at_the_counter_is_neither_proposed_nor_granted(
    space: Space,
    open_space: Any,  # noqa: ANN401
    duration: Duration,
) -> None:
    """Whatever screen asked for it."""
    proposal = mandates.propose(space, {Scope.PRESCRIPTIONS}, {Action.VIEW}, duration)
    paul = Actor("pharmacist-1", "Paul Henry", ActorRole.PHARMACIST, "org-2", "Pharmacie du Parc")
    counter = open_space(actor=paul)
    with pytest.raises(DurationNotAllowed):
        mandates.propose(counter, {Scope.PRESCRIPTIONS}, {Action.VIEW}, duration)
    with pytest.raises(DurationNotAllowed):
        mandates.grant(counter, proposal, shown_text=mandates.text_of(proposal))
