"""Signing in at another provider: oidc-provider in the place of FranceConnect+ and of Pro Santé Connect."""

from __future__ import annotations

import json
import logging
import os
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sync.oidc import OidcClient
from sync.service.accounts import Accounts
from sync.service.broker.configuration import Kind
from sync.service.factors import Factors, code_at
from sync.service.messages import PAGES, SENTENCES
from sync.service.tongues import TONGUES
from tests.sync.node_programs import NodeProgram, installed
from tests.sync.service.broker_visit import (
    AHMED,
    ANGELA,
    ASKED,
    HELPING,
    RPPS,
    SECRET,
    SOPHIE,
    STRANGER,
    TRAITS,
    TWIN,
    Web,
    add_citizen,
    add_professional,
    count,
    opening,
    serve,
    upstream,
)
from tests.sync.service.house import ADVISER_SCOPE, CITIZEN_SCOPE, House, step_of
from tests.sync.visit import claims_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.service.tongues import Tongue
    from sync.tokens import Tokens

PROFESSIONAL = {"label": "Pro Santé Connect", "kind": Kind.PROFESSIONAL, "acr_values": ("eidas1",)}
PROFESSIONAL |= {"scopes": ("openid", "scope_all")}


def client_of(house: House, *names: str, **more: str) -> dict[str, object]:
    """Register our service at an upstream."""
    return {
        "client_id": "tandem",
        "client_secret": SECRET,
        "redirect_uris": [f"{house.base}/broker/{name}/callback" for name in names],
        "post_logout_redirect_uris": [f"{house.base}/broker/{name}/left" for name in names],
        **more,
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start our service between its people and two upstreams of another maker.

    « fc » signs userinfo and takes its secret by post, as FranceConnect does; « psc » answers in plain JSON.
    """
    installed()
    house = House(tmp_path_factory.mktemp("broker"))
    add_citizen(house, "angela", "262087510700101", ANGELA)
    add_citizen(house, "ahmed", "151029935200102", AHMED)
    add_citizen(house, "zoe-1", "280017510700103", TWIN)
    add_citizen(house, "zoe-2", "280017510700104", TWIN)
    add_professional(house, "sophie", RPPS)
    citizens = {
        "clients": [
            client_of(
                house, "fc", token_endpoint_auth_method="client_secret_post",
                userinfo_signed_response_alg="ES256",
            )
        ],
        "accounts": {
            "angela": ANGELA, "ahmed": AHMED, "zoe": TWIN, "stranger": STRANGER, "again": ANGELA,
            "half": {name: value for name, value in ANGELA.items() if name != "birthdate"},
        },
        "claims": {"openid": ["sub"], **{name: [name] for name in TRAITS}},
        "acr_values": ["eidas1", "eidas2", "eidas3"],
        "auth_methods": ["client_secret_post"],
    }  # fmt: skip
    professionals = {
        "clients": [client_of(house, "psc", "psc-strong")],
        "accounts": {
            "sophie": SOPHIE,
            "unknown": SOPHIE | {"SubjectNameID": "899900000022", "preferred_username": "899900000022"},
            "two": SOPHIE | {"preferred_username": "899900000022"},
            "none": {"preferred_username": "someone@example.org"},
        },
        "claims": {"openid": ["sub"], "scope_all": sorted(SOPHIE)},
        "acr_values": ["eidas1"],
    }
    programs = (NodeProgram("upstream.mjs", json.dumps(each)) for each in (citizens, professionals))
    with ExitStack() as running:
        fc, psc = (running.enter_context(each).heard()["issuer"] for each in programs)
        serve(
            house,
            upstream(fc),
            upstream(psc, "psc", **PROFESSIONAL),
            upstream(psc, "psc-strong", **PROFESSIONAL, counts_as_two_factors=True),
        )
        yield house
        house.close()


@pytest.fixture
def web(place: House) -> Iterator[Web]:
    """Open a browser of one's own."""
    with Web(place) as opened:
        yield opened


def said_of(reason: str) -> str:
    """Return how a refusal's sentence begins, as a page writes it."""
    return SENTENCES[reason].replace("{label}", "FranceConnect+").partition(".")[0]


def signed_in(place: House, web: Web, login: str) -> Tokens:
    """Sign a citizen in with the desktop's own client."""
    client = OidcClient(place.base)
    try:
        return client.sign_in(
            opening(web, {"login": login, "acr": "eidas2"}, "fc"), CITIZEN_SCOPE, timeout=20, ui_locales="en"
        )
    finally:
        client.close()


def test_a_citizen_signs_in_through_the_upstream(place: House, web: Web) -> None:
    """The desktop's client, our provider, theirs and back: the person is who the state says they are."""
    tokens = signed_in(place, web, "angela")
    assert tokens.claims["patient"] == place.patients["angela"]
    assert claims_of(str(tokens.id_token))["amr"] == ["ext"]
    with place.client(tokens.access_token) as client:
        assert client.get(f"/Patient/{place.patients['angela']}").status_code == 200
        assert client.get(f"/Patient/{place.patients['ahmed']}").status_code == 404
    # What ours was asked, theirs was: the level, how fresh, in which language; and PKCE, which it announces.
    asked = dict(httpx.URL(next(each for each in web.went if "acr_values" in each)).params)
    assert (asked["acr_values"], asked["prompt"], asked["max_age"]) == ("eidas2", "login", "0")
    assert (asked["ui_locales"], asked["code_challenge_method"]) == ("en", "S256")
    assert asked["state"] not in {ASKED["state"], ""}


def test_who_was_born_abroad_is_found_by_the_country(place: House, web: Web) -> None:
    """FranceConnect gives no commune then; the INS has the country in its place."""
    assert signed_in(place, web, "ahmed").claims["patient"] == place.patients["ahmed"]


def test_who_was_found_once_is_found_again_and_nobody_else(place: House) -> None:
    """By the upstream's own name for them; another one with the very same traits is not let in."""
    before = count(place, "broker_person")
    for _ in range(2):
        with Web(place) as web:
            signed_in(place, web, "angela")
    assert count(place, "broker_person") == max(before, 1)
    with Web(place) as web:
        sessions = count(place, "session")
        page = web.through({"login": "again", "acr": "eidas2"})
        assert said_of("broker-taken") in page.text
        assert (page.status_code, count(place, "session")) == (403, sessions)


@pytest.mark.parametrize(
    ("login", "reason"),
    [("stranger", "broker-nobody"), ("zoe", "broker-several"), ("half", "broker-traits")],
)
def test_nobody_is_created_and_no_one_guessed(place: House, web: Web, login: str, reason: str) -> None:
    """No record, two records, traits that are not whole: a page that says so, and nothing else."""
    tables = ("account", "session", "citizen", "broker_person", "broker_session", "broker_sign_in")
    before = [count(place, each) for each in tables]
    page = web.through({"login": login, "acr": "eidas2"})
    assert (page.status_code, said_of(reason) in page.text) == (403, True)
    assert [count(place, each) for each in tables] == before
    back = re.search(r'<a class="button" href="([^"]+)"', page.text)
    assert back
    again = httpx.get(place.base + back[1].replace("&amp;", "&"), trust_env=False)
    assert 'href="/broker/fc?' in again.text


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"error": "access_denied"}, "broker-denied"),
        ({"error": "login_required"}, "broker-again"),
        ({"error": "server_error"}, "broker-away"),
        ({"error": "temporarily_unavailable"}, "broker-away"),
        ({"error": "invalid_request"}, "broker-untrusted"),
        ({"login": "angela", "acr": "eidas1"}, "broker-level"),
        ({"login": "angela"}, "broker-level"),
    ],
)
def test_every_error_upstream_is_a_page_with_a_way_back(
    place: House, web: Web, said: dict[str, str], reason: str
) -> None:
    """Said in words, with a link to our sign-in page; no session."""
    sessions = count(place, "session")
    page = web.through(said)
    assert said_of(reason) in page.text, page.text
    assert f">{PAGES['back']}</a>" in page.text
    assert page.status_code >= 400
    assert count(place, "session") == sessions


