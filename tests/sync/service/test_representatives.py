"""A legal representative: noted by the service only, for whom the law says, held as every carer is."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app.codes.mandate_texts import REPRESENTATIVE
from app.fhir import consent as consents
from app.fhir.patient import PROTECTION_URL
from app.ids import mint
from app.mandates import from_consent, verify
from sync.service import representatives
from sync.service.operations import note_representative
from sync.service.refusals import Refused
from tests.sync.service.house import document_bundle
from tests.sync.service.test_carers import SECRET, deposit, exchanged, feed, invited
from tests.sync.service.test_helpers import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sync.service.house import House

TODAY = datetime.now(UTC).date()
BORN = (TODAY - timedelta(days=12 * 365)).isoformat()
EVIDENCE = "Livret de famille, vu le 20 novembre 2026"


def changed(house: House, login: str, **told: Any) -> None:  # noqa: ANN401 (elements of a Patient)
    """Let the identity's source say something else of a person."""
    where = f"/Patient/{house.patients[login]}"
    assert house.system.put(where, json=house.system.get(where).json() | told).is_success


def protection(kind: str) -> dict[str, Any]:
    """Write an adult's protection."""
    return {"extension": [{"url": PROTECTION_URL, "valueCode": kind}]}


@pytest.fixture
def family(house: House) -> tuple[str, str]:
    """Add a child of twelve and their parent; returns the logins."""
    logins = f"e{mint()}", f"p{mint()}"
    for login in logins:
        house.add_citizen(login, mint())
    changed(house, logins[0], birthDate=BORN)
    return logins


def test_a_parent_reads_and_writes_as_legal_representative(house: House, family: tuple[str, str]) -> None:
    """Role, mode, subject, actor and what was noted stand in the journal; what was kept back stays back."""
    child, parent = family
    secret, plain = deposit(house, child, secret=True), deposit(house, child)
    noted = representatives.note(house.service, parent, child, "parent", EVIDENCE)
    (told,) = house.citizen(parent).get(f"{house.base}/carers/people").json()["people"]
    assert (told["role"], told["capacity"], told["patient"]) == (
        "legal_representative", "parent", house.patients[child],
    )  # fmt: skip
    client = house.client(exchanged(house, parent, told["patient"]).json()["access_token"])
    assert client.get(f"/DocumentReference/{plain}").status_code == 200
    assert client.get(f"/DocumentReference/{secret}").status_code == 404
    assert secret not in {each[2] for each in feed(client, told["patient"])}
    sent = document_bundle(told["patient"], mint().encode(), mode="faire_pour")
    assert client.post("", json=sent).status_code == 200
    events = house.citizen(child).get("/AuditEvent", params={"_count": 100}).json()["entry"]
    mine = [
        (each["resource"]["action"], agent["policy"], each["resource"]["extension"][0]["valueCode"])
        for each in events
        for agent in each["resource"]["agent"]
        if agent["role"][0]["coding"][0]["code"] == "legal_representative"
        and agent["who"]["reference"] == f"RelatedPerson/{told['carer']}"
    ]
    assert {each[0] for each in mine} >= {"R", "C"}
    assert {(tuple(each[1]), each[2]) for each in mine} == {((f"Consent/{noted['consent']}",), "faire_pour")}


def test_what_was_noted_says_who_noted_it_and_holds_its_text(house: House, family: tuple[str, str]) -> None:
    """Nobody signed it; a year at most; its words verify on the desktop, and name the document."""
    child, parent = family
    noted = representatives.note(house.service, parent, child, "parent", EVIDENCE)
    consent = house.citizen(child).get(f"/Consent/{noted['consent']}").json()
    assert not {"performer", "verification"} & set(consent)
    assert EVIDENCE in json.dumps(consent, ensure_ascii=False)
    mandate = from_consent(consent)
    assert mandate is not None
    assert verify(consent)
    assert mandate.template_id == REPRESENTATIVE
    assert mandate.end - mandate.start == timedelta(days=365)
    assert "account" not in mandate.scopes
    assert not {"hide", "send"} & mandate.actions


