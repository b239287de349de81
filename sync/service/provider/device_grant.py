"""Signing in on one's own phone: the device authorization grant (RFC 8628), endpoint and page.

Decision:

- Only a PC that is enrolled may ask (``Tandem-Device``), and the page says whose it is and where it stands:
  what phishing lives on (RFC 8628 §5.4) is a code from nowhere. A demonstration asks without a PC. Only
  people sign in so, for themselves: a helper's sign-in opens more, and they have a keyboard.
- The code is nine digits: read aloud, typed on any phone's number keys, in any script, and never a word. It
  lives ten minutes; tries are counted by address and altogether. The square leads to the same page, where the
  code is compared, never taken for granted (§3.3.1).
- Both codes are kept as digests. The tokens are given once; asked for again, the session they opened ends.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from app.clock import instant
from app.fhir import string
from sync.service import devices, organizations
from sync.service.accounts import Accounts, clear_tries, count_try, give_back_try
from sync.service.caller import PEOPLE
from sync.service.messages import PAGES, sentence
from sync.service.provider import device_pages, sign_in
from sync.service.provider.authorize import CLIENT_ID, Page, grant_of, knows_scopes
from sync.service.provider.oauth_error import OAuthError, of_refused
from sync.service.provider.tokens import Grant, Sessions
from sync.service.records import Records
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.service.devices import Device
    from sync.service.service import Service
    from sync.service.storage import Connection
    from sync.service.tongues import Tongue

__all__ = ["GRANT", "PATH", "begin", "post", "redeem", "show"]

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PATH = "/code"
_DIGITS, _GROUP = 9, 3
_EVERYONES = "device-code"
_SLOWER = 5
_JITTER = 1.0
_BEGUN, _TRIES, _ALL_TRIES, _WINDOW = 30, 10, 300, 900
_WAITING, _ALLOWED, _STOPPED, _GIVEN = "waiting", "allowed", "stopped", "given"
_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request that waits for its person."""

    digest: bytes
    code: str
    scope: str
    device_id: str | None
    organization: str
    place: str


def begin(service: Service, form: Mapping[str, str], proof: str, client: str) -> dict[str, Any]:
    """``POST /device_authorization`` (§3.1, §3.2). Raises :class:`OAuthError`."""
    if form.get("client_id") != CLIENT_ID:
        raise OAuthError("invalid_client", 401)
    scope = form.get("scope", "")
    if not knows_scopes(scope) or "adviser" in scope.split():
        raise OAuthError("invalid_scope")
    try:
        device = _asking(service, proof)
        count_try(service, f"device-grant:{device.id if device else client}", _BEGUN, _WINDOW)
    except Refused as refused:
        raise of_refused(refused) from None
    device_code = secrets.token_urlsafe(32)
    code = _keep(service, device_code, scope, device)
    address = f"{service.origin}{PATH}"
    asked = {"user_code": _grouped(code)}
    asked |= {"ui_locales": form["ui_locales"]} if form.get("ui_locales") else {}
    return {
        "device_code": device_code,
        "user_code": _grouped(code),
        "verification_uri": address,
        "verification_uri_complete": f"{address}?{urlencode(asked)}",
        "expires_in": service.limits.device_code_seconds,
        "interval": service.limits.device_code_pause,
    }


def _asking(service: Service, proof: str) -> Device | None:
    if proof:
        return devices.proven(service, proof)
    if service.demo:
        return None
    raise Refused("device-needed")


def _keep(service: Service, device_code: str, scope: str, device: Device | None) -> str:
    moment = service.clock()
    expires = instant(moment + timedelta(seconds=service.limits.device_code_seconds))
    with service.store.transaction() as sql:
        sql.sweep("device_grant", "expires < ?", (instant(moment - _KEPT),))
        name = _name(sql, device.organization) if device else ""
        fields = {
            "scope": scope,
            "device_id": device.id if device else None,
            "organization": name,
            "place": (device.place or device.name) if device else "",
        }
        while True:
            code = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
            row = sql.execute(
                "INSERT INTO device_grant (digest, user_code, fields, expires, pause, state)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (user_code) DO NOTHING RETURNING 1",
                (
                    _digest(device_code),
                    _keyed(service, code),
                    orjson.dumps(fields).decode(),
                    expires,
                    service.limits.device_code_pause,
                    _WAITING,
                ),
            ).fetchone()
            if row is not None:
                return code


def _name(sql: Connection, organization: str) -> str:
    """Name an organization as it named itself, or as the directory does."""
    decided = organizations.of_id(sql, organization).name
    held = None if decided else Records(sql).current("", "Organization", organization)
    return decided or (string(held.resource(), "name") or "" if held and held.body else "")


# -- the page


def show(service: Service, asked: Mapping[str, str], tongue: Tongue, client: str) -> Page:
    """``GET /code``: ask for the code, or show whose PC asks and the code to compare."""
    if not asked.get("user_code"):
        return Page(200, device_pages.ask(tongue, asked))
    found = _found(service, asked, tongue, client)
    return found if isinstance(found, Page) else Page(200, _compare(tongue, asked, found))


