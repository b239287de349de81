"""What a helper may do: faire avec, faire pour, the slip."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.codes.categories import Category, type_of
from app.codes.mandate_texts import CURRENT, MandateFacts, digest, fill
from app.codes.mandate_words import Action, Duration, Scope
from app.fhir import consent as consents
from app.ids import mint
from app.vault.parcels import ParcelKey
from sync.service.accounts import Accounts, clear_tries
from sync.service.caller import Role
from tests.sync.service.house import (
    ACCESS,
    ADVISER,
    ADVISER_SCOPE,
    ORGANIZATION,
    SLIP,
    document_bundle,
    metadata,
)
from tests.sync.service.test_interactions import observation

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from app.fhir import Resource
    from tests.sync.service.house import House


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


def mandate(
    house: House,
    login: str,
    *,
    scopes: tuple[str, ...] = ("documents",),
    actions: tuple[str, ...] = ("view", "add"),
    days: int = 1,
    adviser: str = ADVISER,
) -> str:
    """Store a mandate of this person as a program would; returns its id."""
    start = datetime.now(UTC) - timedelta(days=2)
    body = consents.MandateBody(
        id=mint(), patient_id=house.patients[login], patient_name="Essai", birth_date="1950-02-03",
        organization_id=ORGANIZATION if adviser == ADVISER else mint(), organization_name="Maison",
        adviser_id=adviser, adviser_name="Chloé", scopes=scopes, actions=actions, duration="P31D",
        start=start, end=start + timedelta(days=2 + days), template_id="t", text_sha256="0" * 64,
        language="fr", signing_mode="on-screen",
    )  # fmt: skip
    consent = consents.make(body, "Le texte lu à la personne.")
    answer = house.system.put(f"/Consent/{body.id}", json=consent)
    assert answer.status_code == 201, answer.text
    return body.id


def deposit(house: House, login: str, consent_id: str | None) -> Resource:
    """Make a deposit in ``faire_pour``."""
    sent = document_bundle(house.patients[login], mint().encode(), mode="faire_pour")
    if consent_id:
        sent["entry"][3]["resource"]["policy"] = [f"Consent/{consent_id}"]
    return sent


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    return answer.status_code, answer.json()["issue"][0]["details"]["coding"][0]["code"]


def test_faire_avec_needs_no_mandate(house: House, person: str) -> None:
    """The person acts, helped."""
    sent = document_bundle(house.patients[person], b"avec")
    assert house.together(person).post("/", json=sent).status_code == 200


def test_faire_pour_needs_a_running_mandate_that_names_it(house: House, person: str) -> None:
    """None, over, another helper's, another scope, another action: 403 with its sentence."""
    client = house.together(person)
    assert refusal(client.post("/", json=deposit(house, person, None))) == (403, "mandate-missing")
    assert refusal(client.post("/", json=deposit(house, person, mint()))) == (403, "mandate-missing")
    for wrong, code in (
        (mandate(house, person, days=-1), "mandate-over"),
        (mandate(house, person, adviser=mint()), "mandate-missing"),
        (mandate(house, person, scopes=("agenda",)), "mandate-scope"),
        (mandate(house, person, actions=("view",)), "mandate-scope"),
    ):
        assert refusal(client.post("/", json=deposit(house, person, wrong))) == (403, code)
    assert client.post("/", json=deposit(house, person, mandate(house, person))).status_code == 200


def test_a_revoked_mandate_is_over_at_once(house: House, person: str) -> None:
    """The next act is refused."""
    client, given = house.together(person), mandate(house, person)
    assert client.post("/", json=deposit(house, person, given)).status_code == 200
    consent = client.get(f"/Consent/{given}").json()
    revoked = consents.revoked(consent, by="patient", reason="end", moment=datetime.now(UTC))
    assert client.put(f"/Consent/{given}", json=revoked).status_code == 200
    assert refusal(client.post("/", json=deposit(house, person, given))) == (403, "mandate-over")


