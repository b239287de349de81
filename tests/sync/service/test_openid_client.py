"""Another maker's certified client against our provider: it does what our discovery document says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import orjson
import pytest
from joserfc.jws import extract_compact

from tests.sync.form_browser import FormBrowser
from tests.sync.node_programs import NodeProgram

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sync.service.house import House

CALLBACK = "127.0.0.1:49152"
SCOPE = "openid profile offline_access launch/patient patient/*.rs"


class Client:
    """The program on Node, and the browser of whoever signs in with it."""

    def __init__(self, program: NodeProgram, browser: FormBrowser) -> None:
        self.program = program
        self.browser = browser

    def call(self, call: str, **told: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
        """Let it do something; it must not fail."""
        found = self.program.tell(call=call, **told)
        assert "failed" not in found, found
        return found

    def failed(self, call: str, **told: Any) -> str:  # noqa: ANN401 (any JSON)
        """Let it do something that must fail; returns with what."""
        found = self.program.tell(call=call, **told)
        assert "failed" in found, found
        return str(found["failed"])

    def back(self, **told: Any) -> str:  # noqa: ANN401 (any JSON)
        """Begin, sign in, and return the address at which it came back."""
        self.browser.visited.clear()
        self.browser.open(self.call("begin", scope=SCOPE, **told)["url"])
        return self.browser.visited[-1]

    def signed_in(self) -> dict[str, Any]:
        """Sign Anne in."""
        return self.call("finish", url=self.back())


def claims_in(token: str) -> dict[str, Any]:
    """Read what an ID token says."""
    claims: dict[str, Any] = orjson.loads(extract_compact(token.encode()).payload)
    return claims


@pytest.fixture(scope="module")
def program(house: House) -> Iterator[NodeProgram]:
    """Start it once; it reads the discovery document."""
    with NodeProgram("client.mjs", house.base, house.device.proof(house.base)) as started:
        assert started.tell(call="discover")["pkce"] is True
        yield started


@pytest.fixture
def client(program: NodeProgram) -> Iterator[Client]:
    """Give it a browser, whose address of return nobody listens at."""
    with FormBrowser(login="anne", password="anne", ends_at=CALLBACK) as browser:
        yield Client(program, browser)


def test_it_signs_in_renews_and_reads(house: House, client: Client) -> None:
    """Code with PKCE, state, nonce, issuer; the signature; renewal; userinfo of the same person."""
    first = client.signed_in()
    assert first["claims"]["patient"] == house.patients["anne"]
    assert "offline_access" in first["scope"].split()
    second = client.call("refresh", token=first["refresh"])
    assert second["refresh"] != first["refresh"]
    assert second["claims"]["auth_time"] == first["claims"]["auth_time"]
    assert client.call("userinfo", token=second["access"], sub=first["claims"]["sub"])["given_name"] == "Anne"


def test_it_is_refused_without_pkce(client: Client) -> None:
    """No challenge, no page; and a code is nothing without its verifier."""
    url = client.call("begin", scope=SCOPE, without=["code_challenge", "code_challenge_method"])["url"]
    page = client.browser.go(url)
    assert "password" not in page.text
    assert client.failed("finish", url=client.browser.visited[-1]) == "invalid_request"
    back = client.back()
    assert client.failed("finish", url=back, without=["pkceCodeVerifier"]) == "invalid_request"


def test_a_refresh_token_used_again_ends_its_family(client: Client) -> None:
    """RFC 9700 §4.14.2: the newest of that family is dead too; another sign-in is not touched."""
    other = client.signed_in()
    first = client.signed_in()
    second = client.call("refresh", token=first["refresh"])
    third = client.call("refresh", token=second["refresh"])
    assert client.failed("refresh", token=first["refresh"]) == "invalid_grant"
    assert client.failed("refresh", token=third["refresh"]) == "invalid_grant"
    assert client.failed("userinfo", token=third["access"], sub=first["claims"]["sub"]) != ""
    client.call("refresh", token=other["refresh"])


@pytest.mark.parametrize("change", [{"iss": ["https://evil.example"]}, {"iss": None}, {"state": ["x"]}])
def test_it_believes_our_answer_and_no_other(client: Client, change: dict[str, list[str] | None]) -> None:
    """RFC 9207: our document promises ``iss``, so the client demands it; as we send it, it holds."""
    back = client.back()
    parts = urlsplit(back)
    told = parse_qs(parts.query) | change
    kept = {name: values for name, values in told.items() if values}
    changed = parts._replace(query=urlencode(kept, doseq=True)).geturl()
    assert client.failed("finish", url=changed) == "OAUTH_INVALID_RESPONSE"
    client.call("finish", url=back)


def test_it_is_told_when_they_signed_in(client: Client) -> None:
    """``auth_time`` holds for whoever asks how long ago that was."""
    client.call("finish", url=client.back(), maxAge=60)


def test_it_signs_in_on_a_phone(house: House, client: Client) -> None:
    """RFC 8628, as the document names it."""
    code = client.call("device", scope=SCOPE)
    client.browser.open(code["verification_uri_complete"])
    told = client.call("poll", interval=0.1)
    assert told["claims"]["patient"] == house.patients["anne"]
    assert client.failed("poll", interval=0.1) == "invalid_grant"
    assert client.failed("refresh", token=told["refresh"]) == "invalid_grant"


def test_it_takes_tokens_back(client: Client) -> None:
    """RFC 7009, with either token; what we do not know is no error."""
    for kind in ("refresh", "access"):
        told = client.signed_in()
        client.call("revoke", token=told[kind])
        assert client.failed("refresh", token=told["refresh"]) == "invalid_grant"
    client.call("revoke", token="of somebody else's")


def test_it_signs_out(client: Client) -> None:
    """RP-Initiated Logout: the session is over and the browser is back where it came from."""
    told = client.signed_in()
    client.browser.go(client.call("logout", id=told["id"], state="bye")["url"])
    assert client.browser.visited[-1] == f"http://{CALLBACK}/callback?state=bye"
    assert client.failed("refresh", token=told["refresh"]) == "invalid_grant"


def test_the_discovery_document_is_true(house: House) -> None:
    """Each address it names answers, and what it says is supported is what is taken."""
    with httpx.Client(trust_env=False) as web:
        told = web.get(f"{house.base}/.well-known/openid-configuration").json()
        for name, address in told.items():
            if name.endswith("_endpoint") or name == "jwks_uri":
                assert address.startswith(f"{house.base}/")
                assert web.get(address).status_code != 404, name
        grants = set(told["grant_types_supported"])
        for grant in (*grants, "password", "urn:ietf:params:oauth:grant-type:jwt-bearer"):
            answer = web.post(told["token_endpoint"], data={"grant_type": grant}).json()
            assert (answer["error"] == "unsupported_grant_type") == (grant not in grants), grant
        asked = {
            "client_id": "tandem-desktop", "redirect_uri": "http://127.0.0.1:1/callback", "scope": "openid",
            "response_type": "code", "code_challenge": "a" * 43, "code_challenge_method": "S256",
            "state": "s", "nonce": "n",
        }  # fmt: skip
        scopes = [each for each in told["scopes_supported"] if not each.startswith("system/")]
        for change in (
            *({"scope": f"openid {each}"} for each in scopes),
            *({"prompt": each} for each in told["prompt_values_supported"] if each != "none"),
            *({"response_mode": each} for each in told["response_modes_supported"]),
            *({"ui_locales": each} for each in told["ui_locales_supported"]),
        ):
            page = web.get(told["authorization_endpoint"], params=asked | change)
            assert page.status_code == 200, change
            assert f'lang="{change.get("ui_locales", "fr")}"' in page.text
        for change, error in (
            ({"response_type": "id_token"}, "unsupported_response_type"),
            ({"code_challenge_method": "plain"}, "invalid_request"),
            ({"scope": "openid email"}, "invalid_scope"),
            ({"prompt": "none"}, "login_required"),
            ({"request": "x"}, "request_not_supported"),
            ({"request_uri": "urn:x"}, "request_uri_not_supported"),
        ):
            back = web.get(told["authorization_endpoint"], params=asked | change).headers["location"]
            said = parse_qs(urlsplit(back).query)
            assert (said["error"], said["iss"], said["state"]) == ([error], [house.base], ["s"])
        keys = web.get(told["jwks_uri"]).json()["keys"]
        assert {(each["kty"], each["crv"], "d" in each) for each in keys} == {("EC", "P-256", False)}
        claims = claims_in(house.sign_in("anne", SCOPE)["id_token"])
        named = set(told["claims_supported"]) | {"iss", "aud", "exp", "iat", "nonce", "sid", "jti"}
        assert set(claims) <= named
