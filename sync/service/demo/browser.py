"""The tour's stand-in for the person's browser: opens the sign-in page, presses a button, follows.

``python -m sync.service.demo.browser [--login NAME]... URL`` plays what a person does in a real browser,
over real HTTP: it reads the provider's HTML, presses the button of a wanted made-up person (else the
first), and follows the redirects up to and including the program's own loopback address.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Form", "NoWayOn", "forms_of", "main", "sign_in"]

_STEPS = 12
_TIMEOUT = 20.0
_FAILED = 400


class NoWayOn(Exception):
    """The page offers nothing to press, or the way does not end at the program's address."""


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, what it sends anyway, the buttons one can press."""

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of forms, fields and buttons."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(said.get("action", ""), said.get("method", "get").lower()))
            self._is_inside = True
        elif self._is_inside and tag == "button" and said.get("type", "submit") == "submit":
            self.found[-1].buttons.append((said.get("name", ""), said.get("value", "")))
        elif self._is_inside and tag == "input":
            self._take_input(said)

    def _take_input(self, said: dict[str, str]) -> None:
        form, name, value = self.found[-1], said.get("name", ""), said.get("value", "")
        if said.get("type") == "submit":
            form.buttons.append((name, value))
        elif said.get("type") == "hidden" and name:
            form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        """Leave a form."""
        self._is_inside = self._is_inside and tag != "form"


def forms_of(page: str) -> list[Form]:
    """Return the forms of an HTML page, in its order."""
    parser = _Forms()
    parser.feed(page)
    parser.close()
    return parser.found


def sign_in(url: str, logins: Sequence[str] = ()) -> None:
    """Go from the authorize address to the program's own. Raises ``NoWayOn`` and ``httpx``'s errors."""
    home = parse_qs(urlsplit(url).query).get("redirect_uri", [""])[0]
    with httpx.Client(timeout=_TIMEOUT, trust_env=not _is_loopback(url)) as client:
        answer = client.get(url)
        for _ in range(_STEPS):
            if not answer.is_redirect:
                answer = _press(client, answer, logins)
                continue
            target = urljoin(str(answer.url), answer.headers["location"])
            if home and target.partition("?")[0] == home:
                _come_home(target)
                return
            answer = client.get(target)
    raise NoWayOn


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _come_home(url: str) -> None:
    """Open the program's own address, never through a proxy."""
    with httpx.Client(timeout=_TIMEOUT, trust_env=False) as client:
        if client.get(url).status_code >= _FAILED:
            raise NoWayOn


def _press(client: httpx.Client, page: httpx.Response, logins: Sequence[str]) -> httpx.Response:
    form, button = _chosen(forms_of(page.text), logins)
    data = form.fields | ({button[0]: button[1]} if button[0] else {})
    target = urljoin(str(page.url), form.action) if form.action else str(page.url)
    if form.method == "post":
        return client.post(target, data=data)
    return client.get(target, params=data)


def _chosen(forms: Sequence[Form], logins: Sequence[str]) -> tuple[Form, tuple[str, str]]:
    offered = [(form, button) for form in forms for button in form.buttons]
    named = [each for each in offered if each[1][0] and each[1][1]]
    wanted = [each for login in logins for each in named if each[1][1] == login]
    for choice in (wanted, named, offered):
        if choice:
            return choice[0]
    raise NoWayOn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 0 when the program's address was reached."""
    parser = argparse.ArgumentParser(prog="python -m sync.service.demo.browser")
    parser.add_argument("--login", action="append", default=[], help="whose button to press, if offered")
    parser.add_argument("url")
    chosen = parser.parse_args(arguments)
    try:
        sign_in(chosen.url, chosen.login)
    except (NoWayOn, httpx.HTTPError) as problem:
        sys.stderr.write(f"{type(problem).__name__}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
