"""What stands beside a password: codes, recovery codes, security keys; and signing in with them."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import orjson
import pytest
from joserfc import jwt

from sync.service.accounts import Account, Accounts
from sync.service.caller import Role
from sync.service.factors import Factors, code_at, has_keys_here
from sync.service.messages import PAGES
from sync.service.provider.tokens import ACR_TWO_FACTORS
from sync.service.refusals import Refused
from sync.service.storage import EVERYONE
from tests.sync.service.authenticator import SoftKey
from tests.sync.service.house import ACCESS, ADVISER_SCOPE, REDIRECT, House, step_of
from tests.sync.service.phone_browser import PhoneBrowser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = b"12345678901234567890"
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


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.moment

    def on(self, seconds: int) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)

    @property
    def step(self) -> int:
        """The step of an authenticator app."""
        return int(self.moment.timestamp()) // 30


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


@pytest.fixture
def own(tmp_path: Path, clock: Clock, engine: Callable[[], str | None]) -> Iterator[House]:
    """Start a service with a clock of its own and an adviser who has no second factor yet."""
    made = House(tmp_path / "own", clock=clock, records=engine())
    made.add_adviser()
    yield made
    made.close()


@pytest.fixture
def chloe(own: House) -> Account:
    """Return the adviser."""
    account = Accounts(own.service).get("chloe")
    assert account is not None
    return account


@pytest.fixture
def factors(own: House, chloe: Account) -> Factors:
    """Return the adviser's factors, with a known secret."""
    made = Factors(own.service, chloe)
    made.keep_secret(SECRET, proven=True)
    return made


@pytest.fixture
def web(own: House) -> Iterator[httpx.Client]:
    """Speak as a browser."""
    with httpx.Client(base_url=own.base, trust_env=False) as client:
        yield client


def press(web: httpx.Client, **form: str) -> httpx.Response:
    """Send a form of the sign-in."""
    return web.post("/authorize", params=ASKED, data=form)


