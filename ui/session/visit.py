"""The steps of a visit that wait for others: sign-ins, the person's space, the end.

No screen here: each method blocks and is called in a lane of ``Tasks``. Whatever a step has begun is
held here, so that the end undoes all of it, whichever step was reached.
"""

from __future__ import annotations

import base64
import logging
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app import mandates
from app.desk_journal import Entry
from app.errors import TandemError, WorldFailed
from app.records import Records
from app.space import Actor, ActorRole, AssistMode, Space
from app.vault.keys import Key
from app.vault.patient import PatientVault
from ui.session.seen import seen_clock
from ui.text import SOURCE_LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.changes import Changes
    from app.fhir import Resource
    from app.outbox import Sealer
    from sync.accesses import AccessPage
    from sync.browser import ThrowAwayBrowser
    from sync.drops import Drop
    from sync.engine import Engine, SyncStatus
    from sync.failures import TransportError
    from sync.oidc import OidcClient, PhoneCode
    from sync.slips import Slip
    from sync.tokens import TokenKeeper, Tokens
    from sync.transport import Transport
    from ui.session.channel import Channel
    from ui.session.preparing import Made
    from ui.session.start import Start

__all__ = ["SpaceEmpty", "Visit"]

log = logging.getLogger(__name__)

SCOPE = "openid profile fhirUser launch/patient patient/*.cruds"
STOP_SECONDS = 3.0
LAST_SYNC_SECONDS = 4.0
SIGN_OUT_SECONDS = 4.0


class SpaceEmpty(WorldFailed):
    """The service answered, but told nothing of the person."""

    code = "space-empty"