def post(
    service: Service, asked: Mapping[str, str], form: Mapping[str, str], tongue: Tongue, client: str
) -> Page:
    """``POST /code``: it is not the same code, or it is; then the sign-in itself."""
    found = _found(service, asked, tongue, client)
    if isinstance(found, Page):
        return found
    if form.get("answer") == "no":
        _settle(service, found, _STOPPED)
        return Page(200, device_pages.stopped(tongue))
    if form.get("answer") != "yes" and "login" not in form:
        return Page(200, _compare(tongue, asked, found))
    if "login" not in form:
        return _sign_in(service, asked, tongue)
    try:
        outcome = sign_in.take(service, form, f"code:{found.code}", PEOPLE)
        if not isinstance(outcome, sign_in.Passed):
            raise Refused("account-kind")
    except Refused as refused:
        wrong = refused.reason == "not-signed-in"
        said = tongue.say(PAGES["wrong"]) if wrong else sentence(refused.reason, refused.fields, tongue)
        return _sign_in(service, asked, tongue, said, refused.status)
    if not _allow(service, found, outcome):
        return _unknown(asked, tongue)
    return Page(200, device_pages.done(tongue))


def _compare(tongue: Tongue, asked: Mapping[str, str], found: _Asked) -> str:
    return device_pages.compare(tongue, asked, _grouped(found.code), found.organization, found.place)


def _sign_in(
    service: Service, asked: Mapping[str, str], tongue: Tongue, error: str = "", status: int = 200
) -> Page:
    people = Accounts(service).made_up(PEOPLE) if service.demo else []
    return Page(status, device_pages.sign_in(tongue, asked, people, error))


def _found(service: Service, asked: Mapping[str, str], tongue: Tongue, client: str) -> _Asked | Page:
    """Look a code up, counting the try; the page that says why not otherwise."""
    code = _digits(asked.get("user_code", ""))
    tries = f"device-code:{client}"
    try:
        count_try(service, tries, _TRIES, _WINDOW)
        count_try(service, _EVERYONES, _ALL_TRIES, _WINDOW)
    except Refused as refused:
        said = sentence(refused.reason, refused.fields, tongue)
        return Page(refused.status, device_pages.ask(tongue, asked, said))
    with service.store.read() as sql:
        row = sql.execute(
            "SELECT digest, fields FROM device_grant WHERE user_code = ? AND state = ? AND expires > ?",
            (_keyed(service, code), _WAITING, instant(service.clock())),
        ).fetchone()
    if row is None:
        return _unknown(asked, tongue)
    clear_tries(service, tries)
    give_back_try(service, _EVERYONES)  # else a few hundred people who sign in would keep all others out
    return _Asked(row[0], code, **orjson.loads(row[1]))


def _unknown(asked: Mapping[str, str], tongue: Tongue) -> Page:
    return Page(400, device_pages.ask(tongue, asked, tongue.say(PAGES["phone-wrong"])))


def _allow(service: Service, found: _Asked, passed: sign_in.Passed) -> bool:
    """Open the session, unless somebody else did or the code is over."""
    told = orjson.dumps({"grant": grant_of(passed.account, found.scope, passed.amr).fields()}).decode()
    with suppress(Refused), service.store.transaction() as sql:
        row = sql.execute(
            "UPDATE device_grant SET state = ?, fields = ? WHERE digest = ? AND state = ? AND expires > ?"
            " RETURNING 1",
            (_ALLOWED, told, found.digest, _WAITING, instant(service.clock())),
        ).fetchone()
        if row is None:
            return False
        # Refuses a PC that was taken out meanwhile; then nothing of this is kept.
        sid = Sessions(service, sql).start(passed.account.login, device_id=found.device_id)
        sql.execute("UPDATE device_grant SET sid = ? WHERE digest = ?", (sid, found.digest))
        return True
    return False


def _settle(service: Service, found: _Asked, state: str) -> None:
    with service.store.transaction() as sql:
        sql.execute(
            "UPDATE device_grant SET state = ? WHERE digest = ? AND state = ?",
            (state, found.digest, _WAITING),
        )


# -- the token endpoint


def redeem(service: Service, sql: Connection, device_code: str) -> tuple[str, Grant] | str:
    """Return the session and what it may do, once; else the error that tells how it stands (§3.5)."""
    digest, moment = _digest(device_code), service.clock()
    sql.lock("device-grant", digest.hex())
    row = sql.execute(
        "SELECT state, fields, expires, pause, polled, sid FROM device_grant WHERE digest = ?", (digest,)
    ).fetchone()
    if row is None:
        return "invalid_grant"
    state, fields, expires, pause, polled, sid = row
    sessions = Sessions(service, sql)
    if state == _GIVEN:
        sessions.end(sid)
        return "invalid_grant"
    if expires <= instant(moment):
        return "expired_token"
    if state == _STOPPED:
        return "access_denied"
    if state == _ALLOWED:
        sql.execute("UPDATE device_grant SET state = ? WHERE digest = ?", (_GIVEN, digest))
        told = orjson.loads(fields)
        return (sid, Grant(**told["grant"])) if sessions.is_open(sid) else "invalid_grant"
    early = polled is not None and (moment - datetime.fromisoformat(polled)).total_seconds() < pause - _JITTER
    sql.execute(
        "UPDATE device_grant SET polled = ?, pause = ? WHERE digest = ?",
        (instant(moment), pause + (_SLOWER if early else 0), digest),
    )
    return "slow_down" if early else "authorization_pending"


# -- codes


def _digits(typed: str) -> str:
    """Read a code as people type it: spaces and dashes make no difference, nor does whose digits they are."""
    found = (unicodedata.digit(each, None) for each in typed[:100])
    return "".join(str(each) for each in found if each is not None)


def _grouped(code: str) -> str:
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _keyed(service: Service, code: str) -> bytes:
    return service.secrets.digest("device-code", code)
