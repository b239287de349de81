"""What comes in is bounded and unambiguous: size, depth, names, charset, time; a refusal leaves nothing.

Here stand also the requests that ``test_declared.py`` once found.
"""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import socket
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from app.ids import mint
from sync.service.transactions import MOST_ENTRIES
from tests.sync.service.access.cast import body_of
from tests.sync.service.declared import marks_of
from tests.sync.service.house import House, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from app.fhir import Resource

BODY = 4 * 1024 * 1024
STALL, SLOWEST, HEAD = 0.5, 2000, 0.6
TUS = {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start a service that is sooner impatient."""
    house = House(tmp_path_factory.mktemp("narrow"))
    house.add_citizen("anne", mint())
    house.add_adviser()
    house.service.limits = dataclasses.replace(
        house.service.limits, body=BODY, stall=STALL, slowest=SLOWEST, upload=1 << 20
    )
    house._server.config.http_protocol_class.head_seconds = HEAD  # type: ignore[attr-defined]  # wire's own
    yield house
    house.close()


@pytest.fixture(scope="module")
def anne(narrow: House) -> httpx.Client:
    """Speak as Anne, here."""
    return narrow.client(narrow.sign_in("anne")["access_token"])


@contextmanager
def nothing_written(house: House) -> Iterator[None]:
    """Hold the records to what they were."""
    before = marks_of(house.service)
    yield
    assert marks_of(house.service) == before


def observation(house: House) -> Resource:
    """Make the smallest one."""
    return body_of("Observation", house.patients["anne"])


def deep(floors: int) -> bytes:
    """Make a resource with so many floors of extensions."""
    start, end = b'{"url":"urn:x","extension":[' * floors, b"]}" * floors
    return b'"extension":[' + start + b'{"url":"urn:x","valueString":"x"}' + end + b"]"


BODIES: list[tuple[str, bytes, int, str]] = [
    ("deep", deep(60), 400, "too-deep"),
    ("very deep", deep(20_000), 400, "not-json"),
    ("brackets", b'"a":' + b"[" * 900_000 + b"]" * 900_000, 400, "not-json"),
    ("a name twice", b'"status":"final"', 400, "name-twice"),
    ("a name twice, further in", b'"note":[{"text":"a","text":"b"}]', 400, "name-twice"),
    ("a large number", b'"a":' + b"9" * 19, 400, "number-large"),
    ("a number of 100,000 digits", b'"a":' + b"9" * 100_000, 400, ""),
    ("not a number", b'"a":NaN', 400, "not-json"),
    ("half a letter", b'"a":"\\ud800"', 400, "not-json"),
    ("no UTF-8", b'"a":"\xff\xfe"', 400, "not-json"),
    ("a zero letter", b'"note":[{"text":"a\\u0000b"}]', 422, "element-value"),
    ("a number of another script", '"a":١'.encode(), 400, "not-json"),
]


@pytest.mark.parametrize(("name", "more", "status", "code"), BODIES, ids=[each[0] for each in BODIES])
def test_a_body_that_is_wrong_by_its_shape(
    narrow: House, anne: httpx.Client, name: str, more: bytes, status: int, code: str
) -> None:
    """Refused in one sentence, alone and in a bundle; nothing of it kept, nobody kept waiting."""
    whole = orjson.dumps(observation(narrow))[:-1] + b"," + more + b"}"
    entry = b'{"resource":' + whole + b',"request":{"method":"POST","url":"Observation"}}'
    for kind in (b"", b"transaction", b"batch"):
        bundle = b'{"resourceType":"Bundle","type":"' + kind + b'","entry":[' + entry + b"]}"
        started = time.monotonic()
        with nothing_written(narrow):
            told = anne.post("/" if kind else "/Observation", content=bundle if kind else whole,
                             headers={"content-type": "application/fhir+json"})  # fmt: skip
        assert time.monotonic() - started < 3
        if told.status_code == 200:
            (answer,) = told.json()["entry"]
            assert answer["response"]["status"].startswith(str(status)), name
        else:
            assert told.status_code == status, (name, told.content)
            found = told.json()["issue"][0]["details"]["coding"][0]["code"]
            assert found in {code, "too-deep"} if code else found


@pytest.mark.parametrize("body", [b"[]", b"[{}]", b'"x"', b"1", b"null", b"true", b"", b" ", b"{", b"{}{}"])
def test_a_body_that_is_no_object(narrow: House, anne: httpx.Client, body: bytes) -> None:
    """As a resource, a bundle, a search's neighbour."""
    for method, where in (("POST", "/Observation"), ("POST", "/"), ("PUT", f"/Observation/{mint()}")):
        with nothing_written(narrow):
            told = anne.request(method, where, content=body, headers={"content-type": "application/json"})
        found = told.json()["issue"][0]["details"]["coding"][0]["code"]
        assert (told.status_code, found) == (400, "not-json" if body.strip() else "no-body")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"content-encoding": "gzip"}, "content-encoding"),
        ({"content-encoding": "identity, br"}, "content-encoding"),
        ({"content-type": "application/fhir+json; charset=latin-1"}, "content-type"),
        ({"content-type": "application/fhir+xml"}, "content-type"),
        ({"content-type": "text/plain"}, "content-type"),
    ],
)
def test_a_body_in_a_guise_is_not_guessed_at(
    narrow: House, anne: httpx.Client, headers: dict[str, str], code: str
) -> None:
    """Compressed, of another charset, of another form: 415."""
    body = orjson.dumps(observation(narrow))
    for sent in (body, gzip.compress(body)):
        with nothing_written(narrow):
            told = anne.post("/Observation", content=sent, headers=headers)
        assert (told.status_code, told.json()["issue"][0]["details"]["coding"][0]["code"]) == (415, code)


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_let_go(narrow: House, anne: httpx.Client, announced: bool) -> None:  # noqa: FBT001 (an example)
    """By what it says of itself at once; by what comes of it when it does not say."""

    def pieces() -> Iterator[bytes]:
        yield orjson.dumps(observation(narrow))[:-1] + b',"note":[{"text":"'
        for _ in range(BODY // 65536 + 2):
            yield b"x" * 65536
        yield b'"}]}'

    sent: Any = b"".join(pieces()) if announced else pieces()
    with nothing_written(narrow):
        told = anne.post("/Observation", content=sent, headers={"content-type": "application/fhir+json"})
    assert told.status_code == 413


@pytest.mark.parametrize("kind", ["transaction", "batch"])
@pytest.mark.parametrize("count", [10_000, MOST_ENTRIES + 1])
def test_a_bundle_of_ten_thousand_entries_is_refused_whole(
    narrow: House, anne: httpx.Client, kind: str, count: int
) -> None:
    """413 before the first of them is looked at."""
    entry = {"resource": observation(narrow), "request": {"method": "POST", "url": "Observation"}}
    bundle = {"resourceType": "Bundle", "type": kind, "entry": [entry] * count}
    started = time.monotonic()
    with nothing_written(narrow):
        told = anne.post("/", json=bundle)
    assert (told.status_code, told.json()["issue"][0]["details"]["coding"][0]["code"]) == (
        413,
        "too-many-entries",
    )
    assert time.monotonic() - started < 3


def test_one_bad_entry_of_many_keeps_them_all_out(narrow: House, anne: httpx.Client) -> None:
    """The last of three hundred is wrong: none is there, no change number was given."""
    good = {"resource": observation(narrow), "request": {"method": "POST", "url": "Observation"}}
    bad = {"resource": observation(narrow) | {"status": "no such"}, "request": good["request"]}
    for wrong in (bad, good | {"resource": {"resourceType": "Observation"}}, {"request": {"method": "GET"}}):
        with nothing_written(narrow):
            told = anne.post(
                "/", json={"resourceType": "Bundle", "type": "transaction", "entry": [good] * 299 + [wrong]}
            )
        assert 400 <= told.status_code < 500


def test_entries_that_point_in_a_ring_are_filed_as_they_are(narrow: House, anne: httpx.Client) -> None:
    """A circle of references is no error of R4; it is followed by nobody."""
    ids = [f"urn:uuid:{mint()}" for _ in range(3)]
    entries = [
        {"fullUrl": own, "resource": observation(narrow) | {"hasMember": [{"reference": other}]},
         "request": {"method": "POST", "url": "Observation"}}
        for own, other in zip(ids, [*ids[1:], ids[0]], strict=True)
    ]  # fmt: skip
    told = anne.post("/", json={"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert told.status_code == 200, told.content
    made = [
        each["response"]["location"].split("/_history")[0].rsplit("/", 1)[1] for each in told.json()["entry"]
    ]
    found = anne.get(
        f"/Observation?_id={made[0]}&_include:iterate=Observation:has-member&_revinclude=Observation:has-member"
    )
    assert found.status_code == 200
    rings = {"contained": [{"resourceType": "List", "id": each, "status": "current", "mode": "working",
                            "entry": [{"item": {"reference": other}}]}
                           for each, other in (("a", "#b"), ("b", "#a"))]}  # fmt: skip
    assert anne.post("/Observation", json=observation(narrow) | rings).status_code in {201, 400, 422}


# -- found by the fuzz


@pytest.mark.parametrize("kind", ["transaction", "batch"])
@pytest.mark.parametrize("value", [["active"], {"coding": 3}, 7, None, [[[[]]]]])
def test_a_consent_whose_status_is_no_text(
    narrow: House, anne: httpx.Client, kind: str, value: object
) -> None:
    """In a bundle the acts are looked at before the types are."""
    consent = body_of("Consent", narrow.patients["anne"]) | {"status": value}
    odd = observation(narrow) | {"resourceType": value}
    together = narrow.client(narrow.session_token("anne"))
    for client in (anne, together):
        for body, where in ((consent, "Consent"), (odd, "Observation")):
            entry = {"resource": body, "request": {"method": "PUT", "url": f"{where}/{mint()}"}}
            with nothing_written(narrow):
                told = client.post("/", json={"resourceType": "Bundle", "type": kind, "entry": [entry]})
            assert told.status_code < 500
            assert b'"status":"5' not in told.content
            if body is odd:
                assert b"type-mismatch" in told.content
                assert b"Bundle.entry[0].resource.resourceType" in told.content


@pytest.mark.parametrize("path", ["/status/x", "/status/0", "/code/text/-", "/id/a", ""])
@pytest.mark.parametrize("op", ["remove", "replace", "move", "copy", "add", "test"])
def test_a_patch_within_what_has_no_parts(narrow: House, anne: httpx.Client, op: str, path: str) -> None:
    """A text has no members: nothing is taken out of it, put into it, or compared in it."""
    made = anne.post("/Observation", json=observation(narrow) | {"code": {"text": "x"}}).json()["id"]
    ops = [{"op": op, "path": path, "from": "/status/y", "value": "x"}]
    kind = {"content-type": "application/json-patch+json"}
    with nothing_written(narrow):
        told = anne.patch(f"/Observation/{made}", content=orjson.dumps(ops), headers=kind)
    assert told.status_code in {400, 409, 422}, told.content


@pytest.mark.parametrize(
    ("query", "total"),
    [("ap70", 1), ("ap75|http://unitsofmeasure.org|kg", 1), ("ap60", 0), ("ap-70", 0), ("ap0", 0),
     ("inf", -1), ("gtnan", -1), ("1e999", -1), ("ap", -1)],
)  # fmt: skip
def test_about_a_number_is_within_a_tenth_and_what_is_none_is_refused(
    narrow: House, anne: httpx.Client, query: str, total: int
) -> None:
    """R4's ``ap``; infinities are no numbers that anything is."""
    code = f"w{mint()}"
    measured = {"value": 72, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
    body = observation(narrow) | {"valueQuantity": measured, "code": {"coding": [{"code": code}]}}
    assert anne.post("/Observation", json=body).status_code == 201
    told = anne.get("/Observation", params={"code": code, "value-quantity": query})
    assert told.status_code == (400 if total < 0 else 200)
    assert told.json().get("total", -1) == total


# -- uploads that lie, and that stop


DATA = bytes(range(48))


def announced(narrow: House, anne: httpx.Client, length: int, digest: str) -> str:
    """Begin an upload; returns its id."""
    told = metadata(sha256=digest, content_type="text/plain", binary_id=mint())
    headers = {"upload-length": str(length), "upload-metadata": told, "tus-resumable": "1.0.0"}
    made = anne.post(f"{narrow.base}/uploads", headers=headers)
    assert made.status_code == 201, made.content
    return made.headers["location"].rsplit("/", 1)[1]


def test_an_upload_that_stops_at_every_offset_goes_on_from_there(narrow: House, anne: httpx.Client) -> None:
    """The line breaks after each byte in turn; never more is told than came, and the rest makes it whole."""
    token = anne.headers["authorization"]
    for stop in range(len(DATA)):
        upload = announced(narrow, anne, len(DATA), hashlib.sha256(DATA).hexdigest())
        where = f"{narrow.base}/uploads/{upload}"
        sent = TUS | {"host": "x", "authorization": token, "upload-offset": "0", "content-length": "48"}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        with raw(narrow) as line:
            line.sendall(f"PATCH /uploads/{upload} HTTP/1.1\r\n{head}\r\n".encode() + DATA[:stop])
        status = 0
        while status != 204:
            came = int(anne.head(where, headers=TUS).headers["upload-offset"])
            assert came <= stop
            assert anne.get(f"/Binary/{upload}").status_code == 404
            rest = anne.patch(where, content=DATA[came:], headers=TUS | {"upload-offset": str(came)})
            status = rest.status_code  # 409: what was on its way came in the meantime
            assert status in {204, 409}
        assert anne.get(f"/Binary/{upload}").content == DATA


@pytest.mark.parametrize("lie", ["digest", "longer", "shorter", "offset"])
def test_an_upload_that_lies_leaves_no_document(narrow: House, anne: httpx.Client, lie: str) -> None:
    """Whatever the lie is told of: no Binary, no version, no change."""
    digest = hashlib.sha256(b"other" if lie == "digest" else DATA).hexdigest()
    length = len(DATA) + {"longer": 5, "shorter": -5}.get(lie, 0)
    upload = announced(narrow, anne, length, digest)
    where = f"{narrow.base}/uploads/{upload}"
    before = marks_of(narrow.service)
    offset = "7" if lie == "offset" else "0"
    told = anne.patch(where, content=DATA, headers=TUS | {"upload-offset": offset})
    assert told.status_code == {"digest": 460, "longer": 204, "shorter": 413, "offset": 409}[lie]
    assert anne.get(f"/Binary/{upload}").status_code == 404
    assert marks_of(narrow.service)[:6] == before[:6]
    anne.delete(where, headers=TUS)


# -- slow clients, and what is no HTTP


@contextmanager
def raw(house: House) -> Iterator[socket.socket]:
    """Connect without a client's manners."""
    host, _, port = house.base.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        yield line


def drained(line: socket.socket) -> bytes:
    """Read until the other side has closed."""
    told = b""
    with suppress(ConnectionResetError):
        while piece := line.recv(65536):
            told += piece
    return told


def test_slow_clients_keep_nobody_waiting_and_are_let_go(narrow: House, anne: httpx.Client) -> None:
    """Bodies that drip, heads that never end, connections that say nothing; the honest are served."""
    token = anne.headers["authorization"]
    where = f"POST /fhir/Observation HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n"
    body = f"{where}content-type: application/fhir+json\r\ncontent-length: 5000\r\n\r\n{{".encode()
    lines = []
    host, _, port = narrow.base.removeprefix("http://").partition(":")
    try:
        for start in (body, where.encode(), b"") * 27:
            line = socket.create_connection((host, int(port)), timeout=10)
            line.sendall(start)
            lines.append((start, line))
        with nothing_written(narrow):
            for _ in range(6):
                for start, line in lines:
                    if start:
                        dripped(line, b" " if start == body else b"x")
                started = time.monotonic()
                assert anne.head("/metadata").status_code == 200
                assert time.monotonic() - started < 1
                time.sleep(0.2)
            for start, line in lines:
                told = drained(line)
                assert told.startswith(b"HTTP/1.1 408") if start == body else told == b"", told
    finally:
        for _, line in lines:
            line.close()


def dripped(line: socket.socket, byte: bytes) -> None:
    """Send one byte more, if anyone is still there."""
    with suppress(OSError):
        line.sendall(byte)


GARBAGE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
    b"GET\r\n\r\n",
    b"GET /fhir/metadata HTTP/9.9\r\n\r\n",
    b"GET /fhir/metadata HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 20_000 + b"\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /fhir/\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
    b"POST /fhir HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nX",
    b"POST /fhir HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    b"POST /fhir HTTP/1.1\r\nhost: x\r\ncontent-length: 1, 2\r\n\r\nxx",
    b"POST /fhir HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
    b"POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n\xff\xfe=1",
    b"GET /fhir/metadata HTTP/1.1\r\nhost: x\r\nauthorization: Bearer \x00\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]  # fmt: skip


def test_what_is_no_http_is_closed_upon(narrow: House, anne: httpx.Client) -> None:
    """TLS, other versions, endless heads, two lengths at once: 4xx or nothing, and the service goes on."""
    with nothing_written(narrow):
        for each in GARBAGE:
            with raw(narrow) as line:
                dripped(line, each)
                line.shutdown(socket.SHUT_WR)
                told = drained(line)
            assert not told or told.startswith(b"HTTP/1.1 4"), (each[:80], told[:200])
            assert b"HTTP/1.1 5" not in told, each[:80]
    assert anne.get(f"/Patient/{narrow.patients['anne']}").status_code == 200
