"""The choice between two versions where several acts of ours lie over each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import medical_profile
from app.codes.allergens import AllergenGroup
from app.conflicts import Keep
from app.fhir import resource_key
from app.medical_profile import AllergyDetails
from app.records import OperationState
from tests.app.other_side import OtherSide

if TYPE_CHECKING:
    from app.space import Space


def allergy(severity: str, **more: Any) -> AllergyDetails:  # noqa: ANN401
    """Say how severe an allergy is, and more of it."""
    return AllergyDetails(AllergenGroup.FOOD, words="Kaki", severity=severity, **more)


def severity(body: dict[str, Any] | None) -> str:
    """Read it back."""
    assert body is not None
    return str(body["reaction"][0]["severity"])


@pytest.mark.parametrize("keep", Keep)
def test_what_was_not_contradicted_holds_whichever_is_chosen(space: Space, keep: Keep) -> None:
    """Two acts wait, the second meets another's « mild » of « since 2010 »: only how severe is asked."""
    other = OtherSide(space)
    edit = medical_profile.add_allergy(space, allergy("moderate"))
    other.confirm()
    medical_profile.change_allergy(space, edit.resource_id, allergy("moderate", note="long"))
    medical_profile.change_allergy(space, edit.resource_id, allergy("severe", note="long"))
    first, _ = space.records.operations()
    there = space.records.there(*edit.key.split("/"))
    assert there is not None
    milder = there | {"reaction": [there["reaction"][0] | {"severity": "mild"}], "onsetDateTime": "2010"}
    other.does(milder)
    first, second = space.records.operations()
    assert (first.state, second.state) == (OperationState.PENDING, OperationState.CONFLICT)
    other.confirm(first)
    there = space.records.there(*edit.key.split("/"))
    assert there is not None
    assert "note" in there
    other.does(
        {key: value for key, value in there.items() if key != "onsetDateTime"} | {"onsetString": "2010"}
    )
    (found,) = medical_profile.clashes(space)
    assert found.asked == {edit.key: ("AllergyIntolerance.reaction.severity",)}
    medical_profile.settle(space, found, keep)
    other.confirm()
    now = space.records.there(*edit.key.split("/"))
    assert now is not None
    assert severity(now) == ("severe" if keep is Keep.OURS else "mild")
    assert now.get("onsetString") == "2010"
    assert "onsetDateTime" not in now
    assert "note" in now
    assert resource_key(now) == edit.key


def test_the_archive_has_what_each_act_said_and_was_made_from(space: Space) -> None:
    """An act that another lies over is kept with its own words, and with the base of its own."""
    other = OtherSide(space)
    edit = medical_profile.add_allergy(space, allergy("moderate"))
    other.confirm()
    medical_profile.change_allergy(space, edit.resource_id, allergy("severe"))
    medical_profile.change_allergy(space, edit.resource_id, allergy("severe", note="long"))
    there = space.records.there(*edit.key.split("/"))
    assert there is not None
    other.does(there | {"reaction": [there["reaction"][0] | {"severity": "mild"}]})
    with space.records._store.read() as connection:
        ((base, ours, theirs),) = connection.execute(
            "SELECT base, ours, theirs FROM conflict WHERE type = 'AllergyIntolerance'"
        ).fetchall()
    assert ("moderate" in base, "severe" in ours, "long" in ours, "mild" in theirs) == (
        True,
        True,
        False,
        True,
    )