def is_in(page: httpx.Response) -> bool:
    """Say whether the sign-in led back with a code."""
    return page.status_code == 302 and "code" in parse_qs(urlsplit(page.headers["location"]).query)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (2000000000, "279037")],
)
def test_the_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    """Appendix B, the last six of its eight digits."""
    assert code_at(SECRET, seconds // 30) == code


def test_a_code_is_good_once_and_one_step_off(factors: Factors, clock: Clock) -> None:
    """Now, one before, one after; never again, and nothing before one that was used."""
    factors.check_code(code_at(SECRET, clock.step - 1))
    for again in (clock.step - 1, clock.step - 2):
        with pytest.raises(Refused, match="factor-wrong"):
            factors.check_code(code_at(SECRET, again))
    factors.check_code(f" {code_at(SECRET, clock.step + 1)[:3]} {code_at(SECRET, clock.step + 1)[3:]} ")
    with pytest.raises(Refused, match="factor-wrong"):
        factors.check_code(code_at(SECRET, clock.step))


def test_tries_are_counted(factors: Factors, clock: Clock) -> None:
    """Five in five minutes; then the right code waits too."""
    for _ in range(5):
        with pytest.raises(Refused, match="factor-wrong"):
            factors.check_code("000000")
    with pytest.raises(Refused, match="too-many-tries"):
        factors.check_code(code_at(SECRET, clock.step))
    clock.on(301)
    factors.check_code(code_at(SECRET, clock.step))


def test_guessing_all_day_is_slower_still(factors: Factors, clock: Clock) -> None:
    """Twenty in an hour."""
    refused: list[str] = []
    for _ in range(24):
        clock.on(61)
        try:
            factors.check_code("000000")
        except Refused as why:
            refused.append(why.reason)
    assert refused.count("factor-wrong") == 20


def test_recovery_codes_are_good_once(factors: Factors) -> None:
    """Eight, in groups, typed anyhow; new ones end the old."""
    codes = factors.new_recovery_codes()
    assert len(set(codes)) == 8
    factors.check_code(codes[0].lower().replace("-", " "))
    with pytest.raises(Refused, match="factor-wrong"):
        factors.check_code(codes[0])
    factors.new_recovery_codes()
    with pytest.raises(Refused, match="factor-wrong"):
        factors.check_code(codes[1])


def test_the_first_sign_in_sets_up_the_second_factor(own: House, web: httpx.Client, clock: Clock) -> None:
    """Password, square and key once, a right code, eight codes once, in; afterwards the code is asked."""
    page = press(web, login="chloe", password="chloe")
    assert (page.status_code, "data:image/svg+xml" in page.text) == (200, True)
    found = re.search(r'class="letters" dir="ltr">([A-Z2-7 ]+)<', page.text)
    assert found is not None
    secret = base64.b32decode(found[1].replace(" ", ""))
    wrong = press(web, step=step_of(page.text), code="123")
    assert (wrong.status_code, found[1] in wrong.text) == (401, True)
    told = press(web, step=step_of(wrong.text), code=code_at(secret, clock.step))
    assert told.text.count('<li dir="ltr">') == 8
    assert is_in(press(web, step=step_of(told.text)))
    again = press(web, login="chloe", password="chloe")
    assert PAGES["factor"] in unescape(again.text)
    assert found[1] not in again.text
    recovery = re.findall(r'<li dir="ltr">([^<]+)<', told.text)[0]
    assert is_in(press(web, step=step_of(again.text), code=recovery))


def test_a_step_is_for_one_sign_in_and_a_few_minutes(
    factors: Factors, web: httpx.Client, clock: Clock
) -> None:
    """Spent, rubbish, of another request, too late: from the beginning."""
    page = press(web, login="chloe", password="chloe")
    elsewhere = {"step": step_of(page.text), "code": code_at(SECRET, clock.step)}
    other = web.post("/authorize", params=ASKED | {"state": "other"}, data=elsewhere)
    assert (other.status_code, PAGES["password"] in unescape(other.text)) == (401, True)
    assert press(web, **elsewhere).status_code == 401
    assert press(web, step="rubbish", code="1").status_code == 401
    page = press(web, login="chloe", password="chloe")
    clock.on(301)
    late = press(web, step=step_of(page.text), code=code_at(SECRET, clock.step))
    assert late.status_code == 401
    page = press(web, login="chloe", password="chloe")
    assert is_in(press(web, step=step_of(page.text), code=code_at(SECRET, clock.step)))


def test_the_tokens_say_how_one_signed_in(house: House) -> None:
    """``amr`` and ``acr`` (RFC 8176); discovery lists the levels."""
    told = house.sign_in("chloe", ADVISER_SCOPE)
    claims = jwt.decode(told["id_token"], house.service.secrets.signing, algorithms=["ES256"]).claims
    assert (claims["amr"], claims["acr"]) == (["pwd", "otp", "mfa"], ACR_TWO_FACTORS)
    person = house.sign_in("anne")
    claims = jwt.decode(person["access_token"], house.service.secrets.signing, algorithms=["ES256"]).claims
    assert claims["amr"] == ["pwd"]
    found = httpx.get(f"{house.base}/.well-known/openid-configuration", trust_env=False).json()
    assert ACR_TWO_FACTORS in found["acr_values_supported"]


def test_an_adviser_with_a_password_alone_opens_nobodys_space(house: House) -> None:
    """A token of one factor (an older sign-in's) is refused at the exchange, in a word of its own."""
    from sync.service.provider.authorize import grant_of
    from sync.service.provider.tokens import Sessions, access_token

    account = Accounts(house.service).get("chloe")
    assert account is not None
    with house.service.store.transaction(of=EVERYONE) as sql:
        sid = Sessions(house.service, sql).start("chloe")
    weak = access_token(house.service, grant_of(account, ADVISER_SCOPE, ("pwd",)), sid)
    person = house.sign_in("anne")["access_token"]
    answer = house.exchange(ACCESS, person, weak)
    assert (answer.status_code, answer.json()) == (400, {"error": "insufficient_user_authentication"})


def test_a_working_day_ends(own: House, clock: Clock) -> None:
    """However often it was refreshed, twelve hours after the sign-in it is over."""
    told = own.sign_in("chloe", ADVISER_SCOPE)
    form = {"grant_type": "refresh_token", "client_id": "tandem-desktop"}
    token = told["refresh_token"]
    for _ in range(11):
        clock.on(3600)
        answer = httpx.post(f"{own.base}/token", data=form | {"refresh_token": token}, trust_env=False)
        assert answer.status_code == 200
        token = answer.json()["refresh_token"]
    clock.on(3599)
    last = httpx.post(f"{own.base}/token", data=form | {"refresh_token": token}, trust_env=False).json()
    adviser = own.client(last["access_token"])
    assert adviser.get("/Practitioner").status_code == 200
    clock.on(2)
    assert adviser.get("/Practitioner").status_code == 401
    over = httpx.post(
        f"{own.base}/token", data=form | {"refresh_token": last["refresh_token"]}, trust_env=False
    )
    assert over.status_code == 400


# -- security keys


@pytest.fixture
def named(own: House) -> House:
    """Have the service at an address with a name: browsers offer keys at no other."""
    own.service.origin = own.base.replace("127.0.0.1", "localhost")
    return own


@pytest.fixture
def soft_key(named: House) -> SoftKey:
    """Return a key that was never used."""
    return SoftKey(named.service.origin, "localhost")


def options_of(page: httpx.Response) -> dict[str, Any]:
    """Return what the page tells the browser."""
    found = re.search(r'data-key="([^"]+)"', page.text)
    assert found is not None, page.text
    told: dict[str, Any] = orjson.loads(unescape(found[1]))
    return told


def test_a_key_is_added_after_a_code_and_opens_from_then_on(
    factors: Factors, web: httpx.Client, soft_key: SoftKey, clock: Clock
) -> None:
    """A code, « ajouter une clé », in; the next time the key alone beside the password."""
    page = press(web, login="chloe", password="chloe")
    assert "data-key" not in page.text
    asks = press(web, step=step_of(page.text), code=code_at(SECRET, clock.step), then="key")
    assert is_in(press(web, step=step_of(asks.text), key=soft_key.make(options_of(asks))))
    page = press(web, login="chloe", password="chloe")
    answer = soft_key.use(options_of(page))
    assert is_in(press(web, step=step_of(page.text), key=answer))
    page = press(web, login="chloe", password="chloe")
    replayed = press(web, step=step_of(page.text), key=answer)
    assert replayed.status_code == 401


@pytest.mark.parametrize("wrong", ["origin", "party", "other", "counter", "rubbish"])
def test_another_answer_of_a_key_is_refused(
    factors: Factors, web: httpx.Client, soft_key: SoftKey, clock: Clock, wrong: str
) -> None:
    """A look-alike site, another site's key, a stranger's, a copied one, rubbish."""
    _, state = factors.ask_new_key()
    options, state = factors.ask_new_key()
    factors.add_key(state, soft_key.make(options))
    page = press(web, login="chloe", password="chloe")
    match wrong:
        case "origin":
            soft_key.origin = "http://localhost.example"
        case "party":
            soft_key.party = "example"
        case "other":
            soft_key = SoftKey(soft_key.origin, soft_key.party)
        case "counter":
            soft_key.counter = 5
            press(web, step=step_of(page.text), key=soft_key.use(options_of(page)))
            page = press(web, login="chloe", password="chloe")
            soft_key.counter = 3
    answer = "{}" if wrong == "rubbish" else soft_key.use(options_of(page))
    assert press(web, step=step_of(page.text), key=answer).status_code == 401


def test_at_a_bare_address_there_is_no_key_and_the_code_remains(own: House) -> None:
    """Browsers refuse keys there; nothing offers one."""
    assert not has_keys_here(own.service)
    own.service.origin = "https://tandem.example.org"
    assert has_keys_here(own.service)
    own.service.origin = "http://tandem.example.org"
    assert not has_keys_here(own.service)


def test_a_real_browser_adds_a_key_and_uses_it(tmp_path: Path, own_house: Callable[..., House]) -> None:
    """Chromium with an authenticator of its own; the page's policy blocks nothing of it."""
    house = own_house()
    house.add_adviser()
    account = Accounts(house.service).get("chloe")
    assert account is not None
    Factors(house.service, account).keep_secret(SECRET, proven=True)
    house.service.origin = house.base.replace("127.0.0.1", "localhost")
    where = f"{house.service.origin}/authorize?{urlencode(ASKED)}"
    with PhoneBrowser(tmp_path / "profile") as browser:
        browser.ask("WebAuthn.enable")
        browser.ask("WebAuthn.addVirtualAuthenticator", options=VIRTUAL)
        for press_key in (False, True):
            browser.open(where)
            fill(browser, login="chloe", password="chloe")
            browser.tap("button.main")
            browser.wait(lambda: bool(browser.run("!!document.querySelector('#code')")))
            if not press_key:
                fill(browser, code=code_at(SECRET, int(house.service.clock().timestamp()) // 30))
                browser.tap("button[name=then]")
            browser.wait(lambda: bool(browser.run("!!document.querySelector('button.key:not([hidden])')")))
            seen = len(browser.asked())
            browser.tap("button.key")
            wait_for_home(browser, seen)
        assert [each for each in browser.complaints() if "Content Security" in each] == []


def wait_for_home(browser: PhoneBrowser, seen: int) -> None:
    """Wait until the browser goes back to the program with a code."""
    home = f"{REDIRECT}?code="
    browser.wait(
        lambda: bool(browser.run("1")) and any(each.startswith(home) for each in browser.asked()[seen:])
    )


VIRTUAL = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def fill(browser: PhoneBrowser, **fields: str) -> None:
    """Fill in fields by their ids."""
    for name, value in fields.items():
        browser.wait(lambda field=name: bool(browser.run(f"!!document.querySelector('#{field}')")))
        browser.run(f"document.querySelector('#{name}').value = {value!r}")


def test_an_administrator_does_not_sign_in_as_an_adviser(own: House, web: httpx.Client) -> None:
    """Their account opens the organization's page, and no token."""
    Accounts(own.service).add("gaelle", "gaelle", Role.ADMINISTRATOR, "", {"name": "G"}, made_up=True)
    assert press(web, login="gaelle", password="gaelle").status_code == 403
