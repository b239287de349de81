"""Phone drops, over real HTTP: a page that is open once, and pictures that the visit alone can open."""

from __future__ import annotations

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from app.vault.parcels import ParcelDamaged, ParcelKey
from sync.service import drops
from sync.service.storage import EVERYONE
from sync.service.tongues import tongue
from tests.sync.service.drop_visit import DropVisit, objects_in, photo, send
from tests.sync.service.house import House

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """Tell the time."""
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, engine: Callable[[], str | None]) -> Iterator[House]:
    """A service with two people and an adviser, whose clock tests move."""
    made = House(tmp_path_factory.mktemp("drops") / "house", clock=Clock(), records=engine())
    made.add_citizen("anne", "250021234567801")
    made.add_citizen("bruno", "150021234567801")
    made.add_adviser()
    yield made
    made.close()


@pytest.fixture
def house(shared: House) -> House:
    """The same, at the right time, with no drop and no try of the test before."""
    clock_of(shared).ahead = timedelta()
    with shared.service.store.transaction(of=EVERYONE) as sql:
        sql.execute("DELETE FROM attempt")
        sql.execute("UPDATE phone_drop SET expires = '2026-01-01T00:00:00Z'")
    drops.sweep(shared.service)
    assert objects_in(shared) == 0
    return shared


@pytest.fixture
def clock(house: House) -> Clock:
    """The service's clock."""
    return clock_of(house)


def clock_of(house: House) -> Clock:
    """Return the clock it was given."""
    assert isinstance(house.service.clock, Clock)
    return house.service.clock


@pytest.fixture
def visit(house: House) -> DropVisit:
    """A page opened for Anne, with the adviser beside her."""
    return DropVisit(house, house.together("anne"))


def events(house: House, login: str, drop_id: str) -> list[tuple[str, str]]:
    """What a citizen reads of a drop in the audit: action, and who."""
    found = house.citizen(login).get("/AuditEvent", params={"_count": "200"}).json().get("entry", [])
    told = []
    for entry in found:
        event = entry["resource"]
        if any(f"Media/{drop_id}" in each["what"]["reference"] for each in event.get("entity", [])):
            who = next(each for each in event["agent"] if each["requestor"])["who"]
            told.append((event["action"], who.get("reference") or who["display"]))
    return told


def test_a_picture_goes_from_the_phone_into_the_visit(house: House, visit: DropVisit) -> None:
    """Sent by a form without a script, collected whole, deleted then; the citizen can read who did what."""
    before = objects_in(house)
    assert visit.state().json()["state"] == "open"
    answer = send(visit.page, ("IMG_1.jpg", photo()), ("IMG_2.jpg", photo((9, 9))))
    assert answer.status_code == 200
    assert "C’est envoyé" in answer.text
    told = visit.state().json()
    assert told["state"] == "sent"
    assert [each["type"] for each in told["pictures"]] == ["image/jpeg"] * 2
    assert objects_in(house) == before + 2
    assert (visit.picture(1), visit.picture(2)) == (photo(), photo((9, 9)))
    assert visit.close().status_code == 204
    assert objects_in(house) == before
    assert visit.state().status_code == 404
    helper = "Practitioner/6a6f6a6f-0000-7000-8000-000000000001"
    assert sorted(events(house, "anne", visit.id)) == sorted(
        [("C", helper), ("U", "phone"), ("R", helper), ("R", helper), ("D", helper)]
    )
    assert events(house, "bruno", visit.id) == []


def test_the_service_holds_nothing_that_it_could_open(house: House, visit: DropVisit) -> None:
    """Another key does not open a picture, nor does the right one under another label."""
    send(visit.page, ("a.jpg", photo()))
    sealed = visit.sealed().content
    assert photo() not in sealed
    for key, label in ((ParcelKey.draw(), f"{visit.id}/1"), (visit.key, f"{visit.id}/2")):
        with pytest.raises(ParcelDamaged):
            key.open(sealed, label)