class Visit:
    """Holds what belongs to this person: tokens, vault, engine. ``close`` gives all of it back."""

    def __init__(self, start: Start, channel: Channel, changes: Changes) -> None:
        self._start = start
        self._channel = channel
        self._changes = changes
        self._client: OidcClient | None = None
        self._browser: ThrowAwayBrowser | None = None
        self._citizen: Tokens | None = None
        self._keeper: TokenKeeper | None = None
        self._transport: Transport | None = None
        self._vault: PatientVault | None = None
        self._space: Space | None = None
        self._sealer: Sealer | None = None
        self._records: Records | None = None
        self.engine: Engine | None = None
        forced = start.metered == "yes"
        self.is_metered: Callable[[], bool] = lambda: forced
        self.cancelled = threading.Event()

    # -- who is it -------------------------------------------------------------------------------

    def sign_in(self) -> Tokens:
        """Let the person sign in in the browser; raises what ``OidcClient.sign_in`` raises."""
        from ui.desk.adviser import in_this_language

        self._browser = _browser(self._start)
        with self._browser as browser:
            self._citizen = self._oidc().sign_in(
                browser.open,
                SCOPE,
                cancelled=self.cancelled,
                is_open=lambda: browser.is_open,
                screen_keyboard=self._start.screen_keyboard,
                **in_this_language(),
            )
        return self._citizen

    def has_phone_sign_in(self) -> bool:
        """Say whether the provider lets one sign in on one's phone; raises what the transport raises."""
        return self._oidc().has_phone()

    def begin_on_phone(self) -> PhoneCode:
        """Ask for a code; raises what ``OidcClient.begin_on_phone`` raises."""
        from ui.languages import current

        language = current()
        # French is where every visit begins: then the phone's own language decides.
        wanted = "" if language.code == SOURCE_LANGUAGE else language.web_tag
        return self._oidc().begin_on_phone(SCOPE, ui_locales=wanted)

    def wait_for_phone(
        self,
        code: PhoneCode,
        cancelled: threading.Event,
        on_line: Callable[[TransportError | None], None],
    ) -> Tokens:
        """Wait for the person's phone; raises what ``OidcClient.wait_for_phone`` raises."""
        from sync.oidc import SignInCancelled

        self._citizen = self._oidc().wait_for_phone(code, cancelled=cancelled, on_line=on_line)
        if cancelled.is_set():
            # Their answer and « Annuler » crossed: who gave up is not signed in.
            self.not_them()
            raise SignInCancelled
        return self._citizen

    def with_slip(self, words: str, family: str, birth_date: str) -> Tokens:
        """Open a running mandate by the words of its slip; raises ``SlipRefused``, ``TooManyTries``."""
        with self._telling():
            tokens = self._oidc().exchange_slip(words, self._adviser(), family or None, birth_date or None)
        self._keep(tokens)
        return tokens

    def not_them(self) -> None:
        """Forget who signed in, here and at the provider."""
        citizen, self._citizen = self._citizen, None
        keeper, self._keeper = self._keeper, None
        for tokens in (citizen, keeper.tokens if keeper else None):
            if tokens is not None:
                with suppress(TandemError):
                    self._oidc().logout(tokens)

    # -- the space -------------------------------------------------------------------------------

    def open(self, on_status: Callable[[SyncStatus], None], **hooks: Callable[..., None]) -> str:
        """Make the person's store and start the engine; return the Patient's id."""
        from sync.engine import Engine
        from sync.transport import Address, Transport

        if self._keeper is None:
            assert self._citizen is not None  # noqa: S101 - the identity screen comes after a sign-in
            with self._telling():
                self._keep(self._oidc().exchange_person(self._citizen, self._adviser()))
        assert self._keeper is not None  # noqa: S101 - kept just above
        patient_id = str(self._keeper.tokens.claims["patient"])
        if self._vault is None:
            self._vault = PatientVault.create(self._start.folders.vault, Key.random())
        self._transport = Transport(
            Address(self._start.service, self._start.proxy, self._start.fhir_root), self._keeper
        )
        records = Records(self._vault.store, self._changes, on_audit=self._journal)
        self._sealer = self._make_sealer()
        self.engine = Engine(
            records,
            self._vault.files,
            self._transport,
            patient_id,
            self._changes,
            self._sealer,
            metered=lambda: self.is_metered(),  # noqa: PLW0108 - the window says another one later
            **hooks,  # type: ignore[arg-type]  # on_document, on_document_failed
        )
        self._records = records
        self.engine.on_status(on_status)
        self.engine.start()
        return patient_id

    def space(self, patient_id: str) -> Space:
        """Return the space once the first pull is through; raises ``SpaceEmpty``."""
        patient = self._records.get("Patient", patient_id) if self._records else None
        if patient is None or self._records is None or self._vault is None:
            raise SpaceEmpty
        actor = actor_of(self._start.adviser["claims"])
        told = (self._start.adviser["claims"], self._keeper.tokens.claims if self._keeper else {})
        space = Space(
            patient,
            patient_id,
            self._records,
            self._vault.files,
            actor,
            self._vault,
            sealer=self._sealer,
            clock=seen_clock(self._start, told, self._records),
            durations=self._start.durations,
            mails=self._start.mails,
        )
        if self._citizen is None:
            # Opened by a slip: the helper acts for the person, under the mandate of that slip only.
            space.mode = AssistMode.FOR
            space.mandate = mandates.running(space)
        self._space = space
        return space

    def draw_slip(self) -> Slip:
        """Have the service draw the words of the running mandate; raises what the transport raises."""
        from sync.slips import draw_slip

        mandate = self._space.mandate if self._space else None
        assert mandate is not None  # noqa: S101 - the button is there only with a mandate
        assert self._transport is not None  # noqa: S101 - open since the space is
        return draw_slip(self._transport, mandate.id)

    def prepare(self, place: str, told: Callable[[int, int], None]) -> Made:
        """Prepare a visit to this person for later today; raises what :func:`preparing.prepare` does."""
        from app.preparing import prepared
        from ui.session.preparing import prepare

        assert self._space is not None  # noqa: S101 - one comes here from the person's screens
        assert self._keeper is not None  # noqa: S101 - the space is open
        self.last_sync()
        made = prepare(self._start, self._channel, self._keeper, self._space, place, told, self.cancelled)
        prepared(self._space)
        if self.engine is not None:
            self.engine.wake()
        return made

    def who_looked(self, more: str = "") -> AccessPage:
        """Ask the service who looked; raises what the transport raises."""
        from sync.accesses import AccessPage, who_looked

        if self._transport is None:
            return AccessPage((), "")
        return who_looked(self._transport, more)

    def signed_list(self, language: str, zone: str) -> bytes:
        """Have the service sign who looked; raises ``ListNotTrusted``, what the transport raises."""
        from sync.accesses import signed_list
        from sync.failures import Offline

        if self._transport is None:
            raise Offline
        device = self._start.device or {}
        return signed_list(self._transport, str(device.get("service_key") or ""), language, zone)

    def open_drop(self) -> Drop:
        """Open a page for the person's phone; raises what the transport raises."""
        from sync.drops import Drop

        assert self._transport is not None  # noqa: S101 - open since the space is
        return Drop.open(self._transport)

    def show_page(self, url: str) -> None:
        """Open a page of the service on this PC (the demonstration's phone); raises ``NoBrowser``."""
        if self._browser is None:
            self._browser = _browser(self._start)
        self._browser.open(url)

    # -- the end ---------------------------------------------------------------------------------

    def end_mandate(self) -> None:
        """End the mandate given for this visit; what that writes is sealed like every act."""
        if self._space is not None:
            mandates.end_session(self._space)

    def last_sync(self) -> None:
        """Give what waits a short moment to leave; it is in its envelope already."""
        engine = self.engine
        if engine is None or not engine.status.waiting or not engine.status.online:
            return
        sent = threading.Event()
        forget = engine.on_status(lambda status: sent.set() if not status.waiting else None)
        engine.wake()
        sent.wait(LAST_SYNC_SECONDS)
        forget()

    def close(self) -> None:
        """Stop everything, sign out at the provider, close and forget the store. Never raises."""
        self.cancelled.set()
        for step in (
            self._stop_engine,
            self._sign_out,
            self._close_browser,
            self._close_store,
            self._close_client,
        ):
            try:
                step()
            except Exception as error:  # noqa: BLE001 - each step must be tried whatever the one before did
                log.error("closing: %s %s", step.__name__, type(error).__name__)  # noqa: TRY400 - a text may hold something of the person

    def _sign_out(self) -> None:
        """Sign out at the provider, as long as someone can be asked to wait for it.

        A service that does not answer keeps nobody here: the tokens end with this process anyway.
        """
        ending = threading.Thread(target=self._not_them_quietly, name="sign-out", daemon=True)
        ending.start()
        ending.join(SIGN_OUT_SECONDS)

    def _not_them_quietly(self) -> None:
        with suppress(Exception):
            self.not_them()

    def _stop_engine(self) -> None:
        if self.engine is not None:
            self.engine.stop(STOP_SECONDS)
        if self._transport is not None:
            self._transport.close()

    def _close_browser(self) -> None:
        if self._browser is not None:
            self._browser.close()

    def _close_store(self) -> None:
        if self._vault is not None:
            self._vault.close()

    def _close_client(self) -> None:
        if self._client is not None:
            self._client.close()

    # -- what the steps share --------------------------------------------------------------------

    def _oidc(self) -> OidcClient:
        if self._client is None:
            from sync.oidc import OidcClient

            self._client = OidcClient(self._start.service, self._start.proxy, proof=_proof(self._start))
        return self._client

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell the desk where the service says that this PC was taken out: it ends the visit."""
        try:
            yield
        except TandemError as error:
            if error.code == "device-revoked":
                self._channel.tell("revoked")
            raise

    def _adviser(self) -> Tokens:
        from sync.tokens import Tokens

        return Tokens.from_dict(self._channel.adviser())

    def _keep(self, tokens: Tokens) -> None:
        from sync.tokens import TokenKeeper

        self._keeper = TokenKeeper(self._oidc(), tokens)

    def _journal(self, event: Resource, operation: str | None) -> None:
        """Let the PC's own journal know what was done: codes, times, a pseudonym."""
        if self._start.journal_key is not None:
            entry = Entry.of(event, operation, base64.b64decode(self._start.journal_key))
            self._channel.tell("audit", entry=entry.as_dict())

    def _make_sealer(self) -> Sealer | None:
        device = self._start.device
        if device is None:
            return None
        from app.outbox import Sealer

        signing, service = (base64.b64decode(device[name]) for name in ("signing_key", "service_public_key"))
        key = Ed25519PrivateKey.from_private_bytes(signing)
        return Sealer(self._start.outbox, device["device_id"], key, service, presence=self._presence)

    def _presence(self) -> str:
        """Return what proves to the service that this session was one."""
        return self._keeper.tokens.access_token if self._keeper else ""


def _browser(start: Start) -> ThrowAwayBrowser:
    """Return the browser of this visit's sign-ins, deleted with its folder."""
    from sync.browser import ThrowAwayBrowser

    return ThrowAwayBrowser(start.browser, folder=start.folders.browser, kiosk=start.kiosk)


def _proof(start: Start) -> Callable[[], str] | None:
    """Return what signs for this PC; none in a visit of practice."""
    device = start.device
    if device is None:
        return None
    from sync.enrolment import proof_of

    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(device["signing_key"]))
    return lambda: proof_of(device["device_id"], key, device.get("issuer") or start.service)


def actor_of(claims: dict[str, Any]) -> Actor:
    """Read the helper out of the adviser's claims."""
    organization = claims.get("organization")
    told = organization if isinstance(organization, dict) else {}
    role = str(claims.get("role", ActorRole.ADVISER))
    return Actor(
        id=str(claims.get("fhirUser", "")).rpartition("/")[2] or str(claims.get("sub", "")),
        display=str(claims.get("name", "")),
        role=ActorRole(role) if role in set(ActorRole) else ActorRole.ADVISER,
        organization_id=str(told.get("id", "")).rpartition("/")[2],
        organization_name=str(told.get("name", "")),
    )
