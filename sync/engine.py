"""The sync engine of one person's session.

Decision: two threads and one transport. One pulls and pushes: pull first (it is the probe whether
anyone is there, so nothing is counted as tried without a network), then the acts in their order,
then pull again so that the feed confirms them. The other fetches documents, so that a large one
never keeps an act waiting. Screens never call the network: they change the store, the engine
notices. What decides (verdicts, page checks, waits) is in pure functions beside; here are only
threads, waits and what the screen is told.
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
from app.errors import TandemError
from sync.backoff import full_jitter
from sync.downloads import BUDGET, Downloads
from sync.failures import (
    Absent,
    Busy,
    Forbidden,
    Offline,
    Refused,
    ServiceBroken,
    TooLarge,
    TransportError,
    Unauthorised,
)
from sync.fhir_client import FhirClient
from sync.incoming import Incoming, Outbox
from sync.outgoing import Outgoing
from sync.readings import Readings
from sync.status import StatusBoard, SyncStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.clock import Clock
    from app.records import Records
    from app.vault.files import DocumentFiles
    from sync.transport import Transport

__all__ = ["Engine", "SyncStatus"]

POLL_SECONDS = 15.0
# Without a network a try costs nothing: look often, so that the person sees it come back.
_OFFLINE_LIMIT = 5.0
_GRACE_SECONDS = 1.0
_PAUSE = 24 * 3600.0
_UNEXPECTED = "sync-failed"

_log = logging.getLogger(__name__)


class Engine:
    """Keeps one person's records and their service alike, from :meth:`start` to :meth:`stop`."""

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
        on_document: Callable[[str], None] = lambda _: None,
        on_document_failed: Callable[[str, TandemError], None] = lambda _id, _error: None,
    ) -> None:
        self._rng = rng or random.Random()  # noqa: S311 (spreads waits, keeps no secret)
        self._clock = clock
        self._poll = poll
        self._records = records
        self._transport = transport
        client = FhirClient(transport)
        self._incoming = Incoming(records, client, patient_id, outbox)
        self._outgoing = Outgoing(records, files, client, transport, clock=clock, rng=self._rng)
        self._readings = Readings(records, transport, outbox)
        self._downloads = Downloads(
            records, files, transport, arrived=on_document, failed=on_document_failed, budget=budget
        )
        self._board = StatusBoard()
        self._stopping = threading.Event()
        self._stirred, self._files_stirred = threading.Event(), threading.Event()
        self._forgive = True
        self._failures = 0
        self._unsubscribe = changes.subscribe(self._changed)
        self._threads = (
            threading.Thread(target=self._run, name="sync", daemon=True),
            threading.Thread(target=self._run_files, name="sync-files", daemon=True),
        )

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Sync now: the network is back, someone signed in anew, or pressed the button."""
        self._failures = 0
        self._forgive = True
        self._stir()

    def want(self, document_id: str) -> None:
        """Fetch this document's file before all others; ``on_document`` says when it is here."""
        self._downloads.want(document_id)
        self._files_stirred.set()

    def refused_file(self, document_id: str) -> str | None:
        """Return the code of the error for which a file is not fetched; :meth:`want` tries again."""
        return self._downloads.refused(document_id)

    def on_status(self, listener: Callable[[SyncStatus], None]) -> Callable[[], None]:
        """Hear the status now and whenever it changes, from another thread; what comes back ends it."""
        return self._board.listen(listener)

    @property
    def status(self) -> SyncStatus:
        """The status now."""
        return self._board.present

    def stop(self, timeout: float = 5.0) -> bool:
        """End both threads; what is under way is cut and taken up next time. True when they ended."""
        self._stopping.set()
        self._unsubscribe()
        self._stir()
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
            wait = self._round()
            self._count()
            self._board.update(busy=False)
            self._stirred.wait(wait)

    def _round(self) -> float:
        """Pull, push, pull; return the seconds until the next round."""
        try:
            self._sync()
        except Unauthorised as failure:
            return self._stand_still(failure)
        except TransportError as failure:
            return self._failed(failure)
        except TandemError as failure:
            _log.warning("sync stopped: %s", failure.code)
            return self._failed(failure)
        except Exception as problem:  # noqa: BLE001 (the thread must live)
            _log.error("sync failed: %s", type(problem).__name__)
            self._board.update(reason=_UNEXPECTED)
            self._failures += 1
            return full_jitter(self._failures, self._rng)
        self._failures = 0
        return self._until_due()

    def _sync(self) -> None:
        before = self._outgoing.answered_ids()
        self._pull()
        self._outgoing.check_answered(before)
        forgive, self._forgive = self._forgive, False
        if self._outgoing.push(forgive=forgive, stopping=self._stopping.is_set, moved=self._moved):
            self._pull()
        self._tell_readings()

    def _pull(self) -> None:
        self._incoming.pull(stopping=self._stopping.is_set, received=self._received)
        offset = self._transport.clock_offset
        self._board.update(
            online=True,
            reason=None,
            last_sync=self._clock(),
            clock_offset=None if offset is None else offset.total_seconds(),
        )
        self._files_stirred.set()
        self._count()

    def _tell_readings(self) -> None:
        """Tell who looked. A service that takes acts and not this is no failure: it is sealed besides."""
        try:
            self._readings.push(self._stopping.is_set)
        except (ServiceBroken, Refused, Forbidden, Absent, TooLarge) as failure:
            _log.warning("readings not told: %s", failure.code)

    def _received(self, count: int) -> None:
        self._board.update(online=True, received=self._board.present.received + count)
        self._files_stirred.set()

    def _moved(self, _: int) -> None:
        self._board.update(online=True)

    def _count(self) -> None:
        try:
            waiting = self._records.waiting()
        except TandemError as failure:
            self._board.update(reason=failure.code)
            return
        self._board.update(waiting=waiting.count, parked=waiting.parked, oldest=waiting.oldest)

    def _failed(self, failure: TandemError) -> float:
        """Say what stands in the way; return how long to wait before looking again."""
        self._failures += 1
        offline = isinstance(failure, Offline)
        self._board.update(online=not offline and isinstance(failure, TransportError), reason=failure.code)
        if offline:
            self._forgive = True
            return full_jitter(self._failures, self._rng, _OFFLINE_LIMIT)
        if isinstance(failure, Busy):
            return float(failure.retry_after)
        return full_jitter(self._failures, self._rng)

    def _stand_still(self, failure: TandemError) -> float:
        self._board.update(online=True, reason=failure.code)
        return _PAUSE

    def _until_due(self) -> float:
        due = self._outgoing.next_due()
        if due is None:
            return self._poll
        return min(self._poll, max(0.2, (due - self._clock()).total_seconds()))

    # Files

    def _run_files(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._files_stirred.clear()
            try:
                while self._downloads.step(self._stopping) and not self._stopping.is_set():
                    failures = 0
                wait = _PAUSE
            except Unauthorised:
                wait = _PAUSE
            except TransportError as failure:
                failures += 1
                wait = full_jitter(
                    failures, self._rng, _OFFLINE_LIMIT if isinstance(failure, Offline) else 60
                )
            except Exception as problem:  # noqa: BLE001 (a full disk; the acts go on)
                _log.error("download failed: %s", type(problem).__name__)
                failures += 1
                wait = 60.0
            self._files_stirred.wait(wait)

    # Being told

    def _changed(self, change: Change) -> None:
        if change.origin is Origin.ACT:
            self._count()
            self._stirred.set()
        elif change.origin is Origin.OPERATION and threading.current_thread() is not self._threads[0]:
            self._stirred.set()

    def _stir(self) -> None:
        self._stirred.set()
        self._files_stirred.set()