def test_a_second_send_is_refused(house: House, visit: DropVisit) -> None:
    """The page takes one whole send; what comes after is told that it is closed, and not kept."""
    send(visit.page, ("a.jpg", photo()))
    held = objects_in(house)
    again = send(visit.page, ("b.jpg", photo((5, 5))))
    assert again.status_code == 404
    assert "Cette page est fermée" in again.text
    assert httpx.get(visit.page, trust_env=False).status_code == 404
    assert objects_in(house) == held
    assert len(visit.state().json()["pictures"]) == 1


def test_of_two_sends_at_once_one_counts(house: House, visit: DropVisit) -> None:
    """Two phones, or a button pressed twice."""
    with ThreadPoolExecutor(2) as both:
        answers = list(
            both.map(lambda size: send(visit.page, ("a.jpg", photo(size))), [(1500, 1500), (9, 9)])
        )
    assert sorted(each.status_code for each in answers) == [200, 404]
    assert len(visit.state().json()["pictures"]) == 1
    assert objects_in(house) == 1


def test_after_ten_minutes_there_is_nothing(house: House, visit: DropVisit, clock: Clock) -> None:
    """Page and drop are gone, without a word why."""
    clock.ahead = timedelta(seconds=drops.OPEN_SECONDS + 1)
    unknown = httpx.get(f"{house.base}/d/{'a' * 26}", trust_env=False)
    for answer in (httpx.get(visit.page, trust_env=False), send(visit.page, ("a.jpg", photo()))):
        assert (answer.status_code, answer.text) == (404, unknown.text)
    assert objects_in(house) == 0


def test_what_is_not_collected_is_deleted(house: House, visit: DropVisit, clock: Clock) -> None:
    """Ten minutes after the send, by whoever comes next."""
    send(visit.page, ("a.jpg", photo()))
    clock.ahead = timedelta(seconds=drops.OPEN_SECONDS - 5)
    assert visit.state().status_code == 200
    assert drops.sweep(house.service) == 0
    clock.ahead = timedelta(seconds=drops.OPEN_SECONDS + 5)
    assert drops.sweep(house.service) == 1
    assert objects_in(house) == 0


@pytest.mark.parametrize("length", [20_000_001, 20_500_000])
def test_a_picture_that_is_too_heavy_gets_its_sentence(house: House, visit: DropVisit, length: int) -> None:
    """413 with the page to try again; the page stays open."""
    answer = send(visit.page, ("a.jpg", photo() + bytes(length)))
    assert answer.status_code == 413
    assert "20 Mo au plus" in answer.text
    assert "Prendre une photo" in answer.text
    assert objects_in(house) == 0
    assert send(visit.page, ("a.jpg", photo())).status_code == 200


def test_too_many_pictures_and_too_many_bytes_are_refused_whole(house: House, visit: DropVisit) -> None:
    """None of them is kept."""
    answer = send(visit.page, *[(f"{n}.jpg", photo()) for n in range(11)])
    assert answer.status_code == 413
    assert "10 photos et 60 Mo" in answer.text
    heavy = photo() + bytes(19_000_000)
    assert send(visit.page, *[(f"{n}.jpg", heavy) for n in range(4)]).status_code == 413
    assert objects_in(house) == 0
    assert visit.state().json()["state"] == "open"


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"MZ" + bytes(400), 415, "ni une photo ni un PDF"),
        (b"<html><script>alert(1)</script>", 415, "ni une photo ni un PDF"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(99), 415, "ni une photo ni un PDF"),
        (b"", 400, "Aucune photo n’est arrivée"),
    ],
)
def test_what_is_no_picture_is_refused(
    house: House, visit: DropVisit, data: bytes, status: int, words: str
) -> None:
    """By its first bytes, whatever its name says; the good one beside it is not kept either."""
    answer = send(visit.page, ("good.jpg", photo()), ("photo.jpg", data))
    assert answer.status_code == status
    assert words in answer.text
    assert objects_in(house) == 0


