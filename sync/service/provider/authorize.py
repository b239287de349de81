"""The authorization endpoint (RFC 6749 §3.1, RFC 7636, RFC 8252, RFC 9207) and its page.

Only what a native public client needs: a code, S256, a loopback address by its literal IP and any
port. There is no session cookie: every sign-in is asked for anew, because the last citizen's sign-in
must never become the next one's on a shared PC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from sync.service.accounts import Accounts
from sync.service.caller import Role
from sync.service.messages import PAGES, sentence
from sync.service.provider import pages
from sync.service.provider.tokens import Grant, Sessions
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.service.accounts import Account
    from sync.service.service import Service
    from sync.service.tongues import Tongue

__all__ = ["CLIENT_ID", "Page", "grant_of", "is_loopback", "post", "show"]

CLIENT_ID = "tandem-desktop"
_HELPERS = frozenset({Role.ADVISER, Role.PHARMACIST})
_CITIZENS = frozenset({Role.CITIZEN})
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_KNOWN_SCOPES = frozenset({"openid", "profile", "fhirUser", "offline_access", "adviser", "launch/patient"})
_PATIENT_SCOPE = re.compile(r"patient/([A-Z][A-Za-z]+|\*)\.([cruds]+|\*|read|write)")


@dataclass(frozen=True, slots=True)
class Page:
    """What the browser gets: a page, or a redirection when ``location`` is there."""

    status: int
    html: str = ""
    location: str | None = None


def show(service: Service, asked: Mapping[str, str], tongue: Tongue) -> Page:
    """``GET /authorize``."""
    fault = _fault(service, asked, tongue)
    return fault or _form(service, asked, tongue)


def post(service: Service, asked: Mapping[str, str], form: Mapping[str, str], tongue: Tongue) -> Page:
    """``POST /authorize``: a button of the demonstration, or a login and its password."""
    fault = _fault(service, asked, tongue)
    if fault:
        return fault
    kinds = _kinds(asked)
    try:
        account = _account(service, form)
    except Refused as refused:
        wrong = refused.reason == "not-signed-in"
        text = tongue.say(PAGES["wrong"]) if wrong else sentence(refused.reason, refused.fields, tongue)
        return _form(service, asked, tongue, text, refused.status)
    if account.kind not in kinds:
        return _form(service, asked, tongue, tongue.say(PAGES["other-kind"]), 403)
    return _redirect(service, asked, account)


def _account(service: Service, form: Mapping[str, str]) -> Account:
    accounts = Accounts(service)
    login = form.get("login", "").strip()
    if "password" in form:
        return accounts.signed_in(login, form["password"])
    account = accounts.get(login) if service.demo else None
    if account is None or not account.made_up:
        raise Refused("not-signed-in")
    return account


def _kinds(asked: Mapping[str, str]) -> frozenset[Role]:
    return _HELPERS if "adviser" in asked.get("scope", "").split() else _CITIZENS


def _form(
    service: Service,
    asked: Mapping[str, str],
    tongue: Tongue,
    error: str | None = None,
    status: int = 200,
) -> Page:
    people = Accounts(service).made_up(_kinds(asked)) if service.demo else []
    html = pages.sign_in(
        tongue,
        asked,
        people=[pages.Person(each.login, each.name, _detail(tongue, each)) for each in people],
        for_helper=_kinds(asked) is _HELPERS,
        error=error,
    )
    return Page(status, html)


def _detail(tongue: Tongue, account: Account) -> str:
    organization = account.claims.get("organization")
    if isinstance(organization, dict):
        return str(organization.get("name", ""))
    return pages.born(tongue, str(account.claims.get("birthdate") or ""))


def _fault(service: Service, asked: Mapping[str, str], tongue: Tongue) -> Page | None:
    """Refuse a request that is not a sound one; only a known client is sent back with the error."""
    redirect = asked.get("redirect_uri", "")
    if asked.get("client_id") != CLIENT_ID or not is_loopback(redirect):
        return Page(400, pages.refused(tongue))
    error = _error(asked)
    if error is None:
        return None
    fields = {"error": error, "iss": service.origin}
    if "state" in asked:
        fields["state"] = asked["state"]
    return Page(302, location=f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(fields)}")


def _error(asked: Mapping[str, str]) -> str | None:
    if asked.get("response_type") != "code":
        return "unsupported_response_type"
    if asked.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(
        asked.get("code_challenge", "")
    ):
        return "invalid_request"
    scopes = asked.get("scope", "").split()
    if not asked.get("state") or ("openid" in scopes and not asked.get("nonce")):
        return "invalid_request"
    if not scopes or not all(each in _KNOWN_SCOPES or _PATIENT_SCOPE.fullmatch(each) for each in scopes):
        return "invalid_scope"
    if asked.get("prompt") == "none":
        return "login_required"
    return None


def is_loopback(address: str) -> bool:
    """Say whether it is a loopback redirection by its literal IP (RFC 8252 §7.3)."""
    try:
        parts = urlsplit(address)
        port = parts.port or 80
    except ValueError:
        return False
    at_home = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1"} and port > 0
    return at_home and parts.username is None and not parts.fragment


def _redirect(service: Service, asked: Mapping[str, str], account: Account) -> Page:
    grant = grant_of(account, asked["scope"])
    fields = {name: asked.get(name) for name in ("redirect_uri", "code_challenge", "nonce", "client_id")}
    with service.store.transaction() as sql:
        sessions = Sessions(service, sql)
        sid = sessions.start(account.login)
        code = sessions.code(sid, fields | {"grant": grant.fields()})
    redirect = asked["redirect_uri"]
    answer = urlencode({"code": code, "state": asked["state"], "iss": service.origin})
    return Page(302, location=f"{redirect}{'&' if '?' in redirect else '?'}{answer}")


def grant_of(account: Account, scope: str) -> Grant:
    """Say what an account's tokens may do."""
    kind, _, subject_id = account.subject.partition("/")
    claims = {key: value for key, value in account.claims.items() if value}
    claims |= {"role": account.kind.value, "fhirUser": account.subject}
    if kind == "Patient":
        claims["patient"] = subject_id
    return Grant(
        sub=subject_id or account.login,
        login=account.login,
        role=account.kind.value,
        fhir_user=account.subject,
        scope=scope,
        patient=subject_id if kind == "Patient" else None,
        claims=claims,
    )
