"""The program's sign-in against two providers, ours and another maker's certified one: the same tests.

Both run for real, and a browser without windows goes through their own pages (``form_browser``).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey

from app.clock import now
from sync import failures
from sync.id_tokens import IdTokenRefused, KeysOfProvider, checked_id_token
from sync.oidc import OidcClient, SignInNotTrusted, SignInRefused, SignInTimedOut
from sync.transport import Address, Transport
from tests.sync.form_browser import FormBrowser
from tests.sync.node_programs import NodeProgram

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.tokens import Tokens
    from tests.sync.service.house import House

SCOPE = "openid profile"


class Peer(Protocol):
    """A provider that a test can move."""

    issuer: str
    scope: str

    def rotate(self) -> None:
        """Sign with a new key from now on."""

    def expire(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the tokens that were given so far be old."""


@dataclass
class Ours:
    """The service of this repository."""

    house: House
    issuer: str = field(init=False)
    scope: str = "openid profile launch/patient patient/*.rs"

    def __post_init__(self) -> None:
        """Take its address."""
        self.issuer = self.house.base

    def rotate(self) -> None:
        """Draw a new key."""
        fresh = ECKey.generate_key("P-256", parameters={"kid": f"fresh-{time.time_ns()}", "use": "sig"})
        object.__setattr__(self.house.service.secrets, "signing", fresh)

    def expire(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Set its clock on."""
        later = now() + timedelta(seconds=self.house.service.limits.token_seconds + 1)
        monkeypatch.setattr(self.house.service, "clock", lambda: later)


@dataclass
class Theirs:
    """oidc-provider on Node."""

    program: NodeProgram
    issuer: str
    scope: str = SCOPE

    def rotate(self) -> None:
        """Draw a new key."""
        self.program.tell(rotate=f"fresh-{time.time_ns()}")

    def expire(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Wait: tokens of one second were asked for."""
        time.sleep(1.1)


@pytest.fixture(scope="session")
def node_provider() -> Iterator[Theirs]:
    """Start the other maker's provider once."""
    with NodeProgram("provider.mjs") as program:
        yield Theirs(program, program.heard()["issuer"])


@pytest.fixture(params=["ours", "theirs"])
def peer(request: pytest.FixtureRequest, house: House) -> Iterator[Peer]:
    """One provider after the other."""
    if request.param == "theirs":
        yield request.getfixturevalue("node_provider")
        return
    signing = house.service.secrets.signing
    yield Ours(house)
    object.__setattr__(house.service.secrets, "signing", signing)


@pytest.fixture
def client(peer: Peer) -> Iterator[OidcClient]:
    """Open the program's client."""
    opened = OidcClient(peer.issuer)
    yield opened
    opened.close()


@pytest.fixture
def browser() -> Iterator[FormBrowser]:
    """Open a browser in which Anne types."""
    with FormBrowser(login="anne", password="anne") as opened:
        yield opened


def userinfo(client: OidcClient, tokens: Tokens) -> dict[str, Any]:
    """Use an access token; raises ``Unauthorised``."""
    address = client.provider().userinfo
    assert address is not None
    with Transport(Address(client.issuer)) as transport:
        bearer = {"Authorization": f"Bearer {tokens.access_token}"}
        return transport.request("GET", address, headers=bearer, bearer=False).json()


def asked_in(browser: FormBrowser) -> dict[str, str]:
    """Return the parameters of the first address: the authorization request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(browser.visited[0]).query).items()}


def test_a_sign_in_on_any_port_brings_tokens_that_renew_and_end(
    peer: Peer, client: OidcClient, browser: FormBrowser
) -> None:
    """Code, PKCE, state, nonce, issuer, ID token, userinfo, rotation, sign-out."""
    tokens = client.sign_in(browser.open, peer.scope, timeout=20)
    asked = asked_in(browser)
    assert (asked["code_challenge_method"], asked["max_age"]) == ("S256", "0")
    assert "login" in asked["prompt"].split()
    back = parse_qs(urlsplit(browser.visited[-1]).query)
    assert (back["iss"], back["state"]) == ([peer.issuer], [asked["state"]])
    assert tokens.claims["given_name"] == "Anne"
    assert tokens.claims["iat"] - tokens.claims["auth_time"] < 20
    assert tokens.refresh_token
    renewed = client.refresh(tokens)
    assert renewed.refresh_token not in {None, tokens.refresh_token}
    assert userinfo(client, renewed)["sub"] == tokens.claims["sub"]
    with FormBrowser(login="anne", password="anne") as second:
        again = client.sign_in(second.open, peer.scope, timeout=20)
    client.logout(renewed)
    for ended in (renewed, tokens):
        with pytest.raises(failures.Unauthorised):
            client.refresh(ended)
    with pytest.raises(failures.Unauthorised):
        userinfo(client, renewed)
    # The other sign-in goes on: each port and each sign-in is its own.
    assert asked_in(second)["redirect_uri"] != asked["redirect_uri"]
    assert userinfo(client, again)["sub"] == tokens.claims["sub"]


def test_signing_out_in_the_browser_ends_its_session(
    peer: Peer, client: OidcClient, browser: FormBrowser
) -> None:
    """RP-Initiated Logout with the ID token as its hint; afterwards nobody is remembered."""
    tokens = client.sign_in(browser.open, peer.scope, timeout=20)
    client.logout(tokens, browser.open)
    assert browser.page is not None
    assert browser.page.status_code == 200
    browser.typed_passwords.clear()
    client.sign_in(browser.open, peer.scope, timeout=20, fresh=False)
    assert len(browser.typed_passwords) == 1
    with pytest.raises(failures.Unauthorised):
        client.refresh(tokens)


def test_a_refresh_token_that_comes_back_ends_all_that_came_of_it(
    peer: Peer, client: OidcClient, browser: FormBrowser
) -> None:
    """Whoever holds the second copy may be a thief."""
    first = client.sign_in(browser.open, peer.scope, timeout=20)
    second = client.refresh(first)
    third = client.refresh(second)
    for spent in (first, third):
        with pytest.raises(failures.Unauthorised):
            client.refresh(spent)
    with pytest.raises(failures.Unauthorised):
        userinfo(client, third)


def test_the_person_before_is_never_signed_in_by_a_leftover(
    peer: Peer, client: OidcClient, browser: FormBrowser
) -> None:
    """In the same browser, with its cookies, the password is asked for again."""
    for _ in range(2):
        browser.visited.clear()
        typed = len(browser.typed_passwords)
        client.sign_in(browser.open, peer.scope, timeout=20)
        assert len(browser.typed_passwords) == typed + 1


def test_a_provider_that_uses_a_leftover_all_the_same_is_found_out(
    node_provider: Theirs, browser: FormBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It signs in who was there before, and says when that was."""
    client = OidcClient(node_provider.issuer)
    try:
        client.sign_in(browser.open, SCOPE, timeout=20)
        time.sleep(1.1)
        monkeypatch.setattr("sync.oidc._SLACK_SECONDS", 0)

        def deaf(url: str) -> None:
            address, _, query = url.partition("?")
            asked = {name: values[0] for name, values in parse_qs(query).items()}
            kept = {name: value for name, value in asked.items() if name not in {"prompt", "max_age"}}
            browser.open(f"{address}?{urlencode(kept)}")

        with pytest.raises(SignInNotTrusted) as caught:
            client.sign_in(deaf, SCOPE, timeout=20)
        assert caught.value.fields == {"what": "auth-time"}
        assert client.sign_in(deaf, SCOPE, timeout=20, fresh=False).claims["sub"] == "anne"
    finally:
        client.close()


def test_an_expired_token_opens_nothing_and_is_renewed(
    peer: Peer, client: OidcClient, browser: FormBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the provider's own clock."""
    if isinstance(peer, Theirs):
        peer.program.tell(settings={"tokenSeconds": 1})
    try:
        tokens = client.sign_in(browser.open, peer.scope, timeout=20)
        peer.expire(monkeypatch)
        with pytest.raises(failures.Unauthorised):
            userinfo(client, tokens)
    finally:
        if isinstance(peer, Theirs):
            peer.program.tell(settings={"tokenSeconds": 900})
    assert userinfo(client, client.refresh(tokens))["sub"] == tokens.claims["sub"]


def test_a_new_signing_key_is_taken_up(peer: Peer, client: OidcClient, browser: FormBrowser) -> None:
    """A client that read the keys before meets a token of a key it does not know."""
    before = client.sign_in(browser.open, peer.scope, timeout=20)
    peer.rotate()
    after = client.sign_in(browser.open, peer.scope, timeout=20)
    assert kid_of(before) != kid_of(after)
    assert after.claims["sub"] == before.claims["sub"]


def kid_of(tokens: Tokens) -> object:
    """Return the id of the key that signed the ID token."""
    from joserfc.jws import extract_compact

    assert tokens.id_token is not None
    return extract_compact(tokens.id_token.encode()).headers()["kid"]


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("issuer", "https://evil.example", "issuer"),
        ("client_id", "another-program", "audience"),
        ("nonce", "yesterday", "nonce"),
        ("access_token", None, None),
        ("algorithms", ("RS256",), "signature"),
    ],
)
def test_a_real_token_holds_for_its_own_sign_in_only(
    peer: Peer, client: OidcClient, browser: FormBrowser, name: str, value: object, what: str | None
) -> None:
    """Each expectation changed in turn; unchanged, it holds."""
    tokens = client.sign_in(browser.open, peer.scope, timeout=20)
    expected: dict[str, Any] = {
        "issuer": peer.issuer,
        "client_id": "tandem-desktop",
        "nonce": asked_in(browser)["nonce"],
        "algorithms": ("ES256",),
        "access_token": tokens.access_token,
        "moment": now(),
    }
    assert tokens.id_token is not None
    with Transport(Address(peer.issuer)) as transport:
        keys = KeysOfProvider(transport, client.provider().jwks)
        assert checked_id_token(tokens.id_token, keys, **expected)["sub"] == tokens.claims["sub"]
        if what is not None:
            with pytest.raises(IdTokenRefused) as caught:
                checked_id_token(tokens.id_token, keys, **expected | {name: value})
            assert caught.value.what == what


