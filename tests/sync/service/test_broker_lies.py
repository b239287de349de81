"""What an upstream, or someone in its name, may send that must never open a session."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
import orjson
import pytest
from joserfc.jwk import ECKey

from app.clock import now
from sync.service.messages import SENTENCES
from tests.sync.rough_server import RoughServer
from tests.sync.service.broker_visit import ANGELA, ASKED, SECRET, Web, add_citizen, count, serve, upstream
from tests.sync.service.house import House
from tests.sync.service.lying_upstream import LyingUpstream
from tests.sync.service.phone_browser import PhoneBrowser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.sync.rough_server import Asked

OTHER = ECKey.generate_key("P-256", parameters={"kid": "one"})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start a service with one citizen; its clock can be set."""
    house = House(tmp_path_factory.mktemp("lies"))
    add_citizen(house, "angela", "262087510700101", ANGELA)
    yield house
    house.close()


@pytest.fixture
def liar(place: House) -> Iterator[LyingUpstream]:
    """Put the small upstream in FranceConnect's place."""
    with_server = RoughServer()
    serve(place, upstream(with_server.base), seconds=3)
    yield LyingUpstream(with_server)
    with_server.close()


@pytest.fixture
def web(place: House) -> Iterator[Web]:
    """Open a browser of one's own."""
    with Web(place) as opened:
        yield opened


def opened(web: Web) -> httpx.Response:
    """Go there and back."""
    return web.follow(web.out())


def rows(place: House) -> list[int]:
    """Count what a sign-in may leave."""
    return [count(place, each) for each in ("session", "broker_person", "broker_session", "broker_sign_in")]


def refused(place: House, web: Web, reason: str) -> None:
    """Go there and back; it must end in a readable page with a way back, and leave nothing."""
    before = rows(place)
    page = opened(web)
    said = SENTENCES[reason].replace("{label}", "FranceConnect+").partition(".")[0]
    assert said in page.text, (page.status_code, page.text[-600:])
    assert page.status_code >= 400
    assert "/authorize?" in page.text
    assert rows(place) == before


def answering(
    status: int, body: bytes, kind: str = "application/json", **more: str
) -> Callable[[Asked], bool]:
    """Answer with this."""
    return lambda asked: asked.answer(status, body, kind, **more)


def test_the_honest_one_is_believed(place: House, web: Web, liar: LyingUpstream) -> None:
    """So that every refusal below is for what was bent; PKCE only where it is announced."""
    assert opened(web).headers["location"].startswith(ASKED["redirect_uri"])
    assert "code_challenge" not in liar.asked
    assert (liar.forms[0]["client_secret"], "code_verifier" in liar.forms[0]) == (SECRET, False)
    assert SECRET not in " ".join(web.went)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://elsewhere.example"}, "broker-untrusted"),
        ({"aud": "another"}, "broker-untrusted"),
        ({"aud": ["tandem", "another"]}, "broker-untrusted"),
        ({"azp": "another"}, "broker-untrusted"),
        ({"nonce": "another"}, "broker-untrusted"),
        ({"nonce": None}, "broker-untrusted"),
        ({"exp": 1_600_000_000}, "broker-untrusted"),
        ({"exp": "tomorrow"}, "broker-untrusted"),
        ({"iat": 4_000_000_000}, "broker-untrusted"),
        ({"sub": ""}, "broker-untrusted"),
        ({"sub": 42}, "broker-untrusted"),
        ({"at_hash": "another"}, "broker-untrusted"),
        ({"auth_time": 1_600_000_000}, "broker-untrusted"),
        ({"auth_time": "now"}, "broker-untrusted"),
        ({"acr": "eidas1"}, "broker-level"),
        ({"acr": "eidas9"}, "broker-level"),
        ({"acr": None}, "broker-level"),
    ],
    ids=str,
)
def test_a_claim_that_does_not_hold(
    place: House, web: Web, liar: LyingUpstream, claims: dict[str, Any], reason: str
) -> None:
    """Core §3.1.3.7, each in turn."""
    liar.bent["claims"] = claims
    refused(place, web, reason)


