"""The central service under load: what one worker does in a second, beside what the bare work would take.

- *reads, filings, pages of the feed*: each with its event of the audit, durable before the answer leaves;
  one worker, embedded and on PostgreSQL, with few and with many citizens. All take turns in each round, and a
  ratio is the middle one of the rounds' own: what slows a machine for a minute slows both. The first round,
  which finds nothing in memory, is not counted; what filling leaves to be done later is done before.
- beside them on the same PostgreSQL: Starlette and psycopg with the same rows and nothing else
  (``sync.service.measuring.bare``); and another maker's FHIR server, ``sekmet-fhir``, which writes no audit.
- *kiosks*: 200 desktops' own engines in one process, each pulling, filing and pulling again, all at once.

What needs a program that is not here says so. ``--large`` adds 100,000 citizens.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from operator import truediv
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from app.ids import mint
from sync.service import capacity
from sync.service.measuring.seeding import measure as observation
from ui.bench import Figure
from ui.bench.load import asked, request
from ui.bench.ocr import percent
from ui.bench.peers import Absent, free_port, other_server, postgres, running, settle
from ui.bench.timing import plain, skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync.service.measuring.seeding import SignedIn

FLAT_GOAL, BARE_GOAL, OTHER_GOAL = 0.8, 0.5, 1.0
CONNECTIONS = 4
_SAMPLE = 200
_KINDS = ("read", "filing", "page of the feed")


@dataclass(slots=True)
class _Target:
    """Somebody who answers: how to ask for each kind of thing, and the rates that were met."""

    name: str
    port: int
    makes: dict[str, Callable[[], bytes]]
    rates: dict[str, list[float]] = field(default_factory=dict)
    refused: int = 0

    def meet(self, kind: str, seconds: float) -> None:
        load = asked(self.port, self.makes[kind], connections=CONNECTIONS, seconds=seconds)
        self.rates.setdefault(kind, []).append(load.rate)
        self.refused += len(load.refused)

    def forget(self) -> None:
        """Count nothing that was met until now, but what was refused."""
        self.rates.clear()


def measure(*, smoke: bool, large: bool = False) -> Iterator[Figure]:
    """Yield the figures of issue 5's "Figures" that are the service's."""
    sizes = [10, 100] if smoke else [10, 1000, 10_000, *([100_000] if large else [])]
    runs, seconds = (1, 0.3) if smoke else (9, 1.0)
    with ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="tandem-bench-")))
        embedded = [_service(undo, folder, size) for size in sizes]
        shared: list[_Target] = []
        rivals: list[_Target] = []
        try:
            with_postgres = [_service(undo, folder, size, undo.enter_context(postgres())) for size in sizes]
            shared = [each for each, _, _ in with_postgres]
            rivals.append(_bare(undo, *with_postgres[-1][1:]))
        except Absent as absent:
            yield skipped("service on PostgreSQL", str(absent))
        try:
            rivals.append(_other(undo))
        except Absent as absent:
            yield skipped("service beside sekmet-fhir", str(absent))
        ours = [each for each, _, _ in embedded]
        everybody = [*ours, *shared, *rivals]
        _round(everybody, seconds)
        for target in everybody:
            target.forget()
        for _ in range(runs):
            _round(everybody, seconds)
        yield from _figures(ours, shared, rivals)
        yield from _capacity((shared or ours)[-1])
    yield from _kiosks(20 if smoke else 200)


def _round(everybody: list[_Target], seconds: float) -> None:
    for kind, target in itertools.product(_KINDS, everybody):
        if kind in target.makes:
            target.meet(kind, seconds)


def _figures(ours: list[_Target], shared: list[_Target], rivals: list[_Target]) -> Iterator[Figure]:
    for kind in _KINDS:
        for family in (ours, shared):
            for target in family:
                first = family[0] if target is not family[0] else None
                yield _compared(kind, target, first, FLAT_GOAL)
        for rival in rivals:
            yield from (
                _compared(kind, family[-1], rival, BARE_GOAL if rival.name.startswith("bare") else OTHER_GOAL)
                for family in (ours, shared)
                if family and kind in rival.makes
            )
    refused = sum(each.refused for each in (*ours, *shared))
    yield percent("requests that the service answered well", [0.0 if refused else 100.0], goal=100)


def _compared(kind: str, ours: _Target, theirs: _Target | None, goal: float) -> Figure:
    """Make a figure of rates: the more the better; its ratio is the median of the rounds'."""
    rates = ours.rates[kind]
    others = theirs.rates[kind] if theirs else []
    ratio = statistics.median(map(truediv, rates, others)) if theirs else None
    return Figure(
        name=f"{kind}, {ours.name}: one worker",
        unit="1/s",
        minimum=round(min(rates), 1),
        median=round(statistics.median(rates), 1),
        maximum=round(max(rates), 1),
        runs=len(rates),
        beside=theirs.name if theirs else None,
        beside_median=round(statistics.median(others), 1) if others else None,
        ratio=None if ratio is None else round(ratio, 3),
        goal=f"ratio >= {goal}" if theirs else "",
        met=None if ratio is None else ratio >= goal,
    )


