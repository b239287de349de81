"""The adviser at the desk: signed in by the system's browser, a fresh token when one is needed.

Everything here blocks and is called in the network lane. Nothing is written to the disk.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypedDict

from app import volatile
from ui.text import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.oidc import OidcClient, ReturnPage
    from sync.tokens import TokenKeeper, Tokens
    from ui.desk.config import DeskConfig

__all__ = ["Adviser", "in_this_language"]

SCOPE = "openid profile fhirUser adviser"


class InThisLanguage(TypedDict):
    """What ``OidcClient.sign_in`` is told of the screen's language."""

    page: ReturnPage
    ui_locales: str


def in_this_language() -> InThisLanguage:
    """Have the browser's pages speak the language that is on the screen now, the last one too."""
    from sync.oidc import ReturnPage
    from ui.languages import current

    language = current()
    words = _("C’est fait. Vous pouvez revenir à Tandem : cette page peut être fermée.")
    direction = "rtl" if language.right_to_left else "ltr"
    page = ReturnPage(text=words, language=language.web_tag, direction=direction)
    return InThisLanguage(page=page, ui_locales=language.web_tag)


class Adviser:
    """Signs in, refreshes, signs out. One at a time."""

    def __init__(self, config: DeskConfig) -> None:
        self._config = config
        self._client: OidcClient | None = None
        self._keeper: TokenKeeper | None = None
        self.cancelled = threading.Event()
        self.renewed: Callable[[Tokens], None] = lambda _tokens: None

    def sign_in(self, *, screen_keyboard: bool = False, organization: str = "") -> Tokens:
        """Open the browser and wait; raises what ``OidcClient.sign_in`` raises."""
        from sync.browser import ThrowAwayBrowser
        from sync.tokens import TokenKeeper

        folder = volatile.own_folder(self._config.browsers_name) or self._config.browsers
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        client = self._oidc()
        with ThrowAwayBrowser(self._config.browser, folder=folder, kiosk=self._config.kiosk) as browser:
            tokens = client.sign_in(
                browser.open,
                SCOPE,
                cancelled=self.cancelled,
                is_open=lambda: browser.is_open,
                screen_keyboard=screen_keyboard,
                organization=organization,
                **in_this_language(),
            )
        self._keeper = TokenKeeper(client, tokens, renewed_tokens=self.renewed)
        return tokens

    def forget_browsers(self) -> None:
        """Close and delete a browser that a crash left open; raises ``ProfileNotDeleted``."""
        from sync.browser import forget_browsers

        for folder in (*volatile.folders_of(self._config.browsers_name), self._config.browsers):
            forget_browsers(folder)

    def fresh(self) -> Tokens:
        """Return tokens that live a little longer; raises ``Unauthorised`` when the sign-in is over."""
        from sync.failures import Unauthorised

        if self._keeper is None:
            raise Unauthorised
        self._keeper.access_token()
        return self._keeper.tokens

    def resume(self, told: dict[str, Any]) -> None:
        """Take up a sign-in that was sealed under the adviser's phrase; it is renewed when it is needed."""
        from sync.tokens import TokenKeeper, Tokens

        self._keeper = TokenKeeper(self._oidc(), Tokens.from_dict(told), renewed_tokens=self.renewed)

    def forget(self) -> None:
        """Forget the tokens here; the sign-in at the provider goes on."""
        self._keeper = None

    @property
    def tokens(self) -> Tokens | None:
        """The tokens as they are; None where nobody is signed in."""
        return self._keeper.tokens if self._keeper else None

    def for_session(self) -> dict[str, Any]:
        """Return fresh tokens for the session's process, without the one that renews them."""
        return self.fresh().as_dict() | {"refresh_token": None}

    def sign_out(self) -> None:
        """End the sign-in here and at the provider; a provider out of reach does not keep it here."""
        from app.errors import TandemError

        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            with suppress(TandemError):
                self._oidc().logout(keeper.tokens)

    def close(self) -> None:
        """Let the connections go."""
        self.cancelled.set()
        for folder in volatile.folders_of(self._config.browsers_name):
            with suppress(OSError):
                folder.rmdir()
        if self._client is not None:
            self._client.close()

    def _oidc(self) -> OidcClient:
        if self._client is None:
            from sync.oidc import OidcClient

            self._client = OidcClient(self._config.service, self._config.proxy)
        return self._client