def test_a_higher_level_is_as_good(place: House, web: Web) -> None:
    """Eidas3 where eidas2 is asked."""
    assert web.through({"login": "angela", "acr": "eidas3"}).is_redirect


def test_a_state_is_good_once(place: House, web: Web) -> None:
    """The same callback again, cookie and all, leads nowhere."""
    web.through({"login": "angela", "acr": "eidas2"})
    callback = next(each for each in web.went if "/broker/fc/callback" in each)
    sessions = count(place, "session")
    again = web.client.get(callback)
    assert (again.status_code, said_of("broker-state") in again.text) == (400, True)
    assert count(place, "session") == sessions


def test_another_browser_cannot_finish_what_one_began(place: House, web: Web) -> None:
    """A callback sent to someone else does not sign them in as its sender, and is spent."""
    page = web.form()
    action = re.search(r'action="([^"]+)"', page.text)
    assert action
    answer = web.client.post(f"{page.url.scheme}://{page.url.netloc.decode()}{action[1]}",
                             data={"login": "angela", "acr": "eidas2"})  # fmt: skip
    callback = web.client.get(answer.headers["location"]).headers["location"]
    assert "/broker/fc/callback" in callback
    sessions = count(place, "session")
    stolen = httpx.get(callback, trust_env=False)
    assert (stolen.status_code, said_of("broker-state") in stolen.text) == (400, True)
    assert web.client.get(callback).status_code == 400
    assert count(place, "session") == sessions


