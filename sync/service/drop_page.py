"""The page a phone opens: plain HTML, large; it works without a script, a cookie or a third party.

Decision: the script only adds comfort (several photos one after the other, what will leave, progress).
Without it the browser's own two file fields and button do the same. Nothing of the person, the place or
the visit stands on the page. It speaks the language that the square's address carries, which is that of the
visit where someone chose one there, else the phone's own; one press on the row above changes it, as long as
no photo waits to be sent (another page would forget it).
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sync.service import web_page
from sync.service.messages import PHONE

if TYPE_CHECKING:
    from sync.service.service import Limits
    from sync.service.tongues import Tongue

__all__ = ["POLICY", "ask_pictures", "ask_words", "closed", "sent"]

_ACCEPT = "image/*,application/pdf"
_STYLE = (
    web_page.STYLE
    + """
.js label { font: inherit; font-weight: 700; display: flex; width: 100%; min-height: 72px; margin: 0;
  align-items: center; justify-content: center; padding: .75rem 1rem; text-align: center;
  color: var(--accent); background: var(--card); border: 2px solid var(--accent); border-radius: 12px;
  cursor: pointer; }
.js input[type=file] { position: absolute; width: 1px; height: 1px; min-height: 0; padding: 0; border: 0;
  clip-path: inset(50%); }
.js input[type=file]:focus-visible + label { outline: 5px solid var(--focus); outline-offset: 2px; }
ul { list-style: none; margin: 0; padding: 0; }
li { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; margin: 0 0 1rem; padding: .75rem;
  background: var(--card); border: 1px solid var(--line); border-radius: 16px; }
li img { width: 6rem; height: 8rem; object-fit: contain; border-radius: 8px; }
li span { flex: 1 1 6rem; }
[role=status] { margin: .5rem 0 1rem; }
li button { width: auto; min-height: 56px; }
progress { display: block; width: 100%; height: 1.5rem; accent-color: var(--accent); margin: 1rem 0 .5rem; }
"""
)

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
  const takes = form.querySelector('label[for=take]'), languages = document.querySelector('nav');
  let held = [];
  const show = () => {
    list.replaceChildren(...held.map(row));
    send.hidden = !held.length;
    if (languages) languages.hidden = held.length > 0;
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


POLICY = (
    f"default-src 'none'; style-src {web_page.hashed(_STYLE)}; script-src {web_page.hashed(_SCRIPT)}; "
    "img-src blob: data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def _page(tongue: Tongue, title: str, body: str, *, script: bool = False, change: bool = False) -> str:
    above = web_page.row_of_languages(tongue) if change else ""
    return web_page.page(
        tongue, tongue.say(title), body, style=_STYLE, scripts=(_SCRIPT,) if script else (), above=above
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
    return web_page.words(tongue, PHONE[name])


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
    return _page(tongue, PHONE["title"], head + form + last, script=True, change=True)


def _file(tongue: Tongue, name: str, more: str) -> str:
    field = f'<input type="file" id="{name}" name="pictures" accept="{_ACCEPT}"{more}>'
    return f'<div class="field">{field}<label for="{name}">{_said(tongue, name)}</label></div>'


def ask_words(tongue: Tongue) -> str:
    """Make the page for who types the words instead of scanning."""
    form = (
        f'<form method="post" action="/d?{web_page.LOCALES}={tongue.tag}"><div class="field">'
        f'<label for="words">{_said(tongue, "words")}</label>'
        f'<p class="soft" id="example">{_said(tongue, "example")}</p>'
        '<input id="words" name="words" required autocomplete="off" autocapitalize="none" spellcheck="false"'
        ' aria-describedby="example" maxlength="200"></div>'
        f'<button class="main" type="submit">{_said(tongue, "open")}</button></form>'
    )
    return _page(tongue, PHONE["title"], _head(tongue, "title") + form, change=True)


def sent(tongue: Tongue) -> str:
    """Say that it is done."""
    body = _head(tongue, "sent") + _p(tongue, "look") + _p(tongue, "yours", "soft")
    return _page(tongue, PHONE["sent"], body)


def closed(tongue: Tongue, said: str) -> str:
    """Say that there is nothing here, never why."""
    return _page(tongue, PHONE["closed"], f"{_head(tongue, 'closed')}<p>{escape(said)}</p>")
