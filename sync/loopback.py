"""The one-shot listener that the browser comes back to after a sign-in (RFC 8252 §7.3).

Decision: the literal 127.0.0.1 and a port the system gives, open only while a sign-in runs. It
answers one path, only with the ``state`` of this sign-in: any other program of the PC that knocks
gets a 400 and changes nothing. Browsers open connections that they never use, so each connection
has a thread of its own. The page that the person sees has no script, and its words come from the
caller.
"""

from __future__ import annotations

import html
import queue
import secrets
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LoopbackListener", "ReturnPage"]

_REQUEST_SECONDS = 5
_POLL_SECONDS = 0.05
_LONGEST_PATH = 8192

_PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 2rem;
  font: 1.5rem/1.5 "Atkinson Hyperlegible", system-ui, sans-serif; }}
main {{ max-width: 32em; white-space: pre-line; }}
h1 {{ font-size: 2.25rem; margin: 0 0 1rem; }}
</style>
</head>
<body><main><h1>{title}</h1><p>{text}</p></main></body>
</html>
"""
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True)
class ReturnPage:
    """The words of the page shown when the browser's part is over, and their language (HTML's tags)."""

    title: str = "Tandem"
    text: str = ""
    language: str = "fr"
    direction: str = "ltr"

    def html(self) -> bytes:
        """Write the page."""
        words = {name: html.escape(word) for name, word in asdict(self).items()}
        return _PAGE.format(**words).encode()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _REQUEST_SECONDS
    server_version = "Tandem"
    sys_version = ""

    def do_GET(self) -> None:
        parts = urlsplit(self.path[:_LONGEST_PATH])
        answer = {name: values[0] for name, values in parse_qs(parts.query).items() if len(values) == 1}
        if parts.path != self.server.path:
            self._say(404, b"")
        elif not secrets.compare_digest(answer.get("state", "").encode(), self.server.state.encode()):
            self._say(400, b"")
        else:
            self._say(200, self.server.page)
            self.server.answers.put(answer)

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the line would hold the code."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, path: str, state: str, page: bytes) -> None:
        self.path, self.state, self.page = path, state, page
        self.answers: queue.Queue[Mapping[str, str]] = queue.Queue()
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, *_: object) -> None:
        """Say nothing: a browser that hangs up early is no fault."""


class LoopbackListener:
    """Waits for the browser on ``redirect_uri``; open as long as the ``with`` block runs."""

    def __init__(self, state: str, page: ReturnPage) -> None:
        self._server = _Server("/callback", state, page.html())
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="sign-in", daemon=True
        )

    @property
    def redirect_uri(self) -> str:
        """The address to give to the provider."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/callback"

    def answer(self, seconds: float) -> Mapping[str, str] | None:
        """Return the parameters the browser brought, or None when it has not come yet."""
        with suppress(queue.Empty):
            return self._server.answers.get(timeout=seconds)
        return None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
