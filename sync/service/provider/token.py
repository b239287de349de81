"""The token endpoint: code, refresh, client credentials (programs), token exchange (RFC 8693).

Token exchange makes one token of two people: A, both are present (the person's access token and the
adviser's); B, the person's mandate slip stands for the person, held to its mandate. In both ``act`` names
the adviser.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from app.clock import instant
from app.fhir import nodes, string
from sync.service import carers, devices, helpers, slips
from sync.service.accounts import Accounts, clear_tries, count_try
from sync.service.broker.waiting import Waiting
from sync.service.caller import HELPERS, PEOPLE, SERVICE_CALLER, Caller, Role
from sync.service.provider import device_grant
from sync.service.provider.authorize import CLIENT_ID
from sync.service.provider.oauth_error import OAuthError, of_refused
from sync.service.provider.sign_in import has_two_factors
from sync.service.provider.tokens import Grant, Sessions, access_token, claims_of, helper_of, id_token
from sync.service.records import Records
from sync.service.refusals import Refused
from sync.service.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.fhir import Resource
    from sync.service.devices import Device
    from sync.service.service import Service

__all__ = ["issue", "revoke"]

_ACCESS = "urn:ietf:params:oauth:token-type:access_token"
_SLIP = "https://tandem.example/oauth/mandate-slip"
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_TRIES, _WINDOW = 5, 900
_PATIENT_SCOPE = "launch/patient patient/*.cruds"
_SYSTEM_SCOPE = "system/*.cruds"


def issue(service: Service, form: Mapping[str, str], authorization: str, proof: str = "") -> dict[str, Any]:
    """``POST /token``; ``proof`` is the PC's (``Tandem-Device``). Raises :class:`OAuthError`."""
    grants = {
        "authorization_code": _code,
        "refresh_token": _refresh,
        "client_credentials": _client_credentials,
        device_grant.GRANT: _device_code,
    }
    kind = form.get("grant_type", "")
    grant = grants.get(kind)
    if grant is None and kind != _EXCHANGE:
        raise OAuthError("unsupported_grant_type")
    try:
        return grant(service, form, authorization) if grant else _exchange(service, form, proof)
    except Refused as refused:
        raise of_refused(refused) from None


def _answer(
    service: Service,
    sql_sessions: Sessions,
    grant: Grant,
    sid: str,
    *,
    nonce: str | None = None,
    after: str = "",
    **more: str,
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "access_token": access_token(service, grant, sid),
        "token_type": "Bearer",
        "expires_in": service.limits.token_seconds,
        "scope": grant.scope,
        "refresh_token": sql_sessions.refresh(sid, grant, CLIENT_ID, after=after),
    }
    if "openid" in grant.scope.split():
        answer["id_token"] = id_token(service, grant, sid, CLIENT_ID, nonce, sql_sessions.started(sid))
    if grant.patient:
        answer["patient"] = grant.patient
    return answer | more


def _code(service: Service, form: Mapping[str, str], _: str) -> dict[str, Any]:
    verifier = form.get("code_verifier", "")
    if not _VERIFIER.fullmatch(verifier):
        raise OAuthError("invalid_request")
    with service.store.transaction() as sql:
        sessions = Sessions(service, sql)
        taken = sessions.take_code(form.get("code", ""))
        answer = None
        if taken and _code_holds(taken[1], form, verifier):
            grant = Grant(**taken[1]["grant"])
            answer = _answer(service, sessions, grant, taken[0], nonce=taken[1]["nonce"])
    if answer is None:
        raise OAuthError("invalid_grant")
    return answer


def _code_holds(fields: dict[str, Any], form: Mapping[str, str], verifier: str) -> bool:
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return (
        form.get("client_id") == fields["client_id"]
        and form.get("redirect_uri") == fields["redirect_uri"]
        and hmac.compare_digest(digest, fields["code_challenge"])
    )


def _refresh(service: Service, form: Mapping[str, str], _: str) -> dict[str, Any]:
    if form.get("client_id", CLIENT_ID) != CLIENT_ID:
        raise OAuthError("invalid_client", 401)
    with service.store.transaction() as sql:
        sessions = Sessions(service, sql)
        spent = form.get("refresh_token", "")
        taken = sessions.take_refresh(spent)
        answer = None
        if taken:
            grant = Grant(**taken[1]["grant"])
            answer = _answer(service, sessions, grant, taken[0], after=spent)
    if answer is None:
        raise OAuthError("invalid_grant")
    return answer


def _device_code(service: Service, form: Mapping[str, str], _: str) -> dict[str, Any]:
    if form.get("client_id") != CLIENT_ID:
        raise OAuthError("invalid_client", 401)
    if not form.get("device_code"):
        raise OAuthError("invalid_request")
    with service.store.transaction() as sql:
        found = device_grant.redeem(service, sql, form["device_code"])
        answer = (
            found if isinstance(found, str) else _answer(service, Sessions(service, sql), found[1], found[0])
        )
    if isinstance(answer, str):
        raise OAuthError(answer)
    return answer