def test_no_one_grants_a_mandate_for_the_person(house: House, person: str) -> None:
    """A Consent in faire_pour is the person's to give."""
    given = mandate(house, person)
    consent = house.system.get(f"/Consent/{given}").json() | {"id": mint()}
    sent = deposit(house, person, given)
    sent["entry"].append(
        {"resource": consent, "request": {"method": "PUT", "url": f"Consent/{consent['id']}"}}
    )
    assert refusal(house.together(person).post("/", json=sent)) == (403, "person-decides")


def slip_client(house: House, words: str, **more: str) -> tuple[httpx.Response, str]:
    """Exchange a slip; returns the answer and its token."""
    adviser = house.sign_in("chloe", ADVISER_SCOPE)["access_token"]
    answer = house.exchange(SLIP, words, adviser, **more)
    return answer, answer.json().get("access_token", "")


def words_of(house: House, person: str, given: str) -> str:
    """Draw a slip's words."""
    answer = house.together(person).post(f"/Consent/{given}/$slip")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["parameter"][0]["valueString"])


def test_a_slip_opens_its_mandate_and_nothing_more(house: House, person: str) -> None:
    """Documents are read and filed; a weight is neither; the feed tells what the mandate opens."""
    given = mandate(house, person)
    house.system.post("/Observation", json=observation(house.patients[person]))
    words = words_of(house, person, given)
    answer, token = slip_client(
        house, words.upper().replace("-", "  "), family="éssai", birth_date="1950-02-03"
    )
    assert answer.status_code == 200, answer.text
    client = house.client(token)
    assert client.get("/DocumentReference").status_code == 200
    assert refusal(client.get("/Observation")) == (403, "mandate-scope")
    assert refusal(client.post("/Observation", json=observation(house.patients[person]))) == (
        403,
        "mandate-scope",
    )
    assert client.post("/", json=deposit(house, person, given)).status_code == 200
    for closed in ("/_history", f"/Patient/{house.patients[person]}/$everything"):
        assert client.get(closed).status_code == 403
    told = client.get(f"/Patient/{house.patients[person]}/$changes").json()["entry"]
    kinds = {each["fullUrl"].split("/")[-2] for each in told}
    assert kinds == {"Patient", "Consent", "DocumentReference", "List", "Provenance"}
    consent = house.system.get(f"/Consent/{given}").json()
    assert client.put(f"/Consent/{mint()}", json=consent).status_code in {400, 403}
    house.system.put(f"/Consent/{given}", json=consent | {"status": "inactive"})
    assert client.get("/DocumentReference").status_code == 403
    assert client.get(f"/Patient/{house.patients[person]}").status_code == 403
    assert slip_client(house, words)[0].status_code == 400


def test_a_slip_s_upload_needs_the_scope(house: House, person: str) -> None:
    """A mandate to view opens no upload."""
    given = mandate(house, person, actions=("view",))
    _, token = slip_client(house, words_of(house, person, given))
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "1", "Upload-Metadata": metadata(sha256="0" * 64)}
    answer = house.client(token).post(f"{house.base}/uploads", headers=headers)
    assert answer.status_code == 403


def test_a_slip_of_another_person_s_name_does_not_open(house: House, person: str) -> None:
    """The name and the birth date must fit where they are given."""
    words = words_of(house, person, mandate(house, person))
    assert slip_client(house, words, family="Durand")[0].status_code == 400
    assert slip_client(house, words, birth_date="1950-02-04")[0].status_code == 400
    assert slip_client(house, words)[0].status_code == 200


def test_guessing_slips_is_slowed(house: House, person: str) -> None:
    """Five tries, then 429 with Retry-After, for the right words too."""
    words = words_of(house, person, mandate(house, person))
    for _ in range(5):
        assert slip_client(house, "olive-chat-mur")[0].status_code == 400
    answer, _ = slip_client(house, words)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900


def test_new_words_replace_the_old(house: House, person: str) -> None:
    """Only the last slip of a mandate opens; the person alone cannot draw one."""
    given = mandate(house, person)
    old, new = words_of(house, person, given), words_of(house, person, given)
    assert slip_client(house, old)[0].status_code == 400
    assert slip_client(house, f"tandem:mandat:{new}")[0].status_code == 200
    assert house.citizen(person).post(f"/Consent/{given}/$slip").status_code == 403