def test_what_phones_make_of_a_paper_is_taken(visit: DropVisit) -> None:
    """JPEG, PNG, HEIC and PDF, told apart by their first bytes."""
    heic, pdf = b"\x00\x00\x00\x18ftypheic" + bytes(99), b"%PDF-1.7\n%%EOF"
    sent = [("a", photo()), ("b", photo(kind="PNG")), ("c", heic), ("d", pdf)]
    assert send(visit.page, *sent).status_code == 200
    kinds = [each["type"] for each in visit.state().json()["pictures"]]
    assert kinds == ["image/jpeg", "image/png", "image/heic", "application/pdf"]
    assert [visit.picture(place) for place in range(1, 5)] == [data for _, data in sent]


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "..\\..\\boot.ini", "/abs", "a\x00b", "é" * 400, '"; x="', "CON"]
)
def test_the_name_a_phone_gives_goes_nowhere(house: House, visit: DropVisit, name: str) -> None:
    """It is neither kept nor told, and leads out of no folder."""
    boundary = "x"
    body = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="pictures"; filename="{name}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode()
        + photo()
        + f"\r\n--{boundary}--\r\n".encode()
    )
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    answer = httpx.post(visit.page, content=body, headers=headers, trust_env=False)
    told = visit.state()
    assert answer.status_code in {200, 400}
    assert name not in told.text
    everything = sorted(path.name for path in house.folder.iterdir())
    assert all(path.startswith(("service.", "objects", "scratch")) for path in everything)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"pictures=a"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"rubbish"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"),
        ("multipart/form-data; boundary=" + "y" * 5000, b"--y--"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x--\r\n"),
        ("text/plain", b"\xff\xd8\xff"),
    ],
)
def test_what_is_no_form_is_refused_with_the_page(visit: DropVisit, content_type: str, body: bytes) -> None:
    """400, a sentence, and the page to try again."""
    answer = httpx.post(visit.page, content=body, headers={"content-type": content_type}, trust_env=False)
    assert answer.status_code == 400
    assert "Il y a un problème" in answer.text
    assert visit.state().json()["state"] == "open"


def test_a_network_cut_in_the_middle_leaves_nothing(house: House, visit: DropVisit) -> None:
    """The first picture came whole, the second did not: neither is kept, and the page stays open."""
    form = httpx.Request(
        "POST", visit.page, files=[("pictures", ("a", photo())), ("pictures", ("b", photo() + bytes(90_000)))]
    )
    body, place = form.read(), urlsplit(visit.page)
    head = (
        f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: {form.headers['content-type']}\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port)) as phone:
        phone.sendall(head.encode() + body[:-30_000])
        until = time.monotonic() + 10
        while not objects_in(house) and time.monotonic() < until:
            time.sleep(0.02)
        assert objects_in(house) == 1
    until = time.monotonic() + 10
    while objects_in(house) and time.monotonic() < until:
        time.sleep(0.02)
    assert objects_in(house) == 0
    assert visit.state().json() | {"seconds": 0} == {
        "id": visit.id, "state": "open", "seconds": 0, "pictures": [],
    }  # fmt: skip
    assert send(visit.page, ("a.jpg", photo())).status_code == 200


def test_the_page_is_closed_with_the_visit(house: House, visit: DropVisit) -> None:
    """Closed by the visit, or by signing out: what was sent goes too."""
    assert visit.close().status_code == 204
    assert httpx.get(visit.page, trust_env=False).status_code == 404
    second = DropVisit(house, house.together("anne"))
    send(second.page, ("a.jpg", photo()))
    sid = second.sid()
    with house.service.store.transaction(of=EVERYONE) as sql:
        sql.execute("UPDATE session SET ended = '2026-01-01T00:00:00Z' WHERE sid = ?", (sid,))
    assert httpx.get(second.page, trust_env=False).status_code == 404
    assert drops.sweep(house.service) == 1
    assert objects_in(house) == 0


