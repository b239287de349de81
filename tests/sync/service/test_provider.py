"""The provider: what a public client may ask, tokens, rotation, sign-out, tokens of two people."""

from __future__ import annotations

import base64
import time
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from app.clock import now
from sync.service.provider.authorize import is_loopback
from tests.sync.service.house import ACCESS, ADVISER_SCOPE, REDIRECT

if TYPE_CHECKING:
    from tests.sync.service.house import House

ASKED = {
    "client_id": "tandem-desktop",
    "redirect_uri": REDIRECT,
    "response_type": "code",
    "code_challenge": "a" * 43,
    "code_challenge_method": "S256",
    "scope": "openid adviser",
    "state": "s",
    "nonce": "n",
}


@pytest.fixture
def web(house: House) -> httpx.Client:
    """Speak to the provider."""
    client = house.client()
    client.base_url = httpx.URL(house.base)
    return client


def refresh(web: httpx.Client, token: str) -> httpx.Response:
    """Spend a refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "tandem-desktop"}
    return web.post("/token", data=form)


def test_discovery_tells_what_is_served(house: House, web: httpx.Client) -> None:
    """The issuer is the base; only S256 and codes."""
    told = web.get("/.well-known/openid-configuration").json()
    assert (told["issuer"], told["code_challenge_methods_supported"]) == (house.base, ["S256"])
    assert told["authorization_response_iss_parameter_supported"] is True
    smart = web.get("/fhir/.well-known/smart-configuration").json()
    assert smart["token_endpoint"] == told["token_endpoint"]


def test_the_id_token_is_signed_by_the_published_key(house: House, web: httpx.Client) -> None:
    """ES256; who it is in OIDC's names; userinfo says the same."""
    told = house.sign_in("anne")
    keys = KeySet.import_key_set(web.get("/jwks").json())
    claims = jwt.decode(told["id_token"], keys, algorithms=["ES256"]).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (house.base, "tandem-desktop", "no")
    assert (claims["patient"], claims["role"], claims["given_name"]) == (
        house.patients["anne"],
        "citizen",
        "Anne",
    )
    info = web.get("/userinfo", headers={"Authorization": f"Bearer {told['access_token']}"}).json()
    assert info["sub"] == claims["sub"]
    assert "d" not in web.get("/jwks").json()["keys"][0]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"client_id": "other"}, 400),
        ({"redirect_uri": "http://example.org/callback"}, 400),
        ({"redirect_uri": "http://localhost:1/callback"}, 400),
        ({"response_type": "token"}, 302),
        ({"code_challenge_method": "plain"}, 302),
        ({"code_challenge": "short"}, 302),
        ({"state": ""}, 302),
        ({"nonce": ""}, 302),
        ({"scope": "openid system/*.cruds"}, 302),
        ({"prompt": "none"}, 302),
    ],
)
def test_an_unsound_request_is_refused(web: httpx.Client, change: dict[str, str], status: int) -> None:
    """An unknown client never gets a redirection; a known one is told the error."""
    for answer in (
        web.get("/authorize", params=ASKED | change),
        web.post("/authorize", params=ASKED | change, data={"login": "chloe", "password": "chloe"}),
    ):
        assert answer.status_code == status
        if status == 302:
            told = parse_qs(urlsplit(answer.headers["location"]).query)
            assert "error" in told
            # RFC 9207 §2: errors name their issuer too, or the program cannot believe them.
            assert told["iss"] == [str(web.base_url).rstrip("/")]


def test_the_page_is_for_people(web: httpx.Client) -> None:
    """French, labelled, no script, no frame; a wrong password is said on the page."""
    page = web.get("/authorize", params=ASKED)
    assert '<html lang="fr" dir="ltr">' in page.text
    assert '<label for="password">' in page.text
    assert "<script" not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert '<button type="submit" name="login"' not in page.text
    wrong = web.post("/authorize", params=ASKED, data={"login": "chloe", "password": "no"})
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (401, True)


def test_no_button_signs_in_outside_a_demonstration(web: httpx.Client) -> None:
    """A login alone is not enough."""
    assert web.post("/authorize", params=ASKED, data={"login": "chloe"}).status_code == 401


