"""A real HTTP server that misbehaves on request, alone or in front of a real service."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    handler: Handler = field(repr=False)

    def raw(self, data: bytes) -> bool:
        """Answer with these very bytes and cut the connection."""
        with suppress(OSError):
            self.handler.wfile.write(data)
            self.handler.wfile.flush()
        self.cut()
        return True

    def answer(
        self, status: int, body: bytes = b"", content_type: str = "application/json", **more: str
    ) -> bool:
        """Answer properly."""
        self.handler.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **more}.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        if self.method != "HEAD":
            self.handler.wfile.write(body)
        return True

    def cut(self) -> bool:
        """Cut the connection, as a cable that is pulled."""
        self.handler.close_connection = True
        with suppress(OSError):
            self.handler.connection.shutdown(socket.SHUT_RDWR)
        return True


Rule = Callable[[Asked], bool]
"""Sees a request first; returns True when it dealt with it."""


class Handler(BaseHTTPRequestHandler):
    """Reads a request, offers it to the rules, passes the rest upstream."""

    protocol_version = "HTTP/1.1"
    server: RoughServer
    timeout = 20

    def setup(self) -> None:
        """Keep the connection where a network cut finds it."""
        # Head and body are two writes: the second would wait 40 ms for the first to be acknowledged.
        self.disable_nagle_algorithm = self.server.prompt
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        """Forget the connection."""
        self.server.connections.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def serve(self) -> None:
        """Deal with one request."""
        asked = Asked(
            self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self.body(), self
        )
        self.server.asked.append(asked)
        for rule in list(self.server.rules):
            if rule(asked):
                return
        if self.server.upstream is None:
            asked.answer(404, b"{}")
            return
        status, headers, body = self.server.forward(asked)
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                self.send_header(name, value)
        length = dict(headers).get("content-length") if asked.method == "HEAD" else str(len(body))
        self.send_header("Content-Length", length or "0")
        self.end_headers()
        if asked.method != "HEAD":
            self.wfile.write(body)

    def body(self) -> bytes:
        """Read the request's body, however it is framed."""
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    do_GET = do_POST = do_PUT = do_PATCH = do_HEAD = do_DELETE = do_OPTIONS = serve  # noqa: N815 (http.server's names)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class RoughServer(ThreadingHTTPServer):
    """A server on loopback whose manners are a list of rules."""

    daemon_threads = True

    def __init__(self, upstream: str | None = None, *, prompt: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.prompt = prompt
        self.upstream = upstream
        self.rules: list[Rule] = []
        self.asked: list[Asked] = []
        self.connections: set[socket.socket] = set()
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def handle_error(self, *args: object) -> None:
        """Say nothing: a cut connection is meant."""

    def forward(self, asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask the real service the same."""
        assert self.upstream is not None
        parts = urlsplit(self.upstream)
        upstream = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        headers = {k: v for k, v in asked.headers.items() if k not in {"connection", "transfer-encoding"}}
        headers["content-length"] = str(len(asked.body))
        try:
            upstream.request(asked.method, asked.path, asked.body, headers)
            answer = upstream.getresponse()
            return answer.status, [(k.lower(), v) for k, v in answer.getheaders()], answer.read()
        finally:
            upstream.close()

    def once(self, rule: Rule) -> None:
        """Misbehave at the first request that the rule takes."""

        def single(asked: Asked) -> bool:
            done = rule(asked)
            if done:
                self.rules.remove(single)
            return done

        self.rules.append(single)

    def relay(self, asked: Asked, change: Callable[[bytes], bytes] = lambda body: body) -> bool:
        """Pass a request on and its answer back, the body changed on its way."""
        status, headers, body = self.forward(asked)
        return asked.answer(status, change(body), dict(headers).get("content-type", ""))

    def unplug(self) -> None:
        """Pull the cable: what is open is cut, who comes now is refused."""
        self.shutdown()
        self._thread.join()
        self.socket.close()
        self.cut_all()

    def plug(self) -> None:
        """Put the cable back, on the same port."""
        self.socket = socket.socket(self.address_family, self.socket_type)
        self.server_bind()
        self.server_activate()
        self._thread = self._listen()

    def _listen(self) -> threading.Thread:
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        return thread

    def cut_all(self) -> None:
        """Pull the cable of every connection."""
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it; whoever connects now is refused."""
        if self._thread.is_alive():
            self.unplug()
        self.server_close()
