"""Tokens that are none, not ours, not for this, over, or of somebody who left: 401, and always the same."""

from __future__ import annotations

import base64
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from app.clock import now
from sync.enrolment import proof_of
from sync.service import devices
from sync.service.provider.tokens import Sessions, claims_of
from sync.service.refusals import Refused
from tests.sync.service.access.deeds import NOTHING
from tests.sync.service.access.test_foreign import seen
from tests.sync.service.house import ADVISER_SCOPE, ORGANIZATION

if TYPE_CHECKING:
    from tests.sync.service.access.cast import Cast


def unsigned(token: str, **changes: object) -> str:
    """Write a token anew without a signature (``alg: none``)."""
    claims = orjson.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    parts = ({"alg": "none", "typ": "at+jwt"}, claims | changes)
    return ".".join(base64.urlsafe_b64encode(orjson.dumps(each)).decode().rstrip("=") for each in parts) + "."


def resigned(people: Cast, token: str, key: ECKey, **changes: object) -> str:
    """Sign a token's claims, changed, with some key under our key's id."""
    claims = orjson.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    header = {"alg": "ES256", "typ": "at+jwt", "kid": str(people.service.secrets.signing.kid)}
    return jwt.encode(header, claims | changes, key, algorithms=["ES256"])


def of_a_lost_pc(people: Cast) -> str:
    """Open a session of two at a PC that is then taken out."""
    house, usual = people.house, people.house.device
    house.device = house.enrolled()
    token, lost = house.session_token("anne"), house.device.device_id
    house.device = usual
    assert works(people, token)
    devices.revoke(people.service, ORGANIZATION, lost, "gaelle")
    return token


def of_a_stolen_session(people: Cast) -> str:
    """Spend a refresh token, then what it gave, then the first one again."""
    first = spent = people.house.sign_in("anne")["refresh_token"]
    told: dict[str, str] = {}
    for _ in range(2):
        told = refreshed(people, spent).json()
        spent = told["refresh_token"]
    assert works(people, told["access_token"])
    assert refreshed(people, first).status_code == 400
    return told["access_token"]


def refreshed(people: Cast, token: str) -> httpx.Response:
    """Spend a refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return httpx.post(f"{people.house.base}/token", data=form, trust_env=False)


def works(people: Cast, token: str) -> bool:
    """Say whether Anne's record opens."""
    headers = {"authorization": f"Bearer {token}"}
    where = f"{people.house.fhir}/Patient/{people.anne.id}"
    return httpx.get(where, headers=headers, trust_env=False).status_code == 200


def bad_tokens(people: Cast) -> dict[str, str]:
    """Make one of each."""
    own, ours = people.tokens["citizen"], people.service.secrets.signing
    signed_in = people.house.sign_in("anne")
    over, adviser = people.house.sign_in("anne"), people.house.sign_in("chloe", ADVISER_SCOPE)
    with people.service.store.transaction() as sql:
        for each in (over, adviser):
            Sessions(people.service, sql).end(str(claims_of(people.service, each["access_token"])["sid"]))
    stranger = ECKey.generate_key("P-256", private=True)
    head, middle, last = own.split(".")
    return {
        "expired": resigned(people, own, ours, exp=int(now().timestamp()) - 1),
        "of a session that ended": over["access_token"],
        "of an adviser's session that ended": adviser["access_token"],
        "of a PC that was taken out": of_a_lost_pc(people),
        "of a session whose refresh token was spent twice": of_a_stolen_session(people),
        "another's key": resigned(people, own, stranger),
        "unsigned": unsigned(own),
        "unsigned for another": unsigned(
            own, patient=people.bruno.id, scope="system/*.cruds", role="software"
        ),
        "cut": f"{head}.{middle}.{last[:-4]}",
        "another's claims under our signature": f"{head}.{people.tokens['bruno'].split('.')[1]}.{last}",
        "another issuer": resigned(people, own, ours, iss="https://elsewhere.example"),
        "another audience": resigned(people, own, ours, aud="https://elsewhere.example/fhir"),
        "no session": resigned(people, own, ours, sid="nothing"),
        "a person who is not here": resigned(people, own, ours, patient=NOTHING),
        "an ID token": signed_in["id_token"],
        "a refresh token": signed_in["refresh_token"],
        "a PC's proof": people.house.device.proof(people.house.base),
    }


