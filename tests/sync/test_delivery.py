"""Delivering sealed envelopes: filed once, kept on any doubt, whatever moment the process is killed at."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jwt
from joserfc.jwk import ECKey

from app.changes import Changes
from app.outbox import Sealer, waiting
from app.policy import Policy
from app.records import Records
from app.space import Actor, ActorRole, Space
from app.vault.envelope import ServiceKey, open_envelope, read_delivery_head
from app.vault.keys import Key
from app.vault.patient import PatientVault
from app.vault.sealed import SealedReader
from sync import failures
from sync.delivery import deliver
from sync.enrolment import Device, EnrolmentNotTrusted, enrol, load, save
from sync.transport import Address
from tests.sync.visit import file, pdf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.sync.rough_server import Asked, RoughServer


class Post:
    """The service's side of the post, with its real key, on the rough server."""

    def __init__(self, server: RoughServer) -> None:
        self.server = server
        self.key = ServiceKey.generate()
        self.policy_key = ECKey.generate_key("P-256")
        self.devices: dict[str, bytes] = {}
        self.filed: dict[str, bytes] = {}
        self.refused: set[str] = set()
        self.filings = 0
        self.folder: Path | None = None
        server.rules.append(self.serve)

    def serve(self, asked: Asked) -> bool:
        """Answer the three addresses."""
        if asked.path == "/devices":
            return self.enrol(asked)
        if asked.method == "POST":
            return self.take(asked)
        op_id = asked.path.rsplit("/", 1)[-1]
        self.check_proof(asked.headers["tandem-device"])
        state = "refused" if op_id in self.refused else "filed" if op_id in self.filed else None
        if state is None:
            return asked.answer(404, b"{}")
        return asked.answer(200, orjson.dumps({"op_id": op_id, "state": state}))

    def enrol(self, asked: Asked) -> bool:
        """Give a device its id and our key."""
        told = orjson.loads(asked.body)
        self.devices["pc-1"] = base64.b64decode(told["public_key"])
        public = base64.b64encode(self.key.public).decode()
        answer = {
            "device_id": "pc-1",
            "hpke_public_key": public,
            "key_id": "k1",
            "policy_key": self.policy_key.as_dict(private=False),
            "organization": {"id": "o1", "name": "Maison"},
            "place": "Accueil",
            "policy": self.policy("pc-1"),
        }
        return asked.answer(201, orjson.dumps(answer))

    def policy(self, device_id: str) -> str:
        """Sign the usual policy."""
        header = {"alg": "ES256", "typ": "tandem-policy+jwt"}
        claims = {"iss": self.server.base, "sub": device_id, "iat": int(time.time()), "version": 1}
        claims |= {"policy": Policy().told()}
        return jwt.encode(header, claims, self.policy_key, algorithms=["ES256"])

    def take(self, asked: Asked) -> bool:
        """Open an envelope and its document, file it once."""
        body = io.BytesIO(asked.body)
        opened = open_envelope(read_delivery_head(body), self.key, self.devices.get)
        operation = orjson.loads(opened.operation_json)
        op_id = operation["op_id"]
        if op_id not in self.filed:
            self.filings += 1
            self.filed[op_id] = self.document(operation, opened.document_key, body.read())
        return asked.answer(201, orjson.dumps({"op_id": op_id, "state": "filed"}))

    def document(self, operation: dict[str, Any], key: bytes | None, sealed: bytes) -> bytes:
        """Open the sealed document."""
        assert self.folder is not None
        assert key is not None
        path = self.folder / operation["op_id"]
        path.write_bytes(sealed)
        with Key(bytearray(key)) as opened, SealedReader(path, opened, operation["document"]["id"]) as reader:
            return reader.read()

    def check_proof(self, proof: str) -> None:
        """Check the signed question."""
        signed, _, signature = proof.rpartition(".")
        padded = [part + "=" * (-len(part) % 4) for part in (*signed.split("."), signature)]
        header, claims, raw = (base64.urlsafe_b64decode(part) for part in padded)
        assert orjson.loads(header)["alg"] == "EdDSA"
        told = orjson.loads(claims)
        assert told["sub"] == "pc-1"
        assert told["exp"] - told["iat"] == 60
        Ed25519PublicKey.from_public_bytes(self.devices["pc-1"]).verify(raw, signed.encode())


