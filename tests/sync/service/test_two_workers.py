"""Two workers on one PostgreSQL, and many who ask for the same at once: one wins, nothing is lost."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.clock import instant
from app.ids import mint
from app.policy import Policy
from sync.service import mail, office, organizations
from sync.service.accounts import Accounts, count_try
from sync.service.caller import SERVICE_CALLER
from sync.service.carers import MOST_CARERS
from sync.service.factors import Factors, code_at
from sync.service.records import Records
from sync.service.refusals import Refused
from sync.service.storage import EVERYONE
from sync.service.unit import Unit
from tests.sync.service.house import (
    CITIZEN_SCOPE,
    INS,
    ORGANIZATION,
    REDIRECT,
    House,
    document_bundle,
    metadata,
    patient_body,
)
from tests.sync.service.test_carers import draft
from tests.sync.service.test_feed import read_all
from tests.sync.service.test_interactions import observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.service.service import Service
    from tests.sync.service.postgres import Cluster

MANY = 20


class Pair:
    """Two workers: two services on one database and one folder, as they are told apart by nobody."""

    def __init__(self, folder: Any, address: str) -> None:  # noqa: ANN401 (a path)
        self.houses = (House(folder, records=address), House(folder, records=address))
        self.first, second = self.houses
        second.service.origin = self.first.base

    @property
    def services(self) -> list[Service]:
        """Return their services."""
        return [each.service for each in self.houses]

    def clients(self, login: str) -> list[httpx.Client]:
        """Sign a citizen in; returns a client of each worker."""
        return self.of_token(self.first.sign_in(login)["access_token"])

    def systems(self) -> list[httpx.Client]:
        """Return a program's client of each worker."""
        return self.of_token(self.first.software_token())

    def of_token(self, token: str) -> list[httpx.Client]:
        """Return a client of each worker."""
        return [each.client(token) for each in self.houses]

    def close(self) -> None:
        """End both."""
        for each in self.houses:
            each.close()


