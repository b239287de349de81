"""What the service deleted or lost: counted, named, answered by who may, and only as it was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app import mandates, medical_profile, relatives, service_questions
from app.codes.allergens import AllergenGroup
from app.mandates import Action, Scope
from app.medical_profile import AllergyDetails
from app.outbox import waiting as envelopes
from app.records import Cursor, FeedEntry
from app.records.engine_side import RemovalsChanged
from app.relatives import RelativeDetails
from app.space import AssistMode
from app.things import Kind
from tests.app.other_side import OtherSide

if TYPE_CHECKING:
    from app.edits import Edit
    from app.space import Space

FEED = "changes"


def noted(space: Space, count: int = 3) -> list[Edit]:
    """Have the service keep some allergies and a contact."""
    edits = [
        medical_profile.add_allergy(space, AllergyDetails(AllergenGroup.FOOD, words=f"Kiwi {number}"))
        for number in range(count)
    ]
    edits.append(relatives.add_contact(space, RelativeDetails("Anne", "Petit", "06 99 00 18 12", "daughter")))
    OtherSide(space).confirm()
    return edits


def delete(space: Space, *edits: Edit) -> None:
    """Let the feed tell that these are deleted."""
    entries = [FeedEntry(*each.key.split("/"), "9", "2026-11-22T13:00:00Z", None) for each in edits]
    space.records.apply_page(FEED, entries, Cursor("900", "epoch"))


def lose(space: Space) -> None:
    """Let the service be put back from a copy that has nothing of it."""
    space.records.lay_again(FEED)
    space.records.apply_page(FEED, [], Cursor("1", "another"))


def test_what_was_deleted_is_counted_and_named(space: Space) -> None:
    """How many of how many, and the first of them as the person knows them."""
    assert service_questions.removed(space) is None
    edits = noted(space)
    delete(space, *edits)
    asked = service_questions.removed(space)
    assert asked is not None
    assert asked.count == len(edits)
    assert sorted(each.kind for each in asked.first) == [Kind.ALLERGY] * 3 + [Kind.CONTACT]


def test_only_what_was_shown_is_taken_away(space: Space) -> None:
    """Where the service deleted another one since, nothing goes and it is asked anew."""
    edits = noted(space)
    delete(space, *edits[:2])
    delete(space, edits[2])
    with pytest.raises(RemovalsChanged):
        space.records.carry_out_removals(2)
    assert len(medical_profile.profile(space).allergies) == 3
    space.records.carry_out_removals(3)
    assert not medical_profile.profile(space).allergies


def test_a_mandate_must_open_all_that_would_go(space: Space) -> None:
    """Keeping needs nothing; taking away wants each part that it touches; the names stay hidden too."""
    edits = noted(space, 1)
    proposal = mandates.propose(space, {Scope.WISHES}, {Action.VIEW, Action.EDIT})
    mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    delete(space, *edits)
    space.mode = AssistMode.FOR
    asked = service_questions.removed(space)
    assert asked is not None
    assert [each.kind for each in asked.first] == [Kind.CONTACT]
    service_questions.require_removed(space, wanted=False)
    with pytest.raises(mandates.ScopeNotGranted):
        service_questions.require_removed(space, wanted=True)
    space.mode = AssistMode.WITH
    service_questions.require_removed(space, wanted=True)


def test_what_a_restored_service_lost_is_offered_again_and_sealed_again(space: Space) -> None:
    """The acts of this PC wait anew, each in its envelope: a visit that ends now loses none."""
    assert service_questions.lost(space, FEED) is None
    edits = noted(space, 1)
    for each in edits:
        space.sealer.drop(each.op_id)  # type: ignore[union-attr]  # it has one
    lose(space)
    asked = service_questions.lost(space, FEED)
    assert asked is not None
    assert asked.acts == len(edits)
    assert {each.kind for each in asked.first} == {Kind.ALLERGY, Kind.CONTACT}
    service_questions.require_lost(space, wanted=True)
    space.records.settle_lost(FEED, offer_again=True)
    service_questions.seal_offered(space)
    service_questions.seal_offered(space)
    waiting = space.records.operations()
    assert {each.op_id for each in waiting} == {each.op_id for each in edits}
    sealed = {
        path.name.partition(".")[0] for path in envelopes(space.sealer.outbox) if "envelope" in path.name
    }  # type: ignore[union-attr]
    assert sealed == {each.op_id for each in edits}


def test_the_journal_says_who_answered(space: Space) -> None:
    """Which question, yes or no."""
    service_questions.journal(space, "many-removed", wanted=False)
    event = space.records.audited()[0]
    assert event["entity"][-1]["detail"][0]["valueString"] == "many-removed-no"
