"""Signing in at the service, as a public client (OpenID Connect Core 1.0, RFC 8252, RFC 7636).

Decision: authorization code with PKCE S256 in the system's browser, coming back to a one-shot
listener on 127.0.0.1; ``state``, ``nonce`` and the issuer (RFC 9207) are compared exactly, the
ID token is checked against the provider's published keys with asymmetric algorithms only. No
password ever passes through a window of ours, and there is no client secret to lose. Tokens are
plain values held by the caller: on a kiosk they live in memory only.
A provider that remembers someone must never sign them in at the next person's visit: it is asked not to
(``prompt=login``, ``max_age=0``), and what it says of the time of that sign-in (``auth_time``) is compared.
Signing out takes the tokens back (RFC 7009) and tells the provider (RP-Initiated Logout 1.0).
The adviser's and the person's sign-ins become one token by token exchange (RFC 8693), whose
``act`` names the adviser.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from app.clock import now
from sync.device_grant import DEVICE_GRANT, PhoneCode, phone_code_of, wait_for_phone
from sync.enrolment import worded
from sync.failures import Absent, Busy, Forbidden, Refused, Unauthorised
from sync.id_tokens import IdTokenRefused, KeysOfProvider, checked_id_token
from sync.loopback import LoopbackListener, ReturnPage
from sync.provider_metadata import Provider, provider_of
from sync.sign_in_errors import (
    BrowserClosed,
    CareOver,
    SignInCancelled,
    SignInNotTrusted,
    SignInRefused,
    SignInTimedOut,
    SlipRefused,
    TooManyTries,
    demand,
)
from sync.tokens import Tokens
from sync.transport import Address, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.clock import Clock
    from sync.failures import TransportError

__all__ = [
    "CLIENT_ID",
    "BrowserClosed",
    "CareOver",
    "OidcClient",
    "PhoneCode",
    "ReturnPage",
    "SignInCancelled",
    "SignInNotTrusted",
    "SignInRefused",
    "SignInTimedOut",
    "SlipRefused",
    "TooManyTries",
]

CLIENT_ID = "tandem-desktop"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 (a type's name)
CARED_FOR_TYPE = "https://tandem.example/oauth/cared-for"
SLIP_TYPE = "https://tandem.example/oauth/mandate-slip"

_TOKEN_ANSWER_LIMIT = 1 << 20
_POLL_SECONDS = 0.1
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")
_TOO_MANY = 429
_SLACK_SECONDS = 5


class OidcClient:
    """The desktop's side of the provider ``issuer``. Thread-safe; close it when done."""

    client_id: ClassVar[str] = CLIENT_ID

    def __init__(
        self,
        issuer: str,
        proxy: str | None = None,
        *,
        clock: Clock = now,
        proof: Callable[[], str] | None = None,
    ) -> None:
        """``proof`` signs, for this PC, that it asks for a token of two people (``Tandem-Device``)."""
        self.issuer = issuer.rstrip("/")
        self._proof = proof
        self._clock = clock
        self._transport = Transport(Address(self.issuer, proxy))
        self._lock = threading.Lock()
        self._found: Provider | None = None
        self._keys: KeysOfProvider | None = None

    def close(self) -> None:
        """Let the connections go."""
        self._transport.close()

    def sign_in(
        self,
        open_browser: Callable[[str], None],
        scope: str,
        *,
        timeout: float = 300,
        cancelled: threading.Event | None = None,
        is_open: Callable[[], bool] | None = None,
        fresh: bool = True,
        page: ReturnPage | None = None,
        ui_locales: str = "",
        screen_keyboard: bool = False,
        organization: str = "",
    ) -> Tokens:
        """Let someone sign in; blocks until they did, gave up (``cancelled``) or ``timeout`` seconds passed.

        ``fresh`` asks for the credentials even if the provider remembers someone: on a shared PC
        the person before must never be signed in by a leftover. ``is_open`` tells whether the
        browser still runs: nobody waits for a window that was closed. ``page`` is shown at the end;
        ``ui_locales`` are the languages wanted of the provider's pages, the best first (Core §3.1.2.1), and
        ``screen_keyboard`` asks our service for keys on its page, ``organization`` is whose PC this is
        (another provider ignores both).

        Raises:
            SignInCancelled, BrowserClosed, SignInTimedOut, SignInRefused, SignInNotTrusted, or a
            TransportError.

        """
        provider = self.provider()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        wishes = {"ui_locales": ui_locales, "screen_keyboard": "1" if screen_keyboard else ""}
        wishes["organization"] = organization
        with LoopbackListener(state, page or ReturnPage()) as listener:
            asked = _authorization_request(
                self.client_id, self._scope(scope), state, nonce, verifier, listener.redirect_uri, fresh=fresh
            )
            asked |= {name: value for name, value in wishes.items() if value}
            began = time.monotonic()
            open_browser(f"{provider.authorization}?{urlencode(asked)}")
            answer = _wait(listener, timeout, cancelled or threading.Event(), is_open or _always)
        code = self._code(provider, answer)
        form = {"code": code, "redirect_uri": listener.redirect_uri, "code_verifier": verifier}
        told = self._token("authorization_code", form)
        return self._signed_in(told, nonce, time.monotonic() - began if fresh else None)

    def begin_on_phone(self, scope: str, *, ui_locales: str = "") -> PhoneCode:
        """Ask for a code with which the person signs in on their own phone (RFC 8628 §3.1).

        Raises:
            SignInRefused: the provider has no such way, or not for this PC; SignInNotTrusted, TransportError.

        """
        endpoint = self.provider().device_authorization
        if endpoint is None:
            raise SignInRefused(reason="unsupported")
        form = {"client_id": self.client_id, "scope": self._scope(scope)}
        form |= {"ui_locales": ui_locales} if ui_locales else {}
        try:
            told = self._posted(endpoint, form, proven=True)
        except Refused as refused:
            failure = worded(refused)
            if failure is not refused:
                raise failure from refused
            raise SignInRefused(reason=str(refused.fields["reason"]).replace("-", "_")) from refused
        return phone_code_of(told, self.issuer)

    def has_phone(self) -> bool:
        """Say whether the provider lets one sign in on one's own phone; raises as :meth:`provider` does."""
        return self.provider().device_authorization is not None

    def wait_for_phone(
        self,
        code: PhoneCode,
        *,
        cancelled: threading.Event | None = None,
        on_line: Callable[[TransportError | None], None] = lambda _failure: None,
    ) -> Tokens:
        """Block until the person signed in on their phone, said no, or the code is over.

        ``on_line`` hears when a request went unanswered, and None when the provider answered.

        Raises:
            SignInCancelled, SignInTimedOut, SignInRefused, SignInNotTrusted, or a TransportError.

        """
        form = {"grant_type": DEVICE_GRANT, "client_id": self.client_id, "device_code": code.device_code}
        endpoint = self.provider().token
        told = wait_for_phone(
            code, lambda: self._posted(endpoint, form), cancelled or threading.Event(), on_line
        )
        # There is no nonce on this way: the answer comes straight from the provider.
        return self._signed_in(told, None, None)

    def refresh(self, tokens: Tokens) -> Tokens:
        """Trade the refresh token for a new pair; the old one is dead afterwards.

        Raises:
            Unauthorised: it is not taken any more: sign in again.
            SignInNotTrusted: the new ID token is somebody else's, or does not hold (Core §12.2).

        """
        if tokens.refresh_token is None:
            raise Unauthorised
        try:
            told = self._token("refresh_token", {"refresh_token": tokens.refresh_token})
        except Refused as refused:
            raise Unauthorised from refused
        if isinstance(told.get("id_token"), str):
            claims = self._claims(told, None, renewed=True)
            demand(claims["sub"] == tokens.claims.get("sub", claims["sub"]), "subject")
        fresh = self._tokens(told, tokens.claims)
        return replace(
            fresh,
            refresh_token=fresh.refresh_token or tokens.refresh_token,
            id_token=fresh.id_token or tokens.id_token,
        )

    def exchange_person(self, citizen: Tokens, adviser: Tokens) -> Tokens:
        """Make the session's token from both sign-ins: the person's rights, the adviser named in it."""
        form = {"subject_token": citizen.access_token, "subject_token_type": ACCESS_TOKEN_TYPE}
        try:
            told = self._token(EXCHANGE, form | _actor(adviser))
        except Refused as refused:
            # One of the two sign-ins is over.
            raise Unauthorised from refused
        both = self._exchanged(told, citizen.claims)
        return replace(both, id_token=both.id_token or citizen.id_token)

    def exchange_slip(
        self, words: str, adviser: Tokens, family: str | None = None, birth_date: str | None = None
    ) -> Tokens:
        """Open a running mandate with the code of its slip; name and birth date only help to find it.

        Raises:
            SlipRefused: the code opens nothing. TooManyTries: wait.

        """
        form = {"subject_token": words, "subject_token_type": SLIP_TYPE}
        helps = {"family": family, "birth_date": birth_date}
        form |= {name: value for name, value in helps.items() if value}
        try:
            told = self._token(EXCHANGE, form | _actor(adviser))
        except (Refused, Absent) as refused:
            raise SlipRefused from refused
        except Busy as busy:
            if busy.fields["status"] != _TOO_MANY:
                raise
            raise TooManyTries(minutes=-(-busy.retry_after // 60)) from busy
        return self._exchanged(told, {})

    def exchange_cared_for(self, patient_id: str, carer: Tokens) -> Tokens:
        """Make the token of a carer, signed in for themselves, for someone who trusts them.

        Raises:
            CareOver: that person's consent runs no more.

        """
        form = {"subject_token": patient_id, "subject_token_type": CARED_FOR_TYPE}
        try:
            told = self._token(EXCHANGE, form | _actor(carer))
        except (Refused, Absent) as refused:
            raise CareOver from refused
        return self._exchanged(told, {})

    def logout(self, tokens: Tokens, open_browser: Callable[[str], None] | None = None) -> None:
        """End the sign-in at the provider too, so that nobody inherits it (RFC 7009, RP-Initiated Logout).

        A browser that lives on is sent to the provider's page of signing out (``open_browser``); the session
        of a throw-away one goes with its profile, and the provider is told without it.
        """
        taken_back = self._take_back(tokens)
        endpoint = self.provider().end_session
        if endpoint is None:
            return
        form = {"client_id": self.client_id}
        if tokens.id_token:
            form["id_token_hint"] = tokens.id_token
        if open_browser is not None:
            open_browser(f"{endpoint}?{urlencode(form)}")
            return
        if tokens.refresh_token and not taken_back:
            form["refresh_token"] = tokens.refresh_token
        # The provider may show a page or lead on: either is its way to say yes. One that wants a browser for
        # it says no; the tokens are taken back then.
        with suppress(*((Absent, Forbidden, Refused) if taken_back else ())):
            self._transport.request(
                "POST",
                endpoint,
                form=form,
                headers={"Accept": "application/json"},
                also=(200, 302, 303),
                bearer=False,
            )

    def _take_back(self, tokens: Tokens) -> bool:
        """Revoke the tokens; returns whether the provider has a way to."""
        endpoint = self.provider().revocation
        if endpoint is None:
            return False
        # With a refresh token goes what was given for it (RFC 7009 §2.1).
        kind = "refresh_token" if tokens.refresh_token else "access_token"
        form = {"client_id": self.client_id, "token_type_hint": kind}
        form["token"] = tokens.refresh_token or tokens.access_token
        self._transport.request("POST", endpoint, form=form, also=(200,), bearer=False)
        return True

    def provider(self) -> Provider:
        """Read the provider's metadata once; its ``issuer`` must be ours to the letter."""
        with self._lock:
            if self._found is None:
                path = f"{self.issuer}/.well-known/openid-configuration"
                told = self._transport.request("GET", path, limit=_TOKEN_ANSWER_LIMIT, bearer=False).json()
                self._found = provider_of(told, self.issuer)
                self._keys = KeysOfProvider(self._transport, self._found.jwks)
            return self._found

    def _code(self, provider: Provider, answer: Mapping[str, str]) -> str:
        if "iss" in answer or provider.sends_issuer:
            demand(answer.get("iss") == provider.issuer, "issuer")
        if "error" in answer:
            raise SignInRefused(reason=_short(answer["error"]))
        demand(bool(answer.get("code")), "code")
        return answer["code"]

    def _token(self, grant: str, form: Mapping[str, str]) -> dict[str, Any]:
        sent = {"grant_type": grant, "client_id": self.client_id, **form}
        try:
            return self._posted(self.provider().token, sent, proven=grant == EXCHANGE)
        except Refused as refused:
            # What is wrong with the PC or with the adviser's sign-in has a word of its own.
            raise worded(refused) from refused

    def _posted(self, endpoint: str, form: Mapping[str, str], *, proven: bool = False) -> dict[str, Any]:
        proof = {"Tandem-Device": self._proof()} if self._proof and proven else {}
        return self._transport.request(
            "POST", endpoint, form=form, headers=proof, limit=_TOKEN_ANSWER_LIMIT, bearer=False
        ).json()

    def _scope(self, scope: str) -> str:
        """Ask for a refresh token where the provider gives one only so (Core §11)."""
        wants = self.provider().has_offline_access and "offline_access" not in scope.split()
        return f"{scope} offline_access" if wants else scope

    def _signed_in(self, told: Mapping[str, Any], nonce: str | None, seconds: float | None) -> Tokens:
        """Take the tokens; ``seconds`` since the browser was opened, where the sign-in must be fresh."""
        demand(isinstance(told.get("id_token"), str), "id_token")
        claims = self._claims(told, nonce)
        demand(seconds is None or _is_fresh(claims, seconds), "auth-time")
        return self._with_userinfo(self._tokens(told, claims))

    def _exchanged(self, told: Mapping[str, Any], known: Mapping[str, Any]) -> Tokens:
        """Take an exchange's answer; its ID token, where there is one, names its own session."""
        claims = self._claims(told, None) if isinstance(told.get("id_token"), str) else {}
        return self._with_userinfo(self._tokens(told, {**known, **claims}))

    def _claims(self, told: Mapping[str, Any], nonce: str | None, *, renewed: bool = False) -> dict[str, Any]:
        provider = self.provider()
        assert self._keys is not None  # noqa: S101 (made with the provider)
        try:
            return checked_id_token(
                told["id_token"],
                self._keys,
                issuer=provider.issuer,
                client_id=self.client_id,
                nonce=nonce,
                algorithms=provider.algorithms,
                access_token=str(told.get("access_token", "")),
                moment=None if renewed else self._clock(),
            )
        except IdTokenRefused as refused:
            raise SignInNotTrusted(what=refused.what) from refused

    def _with_userinfo(self, tokens: Tokens) -> Tokens:
        """Add the claims of userinfo; those of the ID token are signed and stay."""
        endpoint = self.provider().userinfo
        if endpoint is None:
            return tokens
        told = self._transport.request(
            "GET", endpoint, headers={"Authorization": f"Bearer {tokens.access_token}"}, bearer=False
        ).json()
        demand(told.get("sub") == tokens.claims.get("sub", told.get("sub")), "userinfo")
        return replace(tokens, claims={**told, **tokens.claims})

    def _tokens(self, told: Mapping[str, Any], claims: Mapping[str, Any]) -> Tokens:
        access, refresh, seconds = told.get("access_token"), told.get("refresh_token"), told.get("expires_in")
        demand(isinstance(access, str) and access != "", "access_token")
        demand(str(told.get("token_type", "")).lower() == "bearer", "token_type")
        more = {name: told[name] for name in ("patient", "scope") if isinstance(told.get(name), str)}
        return Tokens(
            access_token=str(access),
            refresh_token=refresh if isinstance(refresh, str) else None,
            id_token=told["id_token"] if isinstance(told.get("id_token"), str) else None,
            expires_at=self._clock() + timedelta(seconds=seconds if isinstance(seconds, int) else 300),
            claims={**claims, **more},
        )


def _is_fresh(claims: Mapping[str, Any], seconds: float) -> bool:
    """Say whether the sign-in came after we asked, by the provider's own clock (Core §3.1.3.7, 13)."""
    signed_in, issued = claims.get("auth_time"), claims.get("iat")
    if not isinstance(signed_in, int | float) or not isinstance(issued, int | float):
        return False
    return issued - signed_in <= seconds + _SLACK_SECONDS


def _authorization_request(
    client_id: str, scope: str, state: str, nonce: str, verifier: str, redirect_uri: str, *, fresh: bool
) -> dict[str, str]:
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": state,
        "nonce": nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    prompts = ["login"] if fresh else []
    # Without it a provider leaves offline_access out (Core §11).
    prompts += ["consent"] if "offline_access" in scope.split() else []
    asked |= {"prompt": " ".join(prompts)} if prompts else {}
    return asked | ({"max_age": "0"} if fresh else {})


def _wait(
    listener: LoopbackListener, timeout: float, cancelled: threading.Event, is_open: Callable[[], bool]
) -> Mapping[str, str]:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if cancelled.is_set():
            raise SignInCancelled
        # Looked at before the answer: one that came as the window closed is still taken.
        was_open = is_open()
        answer = listener.answer(_POLL_SECONDS)
        if answer is not None:
            return answer
        if not was_open:
            raise BrowserClosed
    raise SignInTimedOut(minutes=max(1, round(timeout / 60)))


def _always() -> bool:
    return True


def _actor(adviser: Tokens) -> dict[str, str]:
    return {"actor_token": adviser.access_token, "actor_token_type": ACCESS_TOKEN_TYPE}


def _short(error: str) -> str:
    return error if _ERROR_CODE.fullmatch(error) else ""