@pytest.fixture(scope="module")
def pair(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Start both."""
    made = Pair(tmp_path_factory.mktemp("pair"), cluster.new())
    made.first.add_adviser()
    yield made
    made.close()


@pytest.fixture
def anne(pair: Pair) -> tuple[str, list[httpx.Client]]:
    """Add a citizen with an empty record; returns their id and a client at each worker."""
    login = f"p{mint()}"
    return pair.first.add_citizen(login, mint()), pair.clients(login)


def at_once(things: list[Any], do: Callable[[Any], Any], count: int = MANY) -> list[Any]:
    """Do it from so many threads at the same moment, at each of ``things`` in turn."""
    gate = threading.Barrier(count)

    def one(thing: Any) -> Any:  # noqa: ANN401 (whatever it is)
        gate.wait(20)
        return do(thing)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, [thing for thing, _ in zip(cycle(things), range(count), strict=False)]))


def kinds(answers: list[httpx.Response]) -> Counter[int]:
    """Count the answers by their status."""
    return Counter(each.status_code for each in answers)


def said(do: Callable[[], object]) -> str:
    """Return "" or why it was refused."""
    try:
        do()
    except Refused as refused:
        return refused.reason
    return ""


# -- records


@pytest.mark.parametrize("who", ["citizen", "program"])
def test_of_many_updates_of_one_version_one_wins(
    pair: Pair, anne: tuple[str, list[httpx.Client]], who: str
) -> None:
    """The others are told that they are stale; the version after is the winner's."""
    patient_id, mine = anne
    held = mine[0].post("/Observation", json=observation(patient_id)).json()
    clients = mine if who == "citizen" else pair.systems()
    url, headers = f"/Observation/{held['id']}", {"If-Match": 'W/"1"'}
    answers = at_once(clients, lambda client: client.put(url, json=held, headers=headers))
    assert kinds(answers) == {200: 1, 412: MANY - 1}
    assert mine[0].get(url).headers["etag"] == 'W/"2"'


@pytest.mark.parametrize("who", ["citizen", "program"])
def test_of_many_creations_under_one_id_one_wins(
    pair: Pair, anne: tuple[str, list[httpx.Client]], who: str
) -> None:
    """With If-None-Match, as the desktop sends it."""
    patient_id, mine = anne
    clients = mine if who == "citizen" else pair.systems()
    body = observation(patient_id) | {"id": mint()}
    headers = {"If-None-Match": "*"}
    answers = at_once(
        clients, lambda client: client.put(f"/Observation/{body['id']}", json=body, headers=headers)
    )
    assert kinds(answers) == {201: 1, 412: MANY - 1}


def test_two_people_who_take_one_id_are_not_mixed(pair: Pair) -> None:
    """Each has their own under it, and is told nothing of the other; a program is led to the first."""
    logins = [f"p{mint()}" for _ in range(2)]
    ids = [pair.first.add_citizen(each, mint()) for each in logins]
    clients = [(pair.clients(login)[place], ids[place]) for place, login in enumerate(logins)]
    for _ in range(8):
        chosen = mint()
        answers = at_once(
            clients,
            lambda who, chosen=chosen: who[0].put(
                f"/Observation/{chosen}", json=observation(who[1]) | {"id": chosen}
            ),
            2,
        )
        assert kinds(answers) == {201: 2}
        told = [client.get(f"/Observation/{chosen}").json() for client, _ in clients]
        assert [each["subject"]["reference"] for each in told] == [f"Patient/{each}" for each in ids]
        led_to = pair.systems()[0].get(f"/Observation/{chosen}").json()["subject"]["reference"]
        assert led_to in {f"Patient/{each}" for each in ids}


def test_two_programs_that_take_one_id_for_two_people_make_one(pair: Pair) -> None:
    """An id leads a program to one resource: the later one finds the first, which is another person's."""
    ids = [pair.first.add_citizen(f"p{mint()}", mint()) for _ in range(2)]
    for _ in range(8):
        chosen = mint()
        answers = at_once(
            list(zip(pair.systems(), ids, strict=False)),
            lambda who, chosen=chosen: who[0].put(
                f"/Observation/{chosen}", json=observation(who[1]) | {"id": chosen}
            ),
            2,
        )
        assert sorted(each.status_code for each in answers) == [201, 422]


def test_a_conditional_creation_makes_one(pair: Pair, anne: tuple[str, list[httpx.Client]]) -> None:
    """Programs that look for the same at once find what the first made."""
    patient_id, _ = anne
    body = observation(patient_id) | {"identifier": [{"system": "urn:x", "value": mint()}]}
    headers = {"If-None-Exist": f"identifier=urn:x|{body['identifier'][0]['value']}"}
    answers = at_once(pair.systems(), lambda client: client.post("/Observation", json=body, headers=headers))
    assert kinds(answers) == {201: 1, 200: MANY - 1}
    assert len({each.json()["id"] for each in answers}) == 1


def test_people_of_one_national_identifier_keep_records_apart(pair: Pair) -> None:
    """Made at the same moment, each has a record of their own, as one after the other."""
    number = mint()
    answers = at_once(
        pair.systems(), lambda client: client.post("/Patient", json=patient_body("x", number)), 6
    )
    ids = [each.json()["id"] for each in answers]
    with pair.services[0].store.read(of=EVERYONE) as sql:
        marks = ", ".join("?" * len(ids))
        rows = sql.execute(
            f"SELECT patient_key FROM directory WHERE type = 'Patient' AND id IN ({marks})", ids
        ).fetchall()
    assert len({row[0] for row in rows}) == len(ids)
    assert pair.systems()[0].get(f"/Patient?identifier={INS}|{number}").json()["total"] == len(ids)


def test_an_act_that_is_sent_many_times_at_once_is_filed_once(anne: tuple[str, list[httpx.Client]]) -> None:
    """Each gets the answer of the first."""
    patient_id, clients = anne
    sent = document_bundle(patient_id, mint().encode())
    answers = at_once(clients, lambda client: client.post("/", json=sent), 8)
    told = {each["response"]["location"] for answer in answers for each in answer.json().get("entry", [])}
    assert (kinds(answers), len(told)) == ({200: 8}, 4)
    assert clients[0].get("/DocumentReference?_summary=count").json()["total"] == 1


def test_the_feed_never_skips_a_change(anne: tuple[str, list[httpx.Client]]) -> None:
    """Whoever follows it while both workers write sees every change once, in its order."""
    patient_id, clients = anne
    ended, seen = threading.Event(), []

    def follow() -> None:
        url = f"/Patient/{patient_id}/$changes?_count=3"
        for client in cycle(clients):
            last = ended.is_set()
            page = client.get(url).json()
            url = next(each["url"] for each in page["link"] if each["relation"] == "next")
            seen.extend(page.get("entry", []))
            if last and not page.get("entry"):
                return

    def write(client: httpx.Client) -> None:
        for _ in range(6):
            assert client.post("/Observation", json=observation(patient_id)).status_code == 201

    reader = threading.Thread(target=follow)
    reader.start()
    at_once(clients, write, 6)
    ended.set()
    reader.join(60)
    told, _ = read_all(clients[0], patient_id, count=100)
    assert len(told) == 37
    assert [each["fullUrl"] for each in seen] == [each["fullUrl"] for each in told]


def test_a_change_that_is_not_committed_yet_is_not_overtaken(
    pair: Pair, anne: tuple[str, list[httpx.Client]]
) -> None:
    """Another worker's write to the same record waits for it: the feed never goes past a change to come."""
    patient_id, clients = anne
    service = pair.services[0]
    _, url = read_all(clients[1], patient_id)
    with service.store.read() as sql:
        key = str(Records(sql).key_of_patient(patient_id))
    later = threading.Thread(
        target=clients[1].post, args=("/Observation",), kwargs={"json": observation(patient_id)}
    )
    with service.store.transaction(of=key) as sql:
        Unit.begin(service, sql, SERVICE_CALLER).create(observation(patient_id))
        later.start()
        later.join(0.4)
        seen, url = read_all(clients[1], patient_id, url)
    later.join(20)
    rest, _ = read_all(clients[1], patient_id, url)
    assert (len(seen), len(rest)) == (0, 2)


def test_a_piece_that_is_sent_twice_at_once_is_kept_once(anne: tuple[str, list[httpx.Client]]) -> None:
    """The other is told where the upload stands."""
    _, clients = anne
    data = mint().encode() * 10
    told = {"Upload-Length": str(len(data) * 2), "Tus-Resumable": "1.0.0"}
    told["Upload-Metadata"] = metadata(binary_id=mint(), sha256=hashlib.sha256(data * 2).hexdigest())
    base = str(clients[0].base_url).removesuffix("/fhir/")
    path = urlsplit(clients[0].post(f"{base}/uploads", headers=told).headers["location"]).path
    headers = {
        "Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream",
    }  # fmt: skip

    def send(client: httpx.Client) -> httpx.Response:
        return client.patch(str(client.base_url).removesuffix("/fhir/") + path, content=data, headers=headers)

    answers = at_once(clients, send, 6)
    assert kinds(answers) == {204: 1, 409: 5}
    assert clients[1].head(f"{base}{path}", headers=headers).headers["upload-offset"] == str(len(data))


def test_no_more_carers_than_three_however_they_are_invited(pair: Pair) -> None:
    """What is counted before it is written is still true when it is written."""
    login = f"p{mint()}"
    pair.first.add_citizen(login, mint())
    consents = [draft(pair.first, login) for _ in range(8)]
    clients = pair.clients(login)
    turns = [(client, consent) for client, consent in zip(cycle(clients), consents, strict=False)]

    def invite(turn: tuple[httpx.Client, Any]) -> httpx.Response:
        base = str(turn[0].base_url).removesuffix("/fhir/")
        return turn[0].post(f"{base}/carers/invitations", json={"consent": turn[1]})

    assert kinds(at_once(turns, invite, 8)) == {201: MOST_CARERS, 409: 5}


# -- signing in


def test_a_code_is_redeemed_once(pair: Pair) -> None:
    """Twenty who bring it at once: one gets tokens."""
    login, verifier = f"p{mint()}", mint() + mint()
    pair.first.add_citizen(login, mint())
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": "tandem-desktop", "redirect_uri": REDIRECT, "response_type": "code",
        "code_challenge": digest, "code_challenge_method": "S256", "scope": CITIZEN_SCOPE, "state": "s",
        "nonce": "n",
    }  # fmt: skip
    with httpx.Client(trust_env=False) as browser:
        page = pair.first.through(browser, asked, login)
    code = parse_qs(urlsplit(page.headers["location"]).query)["code"][0]
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT,
        "client_id": "tandem-desktop", "code_verifier": verifier,
    }  # fmt: skip
    answers = at_once(list(pair.houses), lambda house: _token(house, form))
    assert kinds(answers) == {200: 1, 400: MANY - 1}


