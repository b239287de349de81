"""What a PC tells of a visit: kept once, in the name of who the token says, held against the mandate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app.fhir import audit_event
from app.fhir.audit_event import AuditAction
from app.ids import mint
from sync.service.accounts import clear_tries
from tests.sync.service.house import ADVISER, ADVISER_SCOPE, ORGANIZATION, document_bundle
from tests.sync.service.test_helpers import deposit, mandate, refusal

if TYPE_CHECKING:
    import httpx

    from app.fhir import Resource
    from tests.sync.service.house import House

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def untried(house: House) -> None:
    """Forget the adviser's tries of earlier tests, in whatever order a worker runs them."""
    clear_tries(house.service, f"slip:{ADVISER}")


@pytest.fixture
def person(house: House) -> str:
    """Add a citizen of the test's own; returns the login."""
    login = f"p{mint()}"
    house.add_citizen(login, mint())
    return login


@pytest.fixture
def document(house: House, person: str) -> str:
    """File a document of theirs; returns its id."""
    answer = house.together(person).post("/", json=document_bundle(house.patients[person], mint().encode()))
    assert answer.status_code == 200, answer.text
    sent = [each["response"]["location"] for each in answer.json()["entry"]]
    return next(each for each in sent if "DocumentReference" in each).split("/")[-3]


def reading(house: House, login: str, *entities: str, **told: Any) -> Resource:  # noqa: ANN401 (what ``make`` takes)
    """Make what a session journals of a reading."""
    facts: dict[str, Any] = {
        "action": AuditAction.READ,
        "entities": entities,
        "patient_id": house.patients[login],
        "helper_id": ADVISER,
        "helper_role": "adviser",
        "organization_id": ORGANIZATION,
        "mode": "faire_avec",
        "mandate": None,
        "moment": NOW - timedelta(minutes=5),
    }
    return audit_event.make(mint(), **facts | told)


def put(client: httpx.Client, event: Resource) -> httpx.Response:
    """Tell the service."""
    return client.put(f"/AuditEvent/{event['id']}", json=event)


def kept(house: House, login: str, event: Resource) -> Resource:
    """Read it as the person does."""
    found: Resource = house.citizen(login).get(f"/AuditEvent/{event['id']}").json()
    return found


def test_a_reading_at_the_desk_is_seen_by_the_person(house: House, person: str, document: str) -> None:
    """Who, for which organization, how, when it was, what: ids and names of those who help, no content."""
    event = reading(house, person, f"DocumentReference/{document}")
    assert put(house.together(person), event).status_code == 201
    found = kept(house, person, event)
    assert found["recorded"] == event["recorded"]
    assert found["extension"][0]["valueCode"] == "faire_avec"
    assert [each["what"]["reference"] for each in found["entity"]] == [
        f"Patient/{house.patients[person]}",
        f"DocumentReference/{document}",
    ]
    helper = next(each for each in found["agent"] if each["requestor"])
    assert helper["who"]["reference"] == f"Practitioner/{ADVISER}"
    assert helper["role"][0]["coding"][0]["code"] == "adviser"
    assert found["agent"][-1]["who"]["reference"] == f"Organization/{ORGANIZATION}"
    assert found["source"]["type"][0]["code"] == "1"


def test_told_twice_it_stands_once_as_it_was(house: House, person: str, document: str) -> None:
    """A second telling, even another one under the same id, changes nothing."""
    client, event = house.together(person), reading(house, person, f"DocumentReference/{document}")
    assert [put(client, event).status_code for _ in range(2)] == [201, 200]
    assert put(client, event | {"outcome": "12"}).status_code == 200
    assert kept(house, person, event)["outcome"] == "0"
    assert refusal(client.delete(f"/AuditEvent/{event['id']}")) == (403, "read-only-type")
    assert refusal(client.post("/AuditEvent", json=event)) == (403, "read-only-type")


def test_nobody_speaks_in_anothers_name(house: House, person: str, document: str) -> None:
    """Another helper, another person, a person who signed in alone and names a helper."""
    client = house.together(person)
    entity = f"DocumentReference/{document}"
    other = reading(house, person, entity, helper_id=mint())
    assert refusal(put(client, other)) == (403, "not-allowed")
    house.add_citizen(stranger := f"p{mint()}", mint())
    assert refusal(put(client, reading(house, stranger, entity))) == (403, "another-person")
    assert refusal(put(house.citizen(person), reading(house, person, entity))) == (403, "not-allowed")


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"action": "C"}, "action"),
        ({"outcome": "9"}, "outcome"),
        ({"recorded": "hier"}, "recorded"),
        ({"recorded": "2026-11-22T10:00:00"}, "recorded"),
    ],
)
def test_what_is_no_reading_is_refused_with_its_place(
    house: House, person: str, change: dict[str, str], at: str
) -> None:
    """Nothing of it is kept."""
    event = reading(house, person) | change
    answer = put(house.together(person), event)
    assert refusal(answer) == (422, "element-value")
    assert answer.json()["issue"][0]["expression"] == [at]
    assert house.citizen(person).get(f"/AuditEvent/{event['id']}").status_code == 404


