"""The pages of a sign-in on one's own phone: the code, whose PC asks, the sign-in, the end.

One thing on each page, large; everything works without a script. The first page that is about a PC names it
before anything is typed.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sync.service import web_page
from sync.service.messages import PAGES
from sync.service.provider import pages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.service.accounts import Account
    from sync.service.tongues import Tongue

__all__ = ["ask", "compare", "done", "sign_in", "stopped"]


def ask(tongue: Tongue, asked: Mapping[str, str], error: str = "") -> str:
    """Ask for the code."""
    locales = asked.get(web_page.LOCALES, "")
    kept = f'<input type="hidden" name="{web_page.LOCALES}" value="{escape(locales)}">' if locales else ""
    body = (
        f"<h1>{_said(tongue, 'phone-title')}</h1>{_error(error)}<p>{_said(tongue, 'phone-type')}</p>"
        f'<form method="get" action="code">{kept}'
        f'<div class="field"><label for="user_code">{_said(tongue, "phone-code")}</label>'
        '<input id="user_code" name="user_code" dir="ltr" inputmode="numeric" autocomplete="off"'
        ' required maxlength="20"></div>'
        f'<button class="main" type="submit">{_said(tongue, "on")}</button></form>'
    )
    others = {name: value for name, value in asked.items() if name != "user_code"}
    return _page(tongue, others, body)


def compare(tongue: Tongue, asked: Mapping[str, str], code: str, organization: str, place: str) -> str:
    """Show whose PC asks, where it stands, and the code to compare with its screen."""
    names = [name for name in (organization, place) if name] or [tongue.say(PAGES["phone-demo"])]
    who = "".join(f"<strong><bdi>{escape(name)}</bdi></strong><br>" for name in names)
    body = (
        f"<h1>{_said(tongue, 'phone-title')}</h1><p>{_said(tongue, 'phone-asks')}</p><p>{who}</p>"
        f"<p>{_said(tongue, 'phone-same')}</p>"
        f'<p class="letters" dir="ltr"><strong>{escape(code)}</strong></p>'
        f'<p class="demo">{_said(tongue, "phone-beware")}</p>'
        f'<form method="post" action="{_action(asked)}">'
        f'<button class="main" type="submit" name="answer" value="yes">{_said(tongue, "phone-yes")}</button>'
        f'<button type="submit" name="answer" value="no">{_said(tongue, "phone-no")}</button></form>'
    )
    return _page(tongue, asked, body)


def sign_in(tongue: Tongue, asked: Mapping[str, str], people: list[Account], error: str) -> str:
    """Ask who it is, as the sign-in page of a PC does."""
    shown = [
        pages.Person(each.login, each.name, pages.born(tongue, str(each.claims.get("birthdate") or "")))
        for each in people
    ]
    heading = f"<h2>{_said(tongue, 'by-password')}</h2>" if people else ""
    body = (
        f"<h1>{_said(tongue, 'person')}</h1>{_error(error)}{pages.people_form(tongue, _action(asked), shown)}"
        f"{heading}{pages.password_form(tongue, _action(asked), '')}"
    )
    return web_page.page(tongue, tongue.say(PAGES["person"]), body, style=pages.STYLE)


def done(tongue: Tongue) -> str:
    """Say that the PC goes on."""
    return pages.notice(tongue, "phone-done", tongue.say(PAGES["phone-look"]))


def stopped(tongue: Tongue) -> str:
    """Say that nothing was opened."""
    return pages.notice(tongue, "phone-stopped", tongue.say(PAGES["phone-nothing"]))


def _page(tongue: Tongue, asked: Mapping[str, str], body: str) -> str:
    above = web_page.row_of_languages(tongue, asked.items())
    return web_page.page(tongue, tongue.say(PAGES["phone-title"]), body, style=pages.STYLE, above=above)


def _action(asked: Mapping[str, str]) -> str:
    return escape("code?" + urlencode(dict(asked)), quote=True)


def _error(error: str) -> str:
    return f'<p class="error" role="alert">{escape(error)}</p>' if error else ""


def _said(tongue: Tongue, name: str) -> str:
    return web_page.words(tongue, PAGES[name])
