"""How a person's records are pulled: by whichever of three tiers their server was found to carry.

Decision: what calls a pull knows none of this. :class:`Pulling` finds out once what the server can do
(``sync.peer``, kept with the records) and hands on to our feed (``sync.incoming``) or to :class:`ByTime`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from app.clock import now
from sync.by_history import HistoryPass
from sync.by_search import SearchPass
from sync.conformance import Check, Tier
from sync.fhir_client import FhirClient
from sync.id_map import IdMap
from sync.incoming import Incoming, Pulled
from sync.laying import Laid, Laying
from sync.passes import Progress
from sync.peer import WINDOW_SECONDS, Peer, learn
from sync.reading_back import ReadBack
from sync.reconciling import WEEK, Reconciled, Reconciler
from sync.rest import Rest

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.clock import Clock
    from app.records import Records
    from sync.incoming import Outbox
    from sync.transport import Transport

__all__ = ["ByTime", "Puller", "Pulling"]


class Puller(Protocol):
    """Brings one person's records from their server into the store."""

    def pull(
        self, *, stopping: Callable[[], bool], received: Callable[[int], None] = lambda _: None
    ) -> Pulled:
        """Bring what is new; raises ``TransportError``, and what came before it is kept."""
        ...


class ByTime:
    """Pulls from a server without our feed: by history or by search, and by comparing the lists."""

    def __init__(
        self,
        records: Records,
        rest: Rest,
        peer: Peer,
        patient_id: str,
        outbox: Outbox | None = None,
        clock: Clock = now,
    ) -> None:
        ids = self.ids = IdMap(records, rest.base)
        self._records = records
        self._base = rest.base
        self._laying = Laying(records, rest, patient_id, ids, outbox)
        self._search = SearchPass(self._laying, rest, peer, patient_id)
        self._history = HistoryPass(self._laying, rest, peer) if peer.tier is Tier.HISTORY else None
        self._read_back = ReadBack(records, self._laying, provenance=peer.can(Check.PROVENANCE))
        self.reconciler = Reconciler(records, rest, peer, patient_id, self._laying, ids, clock)
        # What a search cannot see is looked for at each session; what a history may skip, each week.
        self._every = WEEK if self._history is not None else timedelta()

    def pull(
        self, *, stopping: Callable[[], bool], received: Callable[[int], None] = lambda _: None
    ) -> Pulled:
        """Read one pass to its end, read back what was answered, and reconcile where it is due."""
        laid = Laid()
        progress = Progress.of(self._records, self._base)
        run = self._search.run if self._history is None or progress.at is None else self._history.run
        if run(progress, laid, stopping=stopping, received=received) is None:
            return Pulled(laid.news, laid.confirmed)
        confirmed = laid.confirmed | self._read_back.confirm()
        if laid.doubtful:
            self.reconciler.demand()
        reconciled = self._reconcile(stopping)
        received(reconciled.fetched)
        return Pulled(laid.news + reconciled.fetched, confirmed, reconciled.withheld)

    def _reconcile(self, stopping: Callable[[], bool]) -> Reconciled:
        if not self.reconciler.is_due(self._every):
            return Reconciled(finished=True)
        done = self.reconciler.step(stopping=stopping)
        if done.finished:
            self._every = WEEK
        return done


class Pulling:
    """Pulls by the tier that the server was found to carry.

    From the first pull on, ``peer`` says what that is, and ``reconciler`` compares the lists: by itself where
    a server is pulled from by time, else (our feed) when whoever pulls asks whether it is due.
    """

    def __init__(
        self,
        records: Records,
        transport: Transport,
        patient_id: str,
        outbox: Outbox | None = None,
        clock: Clock = now,
        *,
        root: str = "fhir",
        may_write: bool = False,
        window: float = WINDOW_SECONDS,
    ) -> None:
        self._records = records
        self._transport = transport
        self._patient_id = patient_id
        self._outbox = outbox
        self._clock = clock
        self._may_write = may_write
        self._window = window
        self.rest = Rest(transport, root)
        self.peer: Peer | None = None
        self.reconciler: Reconciler | None = None
        self._chosen: Puller | None = None

    def pull(
        self, *, stopping: Callable[[], bool], received: Callable[[int], None] = lambda _: None
    ) -> Pulled:
        """Find out once what the server can do, then pull.

        Raises:
            PeerUnusable: nobody's records can be read from it.
            TransportError: no more now; what came before it is kept.

        """
        if self._chosen is None:
            self.peer = learn(
                self._records,
                self.rest,
                self._patient_id,
                may_write=self._may_write,
                window=self._window,
                clock=self._clock,
            )
            self._chosen = self._choose(self.peer)
        return self._chosen.pull(stopping=stopping, received=received)

    def _choose(self, peer: Peer) -> Puller:
        by_time = ByTime(self._records, self.rest, peer, self._patient_id, self._outbox, self._clock)
        self.reconciler = by_time.reconciler
        if peer.tier is Tier.FEED:
            return Incoming(self._records, FhirClient(self._transport), self._patient_id, self._outbox)
        return by_time
