"""Checking an ID token (OpenID Connect Core 1.0 §3.1.3.7) with joserfc.

Decision: only asymmetric signatures count, whatever the token's header says, and only those that
the provider announced; keys come from its JWKS, read again once when a key id is unknown. Each
claim is compared by us, so that a test can hold the clock.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from typing import TYPE_CHECKING, Any, Protocol

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.errors import WorldFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sync.transport import Transport

__all__ = ["IdTokenRefused", "KeySource", "KeysOfProvider", "checked_id_token", "signed_claims"]

ASYMMETRIC = frozenset({"RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"})
_LEEWAY_SECONDS = 120
_JWKS_LIMIT = 256 << 10
_SHA384_ENDING = "384"


class IdTokenRefused(WorldFailed):
    """The ID token does not prove a sign-in of ours; ``what`` names the check."""

    def __init__(self, what: str) -> None:
        super().__init__(what=what)
        self.what = what


class KeySource(Protocol):
    """Where a provider's public keys come from."""

    def held(self, *, anew: bool = False) -> KeySet:
        """Return the keys, read anew when asked to."""
        ...


class KeysOfProvider:
    """The provider's public keys, read when first needed and again for an unknown key id."""

    def __init__(self, transport: Transport, uri: str) -> None:
        self._transport = transport
        self._uri = uri
        self._lock = threading.Lock()
        self._keys: KeySet | None = None

    def held(self, *, anew: bool = False) -> KeySet:
        """Return the keys, read anew when asked to."""
        with self._lock:
            if self._keys is None or anew:
                told = self._transport.request("GET", self._uri, limit=_JWKS_LIMIT, bearer=False).json()
                try:
                    self._keys = KeySet.import_key_set({"keys": told.get("keys", [])})
                except (JoseError, ValueError, TypeError, KeyError, AttributeError) as problem:
                    raise IdTokenRefused("jwks") from problem
            return self._keys


def checked_id_token(
    token: str,
    keys: KeySource,
    *,
    issuer: str,
    client_id: str,
    nonce: str | None,
    algorithms: Collection[str],
    access_token: str,
    moment: datetime | None,
) -> dict[str, Any]:
    """Return the claims of a token that holds in every respect.

    ``nonce`` is that of the request; an exchange (RFC 8693) has none, its answer comes straight
    from the provider. Without a ``moment`` its times do not count: it came with a renewal, and a clock that
    was set meanwhile ends no visit.

    Raises:
        IdTokenRefused: it does not; ``what`` names the first check that failed.

    """
    allowed = sorted(ASYMMETRIC.intersection(algorithms))
    header, claims = _verified(token, keys, allowed)
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    present = moment.timestamp() if moment else _number(claims, "iat")
    checks = {
        "issuer": claims.get("iss") == issuer,
        "audience": client_id in audiences and claims.get("azp", client_id) == client_id,
        "subject": isinstance(claims.get("sub"), str) and claims["sub"] != "",
        "nonce": nonce is None or hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()),
        "expiry": _number(claims, "exp") > present - _LEEWAY_SECONDS,
        "issued-at": 0 < _number(claims, "iat") < present + _LEEWAY_SECONDS,
        "at-hash": claims.get("at_hash") in {None, _left_half(access_token, str(header.get("alg", "")))},
    }
    for what, holds in checks.items():
        if not holds:
            raise IdTokenRefused(what)
    return claims


def signed_claims(token: str, keys: KeySource, algorithms: Collection[str]) -> dict[str, Any]:
    """Return the claims of a JWT that the provider signed; raises ``IdTokenRefused``."""
    return _verified(token, keys, sorted(ASYMMETRIC.intersection(algorithms)))[1]


def _verified(token: str, keys: KeySource, allowed: list[str]) -> tuple[Mapping[str, Any], dict[str, Any]]:
    try:
        try:
            decoded = jwt.decode(token, keys.held(), algorithms=allowed)
        except (JoseError, ValueError):
            decoded = jwt.decode(token, keys.held(anew=True), algorithms=allowed)
    except (JoseError, ValueError, TypeError, KeyError) as problem:
        raise IdTokenRefused("signature") from problem
    return decoded.header, dict(decoded.claims)


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _left_half(access_token: str, algorithm: str) -> str:
    digest = hashlib.sha384 if algorithm.endswith(_SHA384_ENDING) else hashlib.sha256
    whole = digest(access_token.encode()).digest()
    return base64.urlsafe_b64encode(whole[: len(whole) // 2]).rstrip(b"=").decode()
