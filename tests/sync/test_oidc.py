"""Signing in: the standard's path, and everything that must not pass for it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from sync import failures
from sync.oidc import (
    BrowserClosed,
    OidcClient,
    ReturnPage,
    SignInCancelled,
    SignInNotTrusted,
    SignInRefused,
    SignInTimedOut,
    SlipRefused,
    TooManyTries,
)
from sync.tokens import TokenKeeper, Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sync.rough_server import Asked, RoughServer


class Provider:
    """A small provider on the rough server, whose honesty a test can bend."""

    def __init__(self, server: RoughServer) -> None:
        self.server = server
        self.key = ECKey.generate_key("P-256", parameters={"kid": "one"})
        self.asked: dict[str, str] = {}
        self.forms: list[dict[str, str]] = []
        self.bent: dict[str, Any] = {}
        self.token: str | None = None
        self.status = 200
        self.serial = 0
        self.refreshes = 0
        server.rules.append(self.serve)

    def serve(self, asked: Asked) -> bool:
        """Answer each endpoint."""
        match urlsplit(asked.path).path:
            case "/.well-known/openid-configuration":
                return asked.answer(200, orjson.dumps(self.metadata()))
            case "/jwks":
                keys = {"keys": [self.key.as_dict(private=False)]}
                return asked.answer(200, orjson.dumps(keys))
            case "/token":
                return self.serve_token(asked)
            case "/userinfo":
                return asked.answer(
                    200, orjson.dumps({"sub": self.bent.get("userinfo_sub", "42"), "name": "Ana"})
                )
            case "/logout":
                self.forms.append(form_of(asked))
                return asked.answer(303, Location="/")
        return False

    def metadata(self) -> dict[str, Any]:
        """Tell the endpoints."""
        base = self.server.base
        return {
            "issuer": self.bent.get("metadata_issuer", base),
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": self.bent.get("token_endpoint", f"{base}/token"),
            "jwks_uri": f"{base}/jwks",
            "userinfo_endpoint": f"{base}/userinfo",
            "end_session_endpoint": f"{base}/logout",
            "id_token_signing_alg_values_supported": ["ES256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def serve_token(self, asked: Asked) -> bool:
        """Check PKCE as a real one does, and give tokens."""
        form = form_of(asked)
        self.forms.append(form)
        if self.status != 200:
            return asked.answer(self.status, b'{"error":"invalid_grant"}', Retry_After="90")
        if form["grant_type"] == "refresh_token":
            self.refreshes += 1
            time.sleep(0.05)
            if form["refresh_token"] != f"refresh-{self.serial}":
                return asked.answer(400, b'{"error":"invalid_grant"}')
        if form["grant_type"] == "authorization_code":
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            assert unpadded(digest) == self.asked["code_challenge"]
            assert form["redirect_uri"] == self.asked["redirect_uri"]
        self.serial += 1
        told = {
            "access_token": f"access-{self.serial}",
            "refresh_token": f"refresh-{self.serial}",
            "token_type": "Bearer",
            "expires_in": 60,
            "patient": "p1",
        }
        if form["grant_type"] == "authorization_code":
            told["id_token"] = self.token or self.id_token()
        return asked.answer(200, orjson.dumps(told | self.bent.get("answer", {})))

    def id_token(self, **bent: Any) -> str:  # noqa: ANN401 (claims are anything)
        """Sign an ID token, bent as told."""
        seconds = int(time.time())
        claims = {
            "iss": self.server.base,
            "aud": "tandem-desktop",
            "sub": "42",
            "nonce": self.asked.get("nonce"),
            "iat": seconds,
            "exp": seconds + 300,
            "auth_time": seconds,
        }
        return jwt.encode({"alg": "ES256", "kid": "one"}, claims | bent, self.key)

    def browser(self, **bent: str | None) -> Any:  # noqa: ANN401 (a function for sign_in)
        """Play the browser: come back to the listener with these parameters."""

        def opened(url: str) -> None:
            self.asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
            told = {"code": "c0de", "state": self.asked["state"], "iss": self.server.base} | bent
            kept = {name: value for name, value in told.items() if value is not None}
            threading.Thread(target=visit, args=(self.asked["redirect_uri"], kept), daemon=True).start()

        return opened


def unpadded(data: bytes) -> str:
    """Write base64url as JOSE does."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def form_of(asked: Asked) -> dict[str, str]:
    """Read a posted form."""
    return {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}


