"""What waits: named as the person knows it, tried again, corrected, let go of and put back; who may."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app import documents, mandates, medical_profile, relatives, waiting
from app.codes.allergens import AllergenGroup
from app.edits import keep
from app.mandates import Action, Scope
from app.medical_profile import AllergyDetails
from app.outbox import waiting as envelopes
from app.records import OperationState
from app.refused import NoLongerWaiting
from app.relatives import RelativeDetails
from app.space import AssistMode, DoneCode
from app.things import Kind
from app.waiting import Remedy, Stage
from tests.app.other_side import OtherSide

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.intake import Candidate
    from app.space import Space

KIWI = AllergyDetails(AllergenGroup.FOOD, words="Kiwi")
MANGO = AllergyDetails(AllergenGroup.FOOD, words="Mangue")
ANNE = RelativeDetails("Anne", "Petit", "06 99 00 18 12", "daughter")


def the_one(space: Space) -> waiting.Item:
    """Return the only thing that waits."""
    (item,) = waiting.waiting(space)
    return item


def refused(space: Space, code: str = "service-refused", **fields: str) -> waiting.Item:
    """Let the service refuse the oldest act that waits."""
    operation = next(each for each in space.records.operations() if each.state is OperationState.PENDING)
    space.records.park(operation.seq, code, fields)
    found = waiting.found(space, operation.seq)
    assert found is not None
    return found


def filed(space: Space, candidate: Candidate, title: str = "Ordonnance") -> documents.Filed:
    """File a paper."""
    return documents.file(space, candidate, category="ORD_SOIN", date=space.clock().date(), title=title)


def test_each_act_is_named_as_the_person_knows_it(space: Space, candidate: Callable[..., Candidate]) -> None:
    """A paper, an allergy, people, a mandate with its paper: one line each, the oldest first."""
    filed(space, candidate())
    medical_profile.add_allergy(space, KIWI)
    relatives.name_trusted(space, ANNE)
    relatives.add_contact(space, ANNE)
    proposal = mandates.propose(space, {Scope.DOCUMENTS}, {Action.VIEW})
    mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    items = waiting.waiting(space)
    assert [each.thing.kind for each in items] == [
        Kind.DOCUMENT, Kind.ALLERGY, Kind.TRUSTED_PERSON, Kind.CONTACT, Kind.MANDATE
    ]  # fmt: skip
    assert {each.stage for each in items} == {Stage.WAITS}
    assert items[0].size == len(candidate().data)
    assert all(each.remedies == {Remedy.RETRY} for each in items)


def test_the_stages_of_an_act(space: Space) -> None:
    """What was refused holds up what comes after on the same thing, and stands first."""
    other = relatives.add_contact(space, ANNE)
    edit = medical_profile.add_allergy(space, KIWI)
    medical_profile.end_allergy(space, edit.resource_id)
    first, second, _third = space.records.operations()
    assert first.op_id == other.op_id
    space.records.park(second.seq, "service-refused")
    assert [each.stage for each in waiting.waiting(space)] == [Stage.REFUSED, Stage.WAITS, Stage.BEHIND]
    assert [each.kind for each in waiting.behind(space, second.seq)] == [Kind.ALLERGY]
    space.records.retry_later(first.seq, space.clock(), "service-broken")
    assert waiting.found(space, first.seq).stage is Stage.AGAIN  # type: ignore[union-attr]  # it is there
    space.records.start_sending({first.seq: b"{}"})
    assert waiting.found(space, first.seq).stage is Stage.GOING  # type: ignore[union-attr]
    space.records.answered(first.seq)
    sent = waiting.found(space, first.seq)
    assert sent is not None
    assert (sent.stage, sent.remedies) == (Stage.SENT, frozenset())


@pytest.mark.parametrize(
    ("code", "because", "can"),
    [
        ("service-refused", "element-value", {Remedy.RETRY, Remedy.MEND, Remedy.DISCARD, Remedy.ASK}),
        ("forbidden", "not-allowed", {Remedy.RETRY, Remedy.DISCARD, Remedy.ASK}),
        ("forbidden", "mandate-over", {Remedy.RETRY, Remedy.DISCARD}),
        ("too-large-for-service", "", {Remedy.DISCARD}),
        ("file-damaged", "", {Remedy.DISCARD}),
    ],
)
def test_what_can_be_done_follows_from_the_reason(
    space: Space, candidate: Callable[..., Candidate], code: str, because: str, can: set[Remedy]
) -> None:
    """Trying again is offered where it may help, telling someone where nobody here can mend it."""
    filed(space, candidate())
    assert refused(space, code, reason=because).remedies == can


def test_a_refused_act_is_tried_again_once_however_often_it_is_pressed(space: Space) -> None:
    """The second press finds it on its way; what nobody refused is never let go of."""
    medical_profile.add_allergy(space, KIWI)
    with pytest.raises(NoLongerWaiting):
        waiting.discard(space, the_one(space).seq)
    item = refused(space)
    waiting.retry(space, item.seq)
    assert the_one(space).stage is Stage.WAITS
    waiting.retry(space, item.seq)
    space.records.start_sending({item.seq: b"{}"})
    with pytest.raises(NoLongerWaiting):
        waiting.retry(space, item.seq)
    with pytest.raises(NoLongerWaiting):
        waiting.discard(space, item.seq)


def test_an_act_whose_mandate_is_over_is_said_anew_by_who_is_here(
    space: Space, candidate: Callable[..., Candidate]
) -> None:
    """The paper and its file stay; the act names today's way, and the old envelope goes."""
    space.mode = AssistMode.FOR
    proposal = mandates.propose(space, {Scope.DOCUMENTS}, {Action.ADD, Action.VIEW})
    mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    paper = filed(space, candidate())
    grant, act = space.records.operations()
    OtherSide(space).confirm(grant)
    space.records.park(act.seq, "forbidden", {"reason": "mandate-over"})
    space.mode = AssistMode.WITH
    waiting.retry(space, act.seq)
    (anew,) = space.records.operations()
    assert anew.op_id != act.op_id
    assert anew.document_id == paper.document_id
    assert {each["id"] for each in anew.resources[:-1]} == {each["id"] for each in act.resources[:-1]}
    assert "policy" in act.resources[-1]
    assert "policy" not in anew.resources[-1]
    assert [path.name for path in envelopes(space.sealer.outbox) if act.op_id in path.name] == []  # type: ignore[union-attr]
    assert any(anew.op_id in path.name for path in envelopes(space.sealer.outbox))  # type: ignore[union-attr]


