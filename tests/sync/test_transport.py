"""Whatever a network or a service may do to a request, over real HTTP."""

from __future__ import annotations

import gzip
import logging
import socket
from typing import TYPE_CHECKING

import pytest

from sync import transport as t
from sync.transport import Address, Transport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.errors import TandemError
    from tests.sync.rough_server import RoughServer

OUTCOME = (
    b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"required",'
    b'"diagnostics":"Mme Durand","expression":["DocumentReference.date"]}]}'
)


@pytest.fixture
def to(rough: RoughServer) -> Iterator[Transport]:
    """Open a transport to the rough server."""
    with Transport(Address(rough.base), stall=0.6) as transport:
        yield transport


def ask(to: Transport) -> t.Answer:
    """Make any request."""
    return to.request("GET", "/fhir/metadata", limit=1000)


def unused_port() -> int:
    """Return a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_good_answer_comes_back_whole(rough: RoughServer, to: Transport) -> None:
    """Status, headers and body are the service's."""
    rough.rules.append(lambda asked: asked.answer(200, b'{"a":1}', ETag='W/"7"'))
    answer = ask(to)
    assert (answer.status, answer.json(), answer.etag_version) == (200, {"a": 1}, "7")
    assert to.clock_offset is not None
    assert abs(to.clock_offset.total_seconds()) < 5


def test_nobody_there_is_offline() -> None:
    """A refused connection sent nothing."""
    with Transport(Address(f"http://127.0.0.1:{unused_port()}")) as to, pytest.raises(t.Offline) as caught:
        ask(to)
    assert caught.value.code == "offline"


def test_a_name_that_leads_nowhere_is_offline() -> None:
    """DNS failing sends nothing either."""
    with Transport(Address("https://nowhere.invalid")) as to, pytest.raises(t.Offline):
        ask(to)


def test_a_certificate_of_nobody_is_not_trusted(rough: RoughServer) -> None:
    """Https towards a server that speaks something else never sends a token."""
    with Transport(Address(rough.base.replace("http:", "https:"))) as to, pytest.raises(t.Offline):
        ask(to)


@pytest.mark.parametrize(
    ("status", "content_type", "more", "expected"),
    [
        (200, "text/html; charset=utf-8", {}, t.CaptivePortal),
        (302, "text/plain", {"Location": "http://portal.example/"}, t.CaptivePortal),
        (511, "text/html", {}, t.CaptivePortal),
        (407, "text/html", {}, t.ProxyRefused),
        (500, "application/json", {}, t.ServiceBroken),
        (502, "text/html", {}, t.ServiceBroken),
        (403, "text/html", {}, t.ServiceBroken),
        (404, "text/html", {}, t.ServiceBroken),
        (408, "application/json", {}, t.ServiceBroken),
        (401, "application/json", {}, t.Unauthorised),
        (403, "application/json", {}, t.Forbidden),
        (404, "application/json", {}, t.Absent),
        (410, "application/json", {}, t.Absent),
        (409, "application/json", {}, t.VersionClash),
        (412, "application/json", {}, t.VersionClash),
        (413, "application/json", {}, t.TooLarge),
        (400, "application/json", {}, t.Refused),
        (422, "application/json", {}, t.Refused),
        (429, "application/json", {"Retry-After": "7"}, t.Busy),
        (503, "text/html", {"Retry-After": "7"}, t.Busy),
    ],
)
def test_each_status_means_one_thing(
    rough: RoughServer,
    to: Transport,
    status: int,
    content_type: str,
    more: dict[str, str],
    expected: type[TandemError],
) -> None:
    """The classes are all that the engine sees."""
    rough.rules.append(lambda asked: asked.answer(status, OUTCOME, content_type, **more))
    with pytest.raises(t.TransportError) as caught:
        ask(to)
    assert type(caught.value) is expected


def test_a_refusal_carries_codes_and_no_words(rough: RoughServer, to: Transport) -> None:
    """The OperationOutcome's text may name a person: only its code and path are kept."""
    rough.rules.append(lambda asked: asked.answer(422, OUTCOME))
    with pytest.raises(t.Refused) as caught:
        ask(to)
    assert caught.value.fields == {
        "status": 422,
        "reason": "required",
        "expression": "DocumentReference.date",
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"half":',
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":',
        b"HTTP/1.1 2",
        b"not http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nnope!",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000,
    ],
    ids=["nothing", "half", "half-chunked", "half-head", "not-http", "bad-gzip", "too-long"],
)
def test_an_answer_that_is_not_whole_is_no_answer(rough: RoughServer, to: Transport, raw: bytes) -> None:
    """Nothing, half and too much leave the outcome unclear."""
    rough.rules.append(lambda asked: asked.raw(raw))
    with pytest.raises(t.ServiceBroken):
        ask(to)


