"""The cable that the tour pulls, between real clients and a real server."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest

from sync.service.demo.cable import Cable

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with the path."""
        body = self.path.encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Expect broken connections: that is what a cut cable gives."""


@pytest.fixture
def port() -> Iterator[int]:
    """Return the port of a real HTTP server on loopback."""
    with _Server(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_client_reaches_a_server_through_it(port: int) -> None:
    """By address and by name, several at once on one kept connection."""
    with Cable() as cable, httpx.Client(proxy=cable.proxy) as client:
        for host in ("127.0.0.1", "localhost"):
            assert [client.get(f"http://{host}:{port}/{n}").text for n in range(3)] == ["/0", "/1", "/2"]


def test_a_cut_cable_kills_kept_and_new_connections(port: int) -> None:
    """The connection that was alive dies, and no other can be opened."""
    with Cable() as cable, httpx.Client(proxy=cable.proxy, timeout=5) as client:
        assert client.get(f"http://127.0.0.1:{port}/a").text == "/a"
        cable.cut()
        assert cable.is_cut
        for _ in range(3):
            with pytest.raises(httpx.TransportError):
                client.get(f"http://127.0.0.1:{port}/b")


def test_a_restored_cable_has_the_same_address(port: int) -> None:
    """The program's setting stays right, however often the cable is pulled."""
    with Cable() as cable, httpx.Client(proxy=cable.proxy, timeout=5) as client:
        address = cable.proxy
        for _ in range(5):
            cable.cut()
            cable.cut()
            cable.restore()
            assert client.get(f"http://127.0.0.1:{port}/back").text == "/back"
        assert cable.proxy == address


def test_a_cut_in_the_middle_of_an_answer_breaks_it() -> None:
    """Half an answer never looks like a whole one."""
    with socket.create_server(("127.0.0.1", 0)) as server, Cable() as cable:
        port = server.getsockname()[1]

        def half() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf")
                started.set()
                over.wait(5)

        started, over = threading.Event(), threading.Event()
        thread = threading.Thread(target=half)
        thread.start()
        puller = threading.Thread(target=lambda: (started.wait(5), cable.cut()))
        puller.start()
        with httpx.Client(proxy=cable.proxy, timeout=5) as client, pytest.raises(httpx.TransportError):
            client.get(f"http://127.0.0.1:{port}/")
        over.set()
        thread.join()
        puller.join()


def test_it_is_cut_at_the_words_it_waits_for_and_they_do_not_arrive(port: int) -> None:
    """What was sent before is answered; once back, nothing is left of the wait."""
    with Cable() as cable, httpx.Client(proxy=cable.proxy, timeout=5) as client:
        cable.cut_at(b"/third")
        assert [client.get(f"http://127.0.0.1:{port}/{n}").text for n in ("first", "second")]
        with pytest.raises(httpx.TransportError):
            client.get(f"http://127.0.0.1:{port}/third")
        cable.restore()
        assert client.get(f"http://127.0.0.1:{port}/third").text == "/third"


def test_it_is_cut_so_many_bytes_after_the_words() -> None:
    """A large body gets so far, wherever its pieces are parted."""
    with socket.create_server(("127.0.0.1", 0)) as server, Cable() as cable:
        cable.cut_at(b"POST", more=100_000)
        with httpx.Client(proxy=cable.proxy, timeout=5) as client, pytest.raises(httpx.TransportError):
            client.post(f"http://127.0.0.1:{server.getsockname()[1]}/", content=bytes(1_000_000))
        connection, _ = server.accept()
        with connection:
            received = 0
            while chunk := _received_much(connection):
                received += len(chunk)
        assert 0 < received <= 100_000 + 500


def _received_much(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 16)
    except ConnectionError:
        return b""


def test_what_it_cannot_reach_is_refused() -> None:
    """A dead port gives the client an answer at once (by hand: httpx leaves its socket open there)."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Cable() as cable, socket.create_connection(("127.0.0.1", cable.port), timeout=5) as client:
        client.sendall(b"\x05\x01\x00")
        assert client.recv(2) == b"\x05\x00"
        client.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + port.to_bytes(2))
        assert client.recv(2) == b"\x05\x05"


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"\x05\x01\x02", b"\x05\xff"),  # wants a password
        (b"\x04\x01\x00", b"\x05\xff"),  # SOCKS4
        (b"\x05\x01\x00\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50", b"\x05\x00\x05\x07"),  # BIND
        (b"\x05\x01\x00\x05\x01\x00\x09", b"\x05\x00\x05\x08"),  # an unknown kind of address
    ],
)
def test_other_requests_are_refused_politely(sent: bytes, answer: bytes) -> None:
    """Each with the code of RFC 1928, and the connection ends."""
    with Cable() as cable, socket.create_connection(("127.0.0.1", cable.port), timeout=5) as client:
        client.sendall(sent)
        received = b""
        while chunk := _received(client):
            received += chunk
        assert received.startswith(answer)


def _received(client: socket.socket) -> bytes:
    try:
        return client.recv(64)
    except ConnectionResetError:
        return b""


def test_rubbish_and_silence_do_no_harm(port: int) -> None:
    """A client that sends nothing, half a request or noise leaves the others alone."""
    with Cable() as cable:
        for noise in (b"", b"\x05", b"GET / HTTP/1.1\r\n\r\n", bytes(300)):
            with socket.create_connection(("127.0.0.1", cable.port), timeout=5) as client:
                client.sendall(noise)
        with httpx.Client(proxy=cable.proxy, timeout=5) as client:
            assert client.get(f"http://127.0.0.1:{port}/still").text == "/still"
    cable.close()
