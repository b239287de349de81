"""« Ma santé »: the two lists, a journey of one question a screen, what is undone, a mandate that lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from shiboken6 import isValid

from app import medical_profile
from app.codes.allergens import AllergenGroup
from app.medical_profile import AllergyDetails, VaccinationDetails
from app.space import AssistMode
from sync.service.demo.health import health_of
from sync.service.demo.people import citizen
from tests.app.other_side import OtherSide
from ui.steps.rows import EntryList

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any
KIWI = AllergyDetails(AllergenGroup.FOOD, words="Kiwi", reactions=("itching",), severity="mild")


def quiet(visit: Visit, qtbot: QtBot) -> Shown:
    """Wait until nothing is under way; return the screen that is shown."""
    lists = visit.window.shown.findChildren(EntryList)
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=20_000)
    qtbot.waitUntil(lambda: not any(isValid(each) and each._timer.isActive() for each in lists))
    qtbot.wait(20)
    return visit.window.shown


def titles(shown: Shown) -> list[str]:
    """Return the titles of the lines one sees."""
    return [row.text() for row in shown.rows if row.isVisible()]


def told_of(visit: Visit, login: str) -> OtherSide:
    """Have the record of a made-up person arrive as this person's."""
    other, me = OtherSide(visit.space), {"reference": f"Patient/{visit.space.patient_id}"}
    bodies = health_of(citizen(login))
    for body in bodies:
        body["patient"] = me
        if str(body.get("asserter", {}).get("reference", "")).startswith("Patient"):
            body["asserter"] = me
    other.tell(*bodies)
    return other


def start(visit: Visit, qtbot: QtBot, what: str) -> Shown:
    """Open the room and press « Ajouter … »."""
    visit.window.go("health")
    shown = quiet(visit, qtbot)
    getattr(shown, what).click()
    return visit.window.shown


def go_on(visit: Visit, qtbot: QtBot) -> Shown:
    """Press the main button."""
    visit.window.shown.pressed()
    return quiet(visit, qtbot)


def to_check(visit: Visit, qtbot: QtBot) -> Shown:
    """Answer: a food, kiwi, itching, a little, 1985."""
    start(visit, qtbot, "add_allergy").box.choices.cards[1].click()
    shown = go_on(visit, qtbot)
    shown.box.choices.cards[-1].click()
    shown.box.own.set_value("Kiwi")
    go_on(visit, qtbot).box.choices.cards[1].click()
    go_on(visit, qtbot).box.choices.cards[0].click()
    go_on(visit, qtbot).box.fields.year.set_value("1985")
    return go_on(visit, qtbot)


def answers(shown: Shown) -> list[str]:
    """Return the lines of the check as they are read."""
    from ui.widgets import Text

    return [each.words for line in shown.answers._lines for each in line.findChildren(Text)][1::2]


def test_an_empty_room_says_what_to_do(visit: Visit, qtbot: QtBot) -> None:
    """Two sentences and two buttons; the focus begins in the room, not on the way back."""
    visit.window.go("health")
    shown = quiet(visit, qtbot)
    assert titles(shown) == []
    assert shown.add_allergy.hasFocus()
    assert shown.help_text


def test_an_allergy_is_noted_one_question_a_screen(visit: Visit, qtbot: QtBot) -> None:
    """Read back, noted once, on the list and the receipt, and undone in one press."""
    check = to_check(visit, qtbot)
    assert check.name == "entry_check"
    assert answers(check) == ["Kiwi", "Démangeaisons", "Un peu gênant", "1985", "Non précisé"]
    check.pressed()
    check.pressed()
    done = quiet(visit, qtbot)
    assert done.name == "entry_done"
    assert len(visit.space.records.operations()) == 1
    assert done.state.words.startswith("Enregistré")
    (body,) = medical_profile.profile(visit.space).allergies
    assert (body.name, body.onset, body.severity) == ("Kiwi", "1985", "mild")
    assert [line.fields for line in visit.space.done] == [{"name": "Kiwi"}]
    done._undo.click()
    assert quiet(visit, qtbot).heading.words == "C’est annulé."
    assert medical_profile.profile(visit.space).allergies == ()
    assert visit.space.done == []


def test_what_could_not_be_sealed_is_never_said_to_be_sent(visit: Visit, qtbot: QtBot) -> None:
    """It is noted; nobody knows more of it here, and it cannot be undone from here."""
    from ui.steps import allergy

    visit.window.go("entry_done", journey=allergy.adding(visit.space), warning="Le poste n’a pas fini.")
    shown = quiet(visit, qtbot)
    assert shown.notice.words == "Le poste n’a pas fini."
    assert shown.state.words == ""
    assert not shown._undo.isVisible()