def visit(
    redirect_uri: str, told: dict[str, str], path: str | None = None
) -> tuple[int, str, dict[str, str]]:
    """Come back to the listener as a browser does."""
    parts = urlsplit(redirect_uri)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", f"{path or parts.path}?{urlencode(told)}")
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), {k.lower(): v for k, v in answer.getheaders()}
    finally:
        connection.close()


@pytest.fixture
def provider(rough: RoughServer) -> Provider:
    """Make the rough server a provider."""
    return Provider(rough)


@pytest.fixture
def client(provider: Provider) -> Iterator[OidcClient]:
    """Open a client of the provider."""
    opened = OidcClient(provider.server.base)
    yield opened
    opened.close()


def test_the_standard_path_brings_tokens_and_claims(provider: Provider, client: OidcClient) -> None:
    """Code, PKCE, nonce, ID token, userinfo."""
    tokens = client.sign_in(provider.browser(), "openid profile", timeout=10)
    assert (tokens.access_token, tokens.refresh_token) == ("access-1", "refresh-1")
    assert (tokens.claims["sub"], tokens.claims["name"], tokens.claims["patient"]) == ("42", "Ana", "p1")
    assert provider.asked["code_challenge_method"] == "S256"
    assert (provider.asked["prompt"], provider.asked["max_age"]) == ("login", "0")
    assert provider.asked["redirect_uri"].startswith("http://127.0.0.1:")
    assert "secret" not in provider.forms[0]
    assert Tokens.from_dict(orjson.loads(orjson.dumps(tokens.as_dict()))) == tokens
    assert "access-1" not in repr(tokens)


def test_the_page_of_return_speaks_the_given_words_and_runs_nothing(
    provider: Provider, client: OidcClient
) -> None:
    """Accessible, without script, without cache; a stranger's knock changes nothing."""
    seen: list[tuple[int, str, dict[str, str]]] = []

    def opened(url: str) -> None:
        provider.asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        back = provider.asked["redirect_uri"]
        good = {"code": "c0de", "state": provider.asked["state"], "iss": provider.server.base}
        seen.append(visit(back, good, "/favicon.ico"))
        seen.append(visit(back, good | {"state": "guess"}))
        seen.append(visit(back, {"code": "evil"}))
        seen.append(visit(back, good))

    words = ReturnPage("C'est fait", "Vous pouvez revenir à Tandem.", "ar", "rtl")
    client.sign_in(opened, "openid", timeout=10, page=words)
    assert [status for status, _, _ in seen] == [404, 400, 400, 200]
    _, page, headers = seen[-1]
    assert '<html lang="ar" dir="rtl">' in page
    assert "<h1>C&#x27;est fait</h1><p>Vous pouvez revenir à Tandem.</p>" in page
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"


def test_the_language_and_the_keys_are_asked_for_only_when_wanted(
    provider: Provider, client: OidcClient
) -> None:
    """``ui_locales`` of the screen; ``screen_keyboard`` of a kiosk that has none."""
    client.sign_in(provider.browser(), "openid", timeout=10, ui_locales="ar", screen_keyboard=True)
    assert (provider.asked["ui_locales"], provider.asked["screen_keyboard"]) == ("ar", "1")
    client.sign_in(provider.browser(), "openid", timeout=10)
    assert provider.asked.keys().isdisjoint({"ui_locales", "screen_keyboard"})


@pytest.mark.parametrize(
    ("bent", "what"),
    [
        ({"iss": None}, "issuer"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"code": None}, "code"),
    ],
)
def test_a_bent_answer_of_the_browser_is_not_trusted(
    provider: Provider, client: OidcClient, bent: dict[str, str | None], what: str
) -> None:
    """RFC 9207: the issuer must be ours to the letter."""
    with pytest.raises(SignInNotTrusted) as caught:
        client.sign_in(provider.browser(**bent), "openid", timeout=10)
    assert caught.value.fields == {"what": what}
    assert provider.forms == []


