"""The service as a process: the ready line, its end, kill −9, damage, a second one, a full disk."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from app.vault.keys import Key
from sync.service.messages import SENTENCES, START, WARNINGS, sentence
from sync.service.refusals import REFUSALS
from sync.service.service import Service
from tests.sync.service.house import document_bundle
from tests.sync.service.test_interactions import observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sync.service.house import House

ROOT = Path(__file__).parents[3]
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


class Process:
    """``python -m sync.service`` in a process of its own."""

    def __init__(self, data: Path, *more: str) -> None:
        command = [sys.executable, "-m", "sync.service", "--data", str(data), *more]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.ready: dict[str, Any] = json.loads(line) if line else {}

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """End it; returns its exit code and what it said on stderr."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start processes that end with the test."""
    made: list[Process] = []

    def begin(*more: str, data: Path | None = None) -> Process:
        made.append(Process(data or tmp_path / "data", *more))
        return made[-1]

    yield begin
    for each in made:
        each.end()


def system_of(process: Process) -> httpx.Client:
    """Speak as the demonstration's program."""
    told = next(each for each in process.ready["identities"] if each["kind"] == "software")
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    return httpx.Client(base_url=process.ready["fhir"], headers=headers, timeout=20, trust_env=False)


@POSIX
def test_it_follows_whoever_started_it(start: Callable[..., Process], tmp_path: Path) -> None:
    """Its input ends, as when its starter is killed: so does it, in order; without the option it stays."""
    follower, other = start("--demo", "--people", "1", "--follow-input"), start(data=tmp_path / "other")
    for each in (follower, other):
        assert each.process.stdin is not None
        each.process.stdin.close()
        each.process.stdin = None
    assert follower.process.wait(20) == 0
    assert other.process.poll() is None


@POSIX
def test_it_says_that_it_is_ready_and_ends_when_asked(start: Callable[..., Process]) -> None:
    """One JSON line with working tokens; SIGTERM ends it with 0 and nothing on stderr."""
    process = start("--demo", "--people", "1")
    told = process.ready
    assert told["pid"] == process.process.pid
    assert told["fhir"] == told["base"] + "/fhir"
    kinds = {each["kind"] for each in told["identities"]}
    assert kinds == {"citizen", "adviser", "pharmacist", "software", "administrator"}
    assert {each["login"] for each in told["identities"] if "totp" in each} == {"sonia", "gaelle"}
    assert len(told["enrolment_code"]) == 11
    citizen = next(each for each in told["identities"] if each["kind"] == "citizen")
    headers = {"Authorization": f"Bearer {citizen['access_token']}"}
    with httpx.Client(base_url=told["fhir"], headers=headers, trust_env=False) as client:
        person = client.get(f"/Patient/{citizen['patient']}")
        documents = client.get("/DocumentReference?_summary=count").json()["total"]
    assert (person.status_code, documents > 0) == (200, True)
    assert process.end() == (0, "")


