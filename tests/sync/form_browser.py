"""A browser without windows: it follows links back and forth, keeps cookies, fills in forms, presses buttons.

Real HTTP to a real provider's pages, whoever made them. It looks at the page as a person does: a field by its
name, a button by its value; hidden fields go along as they came. ``altered`` may spoil a redirection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST_STEPS = 20


@dataclass
class Form:
    """One form: where it goes, its fields with what stands in them, the name and value of its buttons."""

    action: str
    method: str
    name: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = True
            self.forms.append(Form(told.get("action", ""), told.get("method", "get"), told.get("id", "")))
        elif tag in {"input", "button"} and self.forms:
            # A button may stand outside and name its form (HTML §4.10.18.3).
            form = next((each for each in self.forms if each.name and each.name == told.get("form")), None)
            form = form or (self.forms[-1] if self.inside else None)
            if form is None:
                return
            if tag == "button" or told.get("type") == "submit":
                form.buttons.append((told.get("name", ""), told.get("value", "")))
            elif "name" in told:
                form.fields[told["name"]] = told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


class FormBrowser:
    """One browser with its cookies; ``typed`` is what the person types where a field asks for it.

    It goes no further than a host and port ``ends_at``, where nobody listens.
    """

    def __init__(self, *, ends_at: str = "", **typed: str) -> None:
        self.typed: Mapping[str, str] = typed
        self.ends_at = ends_at
        self.client = httpx.Client(trust_env=False, timeout=20, headers={"Accept": "text/html"})
        self.visited: list[str] = []
        self.typed_passwords: list[str] = []
        self.altered: Callable[[httpx.Request], httpx.Request] = lambda request: request
        self.page: httpx.Response | None = None

    def open(self, url: str) -> None:
        """Open an address and go on, filling in what is asked, until nothing more is or we are back."""
        self.go(url)
        for _ in range(_MOST_STEPS):
            assert self.page is not None
            form = next(iter(self.forms()), None)
            if form is None or self.page.is_error or not form.action:
                return
            self.press(form)
        raise AssertionError(self.visited)

    def go(self, url: str) -> httpx.Response:
        """Open an address, following where it leads."""
        return self._follow(self.client.build_request("GET", url))

    def press(self, form: Form, button: tuple[str, str] | None = None, **typed: str) -> httpx.Response:
        """Fill in a form and press a button of it, the first where none is named."""
        assert self.page is not None
        told = {name: self.typed.get(name, value) for name, value in form.fields.items()} | typed
        name, value = button or next(iter(form.buttons), ("", ""))
        told |= {name: value} if name else {}
        self.typed_passwords += [told["password"]] if "password" in form.fields else []
        where = urljoin(str(self.page.url), form.action)
        if form.method.lower() == "get":
            return self.go(f"{where}?{httpx.QueryParams(told)}")
        return self._follow(self.client.build_request("POST", where, data=told))

    def forms(self) -> list[Form]:
        """Return the forms of the page, those first that ask for a password where there are several."""
        assert self.page is not None
        read = _Forms()
        read.feed(self.page.text)
        return sorted(read.forms, key=lambda form: "password" not in form.fields)

    def close(self) -> None:
        """Throw it away, its cookies too."""
        self.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _follow(self, request: httpx.Request) -> httpx.Response:
        for _ in range(_MOST_STEPS):
            self.visited.append(str(request.url))
            if self.ends_at and request.url.netloc.decode() == self.ends_at:
                self.page = httpx.Response(200, request=request)
                return self.page
            self.page = self.client.send(request)
            if not self.page.is_redirect:
                return self.page
            assert self.page.next_request is not None
            request = self.altered(self.page.next_request)
        raise AssertionError(self.visited)
