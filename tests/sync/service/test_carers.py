"""Carers at the service: invitation, acceptance, a token held to its consent, and what no carer ever does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from app.fhir import consent as consents
from app.ids import mint
from sync.service.carers import CARED_FOR, MOST_CARERS
from sync.service.storage import EVERYONE
from tests.sync.service.house import ACCESS, EXCHANGE, document_bundle
from tests.sync.service.test_helpers import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.fhir import Resource
    from tests.sync.service.house import House

SECRET = {
    "coding": [
        {
            "system": "https://mos.esante.gouv.fr/NOS/TRE_A07-StatusVisibiliteDocument",
            "code": "INVISIBLE_REPRESENTANTS_LEGAUX",
        }
    ]
}


@pytest.fixture
def people(house: House) -> tuple[str, str]:
    """Add someone to be cared for, and a carer; returns their logins."""
    logins = f"p{mint()}", f"c{mint()}"
    for login in logins:
        house.add_citizen(login, mint())
    return logins


def draft(
    house: House,
    login: str,
    scopes: tuple[str, ...] = ("documents",),
    actions: tuple[str, ...] = ("view",),
    duration: str = "P31D",
) -> Resource:
    """Write the consent that awaits its carer."""
    start = datetime.now(UTC) - timedelta(minutes=1)
    body = consents.MandateBody(
        id=mint(), patient_id=house.patients[login], patient_name="Essai", birth_date="1950-02-03",
        organization_id="", organization_name="", adviser_id="", adviser_name="Paul", scopes=scopes,
        actions=actions, duration=duration, start=start, end=start + timedelta(days=31), template_id="t",
        text_sha256="0" * 64, language="fr", signing_mode="on-screen",
    )  # fmt: skip
    return consents.make(body, "Le texte lu à la personne.")


def invited(house: House, login: str, **more: Any) -> httpx.Response:  # noqa: ANN401 (a draft's fields)
    """Invite as this person."""
    return house.citizen(login).post(
        f"{house.base}/carers/invitations", json={"consent": draft(house, login, **more)}
    )


def accepted(house: House, login: str, code: str) -> httpx.Response:
    """Accept as this carer."""
    return house.citizen(login).post(f"{house.base}/carers/acceptances", json={"code": code})


def exchanged(house: House, carer: str, patient_id: str) -> httpx.Response:
    """Ask for the token of a carer for someone."""
    form = {
        "grant_type": EXCHANGE,
        "subject_token": patient_id,
        "subject_token_type": CARED_FOR,
        "actor_token": house.sign_in(carer)["access_token"],
        "actor_token_type": ACCESS,
    }
    return httpx.post(f"{house.base}/token", data=form, trust_env=False)


@pytest.fixture
def caring(house: House, people: tuple[str, str]) -> Callable[..., tuple[httpx.Client, Resource]]:
    """Return what makes the one the other's carer and signs them in."""

    def begin(**more: Any) -> tuple[httpx.Client, Resource]:  # noqa: ANN401 (a draft's fields)
        person, carer = people
        told = invited(house, person, **more).json()
        care: Resource = accepted(house, carer, told["code"]).json()
        answer = exchanged(house, carer, care["patient"])
        assert answer.status_code == 200, answer.text
        return house.client(answer.json()["access_token"]), care

    return begin


def deposit(house: House, login: str, *, secret: bool = False) -> str:
    """Let the person file a document; returns its id."""
    sent = document_bundle(house.patients[login], mint().encode(), mode=None)
    if secret:
        sent["entry"][1]["resource"]["securityLabel"] = [SECRET]
    answer = house.citizen(login).post("", json=sent)
    assert answer.status_code == 200, answer.text
    location = str(answer.json()["entry"][1]["response"]["location"])
    return location.split("DocumentReference/")[1].split("/", maxsplit=1)[0]


def feed(client: httpx.Client, patient_id: str) -> list[tuple[str, str, str]]:
    """Read the whole feed: method, type, id."""
    told = client.get(f"/Patient/{patient_id}/$changes").json()
    urls = [(each["request"]["method"], each["fullUrl"].split("/")) for each in told["entry"]]
    return [(method, parts[-2], parts[-1]) for method, parts in urls]


