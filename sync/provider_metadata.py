"""What a provider says of itself (OpenID Connect Discovery 1.0 §3, RFC 8414), held to what we may follow.

Decision: its ``issuer`` is ours to the letter, and every address that a token or a password goes to stands on
the same origin: metadata that were changed on their way lead nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sync.sign_in_errors import demand

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Provider", "provider_of"]


@dataclass(frozen=True, slots=True)
class Provider:
    """The addresses and abilities that a sign-in needs."""

    issuer: str
    authorization: str
    token: str
    jwks: str
    userinfo: str | None
    end_session: str | None
    revocation: str | None
    device_authorization: str | None
    algorithms: tuple[str, ...]
    sends_issuer: bool
    has_offline_access: bool


def provider_of(told: Mapping[str, Any], issuer: str) -> Provider:
    """Read the metadata; raises ``SignInNotTrusted``."""
    demand(told.get("issuer") == issuer, "issuer")
    required = {name: told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    demand(all(isinstance(value, str) for value in required.values()), "metadata")
    optional = {
        name: told.get(f"{name}_endpoint")
        for name in ("userinfo", "end_session", "revocation", "device_authorization")
    }
    endpoints = [each for each in (*required.values(), *optional.values()) if each]
    demand(all(_same_place(str(each), issuer) for each in endpoints), "endpoint")
    algorithms = told.get("id_token_signing_alg_values_supported")
    scopes = told.get("scopes_supported")
    return Provider(
        issuer=issuer,
        authorization=str(required["authorization_endpoint"]),
        token=str(required["token_endpoint"]),
        jwks=str(required["jwks_uri"]),
        **optional,
        algorithms=tuple(map(str, algorithms)) if isinstance(algorithms, list) else ("RS256",),
        sends_issuer=told.get("authorization_response_iss_parameter_supported") is True,
        has_offline_access=isinstance(scopes, list) and "offline_access" in scopes,
    )


def _same_place(endpoint: str, issuer: str) -> bool:
    there, here = urlsplit(endpoint), urlsplit(issuer)
    return (there.scheme, there.netloc) == (here.scheme, here.netloc)