def test_a_page_asked_for_anew_closes_the_one_before(house: House, visit: DropVisit) -> None:
    """One visit has one page."""
    send(visit.page, ("a.jpg", photo()))
    again = DropVisit(house, visit.client)
    assert visit.state().status_code == 404
    assert httpx.get(visit.page, trust_env=False).status_code == 404
    assert objects_in(house) == 0
    assert again.state().json()["state"] == "open"


def test_nobody_else_sees_a_drop(house: House, visit: DropVisit) -> None:
    """Another citizen, another session of the same citizen, a program, nobody: it does not exist."""
    send(visit.page, ("a.jpg", photo()))
    for other in (house.together("bruno"), house.citizen("anne"), house.system):
        for answer in (visit.state(other), visit.sealed(1, other), visit.close(other)):
            assert (answer.status_code, answer.json()["issue"][0]["code"]) == (404, "not-found")
    nobody = house.client()
    for answer in (visit.state(nobody), visit.sealed(1, nobody), visit.close(nobody)):
        assert answer.status_code == 401
    assert visit.sealed(2).status_code == 404
    assert visit.picture() == photo()


def test_who_may_not_file_may_not_open_a_page(house: House) -> None:
    """A program, an adviser alone, someone who is not signed in."""
    adviser = house.client(house.sign_in("chloe", "openid profile fhirUser adviser")["access_token"])
    body = {"public_key": ""}
    for client, status in ((house.system, 400), (adviser, 400), (house.client(), 401)):
        assert client.post(f"{house.base}/drops", json=body).status_code == status
    body = {"public_key": _key()}
    for client in (house.system, adviser):
        assert client.post(f"{house.base}/drops", json=body).status_code == 403


def _key() -> str:
    import base64

    return base64.b64encode(ParcelKey.draw().public).decode()


@pytest.mark.parametrize("key", ["", "AAAA", "é", "A" * 1624, None, 5])
def test_a_key_that_is_none_is_refused(house: House, visit: DropVisit, key: object) -> None:
    """400, and the page that was open stays so."""
    assert visit.post({"public_key": key}).status_code == 400
    assert visit.state().status_code == 200


def test_a_restart_keeps_what_waits(own_house: Callable[..., House]) -> None:
    """What was sent can be collected after it; what was not sent can be sent after it."""
    house = own_house()
    house.add_citizen("anne", "250021234567801")
    house.add_citizen("bruno", "150021234567801")
    visit, other = (DropVisit(house, house.citizen(login)) for login in ("anne", "bruno"))
    send(visit.page, ("a.jpg", photo()))
    tokens = [each.client.headers["authorization"].split()[1] for each in (visit, other)]
    house.close()
    again = _restarted(house)
    try:
        for each, token in zip((visit, other), tokens, strict=True):
            each.client = again.client(token)
        assert visit.picture() == photo()
        assert send(other.page, ("b.jpg", photo((7, 7)))).status_code == 200
        assert other.picture() == photo((7, 7))
    finally:
        again.close()


def _restarted(house: House) -> House:
    """Start it again at the same address, as a service does that has a port of its own."""
    import tests.sync.service.house as module

    listen, port = module._listen, urlsplit(house.base).port
    module._listen = lambda _: listen(port or 0)
    try:
        return House(house.folder, records=house.records)
    finally:
        module._listen = listen


def test_the_words_lead_to_the_same_page(house: House, visit: DropVisit) -> None:
    """However they are typed; wrong ones lead nowhere, and are counted."""
    with httpx.Client(base_url=house.base, trust_env=False, follow_redirects=True) as phone:
        assert "Les mots affichés" in phone.get("/d").text
        typed = visit.told["words"].upper().replace("-", "  ")
        page = phone.post("/d", data={"words": typed})
        assert (page.status_code, page.url.path) == (200, f"/d/{visit.told['words']}")
        assert send(str(page.url), ("a.jpg", photo())).status_code == 200
        assert visit.picture() == photo()
        answers = {phone.post("/d", data={"words": f"un deux {n}trois"}).status_code for n in range(70)}
        assert answers == {404, 429}
        assert phone.post("/d", data={"words": ""}).status_code == 400