def test_letting_go_takes_what_waits_behind_with_it_and_is_journaled(
    space: Space, candidate: Callable[..., Candidate]
) -> None:
    """Acts, envelopes, the file and the lines go; other acts stay; the journal says who chose."""
    paper = filed(space, candidate())
    relatives.add_contact(space, ANNE)
    item = refused(space)
    before = len(space.records.audited())
    gone = waiting.discard(space, item.seq)
    assert [each.kind for each in gone.things] == [Kind.DOCUMENT]
    assert the_one(space).thing.kind is Kind.CONTACT
    assert space.records.document(paper.document_id) is None
    assert not space.files.has(paper.document_id)
    assert not [path for path in space.sealer.outbox.iterdir() if item.op_id in path.name]  # type: ignore[union-attr]
    event = space.records.audited()[0]
    assert len(space.records.audited()) == before + 1
    assert event["action"] == "E"
    assert event["entity"][-1]["detail"][0]["valueString"] == waiting.GIVEN_UP
    assert space.done[-1].code is DoneCode.SENDING_GIVEN_UP
    with pytest.raises(NoLongerWaiting):
        waiting.discard(space, item.seq)


def test_what_was_let_go_of_comes_back(space: Space, candidate: Callable[..., Candidate]) -> None:
    """With its file and a new envelope, and off the receipt."""
    paper = filed(space, candidate())
    gone = waiting.discard(space, refused(space).seq)
    assert gone.can_come_back
    waiting.put_back(space, gone)
    assert the_one(space).stage is Stage.WAITS
    row = space.records.document(paper.document_id)
    assert row is not None
    assert row.title == "Ordonnance"
    assert documents.read(space, paper.document_id) == candidate().data
    assert not [line for line in space.done if line.code is DoneCode.SENDING_GIVEN_UP]
    assert any(the_one(space).op_id in path.name for path in envelopes(space.sealer.outbox))  # type: ignore[union-attr]


