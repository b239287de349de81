"""A service that answers at the speed of memory, so that a benchmark sees the desktop's side alone.

Pages of a feed made beforehand, a transaction's answer as long as its bundle, uploads (tus) that are read and
thrown away. It counts requests and bytes, and cuts an upload where it is told to.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import orjson

from app.ids import mint

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Canned", "canned", "feed_pages", "measures"]


def measures(count: int) -> list[dict[str, object]]:
    """Make so many measures, as an app of a scale would send them."""
    return [
        {
            "resourceType": "Observation",
            "id": mint(),
            "meta": {"versionId": "1", "lastUpdated": "2026-11-22T08:00:00Z"},
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": "2026-01-01T00:00:00Z",
            "valueQuantity": {"value": 60 + number % 40, "unit": "kg", "code": "kg"},
            "note": [{"text": "pesée du matin, avant le petit déjeuner " * 4}],
        }
        for number in range(count)
    ]


def feed_pages(bodies: list[dict[str, object]], cuts: list[int]) -> dict[int, bytes]:
    """Cut resources into pages of our feed, by where each begins; an empty one comes last."""
    pages = {}
    for start, following in pairwise([*cuts, len(bodies), len(bodies)]):
        told = [_entry(each) for each in bodies[start:following]]
        link = [{"relation": "next", "url": f"x?_cursor={following}"}]
        bundle = {
            "resourceType": "Bundle",
            "type": "history",
            "identifier": {"value": "bench"},
            "link": link,
            "entry": told,
        }
        pages[start] = orjson.dumps(bundle)
    return pages


def _entry(body: dict[str, object]) -> dict[str, object]:
    key = f"{body['resourceType']}/{body['id']}"
    response = {"status": "200", "etag": 'W/"1"', "lastModified": "2026-11-22T08:00:00Z"}
    request = {"method": "PUT", "url": key}
    return {"fullUrl": f"http://x/fhir/{key}", "request": request, "response": response, "resource": body}


@dataclass
class Canned:
    """What is answered, and what was asked. ``cut_after``: at which bytes of an upload the line is cut."""

    base: str = ""
    pages: dict[int, bytes] = field(default_factory=dict)
    requests: int = 0
    cut_after: list[int] = field(default_factory=list)
    offset: int = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    # Headers and body leave together: in two packets the second waits for the first's acknowledgement.
    wbufsize = 64 << 10
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        cursor = parse_qs(urlsplit(self.path).query).get("_cursor", ["0"])[0]
        self._answer(200, self.server.canned.pages[int(cursor)])

    def do_HEAD(self) -> None:
        self._answer(200, b"", Upload_Offset=str(self.server.canned.offset))

    def do_POST(self) -> None:
        body = self._body()
        if self.path.startswith("/uploads"):
            self.server.canned.offset = 0
            self._answer(201, b"", Location="/uploads/x")
            return
        entries = [{"response": {"status": "201 Created"}}] * len(orjson.loads(body)["entry"])
        told = {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
        self._answer(200, orjson.dumps(told))

    def do_PUT(self) -> None:
        self._discard(int(self.headers["Content-Length"]))
        self._answer(201, b"")

    def do_PATCH(self) -> None:
        canned = self.server.canned
        length = int(self.headers["Content-Length"])
        if canned.cut_after and canned.offset + length > canned.cut_after[0]:
            took = canned.cut_after.pop(0) - canned.offset
            self._discard(took)
            canned.offset += took
            self.close_connection = True
            self.connection.close()
            return
        self._discard(length)
        canned.offset += length
        self._answer(204, b"", Upload_Offset=str(canned.offset))

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _discard(self, length: int) -> None:
        while length > 0:
            length -= len(self.rfile.read(min(length, 1 << 20)))

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.server.canned.requests += 1
        self.send_response(status)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, canned: Canned) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.canned = canned


@contextmanager
def canned() -> Iterator[Canned]:
    """Serve on loopback."""
    told = Canned()
    server = _Server(told)
    told.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