def test_every_answer_can_be_changed_from_the_check(visit: Visit, qtbot: QtBot) -> None:
    """Another family of allergens asks its own list next; the other answers stay."""
    check = to_check(visit, qtbot)
    check.answers.buttons["note"].click()
    visit.window.shown.box.fields["note"].set_value("Vu par le docteur Roux")
    check = go_on(visit, qtbot)
    check.answers.buttons["severity"].click()
    assert visit.window.shown.box.choices.value() == "mild"
    visit.window.shown.box.choices.cards[2].click()
    check = go_on(visit, qtbot)
    assert answers(check)[2:] == ["Grave : urgences, hôpital", "1985", "Vu par le docteur Roux"]
    visit.window.go("entry_question", journey=check._journey, key="group", changing=True)
    visit.window.shown.box.choices.cards[0].click()
    medicine = go_on(visit, qtbot)
    assert (medicine.name, medicine.heading.words) == ("entry_question", "Quel médicament ?")
    assert medicine.box.choices.value() is None
    medicine.box.choices.cards[0].click()
    assert answers(go_on(visit, qtbot))[0] == "Pénicilline, amoxicilline"


def test_what_lacks_is_asked_for_and_nothing_typed_is_wiped(visit: Visit, qtbot: QtBot) -> None:
    """No choice, « autre » without words, a date that is none: the sentence, beside the field too."""
    shown = start(visit, qtbot, "add_allergy")
    shown.pressed()
    assert shown.summary.isVisible()
    shown.box.choices.cards[1].click()
    shown = go_on(visit, qtbot)
    shown.box.choices.cards[-1].click()
    shown.pressed()
    assert shown.box.own.error.words == "Écrivez de quoi il s’agit."
    shown.box.own.set_value("Kiwi")
    go_on(visit, qtbot)
    go_on(visit, qtbot).box.choices.cards[3].click()
    when = go_on(visit, qtbot)
    for day, month, year, words in (
        ("", "", "85", "Cette date n’existe pas. Écrivez l’année en quatre chiffres."),
        ("31", "2", "1985", "Cette date n’existe pas. Écrivez l’année en quatre chiffres."),
        ("", "", "2030", "Cette date est à venir. Vérifiez l’année."),
    ):
        for field, value in zip(when.box.fields.fields, (day, month, year), strict=True):
            field.set_value(value)
        when.pressed()
        assert when.box.fields.error.words == words
        assert when.box.fields.year.value == year
    when.box.fields.day.set_value("")
    when.box.fields.month.set_value("")
    when.box.fields.year.set_value("1940")
    when = go_on(visit, qtbot)
    assert when.name == "entry_question"
    assert when.box.fields.error.words.startswith("Cette date est avant votre naissance")


def test_an_allergy_that_is_noted_is_said_at_its_question(visit: Visit, qtbot: QtBot) -> None:
    """Not at the end, after four more questions."""
    medical_profile.add_allergy(visit.space, KIWI)
    start(visit, qtbot, "add_allergy").box.choices.cards[1].click()
    shown = go_on(visit, qtbot)
    shown.box.choices.cards[-1].click()
    shown.box.own.set_value("kiwi")
    shown = go_on(visit, qtbot)
    assert shown.name == "entry_question"
    assert "déjà dans votre liste" in shown.box.own.error.words


def test_a_vaccination_needs_two_answers(visit: Visit, qtbot: QtBot) -> None:
    """Which, and at least the year; the lot is there for who has the booklet."""
    start(visit, qtbot, "add_vaccination").box.choices.cards[0].click()
    when = go_on(visit, qtbot)
    when.pressed()
    assert when.box.fields.error.words == "Écrivez au moins l’année."
    when.box.today.click()
    check = go_on(visit, qtbot)
    assert answers(check)[:2] == ["Grippe", "22 novembre 2026"]
    check.answers.buttons["lot"].click()
    visit.window.shown.box.fields["lot"].set_value("U4321A")
    go_on(visit, qtbot)
    assert go_on(visit, qtbot).heading.words == "Le vaccin est noté."
    (body,) = medical_profile.profile(visit.space).vaccinations
    assert (body.day, body.lot) == ("2026-11-22", "U4321A")