def test_what_the_service_has_comes_back_to_sight_when_a_change_is_let_go(space: Space) -> None:
    """Only the change goes."""
    edit = medical_profile.add_allergy(space, KIWI)
    OtherSide(space).confirm()
    medical_profile.end_allergy(space, edit.resource_id)
    gone = waiting.discard(space, refused(space).seq)
    assert [each.name for each in medical_profile.profile(space).allergies] == ["Kiwi"]
    waiting.put_back(space, gone)
    assert not medical_profile.profile(space).allergies
    (operation,) = space.records.operations()
    assert operation.base_versions == {edit.key: "1"}


def test_a_correction_goes_in_place_of_what_was_refused_and_of_what_waited_behind(space: Space) -> None:
    """Behind it, it would wait for ever."""
    edit = medical_profile.add_allergy(space, KIWI)
    medical_profile.change_allergy(space, edit.resource_id, replace(KIWI, severity="mild"))
    refused(space)
    medical_profile.change_allergy(space, edit.resource_id, replace(MANGO, severity="severe"))
    item = the_one(space)
    assert item.stage is Stage.WAITS
    (operation,) = space.records.due(space.clock())
    assert operation.resources[0]["code"]["text"] == "Mangue"
    assert not operation.base_versions
    assert len(envelopes(space.sealer.outbox)) == 1  # type: ignore[union-attr]


def test_a_correction_keeps_all_that_the_refused_act_said(space: Space) -> None:
    """Who was named before ends in the same act still."""
    first = relatives.name_trusted(space, ANNE)
    OtherSide(space).confirm()
    named = relatives.name_trusted(space, replace(ANNE, given="Paul"))
    refused(space)
    relatives.change(space, named.resource_id, replace(ANNE, given="Pauline"))
    (operation,) = space.records.due(space.clock())
    by_id: dict[str, Any] = {each["id"]: each for each in operation.resources}
    assert by_id[first.resource_id]["active"] is False
    assert by_id[named.resource_id]["name"][0]["given"] == ["Pauline"]
    assert operation.base_versions == {first.key: "1"}
    OtherSide(space).confirm()
    assert waiting.waiting(space) == []


def test_a_refused_paper_is_filed_anew_with_other_answers(
    space: Space, candidate: Callable[..., Candidate]
) -> None:
    """The same bytes are no second paper; the refused act, its file and its envelope go."""
    paper = filed(space, candidate())
    item = refused(space)
    again = documents.file(
        space, candidate(), category="BIOLOGIE", date=space.clock().date(), title="Autre", instead_of=item.seq
    )
    assert [row.title for row in space.records.documents()] == ["Autre"]
    assert the_one(space).thing.id == again.document_id
    assert not space.files.has(paper.document_id)
    assert len(envelopes(space.sealer.outbox)) == 1  # type: ignore[union-attr]
    with pytest.raises(NoLongerWaiting):
        documents.file(
            space, candidate(), category="BIOLOGIE", date=space.clock().date(), title="B", instead_of=item.seq
        )


