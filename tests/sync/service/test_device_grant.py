"""Signing in on one's own phone (RFC 8628): which PC may ask, what the page shows, once and no longer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from app.clock import now
from sync.service import devices
from sync.service.messages import PAGES
from sync.service.tongues import TONGUES, Tongue
from tests.sync.service.house import CITIZEN_SCOPE, ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.enrolment import Device
    from tests.sync.service.house import House

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
ANNE = {"login": "anne", "password": "anne"}


class Phone:
    """What a PC and a phone do, one step at a time."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.web = httpx.Client(base_url=house.base, trust_env=False, timeout=20)

    def ask(self, *, device: Device | None = None, **more: str) -> httpx.Response:
        """Ask for a code, as a PC of the house."""
        form = {"client_id": "tandem-desktop", "scope": CITIZEN_SCOPE} | more
        proof = (device or self.house.device).proof(self.house.base)
        return self.web.post("/device_authorization", data=form, headers={"Tandem-Device": proof})

    def code(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401 (as ``ask``)
        """Get one."""
        answer = self.ask(**more)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def answer(self, code: str, **form: str) -> httpx.Response:
        """Send the phone's page."""
        return self.web.post("/code", params={"user_code": code}, data=form)

    def poll(self, device_code: str) -> httpx.Response:
        """Ask for the tokens."""
        form = {"grant_type": GRANT, "client_id": "tandem-desktop", "device_code": device_code}
        return self.web.post("/token", data=form)

    def error(self, device_code: str) -> str:
        """Ask for the tokens; returns why there are none."""
        answer = self.poll(device_code)
        assert answer.status_code == 400, answer.text
        return str(answer.json()["error"])


@pytest.fixture
def phone(house: House) -> Iterator[Phone]:
    """Take a PC and a phone; nobody tried a code before."""
    with house.service.store.transaction() as sql:
        sql.execute("DELETE FROM attempt")
    made = Phone(house)
    yield made
    made.web.close()


@pytest.fixture
def later(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the service's clock on by so many seconds."""

    def move(seconds: float) -> None:
        monkeypatch.setattr(house.service, "clock", lambda: now() + timedelta(seconds=seconds))

    return move


def test_the_code_is_digits_that_nobody_keeps(house: House, phone: Phone) -> None:
    """Nine of them, at an address without a path to learn; the store has digests."""
    told = phone.code(ui_locales="ar")
    digits = told["user_code"].replace("-", "")
    assert (len(digits), digits.isdigit()) == (9, True)
    assert (told["verification_uri"], told["expires_in"], told["interval"]) == (f"{house.base}/code", 600, 5)
    assert f"user_code={told['user_code']}" in told["verification_uri_complete"]
    assert "ui_locales=ar" in told["verification_uri_complete"]
    with house.service.store.read() as sql:
        held = str(sql.execute("SELECT digest, user_code, fields FROM device_grant").fetchall())
    assert digits not in held
    assert told["device_code"] not in held


def test_the_page_names_the_pc_and_has_the_code_compared(house: House, phone: Phone) -> None:
    """Whoever comes by the square sees whose PC it is before anything is typed."""
    told = phone.code()
    page = phone.web.get(told["verification_uri_complete"]).text
    assert told["user_code"] in page
    assert "Maison" in page
    assert "Accueil" in page
    assert 'type="password"' not in page
    assert phone.error(told["device_code"]) == "authorization_pending"
    assert 'type="password"' in phone.answer(told["user_code"], answer="yes").text
    done = phone.answer(told["user_code"], **ANNE)
    assert (done.status_code, PAGES["phone-done"] in done.text) == (200, True)
    assert phone.poll(told["device_code"]).json()["patient"] == house.patients["anne"]


def test_whoever_asks_too_often_is_told_to_slow_down(phone: Phone, later: Callable[[float], None]) -> None:
    """Five seconds, then ten, then fifteen (§3.5); in time, it goes on."""
    code = phone.code()["device_code"]
    said = []
    for seconds in (0, 1, 8, 30):
        later(seconds)
        said.append(phone.error(code))
    assert said == ["authorization_pending", "slow_down", "slow_down", "authorization_pending"]


def test_the_tokens_are_given_once(house: House, phone: Phone) -> None:
    """Of several who ask at the same moment one gets them; that somebody else asked too ends the session."""
    told = phone.code()
    phone.answer(told["user_code"], **ANNE)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: phone.poll(told["device_code"]), range(4)))
    given = [each.json() for each in answers if each.status_code == 200]
    assert len(given) == 1
    assert {each.json()["error"] for each in answers if each.status_code != 200} == {"invalid_grant"}
    assert house.client(given[0]["access_token"]).get("/Patient").status_code == 401


def test_two_phones_open_one_session(house: House, phone: Phone) -> None:
    """The second finds a code that is not known any more."""
    told = phone.code()
    with ThreadPoolExecutor(2) as threads:
        people = ({"login": each, "password": each} for each in ("anne", "bruno"))
        pages = list(threads.map(lambda each: phone.answer(told["user_code"], **each), people))
    assert sorted(each.status_code for each in pages) == [200, 400]
    assert phone.poll(told["device_code"]).json()["patient"] in house.patients.values()