def test_nobody_but_the_service_notes_changes_or_ends_it(house: House, family: tuple[str, str]) -> None:
    """Not by an invitation, not by the person, the representative, or another program; it ends at once."""
    child, parent = family
    invitation = house.citizen(child).post(
        f"{house.base}/carers/invitations", json={"consent": {}, "role": "legal_representative"}
    )
    assert refusal(invitation) == (403, "representative-noted")
    noted = representatives.note(house.service, parent, child, "parent", EVIDENCE)
    where = f"/Consent/{noted['consent']}"
    consent = house.system.get(where).json()
    over = consents.revoked(consent, by="patient", reason="asked", moment=datetime.now(UTC))
    client = house.client(exchanged(house, parent, noted["patient"]).json()["access_token"])
    for each in (house.citizen(child), client, house.system):
        assert refusal(each.put(where, json=over)) == (403, "representative-noted")
        assert refusal(each.delete(where)) == (403, "representative-noted")
    forged = {key: value for key, value in consent.items() if key not in {"id", "extension"}}
    forged["extension"] = [each for each in consent["extension"] if "representation" not in each["url"]]
    assert refusal(house.citizen(child).post("/Consent", json=forged)) == (403, "representative-noted")
    stopped = house.citizen(parent).delete(f"{house.base}/carers/people/{noted['consent']}")
    assert refusal(stopped) == (403, "representative-noted")
    assert client.get("/DocumentReference").status_code == 200
    representatives.end(house.service, parent, child)
    assert refusal(client.get("/DocumentReference")) == (403, "mandate-over")
    assert exchanged(house, parent, noted["patient"]).status_code == 400


def test_what_stays_the_person_s_own_is_refused(house: House, family: tuple[str, str]) -> None:
    """What is never delegated, and what no carer does: refused whatever was noted."""
    child, parent = family
    noted = representatives.note(house.service, parent, child, "parent", EVIDENCE)
    client = house.client(exchanged(house, parent, noted["patient"]).json()["access_token"])
    patient = f"/Patient/{noted['patient']}"
    for method, path, reason in (
        ("POST", f"{house.base}/carers/invitations", "carer-never"),
        ("POST", f"/Consent/{noted['consent']}/$slip", "not-allowed"),
        ("GET", f"{patient}/$everything", "not-allowed"),
        ("DELETE", patient, "carer-never"),
        ("GET", "/AuditEvent", "mandate-scope"),
    ):
        answer = client.request(method, path, json={} if method == "POST" else None)
        assert (path, refusal(answer)) == (path, (403, reason))
    wish = {
        "resourceType": "Consent", "status": "active", "patient": {"reference": patient[1:]},
        "scope": {"coding": [{"code": "adr"}]},
        "category": [{"coding": [{"system": consents._CATEGORY, "code": "professional-access"}]}],
        "policyRule": {"coding": [{"code": "x"}]},
    }  # fmt: skip
    assert refusal(client.post("/Consent", json=wish)) == (403, "person-decides")
    document = deposit(house, child)
    body = client.get(f"/DocumentReference/{document}").json()
    assert invited(house, child).status_code == 201
    hidden = client.put(f"/DocumentReference/{document}", json=body | {"securityLabel": [SECRET]})
    assert hidden.status_code == 403, "a representative does not choose what is hidden"


@pytest.mark.parametrize(
    ("of", "capacity", "reason"),
    [
        ({}, "parent", "representative-person"),
        ({}, "guardian", "representative-person"),
        (protection("curatelle"), "guardian", "representative-person"),
        (protection("tutelle"), "enabled", "representative-person"),
        (protection("tutelle"), "curator", "representative-form"),
        ({"birthDate": BORN}, "enabled", "representative-person"),
        ({"birthDate": (TODAY - timedelta(days=18 * 365 - 10)).isoformat()}, "parent", "representative-form"),
        (protection("tutelle"), "guardian", ""),
        (protection("habilitation"), "enabled", ""),
    ],
)
def test_for_whom_the_law_says(house: House, of: dict[str, Any], capacity: str, reason: str) -> None:
    """A minor's parent, an adult's guardian; no curator, no adult without protection, nobody nearly 18."""
    person, other = f"a{mint()}", f"b{mint()}"
    for login in (person, other):
        house.add_citizen(login, mint())
    changed(house, person, **of)
    with pytest.raises(Refused) if reason else nullcontext() as caught:
        representatives.note(house.service, other, house.patients[person], capacity, EVIDENCE)
    assert (caught.value.reason if caught else "") == reason


def test_the_operator_notes_it_at_the_service_s_machine(
    own_house: Callable[..., House], capsys: pytest.CaptureFixture[str]
) -> None:
    """By one command while the service rests; without a document nothing is noted."""
    house = own_house()
    for login in ("lina", "maya"):
        house.add_citizen(login, mint())
    changed(house, "lina", birthDate=BORN)
    house.close()
    until = (TODAY + timedelta(days=200)).isoformat()

    def said(evidence: str, until: str = "", *, ends: bool = False) -> tuple[int, str]:
        code = note_representative(
            house.folder, "maya", "lina", "parent", evidence, until, ends=ends, records=house.records
        )
        told = capsys.readouterr()
        return code, told.err or told.out

    assert "Rien n’a été noté" in said("")[1]
    assert said(EVIDENCE, "demain")[0]
    told = json.loads(said(EVIDENCE, until)[1])
    assert told["end"][:10] <= until
    assert said(EVIDENCE)[0], "noted already"
    assert json.loads(said("", ends=True)[1]) == {"login": "maya", "person": "lina"}
