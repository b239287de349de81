"""Discovery, keys, userinfo and sign-out (OpenID Connect Discovery, Core §5.3, RP-Initiated Logout)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sync.service.accounts import Accounts
from sync.service.broker.waiting import Waiting
from sync.service.provider import pages
from sync.service.provider.authorize import Page, is_loopback
from sync.service.provider.tokens import ACR_ONE_FACTOR, ACR_TWO_FACTORS, Sessions, claims_of
from sync.service.refusals import Refused
from sync.service.tongues import TONGUES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.service.broker.waiting import Link
    from sync.service.caller import Caller
    from sync.service.service import Service
    from sync.service.tongues import Tongue

__all__ = ["discovery", "keys", "sign_out", "userinfo"]


def discovery(service: Service) -> dict[str, Any]:
    """Make ``.well-known/openid-configuration``."""
    origin = service.origin
    return {
        "issuer": origin,
        "authorization_endpoint": f"{origin}/authorize",
        "token_endpoint": f"{origin}/token",
        "userinfo_endpoint": f"{origin}/userinfo",
        "jwks_uri": f"{origin}/jwks",
        "end_session_endpoint": f"{origin}/logout",
        "revocation_endpoint": f"{origin}/revoke",
        "revocation_endpoint_auth_methods_supported": ["none"],
        "device_authorization_endpoint": f"{origin}/device_authorization",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": True,
        "scopes_supported": [
            "openid", "profile", "fhirUser", "offline_access", "adviser", "launch/patient",
            "patient/*.cruds", "system/*.cruds",
        ],
        "claims_supported": [
            "sub", "name", "given_name", "family_name", "birthdate", "birthplace", "role", "organization",
            "patient", "fhirUser", "amr", "acr", "auth_time",
        ],
        "prompt_values_supported": ["none", "login", "consent"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": False,
        "acr_values_supported": [ACR_TWO_FACTORS, ACR_ONE_FACTOR],
        "ui_locales_supported": [each.tag for each in TONGUES],
    }  # fmt: skip


def keys(service: Service) -> dict[str, Any]:
    """Make the JWK set, public parts only."""
    return {"keys": [service.secrets.signing.as_dict(private=False)]}


def _upstream(service: Service, links: list[Link], back: str, *, by_browser: bool) -> str:
    """Return where the browser ends the session upstream, "" for nowhere; for a program, we tell it."""
    broker = service.broker
    if broker is None or not links:
        return ""
    if by_browser:
        return broker.leaving(service, links[0], back)
    for each in links:
        broker.leave(service, each)
    return ""


def userinfo(service: Service, caller: Caller) -> dict[str, Any]:
    """Say who bears the token."""
    account = Accounts(service).get(caller.login)
    told: dict[str, Any] = {key: value for key, value in (account.claims if account else {}).items() if value}
    told |= {"sub": caller.reference.partition("/")[2] or caller.login, "role": caller.role.value}
    told["fhirUser"] = caller.reference
    if caller.patient_id:
        told["patient"] = caller.patient_id
    if caller.helper:
        told["act"] = {"sub": caller.helper.login}
    return told


def sign_out(service: Service, asked: Mapping[str, str], tongue: Tongue, *, by_browser: bool = True) -> Page:
    """End the session that an ID token names, and go back to the program.

    A session that began at an upstream is ended there too: a browser is led over it, and for a program, whose
    call no upstream's cookie comes along with, the service tells it (an upstream may not heed that).
    """
    try:
        sid = claims_of(service, asked.get("id_token_hint", ""), expired_too=True).get("sid")
    except Refused:
        sid = None
    links = []
    with service.store.transaction() as sql:
        sessions = Sessions(service, sql)
        for each in {str(sid or ""), sessions.of_refresh(asked.get("refresh_token", ""))} - {""}:
            sessions.end(each)
            links.append(Waiting(service).unlink(sql, each))
    back = asked.get("post_logout_redirect_uri", "")
    back = back if back and is_loopback(back) else ""
    if back and asked.get("state"):
        back += f"{'&' if '?' in back else '?'}{urlencode({'state': asked['state']})}"
    elsewhere = _upstream(service, [each for each in links if each], back, by_browser=by_browser)
    if elsewhere or back:
        return Page(302, location=elsewhere or back)
    return Page(200, pages.signed_out(tongue))
