"""A pharmacy's counter: what is proposed, which documents it opens, who records a vaccine."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from app import counter, mandates, medical_profile
from app.codes import gs1
from app.codes.vaccine_products import PRODUCTS, product_of
from app.codes.vaccines import VACCINES
from app.mandates import Action, Duration, Scope
from app.medical_profile import VaccinationDetails
from app.space import Actor, ActorRole, AssistMode

if TYPE_CHECKING:
    from app.space import Space

BOX = VaccinationDetails(
    day="2026-11-22",
    vaccine="flu",
    lot="AB12",
    expiry="2027-05-31",
    gtin="03400999900010",
    is_given_here=True,
)


@pytest.fixture
def at_counter(space: Space) -> Space:
    """A pharmacist helps."""
    space.actor = Actor("claire-1", "Claire Roussel", ActorRole.PHARMACIST, "org-2", "Pharmacie de la Halle")
    return space


def agree(space: Space) -> None:
    """Say yes to what the counter proposes."""
    proposal = counter.propose(space)
    space.mandate = mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    space.mode = AssistMode.FOR


def test_a_day_of_prescriptions_and_profile_is_proposed(at_counter: Space) -> None:
    """Nothing else, and no longer."""
    agree(at_counter)
    assert at_counter.mandate is not None
    assert at_counter.mandate.scopes == {Scope.PRESCRIPTIONS, Scope.PROFILE}
    assert at_counter.mandate.duration is Duration.DAY


@pytest.mark.parametrize("duration", [Duration.MONTH, Duration.HALF_YEAR, Duration.YEAR])
def test_no_longer_one_can_be_prepared(at_counter: Space, duration: Duration) -> None:
    """Whatever screen asks."""
    with pytest.raises(mandates.DurationNotAllowed):
        mandates.propose(at_counter, counter.SCOPES, counter.ACTIONS, duration)


def test_only_prescriptions_are_open(at_counter: Space) -> None:
    """Results and letters stay closed; so does everything once the mandate is over."""
    agree(at_counter)
    counter.require_prescription(at_counter, Action.VIEW, "ORD_SOIN")
    for category in ("BIOLOGIE", "CPT_REND", "AUTR_DOC", None):
        with pytest.raises(mandates.ScopeNotGranted):
            counter.require_prescription(at_counter, Action.VIEW, category)
    assert at_counter.mandate is not None
    mandates.revoke(at_counter, at_counter.mandate)
    with pytest.raises(mandates.MandateMissing):
        counter.require_prescription(at_counter, Action.VIEW, "ORD_SOIN")


def test_what_the_pharmacist_gives_is_a_primary_source(at_counter: Space) -> None:
    """Lot, expiry, product and performer are FHIR's; it can be undone."""
    agree(at_counter)
    edit = medical_profile.add_vaccination(at_counter, BOX)
    (made,) = at_counter.records.all("Immunization")
    assert made["primarySource"] is True
    assert made["lotNumber"] == "AB12"
    assert made["expirationDate"] == "2027-05-31"
    assert made["performer"] == [
        {"actor": {"reference": "Practitioner/claire-1", "display": "Claire Roussel"}}
    ]
    assert medical_profile.gtin_of(made["vaccineCode"]) == BOX.gtin
    assert "reportOrigin" not in made
    medical_profile.undo(at_counter, edit)
    assert medical_profile.profile(at_counter).vaccinations == ()


def test_an_adviser_is_no_primary_source(space: Space) -> None:
    """What an adviser enters is what the person tells, whatever the screen said."""
    medical_profile.add_vaccination(space, BOX)
    (made,) = space.records.all("Immunization")
    assert made["primarySource"] is False


def test_an_expired_vaccine_is_refused_and_nothing_is_kept(at_counter: Space) -> None:
    """Its last day still counts."""
    day = date(2026, 11, 22)
    counter.check_expiry(day, day)
    agree(at_counter)
    old = VaccinationDetails(day="2026-11-22", vaccine="flu", expiry="2026-11-21", is_given_here=True)
    with pytest.raises(counter.VaccineExpired):
        medical_profile.add_vaccination(at_counter, old)
    assert not list(at_counter.records.all("Immunization"))


def test_each_product_is_a_vaccine_with_a_right_number() -> None:
    """The list is closed, and an unknown box is no product."""
    for number, product in PRODUCTS.items():
        assert gs1.has_check_digit(number)
        assert product.vaccine in VACCINES
        assert product_of(f"0{number}") == product
    assert product_of("05413868000016") is None