@pytest.mark.parametrize(
    ("bent", "what"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"aud": "another-program"}, "audience"),
        ({"aud": ["tandem-desktop", "x"], "azp": "x"}, "audience"),
        ({"nonce": "yesterday"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": 1}, "expiry"),
        ({"iat": 1 << 40}, "issued-at"),
        ({"sub": ""}, "subject"),
        ({"at_hash": "nope"}, "at-hash"),
        ({"auth_time": 1}, "auth-time"),
        ({"auth_time": None}, "auth-time"),
    ],
)
def test_each_claim_of_the_id_token_counts(
    provider: Provider, client: OidcClient, bent: dict[str, Any], what: str
) -> None:
    """One bent claim, and nobody is signed in."""
    browser = provider.browser()

    def opened(url: str) -> None:
        browser(url)
        provider.token = provider.id_token(**bent)

    with pytest.raises(SignInNotTrusted) as caught:
        client.sign_in(opened, "openid", timeout=10)
    assert caught.value.fields == {"what": what}


def test_only_the_provider_s_own_signature_counts(provider: Provider, client: OidcClient) -> None:
    """Another key, no signature, and the public key used as a secret."""
    claims = {"iss": provider.server.base, "aud": "tandem-desktop", "sub": "42", "iat": 1, "exp": 1 << 40}
    stranger = ECKey.generate_key("P-256", parameters={"kid": "one"})
    head = ".".join(map(unpadded, (b'{"alg":"HS256","kid":"one"}', orjson.dumps(claims))))
    secret = hmac.digest(provider.key.as_pem(private=False), head.encode(), "sha256")
    forged = [
        jwt.encode({"alg": "ES256", "kid": "one"}, claims, stranger),
        f"{head}.{unpadded(secret)}",
        unpadded(b'{"alg":"none"}') + ".e30.",
        "no.jwt.at-all",
    ]
    for token in forged:
        provider.token = token
        with pytest.raises(SignInNotTrusted) as caught:
            client.sign_in(provider.browser(), "openid", timeout=10)
        assert caught.value.fields == {"what": "signature"}


def test_a_key_that_was_changed_is_read_anew(provider: Provider, client: OidcClient) -> None:
    """Providers roll their keys."""
    client.sign_in(provider.browser(), "openid", timeout=10)
    provider.key = ECKey.generate_key("P-256", parameters={"kid": "two"})
    browser = provider.browser()

    def opened(url: str) -> None:
        browser(url)
        header = {"alg": "ES256", "kid": "two"}
        claims = {
            "iss": provider.server.base,
            "aud": "tandem-desktop",
            "sub": "42",
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
            "auth_time": int(time.time()),
            "nonce": provider.asked["nonce"],
        }
        provider.token = jwt.encode(header, claims, provider.key)

    assert client.sign_in(opened, "openid", timeout=10).claims["sub"] == "42"


def test_another_person_s_userinfo_is_refused(provider: Provider, client: OidcClient) -> None:
    """Userinfo must speak of who signed in."""
    provider.bent["userinfo_sub"] = "43"
    with pytest.raises(SignInNotTrusted):
        client.sign_in(provider.browser(), "openid", timeout=10)


@pytest.mark.parametrize(
    "bent", [{"metadata_issuer": "https://evil.example"}, {"token_endpoint": "https://evil.example/token"}]
)
def test_metadata_that_leads_elsewhere_is_refused(
    provider: Provider, client: OidcClient, bent: dict[str, str]
) -> None:
    """Neither another issuer nor another host."""
    provider.bent = bent
    with pytest.raises(SignInNotTrusted):
        client.sign_in(provider.browser(), "openid", timeout=10)


def test_the_person_may_say_no(provider: Provider, client: OidcClient) -> None:
    """The provider's code is kept, its words are not."""
    refused = provider.browser(error="access_denied", error_description="Mme Durand", code=None)
    with pytest.raises(SignInRefused) as caught:
        client.sign_in(refused, "openid", timeout=10)
    assert caught.value.fields == {"reason": "access_denied"}


