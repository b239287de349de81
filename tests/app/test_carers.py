"""What is agreed with someone close, and what such a person never does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app import carers, mandates
from app.carer_limits import CarerMayNot, NeverForCarer, require_not_carer
from app.fhir import audit_event, node, nodes, provenance
from app.mandates import Action, Duration, MandateNothingChosen, MandateTextDiffers, Scope
from app.space import Actor, ActorRole, AssistMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.fhir import Resource
    from app.space import Space

PAUL = Actor("r-paul", "Paul", ActorRole.CARER, "", "")


def agreed(space: Space) -> Resource:
    """Write a consent, as accepted by Paul."""
    proposal = carers.propose(space, " Paul  Martin ", [Scope.DOCUMENTS], [Action.VIEW], Duration.MONTH)
    consent = carers.draft(proposal, shown_text=carers.text_of(proposal))
    actor = consent["provision"]["actor"][0]
    assert actor["reference"] == {"display": "Paul Martin"}
    actor["reference"]["reference"] = "RelatedPerson/r-paul"
    return consent | {"status": "active"}


def test_an_accepted_consent_is_a_mandate_that_verifies(
    open_space: Callable[..., Space], jeanne: dict[str, Any]
) -> None:
    """Its text is hashed, names nobody's organization, and ends on a day."""
    space = open_space(patient=jeanne)
    consent = agreed(space)
    assert "organization" not in consent
    mandate = mandates.from_consent(consent)
    assert mandate is not None
    assert (mandate.adviser_id, mandate.organization_id) == ("r-paul", "")
    assert mandate.end - mandate.start == Duration.MONTH.length
    assert carers.is_carers(mandate)
    assert mandates.verify(consent)


def test_the_draft_is_no_mandate_before_somebody_accepts(
    open_space: Callable[..., Space], jeanne: dict[str, Any]
) -> None:
    """Nobody can act under it."""
    space = open_space(patient=jeanne)
    proposal = carers.propose(space, "Paul", [Scope.DOCUMENTS], [Action.VIEW], Duration.YEAR)
    assert mandates.from_consent(carers.draft(proposal, shown_text=carers.text_of(proposal))) is None
    with pytest.raises(MandateTextDiffers):
        carers.draft(proposal, shown_text="autre chose")


@pytest.mark.parametrize(
    ("scopes", "actions", "duration"),
    [
        ([Scope.ACCOUNT], [Action.VIEW], Duration.MONTH),
        ([Scope.DOCUMENTS], [Action.SEND], Duration.MONTH),
        ([Scope.DOCUMENTS], [Action.VIEW], Duration.SESSION),
        ([], [Action.VIEW], Duration.MONTH),
    ],
)
def test_what_a_carer_may_never_get_is_not_proposed(
    open_space: Callable[..., Space],
    jeanne: dict[str, Any],
    scopes: list[Scope],
    actions: list[Action],
    duration: Duration,
) -> None:
    """The account, sending on, no end."""
    with pytest.raises(MandateNothingChosen):
        carers.propose(open_space(patient=jeanne), "Paul", scopes, actions, duration)


def test_a_carer_is_held_to_it_and_passes_nothing_on(
    open_space: Callable[..., Space], jeanne: dict[str, Any]
) -> None:
    """Under the mandate of their name only; no mandate, no invitation of theirs."""
    space = open_space(patient=jeanne)
    space.actor, space.mode = PAUL, AssistMode.FOR
    space.mandate = mandates.from_consent(agreed(replace(space, actor=_alone(space))))
    assert space.mandate is not None
    with pytest.raises(mandates.MandateRevoked):
        # It is not in the store: whatever is not there any more has ended.
        mandates.require(space, Action.VIEW, Scope.DOCUMENTS)
    with pytest.raises(CarerMayNot):
        mandates.propose(space, [Scope.DOCUMENTS], [Action.VIEW])
    with pytest.raises(CarerMayNot):
        carers.propose(space, "Luc", [Scope.DOCUMENTS], [Action.VIEW], Duration.MONTH)
    for act in NeverForCarer:
        with pytest.raises(CarerMayNot):
            require_not_carer(space, act)
        require_not_carer(replace(space, actor=_alone(space)), act)


def _alone(space: Space) -> Actor:
    return Actor(space.patient_id, "Jeanne", ActorRole.CITIZEN, "", "")


def test_the_person_alone_is_the_only_agent(open_space: Callable[..., Space], jeanne: dict[str, Any]) -> None:
    """In the Provenance and in the audit; a carer stands in both by the name they have in this record."""
    space = open_space(patient=jeanne)
    common: dict[str, Any] = {"organization": ("", ""), "mandate": None, "moment": space.clock()}
    alone = provenance.make(
        "o1", targets=["X/1"], patient=("p", "J"), helper=("p", "J"), helper_role="citizen",
        mode="faire_avec", **common,
    )  # fmt: skip
    assert [node(each, "who")["reference"] for each in nodes(alone, "agent")] == ["Patient/p"]
    helped = provenance.make(
        "o1", targets=["X/1"], patient=("p", "J"), helper=("r", "P"), helper_role="carer",
        mode="faire_pour", **(common | {"mandate": "c1"}),
    )  # fmt: skip
    assert [node(each, "who")["reference"] for each in nodes(helped, "agent")] == ["RelatedPerson/r"]
    assert helped["policy"] == ["Consent/c1"]
    told: dict[str, Any] = {
        "action": audit_event.AuditAction.READ, "entities": [], "patient_id": "p", "organization_id": "",
        "moment": space.clock(),
    }  # fmt: skip
    event = audit_event.make(
        "e", helper_id="p", helper_role="citizen", mode="faire_avec", mandate=None, **told
    )
    assert len(event["agent"]) == 1
    event = audit_event.make("e", helper_id="r", helper_role="carer", mode="faire_pour", mandate="c1", **told)
    assert event["agent"][0]["who"]["reference"] == "RelatedPerson/r"
