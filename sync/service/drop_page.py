"""The page a phone opens: plain HTML, large; it works without a script, a cookie or a third party.

Decision: the script only adds comfort (several photos one after the other, what will leave, progress).
Without it the browser's own two file fields and button do the same. Style and script are named by their
hashes in the policy, so nothing else runs or loads. Nothing of the person, the place or the visit stands
on the page. Contrast ≥ 7:1 in both colour schemes. It speaks the phone's language where there is a
catalogue that has its words, French otherwise.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING

from sync.service.messages import PHONE

if TYPE_CHECKING:
    from sync.service.service import Limits
    from sync.service.tongues import Tongue

__all__ = ["POLICY", "ask_pictures", "ask_words", "closed", "sent"]

_ACCEPT = "image/*,application/pdf"
_STYLE = """
:root { color-scheme: light dark; --paper: #fbf7f0; --card: #fff; --ink: #1c1b22; --soft: #4a4750;
  --line: #8a8578; --accent: #0b4f4a; --on: #fff; --focus: #7a2e00; --bad: #8a1020; --badly: #fce3e3; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1e2327; --ink: #f5f1e8;
  --soft: #cfcabf; --line: #7c8288; --accent: #8fe0d0; --on: #14171a; --focus: #ffc55c; --bad: #ffc9c9;
  --badly: #3c1518; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1.375rem/1.5 "Atkinson Hyperlegible", "Noto Sans", system-ui, sans-serif;
  color: var(--ink); background: var(--paper); }
main { max-width: 36rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.375rem; margin: 0; }
p { margin: 0 0 1rem; }
.soft { color: var(--soft); font-size: 1.125rem; }
.error { background: var(--badly); color: var(--bad); border: 3px solid; border-radius: 12px;
  padding: .75rem 1rem; margin-bottom: 1.5rem; }
.error p { margin: 0; }
.field { display: block; margin: 0 0 1rem; }
label { display: block; font-weight: 700; }
input { font: inherit; width: 100%; min-height: 64px; padding: .75rem; color: var(--ink);
  background: var(--card); border: 2px solid var(--line); border-radius: 12px; }
button, .js label { font: inherit; font-weight: 700; display: flex; width: 100%; min-height: 72px;
  align-items: center; justify-content: center; padding: .75rem 1rem; text-align: center;
  color: var(--accent); background: var(--card); border: 2px solid var(--accent); border-radius: 12px;
  cursor: pointer; }
button.main { color: var(--on); background: var(--accent); margin-top: 1.5rem; }
.js input[type=file] { position: absolute; width: 1px; height: 1px; min-height: 0; padding: 0; border: 0;
  clip-path: inset(50%); }
.js input[type=file]:focus-visible + label, button:focus-visible, input:focus-visible, h1:focus-visible {
  outline: 5px solid var(--focus); outline-offset: 2px; }
