"""PCs of an organization: enrolled by a code, held to it, taken out; the organization's page."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.clock import now
from app.policy import Policy
from app.vault.envelope import read_delivery_head
from app.vault.keys import Key
from app.vault.sealed import FileDamaged
from sync.delivery import deliver
from sync.enrolment import (
    ClockWrong,
    DeviceRevoked,
    EnrolmentCodeExpired,
    EnrolmentCodeUsed,
    EnrolmentCodeWrong,
    EnrolmentNotTrusted,
    EnrolmentTriesOver,
    OtherOrganization,
    SignedPolicy,
    contact,
    enrol,
    load_policy,
    save_policy,
)
from sync.service import devices, organizations
from sync.service.accounts import Accounts
from sync.service.caller import Role
from sync.service.factors import Factors, code_at
from sync.service.messages import PAGES
from sync.service.office_words import OFFICE
from sync.service.storage import EVERYONE
from sync.transport import Address
from tests.sync.service.house import ACCESS, ADVISER_SCOPE, ORGANIZATION, House, document_bundle, step_of
from tests.sync.service.test_envelopes import Sealed, post, state
from tests.sync.visit import FixedTokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ELSEWHERE = "6a6f6a6f-0000-7000-8000-0000000000ff"
SECRET = b"12345678901234567890"


@pytest.fixture
def own(own_house: Callable[..., House]) -> House:
    """A service of the test's own: one wrong code too many holds up the others."""
    house = own_house()
    house.add_citizen("anne", "250021234567801")
    house.add_adviser()
    return house


def address(house: House) -> Address:
    """Where it is."""
    return Address(house.base)


# -- enrolling


def test_a_code_brings_the_place_the_organization_and_its_policy(house: House) -> None:
    """As typed by people; the keys are pinned, the policy is signed for this PC."""
    code = house.code()
    made = enrol(address(house), "Poste 2", f" {code.lower().replace('-', ' ')} ")
    assert (made.device.organization, made.device.organization_name) == (ORGANIZATION, "Maison")
    assert made.device.place == "Accueil"
    assert made.device.issuer == house.base
    assert made.policy.policy == Policy()
    assert contact(address(house), made.device).policy.version == made.policy.version


def test_a_code_is_good_once(house: House) -> None:
    """The same PC with the same key may come again (the answer was lost); another may not."""
    code, key = house.code(), Ed25519PrivateKey.generate()
    first = enrol(address(house), "Poste 3", code, key)
    again = enrol(address(house), "Poste 3", code, key)
    assert first.device.device_id == again.device.device_id
    with pytest.raises(EnrolmentCodeUsed):
        enrol(address(house), "Poste 4", code)


