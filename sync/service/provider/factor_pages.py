"""The pages of a second factor: the app's code, setting it up, recovery codes, a security key.

Only a security key needs a script (the browser's WebAuthn is reached no other way): the page carries one,
named by its hash, and shows its button only where the browser knows keys. Everything else works without.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import orjson
import segno

from sync.service import web_page
from sync.service.messages import PAGES, sentence
from sync.service.provider.sign_in import Stage

if TYPE_CHECKING:
    from sync.service.factors import Setup
    from sync.service.provider.sign_in import Wanted
    from sync.service.tongues import Tongue

__all__ = ["SCRIPT", "STYLE", "body"]

STYLE = """
.square { display: block; width: 100%; max-width: 20rem; margin: 0 auto 1rem; }
.letters { font-family: ui-monospace, monospace; font-weight: 700; overflow-wrap: break-word; }
.codes { list-style: none; padding: 0; margin: 0 0 1rem; columns: 2; font-family: ui-monospace, monospace;
  font-weight: 700; }
.codes li { padding: .25rem 0; }
button + button { margin-top: 1rem; }
"""

# Written for browsers that lack the JSON helpers of WebAuthn 3 too: a kiosk's is rarely the newest.
SCRIPT = """
'use strict';
(function start() {
  const form = document.querySelector('form[data-key]');
  if (!form || !window.PublicKeyCredential || !navigator.credentials) return;
  const button = form.querySelector('button.key'), field = form.querySelector('input[name=key]');
  const told = form.querySelector('[role=status]');
  const bytes = (text) => Uint8Array.from(
    atob(text.replace(/-/g, '+').replace(/_/g, '/')), (each) => each.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=/g, '');
  const options = JSON.parse(form.dataset.key), makes = 'user' in options;
  options.challenge = bytes(options.challenge);
  for (const each of options.allowCredentials || []) each.id = bytes(each.id);
  for (const each of options.excludeCredentials || []) each.id = bytes(each.id);
  if (makes) options.user.id = bytes(options.user.id);
  const written = (made) => {
    const response = {};
    for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature',
      'userHandle']) {
      if (made.response[name]) response[name] = text(made.response[name]);
    }
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response: response,
      clientExtensionResults: {} });
  };
  button.hidden = false;
  button.onclick = async () => {
    told.textContent = '';
    button.disabled = true;
    try {
      const asked = { publicKey: options };
      const made = await (makes ? navigator.credentials.create(asked) : navigator.credentials.get(asked));
      field.value = written(made);
      form.noValidate = true;
      form.submit();
    } catch (wrong) {
      told.textContent = form.dataset.failed;
      button.disabled = false;
    }
  };
})();
"""


def body(tongue: Tongue, wanted: Wanted, action: str) -> tuple[str, str, str]:
    """Return a page's title, its HTML and its script; ``action`` is the form's address, unescaped."""
    made = {
        Stage.ASK_CODE: _ask_code,
        Stage.SET_UP: _set_up,
        Stage.RECOVERY: _recovery,
        Stage.ADD_KEY: _add_key,
    }
    title, inside = made[wanted.stage](tongue, wanted)
    data = ""
    if wanted.key is not None:
        options = escape(orjson.dumps(wanted.key).decode(), quote=True)
        data = f' data-key="{options}" data-failed="{_said(tongue, "no-key")}"'
    form = (
        f'<form method="post" action="{escape(action, quote=True)}" class="password"{data}>'
        f'<input type="hidden" name="step" value="{escape(wanted.step, quote=True)}">{inside}</form>'
    )
    html = f"<h1>{_said(tongue, title)}</h1>{_error(tongue, wanted)}{form}"
    return title, html, SCRIPT if wanted.key is not None else ""


def _ask_code(tongue: Tongue, wanted: Wanted) -> tuple[str, str]:
    key = _key_button(tongue, "use-key") if wanted.key is not None else ""
    lost = f'<p class="soft">{_said(tongue, "lost")}</p>'
    return "factor", f"<p>{_said(tongue, 'factor-how')}</p>{_code(tongue, wanted)}{key}{lost}"


def _set_up(tongue: Tongue, wanted: Wanted) -> tuple[str, str]:
    shown = _shown(tongue, wanted.setup) if wanted.setup else ""
    return "set-up", f"<p>{_said(tongue, 'set-up-why')}</p>{shown}{_code(tongue, wanted)}"


def _shown(tongue: Tongue, setup: Setup) -> str:
    square = segno.make(setup.address, micro=False).svg_data_uri(scale=8, border=4, light="#fff")
    return (
        f"<p>{_said(tongue, 'set-up-how')}</p>"
        f'<img class="square" alt="{_said(tongue, "set-up-square")}" src="{escape(square, quote=True)}">'
        f"<p>{_said(tongue, 'set-up-by-hand')}</p>"
        f'<p class="letters" dir="ltr">{escape(setup.text)}</p>'
    )


def _code(tongue: Tongue, wanted: Wanted) -> str:
    also = f'<button type="submit" name="then" value="key">{_said(tongue, "on-and-key")}</button>'
    return (
        f'<div class="field"><label for="code">{_said(tongue, "code")}</label>'
        '<input id="code" name="code" dir="ltr" autocomplete="one-time-code" autocapitalize="characters"'
        ' spellcheck="false" required maxlength="20"></div>'
        f'<button class="main" type="submit">{_said(tongue, "on")}</button>'
        f"{also if wanted.may_add_key else ''}"
    )


def _recovery(tongue: Tongue, wanted: Wanted) -> tuple[str, str]:
    codes = "".join(f'<li dir="ltr">{escape(each)}</li>' for each in wanted.recovery)
    return "recovery", (
        f"<p>{_said(tongue, 'recovery-how')}</p><p>{_said(tongue, 'recovery-once')}</p>"
        f'<ul class="codes">{codes}</ul>'
        f'<button class="main" type="submit">{_said(tongue, "noted")}</button>'
    )


def _add_key(tongue: Tongue, _: Wanted) -> tuple[str, str]:
    return "add-key", (
        f"<p>{_said(tongue, 'add-key-how')}</p>{_key_button(tongue, 'add-key-now')}"
        f'<button type="submit">{_said(tongue, "without-key")}</button>'
    )


def _key_button(tongue: Tongue, name: str) -> str:
    return (
        '<input type="hidden" name="key" value=""><p role="status"></p>'
        f'<button type="button" class="key" hidden>{_said(tongue, name)}</button>'
    )


def _error(tongue: Tongue, wanted: Wanted) -> str:
    if wanted.refused is None:
        return ""
    said = sentence(wanted.refused.reason, wanted.refused.fields, tongue)
    return f'<p class="error" role="alert">{escape(said)}</p>'


def _said(tongue: Tongue, name: str) -> str:
    return web_page.words(tongue, PAGES[name])