def _token(house: House, form: dict[str, str]) -> httpx.Response:
    return httpx.post(f"{house.base}/token", data=form, trust_env=False)


def test_of_refresh_tokens_one_is_good_in_the_end(pair: Pair) -> None:
    """However many answers were lost on the way, one token goes on, and its elders end the session."""
    login = f"p{mint()}"
    pair.first.add_citizen(login, mint())
    form = {"grant_type": "refresh_token", "refresh_token": pair.first.sign_in(login)["refresh_token"]}
    answers = at_once(list(pair.houses), lambda house: _token(house, form), 8)
    assert kinds(answers) == {200: 8}
    with pair.services[0].store.read() as sql:
        sid = sql.execute("SELECT sid FROM session WHERE login = ?", (login,)).fetchone()[0]
        fresh = sql.execute("SELECT count(*) FROM refresh WHERE sid = ? AND used = 0", (sid,)).fetchone()[0]
    assert fresh == 1


def test_tries_are_counted_together(pair: Pair) -> None:
    """Five at both workers, not five at each."""
    what = mint()
    told = at_once(pair.services, lambda service: said(lambda: count_try(service, what, 5, 300)))
    assert Counter(told) == {"": 5, "too-many-tries": MANY - 5}


def test_a_code_of_the_app_is_good_once(pair: Pair) -> None:
    """And so is a recovery code."""
    account = Accounts(pair.services[0]).get("chloe")
    assert account is not None
    Factors(pair.services[0], account).keep_secret(b"s" * 20, proven=True)
    recovery = Factors(pair.services[0], account).new_recovery_codes()[0]
    present = code_at(b"s" * 20, int(pair.services[0].clock().timestamp()) // 30)
    for code in (present, recovery):
        told = at_once(
            pair.services, lambda each, code=code: said(lambda: Factors(each, account).check_code(code)), 3
        )
        assert Counter(told) == {"": 1, "factor-wrong": 2}


def test_an_invitation_and_a_login_are_one_person_s(pair: Pair) -> None:
    """Several who invite the same login at once, or join by one code: one does."""
    login = f"l{mint()}"

    def invite(service: Service) -> str:
        try:
            return office.invite_administrator(service, login, "Gaëlle", "Mairie")
        except Refused as refused:
            return refused.reason

    told = at_once(pair.services, invite, 6)
    assert Counter(told)["login-taken"] == 5
    code = next(each for each in told if each != "login-taken")
    joined = at_once(
        pair.services,
        lambda each: said(lambda: office.join(each, login, code, "une longue phrase", mint())),
        6,
    )
    assert Counter(joined) == {"": 1, "invitation-over": 5}
    account = Accounts(pair.services[1]).get(login)
    assert account is not None
    at_desk = office.Office(account, organizations.Organization(ORGANIZATION, "Maison", Policy(), 0), "", "")
    assert [each.login for each in office.advisers(pair.services[1], at_desk)] == ["chloe"]


def test_a_pc_s_code_enrols_one_pc(pair: Pair) -> None:
    """Whoever else types it is told that it is used."""
    code = pair.first.code()

    def enrol(house: House) -> httpx.Response:
        key = base64.b64encode(mint().encode()[:32]).decode()
        return httpx.post(
            f"{house.base}/devices", json={"name": "x", "public_key": key, "code": code}, trust_env=False
        )

    assert kinds(at_once(list(pair.houses), enrol, 6)) == {201: 1, 422: 5}


def test_whoever_is_taken_out_while_they_sign_in_is_out(pair: Pair) -> None:
    """A session that begins while its PC is revoked, or its account closed, ends with it or never begins."""
    from sync.service import devices
    from sync.service.provider.tokens import Sessions

    service, other = pair.services
    device = pair.first.enrolled().device_id
    place = devices.organization_of(service, device)
    revoking = threading.Thread(target=devices.revoke, args=(other, place, device, "gaelle"))
    with service.store.transaction() as sql:
        Sessions(service, sql).start("chloe", device_id=device)
        revoking.start()
        revoking.join(0.3)
        assert revoking.is_alive(), "it waits for the session that begins"
    revoking.join(20)
    with service.store.read() as sql:
        left = "SELECT count(*) FROM session WHERE device_id = ? AND ended IS NULL"
        assert sql.execute(left, (device,)).fetchone()[0] == 0
    with pytest.raises(Refused), service.store.transaction() as sql:
        Sessions(service, sql).start("chloe", device_id=device)


def test_a_mail_is_taken_by_one_worker(pair: Pair, anne: tuple[str, list[httpx.Client]]) -> None:
    """Whoever puts it off sends it."""
    key = pair.services[0].secrets.digest("x", anne[0]).hex()[:32]
    moment = instant(pair.services[0].clock())
    with pair.services[0].store.transaction(of=key) as sql:
        sql.executemany(
            "INSERT INTO mail (id, patient_key, made, due, tries) VALUES (?, ?, ?, ?, 0)",
            [(mint(), key, moment, moment) for _ in range(10)],
        )
    taken = [each for found in at_once(pair.services, mail._due, 4) for each in found]
    assert len(taken) == len(set(taken)) == 10


def test_work_that_cannot_end_is_told_to_come_again(pair: Pair, anne: tuple[str, list[httpx.Client]]) -> None:
    """A citizen whose row is held too long: 503 with a moment to wait, and nothing is kept."""
    patient_id, clients = anne
    services = pair.services
    with services[1].store.read(of=EVERYONE) as sql:
        key = sql.execute("SELECT patient_key FROM citizen WHERE patient_id = ?", (patient_id,)).fetchone()[0]
    with services[1].store.transaction(of=key), closing(_hurried(services[0])):
        answer = clients[0].post("/Observation", json=observation(patient_id))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == "store-busy"
    assert clients[1].get("/Observation?_summary=count").json()["total"] == 0


class _hurried:  # noqa: N801 (a way to do it)
    """Let a service wait for a tenth of a second only."""

    def __init__(self, _: Service) -> None:
        from sync.service.storage import postgres

        self._module, self._usual = postgres, postgres._WRITE
        postgres._WRITE = self._usual.replace("10s", "100ms")

    def close(self) -> None:
        """Put it back."""
        self._module._WRITE = self._usual
