"""How a person's records are pulled: by whichever of three tiers their server was found to carry.

Decision: what calls a pull knows none of this. :class:`Pulling` tries our feed first: that is the shortest
probe there is, and a kiosk, whose store is new at each visit, pays nothing for it. A server that does not
have it is looked at once (``sync.peer``, kept with the records) and pulled from by :class:`ByTime`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from app.clock import now
from app.records import peers
from sync.by_history import HistoryPass
from sync.by_search import SearchPass
from sync.conformance import Check, Tier
from sync.failures import Absent, Refused, ServiceBroken
from sync.fhir_client import FhirClient
from sync.id_map import IdMap
from sync.incoming import FEED, Incoming, Pulled
from sync.laying import Laid, Laying
from sync.passes import Progress
from sync.peer import WINDOW_SECONDS, Peer, learn
from sync.reading_back import ReadBack
from sync.reconciling import WEEK, Reconciled, Reconciler, count_from_now, is_due
from sync.rest import Rest

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.clock import Clock
    from app.records import Records
    from sync.incoming import Outbox
    from sync.transport import Transport

__all__ = ["ByTime", "Puller", "Pulling"]

# What a server answers that has never heard of our feed: no page of it, no such address or method.
_NO_FEED = frozenset({200, 400, 404, 405, 410, 422, 501})


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
        return Pulled(laid.news + reconciled.fetched, confirmed)

    def _reconcile(self, stopping: Callable[[], bool]) -> Reconciled:
        if not self.reconciler.is_due(self._every):
            return Reconciled(finished=True)
        done = self.reconciler.step(stopping=stopping)
        if done.finished:
            self._every = WEEK
        return done


class Pulling:
    """Pulls by the tier that the server was found to carry.

    ``peer`` says what was found, where the server had to be looked at.
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
        self._chosen: Puller | None = None

    def pull(
        self, *, stopping: Callable[[], bool], received: Callable[[int], None] = lambda _: None
    ) -> Pulled:
        """Find out once what the server can do, and pull.

        Raises:
            PeerUnusable: nobody's records can be read from it.
            TransportError: no more now; what came before it is kept.

        """
        if self._chosen is None:
            pulled = self._tried_feed(stopping, received)
            if pulled is not None:
                return pulled
            self._chosen = self._by_time(self._looked_at(may_write=self._may_write))
        return self._chosen.pull(stopping=stopping, received=received)

    def look_through(self, stopping: Callable[[], bool]) -> Reconciled:
        """Compare the lists with a server that has our feed, a week after the last time.

        The feed skips nothing; this is a second look at that, and at what became of this store.
        """
        if isinstance(self._chosen, ByTime):
            return Reconciled(finished=True)
        count_from_now(self._records, self.rest.base, self._clock)
        if not is_due(self._records, self.rest.base, self._clock, WEEK):
            return Reconciled(finished=True)
        return self._by_time(self._looked_at(may_write=False)).reconciler.step(stopping=stopping)

    def _tried_feed(self, stopping: Callable[[], bool], received: Callable[[int], None]) -> Pulled | None:
        """Pull from our feed, if there is one."""
        known = self._records.look(peers.kept(self.rest.base))
        if known is not None and Peer.of(self.rest.base, known.software, known.body).tier is not Tier.FEED:
            return None
        feed = Incoming(self._records, FhirClient(self._transport), self._patient_id, self._outbox)
        was_read = self._records.cursor(FEED) is not None
        try:
            pulled = feed.pull(stopping=stopping, received=received)
        except (Absent, Refused, ServiceBroken) as failure:
            if was_read or failure.fields.get("status") not in _NO_FEED:
                raise
            return None
        self._chosen = feed
        return pulled

    def _looked_at(self, *, may_write: bool) -> Peer:
        self.peer = learn(
            self._records,
            self.rest,
            self._patient_id,
            may_write=may_write,
            window=self._window,
            clock=self._clock,
        )
        return self.peer

    def _by_time(self, peer: Peer) -> ByTime:
        return ByTime(self._records, self.rest, peer, self._patient_id, self._outbox, self._clock)
