"""The stand-in for the person's browser, against a small provider with real redirects."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sync.service.demo.browser import Form, NoWayOn, forms_of, main, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = """<!doctype html><html><body>
<form method="post" action="/choose?x=1">
  <input type="hidden" name="csrf" value="s&amp;cret">
  <button name="login" value="jeanne">Jeanne Martin</button>
  <button name="login" value="simone">Simone Roche</button>
  <button type="button" name="login" value="nobody">Aide</button>
</form>
<form method="post" action="/password"><input name="login"><input type="password" name="password">
<button>Entrer</button></form></body></html>"""


class _Provider(BaseHTTPRequestHandler):
    """Plays a provider and, on /callback, the program."""

    arrived: ClassVar[list[str]] = []
    pressed: ClassVar[list[dict[str, list[str]]]] = []

    def do_GET(self) -> None:
        """Show the page, an empty page, or take the answer in."""
        path = urlsplit(self.path).path
        if path == "/callback":
            self.arrived.append(self.path)
            self._answer(b"Vous pouvez fermer cette page.")
        elif path == "/authorize":
            self._go("/page?" + urlsplit(self.path).query, cookie="visit=1")
        elif path == "/page":
            assert self.headers["cookie"] == "visit=1"
            self.server.home = parse_qs(urlsplit(self.path).query)["redirect_uri"][0]  # type: ignore[attr-defined] # the test's own note
            self._answer(PAGE.encode())
        elif path == "/round":
            self._go("/round")
        else:
            self._answer(b"<p>Rien</p>")

    def do_POST(self) -> None:
        """Take the pressed button and send the browser home."""
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.pressed.append(parse_qs(body))
        home = self.server.home  # type: ignore[attr-defined] # the test's own note
        self._go(home + "?" + urlencode({"code": "c", "state": "s"}))

    def _go(self, target: str, cookie: str = "") -> None:
        self.send_response(303)
        self.send_header("location", target)
        if cookie:
            self.send_header("set-cookie", cookie)
        self.end_headers()

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Say nothing."""


@pytest.fixture
def origin() -> Iterator[str]:
    """Return the address of the small provider."""
    _Provider.arrived.clear()
    _Provider.pressed.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Provider) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def authorize(origin: str) -> str:
    """Make an authorize address that comes back to the same server."""
    return f"{origin}/authorize?" + urlencode({"redirect_uri": f"{origin}/callback", "state": "s"})


@pytest.mark.parametrize(
    ("logins", "pressed"),
    [(("simone",), "simone"), (("karim", "simone"), "simone"), (("karim",), "jeanne"), ((), "jeanne")],
)
def test_it_presses_whom_it_wants_or_else_the_first(
    origin: str, logins: tuple[str, ...], pressed: str
) -> None:
    """With the page's hidden fields, its cookie, and home at the end."""
    sign_in(authorize(origin), logins)
    assert _Provider.pressed == [{"csrf": ["s&cret"], "login": [pressed]}]
    assert _Provider.arrived == ["/callback?code=c&state=s"]


def test_a_page_without_buttons_ends_in_an_error(origin: str) -> None:
    """Nothing is invented where nothing can be pressed."""
    with pytest.raises(NoWayOn):
        sign_in(f"{origin}/empty?redirect_uri={origin}/callback")


def test_a_circle_of_redirects_ends(origin: str) -> None:
    """It gives up after a few steps."""
    with pytest.raises(NoWayOn):
        sign_in(f"{origin}/round?redirect_uri={origin}/callback")


def test_the_command_says_by_its_exit_code_how_it_went(
    origin: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Zero when home was reached, one otherwise, with the kind of fault and no address."""
    assert main(["--login", "karim", "--login", "simone", authorize(origin)]) == 0
    assert main([f"{origin}/empty"]) == 1
    assert main(["http://127.0.0.1:9/authorize"]) == 1
    assert capfd.readouterr().err.split() == ["NoWayOn", "ConnectError"]


def test_forms_are_read_as_a_browser_reads_them() -> None:
    """Submit buttons and submit inputs count, other buttons do not; relative actions are kept."""
    forms = forms_of(PAGE + '<form><input type=submit name=go value="Aller"></form><button name=x value=y>')
    assert forms[0] == Form(
        "/choose?x=1", "post", {"csrf": "s&cret"}, [("login", "jeanne"), ("login", "simone")]
    )
    assert forms[1].buttons == [("", "")]
    assert forms[2] == Form("", "get", {}, [("go", "Aller")])
