"""Uploads against a tus server that cuts, forgets, moves and miscounts."""

from __future__ import annotations

import base64
import hashlib
import io
import random
from typing import TYPE_CHECKING

import pytest

from app.vault.keys import Key
from app.vault.sealed import SealedReader, seal
from sync import failures
from sync.transport import Address, Transport
from sync.uploads import Upload, UploadDamaged, upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sync.rough_server import Asked, RoughServer

DATA = random.Random(3).randbytes(1_500_000)


class Tus:
    """A tus server on the rough server: core, creation, and the digest of the whole."""

    def __init__(self, server: RoughServer) -> None:
        self.server = server
        self.parts: dict[str, bytearray] = {}
        self.lengths: dict[str, int] = {}
        self.metadata: dict[str, str] = {}
        self.done: dict[str, bytes] = {}
        self.received = 0
        self.corrupt = 0

    def serve(self, asked: Asked) -> bool:
        """Answer as tus 1.0 says."""
        name = asked.path.rsplit("/", 1)[-1]
        assert asked.headers["tus-resumable"] == "1.0.0"
        if asked.method == "POST":
            return self.create(asked)
        if name not in self.parts and name not in self.done:
            return asked.answer(404)
        if asked.method == "HEAD":
            held = len(self.done[name]) if name in self.done else len(self.parts[name])
            return asked.answer(200, Upload_Offset=str(held), Upload_Length=str(self.lengths[name]))
        return self.patch(asked, name)

    def create(self, asked: Asked) -> bool:
        """Make an upload, called by the Binary's id."""
        told = (pair.split(" ") for pair in asked.headers["upload-metadata"].split(","))
        self.metadata = {key: base64.b64decode(value).decode() for key, value in told}
        name = self.metadata["binary_id"]
        if name in self.done:
            return asked.answer(409, b"{}")
        self.parts[name], self.lengths[name] = bytearray(), int(asked.headers["upload-length"])
        return asked.answer(201, Location=f"https://another-name.example/uploads/{name}")

    def patch(self, asked: Asked, name: str) -> bool:
        """Take a piece at the right offset."""
        part = self.parts[name]
        if int(asked.headers["upload-offset"]) != len(part):
            return asked.answer(409, b"{}")
        self.received += len(asked.body)
        part += asked.body
        if len(part) == self.lengths[name]:
            if self.corrupt:
                self.corrupt -= 1
                part[0] ^= 1
            whole = bytes(self.parts.pop(name))
            if hashlib.sha256(whole).hexdigest() != self.metadata["sha256"]:
                return asked.answer(460, b"{}")
            self.done[name] = whole
        return asked.answer(204, Upload_Offset=str(len(self.done.get(name, part))))


@pytest.fixture
def tus(rough: RoughServer) -> Tus:
    """Make the rough server a tus server."""
    server = Tus(rough)
    rough.rules.append(server.serve)
    return server


@pytest.fixture
def transport(rough: RoughServer) -> Iterator[Transport]:
    """Open a transport to it."""
    with Transport(Address(rough.base), stall=2) as opened:
        yield opened


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SealedReader]:
    """Seal the data and open it."""
    with Key.random() as key:
        seal(io.BytesIO(DATA), tmp_path / "sealed", key, "d1")
        with SealedReader(tmp_path / "sealed", key, "d1") as opened:
            yield opened


WANTED = Upload("b1", "d1", "application/pdf", hashlib.sha256(DATA).hexdigest(), len(DATA))


def test_a_document_goes_up_whole(tus: Tus, transport: Transport, reader: SealedReader) -> None:
    """In pieces, with what the service must know; another time nothing is sent."""
    moved: list[int] = []
    assert upload(transport, WANTED, reader, moved=moved.append)
    assert tus.done["b1"] == DATA
    assert sum(moved) == len(DATA) == tus.received
    assert tus.metadata["document_id"] == "d1"
    assert tus.metadata["content_type"] == "application/pdf"
    assert upload(transport, WANTED, reader)
    assert tus.received == len(DATA)


@pytest.mark.parametrize("after", [False, True], ids=["before the service took it", "after"])
def test_a_cut_resumes_where_the_service_is(
    tus: Tus, transport: Transport, reader: SealedReader, *, after: bool
) -> None:
    """At most one piece is sent twice, whichever side of the service the cut is on."""
    sent: list[int] = []

    def cut(asked: Asked) -> bool:
        if sent or asked.method != "PATCH" or asked.headers["upload-offset"] == "0":
            return False
        sent.append(len(asked.body))
        if after:
            tus.parts["b1"] += asked.body[:-1]
        return asked.cut()

    tus.server.rules.insert(0, cut)
    assert upload(transport, WANTED, reader)
    assert tus.done["b1"] == DATA
    assert tus.received <= len(DATA)
    assert len(sent) == 1


def test_a_new_process_takes_up_the_upload_of_the_one_before(
    tus: Tus, transport: Transport, reader: SealedReader
) -> None:
    """Nothing is remembered but the Binary's id."""
    stop = iter([False, True])
    assert not upload(transport, WANTED, reader, stopping=lambda: next(stop))
    held = len(tus.parts["b1"])
    assert 0 < held < len(DATA)
    assert upload(transport, WANTED, reader)
    assert (tus.done["b1"], tus.received) == (DATA, len(DATA))


def test_a_conflict_is_answered_by_asking(tus: Tus, transport: Transport, reader: SealedReader) -> None:
    """After 409 the service's offset counts."""
    tus.server.rules.insert(0, lambda asked: asked.method == "PATCH" and not tus.received and grown(asked))

    def grown(asked: Asked) -> bool:
        tus.parts["b1"] += asked.body[:1000]
        tus.received = 1000
        return asked.answer(409, b"{}")

    assert upload(transport, WANTED, reader)
    assert (tus.done["b1"], tus.received) == (DATA, len(DATA))


def test_a_digest_that_differs_starts_over_once_then_is_said(
    tus: Tus, transport: Transport, reader: SealedReader
) -> None:
    """The end-to-end digest is ours."""
    tus.corrupt = 1
    assert upload(transport, WANTED, reader)
    assert tus.done.pop("b1") == DATA
    tus.corrupt = 9
    with pytest.raises(UploadDamaged):
        upload(transport, WANTED, reader)


@pytest.mark.parametrize("told", ["", "x", "0", "99999999"])
def test_an_offset_that_cannot_be_is_a_broken_service(
    tus: Tus, transport: Transport, reader: SealedReader, told: str
) -> None:
    """Nextcloud skipped chunks and reported success."""
    tus.server.rules.insert(
        0, lambda asked: asked.method == "PATCH" and asked.answer(204, Upload_Offset=told)
    )
    with pytest.raises(failures.ServiceBroken):
        upload(transport, WANTED, reader)


def test_a_service_that_always_cuts_is_left_after_a_few_tries(
    tus: Tus, transport: Transport, reader: SealedReader
) -> None:
    """The engine comes back later."""
    tus.server.rules.insert(0, lambda asked: asked.method == "PATCH" and asked.cut())
    with pytest.raises(failures.ServiceBroken):
        upload(transport, WANTED, reader)
    assert sum(asked.method == "PATCH" for asked in tus.server.asked) == 4
