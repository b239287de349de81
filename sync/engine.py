"""The sync engine of one person's session.

Decision: one transport and three threads. One does the rounds (``rounds``: pull, push, pull); the two others
bring files up and down, small ones and what somebody opened in one, images and what is large in the other
(``lanes``), so that a radiograph never keeps an act or a prescription waiting. Screens never call the
network: they change the store, the engine notices. What decides is in the modules beside; here are
only threads, waits and what the screen is told.
A sign-in that is over pauses everything until :meth:`Engine.wake`; no operation is dropped.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from typing import TYPE_CHECKING

from app.changes import Change, Changes, Origin
from app.clock import now
from sync.backoff import full_jitter
from sync.deposits import Deposits
from sync.downloads import BUDGET, Downloads
from sync.failures import Offline, TransportError, Unauthorised
from sync.lanes import Lane, Lanes
from sync.outgoing import Outgoing
from sync.pulling import Pulling
from sync.readings import Readings
from sync.rounds import OFFLINE_LIMIT, PAUSE, Rounds
from sync.status import StatusBoard, SyncStatus
from sync.verdicts import Judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.clock import Clock
    from app.errors import TandemError
    from app.records import Records
    from app.vault.files import DocumentFiles
    from sync.incoming import Outbox
    from sync.transport import Transport

__all__ = ["Engine", "SyncStatus"]

POLL_SECONDS = 15.0
_GRACE_SECONDS = 1.0
_FILES_LIMIT = 60.0

_log = logging.getLogger(__name__)


class Engine:
    """Keeps one person's records and their service alike, from :meth:`start` to :meth:`stop`.

    ``metered`` says whether the line is paid by what it carries: then only what somebody asked for comes,
    acts go as ever, and what is large waits.
    """

    def __init__(
        self,
        records: Records,
        files: DocumentFiles,
        transport: Transport,
        patient_id: str,
        changes: Changes,
        outbox: Outbox | None = None,
        clock: Clock = now,
        rng: random.Random | None = None,
        *,
        poll: float = POLL_SECONDS,
        budget: int = BUDGET,
        metered: Callable[[], bool] = lambda: False,
        on_document: Callable[[str], None] = lambda _: None,
        on_document_failed: Callable[[str, TandemError], None] = lambda _id, _error: None,
    ) -> None:
        self._rng = rng or random.Random()  # noqa: S311 (spreads waits, keeps no secret)
        self._records = records
        self._transport = transport
        self._metered = metered
        self._board = StatusBoard()
        lanes, judge = Lanes(), Judge(records, clock, self._rng)
        self._pulling = pulling = Pulling(
            records, transport, patient_id, outbox, clock, root=transport.address.fhir_root
        )
        self._deposits = Deposits(
            records, files, pulling.destination, judge, lanes, clock=clock, moved=self._moved
        )
        self._downloads = Downloads(
            records,
            files,
            transport,
            arrived=on_document,
            failed=on_document_failed,
            moved=self._moved,
            budget=budget,
            lanes=lanes,
            elsewhere=pulling.binaries,
        )
        self._stopping = threading.Event()
        self._stirred = threading.Event()
        self._files_stirred = {lane: threading.Event() for lane in (Lane.DOCUMENTS, Lane.IMAGES)}
        self._rounds = Rounds(
            records,
            transport,
            pulling,
            Outgoing(records, pulling.destination, judge, clock=clock, deposits=self._deposits),
            Readings(records, pulling.rest, outbox, pulling.ids.outward),
            self._board,
            lanes,
            clock=clock,
            rng=self._rng,
            poll=poll,
            pulled=self._stir_files,
        )
        self._unsubscribe = changes.subscribe(self._changed)
        self._threads = (
            threading.Thread(target=self._run, name="sync", daemon=True),
            *(
                threading.Thread(target=self._run_files, args=(lane,), name=f"sync-{lane.name}", daemon=True)
                for lane in self._files_stirred
            ),
        )

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Sync now: the network is back, someone signed in anew, or pressed the button."""
        self._rounds.forgive()
        self._stirred.set()
        self._stir_files()

    def want(self, document_id: str) -> None:
        """Fetch this document's file before all others; ``on_document`` says when it is here."""
        self._downloads.want(document_id)
        self._files_stirred[Lane.DOCUMENTS].set()

    def refused_file(self, document_id: str) -> str | None:
        """Return the code of the error for which a file is not fetched; :meth:`want` tries again."""
        return self._downloads.refused(document_id)

    def carry_out_removals(self, *, wanted: bool, seen: int | None = None) -> None:
        """Say whether to delete here what the service has deleted; what is not wanted stays here.

        ``seen``: how many the person was told of; raises ``RemovalsChanged`` where there are others now.
        """
        if wanted:
            self._records.carry_out_removals(seen)
        else:
            self._records.keep_removals()
        self.wake()

    def settle_restored(self, *, offer_again: bool) -> None:
        """Say whether to offer a restored service again what it lost; nothing here is deleted either way."""
        self._records.settle_lost(self._pulling.feed, offer_again=offer_again)
        self.wake()

    @property
    def feed(self) -> str:
        """The name under which the records keep how far this person's server was read."""
        return self._pulling.feed

    def on_status(self, listener: Callable[[SyncStatus], None]) -> Callable[[], None]:
        """Hear the status now and whenever it changes, from another thread; what comes back ends it."""
        return self._board.listen(listener)

    @property
    def status(self) -> SyncStatus:
        """The status now."""
        return self._board.present

    def stop(self, timeout: float = 5.0) -> bool:
        """End the threads; what is under way is cut and taken up next time. True when they ended."""
        self._stopping.set()
        self._unsubscribe()
        self._stirred.set()
        self._stir_files()
        until = time.monotonic() + timeout
        running = [thread for thread in self._threads if thread.is_alive()]
        grace = time.monotonic() + min(_GRACE_SECONDS, timeout / 2)
        for thread in running:
            thread.join(max(0.0, grace - time.monotonic()))
        if any(thread.is_alive() for thread in running):
            self._transport.close()
        for thread in running:
            thread.join(max(0.0, until - time.monotonic()))
        self._board.close()
        return not any(thread.is_alive() for thread in self._threads)

    # Acts and records

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._stirred.clear()
            self._board.update(busy=True)
            wait = self._rounds.once(self._stopping.is_set)
            self._rounds.count()
            self._board.update(busy=False)
            # How files go there may be known only now.
            self._stir_files()
            self._stirred.wait(wait)

    # Files

    def _run_files(self, lane: Lane) -> None:
        failures = 0
        stirred = self._files_stirred[lane]
        while not self._stopping.is_set():
            stirred.clear()
            try:
                while self._step(lane) and not self._stopping.is_set():
                    failures = 0
                wait = PAUSE
            except Unauthorised:
                wait = PAUSE
            except TransportError as failure:
                failures += 1
                limit = OFFLINE_LIMIT if isinstance(failure, Offline) else _FILES_LIMIT
                wait = full_jitter(failures, self._rng, limit)
            except Exception as problem:  # noqa: BLE001 (a full disk; the acts go on)
                _log.error("files stand still: %s", type(problem).__name__)
                failures += 1
                wait = _FILES_LIMIT
            stirred.wait(wait)

    def _step(self, lane: Lane) -> bool:
        """Move one file; what acts wait for goes before what may be read one day."""
        if not self._pulling.is_known:
            # Whose server this is, and so how it takes files, the first pull finds out.
            return False
        metered = self._metered()
        if metered and lane is Lane.IMAGES:
            return False
        if self._downloads.step(self._stopping, lane, asked_only=True):
            return True
        if self._pulling.takes_files and self._deposits.step(lane, self._stopping.is_set):
            self._stirred.set()
            return True
        return not metered and self._downloads.step(self._stopping, lane)

    # Being told

    def _moved(self, count: int) -> None:
        self._board.update(online=True, moved=self._board.present.moved + count)

    def _changed(self, change: Change) -> None:
        if change.origin is Origin.ACT:
            self._rounds.count()
            self._stirred.set()
            self._stir_files()
        elif change.origin is Origin.OPERATION and threading.current_thread() not in self._threads:
            self._stirred.set()
            self._stir_files()

    def _stir_files(self) -> None:
        for each in self._files_stirred.values():
            each.set()