def test_an_accepted_invitation_opens_what_it_names_and_nothing_else(
    house: House, people: tuple[str, str], caring: Callable[..., tuple[httpx.Client, Resource]]
) -> None:
    """An accepted invitation opens what it names and nothing else."""
    document = deposit(house, people[0])
    client, care = caring()
    assert client.get(f"/DocumentReference/{document}").status_code == 200
    assert refusal(client.get("/AllergyIntolerance")) == (403, "mandate-scope")
    seen = feed(client, care["patient"])
    assert ("DocumentReference", document) in {each[1:] for each in seen}
    assert care["role"] == "carer"


def test_an_act_needs_its_action_and_is_told_with_the_role(
    house: House, people: tuple[str, str], caring: Callable[..., tuple[httpx.Client, Resource]]
) -> None:
    """An act needs its action and is told with the role."""
    client, care = caring(actions=("view", "add"))
    sent = document_bundle(care["patient"], mint().encode(), mode="faire_pour")
    assert client.post("", json=sent).status_code == 200
    told = house.citizen(people[0]).get("/AuditEvent", params={"action": "C", "_count": 50}).json()
    agents = [agent for each in told["entry"] for agent in each["resource"]["agent"]]
    mine = [each for each in agents if each["role"][0]["coding"][0]["code"] == "carer"]
    assert mine
    assert mine[0]["who"]["reference"] == f"RelatedPerson/{care['carer']}"
    assert mine[0]["policy"] == [f"Consent/{care['consent']}"]


def test_without_add_nothing_is_added(caring: Callable[..., tuple[httpx.Client, Resource]]) -> None:
    """Without add nothing is added."""
    client, care = caring()
    sent = document_bundle(care["patient"], mint().encode(), mode="faire_pour")
    assert refusal(client.post("", json=sent)) == (403, "mandate-scope")


def test_what_is_kept_from_representatives_never_reaches_them(
    house: House, people: tuple[str, str], caring: Callable[..., tuple[httpx.Client, Resource]]
) -> None:
    """What is kept from representatives never reaches them."""
    secret, plain = deposit(house, people[0], secret=True), deposit(house, people[0])
    client, care = caring()
    ids = {each[2] for each in feed(client, care["patient"])}
    assert plain in ids
    assert secret not in ids
    assert client.get(f"/DocumentReference/{secret}").status_code == 404
    assert client.get(f"/DocumentReference/{secret}/_history/1").status_code == 404
    listed = client.get("/DocumentReference").json()
    assert listed["total"] == 1
    own = house.citizen(people[0])
    assert own.get(f"/DocumentReference/{secret}").status_code == 200
    url = own.get(f"/DocumentReference/{secret}").json()["content"][0]["attachment"]["url"]
    assert client.get(f"/Binary/{url.rpartition('/')[2]}").status_code == 404
    assert own.get("/DocumentReference").json()["total"] == 2


def test_what_becomes_secret_is_taken_back_from_the_device(
    house: House, people: tuple[str, str], caring: Callable[..., tuple[httpx.Client, Resource]]
) -> None:
    """What becomes secret is taken back from the device, with the set that names it."""
    document = deposit(house, people[0])
    client, care = caring()
    assert document in {each[2] for each in feed(client, care["patient"])}
    own = house.citizen(people[0])
    body = own.get(f"/DocumentReference/{document}").json()
    assert own.put(f"/DocumentReference/{document}", json=body | {"securityLabel": [SECRET]}).is_success
    told = feed(client, care["patient"])
    assert told[-2] == ("DELETE", "DocumentReference", document)
    assert told[-1][:2] == ("DELETE", "List")


NEVER = [
    ("POST", "{base}/carers/invitations", "carer-never"),
    ("POST", "/Consent/{consent}/$slip", "not-allowed"),
    ("GET", "/Patient/{patient}/$everything", "not-allowed"),
    ("GET", "/_history", "not-allowed"),
    ("GET", "/Consent", "carer-never"),
    ("GET", "/Consent/_history", "carer-never"),
    ("GET", "/AuditEvent", "mandate-scope"),
    ("DELETE", "/Patient/{patient}", "carer-never"),
    ("PUT", "/Patient/{patient}", "carer-never"),
    ("GET", "{base}/carers/people", "carer-never"),
    ("POST", "{base}/carers/acceptances", "carer-never"),
]