def test_a_line_is_corrected_ended_or_withdrawn(visit: Visit, qtbot: QtBot) -> None:
    """The check opens with what is noted; ended and withdrawn leave the list and can be undone."""
    medical_profile.add_allergy(visit.space, KIWI)
    medical_profile.add_vaccination(visit.space, VaccinationDetails("2019-03", vaccine="zoster"))
    visit.window.go("health")
    shown = quiet(visit, qtbot)
    assert titles(shown) == ["Kiwi", "Zona"]
    shown.rows[0].click()
    entry = quiet(visit, qtbot)
    assert entry.heading.words == "Kiwi"
    entry.change.click()
    assert answers(visit.window.shown)[:3] == ["Kiwi", "Démangeaisons", "Un peu gênant"]
    visit.window.back()
    quiet(visit, qtbot).end.click()
    done = quiet(visit, qtbot)
    assert done.name == "entry_done"
    done.pressed()
    shown = quiet(visit, qtbot)
    assert titles(shown) == ["Zona"]
    shown.rows[0].click()
    entry = quiet(visit, qtbot)
    assert not entry.end.isVisible()
    entry.remove.click()
    quiet(visit, qtbot)._undo.click()
    quiet(visit, qtbot).pressed()
    assert titles(quiet(visit, qtbot)) == ["Zona"]


def test_what_a_professional_noted_has_no_buttons(visit: Visit, qtbot: QtBot) -> None:
    """The sentence says whom to ask."""
    told_of(visit, "jeanne")
    visit.window.go("health")
    shown = quiet(visit, qtbot)
    assert titles(shown)[0] == "Pénicilline, amoxicilline"
    shown.rows[0].click()
    entry = quiet(visit, qtbot)
    assert "demandez-lui" in entry.by_other.words
    assert not entry.change.isVisible()


def test_a_very_full_list_shows_the_newest_first_and_the_rest_at_a_press(visit: Visit, qtbot: QtBot) -> None:
    """Forty vaccinations: eight at once."""
    told_of(visit, "germaine")
    visit.window.go("health")
    shown = quiet(visit, qtbot)
    assert len(shown.rows) == 6 + 8
    shown.show_all.click()
    shown = quiet(visit, qtbot)
    assert len(shown.rows) >= 6 + 40


def test_the_list_follows_the_feed(visit: Visit, qtbot: QtBot) -> None:
    """What another device notes appears while one looks; what is ended goes."""
    visit.window.go("health")
    quiet(visit, qtbot)
    other = told_of(visit, "odette")
    shown = quiet(visit, qtbot)
    assert "Latex (gants)" in titles(shown)
    other.tell(*[body | {"status": "entered-in-error"} for body in visit.space.records.all("Immunization")])
    assert titles(quiet(visit, qtbot)) == ["Latex (gants)"]


def test_without_the_mandate_the_sentence_is_shown(visit: Visit, qtbot: QtBot) -> None:
    """Faire pour without the medical profile: no list, no failure; together it opens."""
    medical_profile.add_allergy(visit.space, KIWI)
    visit.space.mode = AssistMode.FOR
    visit.window.go("health")
    shown = quiet(visit, qtbot)
    assert titles(shown) == []
    from ui.widgets import EmptyState, Text

    (state,) = shown.findChildren(EmptyState)
    assert any("mandat" in each.words for each in state.findChildren(Text))
    visit.space.mode = AssistMode.WITH
    shown.entered()
    assert titles(quiet(visit, qtbot)) == ["Kiwi"]


@pytest.mark.parametrize("keep", ["ours", "theirs"])
def test_two_who_changed_one_allergy_are_two_cards(visit: Visit, qtbot: QtBot, keep: str) -> None:
    """The room says so; the choice is the person's."""
    other = OtherSide(visit.space)
    edit = medical_profile.add_allergy(visit.space, KIWI)
    other.confirm()
    there = visit.space.records.there("AllergyIntolerance", edit.resource_id)
    assert there is not None
    medical_profile.change_allergy(visit.space, edit.resource_id, replace(KIWI, severity="severe"))
    (reaction,) = there["reaction"]
    other.does(there | {"reaction": [reaction | {"severity": "moderate"}]})
    visit.window.go("health")
    shown = quiet(visit, qtbot)
    assert shown.conflict.isVisible()
    shown.conflict.click()
    choice = quiet(visit, qtbot)
    assert choice.heading.words == "Deux personnes ont changé une allergie."
    next(button for side, button in choice.buttons.items() if side == keep).click()
    shown = quiet(visit, qtbot)
    assert shown.name == "health"
    assert not shown.conflict.isVisible()
    assert titles(shown) == ["Kiwi"]
    kept = medical_profile.allergy(visit.space, edit.resource_id).severity
    assert kept == ("severe" if keep == "ours" else "moderate")