def test_a_citizen_is_no_adviser(web: httpx.Client) -> None:
    """The kinds do not mix."""
    answer = web.post("/authorize", params=ASKED, data={"login": "anne", "password": "anne"})
    assert answer.status_code == 403


def test_wrong_passwords_are_counted(house: House, web: httpx.Client) -> None:
    """After five, even the right one waits."""
    house.add_citizen("distraite", "270021234567801")
    asked = ASKED | {"scope": "openid patient/*.rs"}
    for _ in range(5):
        form = {"login": "distraite", "password": "no"}
        assert web.post("/authorize", params=asked, data=form).status_code == 401
    answer = web.post("/authorize", params=asked, data={"login": "distraite", "password": "distraite"})
    assert (answer.status_code, "Attendez" in answer.text) == (429, True)


def test_a_code_is_good_once_with_its_verifier(house: House, web: httpx.Client) -> None:
    """The wrong verifier spends it; so does a second use."""
    page = house.through(web, ASKED, "chloe")
    code = parse_qs(urlsplit(page.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT,
            "client_id": "tandem-desktop", "code_verifier": "b" * 43}  # fmt: skip
    assert web.post("/token", data=form).json() == {"error": "invalid_grant"}
    assert web.post("/token", data=form).status_code == 400


def test_refresh_rotates_and_a_stolen_one_ends_all(house: House, web: httpx.Client) -> None:
    """The second use of one token, when the next was used too, closes the session, access tokens included."""
    first = house.sign_in("anne")
    second = refresh(web, first["refresh_token"])
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first["refresh_token"]
    third = refresh(web, second.json()["refresh_token"])
    anne = house.client(third.json()["access_token"])
    assert anne.get("/Patient").status_code == 200
    assert refresh(web, first["refresh_token"]).status_code == 400
    assert refresh(web, third.json()["refresh_token"]).status_code == 400
    assert anne.get("/Patient").status_code == 401


def test_an_answer_that_was_lost_on_the_way_is_given_again(house: House, web: httpx.Client) -> None:
    """A network that breaks during a refresh ends no visit; the token nobody received is dead."""
    first = house.sign_in("anne")
    lost = refresh(web, first["refresh_token"]).json()
    lost_too = refresh(web, first["refresh_token"])
    assert lost_too.status_code == 200
    again = refresh(web, first["refresh_token"])
    assert again.status_code == 200
    after = refresh(web, again.json()["refresh_token"])
    assert after.status_code == 200
    anne = house.client(after.json()["access_token"])
    assert anne.get("/Patient").status_code == 200
    assert refresh(web, lost["refresh_token"]).status_code == 400
    assert anne.get("/Patient").status_code == 401
    assert refresh(web, lost_too.json()["refresh_token"]).status_code == 400


def test_a_lost_answer_is_not_waited_for_for_ever(
    house: House, web: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once an access token of that time has died, a second use is a theft."""
    first = house.sign_in("anne")
    second = refresh(web, first["refresh_token"]).json()
    later = now() + timedelta(seconds=house.service.limits.token_seconds + 1)
    monkeypatch.setattr(house.service, "clock", lambda: later)
    assert refresh(web, first["refresh_token"]).status_code == 400
    assert refresh(web, second["refresh_token"]).status_code == 400


def test_signing_out_ends_the_tokens(house: House, web: httpx.Client) -> None:
    """By ID token; back to a loopback address only."""
    told = house.sign_in("anne")
    back = {"id_token_hint": told["id_token"], "post_logout_redirect_uri": REDIRECT, "state": "x"}
    answer = web.get("/logout", params=back)
    assert answer.headers["location"] == f"{REDIRECT}?state=x"
    assert house.client(told["access_token"]).get("/Patient").status_code == 401
    elsewhere = web.get("/logout", params={"post_logout_redirect_uri": "http://example.org"})
    assert (elsewhere.status_code, "location" in elsewhere.headers) == (200, False)
    other = house.sign_in("anne")
    assert web.post("/logout", data={"refresh_token": other["refresh_token"]}).status_code == 200
    assert refresh(web, other["refresh_token"]).status_code == 400


def test_two_people_make_one_token(house: House, web: httpx.Client) -> None:
    """``act`` names the adviser; it refreshes; it is not exchanged again."""
    person, adviser = house.sign_in("anne"), house.sign_in("chloe", ADVISER_SCOPE)
    answer = house.exchange(ACCESS, person["access_token"], adviser["access_token"])
    assert answer.status_code == 200, answer.text
    told = answer.json()
    keys = KeySet.import_key_set(web.get("/jwks").json())
    claims = jwt.decode(told["access_token"], keys, algorithms=["ES256"]).claims
    assert (claims["patient"], "organization" in claims["act"]) == (house.patients["anne"], True)
    assert refresh(web, told["refresh_token"]).status_code == 200
    assert house.exchange(ACCESS, told["access_token"], adviser["access_token"]).status_code == 400
    assert house.exchange(ACCESS, adviser["access_token"], adviser["access_token"]).status_code == 400
    assert house.exchange(ACCESS, person["access_token"], person["access_token"]).status_code == 400
    assert house.exchange(ACCESS, "rubbish", adviser["access_token"]).status_code == 400


def test_an_adviser_alone_sees_no_one(house: House) -> None:
    """Only the directory."""
    adviser = house.client(house.sign_in("chloe", ADVISER_SCOPE)["access_token"])
    assert adviser.get(f"/Patient/{house.patients['anne']}").status_code == 403
    assert adviser.get("/DocumentReference").status_code == 403
    assert adviser.get("/_history").status_code == 403
    assert adviser.get("/Practitioner").status_code == 200


def test_a_program_signs_in_by_its_secret(house: House, web: httpx.Client) -> None:
    """Form or Basic; a person's login is no program."""
    basic = base64.b64encode(b"logiciel:secret").decode()
    sent = {"grant_type": "client_credentials", "scope": "system/Patient.rs"}
    told = web.post("/token", data=sent, headers={"Authorization": f"Basic {basic}"}).json()
    narrow = house.client(told["access_token"])
    assert narrow.get("/Patient").status_code == 200
    assert narrow.get("/Observation").status_code == 403
    assert narrow.post("/Patient", json={"resourceType": "Patient", "active": True}).status_code == 403
    form = {"grant_type": "client_credentials", "client_id": "anne", "client_secret": "anne"}
    assert web.post("/token", data=form).json() == {"error": "unauthorized_client"}
    assert web.post("/token", data=form | {"client_secret": "no"}).status_code == 401
    assert web.post("/token", data={"grant_type": "password"}).json() == {"error": "unsupported_grant_type"}


def test_a_token_we_did_not_sign_is_refused(house: House) -> None:
    """Cut, changed, or unsigned."""
    token = house.sign_in("anne")["access_token"]
    head, body, signature = token.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    for wrong in (f"{head}.{body}.", f"{none}.{body}.", f"{head}.{body}.{flipped}", body):
        assert house.client(wrong).get("/Patient").status_code == 401


@pytest.mark.parametrize(
    ("address", "holds"),
    [
        ("http://127.0.0.1:1/c", True),
        ("http://[::1]:1/c", True),
        ("http://127.0.0.1/c", True),
        ("https://127.0.0.1/c", False),
        ("http://127.0.0.1.example.org/c", False),
        ("http://a@127.0.0.1/c", False),
        ("http://127.0.0.1:99999/c", False),
        ("http://127.0.0.1/c#x", False),
        ("", False),
    ],
)
def test_loopback(address: str, holds: bool) -> None:  # noqa: FBT001 (an example)
    """Literal addresses of this machine only."""
    assert is_loopback(address) is holds


def test_unknown_and_known_logins_take_alike(house: House, web: httpx.Client) -> None:
    """An unknown login is not told apart by its answer."""
    start = time.monotonic()
    answer = web.post("/authorize", params=ASKED, data={"login": "nobody", "password": "x"})
    assert answer.status_code == 401
    assert time.monotonic() - start < 10
