"""Those close to the person: one trusted person, people to call, and two who change at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import mandates, relatives
from app.edits import EntryUnknown, WordsTooLong
from app.fhir import patient as patients
from app.mandates import Action, Scope
from app.outbox import waiting
from app.records import OperationState
from app.relatives import (
    Keep,
    PhoneMissing,
    PhoneUnreadable,
    RelativeDetails,
    RelativeNameMissing,
    TrustedPersonNeedsJudge,
    TrustedPersonNotForMinor,
)
from app.space import AssistMode, DoneCode
from tests.app.conftest import JEANNE
from tests.app.other_side import OtherSide

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.edits import Edit
    from app.errors import TandemError
    from app.space import Space

PAUL = RelativeDetails("Paul", "Martin", "0612345678", "son")
ANNE = RelativeDetails("Anne", "Petit", "06 99 00 18 12", "daughter")
LUC = RelativeDetails("Luc", "Vasseur", "+32 475 12 34 56", "brother")


def _trusted(space: Space) -> str | None:
    found = relatives.relatives(space, journaled=False).trusted
    return found.name if found else None


def _contacts(space: Space) -> list[str]:
    return [each.name for each in relatives.relatives(space, journaled=False).contacts]


def _other_names(space: Space, details: RelativeDetails, *over: dict[str, Any]) -> list[dict[str, Any]]:
    """Make what another device sends when it names a trusted person."""
    made = relatives._made(space, relatives.mint(), relatives.RelativeRole.TRUSTED, details)
    return [made, *(relatives.related_person.ended(each, relatives.today(space)) for each in over)]


def test_a_trusted_person_is_named_as_the_french_core_writes_it(space: Space) -> None:
    """Role NOK of TRE_R260, the relation of TRE_R216, an identifier, a telephone that reads aloud."""
    edit = relatives.name_trusted(space, PAUL)
    stored = space.records.get("RelatedPerson", edit.resource_id)
    assert stored is not None
    role, relation = stored["relationship"]
    assert role["coding"][0] == {
        "system": "https://mos.esante.gouv.fr/NOS/TRE_R260-HL7RoleClass/FHIR/TRE-R260-HL7RoleClass",
        "code": "NOK",
        "display": "personne de confiance",
    }
    assert relation["coding"][0]["code"] == "SONC"
    assert stored["telecom"] == [{"system": "phone", "value": "06 12 34 56 78"}]
    assert stored["identifier"][0]["value"] == f"urn:uuid:{edit.resource_id}"
    body = relatives.relative(space, edit.resource_id)
    assert (body.name, body.phone, body.is_active) == ("Paul Martin", "06 12 34 56 78", True)


def test_naming_another_ends_the_former_in_the_same_act(space: Space) -> None:
    """One operation holds both; there is never a moment with two."""
    first = relatives.name_trusted(space, PAUL)
    OtherSide(space).confirm()
    second = relatives.name_trusted(space, ANNE)
    (operation,) = space.records.operations()
    assert [each["resourceType"] for each in operation.resources] == [
        "RelatedPerson",
        "RelatedPerson",
        "Provenance",
    ]
    assert operation.base_versions == {first.key: "1"}
    former = space.records.get("RelatedPerson", first.resource_id)
    assert former is not None
    assert (former["active"], former["period"]["end"]) == (False, "2026-11-22")
    assert _trusted(space) == "Anne Petit"
    relatives.undo(space, second)
    assert _trusted(space) == "Paul Martin"


def test_contacts_are_added_changed_and_ended(space: Space) -> None:
    """In the order of their names, accents aside; one who is ended stays in the record."""
    edit = relatives.add_contact(space, PAUL)
    relatives.add_contact(space, RelativeDetails("Élodie", "", "02 99 00 18 01", "neighbor"))
    assert _contacts(space) == ["Élodie", "Paul Martin"]
    relatives.change(space, edit.resource_id, LUC)
    assert relatives.relative(space, edit.resource_id).phone == "+32 475 12 34 56"
    ended = relatives.end(space, edit.resource_id)
    assert _contacts(space) == ["Élodie"]
    with pytest.raises(EntryUnknown):
        relatives.end(space, edit.resource_id)
    with pytest.raises(EntryUnknown):
        relatives.relative(space, edit.resource_id)
    relatives.undo(space, ended)
    assert _contacts(space) == ["Élodie", "Luc Vasseur"]
    assert [line.code for line in space.done] == [
        DoneCode.CONTACT_ADDED,
        DoneCode.CONTACT_ADDED,
        DoneCode.CONTACT_CHANGED,
    ]


@pytest.mark.parametrize(
    ("details", "error"),
    [
        (RelativeDetails("", "  ", "0612345678", "son"), RelativeNameMissing),
        (RelativeDetails("x" * 51, "", "0612345678", "son"), WordsTooLong),
        (RelativeDetails("Paul", "", "", "son"), PhoneMissing),
        (RelativeDetails("Paul", "", "12345", "son"), PhoneUnreadable),
        (RelativeDetails("Paul", "", "06 12 34 56 7a", "son"), PhoneUnreadable),
        (RelativeDetails("Paul", "", "0" * 16, "son"), PhoneUnreadable),
    ],
)
def test_what_cannot_be_called_is_refused(
    space: Space, details: RelativeDetails, error: type[TandemError]
) -> None:
    """And nothing has changed."""
    with pytest.raises(error):
        relatives.add_contact(space, details)
    assert (space.records.operations(), space.done) == ([], [])


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"born": "2010-01-01"}, TrustedPersonNotForMinor),
        ({"protection": "tutelle"}, TrustedPersonNeedsJudge),
    ],
)
def test_who_may_not_name_a_trusted_person_is_told_and_may_add_contacts(
    open_space: Callable[..., Space], changed: dict[str, str], error: type[TandemError]
) -> None:
    """A minor, and an adult under tutelle; one under curatelle may."""
    space = open_space(patient=patients.make("0193a1b2-0000-7000-8000-000000000009", **JEANNE | changed))
    with pytest.raises(error):
        relatives.name_trusted(space, PAUL)
    relatives.add_contact(space, PAUL)


def test_contacts_of_the_identity_are_shown_once(
    open_space: Callable[..., Space], jeanne: dict[str, Any]
) -> None:
    """What another program wrote into the Patient is shown apart, unless it is in the list too."""
    contact = {
        "relationship": [{"coding": [{"code": "ECON"}]}, {"text": "Fils"}],
        "name": {"family": "Martin", "given": ["Paul"]},
        "telecom": [{"system": "phone", "value": "06.12.34.56.78"}],
    }
    space = open_space(patient=jeanne | {"contact": [contact, {"name": {"family": "Sans rôle"}}]})
    (elsewhere,) = relatives.relatives(space).elsewhere
    assert (elsewhere.name, elsewhere.id) == ("Paul Martin", "")
    relatives.add_contact(space, PAUL)
    assert relatives.relatives(space).elsewhere == ()


@pytest.mark.parametrize("code", ["NOK", "QUAL", "K"])
def test_a_trusted_person_of_former_lists_is_understood(space: Space, code: str) -> None:
    """The code changed in 2024; a name may be a mere text, a period may be over."""
    body = {
        "resourceType": "RelatedPerson",
        "id": "abc",
        "patient": {"reference": f"Patient/{space.patient_id}"},
        "relationship": [{"coding": [{"code": code}]}],
        "name": [{"text": "Paul Martin"}],
    }
    OtherSide(space).tell(body, body | {"id": "old", "period": {"end": "2020-01-01"}})
    assert _trusted(space) == "Paul Martin"
    assert relatives.clash(space) is None


def test_acting_for_the_person_needs_the_wishes_in_the_mandate(space: Space) -> None:
    """Replacing the trusted person changes the former one: adding alone is not enough."""
    space.mode = AssistMode.FOR
    proposal = mandates.propose(space, {Scope.WISHES}, {Action.VIEW, Action.ADD})
    mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    relatives.name_trusted(space, PAUL)
    with pytest.raises(mandates.ScopeNotGranted):
        relatives.name_trusted(space, ANNE)
    assert _trusted(space) == "Paul Martin"
    space.mandate = None
    with pytest.raises(mandates.MandateMissing):
        relatives.clash(space)


# Two people at once


def _both_named(space: Space) -> tuple[OtherSide, Edit]:
    """Luc is the trusted person; here Paul is named, elsewhere, first, Anne."""
    other = OtherSide(space)
    luc = relatives.name_trusted(space, LUC)
    other.confirm()
    before = space.records.there("RelatedPerson", luc.resource_id)
    assert before is not None
    paul = relatives.name_trusted(space, PAUL)
    (operation,) = space.records.operations()
    other.refuse(operation)
    assert relatives.clash(space) is None, "nothing is asked before the feed told the other side"
    other.does(*_other_names(space, ANNE, before))
    return other, paul


def test_a_conflict_tells_both_names_who_and_when(space: Space) -> None:
    """« Deux personnes ont changé la personne de confiance. »"""  # noqa: D400
    _both_named(space)
    found = relatives.clash(space)
    assert found is not None
    assert found.role is relatives.RelativeRole.TRUSTED
    assert found.ours.relative is not None
    assert found.theirs.relative is not None
    assert (found.ours.relative.name, found.theirs.relative.name) == ("Paul Martin", "Anne Petit")
    assert (found.ours.witness.helper, found.theirs.witness.helper) == ("Claire Petit", "Léa Moreau")
    assert found.ours.witness.is_by_patient
    assert found.ours.witness.at == space.clock()
    assert found.theirs.witness.organization == "Bus France services"


def test_a_choice_waits_for_what_was_done_before_it(space: Space) -> None:
    """An earlier act on the same contact was taken and is not read back: its change would be left out."""
    other = OtherSide(space)
    edit = relatives.add_contact(space, PAUL)
    other.confirm()
    before = space.records.there("RelatedPerson", edit.resource_id)
    assert before is not None
    phones = ("07 11 11 11 11", "07 22 22 22 22")
    for phone in phones:
        relatives.change(space, edit.resource_id, RelativeDetails("Paul", "Martin", phone, "son"))
    first, second = space.records.operations()
    space.records.start_sending({first.seq: b"{}"}, [])
    space.records.answered(first.seq)
    other.refuse(second)
    other.does(before | {"telecom": [{"system": "phone", "value": "07 33 33 33 33"}]})
    assert relatives.clash(space) is None
    other.confirm(first)
    assert relatives.clash(space) is not None


def test_keeping_ours_is_a_new_act_on_what_stands_there(space: Space) -> None:
    """Paul stays alone: Anne is ended in the same act, based on her version; the old act is gone."""
    other, paul = _both_named(space)
    found = relatives.clash(space)
    assert found is not None
    relatives.settle(space, found, Keep.OURS)
    assert _trusted(space) == "Paul Martin"
    assert relatives.clash(space) is None
    (operation,) = space.records.operations()
    assert operation.state is OperationState.PENDING
    anne = next(each for each in operation.resources if "Anne" in str(each.get("name")))
    assert (anne["active"], operation.base_versions[f"RelatedPerson/{anne['id']}"]) == (False, "1")
    assert paul.key not in operation.base_versions
    assert space.sealer is not None
    sealed = {each.name.removesuffix(".envelope") for each in waiting(space.sealer.outbox)}
    assert operation.op_id in sealed
    assert paul.op_id not in sealed, "the refused act's envelope goes with it"
    other.confirm()
    assert _trusted(space) == "Paul Martin"


def test_keeping_theirs_drops_ours_and_journals_the_choice(space: Space) -> None:
    """Anne stays; Paul is in no list, and in the store's memory of conflicts."""
    _both_named(space)
    found = relatives.clash(space)
    assert found is not None
    heard: list[dict[str, Any]] = []
    space.records._on_audit = lambda event, _op: heard.append(event)
    relatives.settle(space, found, Keep.THEIRS)
    assert _trusted(space) == "Anne Petit"
    assert relatives.clash(space) is None
    assert space.records.operations() == []
    assert [each["action"] for each in heard] == ["E"]
    with space.records._store.read() as connection:
        kept = connection.execute("SELECT ours, settled_at FROM conflict").fetchall()
    assert any("Paul" in ours for ours, _ in kept if ours)
    assert all(settled for _, settled in kept)


