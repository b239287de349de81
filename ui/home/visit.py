"""A visit at home: records that stay, opened with a key that came over the pipe, at once, without a network.

Decision: no refresh token ever comes into this process. It asks the home's process for a short one whenever
it needs one (``_Borrowed``); where the network is away that is being offline, where one must sign in again
nothing waits for it but the sending.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from app import mandates
from app.clock import now
from app.records import Records
from app.space import Actor, ActorRole, AssistMode, Space
from app.vault.patient import PatientVault
from sync.tokens import Tokens
from ui.session.seen import seen_clock
from ui.session.visit import SpaceEmpty, Visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.changes import Changes
    from app.fhir import Resource
    from app.mandates import MandateProposal
    from app.vault.keys import Key
    from sync.carers import Invitation
    from sync.engine import SyncStatus
    from ui.session.channel import Channel
    from ui.session.start import Start

__all__ = ["HomeVisit"]

_MARGIN = timedelta(seconds=20)


class _Borrowed:
    """Short tokens, asked of the home's process (a ``TokenSource``)."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self._tokens: Tokens | None = None

    def access_token(self) -> str:
        """Return a token that lives a little longer; raises ``Unauthorised``, ``Offline``."""
        with self._lock:
            if self._tokens is None or now() >= self._tokens.expires_at - _MARGIN:
                self._tokens = Tokens.from_dict(self._channel.adviser())
            return self._tokens.access_token

    def renewed(self, stale: str) -> str:
        """Return another one."""
        with self._lock:
            if self._tokens is not None and self._tokens.access_token == stale:
                self._tokens = None
        return self.access_token()


class HomeVisit(Visit):
    """One person's space at home."""

    def __init__(self, start: Start, channel: Channel, changes: Changes, key: Key) -> None:
        super().__init__(start, channel, changes)
        assert start.person is not None  # noqa: S101 - the window looked
        self._person = start.person
        self._key = key

    def open(self, on_status: Callable[[SyncStatus], None], **hooks: Callable[..., None]) -> str:
        """Open the person's records, or make them at the first time, and start the engine."""
        from sync.engine import Engine
        from sync.transport import Address, Transport

        patient_id = self._person["patient_id"]
        if self._vault is None:
            self._vault = self._opened()
        self._transport = Transport(
            Address(self._start.service, self._start.proxy, self._start.fhir_root), _Borrowed(self._channel)
        )
        records = Records(self._vault.store, self._changes, on_audit=self._journal)
        self._records = records
        self.engine = Engine(
            records,
            self._vault.files,
            self._transport,
            patient_id,
            self._changes,
            None,
            metered=lambda: self.is_metered(),  # noqa: PLW0108 - the window says another one later
            **hooks,  # type: ignore[arg-type]  # on_document, on_document_failed
        )
        self.engine.on_status(on_status)
        self.engine.start()
        return patient_id

    def _opened(self) -> PatientVault:
        root, name = self._start.vault, self._person["store"]
        assert root is not None  # noqa: S101 - comes with the person
        if (root / "c" / f"{name}.db").exists():
            return PatientVault.open(root, self._key, name)
        return PatientVault.create(root, self._key, name=name)

    def is_here(self, patient_id: str) -> bool:
        """Say whether the person's records came at an earlier start: the space opens with no network."""
        return self._records is not None and self._records.get("Patient", patient_id) is not None

    def space(self, patient_id: str) -> Space:
        """Return the space; a carer's is held to their consent. Raises ``SpaceEmpty``, ``MandateMissing``."""
        patient = self._records.get("Patient", patient_id) if self._records else None
        if patient is None or self._records is None or self._vault is None:
            raise SpaceEmpty
        space = Space(
            patient,
            patient_id,
            self._records,
            self._vault.files,
            self._actor(),
            self._vault,
            clock=seen_clock(self._start, (), self._records),
        )
        if space.actor.role.is_close:
            space.mode = AssistMode.FOR
            space.mandate = mandates.running(space)
            if space.mandate is None:
                raise mandates.MandateMissing
        self._space = space
        return space

    def _actor(self) -> Actor:
        role = ActorRole(self._person["role"])
        if role is ActorRole.CITIZEN:
            return Actor(self._person["patient_id"], self._person["name"], role, "", "")
        return Actor(self._person["carer"], self._person["carer_name"], role, "", "")

    def invite_carer(self, proposal: MandateProposal, shown_text: str, explained_in: str = "") -> Invitation:
        """Have the service keep the consent and draw the code; raises what the transport raises."""
        from app.carers import draft
        from sync.carers import invite

        assert self._transport is not None  # noqa: S101 - open since the space is
        return invite(self._transport, draft(proposal, shown_text=shown_text, explained_in=explained_in))

    def sign_in_again(self) -> None:
        """Have the home's process open the browser: what waits to be sent leaves afterwards."""
        self._channel.tell("sign-in")

    def not_them(self) -> None:
        """Sign nobody out: the home's process keeps the sign-in."""

    def end_mandate(self) -> None:
        """End nothing: what was agreed to at home has a day on which it ends."""

    def _journal(self, event: Resource, operation: str | None) -> None:
        """Keep no journal of the PC's: it is nobody's but the person's, and theirs is at the service."""