@pytest.fixture
def post(rough: RoughServer, tmp_path: Path) -> Post:
    """Make the rough server the service's post."""
    made = Post(rough)
    made.folder = tmp_path / "service"
    made.folder.mkdir()
    return made


@pytest.fixture
def device(post: Post) -> Device:
    """Enrol this PC."""
    return enrol(Address(post.server.base), "Bus 51").device


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    """Return where envelopes wait."""
    return tmp_path / "outbox"


@pytest.fixture
def sealed_act(tmp_path: Path, outbox: Path, device: Device) -> Iterator[Callable[[bytes], str]]:
    """File documents in a session that is then gone, key and all."""
    with PatientVault.create(tmp_path / "vault", Key.random()) as vault:
        sealer = Sealer(outbox, device.device_id, device.signing_key, device.service_public_key)
        patient = {"resourceType": "Patient", "id": "p1"}
        actor = Actor("a", "Une conseillère", ActorRole.ADVISER, "o", "France services")
        records = Records(vault.store, Changes())
        space = Space(patient, "p1", records, vault.files, actor, vault, sealer=sealer)
        yield lambda data: file(space, data).op_id


def test_what_waits_is_delivered_once_and_removed(
    post: Post, device: Device, outbox: Path, sealed_act: Callable[[bytes], str]
) -> None:
    """In the order of the acts, the document opened by the service alone."""
    data = [pdf(number, 200_000) for number in range(3)]
    op_ids = [sealed_act(each) for each in data]
    report = deliver(outbox, Address(post.server.base), device)
    assert (report.delivered, report.refused, report.left, report.reason) == (3, 0, 0, None)
    assert list(post.filed) == op_ids
    assert list(post.filed.values()) == data
    assert [path.name for path in outbox.iterdir() if not path.name.startswith(".")] == []
    assert deliver(outbox, Address(post.server.base), device).delivered == 0


@pytest.mark.parametrize(
    "trouble",
    [
        lambda asked: asked.answer(200, b"<html>", "text/html"),
        lambda asked: asked.answer(500, b"{}"),
        lambda asked: asked.answer(403, b"{}"),
        lambda asked: asked.answer(200, b'{"state":"perhaps"}'),
        lambda asked: asked.answer(200, b'{"op_id":"another","state":"filed"}'),
        lambda asked: asked.answer(429, b"{}"),
        lambda asked: asked.cut(),
    ],
    ids=["html", "500", "403", "no-state", "another's", "429", "nothing"],
)
@pytest.mark.parametrize("place", ["first GET", "POST", "second GET"])
def test_any_doubt_keeps_the_envelope(
    post: Post,
    device: Device,
    outbox: Path,
    sealed_act: Callable[[bytes], str],
    trouble: Callable[[Asked], bool],
    place: str,
) -> None:
    """It goes with the next delivery, and is filed once."""
    sealed_act(pdf(1))
    gets: list[str] = []

    def spoil(asked: Asked) -> bool:
        gets.append(asked.method)
        hit = {"first GET": ["GET"], "POST": ["GET", "POST"], "second GET": ["GET", "POST", "GET"]}[place]
        return gets == hit and trouble(asked)

    post.server.rules.insert(0, spoil)
    first = deliver(outbox, Address(post.server.base), device)
    # A good answer to the GET that follows a spoilt POST may still prove that it was filed.
    assert first.delivered + first.left == 1
    if first.left:
        assert len(waiting(outbox)) == 1
        assert first.reason is not None
    post.server.rules.remove(spoil)
    deliver(outbox, Address(post.server.base), device)
    assert waiting(outbox) == []
    assert post.filings == 1


def test_a_refused_one_is_kept_and_lets_the_others_go(
    post: Post, device: Device, outbox: Path, sealed_act: Callable[[bytes], str]
) -> None:
    """Nothing of it is sent again; a person decides."""
    refused, good = sealed_act(pdf(1)), sealed_act(pdf(2))
    post.refused.add(refused)
    report = deliver(outbox, Address(post.server.base), device)
    assert (report.delivered, report.refused, report.left) == (1, 1, 0)
    assert [path.name for path in waiting(outbox)] == [f"{refused}.envelope"]
    assert list(post.filed) == [good]