def test_a_phone_that_sends_again_and_again_is_slowed(visit: DropVisit) -> None:
    """Twenty refused sends, then one waits."""
    codes = [send(visit.page, ("a.jpg", b"no")).status_code for _ in range(21)]
    assert codes == [415] * 20 + [429]


def test_a_session_cannot_open_pages_without_end(house: House, visit: DropVisit) -> None:
    """Twenty in ten minutes."""
    codes = [visit.post({"public_key": _key()}).status_code for _ in range(20)]
    assert codes == [201] * 19 + [429]


class _Page(HTMLParser):
    """What a page refers to, and which of its fields have a label."""

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.fields: set[str] = set()
        self.labels: set[str] = set()
        self.lang = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag."""
        said = {name: value or "" for name, value in attrs}
        self.outside += [said[name] for name in ("src", "href", "action") if said.get(name)]
        if tag == "html":
            self.lang = said["lang"]
        if tag == "input":
            self.fields.add(said["id"])
        if tag == "label":
            self.labels.add(said["for"])


def test_the_page_is_alone_with_the_phone(house: House, visit: DropVisit) -> None:
    """No cookie, no third party, nothing kept, nothing of the person; every field has its label."""
    for path in (visit.told["path"], "/d"):
        answer = httpx.get(house.base + path, headers={"accept-language": "ar,en"}, trust_env=False)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        page = _Page()
        page.feed(answer.text)
        outside = [each for each in page.outside if not each.startswith("?ui_locales=")]
        assert [each for each in outside if each not in {"data:,", "/d?ui_locales=ar"}] == []
        assert page.fields == page.labels
        assert page.lang
        assert not re.search(r"Anne|Essai|Maison|Chlo", answer.text)


@pytest.mark.parametrize(
    ("asked", "tag"),
    [
        ("", "fr"),
        ("fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("de, ja;q=0.9", "fr"),
        ("*", "fr"),
        ("en;q=rubbish", "fr"),
        ("en;q=0", "fr"),
        ("en-GB", "en"),
        ("de,en;q=0.5,ar;q=0.9", "ar"),
    ],
)
def test_the_page_speaks_the_language_of_the_phone(visit: DropVisit, asked: str, tag: str) -> None:
    """Where its catalogue has the page's words; French otherwise."""
    wanted = tongue(asked).tag
    assert wanted in {tag, "fr"}
    page = httpx.get(visit.page, headers={"accept-language": asked}, trust_env=False)
    assert f'<html lang="{wanted}" dir="{"rtl" if wanted == "ar" else "ltr"}">' in page.text
    assert ("Envoyer la photo d’un papier" in page.text) == (wanted == "fr")


def test_the_addresses_are_not_in_the_store(house: House, visit: DropVisit) -> None:
    """A copy of the store does not open pages."""
    with house.service.store.read(of=EVERYONE) as sql:
        rows = sql.execute("SELECT digest FROM drop_address").fetchall()
    token = visit.told["path"].removeprefix("/d/")
    assert len(token) == 26
    assert len(rows) == 2
    assert all(token.encode() not in bytes(row[0]) for row in rows)


def test_every_start_sweeps(own_house: Callable[..., House]) -> None:
    """A drop that ended while the service was down goes with the next start."""
    first = own_house()
    first.add_citizen("anne", "250021234567801")
    visit = DropVisit(first, first.citizen("anne"))
    send(visit.page, ("a.jpg", photo()))
    with first.service.store.transaction(of=EVERYONE) as sql:
        sql.execute("UPDATE phone_drop SET expires = '2026-01-01T00:00:00Z'")
    first.close()
    second = own_house(first.folder)
    assert objects_in(second) == 0
