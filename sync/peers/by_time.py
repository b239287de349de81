"""Pulling from a server without our feed, and what was found out of it on the way.

Decision: by history where that was proven, else by search; both read an overlap again, and lists are compared
(``reconciling``): each session where deletions cannot be told, each week elsewhere.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from app.clock import now
from app.records import arrivals
from sync.conformance import Tier
from sync.failures import Absent, Forbidden
from sync.incoming import Pulled
from sync.peers.binaries import PeerBinaries
from sync.peers.by_history import HistoryPass
from sync.peers.by_search import SearchPass
from sync.peers.laying import Laid, Laying
from sync.peers.passes import BY_TIME, Progress
from sync.peers.peer import learn
from sync.peers.reading_back import ReadBack
from sync.peers.reconciling import WEEK, Reconciled, Reconciler
from sync.peers.restoration import ServiceRestored, Watch
from sync.peers.to_peer import ToPeer

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.clock import Clock
    from app.records import Records
    from sync.incoming import Outbox
    from sync.peers.id_map import IdMap
    from sync.peers.peer import Peer
    from sync.rest import Rest

__all__ = ["ByTime"]

_AT_ONCE = 100


class ByTime:
    """Pulls from a server without our feed: by history or by search, and by comparing the lists.

    A server that was put back from a copy does not say so: it is looked for once a session, before anything
    is believed (``restoration``). Then all is told again as of another life, what a search cannot see
    is read by itself, and what is not there the person is asked about (``guard``).
    """

    def __init__(
        self,
        records: Records,
        rest: Rest,
        peer: Peer,
        patient_id: str,
        ids: IdMap,
        outbox: Outbox | None = None,
        clock: Clock = now,
    ) -> None:
        self.peer = peer
        self._records = records
        self._rest = rest
        self._base = rest.base
        self._ids = ids
        self._patient_id = patient_id
        self._clock = clock
        self._session = clock()
        self._is_watched = self._is_told_again = False
        self._laying = Laying(records, rest, patient_id, ids, outbox)
        self._search = SearchPass(self._laying, rest, peer, patient_id)
        self._history = HistoryPass(self._laying, rest, peer) if peer.tier is Tier.HISTORY else None
        self._read_back = ReadBack(records, self._laying, provenance=lambda: self.peer.keeps_provenances)
        self.reconciler = Reconciler(records, rest, peer, patient_id, self._laying, ids, clock)
        # What a search cannot see is looked for at each session; what a history may skip, each week.
        self._every = WEEK if self._history is not None else timedelta()

    def pull(
        self, *, stopping: Callable[[], bool], received: Callable[[int], None] = lambda _: None
    ) -> Pulled:
        """Read one pass to its end, read back what was answered, and reconcile where it is due."""
        self._watch()
        laid = Laid()
        progress = Progress.of(self._records, self._base)
        if self._history is not None and progress.blind:
            # Found out to have a history since: what went before this one begins, no history will tell.
            self.reconciler.demand()
        run = self._search.run if self._history is None or progress.at is None else self._history.run
        if run(progress, laid, stopping=stopping, received=received) is None:
            return Pulled(laid.news, laid.confirmed)
        if not self._is_told_again and self._records.lost(BY_TIME) is not None:
            self._read_untold(stopping)
        confirmed = laid.confirmed | self._read_back.confirm()
        if laid.doubtful:
            self.reconciler.demand()
        reconciled = self._reconcile(stopping)
        received(reconciled.fetched)
        return Pulled(laid.news + reconciled.fetched, confirmed)

    def destination(self) -> ToPeer:
        """Return where acts and files go; how this server takes them is tried before the first act.

        Raises:
            TransportError: it was not reached.

        """
        if not self.peer.written:
            self.peer = learn(
                self._records,
                self._rest,
                self._patient_id,
                may_write=True,
                window=self.peer.window,
                clock=self._clock,
            )
        return ToPeer(self._rest, self.peer, self._ids, self._laying, self._read_back)

    def binaries(self) -> PeerBinaries:
        """Return where the bytes of documents are."""
        return PeerBinaries(self._rest, self.peer, self._ids)

    def _watch(self) -> None:
        """Look once a session whether the server was put back; a new store knows nothing of it."""
        if self._is_watched:
            return
        if Progress.of(self._records, self._base).at is not None:
            watch = Watch(
                self._records,
                self._rest,
                self.peer,
                self._patient_id,
                self._ids,
                may_write=self.peer.written,
            )
            try:
                watch.check()
            except ServiceRestored:
                self._records.lay_again(BY_TIME)
                self._is_told_again = False
                watch.settled()
                self.reconciler.demand()
        self._is_watched = True

    def _read_untold(self, stopping: Callable[[], bool]) -> None:
        """After a restoration: read by itself what was not told again; a search cannot see everything."""
        after = ("", "")
        while keys := self._records.look(arrivals.of_another_life(after, _AT_ONCE)):
            for key in keys:
                if stopping():
                    return
                try:
                    self._laying.lay_own([self._laying.read(*key)])
                except (Absent, Forbidden):
                    continue
            after = keys[-1]
        self._is_told_again = True

    def _reconcile(self, stopping: Callable[[], bool]) -> Reconciled:
        if not self.reconciler.is_due(self._every):
            return Reconciled(finished=True)
        done = self.reconciler.step(stopping=stopping)
        if done.begun is not None and done.begun >= self._session:
            # One that an earlier session had begun is finished first, and says nothing of since.
            self._every = WEEK
        return done