def test_no_is_no(phone: Phone) -> None:
    """Stopped for good, also for whoever signs in afterwards."""
    told = phone.code()
    assert PAGES["phone-stopped"] in phone.answer(told["user_code"], answer="no").text
    assert phone.answer(told["user_code"], **ANNE).status_code == 400
    assert phone.error(told["device_code"]) == "access_denied"


def test_a_code_is_over_after_ten_minutes(phone: Phone, later: Callable[[float], None]) -> None:
    """On the phone as on the PC."""
    told = phone.code()
    later(601)
    assert phone.answer(told["user_code"], **ANNE).status_code == 400
    assert phone.error(told["device_code"]) == "expired_token"


def test_only_a_pc_that_is_enrolled_may_ask(house: House, phone: Phone) -> None:
    """None, one that was taken out; one taken out while the person was signing in opens nothing."""
    form = {"client_id": "tandem-desktop", "scope": CITIZEN_SCOPE}
    assert phone.web.post("/device_authorization", data=form).json()["error"] == "device_needed"
    device = house.enrolled()
    told = phone.code(device=device)
    devices.revoke(house.service, ORGANIZATION, device.device_id, "gaelle")
    assert phone.ask(device=device).json()["error"] == "device_revoked"
    assert phone.answer(told["user_code"], **ANNE).status_code == 400
    assert phone.error(told["device_code"]) == "authorization_pending"


def test_the_session_ends_with_its_pc(house: House, phone: Phone) -> None:
    """It came about through that PC."""
    device = house.enrolled()
    told = phone.code(device=device)
    phone.answer(told["user_code"], **ANNE)
    token = phone.poll(told["device_code"]).json()["access_token"]
    assert house.client(token).get("/Patient").status_code == 200
    devices.revoke(house.service, ORGANIZATION, device.device_id, "gaelle")
    assert house.client(token).get("/Patient").status_code == 401


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "another"}, "invalid_client"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "openid email"}, "invalid_scope"),
        ({"scope": "openid adviser"}, "invalid_scope"),
    ],
)
def test_an_unsound_request_gets_no_code(phone: Phone, change: dict[str, str], error: str) -> None:
    """Nor does a helper's sign-in begin so."""
    assert phone.ask(**change).json()["error"] == error


def test_a_helper_cannot_sign_in_so(phone: Phone) -> None:
    """What a helper opens is more than one person's own."""
    told = phone.code()
    page = phone.answer(told["user_code"], login="chloe", password="chloe")
    assert page.status_code == 403
    assert phone.error(told["device_code"]) == "authorization_pending"


def test_codes_cannot_be_guessed(phone: Phone) -> None:
    """Ten tries from an address in a quarter of an hour, also with the right one at last."""
    told = phone.code()
    for _ in range(10):
        assert phone.web.get("/code", params={"user_code": "000-000-000"}).status_code == 400
    page = phone.web.get("/code", params={"user_code": told["user_code"]})
    assert (page.status_code, told["user_code"] in page.text) == (429, False)


def test_only_wrong_codes_count_for_everyone(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many people sign in by their phone, the next one can; however many guess, they are stopped."""
    monkeypatch.setattr("sync.service.provider.device_grant._ALL_TRIES", 5)
    told = phone.code()
    right, wrong = {"user_code": told["user_code"]}, {"user_code": "000-000-000"}
    assert [phone.web.get("/code", params=right).status_code for _ in range(8)] == [200] * 8
    found = []
    for _ in range(6):
        found.append(phone.web.get("/code", params=wrong).status_code)
        phone.web.get("/code", params=right)
    assert found == [400] * 5 + [429]


def test_a_code_is_read_as_people_type_it(phone: Phone) -> None:
    """Spaces, none, Arabic digits."""
    code = phone.code()["user_code"]
    digits = code.replace("-", "")
    arabic = "".join(chr(0x660 + int(each)) for each in digits)
    for typed in (digits, code.replace("-", " "), f" {digits} ", arabic):
        assert code in phone.web.get("/code", params={"user_code": typed}).text, typed


@pytest.mark.parametrize("spoken", TONGUES, ids=lambda each: each.tag)
def test_the_pages_speak_the_language(phone: Phone, spoken: Tongue) -> None:
    """That the PC asked for."""
    told = phone.code(ui_locales=spoken.tag)
    address = urlsplit(told["verification_uri_complete"])
    page = phone.web.get(f"{address.path}?{address.query}").text
    assert f'lang="{spoken.tag}"' in page
    assert spoken.say(PAGES["phone-yes"]).partition("\n")[0] in page


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 401, "invalid_client"),
        ({"client_id": "another", "token": "x"}, 401, "invalid_client"),
        ({"client_id": "tandem-desktop"}, 400, "invalid_request"),
        ({"client_id": "tandem-desktop", "token": "x"}, 200, None),
    ],
)
def test_tokens_are_taken_back_by_who_may(
    phone: Phone, form: dict[str, str], status: int, error: str | None
) -> None:
    """RFC 7009 §2.2: a token that is not known is no error."""
    answer = phone.web.post("/revoke", data=form)
    assert (answer.status_code, answer.json().get("error")) == (status, error)