def test_a_code_dies_after_a_day(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """In words of its own."""
    code, later = house.code(), now() + timedelta(hours=24, minutes=1)
    monkeypatch.setattr(house.service, "clock", lambda: later)
    with pytest.raises(EnrolmentCodeExpired):
        enrol(address(house), "Poste 5", code)


def test_another_services_code_is_none_and_tries_are_counted(own: House, house: House) -> None:
    """Eight a quarter of an hour from one address; the right one waits then too."""
    foreign = house.code()
    for _ in range(8):
        with pytest.raises(EnrolmentCodeWrong):
            enrol(address(own), "Poste 6", foreign)
    with pytest.raises(EnrolmentTriesOver) as refused:
        enrol(address(own), "Poste 6", own.code())
    assert 1 <= refused.value.fields["minutes"] <= 15


def test_without_a_code_nobody_enrols(house: House) -> None:
    """Neither a stranger nor an adviser with their token; and the key must be one."""
    with pytest.raises(EnrolmentCodeWrong):
        enrol(address(house), "Poste 7")
    key = base64.b64encode(b"k" * 32).decode()
    adviser = house.client(house.sign_in("chloe", ADVISER_SCOPE)["access_token"])
    body = {"name": "x", "public_key": key}
    assert adviser.post(f"{house.base}/devices", json=body).status_code == 422
    bad = {"name": "x", "public_key": "??", "code": house.code()}
    assert adviser.post(f"{house.base}/devices", json=bad).status_code == 400


def test_a_policy_that_was_edited_is_not_followed(house: House) -> None:
    """Another PC's, a changed one, one signed by another key, another kind of token."""
    one, other = house.enrolled(), enrol(address(house), "P", house.code())
    text = other.policy.text
    with pytest.raises(EnrolmentNotTrusted):
        SignedPolicy.read(text, one)
    head, body, signature = text.split(".")
    with pytest.raises(EnrolmentNotTrusted):
        SignedPolicy.read(f"{head}.{body[:-4]}AAAA.{signature}", other.device)
    token = house.sign_in("anne")["access_token"]
    with pytest.raises(EnrolmentNotTrusted):
        SignedPolicy.read(token, other.device)
    with pytest.raises(EnrolmentNotTrusted):
        SignedPolicy.read(text, replace(other.device, policy_key=None))
    with pytest.raises(EnrolmentNotTrusted):
        SignedPolicy.read(text, replace(other.device, issuer="https://elsewhere.example"))


# -- whose PC it is


def test_an_adviser_of_another_organization_is_refused_here(house: House) -> None:
    """At the sign-in's contact, and at the exchange."""
    elsewhere = enrol(address(house), "Poste 8", house.code(ELSEWHERE, "Ailleurs")).device
    adviser = house.sign_in("chloe", ADVISER_SCOPE)["access_token"]
    with pytest.raises(OtherOrganization):
        contact(address(house), elsewhere, FixedTokens(adviser))
    assert contact(address(house), house.device, FixedTokens(adviser)).device.organization == ORGANIZATION
    refused = exchange(house, adviser, elsewhere.proof(house.base))
    assert refused.json() == {"error": "device_elsewhere"}
    person = house.sign_in("anne")["access_token"]
    answer = httpx.get(
        f"{house.base}/devices/me",
        headers={"Tandem-Device": house.device.proof(house.base), "Authorization": f"Bearer {person}"},
        trust_env=False,
    )
    assert answer.status_code == 403


def exchange(house: House, adviser: str, proof: str) -> httpx.Response:
    """Ask for a token of Anne and the adviser, with this proof of a PC."""
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": house.sign_in("anne")["access_token"],
        "subject_token_type": ACCESS,
        "actor_token": adviser,
        "actor_token_type": ACCESS,
    }
    headers = {"Tandem-Device": proof} if proof else {}
    return httpx.post(f"{house.base}/token", data=form, headers=headers, trust_env=False)


def test_a_token_of_two_people_needs_a_pc(house: House) -> None:
    """None, rubbish, for another service: refused, each in its word."""
    adviser = house.sign_in("chloe", ADVISER_SCOPE)["access_token"]
    assert exchange(house, adviser, "").json() == {"error": "device_needed"}
    assert exchange(house, adviser, "a.b.c").json() == {"error": "device_unknown"}
    other = replace(house.device, issuer="").proof("https://elsewhere.example")
    assert exchange(house, adviser, other).json() == {"error": "device_unknown"}
    assert exchange(house, adviser, house.device.proof(house.base)).status_code == 200


