"""« Mes proches »: the trusted person, people to call, and the two cards of a conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import relatives
from app.codes.relationships import RelativeRole
from app.conflicts import Keep
from app.relatives import RelativeDetails
from app.space import AssistMode
from tests.app.other_side import OtherSide
from tests.screens.test_health import answers, go_on, quiet, titles

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any
PAUL = RelativeDetails("Paul", "Martin", "0612345678", "son")
ANNE = RelativeDetails("Anne", "Petit", "06 99 00 18 12", "daughter")


def room(visit: Visit, qtbot: QtBot) -> Shown:
    """Open the room."""
    visit.window.go("relatives")
    return quiet(visit, qtbot)


def fill(visit: Visit, qtbot: QtBot, details: RelativeDetails) -> Shown:
    """Answer the three questions; return the check."""
    fields = visit.window.shown.box.fields
    fields["given"].set_value(details.given)
    fields["family"].set_value(details.family)
    shown = go_on(visit, qtbot)
    shown.box.choices.choose(details.relation)
    go_on(visit, qtbot).box.fields["phone"].set_value(details.phone)
    return go_on(visit, qtbot)


def test_a_trusted_person_is_chosen_and_another_takes_their_place(visit: Visit, qtbot: QtBot) -> None:
    """The check says who will no longer be one, and that the person must agree."""
    shown = room(visit, qtbot)
    shown.name_trusted.click()
    check = fill(visit, qtbot, PAUL)
    assert answers(check) == ["Paul Martin", "Mon fils", "06 12 34 56 78"]
    assert go_on(visit, qtbot).heading.words == "Votre personne de confiance est choisie."
    visit.window.home()
    shown = room(visit, qtbot)
    assert titles(shown) == ["Paul Martin"]
    assert shown.name_trusted.text() == "Choisir quelqu’un d’autre"
    shown.name_trusted.click()
    check = fill(visit, qtbot, ANNE)
    assert "Paul Martin ne sera plus votre personne de confiance." in check._journey.note
    go_on(visit, qtbot).pressed()
    assert titles(quiet(visit, qtbot)) == ["Anne Petit"]


def test_a_contact_is_added_corrected_and_ended(visit: Visit, qtbot: QtBot) -> None:
    """A number that is none is said at its question."""
    room(visit, qtbot).add_contact.click()
    check = fill(visit, qtbot, RelativeDetails("Luc", "", "12", "friend"))
    assert check.name == "entry_question"
    assert "Ce numéro de téléphone ne va pas" in check.box.fields["phone"].error.words
    check.box.fields["phone"].set_value("0611223344")
    go_on(visit, qtbot)
    go_on(visit, qtbot).pressed()
    shown = quiet(visit, qtbot)
    shown.rows[0].click()
    entry = quiet(visit, qtbot)
    assert entry.heading.words == "Luc"
    entry.change.click()
    visit.window.shown.answers.buttons["phone"].click()
    visit.window.shown.box.fields["phone"].set_value("06 55 66 77 88")
    go_on(visit, qtbot)
    assert go_on(visit, qtbot).heading.words == "C’est corrigé."
    visit.window.shown.pressed()
    shown = quiet(visit, qtbot)
    assert "06 55 66 77 88" in shown.rows[0].second
    shown.rows[0].click()
    quiet(visit, qtbot).end.click()
    done = quiet(visit, qtbot)
    assert done.heading.words == "Luc n’est plus dans votre liste."
    done._undo.click()
    quiet(visit, qtbot).pressed()
    assert titles(quiet(visit, qtbot)) == ["Luc"]


def test_a_minor_is_told_and_may_add_contacts(visit: Visit, qtbot: QtBot) -> None:
    """No button that would be refused."""
    visit.space.patient = visit.space.patient | {"birthDate": "2012-01-01"}
    shown = room(visit, qtbot)
    assert not shown.name_trusted.isVisible()
    assert shown.add_contact.isVisible()


def test_someone_ended_elsewhere_is_said(visit: Visit, qtbot: QtBot) -> None:
    """The detail that is open hears it from the feed."""
    other = OtherSide(visit.space)
    edit = relatives.add_contact(visit.space, PAUL)
    other.confirm()
    shown = room(visit, qtbot)
    shown.rows[0].click()
    quiet(visit, qtbot)
    there = visit.space.records.there("RelatedPerson", edit.resource_id)
    assert there is not None
    other.tell(there | {"active": False})
    entry = quiet(visit, qtbot)
    assert "n’est plus dans la liste" in entry.notice.words
    assert not entry.end.isVisible()


def test_without_the_mandate_the_sentence_is_shown(visit: Visit, qtbot: QtBot) -> None:
    """Faire pour without the wishes: no names."""
    relatives.add_contact(visit.space, PAUL)
    visit.space.mode = AssistMode.FOR
    assert titles(room(visit, qtbot)) == []


@pytest.mark.parametrize("keep", list(Keep))
def test_two_who_changed_the_trusted_person_are_two_cards(visit: Visit, qtbot: QtBot, keep: Keep) -> None:
    """« Garder Paul Martin », « Garder Anne Petit »; home says that a choice is to be made."""
    other = OtherSide(visit.space)
    base = relatives.name_trusted(visit.space, RelativeDetails("Luc", "Vasseur", "0600000000", "brother"))
    other.confirm()
    there = visit.space.records.there("RelatedPerson", base.resource_id)
    assert there is not None
    relatives.name_trusted(visit.space, PAUL)
    other.refuse(visit.space.records.operations()[0])
    made = relatives._made(visit.space, relatives.mint(), RelativeRole.TRUSTED, ANNE)
    visit.window.go("home")
    home = quiet(visit, qtbot)
    assert home.relatives.second == "Qui vous aide, qui prévenir"
    other.does(made, relatives.related_person.ended(there, relatives.today(visit.space)))
    home = quiet(visit, qtbot)
    qtbot.waitUntil(lambda: home.relatives.second == "Un choix à faire")
    shown = room(visit, qtbot)
    assert shown.notice.words == "Deux personnes ont changé la personne de confiance."
    shown.conflict.click()
    cards = quiet(visit, qtbot)
    assert [button.text() for button in cards.buttons.values()] == ["Garder Paul Martin", "Garder Anne Petit"]
    cards.buttons[keep].click()
    shown = quiet(visit, qtbot)
    assert shown.name == "relatives"
    assert not shown.conflict.isVisible()
    assert titles(shown) == ["Paul Martin" if keep is Keep.OURS else "Anne Petit"]
