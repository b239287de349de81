"""What every grant ends in: the tokens of a session that has just begun or goes on (RFC 6749 §5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync.service.provider.authorize import CLIENT_ID
from sync.service.provider.tokens import Grant, Sessions, access_token, id_token

if TYPE_CHECKING:
    from sync.service.service import Service

__all__ = ["granted"]


def granted(
    service: Service,
    sessions: Sessions,
    grant: Grant,
    sid: str,
    *,
    nonce: str | None = None,
    after: str = "",
    **more: str,
) -> dict[str, Any]:
    """Answer with an access token, the next refresh token (``after`` the one spent) and who signed in."""
    answer: dict[str, Any] = {
        "access_token": access_token(service, grant, sid),
        "token_type": "Bearer",
        "expires_in": service.limits.token_seconds,
        "scope": grant.scope,
        "refresh_token": sessions.refresh(sid, grant, CLIENT_ID, after=after),
    }
    if "openid" in grant.scope.split():
        answer["id_token"] = id_token(service, grant, sid, CLIENT_ID, nonce, sessions.started(sid))
    if grant.patient:
        answer["patient"] = grant.patient
    return answer | more
