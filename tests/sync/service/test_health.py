"""Allergies, vaccinations and relatives at the service: the helper's scopes, versions, searches."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from app.codes.relationships import RELATIONS, RelativeRole
from app.codes.terms import concept
from app.codes.vaccines import VACCINES
from app.fhir import allergy_intolerance, immunization, provenance, related_person, resource_key
from app.fhir.bundle import transaction
from app.ids import mint
from tests.sync.service.house import ADVISER, ORGANIZATION
from tests.sync.service.test_helpers import mandate, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.fhir import Resource
    from tests.sync.service.house import House

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def person(house: House) -> str:
    """Add a citizen of the test's own; returns the login."""
    login = f"h{mint()}"
    house.add_citizen(login, mint())
    return login


def resources(patient_id: str) -> dict[str, Resource]:
    """Make one of each type."""
    named = (patient_id, "Essai")
    return {
        "AllergyIntolerance": allergy_intolerance.make(
            mint(),
            patient=named,
            code={"text": "Kiwi"},
            category="food",
            reactions=(),
            severity="mild",
            onset="1985",
            note="",
            moment=NOON,
        ),
        "Immunization": immunization.make(
            mint(),
            patient=named,
            code=concept(VACCINES["flu"]),
            day="2025-10",
            lot="A1",
            performer="Dr Roux",
            dose=1,
            note="",
            moment=NOON,
        ),
        "RelatedPerson": related_person.make(
            mint(),
            patient=named,
            role=RelativeRole.TRUSTED,
            relation=concept(RELATIONS["son"]),
            given="Paul",
            family="Martin",
            phone="06 12 34 56 78",
            day=date(2026, 11, 22),
        ),
    }


def act(
    patient_id: str, body: Resource, mandate_id: str | None = None, bases: Mapping[str, str] | None = None
) -> Resource:
    """Make an act's transaction, in faire_pour where there is a mandate."""
    told = provenance.make(
        mint(),
        targets=[resource_key(body)],
        patient=(patient_id, "Essai"),
        helper=(ADVISER, "Chloé"),
        helper_role="adviser",
        organization=(ORGANIZATION, "Maison"),
        mode="faire_pour" if mandate_id else "faire_avec",
        mandate=mandate_id,
        moment=datetime.now(UTC),
    )
    return transaction([body, told], bases)


@pytest.mark.parametrize(
    ("kind", "scope"),
    [("AllergyIntolerance", "profile"), ("Immunization", "profile"), ("RelatedPerson", "wishes")],
)
def test_each_type_needs_its_scope_and_its_action(house: House, person: str, kind: str, scope: str) -> None:
    """Documents alone open neither; adding does not let change."""
    client, patient_id = house.together(person), house.patients[person]
    body = resources(patient_id)[kind]
    documents = mandate(house, person, scopes=("documents",), actions=("view", "add", "edit"))
    assert refusal(client.post("/", json=act(patient_id, body, documents))) == (403, "mandate-scope")
    adding = mandate(house, person, scopes=(scope,), actions=("view", "add"))
    assert client.post("/", json=act(patient_id, body, adding)).status_code == 200
    base = {resource_key(body): "1"}
    assert refusal(client.post("/", json=act(patient_id, body, adding, base))) == (403, "mandate-scope")
    editing = mandate(house, person, scopes=(scope,), actions=("edit",))
    assert client.post("/", json=act(patient_id, body, editing, base)).status_code == 200


@pytest.mark.parametrize("kind", ["AllergyIntolerance", "Immunization", "RelatedPerson"])
def test_a_change_on_an_old_version_is_refused_whole(house: House, person: str, kind: str) -> None:
    """412, and the Provenance is not there either."""
    client, patient_id = house.together(person), house.patients[person]
    body = resources(patient_id)[kind]
    assert client.post("/", json=act(patient_id, body)).status_code == 200
    assert client.post("/", json=act(patient_id, body, bases={resource_key(body): "1"})).status_code == 200
    late = act(patient_id, body, bases={resource_key(body): "1"})
    answer = client.post("/", json=late)
    assert refusal(answer)[0] == 412
    op_id = late["entry"][1]["resource"]["id"]
    assert client.get(f"/Provenance/{op_id}").status_code == 404
    assert client.get(f"/{resource_key(body)}").json()["meta"]["versionId"] == "2"


def test_they_are_found_as_r4_and_the_french_core_search_them(house: House, person: str) -> None:
    """By status, code, date, lot, name and role."""
    client, patient_id = house.together(person), house.patients[person]
    for body in resources(patient_id).values():
        assert client.post("/", json=act(patient_id, body)).status_code == 200
    for question in (
        "AllergyIntolerance?clinical-status=active&category=food",
        "AllergyIntolerance?verification-status=unconfirmed",
        "Immunization?vaccine-code=http://www.whocc.no/atc|J07BB",
        "Immunization?date=2025-10&status=completed&lot-number=A1",
        "RelatedPerson?relationship=NOK&active=true",
        "RelatedPerson?family=Martin&phone=06 12 34 56 78",
    ):
        assert client.get(f"/{question}").json()["total"] == 1, question


@pytest.mark.parametrize(
    ("kind", "wrong", "status"),
    [
        ("AllergyIntolerance", {"category": "food"}, 422),
        ("AllergyIntolerance", {"criticality": "terrible"}, 422),
        ("Immunization", {"status": "given"}, 422),
        ("Immunization", {"occurrenceDateTime": "hier"}, 422),
        ("RelatedPerson", {"active": "oui"}, 422),
        ("RelatedPerson", {"patient": {"reference": "Patient/someone-else"}}, 403),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(
    house: House, person: str, kind: str, wrong: Resource, status: int
) -> None:
    """No half-written record, and nobody writes into another's."""
    patient_id = house.patients[person]
    body = resources(patient_id)[kind] | wrong
    answer = house.together(person).post("/", json=act(patient_id, body))
    assert answer.status_code == status
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert house.together(person).get(f"/{resource_key(body)}").status_code == 404