def test_the_journal_names_the_helper_and_the_mandate(house: House, person: str) -> None:
    """The citizen reads who acted, how, and under which mandate."""
    given = mandate(house, person)
    house.together(person).post("/", json=deposit(house, person, given))
    events = house.citizen(person).get("/AuditEvent?action=C&agent=Practitioner/" + ADVISER).json()
    event = events["entry"][-1]["resource"]
    helper = event["agent"][1]
    assert (helper["who"]["reference"], helper["policy"]) == (f"Practitioner/{ADVISER}", [f"Consent/{given}"])
    assert event["extension"][0]["valueCode"] == "faire_pour"


PHARMACIST, PHARMACY = mint(), mint()


@pytest.fixture(scope="module")
def at_counter(house: House) -> Callable[[str], httpx.Client]:
    """Return what signs a person in at a pharmacy's counter, with the pharmacist and their PC."""
    claims = {"name": "Claire Essai", "organization": {"id": PHARMACY, "name": "Pharmacie"}}
    accounts, who = Accounts(house.service), f"Practitioner/{PHARMACIST}"
    accounts.add("claire", "claire", Role.PHARMACIST, who, claims, made_up=True)
    device = house.enrolled(PHARMACY)

    def together(login: str) -> httpx.Client:
        own, usual = house.sign_in(login)["access_token"], house.device
        pharmacist = house.sign_in("claire", ADVISER_SCOPE)["access_token"]
        house.device = device
        try:
            answer = house.exchange(ACCESS, own, pharmacist)
        finally:
            house.device = usual
        assert answer.status_code == 200, answer.text
        return house.client(answer.json()["access_token"])

    return together


def given_there(house: House, login: str, length: timedelta, duration: Duration) -> Resource:
    """Write the mandate that a pharmacist's program would, of its own text."""
    start = datetime.now(UTC).replace(microsecond=0)
    facts = MandateFacts(
        patient="Essai", birth_date="1950-02-03", adviser="Claire", organization="Pharmacie",
        scopes=frozenset({Scope.PRESCRIPTIONS, Scope.PROFILE}), actions=frozenset({Action.VIEW, Action.ADD}),
        duration=duration, start=start, end=start + length,
    )  # fmt: skip
    text = fill(CURRENT, facts)
    body = consents.MandateBody(
        id=mint(), patient_id=house.patients[login], patient_name=facts.patient, birth_date=facts.birth_date,
        organization_id=PHARMACY, organization_name=facts.organization, adviser_id=PHARMACIST,
        adviser_name=facts.adviser, scopes=tuple(facts.scopes), actions=tuple(facts.actions),
        duration=duration, start=start, end=facts.end, template_id=CURRENT, text_sha256=digest(text),
        language="fr", signing_mode="on-screen",
    )  # fmt: skip
    return consents.make(body, text)


def test_a_pharmacist_gets_a_day_at_most_whatever_the_program(
    house: House, person: str, at_counter: Callable[[str], httpx.Client]
) -> None:
    """A day is kept, a second more is refused, whatever its text says; an adviser's may last longer."""
    client = at_counter(person)
    for more, duration, answer in (
        (timedelta(0), Duration.DAY, None),
        (timedelta(seconds=1), Duration.DAY, (403, "mandate-duration")),
        (timedelta(days=30), Duration.MONTH, (403, "mandate-duration")),
    ):
        consent = given_there(house, person, timedelta(days=1) + more, duration)
        told = client.put(f"/Consent/{consent['id']}", json=consent)
        assert (refusal(told) if answer else told.status_code) == (answer or 201)
    longer = given_there(house, person, timedelta(days=31), Duration.MONTH)
    assert house.together(person).put(f"/Consent/{longer['id']}", json=longer).status_code == 201
    changed = given_there(house, person, timedelta(days=1), Duration.DAY)
    changed["provision"]["class"] += [changed["provision"]["class"][0] | {"code": "results"}]
    assert refusal(client.put(f"/Consent/{changed['id']}", json=changed))[1] == "mandate-text"