def _capacity(measured: _Target) -> Iterator[Figure]:
    """Say how many workers each place would need (``sync.service.capacity``), with the rates just met."""
    rates = capacity.Rates(*(statistics.median(measured.rates[kind]) for kind in _KINDS))
    for place in capacity.PLACES:
        found = capacity.need(place, rates)
        size = f"{found.record_bytes / 1e12:.3g} TB of rows, {found.object_bytes / 1e12:.3g} TB of documents"
        name = f"capacity, {place.name} of {place.citizens:,}: {found.engine} ({size})"
        yield plain(f"{name}, {found.requests:.3g} requests/s", [float(found.workers)], unit="workers")


# Who answers


def _service(
    undo: ExitStack, folder: Path, citizens: int, records: str | None = None
) -> tuple[_Target, list[SignedIn], str]:
    """Fill a service with citizens, and start it as one worker."""
    data, port = folder / f"{'shared' if records else 'own'}-{citizens}", free_port()
    people = _filled(data, citizens, port, records)
    command = [sys.executable, "-m", "sync.service", "--data", str(data), "--port", str(port)]
    undo.enter_context(running([*command, *(["--records", records] if records else [])], port))
    name = f"{'PostgreSQL' if records else 'embedded'}, {citizens:,} citizens"
    turns = itertools.cycle(people)

    def read() -> bytes:
        each = next(turns)
        return request("GET", f"/fhir/Observation/{each.person.measure_id}", each.token)

    def filing() -> bytes:
        each = next(turns)
        body = observation(each.person.patient_id, mint(), 70)
        return request("PUT", f"/fhir/Observation/{body['id']}", each.token, orjson.dumps(body))

    def feed() -> bytes:
        each = next(turns)
        return request("GET", f"/fhir/Patient/{each.person.patient_id}/$changes?_count=5", each.token)

    return _Target(name, port, dict(zip(_KINDS, (read, filing, feed), strict=True))), people, records or ""


def _filled(data: Path, citizens: int, port: int, records: str | None) -> list[SignedIn]:
    from sync.service.measuring.seeding import seed, sign_in
    from sync.service.service import Service

    service = Service.open(data, records=records)
    try:
        service.origin = f"http://127.0.0.1:{port}"
        step = max(1, citizens // _SAMPLE)
        chosen = [each for each in seed(service, citizens) if each.number % step == 0]
        return sign_in(service, chosen[:_SAMPLE])
    finally:
        service.close()
        settle(records)


def _bare(undo: ExitStack, people: list[SignedIn], records: str) -> _Target:
    port = free_port()
    command = [sys.executable, "-m", "sync.service.measuring.bare", records, str(port)]
    undo.enter_context(running(command, port))
    turns = itertools.cycle(people)

    def path(what: str, *more: str) -> str:
        each = next(turns)
        end = [each.person.measure_id] if more else []
        return "/".join(["", what, each.sid, each.person.patient_id, each.key, *end])

    makes: dict[str, Callable[[], bytes]] = {
        "read": lambda: request("GET", path("read", "id")),
        "filing": lambda: request("POST", path("create")),
        "page of the feed": lambda: request("GET", path("feed")),
    }
    return _Target("bare Starlette and psycopg", port, makes)


def _other(undo: ExitStack) -> _Target:
    port = undo.enter_context(other_server())
    known = [str(mint()) for _ in range(_SAMPLE)]
    turns = itertools.cycle(known)

    def filing() -> bytes:
        body = observation("p", mint(), 70)
        return request("PUT", f"/fhir/Observation/{body['id']}", body=orjson.dumps(body))

    def read() -> bytes:
        return request("GET", f"/fhir/Observation/{next(turns)}")

    made = iter(known)

    def known_one() -> bytes:
        name = next(made, known[0])
        return request("PUT", f"/fhir/Observation/{name}", body=orjson.dumps(observation("p", name, 70)))

    count = 0
    while count < len(known):
        count += len(asked(port, known_one, connections=1, seconds=1).times)
    return _Target("sekmet-fhir, without an audit", port, {"read": read, "filing": filing})


# Kiosks


def _kiosks(count: int) -> Iterator[Figure]:
    """Let so many desktops begin at the same moment; each round pulls, files three measures, and confirms."""
    from ui.bench.kiosks import Crowd

    with ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="tandem-bench-")))
        port = free_port()
        people = _filled(folder / "data", count, port, None)
        command = [sys.executable, "-m", "sync.service", "--data", str(folder / "data"), "--port", str(port)]
        undo.enter_context(running(command, port))
        crowd = undo.enter_context(Crowd(folder, f"http://127.0.0.1:{port}", people))
        started = time.perf_counter()
        threads = [threading.Thread(target=crowd.visit, args=(number,)) for number in range(count)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        took = time.perf_counter() - started
    waits = sorted(crowd.times)
    yield plain(f"{count} kiosks at once: a whole round of one", waits)
    yield plain(f"{count} kiosks at once: p99 of a round", [waits[int(len(waits) * 0.99)]])
    yield plain(f"{count} kiosks at once: acts confirmed a second", [crowd.confirmed / took], unit="1/s")
    well = 100 * (1 - crowd.errors / count)
    yield percent(f"{count} kiosks at once: without an error", [well], goal=100)
