"""Many desktops in one process: each has its own store, its own connection and the engine's own parts."""

from __future__ import annotations

import random
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from app.changes import Changes
from app.clock import now
from app.errors import TandemError
from app.records import Records
from app.vault.keys import Key
from app.vault.patient import PatientVault
from sync.deposits import Deposits
from sync.destination import ToService
from sync.fhir_client import FhirClient
from sync.incoming import Incoming
from sync.lanes import Lanes
from sync.outgoing import Outgoing
from sync.transport import Address, Transport
from sync.verdicts import Judge
from ui.bench.sync import commit

if TYPE_CHECKING:
    from pathlib import Path

    from sync.service.measuring.seeding import SignedIn

_ACTS = 3


class _Token:
    def __init__(self, token: str) -> None:
        self._token = token

    def access_token(self) -> str:
        return self._token

    def renewed(self, stale: str) -> str:
        return stale


class _Kiosk:
    """One desktop, its session open."""

    def __init__(self, undo: ExitStack, folder: Path, base: str, one: SignedIn) -> None:
        vault = undo.enter_context(PatientVault.create(folder, Key.random()))
        self._records = Records(vault.store, Changes())
        transport = undo.enter_context(Transport(Address(base), _Token(one.token), stall=30))
        self._patient, service = one.person.patient_id, ToService(transport)
        judge = Judge(self._records, now, random.Random(one.person.number))  # noqa: S311 (spreads waits)
        deposits = Deposits(self._records, vault.files, lambda: service, judge, Lanes(), clock=now)
        self._outgoing = Outgoing(self._records, lambda: service, judge, clock=now, deposits=deposits)
        self._incoming = Incoming(self._records, FhirClient(transport), self._patient)

    def round(self) -> int:
        """Pull, file, send, pull; returns how many acts the feed confirmed."""
        self._incoming.pull(stopping=lambda: False)
        for number in range(_ACTS):
            commit(self._records, number, self._patient)
        while self._outgoing.push():
            pass
        self._incoming.pull(stopping=lambda: False)
        return _ACTS - len(self._records.operations())


class Crowd:
    """All of them, opened before the first begins."""

    def __init__(self, folder: Path, base: str, people: list[SignedIn]) -> None:
        self._undo = ExitStack()
        self.times: list[float] = []
        self.confirmed = self.errors = 0
        self._lock = threading.Lock()
        self._kiosks = [
            _Kiosk(self._undo, folder / f"pc{number}", base, each) for number, each in enumerate(people)
        ]
        self._begin = threading.Barrier(len(people))

    def visit(self, number: int) -> None:
        """Wait for everybody, then do one kiosk's round."""
        self._begin.wait()
        started = time.perf_counter()
        try:
            confirmed = self._kiosks[number].round()
        except TandemError:
            confirmed = 0
        took = (time.perf_counter() - started) * 1000
        with self._lock:
            self.times.append(took)
            self.confirmed += confirmed
            self.errors += confirmed != _ACTS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()
