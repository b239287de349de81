"""The authorization endpoint (RFC 6749 §3.1, RFC 7636, RFC 8252, RFC 9207) and its page.

Only what a native public client needs: a code, S256, a loopback address by its literal IP and any
port. There is no session cookie: every sign-in is asked for anew, because the last citizen's sign-in
must never become the next one's on a shared PC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from app.clock import instant
from sync.service import organizations
from sync.service.accounts import Accounts
from sync.service.broker.waiting import Link, Waiting
from sync.service.caller import HELPERS, PEOPLE
from sync.service.factors import Factors
from sync.service.messages import PAGES, sentence
from sync.service.provider import pages, sign_in
from sync.service.provider.tokens import Grant, Sessions
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync.service.accounts import Account
    from sync.service.caller import Role
    from sync.service.service import Service
    from sync.service.storage import Connection
    from sync.service.tongues import Tongue

__all__ = [
    "CLIENT_ID",
    "Page",
    "fault",
    "grant_of",
    "is_loopback",
    "kinds",
    "knows_scopes",
    "post",
    "proceed",
    "purpose",
    "show",
]

CLIENT_ID = "tandem-desktop"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_KNOWN_SCOPES = frozenset({"openid", "profile", "fhirUser", "offline_access", "adviser", "launch/patient"})
_UNSUPPORTED = {"request": "request_not_supported", "request_uri": "request_uri_not_supported"}
_PATIENT_SCOPE = re.compile(r"patient/([A-Z][A-Za-z]+|\*)\.([cruds]+|\*|read|write)")


@dataclass(frozen=True, slots=True)
class Page:
    """What the browser gets: a page, or a redirection when ``location`` is there."""

    status: int
    html: str = ""
    location: str | None = None


def show(service: Service, asked: Mapping[str, str], tongue: Tongue) -> Page:
    """``GET /authorize``."""
    found = fault(service, asked, tongue)
    return found or _form(service, asked, tongue)


def post(service: Service, asked: Mapping[str, str], form: Mapping[str, str], tongue: Tongue) -> Page:
    """``POST /authorize``: a button of the demonstration, a login and its password, a second factor."""
    found = fault(service, asked, tongue)
    if found:
        return found
    try:
        outcome = sign_in.take(service, form, purpose(asked), kinds(asked))
    except Refused as refused:
        return _form(service, asked, tongue, _said(refused, tongue), refused.status)
    return proceed(service, asked, outcome, tongue)


def proceed(
    service: Service, asked: Mapping[str, str], outcome: sign_in.Passed | sign_in.Wanted, tongue: Tongue
) -> Page:
    """Go back to the program with a code, or show the next page of the sign-in."""
    if isinstance(outcome, sign_in.Passed):
        return _redirect(service, asked, outcome)
    html = pages.second_factor(tongue, asked, outcome)
    return Page(outcome.refused.status if outcome.refused else 200, html)


def _said(refused: Refused, tongue: Tongue) -> str:
    if refused.reason == "not-signed-in":
        return tongue.say(PAGES["wrong"])
    return sentence(refused.reason, refused.fields, tongue)


def purpose(asked: Mapping[str, str]) -> str:
    """Name what this sign-in is for: one request of the program, whatever language its pages speak."""
    return f"authorize:{asked.get('state')}:{asked.get('code_challenge')}:{asked.get('redirect_uri')}"


def kinds(asked: Mapping[str, str]) -> frozenset[Role]:
    """Say which accounts a request is for: those who help, or people."""
    return HELPERS if "adviser" in asked.get("scope", "").split() else PEOPLE


def _form(
    service: Service,
    asked: Mapping[str, str],
    tongue: Tongue,
    error: str | None = None,
    status: int = 200,
) -> Page:
    people = Accounts(service).made_up(kinds(asked)) if service.demo else []
    people = [each for each in people if not Factors(service, each).is_set_up]
    people = [each for each in people if organizations.id_of(each) == asked.get("organization")] or people
    html = pages.sign_in(
        tongue,
        asked,
        people=[pages.Person(each.login, each.name, _detail(tongue, each)) for each in people],
        upstreams=_upstreams(service, asked),
        for_helper=kinds(asked) is HELPERS,
        error=error,
    )
    return Page(status, html)


def _upstreams(service: Service, asked: Mapping[str, str]) -> list[pages.Elsewhere]:
    """Return the ways to sign in elsewhere; each begins at an address of ours."""
    if service.broker is None:
        return []
    told = urlencode(dict(asked))
    found = service.broker.for_kinds(kinds(asked))
    return [pages.Elsewhere(each.label, f"/broker/{each.name}?{told}") for each in found]


def _detail(tongue: Tongue, account: Account) -> str:
    organization = account.claims.get("organization")
    if isinstance(organization, dict):
        return str(organization.get("name", ""))
    return pages.born(tongue, str(account.claims.get("birthdate") or ""))


def fault(service: Service, asked: Mapping[str, str], tongue: Tongue) -> Page | None:
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
    if asked.keys() & _UNSUPPORTED.keys():
        return next(error for name, error in _UNSUPPORTED.items() if name in asked)
    scopes = asked.get("scope", "").split()
    if not asked.get("state") or ("openid" in scopes and not asked.get("nonce")):
        return "invalid_request"
    if not knows_scopes(asked.get("scope", "")):
        return "invalid_scope"
    if "none" in asked.get("prompt", "").split():
        return "login_required"
    return None


def knows_scopes(scope: str) -> bool:
    """Say whether there is something in a scope, and nothing that is not ours."""
    scopes = scope.split()
    return bool(scopes) and all(each in _KNOWN_SCOPES or _PATIENT_SCOPE.fullmatch(each) for each in scopes)


def is_loopback(address: str) -> bool:
    """Say whether it is a loopback redirection by its literal IP (RFC 8252 §7.3)."""
    try:
        parts = urlsplit(address)
        port = parts.port or 80
    except ValueError:
        return False
    at_home = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1"} and port > 0
    return at_home and parts.username is None and not parts.fragment


def _redirect(service: Service, asked: Mapping[str, str], passed: sign_in.Passed) -> Page:
    account = passed.account
    grant = grant_of(account, asked["scope"], passed.amr)
    fields = {name: asked.get(name) for name in ("redirect_uri", "code_challenge", "nonce", "client_id")}
    with service.store.transaction() as sql:
        sessions = Sessions(service, sql)
        sid = sessions.start(account.login, until=_until(service, sql, account))
        if passed.upstream:
            Waiting(service).link(sql, sid, Link(**passed.upstream))
        code = sessions.code(sid, fields | {"grant": grant.fields()})
    redirect = asked["redirect_uri"]
    answer = urlencode({"code": code, "state": asked["state"], "iss": service.origin})
    return Page(302, location=f"{redirect}{'&' if '?' in redirect else '?'}{answer}")


def _until(service: Service, sql: Connection, account: Account) -> str | None:
    """Say when a helper's working day is over at the latest: their organization decides, within limits."""
    if account.kind not in HELPERS:
        return None
    hours = organizations.of_id(sql, organizations.id_of(account)).policy.sign_in_hours
    return instant(service.clock() + timedelta(hours=hours))


def grant_of(account: Account, scope: str, amr: Iterable[str] = ()) -> Grant:
    """Say what an account's tokens may do. ``amr``: how they signed in (RFC 8176)."""
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
        amr=tuple(amr),
    )