def test_a_clock_that_runs_ahead_does_not_count(house: House, person: str) -> None:
    """What was read tomorrow was read now."""
    event = reading(house, person, moment=NOW + timedelta(days=365))
    put(house.together(person), event)
    assert kept(house, person, event)["recorded"] < (NOW + timedelta(days=1)).isoformat()


def test_reading_for_the_person_without_a_mandate_is_kept_and_marked(
    house: House, person: str, document: str
) -> None:
    """None, another scope, over at that moment: outcome 8 and why; covered: outcome 0 with its mandate."""
    client, entity = house.together(person), f"DocumentReference/{document}"

    def told(consent: str | None, **more: datetime) -> tuple[str, str | None]:
        event = reading(house, person, entity, mode="faire_pour", mandate=consent, **more)
        assert put(client, event).status_code == 201
        found = kept(house, person, event)
        detail = found["entity"][-1].get("detail", [{}])[0]
        return found["outcome"], detail.get("valueString")

    running = mandate(house, person)
    assert told(running) == ("0", None)
    assert told(None) == ("8", "mandate-missing")
    assert told(mandate(house, person, scopes=("messages",))) == ("8", "mandate-scope")
    assert told(mandate(house, person, actions=("add",))) == ("8", "mandate-scope")
    assert told(mandate(house, person, adviser=mint())) == ("8", "mandate-missing")
    assert told(running, moment=NOW - timedelta(days=30)) == ("8", "mandate-over")
    assert told(mandate(house, person, days=-1)) == ("8", "mandate-over")


def test_a_mandate_that_ended_since_covers_what_was_read_before(
    house: House, person: str, document: str
) -> None:
    """The reading was lawful when it happened, however late it is told."""
    consent = mandate(house, person, days=-1)
    event = reading(
        house, person, f"DocumentReference/{document}",
        mode="faire_pour", mandate=consent, moment=NOW - timedelta(hours=36),
    )  # fmt: skip
    put(house.together(person), event)
    assert kept(house, person, event)["outcome"] == "0"


def test_a_hidden_document_is_not_hinted_at(house: House, person: str, system: httpx.Client) -> None:
    """What its author hides from the person stands in no line that the person reads."""
    bundle = document_bundle(house.patients[person], mint().encode())
    hidden = next(
        e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "DocumentReference"
    )
    hidden.setdefault("securityLabel", []).append(
        {
            "coding": [
                {
                    "system": "https://mos.esante.gouv.fr/NOS/TRE_A08-HL7Confidentiality",
                    "code": "INVISIBLE_PATIENT",
                }
            ]
        }
    )
    answer = system.post("/", json=bundle)
    assert answer.status_code == 200, answer.text
    places = [each["response"]["location"] for each in answer.json()["entry"]]
    document_id = next(each for each in places if "DocumentReference" in each).split("/")[-3]
    event = reading(house, person, f"DocumentReference/{document_id}")
    assert put(house.together(person), event).status_code == 201
    assert len(kept(house, person, event)["entity"]) == 1


def test_every_access_names_role_and_mode(house: House, person: str, document: str) -> None:
    """What the service sees itself: with the person, and by a slip for them."""
    consent = mandate(house, person)
    client = house.together(person)
    client.get(f"/DocumentReference/{document}")
    client.post("/", json=deposit(house, person, consent))
    found = [
        each["resource"]
        for each in house.citizen(person).get("/AuditEvent", params={"_count": "100"}).json()["entry"]
    ]
    mine = [each for each in found if len(each["agent"]) > 1]
    modes = {(each["action"], each["extension"][0]["valueCode"]) for each in mine}
    assert {("R", "faire_avec"), ("C", "faire_pour")} <= modes
    roles = {
        agent["role"][0]["coding"][0]["code"] for each in mine for agent in each["agent"] if "role" in agent
    }
    assert roles == {"citizen", "adviser"}


def test_a_slip_does_not_open_the_list_of_who_looked(house: House, person: str) -> None:
    """Only a mandate for the account does: the list tells of everybody's visits."""
    for scopes, status in ((("documents",), 403), (("documents", "account"), 200)):
        consent = mandate(house, person, scopes=scopes)
        adviser = house.sign_in("chloe", ADVISER_SCOPE)["access_token"]
        told = house.together(person).post(f"/Consent/{consent}/$slip").json()
        words = told["parameter"][0]["valueString"]
        token = house.exchange("https://tandem.example/oauth/mandate-slip", words, adviser).json()
        answer = house.client(token["access_token"]).get("/AuditEvent")
        assert answer.status_code == status, answer.text