@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_a_signature_anyone_can_make(place: House, web: Web, liar: LyingUpstream, alg: str) -> None:
    """Even where the metadata offers it."""
    liar.bent["header"] = {"alg": alg}
    refused(place, web, "broker-untrusted")


@pytest.mark.parametrize("header", [{}, {"kid": "nobody's"}], ids=str)
def test_a_key_that_is_not_theirs(
    place: House, web: Web, liar: LyingUpstream, header: dict[str, str]
) -> None:
    """Another key under their key's name, or under a name that nobody has."""
    liar.key = OTHER
    liar.bent["header"] = header
    refused(place, web, "broker-untrusted")


def test_new_keys_are_read_when_they_come(place: House, liar: LyingUpstream) -> None:
    """An unknown key id makes us read the keys again, once."""
    for name in ("one", "two"):
        liar.key = liar.published = ECKey.generate_key("P-256", parameters={"kid": name})
        liar.bent["header"] = {"kid": name}
        with Web(place) as web:
            assert opened(web).is_redirect
    assert liar.paths.count("/jwks") == 2


@pytest.mark.parametrize("issuer", ["https://elsewhere.example", ""])
def test_another_issuer_in_the_address(place: House, web: Web, liar: LyingUpstream, issuer: str) -> None:
    """RFC 9207: another provider's answer, or one that does not say whose it is, where that was announced."""
    liar.bent["back"] = {"iss": issuer}
    refused(place, web, "broker-untrusted")
    assert "/token" not in liar.paths


def test_no_code(place: House, web: Web, liar: LyingUpstream) -> None:
    """Nothing to trade."""
    liar.bent["back"] = {"code": ""}
    refused(place, web, "broker-untrusted")


@pytest.mark.parametrize(
    ("where", "rule", "reason"),
    [
        ("token", answering(400, b'{"error":"invalid_grant"}'), "broker-untrusted"),
        ("token", answering(401, b'{"error":"invalid_client"}'), "broker-untrusted"),
        ("token", answering(200, b"<html>"), "broker-untrusted"),
        ("token", answering(200, b"[]"), "broker-untrusted"),
        ("token", answering(200, b'{"access_token":"a"}'), "broker-untrusted"),
        ("token", answering(200, b"{}" + b" " * (1 << 20)), "broker-untrusted"),
        ("token", answering(503, b""), "broker-away"),
        ("token", lambda asked: asked.cut(), "broker-away"),
        ("userinfo", answering(200, b'{"sub":"43"}'), "broker-untrusted"),
        ("userinfo", answering(200, b"{}"), "broker-untrusted"),
        ("userinfo", answering(401, b""), "broker-untrusted"),
        ("userinfo", answering(500, b""), "broker-away"),
        ("userinfo", answering(200, b"not.a.jwt", "application/jwt"), "broker-untrusted"),
        ("userinfo", answering(200, b"\xff\xfe", "application/jwt"), "broker-untrusted"),
    ],
)
def test_an_answer_that_is_none(
    place: House, web: Web, liar: LyingUpstream, where: str, rule: object, reason: str
) -> None:
    """Errors, half answers, another person's."""
    liar.bent[where] = rule
    refused(place, web, reason)


@pytest.mark.parametrize("bent", [{"sub": "43"}, {"iss": "https://e.example"}, {"aud": "another"}], ids=str)
def test_signed_userinfo_of_someone_else(
    place: House, web: Web, liar: LyingUpstream, bent: dict[str, str]
) -> None:
    """Signed by the right key, but not for us or not of this person."""
    liar.bent["userinfo"] = answering(200, liar.signed_userinfo(liar.key, **bent), "application/jwt")
    refused(place, web, "broker-untrusted")


