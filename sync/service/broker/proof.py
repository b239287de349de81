"""What an upstream's answer proves: the ID token checked whole, userinfo of the same person, the level asked.

FranceConnect signs userinfo (a JWT, OpenID Connect Core §5.3.2), Pro Santé Connect answers in plain JSON;
either way its ``sub`` must be the ID token's. An encrypted answer (JWE) is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sync.id_tokens import IdTokenRefused, checked_id_token, signed_claims
from sync.service.broker.wire import UpstreamUntrusted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sync.service.broker.configuration import Upstream
    from sync.service.broker.wire import Answer, Wire

__all__ = ["LevelTooLow", "Proof", "prove"]

_EIDAS = re.compile(r"eidas([123])")
_LEEWAY_SECONDS = 120


class LevelTooLow(Exception):
    """Someone signed in, but by weaker means than were asked for."""


@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """Who signed in, as the upstream says it: every claim, those of the ID token over userinfo's."""

    subject: str
    claims: Mapping[str, Any]
    id_token: str


def prove(
    wire: Wire,
    told: Mapping[str, Any],
    *,
    nonce: str,
    moment: datetime,
    not_before: float | None,
) -> Proof:
    """Check a token answer and ask userinfo. ``not_before``: the sign-in must be younger (``max_age``).

    Raises:
        UpstreamUntrusted: something does not hold. LevelTooLow: the ``acr`` is not enough.
        UpstreamAway: it did not answer.

    """
    token, access = told.get("id_token"), told.get("access_token")
    if not isinstance(token, str) or not isinstance(access, str) or not access:
        raise UpstreamUntrusted("id_token")
    upstream = wire.upstream
    try:
        claims = checked_id_token(
            token,
            wire,
            issuer=upstream.issuer,
            client_id=upstream.client_id,
            nonce=nonce,
            algorithms=wire.metadata().algorithms,
            access_token=access,
            moment=moment,
        )
    except IdTokenRefused as refused:
        raise UpstreamUntrusted(refused.what) from refused
    _check_audience(claims)
    _check_level(upstream, claims)
    _check_age(claims, not_before)
    answer = wire.userinfo(access)
    more = _userinfo(wire, answer) if answer is not None else {}
    if answer is not None and more.get("sub") != claims["sub"]:
        raise UpstreamUntrusted("userinfo-subject")
    return Proof(claims["sub"], {**more, **claims}, token)


def _check_audience(claims: Mapping[str, Any]) -> None:
    """Several audiences need to say which of them asked (Core §3.1.3.7, 4)."""
    audience = claims.get("aud")
    if isinstance(audience, list) and len(audience) > 1 and "azp" not in claims:
        raise UpstreamUntrusted("audience")


def _check_level(upstream: Upstream, claims: Mapping[str, Any]) -> None:
    """Demand one of the levels asked for; a higher one of the eIDAS ladder is as good."""
    asked, level = upstream.acr_values, str(claims.get("acr", ""))
    if level in asked:
        return
    given = _EIDAS.fullmatch(level)
    least = [int(found[1]) for found in map(_EIDAS.fullmatch, asked) if found]
    if given is None or not least or int(given[1]) < min(least):
        raise LevelTooLow


def _check_age(claims: Mapping[str, Any], not_before: float | None) -> None:
    """Refuse a remembered sign-in where a fresh one was asked for, if the upstream says when it was."""
    when = claims.get("auth_time")
    if not_before is None or when is None:
        return
    if not isinstance(when, int | float) or when < not_before - _LEEWAY_SECONDS:
        raise UpstreamUntrusted("auth-time")


def _userinfo(wire: Wire, answer: Answer) -> dict[str, Any]:
    if answer.kind != "application/jwt":
        return answer.json()
    try:
        text = answer.body.decode("ascii").strip()
        claims = signed_claims(text, wire, wire.metadata().userinfo_algorithms)
    except (IdTokenRefused, UnicodeDecodeError) as refused:
        raise UpstreamUntrusted("userinfo-signature") from refused
    audience = claims.get("aud", wire.upstream.client_id)
    audiences = audience if isinstance(audience, list) else [audience]
    # Both are required of a signed answer (Core §5.3.2); a leaner one is still signed by the right key.
    if claims.get("iss", wire.upstream.issuer) != wire.upstream.issuer:
        raise UpstreamUntrusted("userinfo-issuer")
    if wire.upstream.client_id not in audiences:
        raise UpstreamUntrusted("userinfo-audience")
    return claims