def test_a_helper_sees_and_does_only_what_the_mandate_opens(space: Space) -> None:
    """What is closed to them has no name and no remedy; letting go is refused, and nothing changes."""
    proposal = mandates.propose(space, {Scope.WISHES}, {Action.VIEW, Action.ADD})
    mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    OtherSide(space).confirm()
    medical_profile.add_allergy(space, KIWI)
    relatives.add_contact(space, ANNE)
    for _each in range(2):
        refused(space)
    space.mode = AssistMode.FOR
    closed, open_one = waiting.waiting(space)
    assert (closed.thing.kind, closed.thing.body, closed.remedies) == (Kind.OTHER, None, frozenset())
    assert open_one.thing.kind is Kind.CONTACT
    for act in (waiting.discard, waiting.retry):
        with pytest.raises(mandates.ScopeNotGranted):
            act(space, closed.seq)
    assert len(waiting.waiting(space)) == 2
    waiting.discard(space, open_one.seq)
    assert the_one(space).seq == closed.seq


def test_a_choice_that_was_left_open_is_asked_again_when_the_records_are_opened_anew(space: Space) -> None:
    """Nothing of it lives in the program's memory."""
    from app.changes import Changes
    from app.records import Records

    edit = medical_profile.add_allergy(space, KIWI)
    other = OtherSide(space)
    other.confirm()
    medical_profile.change_allergy(space, edit.resource_id, replace(MANGO, onset="1999"))
    theirs = space.records.there(*edit.key.split("/"))
    assert theirs is not None
    other.tell(theirs | {"code": {"text": "Papaye"}, "note": [{"text": "Dit au téléphone"}]})
    assert len(medical_profile.clashes(space)) == 1
    opened_again = replace(space, records=Records(space.vault.store, Changes(), clock=space.clock))
    (conflict,) = medical_profile.clashes(opened_again)
    assert conflict.asked == {edit.key: ("AllergyIntolerance.code",)}
    item = the_one(opened_again)
    assert (item.stage, item.remedies) == (Stage.CHOICE, {Remedy.CHOOSE})


def test_what_came_while_a_correction_was_written_is_kept(space: Space) -> None:
    """A refused change, a form that is open, and another's change of something else: none is lost."""
    edit = medical_profile.add_allergy(space, KIWI)
    other = OtherSide(space)
    other.confirm()
    told = replace(KIWI, severity="mild", reactions=("itching",))
    medical_profile.change_allergy(space, edit.resource_id, told)
    refused(space)
    seen = space.records.get(*edit.key.split("/"))
    theirs = space.records.there(*edit.key.split("/"))
    assert seen is not None
    assert theirs is not None
    other.tell(theirs | {"criticality": "high"})
    made = seen | {"note": [{"text": "Depuis toujours"}]}
    keep(space, [made], [seen], DoneCode.ALLERGY_CHANGED, name="Kiwi")
    (operation,) = space.records.due(space.clock())
    sent = operation.resources[0]
    assert (sent["criticality"], sent["note"][0]["text"]) == ("high", "Depuis toujours")
    assert sent["reaction"][0]["severity"] == "mild"
    assert operation.base_versions == {edit.key: "2"}


def test_a_correction_that_contradicts_what_came_is_asked_about(space: Space) -> None:
    """No word of another is written over unseen."""
    edit = medical_profile.add_allergy(space, KIWI)
    other = OtherSide(space)
    other.confirm()
    medical_profile.change_allergy(space, edit.resource_id, replace(KIWI, onset="1999"))
    refused(space)
    seen = space.records.get(*edit.key.split("/"))
    theirs = space.records.there(*edit.key.split("/"))
    assert seen is not None
    assert theirs is not None
    other.tell(theirs | {"code": {"text": "Papaye"}})
    keep(space, [seen | {"code": {"text": "Mangue"}}], [seen], DoneCode.ALLERGY_CHANGED, name="Kiwi")
    assert Stage.CHOICE in {each.stage for each in waiting.waiting(space)}