def test_signed_userinfo_by_another_key(place: House, web: Web, liar: LyingUpstream) -> None:
    """The identity itself is what is signed."""
    liar.bent["userinfo"] = answering(200, liar.signed_userinfo(OTHER), "application/jwt")
    refused(place, web, "broker-untrusted")
    liar.bent["userinfo"] = answering(200, liar.signed_userinfo(liar.key), "application/jwt")
    assert opened(web).is_redirect


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "userinfo_endpoint"])
def test_metadata_cannot_send_us_elsewhere(place: House, web: Web, liar: LyingUpstream, name: str) -> None:
    """An inner server of ours is not asked on an upstream's word (SSRF)."""
    inner = RoughServer()
    try:
        inner.rules.append(lambda asked: asked.answer(200, b"{}"))
        liar.bent["metadata"] = {name: f"{inner.base}/inner"}
        page = web.out()
        assert (page.status_code, SENTENCES["broker-untrusted"].partition("{label}")[0] in page.text) == (
            502,
            True,
        )
        assert inner.asked == []
    finally:
        inner.close()


def test_redirections_are_not_followed(place: House, web: Web, liar: LyingUpstream) -> None:
    """Nor our access token carried along."""
    inner = RoughServer()
    try:
        inner.rules.append(lambda asked: asked.answer(200, orjson.dumps({"sub": "42", **ANGELA})))
        for where in ("token", "userinfo"):
            liar.bent[where] = answering(302, b"", Location=f"{inner.base}/x")
            refused(place, web, "broker-untrusted")
        assert inner.asked == []
    finally:
        inner.close()


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": None},
        {"jwks_uri": 7},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://elsewhere.example/authorize"},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    ],
    ids=str,
)
def test_metadata_that_are_not_sound(
    place: House, web: Web, liar: LyingUpstream, metadata: dict[str, Any]
) -> None:
    """Nobody is sent anywhere."""
    liar.bent["metadata"] = metadata
    before = rows(place)
    page = web.out()
    assert (page.status_code, "/authorize?" in page.text) == (502, True)
    assert rows(place) == before


def test_an_upstream_that_drips_is_cut(place: House, web: Web, liar: LyingUpstream) -> None:
    """One byte now and then, headers and all, holds nobody up longer than the limit."""

    def drip(asked: Asked) -> bool:
        for each in b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Slow: ":
            asked.handler.wfile.write(bytes([each]))
            asked.handler.wfile.flush()
            time.sleep(0.1)
        return asked.cut()

    serve(place, upstream(liar.server.base), seconds=0.6)
    liar.bent["token"] = drip
    since = time.monotonic()
    refused(place, web, "broker-away")
    assert time.monotonic() - since < 3


def test_a_network_that_is_away(place: House, web: Web, liar: LyingUpstream) -> None:
    """Before the way out, and between there and back."""
    before = rows(place)
    answer = web.out()
    there = web.client.get(answer.headers["location"])
    liar.server.unplug()
    page = web.client.get(there.headers["location"])
    assert (page.status_code, "/authorize?" in page.text) == (503, True)
    serve(place, upstream(liar.server.base))
    page = web.out()
    assert (page.status_code, "/authorize?" in page.text) == (503, True)
    assert rows(place) == before


def test_a_sign_in_that_took_too_long(place: House, web: Web, liar: LyingUpstream) -> None:
    """Ten minutes; then one begins anew, and the row is gone."""
    before = rows(place)
    answer = web.out()
    there = web.client.get(answer.headers["location"])
    place.service.clock = lambda: now() + timedelta(minutes=11)
    try:
        page = web.client.get(there.headers["location"])
    finally:
        place.service.clock = now
    assert (page.status_code, SENTENCES["broker-state"][:30] in page.text) == (400, True)
    assert "/token" not in liar.paths
    assert rows(place) == before


