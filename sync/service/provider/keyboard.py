"""Keys on the sign-in page, for a kiosk that has no keyboard.

Decision: they belong to the service's page and not to the program, because a password must never pass
through a window of the program (RFC 8252 §8.12), nor through keys that another program sends. They type into
the field that had the focus last; a press takes the focus from nobody, Tab reaches them too. Letters stand as
on a keyboard of the page's language; an identifier is in Latin letters, so Arabic ones are one key away. No
key shows that it was pressed, longer than the finger does itself.

Not instead of them: signing in on one's own phone (a QR and the device grant, RFC 8628). It leaves out
whoever has none, and a code that one person shows and another types is what phishing lives on.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import orjson

from sync.service.messages import PAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.service.tongues import Tongue

__all__ = ["ASKED", "SCRIPT", "STYLE", "keys"]

ASKED = "screen_keyboard"
"""The parameter of the authorization request that wants the keys (``1``)."""

_AZERTY = ("1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn@.-_")
_QWERTY = ("1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm@._")
_SIGNS = ("&~\"#'{([|`", "\\^)]=}+*$£", "%<>?,;:!/§", "éèàùçêôîïë")
_ARABIC = ("ضصثقفغعهخح", "شسيبلاتنمك", "ئءؤرىةوزظط", "جدذآأإ؟،؛ـ")
_NAMES = {"abc": "abc", "signs": "#+é", "arabic": "أبج"}

STYLE = """
.keyboard { position: fixed; inset: auto 0 0 0; padding: .5rem; background: var(--card);
  border-top: 2px solid var(--line); display: grid; gap: .5rem; }
.keyboard div { display: flex; gap: .5rem; max-width: 72rem; width: 100%; margin: 0 auto; }
.keyboard button { flex: 1 1 0; min-width: 0; min-height: 56px; padding: 0 .25rem; color: var(--ink);
  border-color: var(--line); font-weight: 400; }
.keyboard div:last-child { flex-wrap: wrap; }
.keyboard div:last-child button { width: auto; flex-basis: auto; white-space: nowrap; }
.keyboard button.wide { flex-grow: 2.5; font-size: 1.125rem; }
.keyboard button[aria-pressed=true] { background: var(--accent); color: var(--on); }
.keyboard button.on { background: var(--accent); color: var(--on); border-color: var(--accent);
  font-weight: 700; }
.keyboard button:focus-visible { outline-offset: -5px; }
"""

SCRIPT = """
'use strict';
(function start() {
  const board = document.querySelector('.keyboard'), form = document.querySelector('form.password');
  if (!board || !form) return;
  const fields = Array.from(form.querySelectorAll('input:not([type=hidden])'));
  const pages = JSON.parse(board.dataset.pages), names = JSON.parse(board.dataset.names);
  let field = null, shown = Object.keys(pages)[0], capital = false;
  const write = (letter) => {
    const from = letter ? field.selectionStart : Math.max(0, field.selectionStart
      - (field.selectionStart === field.selectionEnd ? 1 : 0));
    field.setRangeText(letter, from, field.selectionEnd, 'end');
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    if (capital && letter) { capital = false; lay(); }
  };
  const on = () => {
    const next = fields[fields.indexOf(field) + 1];
    if (next) next.focus(); else form.requestSubmit();
  };
  const keep = (room) => {
    document.body.style.paddingBottom = room;
    document.documentElement.style.scrollPaddingBottom = room;
  };
  const away = () => { board.hidden = true; keep(''); };
  const key = (words, press, kind) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = words;
    made.className = kind || '';
    made.onpointerdown = (event) => event.preventDefault();
    made.onmousedown = (event) => event.preventDefault();
    made.onclick = press;
    return made;
  };
  const row = (made) => {
    const line = document.createElement('div');
    line.append(...made);
    return line;
  };
  const lay = () => {
    const focused = board.contains(document.activeElement) ? document.activeElement.textContent : null;
    const letters = pages[shown].map((line) => row(Array.from(line).map((letter) => {
      const one = capital ? letter.toUpperCase() : letter;
      return key(one, () => write(one));
    })));
    const turn = key(board.dataset.capital, () => { capital = !capital; lay(); }, 'wide');
    turn.setAttribute('aria-pressed', capital);
    const others = Object.keys(pages).filter((name) => name !== shown)
      .map((name) => key(names[name], () => { shown = name; capital = false; lay(); }));
    board.replaceChildren(...letters, row([turn, ...others,
      key(board.dataset.space, () => write(' '), 'wide'), key(board.dataset.erase, () => write(''), 'wide'),
      key(board.dataset.away, away, 'wide'), key(board.dataset.next, on, 'wide on')]));
    const again = Array.from(board.querySelectorAll('button')).find((each) => each.textContent === focused);
    if (again) again.focus();
  };
  const serve = (chosen) => {
    field = chosen;
    if (board.hidden) { board.hidden = false; lay(); }
    keep(board.offsetHeight + 'px');
    chosen.closest('.field').scrollIntoView({ block: 'center' });
  };
  for (const each of fields) {
    each.inputMode = 'none';
    each.addEventListener('focus', () => serve(each));
    each.addEventListener('click', () => serve(each));
  }
  const first = fields.find((each) => !each.value);
  if (first && !document.querySelector('.people')) { first.focus(); serve(first); }
})();
"""


def keys(tongue: Tongue, asked: Mapping[str, str]) -> tuple[str, str]:
    """Make the keys and their script where the request wants them, two empty texts otherwise."""
    if asked.get(ASKED) != "1":
        return "", ""
    letters = _QWERTY if tongue.tag == "en" else _AZERTY
    pages = {"abc": letters, "signs": _SIGNS} | ({"arabic": _ARABIC} if tongue.tag == "ar" else {})
    data = {name: tongue.say(PAGES[name]) for name in ("capital", "space", "erase", "away", "next")}
    data |= {"pages": orjson.dumps(pages).decode(), "names": orjson.dumps(_NAMES).decode()}
    held = "".join(f' data-{name}="{escape(value, quote=True)}"' for name, value in data.items())
    label = escape(tongue.say(PAGES["keyboard"]), quote=True)
    return f'<div class="keyboard" dir="ltr" role="group" aria-label="{label}"{held} hidden></div>', SCRIPT
