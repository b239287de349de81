"""The sign-in pages, in each language, over real HTTP; with keys on the screen, in a real browser."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from app.clock import now
from sync.service.accounts import Accounts
from sync.service.factors import Factors, code_at
from sync.service.messages import PAGES, SENTENCES
from sync.service.provider import pages
from sync.service.tongues import TONGUES, Tongue, tongue
from tests.sync.service.drop_visit import DropVisit
from tests.sync.service.house import REDIRECT, House
from tests.sync.service.phone_browser import PhoneBrowser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ASKED = {
    "client_id": "tandem-desktop",
    "redirect_uri": REDIRECT,
    "response_type": "code",
    "code_challenge": "a" * 43,
    "code_challenge_method": "S256",
    "scope": "openid patient/*.rs",
    "state": "s&\"'<",
    "nonce": "n",
}
KIOSK = (1366, 768)
each_language = pytest.mark.parametrize("spoken", TONGUES, ids=lambda each: each.tag)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A demonstration's service, with a citizen who has a date of birth."""
    made = House(tmp_path_factory.mktemp("pages") / "house", demo=True)
    made.add_citizen("anne", "250021234567801")
    made.add_adviser()
    yield made
    made.close()


class _Links(HTMLParser):
    """Collects the links of a page with their language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.current: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a link."""
        told = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.found[told["lang"]] = told["href"]
            self.current += [told["lang"]] if "aria-current" in told else []


