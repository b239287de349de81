"""What all pages of the service share: one frame, one look, a row of languages.

Decision: plain HTML, large, without a third party, and everything works without a script. A page's style
and script are named by their hashes in its policy, so nothing else runs or loads. The colours are the
program's own; contrast ≥ 7:1 in both schemes. The row of languages is of links, each in its own words, that
open the same address with another ``ui_locales``: there is no cookie to remember a choice, and none is wanted
on a shared PC.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sync.service.messages import PAGES
from sync.service.tongues import TONGUES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync.service.tongues import Tongue

__all__ = ["LINK_STYLE", "LOCALES", "STYLE", "hashed", "page", "row_of_languages", "words"]

LOCALES = "ui_locales"
"""The parameter that asks for a language (OpenID Connect Core §3.1.2.1), on every page alike."""

STYLE = """
:root { color-scheme: light dark; --paper: #fbf7f0; --card: #fff; --ink: #1c1b22; --soft: #4a4750;
  --line: #8a8578; --accent: #0b4f4a; --on: #fff; --focus: #7a2e00; --bad: #8a1020; --badly: #fce3e3; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1e2327; --ink: #f5f1e8;
  --soft: #cfcabf; --line: #7c8288; --accent: #8fe0d0; --on: #14171a; --focus: #ffc55c; --bad: #ffc9c9;
  --badly: #3c1518; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1.375rem/1.5 "Atkinson Hyperlegible", "Noto Sans", "Noto Sans Arabic", system-ui,
  sans-serif; color: var(--ink); background: var(--paper); }
main { max-width: 36rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.375rem; margin: 0; }
p { margin: 0 0 1rem; }
h1, h2, p, label { white-space: pre-line; }
.soft { color: var(--soft); font-size: 1.125rem; }
.error { background: var(--badly); color: var(--bad); border: 3px solid; border-radius: 12px;
  padding: .75rem 1rem; margin-bottom: 1.5rem; }
.error p { margin: 0; }
.field { display: block; margin: 0 0 1rem; }
label { display: block; font-weight: 700; margin-bottom: .5rem; }
input { font: inherit; width: 100%; min-height: 64px; padding: .75rem; color: var(--ink);
  background: var(--card); border: 2px solid var(--line); border-radius: 12px; }
button { font: inherit; font-weight: 700; display: flex; width: 100%; min-height: 72px;
  align-items: center; justify-content: center; padding: .75rem 1rem; text-align: center;
  color: var(--accent); background: var(--card); border: 2px solid var(--accent); border-radius: 12px;
  cursor: pointer; }
button.main { color: var(--on); background: var(--accent); margin-top: 1.5rem; }
button:focus-visible, input:focus-visible, h1:focus-visible, a:focus-visible {
  outline: 5px solid var(--focus); outline-offset: 2px; }
h1:focus { outline: none; }
nav { display: flex; flex-wrap: wrap; gap: .25rem .75rem; max-width: 36rem; margin: 0 auto;
  padding: .5rem 1rem 0; }
nav a { display: inline-flex; align-items: center; min-height: 48px; padding: 0 .5rem; font-size: 1.125rem;
  color: var(--accent); border-radius: 8px; }
nav a[aria-current] { color: var(--ink); font-weight: 700; text-decoration: none;
  border-bottom: 4px solid var(--accent); border-radius: 0; }
[hidden] { display: none !important; }
"""

LINK_STYLE = """
a.button { font-weight: 700; display: flex; width: 100%; min-height: 72px; align-items: center;
  justify-content: center; padding: .75rem 1rem; text-align: center; text-decoration: none;
  color: var(--accent); background: var(--card); border: 2px solid var(--accent); border-radius: 12px; }
"""
"""A link that looks like a button, where a page leads elsewhere."""


def hashed(text: str) -> str:
    """Name a style or a script in a policy (CSP 3 §2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def words(tongue: Tongue, sentence: str) -> str:
    """Say a sentence of ours, ready to stand in the text or an attribute of a page."""
    return escape(tongue.say(sentence), quote=True)


def page(
    tongue: Tongue,
    title: str,
    body: str,
    *,
    style: str = STYLE,
    scripts: Iterable[str] = (),
    above: str = "",
) -> str:
    """Frame a page; ``title`` is text, ``body`` and what stands ``above`` it are HTML."""
    last = "".join(f"<script>{each}</script>" for each in scripts if each)
    return (
        f'<!doctype html>\n<html lang="{tongue.tag}" dir="{tongue.direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">'
        f"<title>{escape(title)} – Tandem</title><style>{style}</style></head>"
        f"<body>{above}<main>{body}</main>{last}</body></html>"
    )


def row_of_languages(tongue: Tongue, asked: Iterable[tuple[str, str]] = ()) -> str:
    """Offer this page in the other languages; ``asked`` are the parameters of its address."""
    kept = [(name, value) for name, value in asked if name != LOCALES]
    links = "".join(
        f'<a href="?{escape(urlencode([*kept, (LOCALES, each.tag)]), quote=True)}" lang="{each.tag}"'
        f' hreflang="{each.tag}" dir="{each.direction}"{" aria-current=true" if each == tongue else ""}>'
        f"{each.name}</a>"
        for each in TONGUES
    )
    return f'<nav aria-label="{words(tongue, PAGES["languages"])}">{links}</nav>'
