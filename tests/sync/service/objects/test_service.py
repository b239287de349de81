"""The service itself on both stores: uploads that lie, stop, stall and go on; a store that goes away."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import re
import signal
import socket
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from app.ids import mint
from sync.service import uploads
from sync.service.messages import START
from sync.service.provider.tokens import caller_of
from sync.service.server import main
from sync.service.upkeep import Upkeep
from tests.sync.service.house import House, document_bundle
from tests.sync.service.objects.conftest import BucketPlace, FolderPlace
from tests.sync.service.test_documents import PIECE as PIECE_HEADERS
from tests.sync.service.test_documents import TUS, announce, send
from tests.sync.service.test_process import POSIX, Process, system_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.service.uploads import Upload
    from tests.sync.service.objects.conftest import Place
    from tests.sync.service.objects.middle import Middle
    from tests.sync.service.objects.seaweed import SeaweedFs

pytestmark = pytest.mark.xdist_group("s3")
PIECE = uploads.PIECE
DATA = os.urandom(PIECE + PIECE // 2)
LAST = len(DATA) - 1


@dataclass(frozen=True, slots=True)
class Home:
    """A service on one of the stores, and Anne who uploads."""

    house: House
    place: Place
    line: httpx.Client
    anne: httpx.Client

    def count(self) -> int:
        """How many objects there are."""
        return sum(re.fullmatch("[0-9a-f]{32}", name) is not None for name in self.place.names())

    def stored(self, binary: str) -> bytes | int:
        """The bytes of a Binary, or why not."""
        answer = self.anne.get(f"/Binary/{binary}")
        return answer.content if answer.status_code == 200 else answer.status_code


def make_home(folder: Path, place: Place, patch: pytest.MonkeyPatch) -> Home:
    """Start a service there."""
    for name, value in place.environment.items():
        patch.setenv(name, value)
    house = House(folder, objects=place.address)
    house.add_citizen("anne", "250021234567801")
    token = str(house.sign_in("anne")["access_token"])
    line = house.client(token, **TUS)
    line.base_url = httpx.URL(house.base)
    return Home(house, place, line, house.client(token))


@pytest.fixture(scope="module", params=["folder", "s3"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Start a service on each store, once."""
    folder = tmp_path_factory.mktemp("home")
    place: Place = FolderPlace(folder / "documents")
    if request.param == "s3":
        place = BucketPlace(request.getfixturevalue("seaweedfs"))
    with pytest.MonkeyPatch.context() as patch:
        made = make_home(folder / "data", place, patch)
        yield made
        made.house.close()


@pytest.fixture
def away(
    seaweedfs: SeaweedFs, middle: Middle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Home]:
    """Start a service whose store can be taken away."""
    made = make_home(tmp_path / "data", BucketPlace(seaweedfs, middle.endpoint), monkeypatch)
    monkeypatch.setattr(made.house.service.objects, "_pause", 0.2)
    yield made
    middle.mend()
    made.house.close()


def offset(home: Home, where: str) -> int:
    """Ask how far an upload got."""
    return int(home.line.head(where).headers["upload-offset"])