@pytest.mark.parametrize("query", ["", "?state=", "?state=x&code=y", "?error=access_denied&state=x"])
def test_a_callback_from_nowhere(place: House, web: Web, liar: LyingUpstream, query: str) -> None:
    """Nobody waits for it: nothing is asked of the upstream."""
    page = web.client.get(f"{place.base}/broker/fc/callback{query}", headers={"Accept": "text/html"})
    assert (page.status_code, SENTENCES["broker-state"][:30] in page.text) == (400, True)
    assert liar.paths == []


def test_one_upstreams_state_is_no_other_ones(place: House, web: Web, liar: LyingUpstream) -> None:
    """A mix-up of two upstreams (RFC 9700 §4.4): each has its own callback."""
    serve(place, upstream(liar.server.base), upstream(liar.server.base, "other"))
    answer = web.out()
    there = web.client.get(answer.headers["location"]).headers["location"]
    cookie = answer.headers["set-cookie"].partition(";")[0]
    page = httpx.get(there.replace("/fc/", "/other/"), headers={"Cookie": cookie}, trust_env=False)
    assert page.status_code == 400
    assert "/token" not in liar.paths


def test_the_cookie_is_for_the_way_back_only(place: House, web: Web, liar: LyingUpstream) -> None:
    """Not for scripts, not from other sites' forms, over TLS where we have it; gone afterwards."""
    cookie = web.out().headers["set-cookie"]
    assert "Path=/broker/fc/callback" in cookie
    assert all(each in cookie for each in ("HttpOnly", "SameSite=lax", "Max-Age=600"))
    place.service.origin = "https://tandem.example"
    try:
        assert "Secure" in web.out().headers["set-cookie"]
    finally:
        place.service.origin = place.base
    done = opened(web)
    assert 'tandem-broker=""' in done.headers["set-cookie"]


def test_a_real_browser_goes_there_and_back(place: House, liar: LyingUpstream, tmp_path: Path) -> None:
    """Across sites, under our pages' policy: the cookie comes along, and nothing is blocked on the way."""
    liar.bent["page"] = True
    place.service.origin = place.base.replace("127.0.0.1", "localhost")
    try:
        with PhoneBrowser(tmp_path / "profile") as browser:
            browser.open(f"{place.service.origin}/authorize?{urlencode(ASKED)}")
            browser.tap("a.button")
            browser.wait(lambda: browser.run("document.body?.innerText.trim()") == "Go")
            assert browser.run("location.href").startswith(liar.server.base)
            browser.tap("a")
            # What the browser tells is read with each of its answers.
            browser.wait(
                lambda: (
                    browser.run("1") == 1
                    and any(each.startswith(ASKED["redirect_uri"]) for each in browser.asked())
                )
            )
            blocked = [each for each in browser.complaints() if "ERR_CONNECTION_REFUSED" not in each]
            assert [each for each in blocked if "policy" in each.lower()] == []
            back = next(each for each in browser.asked() if each.startswith(ASKED["redirect_uri"]))
    finally:
        place.service.origin = place.base
    assert "code=" in back


def test_a_closed_account_stays_closed(place: House, liar: LyingUpstream) -> None:
    """Also for who was found before; and untied, one is found by the traits again."""
    with Web(place) as web:
        assert opened(web).is_redirect
    with place.service.store.transaction() as sql:
        sql.execute("UPDATE account SET ended = '2026-01-01T00:00:00Z' WHERE login = 'angela'")
    try:
        with Web(place) as web:
            refused(place, web, "broker-ended")
    finally:
        with place.service.store.transaction() as sql:
            sql.execute("UPDATE account SET ended = NULL WHERE login = 'angela'")


def test_a_change_of_the_name_upstream_keeps_the_account(place: House, liar: LyingUpstream) -> None:
    """Who was found once is found by the upstream's own name for them, whatever else changed."""
    with Web(place) as web:
        assert opened(web).is_redirect
    changed = {"sub": "42", **ANGELA, "family_name": "Autre"}
    liar.bent["userinfo"] = answering(200, orjson.dumps(changed))
    with Web(place) as web:
        assert opened(web).is_redirect