def test_a_compressed_flood_stops_at_the_limit(rough: RoughServer, to: Transport) -> None:
    """What counts is what comes out of the compression."""
    flood = gzip.compress(b"0" * 1_000_000)
    rough.rules.append(lambda asked: asked.answer(200, flood, Content_Encoding="gzip"))
    with pytest.raises(t.ServiceBroken):
        ask(to)


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b"", b'{"a":', b"NaN"])
def test_only_a_json_object_is_read(rough: RoughServer, to: Transport, body: bytes) -> None:
    """A body that says it is JSON and is not comes from a broken service."""
    rough.rules.append(lambda asked: asked.answer(200, body))
    with pytest.raises(t.ServiceBroken):
        ask(to).json()


def test_silence_is_a_stall(rough: RoughServer, to: Transport) -> None:
    """No byte within the stall time ends the wait."""
    rough.rules.append(lambda asked: asked.handler.rfile.read(1) == b"never")
    with pytest.raises(t.Stalled):
        ask(to)


class Tokens:
    """Two tokens, the first one stale."""

    def __init__(self) -> None:
        self.renewals = 0

    def access_token(self) -> str:
        """Return the token to send."""
        return "stale" if self.renewals == 0 else "fresh"

    def renewed(self, stale: str) -> str:
        """Return the second token."""
        assert stale == "stale"
        self.renewals += 1
        return "fresh"


def test_a_stale_token_is_renewed_once_and_the_request_repeated(rough: RoughServer) -> None:
    """One refresh, one retry."""
    rough.rules.append(
        lambda asked: asked.answer(200 if asked.headers["authorization"] == "Bearer fresh" else 401, b"{}")
    )
    tokens = Tokens()
    with Transport(Address(rough.base), tokens) as to:
        ask(to)
        with to.stream("/fhir/Binary/1") as (answer, pieces):
            assert (answer.status, b"".join(pieces)) == (200, b"{}")
    assert tokens.renewals == 1


def test_a_refused_fresh_token_is_signed_out(rough: RoughServer) -> None:
    """There is no endless loop of refreshes."""
    rough.rules.append(lambda asked: asked.answer(401, b"{}"))
    tokens = Tokens()
    with Transport(Address(rough.base), tokens) as to, pytest.raises(t.Unauthorised):
        ask(to)
    assert (tokens.renewals, len(rough.asked)) == (1, 2)


def test_a_token_never_goes_to_another_host(rough: RoughServer, to: Transport) -> None:
    """A link of an answer that leads elsewhere is not followed."""
    with pytest.raises(t.ServiceBroken):
        to.request("GET", "https://elsewhere.example/fhir/Patient/1")
    assert rough.asked == []


@pytest.mark.parametrize(
    "base", ["http://service.example", "ftp://127.0.0.1", "https://", "https://a@b.example", "x"]
)
def test_an_address_in_clear_is_refused(base: str) -> None:
    """Https, or this very PC."""
    with pytest.raises(t.AddressNotAllowed):
        Address(base)


def test_a_proxy_is_used_and_its_refusal_understood(rough: RoughServer) -> None:
    """The configured proxy sees the request; the environment's is not looked at."""
    rough.rules.append(lambda asked: asked.path.startswith("http://") and asked.answer(200, b"{}"))
    with Transport(Address("http://127.0.0.1:9", rough.base)) as to:
        assert ask(to).status == 200
    with Transport(Address("https://service.example", rough.base)) as to, pytest.raises(t.ProxyRefused):
        ask(to)


def test_no_address_is_logged(rough: RoughServer, to: Transport, caplog: pytest.LogCaptureFixture) -> None:
    """Ids of people stand in addresses."""
    rough.rules.append(lambda asked: asked.answer(200, b"{}"))
    with caplog.at_level(logging.INFO):
        ask(to)
    assert "metadata" not in caplog.text


def test_retry_after_is_seconds_or_a_date_within_an_hour() -> None:
    """Nonsense is a few seconds."""
    from datetime import UTC, datetime

    from sync.failures import retry_after

    moment = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"retry-after": "0"}) == 1
    assert retry_after({"retry-after": "999999"}) == 3600
    assert retry_after({"retry-after": "Sun, 22 Nov 2026 08:00:30 GMT"}, moment=moment) == 30
    assert retry_after({"retry-after": "soon"}) == 5
    assert retry_after({}) == 5