def test_what_was_done_after_a_refused_act_goes_with_it_or_stays_with_it(space: Space) -> None:
    """Paul's telephone, corrected after his naming: kept with him, gone with him; another contact stays."""
    _both_named(space)
    paul = relatives.relatives(space).trusted
    contact = relatives.add_contact(space, LUC)
    trusted = next(
        each for each in space.records.all("RelatedPerson") if "Paul" in str(each["name"]) and each["active"]
    )
    assert paul is not None
    relatives.change(space, trusted["id"], RelativeDetails("Paul", "Martin", "07 00 00 00 00", "son"))
    found = relatives.clash(space)
    assert found is not None
    relatives.settle(space, found, Keep.OURS)
    kept = relatives.relative(space, trusted["id"])
    assert kept.phone == "07 00 00 00 00"
    assert len(space.records.operations()) == 2
    assert relatives.relative(space, contact.resource_id).name == "Luc Vasseur"


def test_two_who_change_the_same_contact_are_asked_too(space: Space) -> None:
    """Two telephones for one contact: the one kept is sent on the version that stands there."""
    other = OtherSide(space)
    edit = relatives.add_contact(space, PAUL)
    other.confirm()
    before = space.records.there("RelatedPerson", edit.resource_id)
    assert before is not None
    relatives.change(space, edit.resource_id, RelativeDetails("Paul", "Martin", "07 11 11 11 11", "son"))
    (operation,) = space.records.operations()
    other.refuse(operation)
    other.does(before | {"telecom": [{"system": "phone", "value": "07 22 22 22 22"}]})
    found = relatives.clash(space)
    assert found is not None
    assert found.ours.relative is not None
    assert found.theirs.relative is not None
    assert (found.ours.relative.phone, found.theirs.relative.phone) == ("07 11 11 11 11", "07 22 22 22 22")
    relatives.settle(space, found, Keep.OURS)
    (again,) = space.records.operations()
    assert again.base_versions == {edit.key: "2"}
    assert relatives.relative(space, edit.resource_id).phone == "07 11 11 11 11"