def revoke(service: Service, form: Mapping[str, str]) -> None:
    """``POST /revoke`` (RFC 7009): with any token of a session, the session ends. Raises ``OAuthError``."""
    if form.get("client_id") != CLIENT_ID:
        raise OAuthError("invalid_client", 401)
    text = form.get("token", "")
    if not text:
        raise OAuthError("invalid_request")
    try:
        sid = str(claims_of(service, text, expired_too=True).get("sid"))
    except Refused:
        sid = ""
    with service.store.transaction() as sql:
        sessions = Sessions(service, sql)
        sessions.end(sid or sessions.of_refresh(text))


def _client_credentials(service: Service, form: Mapping[str, str], authorization: str) -> dict[str, Any]:
    login, password = _client(form, authorization)
    try:
        account = Accounts(service).signed_in(login, password)
    except Refused as refused:
        if refused.status == 429:  # noqa: PLR2004 (told as HTTP tells it)
            raise
        raise OAuthError("invalid_client", 401) from None
    if account.kind is not Role.SOFTWARE:
        raise OAuthError("unauthorized_client")
    asked = form.get("scope") or _SYSTEM_SCOPE
    if not all(each.startswith("system/") for each in asked.split()):
        raise OAuthError("invalid_scope")
    grant = Grant(login, login, account.kind.value, account.subject, asked)
    with service.store.transaction() as sql:
        sid = Sessions(service, sql).start(login)
    return {
        "access_token": access_token(service, grant, sid),
        "token_type": "Bearer",
        "expires_in": service.limits.token_seconds,
        "scope": asked,
    }


