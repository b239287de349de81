"""How a person's records are pulled: by whichever of three tiers their server was found to carry.

Decision: what calls a pull knows none of this. :class:`Pulling` tries our feed first: that is the shortest
probe there is, and a kiosk, whose store is new at each visit, pays nothing for it. A server that does not
have it is looked at once (``sync.peers.peer``, kept with the records) and pulled from by :class:`ByTime`.
Where acts and files go follows from the same (``destination``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from app.clock import now
from app.records import peers
from sync.conformance import Tier
from sync.destination import ToService
from sync.failures import Absent, Refused, ServiceBroken
from sync.fhir_client import FhirClient
from sync.incoming import FEED, Incoming, Pulled
from sync.peers.by_time import ByTime
from sync.peers.id_map import IdMap
from sync.peers.passes import BY_TIME
from sync.peers.peer import WINDOW_SECONDS, Peer, learn
from sync.peers.reconciling import WEEK, Reconciled, count_from_now, is_due
from sync.rest import Rest

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.clock import Clock
    from app.records import Records
    from sync.destination import Destination
    from sync.incoming import Outbox
    from sync.peers.binaries import PeerBinaries
    from sync.transport import Transport

__all__ = ["Puller", "Pulling"]

# What a server answers that has never heard of our feed: no page of it, no such address or method.
_NO_FEED = frozenset({200, 400, 404, 405, 410, 422, 501})


class Puller(Protocol):
    """Brings one person's records from their server into the store."""

    def pull(
        self, *, stopping: Callable[[], bool], received: Callable[[int], None] = lambda _: None
    ) -> Pulled:
        """Bring what is new; raises ``TransportError``, and what came before it is kept."""
        ...


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
        self.ids = IdMap(records, self.rest.base)
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
            peer = self._looked_at(may_write=self._may_write)
            # What it answered before was no word of its own: a cut, a portal.
            self._chosen = self._feed() if peer.tier is Tier.FEED else self._by_time(peer)
        return self._chosen.pull(stopping=stopping, received=received)

    @property
    def is_known(self) -> bool:
        """Whether it was found out whose server this is."""
        return self._chosen is not None

    @property
    def takes_files(self) -> bool:
        """Whether it is known how files go there: another maker's server is tried by who sends the acts."""
        chosen = self._chosen
        return chosen is not None and (not isinstance(chosen, ByTime) or chosen.peer.written)

    @property
    def feed(self) -> str:
        """The name under which the records keep how far this server was read."""
        return BY_TIME if isinstance(self._chosen, ByTime) else FEED

    def destination(self) -> Destination:
        """Return where acts and files go. Raises ``TransportError``: it was not reached to be tried."""
        chosen = self._chosen
        return (
            chosen.destination() if isinstance(chosen, ByTime) else ToService(self._transport, self._cursor)
        )

    def binaries(self) -> PeerBinaries | None:
        """Return where another maker's server has the bytes of documents; None for our own service."""
        chosen = self._chosen
        return chosen.binaries() if isinstance(chosen, ByTime) else None

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

    def _cursor(self) -> str | None:
        """Return how far the service was read: versions count in that life of it alone."""
        cursor = self._records.cursor(FEED)
        return cursor.value if cursor is not None else None

    def _tried_feed(self, stopping: Callable[[], bool], received: Callable[[int], None]) -> Pulled | None:
        """Pull from our feed, if there is one."""
        known = self._records.look(peers.kept(self.rest.base))
        if known is not None and Peer.of(self.rest.base, known.software, known.body).tier is not Tier.FEED:
            return None
        feed = self._feed()
        try:
            pulled = feed.pull(stopping=stopping, received=received)
        except (Absent, Refused, ServiceBroken) as failure:
            if self._records.cursor(FEED) is not None or failure.fields.get("status") not in _NO_FEED:
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

    def _feed(self) -> Incoming:
        return Incoming(self._records, FhirClient(self._transport), self._patient_id, self._outbox)

    def _by_time(self, peer: Peer) -> ByTime:
        return ByTime(self._records, self.rest, peer, self._patient_id, self.ids, self._outbox, self._clock)
