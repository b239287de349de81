"""A legal representative on the desktop: held to what the service noted, named in each act."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app import carers, mandates, medical_profile, personal_acts
from app.carer_limits import CarerMayNot
from app.codes.mandate_texts import MandateFacts
from app.codes.personal_acts import PersonalAct
from app.codes.representation import Capacity
from app.fhir import node, nodes
from app.mandates import Action, Duration, RepresentationNoted, Scope, ScopeNotGranted
from app.medical_profile import VaccinationDetails
from app.records import Cursor, FeedEntry
from app.space import Actor, ActorRole, AssistMode
from sync.service.representatives import SCOPES, _written

if TYPE_CHECKING:
    from app.fhir import Resource
    from app.space import Space

SOPHIE = Actor("r-sophie", "Sophie Martin", ActorRole.LEGAL_REPRESENTATIVE, "", "")


@pytest.fixture
def represented(space: Space) -> Space:
    """Open the space as Sophie, with what the service noted of her come by the feed."""
    start = space.clock().replace(microsecond=0)
    facts = MandateFacts(
        patient="Jeanne Martin", birth_date="1946-05-03", adviser=SOPHIE.display, organization="",
        scopes=SCOPES, actions=frozenset({Action.VIEW, Action.ADD, Action.EDIT}), duration=Duration.YEAR,
        start=start, end=start + Duration.YEAR.length,
    )  # fmt: skip
    noted = _written(facts, space.patient_id, Capacity.GUARDIAN, "Jugement du 3 mars 2026")
    noted["provision"]["actor"][0]["reference"] |= {"reference": f"RelatedPerson/{SOPHIE.id}"}
    entry = FeedEntry.of("Consent", noted["id"], "1", start.isoformat(), noted | {"meta": {"versionId": "1"}})
    space.records.apply_page("patient", [entry], Cursor("1", "e"))
    space.actor, space.mode = SOPHIE, AssistMode.FOR
    space.mandate = mandates.running(space)
    assert space.mandate is not None
    return space


def test_each_act_and_reading_names_her_her_quality_and_what_was_noted(represented: Space) -> None:
    """Subject, actor, role, mode, Consent: in the Provenance and in the events of writing and reading."""
    heard: list[Resource] = []
    represented.records._on_audit = lambda event, _op: heard.append(event)
    medical_profile.profile(represented)
    medical_profile.add_vaccination(represented, VaccinationDetails(day="2026-11-22", vaccine="flu"))
    (operation,) = represented.records.operations()
    told = next(each for each in operation.resources if each["resourceType"] == "Provenance")
    assert represented.mandate is not None
    policy = [f"Consent/{represented.mandate.id}"]
    assert told["policy"] == policy
    for each in (told, *heard):
        helper = next(agent for agent in nodes(each, "agent") if "RelatedPerson" in str(node(agent, "who")))
        assert node(helper, "who")["reference"] == "RelatedPerson/r-sophie"
        assert "legal_representative" in str(helper)
        assert "faire_pour" in str(each["extension"])
        assert f"Patient/{represented.patient_id}" in str(each)
    assert {each["action"] for each in heard} >= {"R", "C"}


def test_what_stays_the_person_s_own(represented: Space) -> None:
    """No account, no hiding, no invitation, no decision of the closed list; and she cannot end it here."""
    closed = (Action.VIEW, Scope.ACCOUNT), (Action.HIDE, Scope.DOCUMENTS), (Action.SEND, Scope.MESSAGES)
    for action, scope in closed:
        with pytest.raises(ScopeNotGranted):
            mandates.require(represented, action, scope)
    with pytest.raises(CarerMayNot):
        carers.propose(represented, "Luc", [Scope.DOCUMENTS], [Action.VIEW], Duration.MONTH)
    for act in PersonalAct:
        with pytest.raises(personal_acts.PersonDecides):
            personal_acts.require_person(represented, act)
    mandate: Any = represented.mandate
    with pytest.raises(RepresentationNoted):
        mandates.revoke(represented, mandate)
    assert carers.is_representatives(mandate)


def test_another_quality_or_an_edited_note_opens_nothing(represented: Space) -> None:
    """Somebody else is not named in it; one that was widened since is refused."""
    represented.actor = replace(SOPHIE, id="r-another")
    assert mandates.running(represented) is None
    with pytest.raises(mandates.MandateMissing):
        mandates.require(represented, Action.VIEW, Scope.DOCUMENTS)
    represented.actor = SOPHIE
    (kept,) = represented.records.all("Consent")
    classes = [*kept["provision"]["class"], kept["provision"]["class"][0] | {"code": "account"}]
    widened = kept | {"provision": kept["provision"] | {"class": classes}, "meta": {"versionId": "2"}}
    entry = FeedEntry.of("Consent", kept["id"], "2", represented.clock().isoformat(), widened)
    represented.records.apply_page("patient", [entry], Cursor("2", "e"))
    with pytest.raises(mandates.MandateEdited):
        mandates.require(represented, Action.VIEW, Scope.ACCOUNT)