def test_a_carer_never(house: House, caring: Callable[..., tuple[httpx.Client, Resource]]) -> None:
    """Reshare, close, delete, take all at once, whatever the consent says."""
    client, care = caring(
        scopes=("documents", "profile", "wishes", "messages"), actions=("view", "add", "edit", "hide")
    )
    for method, path, reason in NEVER:
        where = path.format(base=house.base, **care)
        body: Resource | None = None
        if method == "PUT":
            body = client.get(where).json() | {"active": False}
        elif method == "POST":
            body = {"code": "x"}
        answer = client.request(method, where, json=body)
        assert (path, answer.status_code, refusal(answer)[1]) == (path, 403, reason)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"scopes": ("account",)}, "carer-never"),
        ({"actions": ("send",)}, "carer-never"),
        ({"scopes": ()}, "carer-form"),
        ({"duration": "SESSION"}, "carer-form"),
        ({"duration": "P1D"}, "carer-form"),
    ],
)
def test_an_invitation_that_says_too_much_or_too_little(
    house: House, people: tuple[str, str], more: dict[str, Any], reason: str
) -> None:
    """An invitation that says too much or too little."""
    assert refusal(invited(house, people[0], **more))[1] == reason


def test_a_code_serves_once_for_somebody_else_and_for_a_week(
    own_house: Callable[..., House],
) -> None:
    """A code serves once for somebody else and for a week."""
    house = own_house()
    for login, number in (("anne", "250021234567801"), ("bruno", "150021234567801")):
        house.add_citizen(login, number)
    code = invited(house, "anne").json()["code"]
    assert refusal(accepted(house, "anne", code))[1] == "carer-self"
    assert refusal(accepted(house, "bruno", "AAAA-BBBB"))[1] == "invitation-over"
    assert accepted(house, "bruno", code.lower().replace("-", " ")).status_code == 201
    assert refusal(accepted(house, "bruno", code))[1] == "invitation-over"
    again = invited(house, "anne").json()["code"]
    assert refusal(accepted(house, "bruno", again))[1] == "carer-already"
    with house.service.store.transaction(of=EVERYONE) as sql:
        sql.execute("UPDATE carer_invitation SET expires = '2026-01-01T00:00:00.000Z' WHERE used IS NULL")
    assert refusal(accepted(house, "bruno", again))[1] == "invitation-over"


def test_three_carers_at_most_open_invitations_count(house: House, people: tuple[str, str]) -> None:
    """Three carers at most open invitations count."""
    for _ in range(MOST_CARERS):
        assert invited(house, people[0]).status_code == 201
    assert refusal(invited(house, people[0])) == (409, "carer-many")


@pytest.mark.parametrize("side", ["person", "carer"])
def test_either_side_ends_it_and_the_token_opens_nothing_more(
    house: House,
    people: tuple[str, str],
    caring: Callable[..., tuple[httpx.Client, Resource]],
    side: str,
) -> None:
    """Either side ends it and the token opens nothing more."""
    client, care = caring()
    if side == "carer":
        own = house.citizen(people[1])
        assert own.delete(f"{house.base}/carers/people/{care['consent']}").status_code == 204
    else:
        own = house.citizen(people[0])
        consent = own.get(f"/Consent/{care['consent']}").json()
        over = consents.revoked(consent, by="patient", reason="asked", moment=datetime.now(UTC))
        assert own.put(f"/Consent/{care['consent']}", json=over).is_success
    assert refusal(client.get("/DocumentReference")) == (403, "mandate-over")
    assert exchanged(house, people[1], care["patient"]).status_code == 400
    assert house.citizen(people[1]).get(f"{house.base}/carers/people").json() == {"people": []}


def test_at_its_end_the_service_refuses(
    own_house: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its end the service refuses."""
    house = own_house()
    for login, number in (("anne", "250021234567801"), ("bruno", "150021234567801")):
        house.add_citizen(login, number)
    care = accepted(house, "bruno", invited(house, "anne").json()["code"]).json()
    assert exchanged(house, "bruno", care["patient"]).status_code == 200
    later = datetime.now(UTC) + timedelta(days=32)
    monkeypatch.setattr(house.service, "clock", lambda: later)
    assert exchanged(house, "bruno", care["patient"]).status_code == 400
    assert house.citizen("bruno").get(f"{house.base}/carers/people").json() == {"people": []}


def test_nobody_cares_for_whom_they_were_not_asked_to(house: House, people: tuple[str, str]) -> None:
    """Nobody cares for whom they were not asked to."""
    assert exchanged(house, people[1], house.patients[people[0]]).status_code == 400
