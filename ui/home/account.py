"""The owner's sign-in at home: kept sealed in the vault, renewed here only, lent to sessions in short tokens.

Everything here blocks and is called in the network lane.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from app.errors import TandemError
from app.home_vault import HomePerson
from ui.desk.adviser import in_this_language

if TYPE_CHECKING:
    from app.home_vault import HomeVault
    from sync.oidc import OidcClient
    from sync.tokens import TokenKeeper, Tokens
    from ui.desk.config import DeskConfig

__all__ = ["HomeAccount"]

SCOPE = "openid profile fhirUser launch/patient patient/*.cruds"


class HomeAccount:
    """Signs the owner in, keeps them signed in, and asks the service for whom they care."""

    def __init__(self, config: DeskConfig, vault: HomeVault) -> None:
        self._config, self._vault = config, vault
        self._client: OidcClient | None = None
        self._keeper: TokenKeeper | None = None
        self._lock = threading.Lock()
        self.cancelled = threading.Event()

    def sign_in(self, *, screen_keyboard: bool = False) -> Tokens:
        """Open the browser and wait; raises what ``OidcClient.sign_in`` raises."""
        from sync.browser import ThrowAwayBrowser

        self._config.browsers.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ThrowAwayBrowser(self._config.browser, folder=self._config.browsers) as browser:
            return self._oidc().sign_in(
                browser.open,
                SCOPE,
                cancelled=self.cancelled,
                is_open=lambda: browser.is_open,
                screen_keyboard=screen_keyboard,
                **in_this_language(),
            )

    def keep(self, tokens: Tokens) -> None:
        """Keep a sign-in in the vault; raises ``OtherAccount`` where it is somebody else's."""
        self._vault.welcome(person_of(tokens))
        self._vault.keep_account(tokens.as_dict())
        with self._lock:
            self._keeper = None

    def for_session(self, person: HomePerson) -> dict[str, Any]:
        """Return short tokens for the session of a person, without the one that renews them.

        Raises ``Unauthorised`` when one must sign in again, ``CareOver``, ``Offline`` …
        """
        own = self._fresh()
        tokens = own if person.is_owner else self._oidc().exchange_cared_for(person.patient_id, own)
        return tokens.as_dict() | {"refresh_token": None}

    def refresh_people(self) -> tuple[HomePerson, ...]:
        """Ask for whom the owner cares; whoever is no longer told is purged and returned."""
        from sync.carers import cared_for

        with self._transport() as transport:
            told = cared_for(transport)
        return self._vault.cared_for(told)

    def accept(self, code: str) -> HomePerson:
        """Take up an invitation; raises ``InvitationOver``, ``CarerLimit`` and what the transport raises."""
        from sync.carers import accept

        with self._transport() as transport:
            person = accept(transport, code)
        self.refresh_people()
        return person

    def stop_caring(self, person: HomePerson) -> None:
        """End one's help to someone, here and at the service."""
        from sync.carers import end

        with self._transport() as transport:
            end(transport, person.consent)
        self.refresh_people()

    def sign_out(self) -> None:
        """End the sign-in here and at the provider; a provider out of reach does not keep it here."""
        with suppress(TandemError):
            self._oidc().logout(self._fresh())
        self.forget()

    def forget(self) -> None:
        """Forget it here."""
        with self._lock:
            self._keeper = None
        self._vault.forget_account()

    def lock(self) -> None:
        """Forget what is in memory; the vault keeps it."""
        with self._lock:
            self._keeper = None

    def close(self) -> None:
        """Let the connections go."""
        self.cancelled.set()
        if self._client is not None:
            self._client.close()

    def _fresh(self) -> Tokens:
        from sync.failures import Unauthorised
        from sync.tokens import TokenKeeper, Tokens

        with self._lock:
            if self._keeper is None:
                kept = self._vault.account()
                if kept is None:
                    raise Unauthorised
                keep = self._kept
                self._keeper = TokenKeeper(self._oidc(), Tokens.from_dict(kept), renewed_tokens=keep)
            keeper = self._keeper
        try:
            keeper.access_token()
        except Unauthorised:
            self.forget()
            raise
        return keeper.tokens

    def _kept(self, tokens: Tokens) -> None:
        if self._vault.is_open:
            self._vault.keep_account(tokens.as_dict())

    def _transport(self) -> _Lent:
        return _Lent(self._config, self._fresh())

    def _oidc(self) -> OidcClient:
        if self._client is None:
            from sync.oidc import OidcClient

            self._client = OidcClient(self._config.service, self._config.proxy)
        return self._client


class _Lent:
    """A transport for one question in the owner's name."""

    def __init__(self, config: DeskConfig, tokens: Tokens) -> None:
        from sync.transport import Address, Transport

        self._tokens = tokens
        self._transport = Transport(Address(config.service, config.proxy), self)

    def access_token(self) -> str:
        return self._tokens.access_token

    def renewed(self, _stale: str) -> str:
        from sync.failures import Unauthorised

        raise Unauthorised

    def __enter__(self) -> Any:  # noqa: ANN401 - the transport, imported lazily
        return self._transport

    def __exit__(self, *_: object) -> None:
        self._transport.close()


def person_of(tokens: Tokens) -> HomePerson:
    """Read the owner out of their claims."""
    claims = tokens.claims
    name = " ".join(str(claims[part]) for part in ("given_name", "family_name") if claims.get(part))
    return HomePerson(
        str(claims.get("patient", "")), name or str(claims.get("name", "")), str(claims.get("birthdate", ""))
    )
