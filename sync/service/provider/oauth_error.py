"""What the provider's endpoints for programs answer when they refuse (RFC 6749 §5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from sync.service.refusals import Refused

__all__ = ["OAuthError", "of_refused", "parameters"]

_TOO_MANY = 429


class OAuthError(Exception):
    """An error as RFC 6749 §5.2 writes it."""

    def __init__(self, error: str, status: int = 400, seconds: int | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.seconds = seconds


def of_refused(refused: Refused) -> OAuthError:
    """Say in OAuth's words what the service refuses: too many tries, something of the PC, or the grant."""
    if refused.status == _TOO_MANY:
        return OAuthError("slow_down", _TOO_MANY, int(refused.fields["seconds"]))
    if refused.reason in _SAID:
        return OAuthError(_SAID[refused.reason])
    return OAuthError("invalid_grant")


_SAID = {
    each: each.replace("-", "_")
    for each in (
        "device-unknown",
        "device-revoked",
        "device-clock",
        "device-needed",
        "device-elsewhere",
    )
} | {"factor-missing": "insufficient_user_authentication"}
"""What is said of the PC and of the adviser's sign-in (RFC 9470's name for the second factor)."""


def parameters(raw: bytes) -> dict[str, str]:
    """Read a form; one that is no text, holds NUL, or names a parameter twice (RFC 6749 §3.2) is refused."""
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True)
    except ValueError:
        raise OAuthError("invalid_request") from None
    told = dict(pairs)
    if len(told) != len(pairs) or any("\0" in each for pair in pairs for each in pair):
        raise OAuthError("invalid_request")
    return told
