"""The token endpoint: code, refresh, client credentials (programs), the code of a phone; and revocation.

Token exchange has a room of its own (:mod:`sync.service.provider.token_exchange`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from sync.service.accounts import Accounts
from sync.service.caller import Role
from sync.service.provider import device_grant, token_exchange
from sync.service.provider.authorize import CLIENT_ID
from sync.service.provider.granting import granted
from sync.service.provider.oauth_error import OAuthError, of_refused
from sync.service.provider.tokens import Grant, Sessions, access_token, claims_of
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.service.service import Service

__all__ = ["issue", "revoke"]

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
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
    if grant is None and kind != token_exchange.GRANT:
        raise OAuthError("unsupported_grant_type")
    try:
        return grant(service, form, authorization) if grant else token_exchange.exchange(service, form, proof)
    except Refused as refused:
        raise of_refused(refused) from None


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
            answer = granted(service, sessions, grant, taken[0], nonce=taken[1]["nonce"])
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
            answer = granted(service, sessions, grant, taken[0], after=spent)
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
            found if isinstance(found, str) else granted(service, Sessions(service, sql), found[1], found[0])
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
