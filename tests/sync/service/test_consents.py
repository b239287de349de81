"""Consents at the service: what the person alone decides, and mandates that say what their text says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.codes.mandate_texts import CURRENT, MandateFacts, digest, fill
from app.codes.mandate_words import Action, Duration, Scope
from app.codes.personal_acts import READ_BACKS, PersonalAct, template_of
from app.fhir import codeable, reference
from app.fhir import consent as consents
from app.fhir.confirmation import with_confirmation
from app.ids import mint
from tests.sync.service.house import ADVISER, ORGANIZATION
from tests.sync.service.test_helpers import refusal

if TYPE_CHECKING:
    import httpx

    from app.fhir import Resource
    from tests.sync.service.house import House

NOW = datetime.now(UTC)
CATEGORY = "https://tandem.example/fhir/CodeSystem/consent-category"


@pytest.fixture
def person(house: House) -> str:
    """Add a citizen of the test's own; returns the login."""
    login = f"p{mint()}"
    house.add_citizen(login, mint())
    return login


def decision(house: House, login: str, act: PersonalAct) -> Resource:
    """Make a Consent of the closed list, not confirmed."""
    return {
        "resourceType": "Consent",
        "id": mint(),
        "status": "active",
        "scope": codeable("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [codeable(CATEGORY, act.value)],
        "patient": reference("Patient", house.patients[login]),
        "dateTime": NOW.isoformat(timespec="seconds"),
        "policyRule": codeable("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
        "provision": {"type": "deny"},
    }


def confirmed(body: Resource, act: PersonalAct) -> Resource:
    """Have the person confirm it."""
    template = template_of(act)
    words = READ_BACKS[template].replace("{", "").replace("}", "")
    if "{" in READ_BACKS[template]:
        words = READ_BACKS[template].partition("{")[0] + "mes mots."
    return with_confirmation(body, act, template, words, NOW)


def put(client: httpx.Client, body: Resource) -> httpx.Response:
    """Send it."""
    return client.put(f"/Consent/{body['id']}", json=body)


@pytest.mark.parametrize("act", list(PersonalAct))
def test_what_the_person_alone_decides_needs_their_confirmation(
    house: House, person: str, act: PersonalAct
) -> None:
    """With a helper beside them: not without it, not with another act's, not with one that was edited."""
    client, body = house.together(person), decision(house, person, act)
    assert refusal(put(client, body)) == (403, "person-decides")
    other = next(each for each in PersonalAct if each is not act)
    assert refusal(put(client, confirmed(body, other))) == (403, "person-decides")
    edited = confirmed(body, act)
    part = next(each for each in edited["extension"][0]["extension"] if each["url"] == "words")
    part["valueString"] += " Et autre chose."
    assert refusal(put(client, edited)) == (403, "person-decides")
    assert put(client, confirmed(body, act)).status_code == 201


def test_alone_the_person_needs_no_read_back(house: House, person: str) -> None:
    """Nobody is there to decide in their place."""
    assert put(house.citizen(person), decision(house, person, PersonalAct.OPT_OUT)).status_code == 201


def test_for_the_person_it_is_never_done(house: House, person: str) -> None:
    """Whatever the mandate says, confirmed or not: by a slip, and by an act that says so."""
    body = confirmed(decision(house, person, PersonalAct.CLOSURE), PersonalAct.CLOSURE)
    act = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"urn:uuid:{body['id']}",
                "resource": body,
                "request": {"method": "PUT", "url": f"Consent/{body['id']}"},
            },
            {
                "fullUrl": f"urn:uuid:{mint()}",
                "resource": {
                    "resourceType": "Provenance",
                    "extension": [
                        {
                            "url": "https://tandem.example/fhir/StructureDefinition/assist-mode",
                            "valueCode": "faire_pour",
                        }
                    ],
                    "target": [{"reference": f"Consent/{body['id']}"}],
                    "recorded": NOW.isoformat(timespec="seconds"),
                    "agent": [{"who": {"reference": f"Practitioner/{ADVISER}"}}],
                },
                "request": {"method": "POST", "url": "Provenance"},
            },
        ],
    }
    assert refusal(house.together(person).post("/", json=act)) == (403, "person-decides")


def mandate(house: House, login: str, *, scopes: tuple[Scope, ...] = (Scope.DOCUMENTS,)) -> Resource:
    """Make a mandate as the program does."""
    facts = MandateFacts(
        patient="Anne Essai", birth_date="1950-02-03", adviser="Chloé Essai", organization="Maison",
        scopes=frozenset(scopes), actions=frozenset({Action.VIEW}), duration=Duration.DAY,
        start=NOW.replace(microsecond=0), end=NOW.replace(microsecond=0) + timedelta(days=1),
    )  # fmt: skip
    text = fill(CURRENT, facts)
    body = consents.MandateBody(
        id=mint(), patient_id=house.patients[login], patient_name=facts.patient, birth_date=facts.birth_date,
        organization_id=ORGANIZATION, organization_name=facts.organization, adviser_id=ADVISER,
        adviser_name=facts.adviser, scopes=tuple(facts.scopes), actions=tuple(facts.actions),
        duration=facts.duration, start=facts.start, end=facts.end, template_id=CURRENT,
        text_sha256=digest(text), language="fr", signing_mode="on-screen",
    )  # fmt: skip
    return consents.make(body, text)


def test_a_mandate_that_says_what_its_text_says_is_taken(house: House, person: str) -> None:
    """From the session in which it was agreed to."""
    assert put(house.together(person), mandate(house, person)).status_code == 201


@pytest.mark.parametrize("how", ["scope", "action", "end", "text", "hash", "no text", "template"])
def test_a_mandate_that_was_widened_on_its_way_is_refused(house: House, person: str, how: str) -> None:
    """One more scope, one more action, a later end, other words, another hash, another template."""
    body, other = mandate(house, person), mandate(house, person, scopes=tuple(Scope))
    provision = body["provision"]
    match how:
        case "scope":
            provision["class"] = other["provision"]["class"]
        case "action":
            provision["action"][0]["coding"][0]["code"] = "send"
        case "end":
            provision["period"]["end"] = (NOW + timedelta(days=300)).isoformat(timespec="seconds")
        case "text":
            body["sourceAttachment"]["data"] = other["sourceAttachment"]["data"]
        case "no text":
            del body["sourceAttachment"]["data"]
        case _:
            text = {"hash": digest("autre"), "template": "inconnu"}[how]
            wanted = {"hash": "sha256", "template": "template"}[how]
            parts = [part for each in body["extension"] for part in each.get("extension", ())]
            found = [part for part in parts if wanted in part["url"]]
            assert found, parts
            found[0]["valueString"] = text
    answer = put(house.together(person), body)
    assert refusal(answer) == (422, "mandate-text")
