"""Downloads into real sealed files, from a server that cuts, swaps and lies."""

from __future__ import annotations

import base64
import hashlib
import random
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest

from app.changes import Changes
from app.codes.systems import SHA256_URL
from app.records import Cursor, FeedEntry, Records
from app.vault.keys import Key
from app.vault.patient import PatientVault
from sync import failures
from sync.downloads import Downloads
from sync.transport import Address, Transport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.errors import TandemError
    from tests.sync.rough_server import Asked, RoughServer

DATA = random.Random(5).randbytes(700_000)


def reference(number: int, data: bytes, **attachment: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    """Make a DocumentReference of these bytes."""
    return {
        "resourceType": "DocumentReference",
        "id": f"d{number}",
        "status": "current",
        "date": f"2026-01-{number:02}T08:00:00Z",
        "content": [
            {
                "attachment": {
                    "extension": [{"url": SHA256_URL, "valueString": hashlib.sha256(data).hexdigest()}],
                    "contentType": "application/pdf",
                    "url": f"Binary/b{number}",
                    "size": len(data),
                    "title": f"Document {number}",
                }
                | attachment
            }
        ],
    }


class Place:
    """A person's real store and files, and the rough server as the service's Binary."""

    def __init__(self, vault: PatientVault, transport: Transport, server: RoughServer) -> None:
        self.server = server
        self.vault = vault
        self.records = Records(vault.store, Changes())
        self.binaries: dict[str, bytes] = {}
        self.arrived: list[str] = []
        self.failed: list[tuple[str, str]] = []
        self.stopping = threading.Event()
        self.downloads = Downloads(
            self.records,
            vault.files,
            transport,
            arrived=self.arrived.append,
            failed=lambda document_id, error: self.failed.append((document_id, error.code)),
            budget=2_000_000,
        )
        server.rules.append(self.serve)

    def know(self, *references: dict[str, Any]) -> None:
        """Let the feed tell documents."""
        entries = [FeedEntry.of("DocumentReference", each["id"], "1", "", each) for each in references]
        self.records.apply_page("changes", entries, Cursor("c", "e"))

    def serve(self, asked: Asked) -> bool:
        """Answer with ranges."""
        data = self.binaries.get(asked.path.rsplit("/", 1)[-1])
        if data is None:
            return asked.answer(404, b"{}")
        tag = f'"{hashlib.sha256(data).hexdigest()[:8]}"'
        wanted = re.fullmatch(r"bytes=(\d+)-", asked.headers.get("range", ""))
        if wanted is None or asked.headers.get("if-range", tag) != tag:
            return asked.answer(200, data, "application/pdf", ETag=tag)
        start = int(wanted[1])
        told = f"bytes {start}-{len(data) - 1}/{len(data)}"
        return asked.answer(206, data[start:], "application/pdf", ETag=tag, Content_Range=told)

    def half(self, asked: Asked, count: int = 300_000) -> bool:
        """Answer with the beginning and cut."""
        data = self.binaries["b1"]
        tag = f'"{hashlib.sha256(data).hexdigest()[:8]}"'
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nETag: {tag}\r\n"
        return asked.raw(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data[:count])

    def step(self) -> bool:
        """Fetch one."""
        return self.downloads.step(self.stopping)

    def held(self, document_id: str) -> bytes:
        """Read a sealed file."""
        with self.vault.files.open(document_id) as reader:
            return reader.read()


@pytest.fixture
def place(tmp_path: Path, rough: RoughServer) -> Iterator[Place]:
    """Open a place with one document."""
    with PatientVault.create(tmp_path, Key.random()) as vault, Transport(Address(rough.base)) as transport:
        made = Place(vault, transport, rough)
        made.binaries["b1"] = DATA
        made.know(reference(1, DATA))
        yield made


def test_a_document_is_fetched_checked_sealed_and_told(place: Place) -> None:
    """Its row says that it is here."""
    assert place.step()
    assert place.held("d1") == DATA
    assert place.arrived == ["d1"]
    row = place.records.document("d1")
    assert row is not None
    assert row.has_file
    assert not place.step()


def test_a_cut_goes_on_where_it_was(place: Place) -> None:
    """Range and If-Range; nothing is fetched twice."""
    place.server.rules.insert(0, lambda asked: "range" not in asked.headers and place.half(asked))
    assert place.step()
    assert place.held("d1") == DATA
    second = place.server.asked[1].headers
    assert second["range"].startswith("bytes=")
    assert "if-range" in second


def test_another_file_after_a_cut_starts_again(place: Place) -> None:
    """200 instead of 206 is the whole anew, never glued to the old half."""
    other = random.Random(6).randbytes(len(DATA))

    def swapped(asked: Asked) -> bool:
        place.half(asked)
        place.binaries["b1"] = other
        place.know(reference(1, other) | {"meta": {"versionId": "2"}})
        return True

    place.server.rules.insert(0, lambda asked: len(place.server.asked) == 1 and swapped(asked))
    place.records.apply_page(
        "changes", [FeedEntry.of("DocumentReference", "d1", "2", "", reference(1, other))], Cursor("c", "e")
    )
    assert place.step()
    assert place.held("d1") == other


@pytest.mark.parametrize(
    "bytes_served", [DATA[:-1] + b"x", DATA[:-1], DATA + b"x", b""], ids=["flipped", "short", "long", "empty"]
)
def test_other_bytes_than_promised_are_tried_once_more_then_refused(
    place: Place, bytes_served: bytes
) -> None:
    """No file gets the name; asking again gives another chance."""
    place.binaries["b1"] = bytes_served
    assert place.step()
    assert not place.vault.files.has("d1")
    assert place.failed == [("d1", "download-damaged")]
    assert place.downloads.refused("d1") == "download-damaged"
    assert len(place.server.asked) == 2
    assert not place.step()
    place.binaries["b1"] = DATA
    place.downloads.want("d1")
    assert place.step()
    assert place.held("d1") == DATA
    assert list((place.vault.folder / "c" / place.vault.name).iterdir()) == [place.vault.files.path_of("d1")]


def test_where_there_is_no_sha_256_the_sha_1_holds(place: Place) -> None:
    """A foreign server's document."""
    sha1 = base64.b64encode(hashlib.sha1(DATA, usedforsecurity=False).digest()).decode()
    place.know(reference(2, DATA, extension=[], hash=sha1), reference(3, DATA, extension=[], hash="bm8="))
    place.binaries |= {"b2": DATA, "b3": DATA}
    while place.step():
        pass
    assert sorted(place.arrived) == ["d1", "d2"]
    assert place.failed == [("d3", "download-damaged")]


def test_the_newest_come_first_and_who_is_wanted_before_them(place: Place) -> None:
    """Within the budget; a wanted one is fetched in any case."""
    heavy = random.Random(9).randbytes(900_000)
    for number in range(2, 7):
        place.binaries[f"b{number}"] = heavy
        place.know(reference(number, heavy))
    place.downloads.want("d3")
    while place.step():
        pass
    assert place.arrived == ["d3", "d6"]
    place.downloads.want("d2")
    assert place.step()
    assert place.arrived[-1] == "d2"


def test_one_that_is_not_there_lets_the_others_come(place: Place) -> None:
    """404, no address: said, and passed over."""
    place.know(reference(2, DATA), reference(3, DATA, url="https://elsewhere.example/x"))
    while place.step():
        pass
    assert place.arrived == ["d1"]
    assert sorted(place.failed) == [("d2", "not-found-there"), ("d3", "no-file-there")]


@pytest.mark.parametrize(
    ("status", "expected"),
    [(500, failures.ServiceBroken), (429, failures.Busy), (401, failures.Unauthorised)],
)
def test_a_service_in_trouble_is_not_the_document_s_fault(
    place: Place, status: int, expected: type[TandemError]
) -> None:
    """It stays in line."""
    place.server.once(lambda asked: False)
    place.server.rules.insert(0, lambda asked: asked.answer(status, b"{}"))
    with pytest.raises(expected):
        place.step()
    place.server.rules.pop(0)
    assert place.step()
    assert place.arrived == ["d1"]


def test_ending_the_session_ends_a_download(place: Place) -> None:
    """Nothing half remains."""
    place.stopping.set()
    with pytest.raises(failures.ServiceBroken):
        place.step()
    assert list((place.vault.folder / "c" / place.vault.name).iterdir()) == []
