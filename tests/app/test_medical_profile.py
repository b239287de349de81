"""Allergies and vaccinations: noted, changed, ended, undone, and never another's word changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import mandates, medical_profile
from app.codes.allergens import ALLERGENS, AllergenGroup
from app.edits import EntryUnknown, WordsTooLong
from app.mandates import Action, Scope
from app.medical_profile import (
    AllergyDetails,
    AlreadyNoted,
    DayBeforeBirth,
    DayInFuture,
    DayMissing,
    NameMissing,
    VaccinationDetails,
    WrittenByProfessional,
)
from app.outbox import waiting
from app.space import AssistMode, DoneCode
from tests.app.other_side import OtherSide

if TYPE_CHECKING:
    from app.errors import TandemError
    from app.space import Space

PENICILLIN = AllergyDetails(
    AllergenGroup.MEDICINE,
    allergen="penicillin",
    reactions=("rash", "breath"),
    severity="severe",
    onset="1985",
    note="À l’hôpital de Bourges",
)
FLU = VaccinationDetails("2025-10-14", vaccine="flu", lot="U4321A", performer="Docteur Roux", dose=2)

BY_A_DOCTOR: dict[str, Any] = {
    "resourceType": "AllergyIntolerance",
    "id": "0193a1b2-0000-7000-8000-00000000a001",
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "verificationStatus": {"coding": [{"code": "confirmed"}]},
    "code": {"coding": [{"display": "Produit de contraste iodé"}]},
    "patient": {"reference": "Patient/0193a1b2-0000-7000-8000-000000000001"},
    "recorder": {"reference": "Practitioner/roux"},
    "criticality": "high",
}


def _names(space: Space) -> list[str]:
    return [each.name for each in medical_profile.profile(space).allergies]


def test_an_allergy_is_kept_as_the_person_says_it(space: Space) -> None:
    """Their words, the official code beside them, what it did, since when; not confirmed, not judged."""
    edit = medical_profile.add_allergy(space, PENICILLIN)
    stored = space.records.get("AllergyIntolerance", edit.resource_id)
    assert stored is not None
    assert stored["code"] == {
        "coding": [{"system": "http://www.whocc.no/atc", "code": "J01C"}],
        "text": "Pénicilline, amoxicilline",
    }
    assert stored["verificationStatus"]["coding"][0]["code"] == "unconfirmed"
    assert stored["reaction"][0]["severity"] == "severe"
    assert "criticality" not in stored
    assert stored["asserter"]["reference"] == f"Patient/{space.patient_id}"
    body = medical_profile.allergy(space, edit.resource_id)
    assert (body.onset, body.severity, len(body.reactions), body.is_by_patient) == ("1985", "severe", 2, True)


def test_each_act_is_sealed_sent_and_on_the_receipt(space: Space) -> None:
    """One operation with its Provenance, one envelope, one line."""
    edit = medical_profile.add_allergy(space, PENICILLIN)
    (operation,) = space.records.operations()
    assert operation.op_id == edit.op_id
    assert [each["resourceType"] for each in operation.resources] == ["AllergyIntolerance", "Provenance"]
    assert edit.is_sealed
    assert space.sealer is not None
    assert len(waiting(space.sealer.outbox)) == 1
    assert [(line.code, line.fields) for line in space.done] == [
        (DoneCode.ALLERGY_ADDED, {"name": "Pénicilline, amoxicilline"})
    ]


def test_what_is_in_no_list_is_kept_in_the_person_s_words(space: Space) -> None:
    """Free text is always possible, and no code is made up for it."""
    edit = medical_profile.add_allergy(space, AllergyDetails(AllergenGroup.FOOD, words="  Kiwi \n vert "))
    body = medical_profile.allergy(space, edit.resource_id)
    assert (body.name, body.code, body.category) == ("Kiwi vert", {"text": "Kiwi vert"}, "food")


@pytest.mark.parametrize(
    ("details", "error"),
    [
        (AllergyDetails(AllergenGroup.FOOD), NameMissing),
        (AllergyDetails(AllergenGroup.FOOD, words=" \u200b\t"), NameMissing),
        (AllergyDetails(AllergenGroup.FOOD, words="x" * 51), WordsTooLong),
        (AllergyDetails(AllergenGroup.FOOD, words="Kiwi", onset="2027"), DayInFuture),
        (AllergyDetails(AllergenGroup.FOOD, words="Kiwi", onset="1951"), DayBeforeBirth),
        (AllergyDetails(AllergenGroup.FOOD, words="Kiwi", onset="l’an dernier"), DayMissing),
        (AllergyDetails(AllergenGroup.FOOD, words="Kiwi", note="x" * 3001), WordsTooLong),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(
    space: Space, details: AllergyDetails, error: type[TandemError]
) -> None:
    """Each fault has its error; the list, the operations and the receipt stay as they were."""
    with pytest.raises(error):
        medical_profile.add_allergy(space, details)
    assert (_names(space), space.records.operations(), space.done) == ([], [], [])


def test_the_same_allergy_is_not_noted_twice(space: Space) -> None:
    """By the list or by the same words: once; when it is over it may come back."""
    first = medical_profile.add_allergy(space, PENICILLIN)
    with pytest.raises(AlreadyNoted):
        medical_profile.add_allergy(space, AllergyDetails(AllergenGroup.MEDICINE, allergen="penicillin"))
    medical_profile.add_allergy(space, AllergyDetails(AllergenGroup.FOOD, words="Kiwi"))
    with pytest.raises(AlreadyNoted):
        medical_profile.add_allergy(space, AllergyDetails(AllergenGroup.MATERIAL, words="KIWI"))
    medical_profile.end_allergy(space, first.resource_id)
    medical_profile.add_allergy(space, PENICILLIN)


def test_a_change_keeps_what_the_person_was_not_asked(space: Space) -> None:
    """What another program added stays; what the person clears is gone; the base version goes along."""
    edit = medical_profile.add_allergy(space, PENICILLIN)
    other = OtherSide(space)
    other.confirm()
    stored = space.records.get("AllergyIntolerance", edit.resource_id)
    assert stored is not None
    other.tell(stored | {"identifier": [{"value": "42"}]})
    changed = medical_profile.change_allergy(
        space,
        edit.resource_id,
        AllergyDetails(AllergenGroup.MEDICINE, allergen="penicillin", severity="mild"),
    )
    (operation,) = space.records.operations()
    assert operation.base_versions == {changed.key: "2"}
    sent = operation.resources[0]
    assert sent["identifier"] == [{"value": "42"}]
    assert sent["reaction"][0]["severity"] == "mild"
    assert "onsetDateTime" not in sent
    assert "note" not in sent


def test_over_and_mistaken_are_two_things(space: Space) -> None:
    """Resolved keeps that it was true; entered in error has no clinical status; both leave the list."""
    over = medical_profile.add_allergy(space, PENICILLIN)
    wrong = medical_profile.add_allergy(space, AllergyDetails(AllergenGroup.FOOD, allergen="egg"))
    medical_profile.end_allergy(space, over.resource_id)
    medical_profile.remove_allergy(space, wrong.resource_id)
    resolved = space.records.get("AllergyIntolerance", over.resource_id)
    mistaken = space.records.get("AllergyIntolerance", wrong.resource_id)
    assert resolved is not None
    assert mistaken is not None
    assert resolved["clinicalStatus"]["coding"][0]["code"] == "resolved"
    assert mistaken["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
    assert "clinicalStatus" not in mistaken
    assert _names(space) == []


def test_a_doctor_s_word_is_shown_and_not_changed(space: Space) -> None:
    """The gravest stands first; the person is told whom to ask."""
    medical_profile.add_allergy(space, AllergyDetails(AllergenGroup.FOOD, allergen="egg"))
    OtherSide(space).tell(BY_A_DOCTOR)
    assert _names(space) == ["Produit de contraste iodé", "Œuf"]
    for act in (medical_profile.end_allergy, medical_profile.remove_allergy):
        with pytest.raises(WrittenByProfessional):
            act(space, BY_A_DOCTOR["id"])
    with pytest.raises(WrittenByProfessional):
        medical_profile.change_allergy(space, BY_A_DOCTOR["id"], PENICILLIN)


def test_what_was_ended_elsewhere_is_unknown_here(space: Space) -> None:
    """A press on a line that another device took away says so."""
    edit = medical_profile.add_allergy(space, PENICILLIN)
    medical_profile.end_allergy(space, edit.resource_id)
    with pytest.raises(EntryUnknown):
        medical_profile.end_allergy(space, edit.resource_id)
    with pytest.raises(EntryUnknown):
        medical_profile.change_vaccination(space, "nobody", FLU)


@pytest.mark.parametrize("confirmed", [False, True])
def test_the_last_act_is_undone(space: Space, *, confirmed: bool) -> None:
    """Before or after the service has it: an addition is withdrawn, an end taken back, no line left."""
    other = OtherSide(space)
    added = medical_profile.add_allergy(space, PENICILLIN)
    if confirmed:
        other.confirm()
    ended = medical_profile.end_allergy(space, added.resource_id)
    if confirmed:
        other.confirm()
    medical_profile.undo(space, ended)
    assert _names(space) == ["Pénicilline, amoxicilline"]
    if confirmed:
        other.confirm()
    medical_profile.undo(space, added)
    assert _names(space) == []
    assert space.done == []
    stored = space.records.get("AllergyIntolerance", added.resource_id)
    assert stored is not None
    assert stored["verificationStatus"]["coding"][0]["code"] == "entered-in-error"


def test_a_vaccination_is_kept_as_it_is_told(space: Space) -> None:
    """With the lot it comes from the booklet, without from memory; it is no primary source."""
    edit = medical_profile.add_vaccination(space, FLU)
    stored = space.records.get("Immunization", edit.resource_id)
    assert stored is not None
    assert stored["vaccineCode"]["coding"][0]["code"] == "J07BB"
    assert stored["primarySource"] is False
    assert stored["reportOrigin"]["coding"][0]["code"] == "record"
    body = medical_profile.vaccination(space, edit.resource_id)
    assert (body.day, body.lot, body.performer, body.dose) == ("2025-10-14", "U4321A", "Docteur Roux", 2)
    older = medical_profile.add_vaccination(space, VaccinationDetails("2019", words="Rage et typhoïde"))
    assert [each.id for each in medical_profile.profile(space).vaccinations] == [
        edit.resource_id,
        older.resource_id,
    ]


@pytest.mark.parametrize(
    ("details", "error"),
    [
        (VaccinationDetails("", vaccine="flu"), DayMissing),
        (VaccinationDetails("2025-13", vaccine="flu"), DayMissing),
        (VaccinationDetails("2025-02-30", vaccine="flu"), DayMissing),
        (VaccinationDetails("2026-11-23", vaccine="flu"), DayInFuture),
        (VaccinationDetails("1952-08-13", vaccine="bcg"), DayBeforeBirth),
        (VaccinationDetails("2025"), NameMissing),
        (VaccinationDetails("2025", vaccine="flu", lot="L" * 101), WordsTooLong),
    ],
)
def test_a_vaccination_that_cannot_be_is_refused(
    space: Space, details: VaccinationDetails, error: type[TandemError]
) -> None:
    """Each fault has its error."""
    with pytest.raises(error):
        medical_profile.add_vaccination(space, details)
    assert medical_profile.profile(space).vaccinations == ()


def test_a_vaccination_is_changed_and_taken_away(space: Space) -> None:
    """A mistake leaves the list and stays in the record; the day of birth is a good day."""
    edit = medical_profile.add_vaccination(space, VaccinationDetails("1952-08-14", vaccine="bcg"))
    medical_profile.change_vaccination(space, edit.resource_id, VaccinationDetails("1960", vaccine="bcg"))
    (body,) = medical_profile.profile(space).vaccinations
    assert (body.name, body.day) == ("Tuberculose (BCG)", "1960")
    medical_profile.remove_vaccination(space, edit.resource_id)
    stored = space.records.get("Immunization", edit.resource_id)
    assert stored is not None
    assert stored["status"] == "entered-in-error"
    assert medical_profile.profile(space).vaccinations == ()


def test_acting_for_the_person_needs_the_medical_profile_in_the_mandate(space: Space) -> None:
    """Looking, adding and changing are three rights."""
    space.mode = AssistMode.FOR
    proposal = mandates.propose(space, {Scope.PROFILE}, {Action.VIEW, Action.ADD})
    mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    edit = medical_profile.add_allergy(space, PENICILLIN)
    assert _names(space)
    with pytest.raises(mandates.ScopeNotGranted):
        medical_profile.end_allergy(space, edit.resource_id)
    with pytest.raises(mandates.ScopeNotGranted):
        medical_profile.undo(space, edit)
    space.mandate = None
    with pytest.raises(mandates.MandateMissing):
        medical_profile.profile(space)


def test_a_look_is_journaled_once_and_a_refresh_is_not(space: Space) -> None:
    """The journal says who looked at which entries."""
    edit = medical_profile.add_allergy(space, PENICILLIN)
    heard: list[dict[str, Any]] = []
    space.records._on_audit = lambda event, _op: heard.append(event)
    medical_profile.profile(space)
    medical_profile.profile(space, journaled=False)
    (event,) = heard
    assert event["action"] == "R"
    assert {"reference": edit.key} in [each["what"] for each in event["entity"]]


def test_every_allergen_is_found_by_its_code_and_has_its_own_words() -> None:
    """Two entries never share a label or a code."""
    labels = [each.label for each in ALLERGENS.values()]
    coded = [(each.system, each.code) for each in ALLERGENS.values() if each.code]
    assert len(set(labels)) == len(labels)
    assert len(set(coded)) == len(coded)