def with_code(place: House, web: Web, page: httpx.Response, secret: bytes) -> httpx.Response:
    """Type the app's code in the page that asks for it."""
    code = code_at(secret, int(place.service.clock().timestamp()) // 30)
    action = re.search(r'<form method="post" action="([^"]+)"', page.text)
    assert action, page.text
    where = place.base + action[1].replace("&amp;", "&")
    return web.client.post(where, data={"step": step_of(page.text), "code": code})


def test_a_professional_is_found_by_rpps_and_needs_a_second_factor(place: House, web: Web) -> None:
    """Pro Santé Connect stands in the password's place only; the app's code is asked for all the same."""
    account = Accounts(place.service).get("sophie")
    assert account
    secret = os.urandom(20)
    Factors(place.service, account).keep_secret(secret, proven=True)
    client = OidcClient(place.base)
    try:
        told = client.sign_in(
            opening(web, {"login": "sophie", "acr": "eidas1"}, "psc",
                    lambda page: with_code(place, web, page, secret)),
            ADVISER_SCOPE,
            timeout=20,
        )  # fmt: skip
    finally:
        client.close()
    claims = claims_of(str(told.id_token))
    assert (claims["role"], claims["fhirUser"]) == ("pharmacist", account.subject)
    assert claims["amr"] == ["ext", "otp", "mfa"]


def test_an_upstream_may_count_as_two_factors(place: House, web: Web) -> None:
    """Only where the operator's file says so."""
    answer = web.through({"login": "sophie", "acr": "eidas1"}, HELPING, "psc-strong")
    assert answer.is_redirect, answer.text
    assert answer.headers["location"].startswith(ASKED["redirect_uri"])


@pytest.mark.parametrize(
    ("login", "reason"), [("unknown", "broker-nobody"), ("two", "broker-rpps"), ("none", "broker-rpps")]
)
def test_a_number_that_is_nobodys_opens_nothing(place: House, web: Web, login: str, reason: str) -> None:
    """Unknown here, two numbers at once, none at all."""
    sessions = count(place, "session")
    page = web.through({"login": login, "acr": "eidas1"}, HELPING, "psc-strong")
    said = SENTENCES[reason].replace("{label}", "Pro Santé Connect").partition(".")[0]
    assert (page.status_code, said in page.text) == (403, True)
    assert count(place, "session") == sessions


def test_each_page_has_the_upstreams_of_its_people(place: House, web: Web) -> None:
    """Citizens see FranceConnect+, helpers Pro Santé Connect; the address of the other is refused."""
    page = web.client.get(f"{place.base}/authorize", params=ASKED).text
    assert ("/broker/fc?" in page, "/broker/psc?" in page) == (True, False)
    page = web.client.get(f"{place.base}/authorize", params=HELPING).text
    assert ("/broker/fc?" in page, "/broker/psc?" in page) == (False, True)
    assert web.client.get(f"{place.base}/broker/fc", params=HELPING).status_code == 403
    assert web.client.get(f"{place.base}/broker/other", params=ASKED).status_code == 404
    assert web.client.get(f"{place.base}/broker/fc", params={"client_id": "x"}).status_code == 400


@pytest.mark.parametrize("spoken", TONGUES, ids=lambda each: each.tag)
def test_the_button_and_the_errors_speak_the_language(place: House, web: Web, spoken: Tongue) -> None:
    """Of the page on the way out, of the request on the way back."""
    asked = ASKED | {"ui_locales": spoken.tag}
    page = web.client.get(f"{place.base}/authorize", params=asked).text
    assert spoken.say(PAGES["elsewhere"]).format(label=spoken.isolated("FranceConnect+")) in page
    wrong = web.through({"error": "access_denied"}, asked).text
    assert f'lang="{spoken.tag}"' in wrong
    assert spoken.say(PAGES["back"]) in wrong


def test_signing_out_goes_upstream_too(place: House, web: Web) -> None:
    """The browser is led over the upstream, which forgets the sign-in, and comes back to the program."""
    tokens = signed_in(place, web, "angela")
    asked = {"id_token_hint": str(tokens.id_token), "post_logout_redirect_uri": ASKED["redirect_uri"]}
    answer = web.client.get(f"{place.base}/logout", params=asked | {"state": "bye"})
    there = urlsplit(answer.headers["location"])
    assert (there.path, "id_token_hint" in parse_qs(there.query)) == ("/session/end", True)
    page = web.client.get(answer.headers["location"])
    action = re.search(r'action="([^"]+)"', page.text)
    word = re.search(r'name="xsrf" value="([^"]+)"', page.text)
    assert action, page.text
    assert word
    done = web.follow(web.client.post(action[1], data={"xsrf": word[1], "logout": "yes"}))
    assert done.headers["location"] == f"{ASKED['redirect_uri']}?state=bye"
    assert place.client(tokens.access_token).get("/Patient").status_code == 401
    # It asks for the person anew even where nothing demands that.
    free = {name: value for name, value in ASKED.items() if name not in {"prompt", "max_age"}}
    web.form(free)
    assert web.asked["prompt"] == "login"
    assert count(place, "broker_session") >= 0


def test_nothing_of_a_person_is_logged(place: House, web: Web, caplog: pytest.LogCaptureFixture) -> None:
    """The upstream's name and the check that failed, no more."""
    with caplog.at_level(logging.DEBUG, "tandem"):
        web.through({"login": "stranger", "acr": "eidas2"})
        web.through({"error": "access_denied"})
        web.through({"login": "angela", "acr": "eidas2"})
    text = "\n".join(each.getMessage() for each in caplog.records if each.name.startswith("tandem"))
    assert "fc: refused (broker-nobody)" in text
    for each in ("Dubois", "Personne", "Angela", "1962", "angela", "stranger", "state=", "code="):
        assert each not in text
