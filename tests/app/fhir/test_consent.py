"""The two kinds of Consent, held against FHIR R4 by a validator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import access_consents, mandates, personal_acts
from app.access_consents import AccessAnswer
from app.fhir import consent as consents
from app.mandates import Action, Duration, RevokedBy, Scope

if TYPE_CHECKING:
    from app.space import Space

pyrofile = pytest.importorskip("pyrofile_validator", reason="the profile validator is not installed")


def _errors(resource: dict[str, Any]) -> list[str]:
    from pyrofile_validator.config import ValidatorConfig

    config = ValidatorConfig.load_dict(
        {"fhirVersion": "4.0.1", "terminology": {"mode": "local"}, "allowUnknownExtensions": True}
    )
    return [
        f"{each.path}: {each.message}"
        for each in pyrofile.Validator(config).validate_resource(resource).errors
    ]


@pytest.fixture
def mandate(space: Space) -> dict[str, Any]:
    """Return the Consent of a mandate."""
    proposal = mandates.propose(space, set(Scope), set(Action), Duration.YEAR)
    granted = mandates.grant(space, proposal, shown_text=mandates.text_of(proposal), explained_in="en")
    stored = space.records.get("Consent", granted.id)
    assert stored is not None
    return stored


def test_a_mandate_is_a_valid_consent_running_and_ended(space: Space, mandate: dict[str, Any]) -> None:
    """All scopes, all actions, the proof and the attestation in it."""
    assert _errors(mandate) == []
    ended = consents.revoked(mandate, by=RevokedBy.PATIENT, reason="asked", moment=space.clock())
    assert _errors(ended) == []


def test_the_validator_sees_what_is_wrong(mandate: dict[str, Any]) -> None:
    """So that the silence above says something."""
    assert _errors({key: value for key, value in mandate.items() if key != "status"})
    assert _errors(mandate | {"status": "going-on"})
    assert _errors(mandate | {"mandate": "whole"})


@pytest.mark.parametrize("answer", list(AccessAnswer))
def test_an_answer_about_a_professional_is_a_valid_consent(space: Space, answer: AccessAnswer) -> None:
    """Yes for a month, yes for a year, no."""
    asked = access_consents.asked(space, "Dr Roux", answer)
    given = personal_acts.confirm(space, asked, shown=asked.words)
    kept = access_consents.keep(space, "Dr Roux", answer, given)
    stored = space.records.get("Consent", kept.id)
    assert stored is not None
    assert _errors(stored) == []
    assert not consents.is_mandate(stored)