def test_one_who_was_ended_elsewhere_can_be_kept(space: Space) -> None:
    """Changed here, ended there: the card of theirs has nobody on it; keeping ours brings them back."""
    other = OtherSide(space)
    edit = relatives.add_contact(space, PAUL)
    other.confirm()
    before = space.records.there("RelatedPerson", edit.resource_id)
    assert before is not None
    relatives.change(space, edit.resource_id, RelativeDetails("Paul", "Martin", "07 11 11 11 11", "son"))
    (operation,) = space.records.operations()
    other.refuse(operation)
    other.does(relatives.related_person.ended(before, relatives.today(space)))
    found = relatives.clash(space)
    assert found is not None
    assert found.theirs.relative is None
    relatives.settle(space, found, Keep.OURS)
    assert _contacts(space) == ["Paul Martin"]


@pytest.mark.parametrize(("keeping", "name"), [(Keep.OURS, "Anne Petit"), (Keep.THEIRS, "Paul Martin")])
def test_two_named_without_knowing_of_each_other_are_a_conflict(
    space: Space, keeping: Keep, name: str
) -> None:
    """Nothing was refused, as nothing was changed: two stand there until the person chooses."""
    other = OtherSide(space)
    relatives.name_trusted(space, PAUL)
    other.confirm()
    space.clock.forward(days=1)  # type: ignore[attr-defined]  # the test's clock
    other.does(*_other_names(space, ANNE))
    found = relatives.clash(space)
    assert found is not None
    assert found.conflict is None
    assert {found.ours.witness.helper, found.theirs.witness.helper} == {"Claire Petit", "Léa Moreau"}
    relatives.settle(space, found, keeping)
    assert _trusted(space) == name
    assert relatives.clash(space) is None