@POSIX
def test_nothing_acknowledged_is_lost_by_a_kill(start: Callable[..., Process]) -> None:
    """Killed while it files, it starts again by itself with every act it answered, whole."""
    first = start("--demo", "--people", "1")
    patient_id = next(each["patient"] for each in first.ready["identities"] if each["kind"] == "citizen")
    filed: list[str] = []

    def file() -> None:
        with system_of(first) as client:
            while True:
                sent = document_bundle(patient_id, os.urandom(5000))
                try:
                    if client.post("/", json=sent).status_code == 200:
                        filed.append(sent["entry"][1]["fullUrl"].removeprefix("urn:uuid:"))
                except httpx.HTTPError:
                    return

    threads = [threading.Thread(target=file) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(1.5)
    first.end(signal.SIGKILL)
    for thread in threads:
        thread.join()
    assert filed
    second = start("--demo", "--people", "1")
    with system_of(second) as client:
        for document_id in filed:
            document = client.get(f"/DocumentReference/{document_id}").json()
            attachment = document["content"][0]["attachment"]
            assert len(client.get("/" + attachment["url"]).content) == attachment["size"]
    assert second.end()[0] == 0


@POSIX
def test_only_one_works_on_a_folder(start: Callable[..., Process], tmp_path: Path) -> None:
    """The second says so and ends; the first goes on."""
    first = start()
    second = start()
    code, said = second.end()
    assert (code, said.strip()) == (69, START["store-busy"])
    assert httpx.get(first.ready["base"] + "/health", trust_env=False).status_code == 200
    port = first.ready["base"].rsplit(":", 1)[1]
    code, said = start("--port", port, data=tmp_path / "other").end()
    assert (code, said.strip()) == (69, START["port-taken"])


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """Return the folder of a service that was used and stopped."""
    folder = tmp_path / "data"
    service = Service.open(folder)
    service.objects.write("x", io.BytesIO(b"octets"))
    service.close()
    return folder


def refuses(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Start the service where it cannot; returns the code whose sentence it said."""
    from sync.service.server import main

    assert main(folder) == 69
    said = capsys.readouterr()
    assert said.out == ""
    return next(code for code, text in START.items() if text == said.err.strip())


def test_a_damaged_store_is_said(stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its pages are not what was written."""
    path = stopped / "service.db"
    data = bytearray(path.read_bytes())
    for place in range(5000, len(data), 4096):
        data[place] ^= 1
    path.write_bytes(bytes(data))
    assert refuses(stopped, capsys) == "store-damaged"
    path.write_bytes(data[:3000])
    assert refuses(stopped, capsys) == "store-damaged"


def test_the_wrong_key_is_said(stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another key, a broken one, none: three sentences, and no new store over the old."""
    key = stopped / "service.key"
    with Key.random() as other:
        key.write_text(other.data.hex())
    assert refuses(stopped, capsys) == "store-wrong-key"
    key.write_text("rubbish")
    assert refuses(stopped, capsys) == "service-key-bad"
    key.unlink()
    assert refuses(stopped, capsys) == "service-key-missing"
    assert not key.exists()


def test_half_a_copy_is_said(stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Documents without their store: it does not start empty and sweep them away."""
    (stopped / "service.db").unlink()
    assert refuses(stopped, capsys) == "store-missing"
    assert len(list((stopped / "objects").iterdir())) == 1


def test_a_plain_file_in_its_place_is_said(stopped: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A SQLite file that is not encrypted."""
    (stopped / "service.db").write_bytes(b"SQLite format 3\x00" + bytes(4096))
    assert refuses(stopped, capsys) == "store-not-encrypted"


@POSIX
def test_the_key_is_its_owner_s_alone(stopped: Path) -> None:
    """0600, and it stands in no other file."""
    path = stopped / "service.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    raw = bytes.fromhex(path.read_text())
    others = [each for each in stopped.rglob("*") if each.is_file() and each != path]
    assert not any(raw in each.read_bytes() or raw.hex().encode() in each.read_bytes() for each in others)


def test_what_is_on_the_disk_tells_nothing(own_house: Callable[..., House]) -> None:
    """Neither the words nor the number nor the bytes stand in any file, during an upload either."""
    house = own_house()
    patient_id = house.add_citizen("anne", "250021234567801")
    house.system.post("/", json=document_bundle(patient_id, b"MARQUEUR-OCTETS" * 100))
    body = observation(patient_id) | {"note": [{"text": "MARQUEUR-MOTS"}]}
    house.system.post("/Observation", json=body)
    for path in house.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(each in data for each in (b"MARQUEUR", b"250021234567801", b"Essai")), path.name


def test_a_damaged_document_is_said(own_house: Callable[..., House]) -> None:
    """Bytes that are not what was sealed are never sent as if they were."""
    house = own_house()
    patient_id = house.add_citizen("anne", "250021234567801")
    sent = document_bundle(patient_id, b"entier")
    house.system.post("/", json=sent)
    binary = sent["entry"][0]["fullUrl"].removeprefix("urn:uuid:")
    (path,) = (house.folder / "objects").iterdir()
    data = bytearray(path.read_bytes())
    data[70] ^= 1
    path.write_bytes(bytes(data))
    answer = house.system.get(f"/Binary/{binary}")
    assert (answer.status_code, b"entier" in answer.content) == (500, False)
    path.unlink()
    assert house.system.get(f"/Binary/{binary}").status_code == 500


def test_a_full_disk_is_said_and_nothing_is_half_written(
    tmp_path: Path, own_house: Callable[..., House]
) -> None:
    """507 with a sentence; what was filed before stays."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(small)]
    if (
        sys.platform != "linux"
        or os.geteuid() != 0
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("a small disk can only be mounted by root")
    try:
        house = own_house(small / "data")
        patient_id = house.add_citizen("anne", "250021234567801")
        filed = []
        for _ in range(40):
            sent = document_bundle(patient_id, os.urandom(1 << 20))
            answer = house.system.post("/", json=sent)
            if answer.status_code != 200:
                break
            filed.append(sent["entry"][1]["fullUrl"].removeprefix("urn:uuid:"))
        assert answer.status_code == 507, answer.text
        assert "place" in answer.json()["issue"][0]["details"]["text"]
        assert filed
        subprocess.run(["mount", "-o", "remount,size=24m", str(small)], check=True)
        found = house.system.get("/DocumentReference?_count=100").json()["entry"]
        assert {each["resource"]["id"] for each in found} == set(filed)
        house.close()
        shutil.rmtree(small / "data" / "objects")
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_a_failure_nobody_foresaw_is_a_sentence_without_content(
    own_house: Callable[..., House], caplog: pytest.LogCaptureFixture
) -> None:
    """The store closed under it: 503; the log holds kinds and places only."""
    house = own_house()
    patient_id = house.add_citizen("anne", "250021234567801")
    house.service.store.close()
    answer = house.system.get(f"/Patient?identifier=250021234567801&_id={patient_id}")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (503, "transient")
    assert "250021234567801" not in caplog.text


def test_every_refusal_has_its_sentence() -> None:
    """And every sentence a refusal; none is a field short."""
    assert set(REFUSALS) == set(SENTENCES)
    for text in [*SENTENCES.values(), *WARNINGS.values(), *START.values()]:
        assert text.rstrip().endswith((".", "…", "»", ")")) or text.endswith('"3".'), text
    used = set()
    for path in (ROOT / "sync" / "service").rglob("*.py"):
        used |= set(re.findall(r'Refused\(\s*"([a-z-]+)"', path.read_text("utf-8")))
    assert used <= set(REFUSALS)
    assert sentence("too-large", {"limit": 5}).startswith("L’envoi dépasse 5 octets")
    assert "?" in sentence("too-large", {})
