"""What a sign-in brings, and who keeps it fresh.

Decision: tokens are plain values; on a kiosk they live in memory only, and pass to the session's process
over its pipe. One keeper renews them, so that a rotated refresh token is never spent twice.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from app.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.clock import Clock

__all__ = ["Renewer", "TokenKeeper", "Tokens"]

_MARGIN = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """What a sign-in brings; ``claims`` are those of the ID token and of userinfo."""

    access_token: str
    refresh_token: str | None
    id_token: str | None
    expires_at: datetime
    claims: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Write for the pipe to the session's process; never for a disk."""
        return {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "id_token": self.id_token,
            "expires_at": self.expires_at.isoformat(),
            "claims": dict(self.claims),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Tokens:
        """Read what :meth:`as_dict` wrote."""
        return cls(
            access_token=told["access_token"],
            refresh_token=told["refresh_token"],
            id_token=told["id_token"],
            expires_at=datetime.fromisoformat(told["expires_at"]),
            claims=told["claims"],
        )


class Renewer(Protocol):
    """Who trades a refresh token: the provider's client."""

    def refresh(self, tokens: Tokens) -> Tokens:
        """Return a new pair; raises ``Unauthorised`` when one must sign in again."""


class TokenKeeper:
    """Holds the tokens of one sign-in and renews them, one thread at a time (a ``TokenSource``).

    A refresh token is rotated: two threads that used the same one would look like a thief and
    lose the session. ``renewed_tokens`` hears each new pair (the home's keyring keeps them).
    """

    def __init__(
        self,
        client: Renewer,
        tokens: Tokens,
        *,
        clock: Clock = now,
        renewed_tokens: Callable[[Tokens], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._clock = clock
        self._tell = renewed_tokens
        self._lock = threading.Lock()

    @property
    def tokens(self) -> Tokens:
        """The present pair."""
        return self._tokens

    def access_token(self) -> str:
        """Return a token that lives a little longer, renewing it when it is about to end."""
        tokens = self._tokens
        if tokens.refresh_token is None or self._clock() < tokens.expires_at - _MARGIN:
            return tokens.access_token
        return self.renewed(tokens.access_token)

    def renewed(self, stale: str) -> str:
        """Return a token other than ``stale``; raises ``Unauthorised`` when there is none to be had."""
        with self._lock:
            if self._tokens.access_token == stale:
                self._tokens = self._client.refresh(self._tokens)
                self._tell(self._tokens)
            return self._tokens.access_token
