"""The provider's pages: plain HTML, large, in French, without a script."""

from __future__ import annotations

import base64
import hashlib
from datetime import date
from html import escape

__all__ = ["OTHER_KIND", "POLICY", "WRONG", "born", "refused", "sign_in", "signed_out"]

WRONG = "L’identifiant ou le mot de passe ne convient pas. Vérifiez-les, puis recommencez."
OTHER_KIND = "Ce compte n’est pas de ceux qui se connectent ici. Choisissez-en un autre."

_STYLE = """
:root { color-scheme: light; }
body { margin: 0; font: 20px/1.5 "Atkinson Hyperlegible", "Noto Sans", system-ui, sans-serif;
  color: #1b1b1b; background: #f6f4ef; }
main { max-width: 44rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.4rem; margin: 2.5rem 0 1rem; }
.demo { background: #fff3c4; border: 2px solid #7a5c00; border-radius: .5rem; padding: .75rem 1rem; }
.error { background: #fde8e6; border: 3px solid #a3170f; border-radius: .5rem; padding: .75rem 1rem; }
.people { display: grid; gap: .75rem; }
button { font: inherit; min-height: 64px; width: 100%; padding: .75rem 1.25rem; text-align: left;
  border: 2px solid #1f4e79; border-radius: .75rem; background: #fff; color: #123a5c; cursor: pointer; }
button strong { display: block; font-size: 1.25rem; }
button:hover { background: #e6f0f9; }
button:focus-visible, input:focus-visible { outline: 4px solid #d17a00; outline-offset: 3px; }
button.main { background: #1f4e79; color: #fff; text-align: center; font-weight: 700; }
label { display: block; font-weight: 700; margin-top: 1rem; }
input { font: inherit; width: 100%; box-sizing: border-box; min-height: 56px; padding: .5rem .75rem;
  border: 2px solid #444; border-radius: .5rem; background: #fff; }
p.last { margin-top: 1.5rem; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self' http://127.0.0.1:* http://[::1]:*"
)
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} – Tandem</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )


def born(birth_date: str) -> str:
    """Write "né(e) le 3 mai 1946"; nothing for what is no date."""
    try:
        day = date.fromisoformat(birth_date)
    except ValueError:
        return ""
    number = "1er" if day.day == 1 else str(day.day)
    return f"né(e) le {number} {_MONTHS[day.month - 1]} {day.year}"


def sign_in(
    *,
    action: str,
    people: list[tuple[str, str, str]],
    for_helper: bool,
    login_hint: str,
    error: str | None,
) -> str:
    """Make the sign-in page; ``people`` are (login, name, detail) of the demonstration."""
    title = "Connexion de l’aidant" if for_helper else "Connexion de la personne"
    said = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
    forms = _people(action, people) + _password(action, people, login_hint)
    return _page(title, f"<h1>{title}</h1>{said}{forms}")


def _people(action: str, people: list[tuple[str, str, str]]) -> str:
    if not people:
        return ""
    buttons = "".join(
        f'<button type="submit" name="login" value="{escape(login, quote=True)}">'
        f"<strong>{escape(name)}</strong>{escape(detail)}</button>"
        for login, name, detail in people
    )
    return (
        '<p class="demo"><strong>Démonstration.</strong> Ces personnes n’existent pas. '
        "Choisissez qui se connecte.</p>"
        f'<form method="post" action="{escape(action, quote=True)}" class="people">{buttons}</form>'
    )


def _password(action: str, people: list[tuple[str, str, str]], login_hint: str) -> str:
    heading = "<h2>Ou avec un mot de passe</h2>" if people else ""
    hint = escape(login_hint, quote=True)
    return (
        f'{heading}<form method="post" action="{escape(action, quote=True)}">'
        '<label for="login">Identifiant</label>'
        f'<input id="login" name="login" autocomplete="off" required value="{hint}">'
        '<label for="password">Mot de passe</label>'
        '<input id="password" name="password" type="password" autocomplete="off" required>'
        '<p class="last"><button class="main" type="submit">Se connecter</button></p></form>'
    )


def refused() -> str:
    """Say that the request to sign in is not a sound one."""
    return _page(
        "Connexion impossible",
        "<h1>Connexion impossible</h1><p>Cette demande de connexion ne vient pas de Tandem. "
        "Fermez cette page, revenez dans Tandem et recommencez.</p>",
    )


def signed_out() -> str:
    """Say that the session is closed."""
    return _page(
        "Session fermée",
        "<h1>La session est fermée</h1><p>Vous pouvez fermer cette page.</p>",
    )