def test_giving_up_and_waiting_too_long_end_the_listener(provider: Provider, client: OidcClient) -> None:
    """The port is closed either way."""
    cancelled = threading.Event()
    seen: list[str] = []

    def opened(url: str) -> None:
        seen.append(parse_qs(urlsplit(url).query)["redirect_uri"][0])
        cancelled.set()

    with pytest.raises(SignInCancelled):
        client.sign_in(opened, "openid", cancelled=cancelled)
    with pytest.raises(SignInTimedOut):
        client.sign_in(seen.append, "openid", timeout=0.2)
    with pytest.raises(OSError, match="refused"):
        visit(seen[0], {})


def test_nobody_waits_for_a_browser_that_was_closed(provider: Provider, client: OidcClient) -> None:
    """A window closed before the end is told at once; the minutes of the time-out are for who is there."""
    with pytest.raises(BrowserClosed):
        client.sign_in(lambda _url: None, "openid", timeout=60, is_open=lambda: False)
    # One that closes as it has answered is still taken.
    assert client.sign_in(provider.browser(), "openid", timeout=60, is_open=lambda: False).access_token


def tokens_of(provider: Provider, seconds: float = 60) -> Tokens:
    """Make tokens that the provider knows."""
    provider.serial += 1
    serial = provider.serial
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    return Tokens(f"access-{serial}", f"refresh-{serial}", "id", ends, {"sub": "42"})


def test_ten_threads_refresh_once(provider: Provider, client: OidcClient) -> None:
    """A rotated refresh token used twice would look like a thief."""
    heard: list[Tokens] = []
    keeper = TokenKeeper(client, tokens_of(provider), renewed_tokens=heard.append)
    stale = keeper.access_token()
    with ThreadPoolExecutor(10) as pool:
        renewed = set(pool.map(lambda _: keeper.renewed(stale), range(10)))
    assert (provider.refreshes, renewed) == (1, {"access-2"})
    assert [tokens.refresh_token for tokens in heard] == ["refresh-2"]
    assert keeper.tokens.id_token == "id"


def test_a_token_about_to_end_is_renewed_before_use(provider: Provider, client: OidcClient) -> None:
    """No request meets a token that dies under way."""
    assert TokenKeeper(client, tokens_of(provider, 5)).access_token() == "access-2"


def test_a_dead_refresh_token_means_signed_out(provider: Provider, client: OidcClient) -> None:
    """And a broken provider does not."""
    keeper = TokenKeeper(client, tokens_of(provider))
    provider.serial = 7
    with pytest.raises(failures.Unauthorised):
        keeper.renewed("access-1")
    provider.status = 500
    with pytest.raises(failures.ServiceBroken):
        keeper.renewed("access-1")
    assert keeper.tokens.access_token == "access-1"


def test_exchanges_name_the_adviser_and_the_slip(provider: Provider, client: OidcClient) -> None:
    """RFC 8693, with the person or with their slip."""
    citizen, adviser = tokens_of(provider), tokens_of(provider)
    both = client.exchange_person(citizen, adviser)
    slip = client.exchange_slip("olive-chat", adviser, family="DURAND")
    first, second = provider.forms
    assert (first["subject_token"], first["actor_token"]) == ("access-1", "access-2")
    assert both.id_token == citizen.id_token
    assert (second["subject_token"], second["family"]) == ("olive-chat", "DURAND")
    assert "birth_date" not in second
    assert slip.claims["patient"] == "p1"


def test_a_wrong_slip_is_refused_and_too_many_tries_say_how_long(
    provider: Provider, client: OidcClient
) -> None:
    """The service counts; the screen says the minutes."""
    adviser = tokens_of(provider)
    provider.status = 400
    with pytest.raises(SlipRefused):
        client.exchange_slip("wrong", adviser)
    provider.status = 429
    with pytest.raises(TooManyTries) as caught:
        client.exchange_slip("wrong", adviser)
    assert caught.value.fields == {"minutes": 2}


def test_logout_ends_the_provider_s_session_too(provider: Provider, client: OidcClient) -> None:
    """The person before must never be signed in by a leftover."""
    client.logout(tokens_of(provider))
    assert provider.forms[-1]["id_token_hint"] == "id"