def get(house: House, path: str, **headers: str) -> httpx.Response:
    """Ask as a browser does."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(house.base + path, headers={"accept": "text/html"} | sent, trust_env=False)


def is_in(page: httpx.Response, spoken: Tongue, *names: str) -> bool:
    """Tell whether a page is all in one language."""
    told = unescape(page.text)
    words = (spoken.say(PAGES[name]) for name in names)
    head = f'<html lang="{spoken.tag}" dir="{spoken.direction}">'
    return head in told and all(each in told for each in words)


@each_language
def test_signing_in_speaks_the_language_of_the_screen(house: House, spoken: Tongue) -> None:
    """``ui_locales`` wins over the browser's own; the browser's over French."""
    asked = urlencode(ASKED | {"ui_locales": spoken.tag})
    page = get(house, f"/authorize?{asked}", accept_language="de, en;q=0.5")
    assert page.status_code == 200
    assert is_in(page, spoken, "person", "login", "password", "sign-in", "languages")
    helper = get(house, f"/authorize?{urlencode(ASKED | {'scope': 'adviser'})}", accept_language=spoken.tag)
    assert is_in(helper, spoken, "helper", "login", "password", "sign-in")
    assert helper.headers["vary"] == "accept-language"


@each_language
def test_what_is_wrong_is_said_in_it_too(house: House, spoken: Tongue) -> None:
    """A wrong password, another kind of account, an unsound request, too many tries."""
    asked = ASKED | {"ui_locales": spoken.tag}
    where = f"{house.base}/authorize"
    with httpx.Client(trust_env=False) as browser:
        wrong = browser.post(where, params=asked, data={"login": "anne", "password": "no"})
        assert (wrong.status_code, is_in(wrong, spoken, "wrong", "person")) == (401, True)
        other = browser.post(where, params=asked, data={"login": "chloe", "password": "chloe"})
        assert (other.status_code, is_in(other, spoken, "other-kind")) == (403, True)
        unsound = browser.get(where, params=asked | {"client_id": "other"})
        assert (unsound.status_code, is_in(unsound, spoken, "impossible", "not-ours")) == (400, True)
        login = f"distrait-{spoken.tag}"
        for _ in range(6):
            late = browser.post(where, params=asked, data={"login": login, "password": "no"})
    sentence = spoken.say(SENTENCES["too-many-tries"]).partition("{")[0].partition("\n")[0]
    assert (late.status_code, sentence in late.text) == (429, True)


@each_language
def test_the_other_pages_speak_it(house: House, spoken: Tongue) -> None:
    """Signing out, an address where nothing is, a form that is none: a page, never JSON."""
    out = get(house, f"/logout?ui_locales={spoken.tag}")
    assert (out.status_code, is_in(out, spoken, "signed-out", "close")) == (200, True)
    nowhere = get(house, "/nowhere", accept_language=spoken.tag)
    assert (nowhere.status_code, is_in(nowhere, spoken, "failed", "nowhere")) == (404, True)
    with httpx.Client(trust_env=False) as browser:
        asked = ASKED | {"ui_locales": spoken.tag}
        broken = browser.post(f"{house.base}/authorize", params=asked, content=b"\xff=1")
    assert (broken.status_code, is_in(broken, spoken, "failed")) == (400, True)
    for each in (out, nowhere, broken):
        assert "default-src 'none'" in each.headers["content-security-policy"]
        assert each.headers["cache-control"] == "no-store"


def test_programs_are_still_told_in_json(house: House) -> None:
    """Whoever does not ask for a page gets none."""
    told = httpx.get(f"{house.base}/nowhere", trust_env=False)
    assert told.json()["resourceType"] == "OperationOutcome"
    with httpx.Client(trust_env=False, headers={"accept": "application/json"}) as program:
        broken = program.post(f"{house.base}/logout", content=b"\xff=1")
    assert (broken.status_code, broken.json()["resourceType"]) == (400, "OperationOutcome")
    fhir = get(house, "/fhir/Patient")
    assert fhir.json()["resourceType"] == "OperationOutcome"


@each_language
def test_a_row_of_languages_keeps_the_request(house: House, spoken: Tongue) -> None:
    """The same request in another language: one can change at any moment, and sign in after."""
    page = get(house, f"/authorize?{urlencode(ASKED | {'ui_locales': spoken.tag, 'screen_keyboard': '1'})}")
    links = _Links()
    links.feed(page.text)
    assert links.current == [spoken.tag]
    assert list(links.found) == [each.tag for each in TONGUES]
    for tag, link in links.found.items():
        told = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        assert told == ASKED | {"ui_locales": tag, "screen_keyboard": "1"}
        assert is_in(get(house, "/authorize" + link), tongue("", tag), "person")


def test_discovery_names_the_languages(house: House) -> None:
    """``ui_locales_supported`` (Discovery §3)."""
    told = get(house, "/.well-known/openid-configuration").json()
    assert told["ui_locales_supported"] == ["fr", "fr-simple", "en", "ar"]


@each_language
def test_the_demonstration_speaks_it(demo: House, spoken: Tongue) -> None:
    """Nobody here exists; one press signs in."""
    page = get(demo, f"/authorize?{urlencode(ASKED | {'ui_locales': spoken.tag})}")
    assert is_in(page, spoken, "made-up", "by-password")
    assert 'name="login" value="anne"' in page.text
    assert pages.born(spoken, "1946-05-03") == spoken.say(PAGES["born"]).format(
        day={"ar": "3 مايو 1946", "en": "3 May 1946"}.get(spoken.tag, "3 mai 1946")
    )
    assert pages.born(spoken, "1946") == ""


@each_language
def test_the_phones_page_speaks_the_language_of_its_square(house: House, spoken: Tongue) -> None:
    """What the square's address carries wins over the phone's own; the words typed keep it."""
    visit = DropVisit(house, house.together("anne"))
    page = get(house, f"{visit.told['path']}?ui_locales={spoken.tag}", accept_language="en, ar")
    assert is_in(page, spoken, "languages")
    words = f"{house.base}/d?ui_locales={spoken.tag}"
    led = httpx.post(words, data={"words": visit.told["words"]}, trust_env=False)
    assert (led.status_code, led.headers["location"].endswith(f"?ui_locales={spoken.tag}")) == (303, True)
    assert is_in(get(house, led.headers["location"], accept_language="de"), spoken, "languages")
    gone = get(house, f"/d/nothing?ui_locales={spoken.tag}")
    assert (gone.status_code, spoken.say("Cette page est fermée") in unescape(gone.text)) == (404, True)


def test_no_keys_unless_the_program_asks(house: House) -> None:
    """A PC with a keyboard gets a page without a script."""
    for asked in (ASKED, ASKED | {"screen_keyboard": "0"}, ASKED | {"screen_keyboard": "<"}):
        page = get(house, f"/authorize?{urlencode(asked)}").text
        assert "<script" not in page
        assert 'class="keyboard"' not in page


def keys_of(browser: PhoneBrowser) -> list[str]:
    """What stands on the keys."""
    told = browser.run("Array.from(document.querySelectorAll('.keyboard button')).map((k) => k.textContent)")
    return [str(each) for each in told]


def tap_key(browser: PhoneBrowser, words: str) -> None:
    """Press one key."""
    place = keys_of(browser).index(words)
    browser.run(f"document.querySelectorAll('.keyboard button')[{place}].id = 'wanted'")
    browser.tap("#wanted")
    browser.run("document.querySelector('#wanted')?.removeAttribute('id')")


@pytest.mark.parametrize("spoken", [TONGUES[0], TONGUES[-1]], ids=lambda each: each.tag)
def test_one_signs_in_without_a_keyboard(house: House, tmp_path: Path, spoken: Tongue) -> None:
    """By touch alone: the identifier, the password with a capital and a sign taken back, the code, in."""
    account, secret = Accounts(house.service).get("chloe"), b"s" * 20
    assert account is not None
    Factors(house.service, account).keep_secret(secret, proven=True)
    asked = ASKED | {"ui_locales": spoken.tag, "screen_keyboard": "1", "scope": "openid adviser"}
    with PhoneBrowser(tmp_path / "profile", size=KIOSK) as browser:
        browser.open(f"{house.base}/authorize?{urlencode(asked)}")
        for letter in "chloe":
            tap_key(browser, letter)
        tap_key(browser, spoken.say(PAGES["next"]))
        assert browser.run("document.activeElement.id") == "password"
        tap_key(browser, spoken.say(PAGES["capital"]))
        tap_key(browser, "C")
        tap_key(browser, "#+é")
        tap_key(browser, "{")
        assert browser.run("document.querySelector('#password').value") == "C{"
        tap_key(browser, spoken.say(PAGES["erase"]))
        tap_key(browser, spoken.say(PAGES["erase"]))
        tap_key(browser, "abc")
        for letter in "chloe":
            tap_key(browser, letter)
        assert browser.run("document.querySelector('#login').value") == "chloe"
        assert browser.run("document.querySelector('#password').value") == "chloe"
        assert browser.complaints() == []
        tap_key(browser, spoken.say(PAGES["next"]))
        browser.wait(lambda: browser.run("(document.activeElement || {}).id") == "code")
        for figure in code_at(secret, int(now().timestamp()) // 30):
            tap_key(browser, figure)
        tap_key(browser, spoken.say(PAGES["next"]))
        home = f"{REDIRECT}?code="
        browser.wait(lambda: browser.run("1") and any(each.startswith(home) for each in browser.asked()))


def test_the_keys_are_large_apart_and_hide_nothing(house: House, tmp_path: Path) -> None:
    """Targets of 48 pixels at least, 8 between them; the field that is typed into stays in view."""
    asked = ASKED | {"screen_keyboard": "1"}
    with PhoneBrowser(tmp_path / "profile", size=(1024, 600)) as browser:
        browser.open(f"{house.base}/authorize?{urlencode(asked)}")
        tap_key(browser, "Continuer")
        rows = browser.run(
            "Array.from(document.querySelectorAll('.keyboard div')).map((row) => Array.from(row.children)"
            ".map((key) => { const r = key.getBoundingClientRect(); return [r.left, r.right, r.height]; }))"
        )
        for row in rows:
            assert min(right - left for left, right, _ in row) >= 48
            assert min(height for _, _, height in row) >= 48
            assert min(after[0] - before[1] for before, after in pairwise(row)) >= 8
        seen = browser.run(
            "document.querySelector('#password').getBoundingClientRect().bottom"
            " <= document.querySelector('.keyboard').getBoundingClientRect().top"
        )
        assert seen is True
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")


def test_a_switch_reaches_the_keys(house: House, tmp_path: Path) -> None:
    """Tab and Enter do it too, into the field one came from; the keys say that a capital comes."""
    asked = ASKED | {"screen_keyboard": "1"}
    with PhoneBrowser(tmp_path / "profile", size=KIOSK) as browser:
        browser.open(f"{house.base}/authorize?{urlencode(asked)}")
        for _ in range(3):
            browser.press("Tab")
        assert browser.run("document.activeElement.textContent") == "1"
        browser.press("Enter")
        assert browser.run("document.querySelector('#password').value") == "1"
        assert browser.run("document.activeElement.textContent") == "1"
        assert browser.run("document.querySelector('.keyboard').getAttribute('aria-label')") == "Clavier"
        tap_key(browser, "Majuscule")
        assert browser.run("document.querySelector('[aria-pressed]').getAttribute('aria-pressed')") == "true"
        tap_key(browser, "Fermer")
        assert browser.run("document.querySelector('.keyboard').hidden") is True
        browser.tap("#password")
        assert browser.run("document.querySelector('.keyboard').hidden") is False


def test_arabic_letters_are_one_key_away(house: House, tmp_path: Path) -> None:
    """An identifier is in Latin letters; a name may not be."""
    asked = ASKED | {"screen_keyboard": "1", "ui_locales": "ar"}
    with PhoneBrowser(tmp_path / "profile", size=KIOSK) as browser:
        browser.open(f"{house.base}/authorize?{urlencode(asked)}")
        assert "a" in keys_of(browser)
        tap_key(browser, "أبج")
        tap_key(browser, "ش")
        assert browser.run("document.querySelector('#login').value") == "ش"
        assert browser.run("document.documentElement.dir") == "rtl"


@pytest.mark.parametrize("size", [(412, 900), KIOSK], ids=["phone", "kiosk"])
def test_the_page_is_large_and_nothing_overflows(house: House, tmp_path: Path, size: tuple[int, int]) -> None:
    """On a phone and on a kiosk: 48 pixels for links, 56 for the rest, 20-pixel text at least."""
    heights = "Array.from(document.querySelectorAll('{}')).map((e) => e.getBoundingClientRect().height)"
    with PhoneBrowser(tmp_path / "profile", size=size) as browser:
        for spoken in TONGUES:
            browser.open(f"{house.base}/authorize?{urlencode(ASKED | {'ui_locales': spoken.tag})}")
            assert browser.run("document.documentElement.scrollWidth <= innerWidth")
            assert min(browser.run(heights.format("nav a"))) >= 48
            assert min(browser.run(heights.format("main input, main button"))) >= 56
            assert browser.run("parseFloat(getComputedStyle(document.body).fontSize)") >= 20
            assert browser.run("getComputedStyle(document.body).direction") == spoken.direction
        assert browser.complaints() == []


def test_the_styles_colours_are_the_drops_too() -> None:
    """One look for every page: the sign-in's tokens are those whose contrast is tested with the drop's."""
    assert re.findall(r"--\w+: #\w+", pages.STYLE) != []
    assert (
        re.findall(r"(?<!-)#[0-9a-f]{3,6}\b", re.sub(r":root {.*?}", "", pages.STYLE, flags=re.DOTALL)) == []
    )