def filed(house: House, login: str, category: Category) -> tuple[str, str]:
    """Let the person file a document of a category; returns its id and its file's."""
    sent = document_bundle(house.patients[login], mint().encode(), mode=None)
    sent["entry"][1]["resource"]["type"] = type_of(category)
    answer = house.citizen(login).post("", json=sent)
    assert answer.status_code == 200, answer.text
    places = [str(each["response"]["location"]).split("/_history")[0] for each in answer.json()["entry"]]
    return places[1].rpartition("/")[2], places[0].rpartition("/")[2]


def test_a_slip_for_prescriptions_opens_those_documents_and_no_other(house: House, person: str) -> None:
    """By address, in a search, as a file, in versions, in the feed; the scope alone is not enough to file."""
    (mine, file), (other, closed) = (
        filed(house, person, each) for each in (Category.ORD_SOIN, Category.BIOLOGIE)
    )
    given = mandate(house, person, scopes=("prescriptions", "profile"), actions=("view", "add"))
    _, token = slip_client(house, words_of(house, person, given))
    client = house.client(token)
    assert client.get(f"/DocumentReference/{mine}").status_code == 200
    assert client.get(f"/Binary/{file}").status_code == 200
    for where in (f"DocumentReference/{other}", f"Binary/{closed}", f"DocumentReference/{other}/_history/1"):
        assert refusal(client.get(f"/{where}")) == (404, "unknown")
    listed = client.get("/DocumentReference").json()
    assert (listed["total"], [each["resource"]["id"] for each in listed["entry"]]) == (1, [mine])
    assert client.get("/DocumentReference", params={"_id": other}).json()["total"] == 0
    assert client.get(f"/DocumentReference/{mine}/_history").status_code == 200
    assert refusal(client.get(f"/DocumentReference/{other}/_history")) == (404, "unknown")
    assert refusal(client.get("/DocumentReference/_history")) == (403, "mandate-scope")
    told = client.get(f"/Patient/{house.patients[person]}/$changes").json()["entry"]
    seen = {each["fullUrl"].rpartition("/")[2] for each in told}
    assert mine in seen
    assert not {other, closed} & seen
    assert refusal(client.post("/", json=deposit(house, person, given))) == (403, "mandate-scope")
    assert refusal(client.get("/Observation")) == (403, "mandate-scope")
    reading = {
        "resourceType": "AuditEvent", "action": "R", "outcome": "0",
        "recorded": datetime.now(UTC).isoformat(),
        "agent": [{"who": {"reference": f"Practitioner/{ADVISER}"}, "requestor": True}],
    }  # fmt: skip
    for document, outcome in ((mine, "0"), (other, "8")):
        event = reading | {"id": mint(), "entity": [{"what": {"reference": f"DocumentReference/{document}"}}]}
        assert client.put(f"/AuditEvent/{event['id']}", json=event).status_code == 201
        kept = house.citizen(person).get(f"/AuditEvent/{event['id']}").json()
        assert kept["outcome"] == outcome


def test_what_is_hidden_is_changed_under_its_own_word_only(house: House, person: str) -> None:
    """A mandate to edit documents does not hide one, nor show it again; one to hide does."""
    document, _ = filed(house, person, Category.ORD_SOIN)
    secret = [{"coding": [{"code": "INVISIBLE_REPRESENTANTS_LEGAUX"}]}]
    for actions, expected in ((("view", "edit"), 403), (("view", "edit", "hide"), 200)):
        _, token = slip_client(house, words_of(house, person, mandate(house, person, actions=actions)))
        client = house.client(token)
        body = client.get(f"/DocumentReference/{document}").json()
        assert client.put(f"/DocumentReference/{document}", json=body | {"description": "x"}).is_success
        hidden = client.put(f"/DocumentReference/{document}", json=body | {"securityLabel": secret})
        assert hidden.status_code == expected, hidden.text


def test_a_photo_of_a_box_may_come_from_a_telephone_at_the_counter(house: House, person: str) -> None:
    """A mandate to note a vaccine opens a page for a telephone; one to look does not."""
    body = {"public_key": base64.b64encode(ParcelKey.draw().public).decode()}
    for actions, expected in ((("view", "add"), 201), (("view",), 403)):
        given = mandate(house, person, scopes=("prescriptions", "profile"), actions=actions)
        _, token = slip_client(house, words_of(house, person, given))
        assert house.client(token).post(f"{house.base}/drops", json=body).status_code == expected
