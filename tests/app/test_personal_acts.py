"""What the person alone decides: read back, confirmed by them, once; never by the helper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import mandates, personal_acts
from app.codes.personal_acts import READ_BACKS, PersonalAct, template_of
from app.mandates import Action, Scope
from app.personal_acts import (
    ConfirmationOver,
    NotConfirmed,
    PersonDecides,
    ReadBackDiffers,
    confirm,
    is_confirmed,
    read_back,
    require_confirmed,
    sealed_with,
)
from app.space import AssistMode

if TYPE_CHECKING:
    from app.personal_acts import ReadBack
    from app.space import Space

FIELDS = {"words": "oui", "professional": "Dr Roux", "end": "3 mai 2027"}


def _asked(space: Space, act: PersonalAct = PersonalAct.ORGAN_DONATION) -> ReadBack:
    return read_back(space, act, **FIELDS)


def test_each_act_of_the_list_is_read_back_and_confirmed_by_the_person(space: Space) -> None:
    """Its words, written by its own template; then it passes, and says so on what it wrote."""
    for act in PersonalAct:
        asked = _asked(space, act)
        assert "{" not in asked.words
        given = confirm(space, asked, shown=asked.words)
        require_confirmed(space, act, given, asked.words)
        written = sealed_with({"resourceType": "Consent"}, given)
        assert is_confirmed(written, act)
        assert personal_acts.confirmed_words(written) == asked.words


@pytest.mark.parametrize("act", list(PersonalAct))
def test_the_widest_mandate_decides_none_of_them(space: Space, act: PersonalAct) -> None:
    """Acting for the person: neither read back nor confirmed nor done."""
    asked = _asked(space, act)
    given = confirm(space, asked, shown=asked.words)
    proposal = mandates.propose(space, set(Scope), set(Action))
    mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    space.mode = AssistMode.FOR
    with pytest.raises(PersonDecides) as caught:
        _asked(space, act)
    assert caught.value.fields == {"act": act.value}
    with pytest.raises(PersonDecides):
        confirm(space, asked, shown=asked.words)
    with pytest.raises(PersonDecides):
        require_confirmed(space, act, given, asked.words)


def test_with_the_person_too_nothing_passes_unconfirmed(space: Space) -> None:
    """No confirmation; one for other words; one for another act."""
    asked = _asked(space)
    with pytest.raises(NotConfirmed):
        require_confirmed(space, asked.act, None, asked.words)
    given = confirm(space, asked, shown=asked.words)
    with pytest.raises(ConfirmationOver):
        require_confirmed(space, asked.act, given, READ_BACKS["don-fr-1"].format(words="non"))
    with pytest.raises(ConfirmationOver):
        require_confirmed(space, PersonalAct.CLOSURE, given, asked.words)


def test_a_confirmation_is_used_once_and_lasts_minutes(space: Space, clock: Any) -> None:  # noqa: ANN401
    """A second act needs a second reading; so does one that comes much later, or before."""
    asked = _asked(space)
    given = confirm(space, asked, shown=asked.words)
    require_confirmed(space, asked.act, given, asked.words)
    with pytest.raises(ConfirmationOver):
        require_confirmed(space, asked.act, given, asked.words)
    for minutes in (6, -12):
        later = confirm(space, asked, shown=asked.words)
        clock.forward(minutes=minutes)
        with pytest.raises(ConfirmationOver):
            require_confirmed(space, asked.act, later, asked.words)


def test_someone_elses_confirmation_is_none(space: Space, open_space: Any, jeanne: dict[str, Any]) -> None:  # noqa: ANN401
    """Two spaces open one after the other share nothing."""
    asked = _asked(space)
    given = confirm(space, asked, shown=asked.words)
    other = open_space(patient=jeanne | {"id": "0193a1b2-0000-7000-8000-000000000002"})
    with pytest.raises(ConfirmationOver):
        require_confirmed(other, asked.act, given, asked.words)


def test_words_that_were_shown_otherwise_confirm_nothing(space: Space) -> None:
    """A screen that shows another sentence is a bug, and nothing is confirmed."""
    asked = _asked(space)
    with pytest.raises(ReadBackDiffers):
        confirm(space, asked, shown=asked.words.replace("oui", "non"))


def test_what_was_confirmed_cannot_be_edited_on_the_resource(space: Space) -> None:
    """The words and their hash say the same, of a known template, for this act."""
    asked = _asked(space)
    written = sealed_with({"resourceType": "Consent"}, confirm(space, asked, shown=asked.words))
    assert not is_confirmed(written, PersonalAct.CLOSURE)
    assert not is_confirmed({"resourceType": "Consent"}, asked.act)
    for part in written["extension"][0]["extension"]:
        kept = dict(part)
        key = next(name for name in part if name != "url")
        part[key] = "autre"
        assert part["url"] == "at" or not is_confirmed(written, asked.act)
        part.update(kept)
    assert is_confirmed(written, asked.act)


def test_a_template_belongs_to_its_act() -> None:
    """A refusal is not confirmed with the words of a closure."""
    assert template_of(PersonalAct.PROFESSIONAL_ACCESS, "acces-refus-fr-1") == "acces-refus-fr-1"
    with pytest.raises(KeyError):
        template_of(PersonalAct.ORGAN_DONATION, "fermeture-fr-1")