h1:focus { outline: none; }
ul { list-style: none; margin: 0; padding: 0; }
li { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; margin: 0 0 1rem; padding: .75rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 16px; }
li img { width: 6rem; height: 8rem; object-fit: contain; border-radius: 8px; }
li span { flex: 1 1 6rem; }
[role=status] { margin: .5rem 0 1rem; }
li button { width: auto; min-height: 56px; }
progress { display: block; width: 100%; height: 1.5rem; accent-color: var(--accent); margin: 1rem 0 .5rem; }
[hidden] { display: none !important; }
"""

# The form goes on working where any line of this fails: it is what the script replaces step by step.
_SCRIPT = """
'use strict';
(function start() {
  const form = document.querySelector('form[data-send]');
  if (!form || !window.FormData || !window.DOMParser) return;
  document.documentElement.classList.add('js');
  const say = (name, values) => Object.entries(values || {}).reduce(
    (text, [key, value]) => text.replace('{' + key + '}', value), form.dataset[name]);
  const list = form.querySelector('ul'), send = form.querySelector('button.main');
  const bar = form.querySelector('progress'), told = form.querySelector('[role=status]');
  const takes = form.querySelector('label[for=take]');
  let held = [];
  const show = () => {
    list.replaceChildren(...held.map(row));
    send.hidden = !held.length;
    takes.textContent = held.length ? form.dataset.again : form.dataset.take;
  };
  const row = (file, index) => {
    const item = document.createElement('li'), words = document.createElement('span');
    const away = document.createElement('button'), picture = document.createElement('img');
    words.textContent = say('photo', {number: index + 1});
    picture.alt = '';
    picture.onload = picture.onerror = () => URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(file);
    away.type = 'button';
    away.textContent = form.dataset.remove;
    away.setAttribute('aria-label', form.dataset.remove + ' ' + words.textContent);
    away.onclick = () => { held.splice(index, 1); show(); takes.previousElementSibling.focus(); };
    item.append(...(file.type.startsWith('image/') ? [picture] : []), words, away);
    return item;
  };
  for (const input of form.querySelectorAll('input[type=file]')) {
    input.addEventListener('change', () => {
      held = held.concat(Array.from(input.files));
      input.value = '';
      show();
      told.textContent = held.length ? say('ready', {number: held.length}) : '';
    });
  }
  const problem = (words) => {
    const box = document.querySelector('.error');
    box.hidden = false;
    box.querySelector('p').textContent = words;
    box.focus();
  };
  const rest = (busy) => {
    bar.hidden = !busy;
    send.disabled = busy;
    for (const each of form.querySelectorAll('input, li button')) each.disabled = busy;
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!held.length || send.disabled) return;
    const body = new FormData(), asked = new XMLHttpRequest();
    held.forEach((file) => body.append('pictures', file, 'photo'));
    asked.upload.onprogress = (moved) => {
      if (!moved.lengthComputable) return;
      bar.value = moved.loaded / moved.total;
      told.textContent = say('sending', {done: Math.floor(bar.value * 100)});
    };
    asked.onload = () => {
      const page = new DOMParser().parseFromString(asked.responseText, 'text/html');
      const box = page.querySelector('.error:not([hidden]) p');
      rest(false);
      told.textContent = '';
      if (box && page.querySelector('form[data-send]')) return problem(box.textContent);
      const main = page.querySelector('main');
      if (!main) return problem(form.dataset.cut);
      document.title = page.title;
      document.querySelector('main').replaceWith(document.adoptNode(main));
      document.querySelector('h1').focus();
    };
    asked.onerror = () => { rest(false); told.textContent = ''; problem(form.dataset.cut); };
    document.querySelector('.error').hidden = true;
    rest(true);
    asked.open('POST', location.href);
    asked.send(body);
  });
  show();
})();
"""


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


POLICY = (
    f"default-src 'none'; style-src {_hashed(_STYLE)}; script-src {_hashed(_SCRIPT)}; img-src blob: data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def _page(tongue: Tongue, title: str, body: str, *, script: bool = False) -> str:
    last = f"<script>{_SCRIPT}</script>" if script else ""
    return (
        f'<!doctype html>\n<html lang="{tongue.tag}" dir="{tongue.direction}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">'
        f"<title>{escape(title)} – Tandem</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main>{last}</body></html>"
    )


def _p(tongue: Tongue, name: str, kind: str = "") -> str:
    return f'<p class="{kind}">{_said(tongue, name)}</p>' if kind else f"<p>{_said(tongue, name)}</p>"


def _error(tongue: Tongue, said: str) -> str:
    hidden = "" if said else " hidden"
    return (
        f'<div class="error" role="alert" tabindex="-1"{hidden}><h2>{_said(tongue, "problem")}</h2>'
        f"<p>{escape(said)}</p></div>"
    )


def _said(tongue: Tongue, name: str) -> str:
    return escape(tongue.say(PHONE[name]), quote=True)


def _head(tongue: Tongue, name: str) -> str:
    return f'<h1 tabindex="-1">{_said(tongue, name)}</h1>'


def ask_pictures(tongue: Tongue, limits: Limits, said: str = "") -> str:
    """Make the page that takes the pictures; ``said`` is what was wrong with the send before."""
    head = _head(tongue, "title") + _error(tongue, said) + _p(tongue, "what") + _p(tongue, "only")
    data = "".join(
        f' data-{name}="{_said(tongue, name)}"'
        for name in ("take", "again", "photo", "ready", "remove", "sending", "cut")
    )
    fields = _file(tongue, "take", ' capture="environment"') + _file(tongue, "choose", " multiple")
    form = (
        f'<form method="post" enctype="multipart/form-data" data-send="{limits.pictures}"{data}>'
        f'<ul></ul>{fields}<button class="main" type="submit">{_said(tongue, "send")}</button>'
        f'<progress max="1" value="0" aria-label="{_said(tongue, "send")}" hidden></progress>'
        '<p role="status"></p></form>'
    )
    last = _p(tongue, "secret", "soft") + _p(tongue, "once", "soft")
    return _page(tongue, tongue.say(PHONE["title"]), head + form + last, script=True)


def _file(tongue: Tongue, name: str, more: str) -> str:
    field = f'<input type="file" id="{name}" name="pictures" accept="{_ACCEPT}"{more}>'
    return f'<div class="field">{field}<label for="{name}">{_said(tongue, name)}</label></div>'


def ask_words(tongue: Tongue) -> str:
    """Make the page for who types the words instead of scanning."""
    form = (
        '<form method="post" action="/d"><div class="field">'
        f'<label for="words">{_said(tongue, "words")}</label>'
        f'<p class="soft" id="example">{_said(tongue, "example")}</p>'
        '<input id="words" name="words" required autocomplete="off" autocapitalize="none" spellcheck="false"'
        ' aria-describedby="example" maxlength="200"></div>'
        f'<button class="main" type="submit">{_said(tongue, "open")}</button></form>'
    )
    return _page(tongue, tongue.say(PHONE["title"]), _head(tongue, "title") + form)


def sent(tongue: Tongue) -> str:
    """Say that it is done."""
    body = _head(tongue, "sent") + _p(tongue, "look") + _p(tongue, "yours", "soft")
    return _page(tongue, tongue.say(PHONE["sent"]), body)


def closed(tongue: Tongue, said: str) -> str:
    """Say that there is nothing here, never why."""
    return _page(tongue, tongue.say(PHONE["closed"]), f"{_head(tongue, 'closed')}<p>{escape(said)}</p>")
