"""The provider's pages: plain HTML, large, in the person's language.

No script, but for a security key (``factor_pages``), and where the program says that its PC has no keyboard
(``screen_keyboard=1`` in the authorization request; a parameter that a provider does not know is ignored,
RFC 6749 §3.1): then the page carries keys of its own (``keyboard``). The password is typed here only, never
in a window of the program (RFC 8252 §8.12). A page of another provider behind ours (FranceConnect) has no
such keys: a kiosk for it needs a keyboard, or its system's own one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sync.service import web_page
from sync.service.messages import PAGES
from sync.service.provider import factor_pages, keyboard
from sync.service.provider.sign_in import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.service.provider.sign_in import Wanted
    from sync.service.tongues import Tongue

__all__ = [
    "POLICY",
    "STYLE",
    "Elsewhere",
    "Person",
    "born",
    "failed",
    "not_signed_in",
    "notice",
    "password_form",
    "people_form",
    "refused",
    "second_factor",
    "sign_in",
    "signed_out",
]

_TYPED = frozenset({Stage.ASK_CODE, Stage.SET_UP})

STYLE = (
    web_page.STYLE
    + """
h2 { margin: 2.5rem 0 1rem; }
.demo { border: 2px solid var(--line); border-radius: 12px; padding: .75rem 1rem; background: var(--card); }
.people { display: grid; gap: .75rem; }
.people button { display: block; text-align: start; font-weight: 400; color: var(--ink); }
.people strong { display: block; font-size: 1.5rem; color: var(--accent); }
"""
    + web_page.LINK_STYLE
    + keyboard.STYLE
    + factor_pages.STYLE
)
POLICY = (
    f"default-src 'none'; style-src {web_page.hashed(STYLE)}; "
    f"script-src {web_page.hashed(keyboard.SCRIPT)} "
    f"{web_page.hashed(factor_pages.SCRIPT)}; img-src data:; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self' http://127.0.0.1:*"
)


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up person one can be with one press, in the demonstration."""

    login: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another provider where one may sign in: what it is called, and where that begins."""

    label: str
    address: str


def born(tongue: Tongue, birth_date: str) -> str:
    """Write « Date de naissance : 3 mai 1946 »; nothing for what is no date."""
    try:
        day = date.fromisoformat(birth_date)
    except ValueError:
        return ""
    return tongue.say(PAGES["born"]).format(day=tongue.day(day))


def sign_in(
    tongue: Tongue,
    asked: Mapping[str, str],
    *,
    people: list[Person],
    upstreams: list[Elsewhere],
    for_helper: bool,
    error: str | None,
) -> str:
    """Make the sign-in page; ``asked`` are the parameters of its address, ``people`` the demonstration's.

    ``upstreams`` are links, not a form: a policy on forms would have to name every host that they lead over.
    """
    title = PAGES["helper" if for_helper else "person"]
    action = escape("/authorize?" + urlencode(dict(asked)), quote=True)
    said = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    keys, script = keyboard.keys(tongue, asked)
    heading = f"<h2>{_said(tongue, 'by-password')}</h2>" if people or upstreams else ""
    body = (
        f"<h1>{web_page.words(tongue, title)}</h1>{said}{_elsewhere(tongue, upstreams)}"
        f"{people_form(tongue, action, people)}{heading}"
        f"{password_form(tongue, action, asked.get('login_hint', ''))}{keys}"
    )
    above = web_page.row_of_languages(tongue, asked.items())
    return web_page.page(tongue, tongue.say(title), body, style=STYLE, scripts=(script,), above=above)


def second_factor(tongue: Tongue, asked: Mapping[str, str], wanted: Wanted) -> str:
    """Make the next page of a sign-in; the keys of a PC without a keyboard come along for a code."""
    title, body, script = factor_pages.body(tongue, wanted, "/authorize?" + urlencode(dict(asked)))
    keys, typing = keyboard.keys(tongue, asked) if wanted.stage in _TYPED else ("", "")
    return web_page.page(tongue, tongue.say(PAGES[title]), body + keys, style=STYLE, scripts=(script, typing))


def _elsewhere(tongue: Tongue, upstreams: list[Elsewhere]) -> str:
    return "".join(
        f'<p><a class="button" href="{escape(each.address, quote=True)}">'
        f"{escape(tongue.say(PAGES['elsewhere']).format(label=tongue.isolated(each.label)))}</a></p>"
        for each in upstreams
    )


def people_form(tongue: Tongue, action: str, people: list[Person]) -> str:
    """Offer the made-up people; nothing where there are none. ``action`` is escaped."""
    if not people:
        return ""
    buttons = "".join(
        f'<button type="submit" name="login" value="{escape(each.login, quote=True)}">'
        f"<strong><bdi>{escape(each.name)}</bdi></strong>{escape(each.detail)}</button>"
        for each in people
    )
    made_up = f'<p class="demo">{_said(tongue, "made-up")}</p>'
    return f'{made_up}<form method="post" action="{action}" class="people">{buttons}</form>'


def password_form(tongue: Tongue, action: str, login_hint: str) -> str:
    """Ask for login and password. ``action`` is escaped."""
    hint = escape(login_hint, quote=True)
    return (
        f'<form method="post" action="{action}" class="password">'
        f'<div class="field"><label for="login">{_said(tongue, "login")}</label>'
        f'<input id="login" name="login" dir="auto" autocomplete="off" autocapitalize="none" '
        f'spellcheck="false" required value="{hint}"></div>'
        f'<div class="field"><label for="password">{_said(tongue, "password")}</label>'
        '<input id="password" name="password" type="password" dir="auto" autocomplete="off" required></div>'
        f'<button class="main" type="submit">{_said(tongue, "sign-in")}</button></form>'
    )


def _said(tongue: Tongue, name: str) -> str:
    return web_page.words(tongue, PAGES[name])


def refused(tongue: Tongue) -> str:
    """Say that the request to sign in is not a sound one."""
    return notice(tongue, "impossible", tongue.say(PAGES["not-ours"]))


def signed_out(tongue: Tongue) -> str:
    """Say that the session is closed."""
    return notice(tongue, "signed-out", tongue.say(PAGES["close"]))


def failed(tongue: Tongue, said: str) -> str:
    """Say why a page cannot be shown now."""
    return notice(tongue, "failed", said)


def not_signed_in(tongue: Tongue, said: str, back: str) -> str:
    """Say why a sign-in elsewhere opened nothing; ``back`` is where to begin anew, "" where nobody knows."""
    return notice(tongue, "impossible", said, back)


def notice(tongue: Tongue, title: str, said: str, back: str = "") -> str:
    """Make a page that only says something; ``title`` names its words, ``back`` leads to the sign-in."""
    body = f"<h1>{_said(tongue, title)}</h1><p>{escape(said)}</p>"
    if back:
        body += f'<p><a class="button" href="{escape(back, quote=True)}">{_said(tongue, "back")}</a></p>'
    return web_page.page(tongue, tongue.say(PAGES[title]), body, style=STYLE)