def test_a_clock_that_is_off_is_named(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes: the service believes nothing, and says why."""
    device, later = house.enrolled(), now() + timedelta(minutes=10)
    monkeypatch.setattr(house.service, "clock", lambda: later)
    with pytest.raises(ClockWrong):
        contact(address(house), device)


# -- taken out


def test_a_pc_that_is_taken_out_ends_everything_that_came_through_it(own: House) -> None:
    """Its sessions at once, its proofs, old ones too; another PC goes on."""
    device, other = own.enrolled(), own.enrolled()
    adviser = own.sign_in("chloe", ADVISER_SCOPE)["access_token"]
    contact(address(own), device, FixedTokens(adviser))
    both = exchange(own, adviser, device.proof(own.base)).json()
    old_proof = device.proof(own.base)
    assert own.client(both["access_token"]).get("/Patient").status_code == 200
    devices.revoke(own.service, ORGANIZATION, device.device_id, "gaelle")
    assert own.client(both["access_token"]).get("/Patient").status_code == 401
    assert own.client(adviser).get("/Practitioner").status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": both["refresh_token"]}
    assert httpx.post(f"{own.base}/token", data=form, trust_env=False).status_code == 400
    with pytest.raises(DeviceRevoked):
        contact(address(own), device)
    adviser = own.sign_in("chloe", ADVISER_SCOPE)["access_token"]
    assert exchange(own, adviser, old_proof).json() == {"error": "device_revoked"}
    assert exchange(own, adviser, other.proof(own.base)).status_code == 200


def test_envelopes_of_a_pc_that_was_taken_out_are_refused_and_counted(own: House, tmp_path: Path) -> None:
    """Signed before or dated back: no difference can be told; nothing is filed, each is remembered once."""
    device = own.enrolled()
    sealed = Sealed(tmp_path, own, document_bundle(own.patients["anne"], b"avant"))
    body = sealed.body(device)
    devices.revoke(own.service, ORGANIZATION, device.device_id, "gaelle")
    for _ in range(2):
        answer = post(own, body)
        assert answer.json() == {"op_id": sealed.op_id, "state": "refused", "reason": "device-revoked"}
    assert own.system.get(f"/DocumentReference/{sealed.document_id}").status_code == 404
    assert state(own, device, sealed.op_id).status_code == 403
    with own.service.store.read(of=EVERYONE) as sql:
        assert devices.count_envelopes(sql, device.device_id) == {"refused": 1}


def test_the_desks_delivery_finds_out_and_hands_the_rest_over(own: House, tmp_path: Path) -> None:
    """Nothing is filed, nothing is lost on the PC, and the organization sees how many came."""
    device = own.enrolled()
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    for number in range(2):
        sealed = Sealed(tmp_path / str(number), own, document_bundle(own.patients["anne"], b"en attente"))
        head = sealed.body(device)
        blob = read_delivery_head(io.BytesIO(head))
        (outbox / f"{sealed.op_id}.envelope").write_bytes(blob)
    devices.revoke(own.service, ORGANIZATION, device.device_id, "gaelle")
    report = deliver(outbox, address(own), device)
    assert (report.delivered, report.left, report.reason) == (0, 2, "device-revoked")
    assert len(list(outbox.glob("*.envelope"))) == 2
    with own.service.store.read(of=EVERYONE) as sql:
        assert devices.count_envelopes(sql, device.device_id) == {"refused": 2}


def test_a_kept_policy_is_read_again_and_another_is_not(house: House, tmp_path: Path) -> None:
    """Sealed in the vault; a file put in its place, or edited, is refused."""
    made, other = (enrol(address(house), "P", house.code()) for _ in range(2))
    path, key = tmp_path / "policy", Key(bytearray(32))
    assert load_policy(path, key, made.device) is None
    save_policy(made.policy, path, key)
    found = load_policy(path, key, made.device)
    assert found is not None
    assert found.policy == made.policy.policy
    with pytest.raises(EnrolmentNotTrusted):
        load_policy(path, key, other.device)
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(FileDamaged):
        load_policy(path, key, made.device)


# -- the organization's page


class Office:
    """An administrator's browser."""

    def __init__(self, house: House, organization: str = ORGANIZATION, login: str = "gaelle") -> None:
        self.house = house
        claims = {"name": "Gaëlle", "organization": {"id": organization, "name": "Maison"}}
        accounts = Accounts(house.service)
        accounts.add(login, login, Role.ADMINISTRATOR, "", claims, made_up=True)
        account = accounts.get(login)
        assert account is not None
        self.login, self.factors = login, Factors(house.service, account)
        self.web = httpx.Client(base_url=house.base, trust_env=False, headers={"accept": "text/html"})

    def sign_in(self) -> httpx.Response:
        """Sign in with both factors; returns the home page."""
        self.factors.keep_secret(SECRET, proven=True)
        page = self.web.post("/organization", data={"login": self.login, "password": self.login})
        code = code_at(SECRET, int(self.house.service.clock().timestamp()) // 30)
        answer = self.web.post("/organization", data={"step": step_of(page.text), "code": code})
        assert answer.status_code == 303, answer.text
        return self.home()

    def home(self) -> httpx.Response:
        """Look at the page."""
        return self.web.get("/organization")

    @property
    def word(self) -> str:
        """The word of the page's forms."""
        found = re.search(r'name="word" value="([0-9a-f]+)"', self.home().text)
        assert found is not None
        return found[1]

    def act(self, act: str, **fields: Any) -> httpx.Response:  # noqa: ANN401 (texts, or lists of them)
        """Press one of its buttons."""
        return self.web.post("/organization", data={"act": act, "word": self.word, **fields})


@pytest.fixture
def office(own: House) -> Iterator[Office]:
    """Sit down at the page, not signed in."""
    made = Office(own)
    yield made
    made.web.close()


RULES: dict[str, Any] = {
    "warn": "60",
    "blank": "90",
    "wipe": "120",
    "sign_in_hours": "8",
    "journal_days": "400",
    "evening_hour": "18",
    "durations": ["P1D"],
    "places": ["stick"],
    "printing": "own",
}


def test_an_administrator_has_two_factors_always(own: House, office: Office) -> None:
    """A demonstration too, and made up or not: a password alone leads to the code's page only."""
    page = office.web.post("/organization", data={"login": "gaelle", "password": "gaelle"})
    assert (page.status_code, "set-cookie" in page.headers) == (200, False)
    assert office.home().text.count('name="password"') == 1
    own.service.demo = True
    short = office.web.post("/organization", data={"login": "gaelle", "password": "gaelle"})
    assert (short.status_code, "set-cookie" in short.headers) == (403, False)
    own.service.demo = False
    assert "Gaëlle" in office.sign_in().text


def test_the_cookie_is_for_the_page_only(office: Office) -> None:
    """Not for scripts, not from other sites, for no other path; a form without its word does nothing."""
    office.sign_in()
    cookie = next(iter(office.web.cookies.jar))
    assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == ("/organization", True)
    assert cookie.get_nonstandard_attr("SameSite") == "strict"
    answer = office.web.post("/organization", data={"act": "code", "place": "x", "word": "0" * 64})
    assert answer.status_code == 403
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert office.act("out").status_code == 200
    assert 'name="password"' in office.home().text


def test_a_quarter_of_an_hour_without_a_press_ends_it(
    own: House, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then one signs in again."""
    office.sign_in()
    later = now() + timedelta(minutes=16)
    monkeypatch.setattr(own.service, "clock", lambda: later)
    assert 'name="password"' in office.home().text


def test_a_pc_is_added_and_removed_on_the_page(own: House, office: Office, tmp_path: Path) -> None:
    """The code stands there once; the PC with its place and envelopes; one act ends it, after a question."""
    office.sign_in()
    page = office.act("code", place="Bus <du mardi>")
    found = re.search(r'class="code" dir="ltr">([A-Z0-9-]+)<', page.text)
    assert found is not None
    assert found[1] not in office.home().text
    device = enrol(address(own), "Poste du bus", found[1]).device
    assert device.place == "Bus <du mardi>"
    own.device = device
    sealed = Sealed(tmp_path, own, document_bundle(own.patients["anne"], b"bonjour"))
    assert post(own, sealed.body(device)).status_code == 201
    home = unescape(office.home().text)
    assert "Poste du bus" in home
    assert OFFICE["sent"].format(count=1) in home
    asked = office.web.get(f"/organization/remove/{device.device_id}")
    assert OFFICE["remove-title"] in unescape(asked.text)
    assert own.client().get(f"{own.base}/health").status_code == 200
    assert office.act("remove", id=device.device_id).status_code == 303
    with pytest.raises(DeviceRevoked):
        contact(address(own), device)
    home = unescape(office.home().text)
    assert OFFICE["act-revoked"] in home
    assert OFFICE["act-enrolled"] in home
    assert f"/organization/remove/{device.device_id}" not in home


def test_another_organization_is_as_unknown_as_none(own: House, office: Office) -> None:
    """Its PC, its adviser: 404, and nothing happens."""
    device = own.enrolled(ELSEWHERE)
    claims = {"name": "Denis", "organization": {"id": ELSEWHERE, "name": "Ailleurs"}}
    Accounts(own.service).add("denis", "denis", Role.ADVISER, "Practitioner/x", claims)
    home = office.sign_in().text
    assert device.device_id not in home
    assert "Denis" not in home
    for act, subject in (("remove", device.device_id), ("end", "denis"), ("reset", "denis"), ("end", "anne")):
        assert office.web.get(f"/organization/{act}/{subject}").status_code == 404
        assert office.act(act, id=subject).status_code == 404
    assert contact(address(own), device).device.organization == ELSEWHERE


def test_rules_reach_the_pcs_and_hold_their_limits(own: House, office: Office) -> None:
    """Signed anew at the next contact; what is beyond is refused and changes nothing."""
    device = own.enrolled()
    office.sign_in()
    assert office.act("rules", **RULES).status_code == 200
    found = contact(address(own), device).policy
    assert found.policy.idle == (60, 90, 120)
    assert found.policy.evening_hour == 18
    assert found.policy.told()["durations"] == ["SESSION", "P1D"]
    assert (found.policy.told()["places"], found.policy.printing.value) == (["stick"], "own")
    for wrong in ({"wipe": "3600"}, {"warn": "0"}, {"warn": "90"}, {"blank": "x"}, {"printing": "all"},
                  {"durations": ["P9999D"]}, {"sign_in_hours": "24"}):  # fmt: skip
        assert office.act("rules", **(RULES | wrong)).status_code == 422
    assert contact(address(own), device).policy.version == found.version
    shown = office.web.get("/organization/rules").text
    assert 'value="120"' in shown
    assert OFFICE["act-policy"] in unescape(office.home().text)


def test_an_adviser_is_invited_joins_and_leaves(own: House, office: Office) -> None:
    """A code once, a password of their own, a second factor; then the account is closed and all ends."""
    office.sign_in()
    page = office.act("invite", name="Nora Diallo", login="Nora.Diallo")
    found = re.search(r'class="code" dir="ltr">([A-Z0-9-]+)<', page.text)
    assert found is not None
    assert office.act("invite", name="Encore", login="nora.diallo").status_code == 409
    assert office.act("invite", name="", login="x").status_code == 422
    asked = {"login": "nora.diallo", "code": found[1], "password": "court"}
    assert office.web.post("/invitation", data=asked).status_code == 422
    asked["password"] = "une phrase assez longue"
    assert office.web.post("/invitation", data=asked | {"code": "AAAAA-AAAAA"}).status_code == 404
    assert office.web.post("/invitation", data=asked).status_code == 200
    assert office.web.post("/invitation", data=asked).status_code == 404
    account = Accounts(own.service).signed_in("nora.diallo", asked["password"])
    assert own.system.get(f"/{account.subject}").json()["name"] == [{"text": "Nora Diallo"}]
    assert office.act("end", id="nora.diallo").status_code == 303
    with pytest.raises(Exception, match="not-signed-in"):
        Accounts(own.service).signed_in("nora.diallo", asked["password"])


def test_the_first_administrator_is_invited_at_the_services_own_pc(
    tmp_path: Path, own_house: Callable[..., House], engine: Callable[[], str | None]
) -> None:
    """A command while the service rests; a code, a password, and the second factor at the first sign-in."""
    command = [sys.executable, "-m", "sync.service", "--data", str(tmp_path / "own"), "--administrator"]
    records = engine()
    asked = [*command, "gael.riou", "--name", "Gaël Riou", "--organization", "Mairie"]
    asked += ["--records", records] if records else []
    told = json.loads(subprocess.run(asked, check=True, capture_output=True, timeout=60).stdout)
    assert subprocess.run(asked, check=False, capture_output=True, timeout=60).returncode != 0
    house = own_house(tmp_path / "own", records=records)
    with httpx.Client(base_url=house.base, trust_env=False) as web:
        form = {"login": told["login"], "code": told["invitation"], "password": "encore une longue phrase"}
        assert web.post(told["page"], data=form).status_code == 200
        page = web.post("/organization", data=form)
        assert PAGES["set-up"] in unescape(page.text)
    account = Accounts(house.service).get("gael.riou")
    assert account is not None
    assert account.kind is Role.ADMINISTRATOR
    assert house.system.get(f"/Organization/{organizations.id_of(account)}").json()["name"] == "Mairie"


def test_closing_an_account_and_a_lost_phone_end_what_goes_on(own: House, office: Office) -> None:
    """The adviser's sign-in, and the visit beside a person."""
    office.sign_in()
    for act in ("reset", "end"):
        adviser = own.sign_in("chloe", ADVISER_SCOPE)["access_token"]
        both = exchange(own, adviser, own.device.proof(own.base)).json()["access_token"]
        assert office.act(act, id="chloe").status_code == 303
        assert own.client(adviser).get("/Practitioner").status_code == 401
        assert own.client(both).get("/Patient").status_code == 401


def test_an_administrator_has_no_token(own: House, office: Office) -> None:
    """The page's cookie opens nothing of FHIR."""
    office.sign_in()
    for path in ("/fhir/Patient", "/fhir/AuditEvent", "/userinfo", "/drops"):
        assert office.web.get(path, headers={"accept": "application/json"}).status_code in {401, 405}


def test_codes_are_kept_as_hashes(own: House) -> None:
    """Whoever reads the table learns no code."""
    code = own.code().replace("-", "")
    with own.service.store.read(of=EVERYONE) as sql:
        (digest,) = sql.execute("SELECT digest FROM enrolment_code").fetchone()
    assert bytes(digest) != hashlib.sha256(code.encode()).digest()
    assert len(bytes(digest)) == 32


def test_the_journal_ends_with_the_policys_days(own: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A year by default."""
    own.code()
    later = now() + timedelta(days=366)
    monkeypatch.setattr(own.service, "clock", lambda: later)
    own.code()
    with own.service.store.read(of=EVERYONE) as sql:
        assert len(organizations.events(sql, ORGANIZATION)) == 1
