"""The program's sign-in against two providers, ours and another maker's certified one: the same tests.

Both run for real, and a browser without windows goes through their own pages (``form_browser``).
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from app.clock import now
from sync import failures
from sync.id_tokens import IdTokenRefused, KeysOfProvider, checked_id_token
from sync.oidc import OidcClient, SignInNotTrusted, SignInRefused, SignInTimedOut
from sync.transport import Address, Transport
from tests.sync.form_browser import FormBrowser
from tests.sync.node_programs import NodeProgram
from tests.sync.service.peers import SCOPE, Ours, Peer, Theirs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.tokens import Tokens
    from tests.sync.service.house import House


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
    opened = OidcClient(peer.issuer, proof=peer.proof)
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


def on_phone(browser: FormBrowser, address: str, button: str) -> None:
    """Open the square's address on the phone, compare, answer."""
    page = browser.go(address)
    if "forms[0].submit()" in page.text:
        # A script of the page sends it.
        browser.press(browser.forms()[0])
    form = browser.forms()[0]
    browser.press(form, next(each for each in form.buttons if button in each))


ANSWERS = {Ours: ("yes", "no"), Theirs: ("", "abort")}


def test_a_person_signs_in_on_their_phone(peer: Peer, client: OidcClient, browser: FormBrowser) -> None:
    """RFC 8628: the PC waits and asks while they compare the code and sign in; the code is good once."""
    code = replace(client.begin_on_phone(peer.scope, ui_locales="en"), interval=0.2)
    assert code.address.startswith(peer.issuer)
    assert code.user_code.replace("-", "") in code.whole_address.replace("-", "")
    with ThreadPoolExecutor() as thread:
        waiting = thread.submit(client.wait_for_phone, code)
        time.sleep(0.3)
        on_phone(browser, code.whole_address, ANSWERS[type(peer)][0])
        assert browser.page is not None
        browser.open(str(browser.page.url))
        tokens = waiting.result(20)
    assert tokens.claims["given_name"] == "Anne"
    assert len(browser.typed_passwords) == 1
    assert userinfo(client, client.refresh(tokens))["sub"] == tokens.claims["sub"]
    with pytest.raises(SignInRefused) as caught:
        client.wait_for_phone(code)
    assert caught.value.fields["reason"] == "invalid_grant"


def test_who_says_no_on_the_phone_opens_nothing(peer: Peer, client: OidcClient, browser: FormBrowser) -> None:
    """The PC is told at once."""
    code = replace(client.begin_on_phone(peer.scope), interval=0)
    on_phone(browser, code.whole_address, ANSWERS[type(peer)][1])
    with pytest.raises(SignInRefused) as caught:
        client.wait_for_phone(code)
    assert caught.value.fields["reason"] == "access_denied"


def test_a_code_that_nobody_used_is_over(
    peer: Peer, client: OidcClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its provider, even where the PC's own clock would go on."""
    with peer.brief(monkeypatch):
        code = client.begin_on_phone(peer.scope)
        assert code.ends - time.monotonic() <= 1
        with pytest.raises(SignInTimedOut):
            client.wait_for_phone(code)
        # The other maker's forgets such a code altogether.
        with pytest.raises((SignInTimedOut, SignInRefused) if isinstance(peer, Theirs) else SignInTimedOut):
            client.wait_for_phone(replace(code, ends=code.ends + 60, interval=0))
