"""The person's yes or no to a professional: their own words, the newest counts, never the helper's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import access_consents, mandates, personal_acts
from app.access_consents import AccessAnswer, ProfessionalMissing
from app.personal_acts import ConfirmationOver, NotConfirmed, PersonDecides
from app.space import AssistMode

if TYPE_CHECKING:
    from app.access_consents import AccessConsent
    from app.space import Space


def _answer(space: Space, name: str, answer: AccessAnswer) -> AccessConsent:
    asked = access_consents.asked(space, name, answer)
    given = personal_acts.confirm(space, asked, shown=asked.words)
    return access_consents.keep(space, name, answer, given)


def test_a_yes_lasts_as_long_as_it_says(space: Space, clock: Any) -> None:  # noqa: ANN401
    """To the second; a no permits nothing."""
    kept = _answer(space, "  Dr   Roux ", AccessAnswer.MONTH)
    assert (kept.professional, kept.words) == ("Dr Roux", access_consents.accesses(space)[0].words)
    assert access_consents.running(kept, clock())
    clock.forward(days=31)
    assert not access_consents.running(kept, clock())
    assert not access_consents.running(_answer(space, "Dr Roux", AccessAnswer.NO), clock())


def test_the_newest_answer_counts_however_the_name_is_written(space: Space) -> None:
    """In one act with the end of the older one; another professional's answer stays."""
    first = _answer(space, "Dr Roux", AccessAnswer.YEAR)
    _answer(space, "Dr Noir", AccessAnswer.YEAR)
    _answer(space, "DR ROUX", AccessAnswer.NO)
    assert {(each.professional, each.until is None) for each in access_consents.accesses(space)} == {
        ("Dr Noir", False),
        ("DR ROUX", True),
    }
    old = space.records.get("Consent", first.id)
    assert old is not None
    assert old["status"] == "inactive"


def test_nothing_is_kept_unconfirmed_or_in_the_helpers_hands(space: Space) -> None:
    """No confirmation, one of another answer, acting for the person; a name is needed."""
    with pytest.raises(NotConfirmed):
        access_consents.keep(space, "Dr Roux", AccessAnswer.YEAR, None)
    asked = access_consents.asked(space, "Dr Roux", AccessAnswer.NO)
    given = personal_acts.confirm(space, asked, shown=asked.words)
    with pytest.raises(ConfirmationOver):
        access_consents.keep(space, "Dr Roux", AccessAnswer.YEAR, given)
    with pytest.raises(ProfessionalMissing):
        access_consents.asked(space, "  ", AccessAnswer.YEAR)
    space.mode = AssistMode.FOR
    with pytest.raises(PersonDecides):
        access_consents.asked(space, "Dr Roux", AccessAnswer.YEAR)
    assert access_consents.accesses(space) == []


def test_it_is_no_mandate_and_a_mandate_is_none_of_it(space: Space) -> None:
    """Two kinds of Consent, each read by its own."""
    _answer(space, "Dr Roux", AccessAnswer.YEAR)
    assert mandates.mandates_of(space) == []
    proposal = mandates.propose(space, {mandates.Scope.DOCUMENTS}, {mandates.Action.VIEW})
    mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    assert len(access_consents.accesses(space)) == 1


@pytest.mark.parametrize("end", ["", "demain", None, 5])
def test_an_end_that_is_no_moment_permits_nothing(space: Space, end: object) -> None:
    """Whatever stands in the body."""
    kept = _answer(space, "Dr Roux", AccessAnswer.YEAR)
    body = space.records.get("Consent", kept.id)
    assert body is not None
    body["provision"]["period"]["end"] = end
    assert not access_consents.running(access_consents._read(body), space.clock())