class _AnotherProgram(OidcClient):
    client_id: ClassVar[str] = "another-program"


def test_a_code_is_good_for_the_program_that_asked(node_provider: Theirs, browser: FormBrowser) -> None:
    """Its own client id, its own verifier, once."""
    client, other = OidcClient(node_provider.issuer), _AnotherProgram(node_provider.issuer)
    try:
        seen = other.sign_in(browser.open, SCOPE, timeout=20)
        assert seen.claims["aud"] == "another-program"
        with pytest.raises(failures.Unauthorised):
            client.refresh(seen)
    finally:
        client.close()
        other.close()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"code": None}, "code"),
    ],
)
def test_an_answer_that_was_changed_on_its_way_is_not_believed(
    peer: Peer, client: OidcClient, browser: FormBrowser, change: dict[str, str | None], what: str
) -> None:
    """RFC 9207; a real answer, one parameter of it changed in the browser."""

    def spoiled(request: httpx.Request) -> httpx.Request:
        if request.url.path != "/callback":
            return request
        told = dict(request.url.params) | change
        kept = {name: value for name, value in told.items() if value is not None}
        return httpx.Request("GET", request.url.copy_with(params=kept))

    browser.altered = spoiled
    with pytest.raises(SignInNotTrusted) as caught:
        client.sign_in(browser.open, peer.scope, timeout=20)
    assert caught.value.fields == {"what": what}


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"response_type": "token"},
    ],
)
def test_without_pkce_s256_nobody_signs_in(
    peer: Peer, client: OidcClient, browser: FormBrowser, change: dict[str, str | None]
) -> None:
    """The error comes back to the program, with its issuer."""

    def weakened(url: str) -> None:
        address, _, query = url.partition("?")
        told = {name: values[0] for name, values in parse_qs(query).items()} | change
        kept = {name: value for name, value in told.items() if value is not None}
        page = browser.go(f"{address}?{urlencode(kept)}")
        if urlsplit(browser.visited[-1]).path != "/callback":
            # An answer in the fragment never reaches a listener: it counts as a refusal.
            assert page.is_error or "error=" in browser.visited[-1]

    with pytest.raises((SignInRefused, SignInTimedOut)) as caught:
        client.sign_in(weakened, peer.scope, timeout=1)
    if isinstance(caught.value, SignInRefused):
        assert caught.value.fields["reason"] in {"invalid_request", "unsupported_response_type"}


def test_the_wrong_verifier_gets_nothing(
    peer: Peer, client: OidcClient, browser: FormBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours takes the code for stolen then; the other maker's lets one try again (RFC 7636 leaves it open)."""
    real = client._token
    codes: list[dict[str, str]] = []

    def wrong(grant: str, form: dict[str, str]) -> dict[str, Any]:
        codes.append(form)
        return real(grant, form | {"code_verifier": "x" * 43})

    monkeypatch.setattr(client, "_token", wrong)
    with pytest.raises(failures.Refused):
        client.sign_in(browser.open, peer.scope, timeout=20)
    if isinstance(peer, Ours):
        with pytest.raises(failures.Refused):
            real("authorization_code", codes[0])