def test_without_a_network_all_is_kept(
    device: Device, outbox: Path, sealed_act: Callable[[bytes], str]
) -> None:
    """And the report says why."""
    sealed_act(pdf(1))
    sealed_act(pdf(2))
    report = deliver(outbox, Address("http://127.0.0.1:9"), device)
    assert (report.delivered, report.left, report.reason) == (0, 2, "offline")
    assert len(waiting(outbox)) == 2


POINTS = ["GET before", "POST before", "POST after", "2nd GET before", "2nd GET after"]


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_it_is_filed_once_and_nothing_is_left(
    post: Post,
    device: Device,
    outbox: Path,
    sealed_act: Callable[[bytes], str],
    tmp_path: Path,
    point: str,
) -> None:
    """The server kills the delivering process as its request comes, or once it was answered."""
    for number in range(3):
        sealed_act(pdf(number, 300_000))
    key = bytes(range(32))
    save(device, tmp_path / "device", Key(bytearray(key)))
    process = start(tmp_path, outbox, post.server.base, key)
    seen: list[str] = []

    def kill(asked: Asked) -> bool:
        seen.append(asked.method)
        count = {"2": 2}.get(point[0], 1)
        method = "POST" if "POST" in point else "GET"
        if asked.method != method or seen.count(method) != count:
            return False
        if point.endswith("after"):
            post.serve(asked)
            time.sleep(0.02 if "GET" in point else 0)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return asked.cut()

    post.server.rules.insert(0, kill)
    finish(process)
    post.server.rules.remove(kill)
    report = deliver(outbox, Address(post.server.base), device)
    assert report.left == 0
    assert waiting(outbox) == []
    assert [path.name for path in outbox.iterdir() if not path.name.startswith(".")] == []
    assert post.filings == len(post.filed) == 3


def start(tmp_path: Path, outbox: Path, base: str, key: bytes) -> subprocess.Popen[str]:
    """Start a delivering process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sync.delivering_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    told = {"outbox": str(outbox), "base": base, "device": str(tmp_path / "device"), "key": key.hex()}
    assert process.stdin is not None
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.flush()
    return process


def finish(process: subprocess.Popen[str]) -> None:
    """Wait for its end, by itself or not."""
    process.communicate(timeout=30)


def test_two_at_once_deliver_once(
    post: Post, device: Device, outbox: Path, sealed_act: Callable[[bytes], str]
) -> None:
    """The second says that another one is at it."""
    sealed_act(pdf(1))
    reasons: list[str | None] = []

    def meanwhile(asked: Asked) -> bool:
        if asked.method == "POST":
            reasons.append(deliver(outbox, Address(post.server.base), device).reason)
        return False

    post.server.rules.insert(0, meanwhile)
    assert deliver(outbox, Address(post.server.base), device).delivered == 1
    assert reasons == ["delivering-elsewhere"]


def test_an_enrolment_is_kept_sealed_and_found_again(tmp_path: Path, device: Device) -> None:
    """The signing key never lies in clear; another key does not open it."""
    path = tmp_path / "device"
    assert load(path, Key.random()) is None
    key = Key(bytearray(32))
    save(device, path, key)
    assert device.signing_key.private_bytes_raw() not in path.read_bytes()
    again = load(path, key)
    assert again is not None
    assert again.device_id == device.device_id
    assert again.signing_key.private_bytes_raw() == device.signing_key.private_bytes_raw()
    assert again.service_public_key == device.service_public_key
    with pytest.raises(Exception, match="file-damaged"):
        load(path, Key.random())


@pytest.mark.parametrize(
    "bent",
    [{"hpke_public_key": "AAAA"}, {"hpke_public_key": "%%"}, {"hpke_public_key": None}, {"key_id": None}],
)
def test_an_answer_without_a_usable_key_is_not_pinned(rough: RoughServer, bent: dict[str, Any]) -> None:
    """Better not enrolled than sealed to nobody."""
    key = base64.b64encode(ServiceKey.generate().public).decode()
    told = {"device_id": "pc-1", "hpke_public_key": key, "key_id": "k"} | bent
    kept = {name: value for name, value in told.items() if value is not None}
    rough.rules.append(lambda asked: asked.answer(201, orjson.dumps(kept)))
    with pytest.raises(EnrolmentNotTrusted):
        enrol(Address(rough.base), "Bus 51")


def test_enrolling_without_a_network_says_so() -> None:
    """Nothing is kept then."""
    with pytest.raises(failures.Offline):
        enrol(Address("http://127.0.0.1:9"), "Bus 51")