class Raw:
    """A PATCH written by hand, that stops where it is told."""

    def __init__(self, home: Home, where: str, length: int, start: int = 0) -> None:
        parts = urlsplit(where)
        self.socket = socket.create_connection(("127.0.0.1", urlsplit(home.house.base).port))
        headers = PIECE_HEADERS | TUS | {
            "Host": "127.0.0.1", "Authorization": home.line.headers["authorization"],
            "Upload-Offset": str(start), "Content-Length": str(length),
        }  # fmt: skip
        lines = [f"PATCH {parts.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())

    def close(self) -> None:
        """Hang up, once what was sent has been taken."""
        time.sleep(0.05)
        self.socket.close()


# -- uploads


def test_an_upload_comes_back_whole_and_by_ranges(home: Home) -> None:
    """Its pieces are gone, one object stays."""
    before, binary = home.count(), mint()
    where = announce(home.line, DATA, binary_id=binary).headers["location"]
    assert send(home.line, where, DATA[: PIECE + 5], 0).headers["upload-offset"] == str(PIECE + 5)
    assert home.count() == before + 2
    assert send(home.line, where, DATA[PIECE + 5 :], PIECE + 5).status_code == 204
    assert (home.stored(binary), home.count()) == (DATA, before + 1)
    for start in (0, 65535, 65536, PIECE - 1, PIECE, LAST):
        part = home.anne.get(f"/Binary/{binary}", headers={"Range": f"bytes={start}-{start + 70000}"})
        assert (part.status_code, part.content) == (206, DATA[start : start + 70001])


@pytest.mark.parametrize("stop", [0, 1, PIECE - 1, PIECE, PIECE + 1, LAST])
def test_an_upload_that_stops_anywhere_goes_on_there(home: Home, stop: int) -> None:
    """Everything that arrived is kept, to the byte; what it was stays out of reach until it is whole."""
    binary = mint()
    where = announce(home.line, DATA, binary_id=binary).headers["location"]
    cut = Raw(home, where, len(DATA))
    cut.socket.sendall(DATA[:stop])
    cut.close()
    until = time.monotonic() + 3
    while offset(home, where) != stop:
        assert time.monotonic() < until, offset(home, where)
    assert home.stored(binary) == 404
    assert send(home.line, where, DATA[stop:], stop).status_code == 204
    assert home.stored(binary) == DATA


def test_a_length_that_lies_is_refused(home: Home) -> None:
    """More than announced: 413, and the upload is where it was. Less: it is not finished."""
    announced, binary = DATA[: PIECE + 10], mint()
    where = announce(home.line, announced, binary_id=binary).headers["location"]
    assert send(home.line, where, DATA[: PIECE + 20], 0).status_code == 413
    assert offset(home, where) == PIECE
    assert send(home.line, where, DATA[PIECE : PIECE + 11], PIECE).status_code == 413
    assert send(home.line, where, DATA[PIECE : PIECE + 9], PIECE).headers["upload-offset"] == str(PIECE + 9)
    assert home.stored(binary) == 404
    assert send(home.line, where, DATA[PIECE + 9 : PIECE + 10], PIECE + 9).status_code == 204
    assert home.stored(binary) == announced
    assert send(home.line, where, b"more", len(announced)).status_code in {409, 413}
    assert home.stored(binary) == announced


def test_a_digest_that_lies_leaves_nothing(home: Home) -> None:
    """460; no Binary, no upload, not one object more than before; and the right bytes may come."""
    before, binary = home.count(), mint()
    where = announce(home.line, DATA, binary_id=binary).headers["location"]
    assert send(home.line, where, DATA[:-1] + bytes([DATA[-1] ^ 1]), 0).status_code == 460
    assert (home.line.head(where).status_code, home.stored(binary), home.count()) == (404, 404, before)
    where = announce(home.line, DATA, binary_id=binary).headers["location"]
    assert send(home.line, where, DATA, 0).status_code == 204
    assert home.stored(binary) == DATA


def test_one_that_is_given_up_leaves_nothing(home: Home) -> None:
    """DELETE in the middle."""
    before = home.count()
    where = announce(home.line, DATA).headers["location"]
    send(home.line, where, DATA[: PIECE + 1], 0)
    assert home.line.delete(where).status_code == 204
    assert home.count() == before


def test_a_slow_client_holds_nobody_up_and_a_silent_one_is_let_go(home: Home) -> None:
    """A byte now and then goes on; then silence: 408, what came is kept, it goes on from there."""
    service, binary = home.house.service, mint()
    limits = service.limits
    service.limits = dataclasses.replace(limits, stall=0.4)
    try:
        where = announce(home.line, DATA, binary_id=binary).headers["location"]
        slow = Raw(home, where, len(DATA))
        for number in range(6):
            slow.socket.sendall(DATA[number : number + 1])
            assert home.anne.get("/DocumentReference?_summary=count").status_code == 200
            time.sleep(0.15)
        slow.socket.settimeout(5)
        answered = slow.socket.recv(1 << 16)
        assert answered.startswith(b"HTTP/1.1 408")
        assert b"octet 6" in answered
        slow.socket.close()
    finally:
        service.limits = limits
    assert offset(home, where) == 6
    assert send(home.line, where, DATA[6:], 6).status_code == 204
    assert home.stored(binary) == DATA


def test_two_who_finish_one_upload_finish_it_once(home: Home) -> None:
    """A caller who did not wait for the answer asks again, another worker begins: one Binary, one object."""
    before, binary, service = home.count(), mint(), home.house.service
    announce(home.line, DATA, binary_id=binary)
    caller = caller_of(service, home.line.headers["authorization"].removeprefix("Bearer "))
    for start in (0, PIECE):
        held = uploads.find(service, caller, binary)
        piece = DATA[start : start + PIECE]
        service.objects.write(f"{binary}{start}", io.BytesIO(piece))
        uploads._keep_piece(service, held, f"{binary}{start}", start + len(piece))
    held = uploads.find(service, caller, binary)
    done: list[Upload] = []
    threads = [
        threading.Thread(target=lambda: done.append(uploads.finish_if_whole(service, caller, held)))
        for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.done for each in done] == [True] * 4
    assert (home.stored(binary), home.count()) == (DATA, before + 1)


def test_a_stored_document_that_was_changed_is_never_sent(home: Home) -> None:
    """500 with a sentence, in the middle of many that are right."""
    known = set(home.place.raw())
    made = home.anne.post("/Binary", content=b"octets" * 20000, headers={"Content-Type": "text/plain"})
    (name,) = set(home.place.raw()) - known
    whole = home.place.raw()[name]
    home.place.put_raw(name, whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    answer = home.anne.get(f"/Binary/{made.json()['id']}", headers={"Accept": "application/fhir+json"})
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (500, "exception")
    home.place.put_raw(name, whole)
    assert home.stored(made.json()["id"]) == b"octets" * 20000


def test_bytes_inside_resources_are_put_once_and_only_if_they_are_filed(home: Home) -> None:
    """Refused: none. Filed, and sent again: one."""
    before, patient = home.count(), home.house.patients["anne"]
    act = document_bundle(patient, b"inside")
    refused = document_bundle(patient, b"inside", sha256="0" * 64)
    assert home.anne.post("/", json=refused).status_code == 422
    assert home.count() == before
    assert [home.anne.post("/", json=act).status_code for _ in range(2)] == [200, 200]
    assert home.count() == before + 1
    assert home.stored(act["entry"][0]["fullUrl"].removeprefix("urn:uuid:")) == b"inside"


# -- a store that goes away, and orphans


def test_a_store_that_goes_away_in_the_middle_is_said_and_nothing_is_lost(away: Home, middle: Middle) -> None:
    """503 with when to come back; the records go on; what was not filed left nothing; then all is filed."""
    patient, binary = away.house.patients["anne"], mint()
    kept = document_bundle(patient, b"octets")
    assert away.anne.post("/", json=kept).status_code == 200
    where = announce(away.line, DATA, binary_id=binary).headers["location"]
    assert send(away.line, where, DATA[: PIECE + 1], 0).status_code == 204
    middle.cut()
    sent = document_bundle(patient, b"other octets")
    stored = kept["entry"][0]["fullUrl"].removeprefix("urn:uuid:")
    for answer in (
        send(away.line, where, DATA[PIECE + 1 :], PIECE + 1),
        away.anne.post("/", json=sent),
        away.anne.get(f"/Binary/{stored}"),
    ):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1"), answer.text
        assert "réessayez dans 1 seconde" in answer.json()["issue"][0]["details"]["text"]
    assert away.anne.get("/DocumentReference").json()["total"] == 1
    assert offset(away, where) == PIECE + 1
    middle.mend()
    time.sleep(0.25)
    assert send(away.line, where, DATA[PIECE + 1 :], PIECE + 1).status_code == 204
    assert (away.stored(binary), away.stored(stored)) == (DATA, b"octets")
    assert away.anne.post("/", json=sent).status_code == 200
    assert away.anne.get("/DocumentReference").json()["total"] == 2


def test_an_end_that_the_store_missed_is_done_when_asked(away: Home, middle: Middle) -> None:
    """All bytes came, and the store went away before they were one object: HEAD finishes it."""
    binary = mint()
    where = announce(away.line, DATA, binary_id=binary).headers["location"]
    assert send(away.line, where, DATA[:LAST], 0).status_code == 204
    real = away.house.service.objects.open

    def cut(object_id: str, /, **more: bool) -> object:
        middle.cut()
        return real(object_id, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(away.house.service.objects, "open", cut)
        assert send(away.line, where, DATA[LAST:], LAST).status_code == 503
    assert away.line.head(where).status_code == 503
    middle.mend()
    time.sleep(0.25)
    assert away.line.head(where).headers["upload-offset"] == str(len(DATA))
    assert away.stored(binary) == DATA


def test_the_upkeep_takes_orphans_and_leaves_what_rows_name(away: Home) -> None:
    """Pieces of uploads under way, documents: they stay. It runs beside the service, over and over."""
    service, binary = away.house.service, mint()
    where = announce(away.line, DATA, binary_id=binary).headers["location"]
    send(away.line, where, DATA[: PIECE + 1], 0)
    away.anne.post("/", json=document_bundle(away.house.patients["anne"], b"octets"))
    named = away.count()
    for number in range(3):
        service.objects.write(f"orphan{number}", io.BytesIO(b"left by a crash"))
    assert away.count() == named + 3
    upkeep = Upkeep(service, every=0.05, older_than=timedelta())
    upkeep.start()
    until = time.monotonic() + 5
    while away.count() > named:
        assert time.monotonic() < until
        time.sleep(0.05)
    upkeep.end()
    assert away.count() == named
    assert send(away.line, where, DATA[PIECE + 1 :], PIECE + 1).status_code == 204
    assert away.stored(binary) == DATA


# -- starting


def refusal(folder: Path, objects: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Start the service where it cannot; returns the code whose sentence it said."""
    assert main(folder, objects=objects) == 69
    said = capsys.readouterr()
    assert said.out == ""
    return next(code for code, text in START.items() if text == said.err.strip())


def test_a_start_that_cannot_be_is_said(
    seaweedfs: SeaweedFs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a sentence each, exit code 69; and the folder is not left held."""
    place = BucketPlace(seaweedfs)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    assert refusal(tmp_path, "ftp://x", capsys) == "objects-unusable-address"
    with monkeypatch.context() as patch:
        patch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
        assert refusal(tmp_path, place.address, capsys) == "objects-unusable-refused"
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        assert refusal(tmp_path, place.address, capsys) == "objects-away"
    house = House(tmp_path, objects=place.address)
    house.service.objects.write("x", io.BytesIO(b"octets"))
    house.close()
    assert refusal(tmp_path / "another", place.address, capsys) == "objects-unusable-another"
    (tmp_path / "service.db").unlink()
    assert refusal(tmp_path, place.address, capsys) == "store-missing"
    assert len(place.raw()) == 2


def test_every_way_it_cannot_be_used_has_its_sentence() -> None:
    """And each sentence a way."""
    source = Path(main.__code__.co_filename).parent / "objects"
    told = "".join(path.read_text("utf-8") for path in source.glob("*.py"))
    ways = set(re.findall(r'ObjectsUnusable\(what="([a-z-]+)"\)|_unusable\("([a-z-]+)"\)', told))
    found = {f"objects-unusable-{one or other}" for one, other in ways}
    assert found == {each for each in START if each.startswith("objects-unusable-")}


@POSIX
def test_nothing_acknowledged_is_lost_by_a_kill_with_s3(
    seaweedfs: SeaweedFs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service killed while three file: what it answered is there, whole, in the bucket."""
    place = BucketPlace(seaweedfs)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    first = Process(tmp_path, "--objects", place.address, "--demo", "--people", "1")
    patient = next(each["patient"] for each in first.ready["identities"] if each["kind"] == "citizen")
    filed: dict[str, str] = {}

    def file() -> None:
        with system_of(first) as client:
            while True:
                data = os.urandom(5000)
                sent = document_bundle(patient, data)
                try:
                    if client.post("/", json=sent).status_code == 200:
                        binary = sent["entry"][0]["fullUrl"].removeprefix("urn:uuid:")
                        filed[binary] = hashlib.sha256(data).hexdigest()
                except httpx.HTTPError:
                    return

    threads = [threading.Thread(target=file) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    first.end(signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert filed
    second = Process(tmp_path, "--objects", place.address, "--demo", "--people", "1")
    with system_of(second) as client:
        for binary, digest in filed.items():
            assert hashlib.sha256(client.get(f"/Binary/{binary}").content).hexdigest() == digest
    assert second.end() == (0, "")
