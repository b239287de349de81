"""The made-up people's allergies, vaccinations and relatives."""

from __future__ import annotations

from datetime import date

import pytest

from app.codes.relationships import RelativeRole
from app.fhir import allergy_intolerance, immunization, patient, related_person
from sync.service import validation
from sync.service.demo import resources
from sync.service.demo.health import health_of
from sync.service.demo.people import CITIZENS, Person, citizen

TODAY = date(2026, 11, 22)
each_citizen = pytest.mark.parametrize("person", CITIZENS, ids=lambda person: str(person.login))


@each_citizen
def test_every_resource_stands_the_services_check_and_is_listed(person: Person) -> None:
    """Ids differ, each is of this person, and each would be shown."""
    made = health_of(person)
    assert len({each["id"] for each in made}) == len(made)
    for each in made:
        validation.check(each)
        assert each["patient"]["reference"] == f"Patient/{person.id}"
        if each["resourceType"] == "AllergyIntolerance":
            assert allergy_intolerance.is_listed(allergy_intolerance.read(each))
        elif each["resourceType"] == "Immunization":
            body = immunization.read(each)
            assert immunization.is_listed(body)
            assert body.day[:10] <= TODAY.isoformat()
            assert body.day >= person.born.isoformat()[: len(body.day)]
        else:
            assert related_person.read(each, TODAY).is_active


@each_citizen
def test_there_is_at_most_one_trusted_person_and_none_for_a_minor(person: Person) -> None:
    """As the law has it."""
    relatives = [
        related_person.read(e, TODAY) for e in health_of(person) if e["resourceType"] == "RelatedPerson"
    ]
    trusted = [each for each in relatives if each.role is RelativeRole.TRUSTED]
    assert len(trusted) <= 1
    assert not (trusted and patient.is_minor(resources.patient_of(person), TODAY))


def test_the_stories_show_much_and_nothing() -> None:
    """One record is very full, one empty; some entries are a professional's."""
    germaine = health_of(citizen("germaine"))
    assert sum(each["resourceType"] == "Immunization" for each in germaine) >= 40
    assert [each["resourceType"] for each in health_of(citizen("minh"))] == []
    jeanne = [allergy_intolerance.read(e) for e in health_of(citizen("jeanne")) if "asserter" in e]
    assert {each.is_by_patient for each in jeanne} == {True, False}