def test_each_is_refused_everywhere_in_the_same_words(people: Cast) -> None:
    """For what is theirs, another's and nobody's: one answer, over HTTP."""
    answers = {}
    with httpx.Client(base_url=people.house.fhir, trust_env=False) as client:
        for name, token in bad_tokens(people).items():
            client.headers["authorization"] = f"Bearer {token}"
            for where in (
                f"/Patient/{people.anne.id}",
                f"/Patient/{people.bruno.id}/$changes",
                f"/Observation/{NOTHING}",
                "/DocumentReference?_summary=count",
                "/_history",
            ):
                told = client.get(where)
                answers[name, where] = seen(told.status_code, told.content, told.headers)
            told = client.post("/Observation", json={"resourceType": "Observation"})
            answers[name, "POST"] = seen(told.status_code, told.content, told.headers)
    first = next(iter(answers.values()))
    assert first[0] == 401
    assert {name: each for name, each in answers.items() if each != first} == {}


def test_a_token_that_was_good_is_good_again_for_its_own_record_only(people: Cast) -> None:
    """The same words with a good token are answered: what is refused above is the token."""
    with httpx.Client(base_url=people.house.fhir, trust_env=False) as client:
        client.headers["authorization"] = f"Bearer {people.tokens['citizen']}"
        assert client.get(f"/Patient/{people.anne.id}").status_code == 200
        assert client.get(f"/Patient/{people.bruno.id}").status_code == 404


def test_a_pc_s_proof_is_for_a_pc_s_addresses(people: Cast) -> None:
    """Beside no token it opens no record; expired or for another service it opens nothing."""
    base, proof = people.house.base, people.house.device.proof(people.house.base)
    with httpx.Client(base_url=base, trust_env=False) as client:
        assert (
            client.get(f"/fhir/Patient/{people.anne.id}", headers={"Tandem-Device": proof}).status_code == 401
        )
        assert client.get("/devices/me", headers={"Tandem-Device": proof}).status_code == 200
        device = people.house.device
        elsewhere = proof_of(device.device_id, device.signing_key, "https://elsewhere.example")
        for wrong in (elsewhere, "", "x", proof[:-6], people.tokens["citizen"]):
            assert client.get("/devices/me", headers={"Tandem-Device": wrong}).status_code == 403
            assert client.get(f"/envelopes/{NOTHING}", headers={"Tandem-Device": wrong}).status_code == 403


@pytest.mark.parametrize(
    "grant", ["authorization_code", "refresh_token", "token-exchange", "client_credentials"]
)
def test_what_was_spent_or_never_was_gives_no_token(people: Cast, grant: str) -> None:
    """At the token endpoint: an error of RFC 6749, nothing of whom it was."""
    kind = "urn:ietf:params:oauth:grant-type:token-exchange" if grant == "token-exchange" else grant
    form = {
        "grant_type": kind, "code": "x", "code_verifier": "v" * 43, "refresh_token": "x",
        "client_id": "tandem-desktop", "client_secret": "x",
        "actor_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "actor_token": people.tokens["citizen"],
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "subject_token": people.tokens["bruno"],
    }  # fmt: skip
    told = httpx.post(f"{people.house.base}/token", data=form, trust_env=False)
    assert told.status_code in {400, 401}
    assert set(told.json()) == {"error"}


def test_a_token_of_a_mandate_dies_with_it(people: Cast) -> None:
    """A clock that goes on ends the token; nobody is told more than that."""
    later = dataclasses.replace(people.service, clock=lambda: now() + timedelta(days=400))
    with pytest.raises(Refused, match="token-refused"):
        claims_of(later, people.tokens["slip"])