def _client(form: Mapping[str, str], authorization: str) -> tuple[str, str]:
    if authorization.lower().startswith("basic "):
        try:
            text = base64.b64decode(authorization[6:], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise OAuthError("invalid_client", 401) from None
        login, _, password = text.partition(":")
        return unquote(login), unquote(password)
    return form.get("client_id", ""), form.get("client_secret", "")


def _exchange(service: Service, form: Mapping[str, str], proof: str) -> dict[str, Any]:
    if form.get("actor_token_type") != _ACCESS or not form.get("actor_token"):
        raise OAuthError("invalid_request")
    # The PC first: one that was taken out is told so, though its adviser's sign-in ended with it.
    device = devices.proven(service, proof) if proof else None
    actor = _live_claims(service, form["actor_token"])
    if form.get("subject_token_type") == carers.CARED_FOR:
        return _exchange_cared_for(service, form, actor)
    if actor["role"] not in HELPERS or "patient" in actor:
        raise OAuthError("invalid_grant")
    actor["device"] = _checked_helper(service, actor, device)
    kind = form.get("subject_token_type")
    if kind == _ACCESS:
        return _exchange_person(service, form, actor)
    if kind == _SLIP:
        return _exchange_slip(service, form, actor)
    raise OAuthError("invalid_request")


def _exchange_cared_for(
    service: Service, form: Mapping[str, str], actor: Mapping[str, Any]
) -> dict[str, Any]:
    """Let a carer, signed in for themselves, act for someone close, as long as that person's consent runs."""
    if actor["role"] not in PEOPLE or "act" in actor or not actor.get("patient"):
        raise OAuthError("invalid_grant")
    care = carers.running(service, str(actor["login"]), form.get("subject_token", ""))
    if care is None:
        raise OAuthError("invalid_grant")
    grant = Grant(
        sub=care.patient_id,
        login=f"carer:{care.patient_id}",
        role=Role.CITIZEN.value,
        fhir_user=f"Patient/{care.patient_id}",
        scope=f"openid {_PATIENT_SCOPE}",
        patient=care.patient_id,
        act=care.act(str(actor["sub"])),
        mandate=care.consent_id,
        claims=_told(care.person) | {"patient": care.patient_id, "act": {"sub": str(actor["sub"])}},
    )
    with service.store.transaction() as sql:
        sessions = Sessions(service, sql)
        sid = sessions.start(grant.login, until=care.end, actor=str(actor["login"]))
        return _answer(service, sessions, grant, sid, issued_token_type=_ACCESS)


def _checked_helper(service: Service, actor: Mapping[str, Any], device: Device | None) -> str | None:
    """Demand two factors of the helper, and a PC of their organization; returns the PC's id.

    In a demonstration its made-up helpers have one factor, and anyone may try without a PC.
    """
    login = str(actor["login"])
    account = Accounts(service).get(login)
    if account is None:
        raise Refused("not-signed-in")
    is_play = service.demo and account.made_up
    if not has_two_factors(actor.get("amr")) and not is_play:
        raise Refused("factor-missing")
    if device is None:
        if is_play:
            return None
        raise Refused("device-needed")
    devices.check_helper(service, device, login)
    return device.id


def _live_claims(service: Service, token: str) -> dict[str, Any]:
    claims = claims_of(service, token)
    with service.store.read() as sql:
        if not Sessions(service, sql).is_open(str(claims.get("sid"))):
            raise OAuthError("invalid_grant")
    return claims


def _acting(service: Service, actor: Mapping[str, Any]) -> dict[str, str]:
    """Name the adviser in the token: who, and for which organization."""
    account = Accounts(service).get(str(actor["login"]))
    organization = account.claims.get("organization") if account else None
    act = {"sub": str(actor["sub"]), "fhirUser": str(actor["fhirUser"]), "role": str(actor["role"])}
    if isinstance(organization, dict) and organization.get("id"):
        act["organization"] = f"Organization/{organization['id']}"
    return act


def _exchange_person(service: Service, form: Mapping[str, str], actor: Mapping[str, Any]) -> dict[str, Any]:
    person = _live_claims(service, form.get("subject_token", ""))
    if person["role"] not in PEOPLE or "act" in person or not person.get("patient"):
        raise OAuthError("invalid_grant")
    account = Accounts(service).get(str(person["login"]))
    if account is None:
        raise OAuthError("invalid_grant")
    return _both(
        service, actor, account.login, account.subject, account.claims, str(person["scope"]), None,
        before=str(person["sid"]),
    )  # fmt: skip


def _both(
    service: Service,
    actor: Mapping[str, Any],
    login: str,
    subject: str,
    claims: Mapping[str, Any],
    scope: str,
    mandate: str | None,
    *,
    before: str = "",
) -> dict[str, Any]:
    patient = subject.partition("/")[2]
    told = dict(claims) | {"role": Role.CITIZEN.value, "fhirUser": subject, "patient": patient}
    grant = Grant(
        sub=patient,
        login=login,
        role=Role.CITIZEN.value,
        fhir_user=subject,
        scope=scope,
        patient=patient,
        act=_acting(service, actor),
        mandate=mandate,
        claims=told | {"act": {"sub": str(actor["sub"])}},
    )
    with service.store.transaction() as sql:
        sessions = Sessions(service, sql)
        theirs = str(actor["sid"])
        if actor.get("device"):
            sessions.came_through(theirs, actor["device"])
        sid = sessions.start(
            login, until=sessions.until(theirs), device_id=actor.get("device"), actor=str(actor["login"])
        )
        # The visit's own session is the one that the program signs out.
        Waiting(service).pass_on(sql, before, sid)
        return _answer(service, sessions, grant, sid, issued_token_type=_ACCESS)


def _exchange_slip(service: Service, form: Mapping[str, str], actor: Mapping[str, Any]) -> dict[str, Any]:
    tries = f"slip:{actor['sub']}"
    count_try(service, tries, _TRIES, _WINDOW)
    with service.store.read() as sql:
        found = slips.find(sql, service.secrets, form.get("subject_token", ""))
    with service.store.read(of=found[0] if found else None) as sql:
        patient_id = Records(sql).patient_of_key(found[0]) if found else None
        held = Records(sql).current(found[0], "Patient", patient_id) if found and patient_id else None
        if found is None or held is None or held.body is None or not _fits(held.resource(), form):
            raise OAuthError("invalid_grant")
        _check_mandate(service, actor, found, str(patient_id), Unit.begin(service, sql, SERVICE_CALLER))
    clear_tries(service, tries)
    person = held.resource()
    return _both(
        service,
        actor,
        f"slip:{patient_id}",
        f"Patient/{patient_id}",
        _told(person),
        f"openid {_PATIENT_SCOPE}",
        found[1],
    )


def _check_mandate(
    service: Service, actor: Mapping[str, Any], found: tuple[str, str], patient_id: str, unit: Unit
) -> None:
    act = _acting(service, actor)
    unit.caller = Caller(
        "", Role.CITIZEN, f"Patient/{patient_id}", frozenset(), patient_id, found[0],
        helper_of(act), found[1],
    )  # fmt: skip
    unit.moment = instant(service.clock())
    helpers.check_act(unit, None, [])


def _fits(patient: Resource, form: Mapping[str, str]) -> bool:
    """Compare the name and the birth date, which only help to find, where they are given."""
    family, birth = form.get("family"), form.get("birth_date")
    if birth and birth != string(patient, "birthDate"):
        return False
    if not family:
        return True
    return _folded(family) in {_folded(string(name, "family") or "") for name in nodes(patient, "name")}


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(each for each in plain if each.isalpha()).casefold()


def _told(patient: Resource) -> dict[str, Any]:
    """Say who it is in OIDC's names, from the record itself: there was no sign-in."""
    name = next(iter(nodes(patient, "name")), {})
    given = " ".join(each for each in name.get("given") or [] if isinstance(each, str))
    family = string(name, "family") or ""
    told = {
        "given_name": given,
        "family_name": family,
        "name": string(name, "text") or f"{given} {family}".strip(),
        "birthdate": string(patient, "birthDate"),
    }
    return {key: value for key, value in told.items() if value}
