"""What a helper may do: faire avec, faire pour, the slip."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.fhir import consent as consents
from app.ids import mint
from sync.service.accounts import clear_tries
from tests.sync.service.house import (
    ADVISER,
    ADVISER_SCOPE,
    ORGANIZATION,
    SLIP,
    document_bundle,
    metadata,
)
from tests.sync.service.test_interactions import observation

if TYPE_CHECKING:
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


def asked_at_a_counter(house: House, person: str, days: float, role: str = "pharmacist") -> str:
    """Ask as a pharmacist's program would for a mandate of so many days; "" where it is let pass."""
    from types import SimpleNamespace

    from sync.service.helpers import check_act
    from sync.service.refusals import Refused

    consent = house.system.get(f"/Consent/{mandate(house, person)}").json()
    start = datetime.now(UTC)
    consent["provision"]["period"] = {
        "start": start.isoformat(), "end": (start + timedelta(days=days)).isoformat()
    }  # fmt: skip
    helper = SimpleNamespace(role=role, reference="Practitioner/x", organization=None)
    unit = SimpleNamespace(act_checked=False, caller=SimpleNamespace(helper=helper, mandate=None))
    try:
        check_act(unit, None, [consent])  # type: ignore[arg-type]  # only the caller is looked at
    except Refused as refused:
        return refused.reason
    return ""


def test_a_pharmacist_gets_a_day_at_most_whatever_the_program(house: House, person: str) -> None:
    """Its length is refused before its text, which here was changed; an adviser's may last longer."""
    assert asked_at_a_counter(house, person, 1) == "mandate-text"
    assert asked_at_a_counter(house, person, 1.001) == "mandate-duration"
    assert asked_at_a_counter(house, person, 31) == "mandate-duration"
    assert asked_at_a_counter(house, person, 31, role="adviser") == "mandate-text"
