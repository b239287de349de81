"""The central service under load: one worker, on both engines, beside a bare loop and another maker's server.

- *reads*, *creations*, *pages of the feed* a second, the audit of every access written, at more and more
  citizens: milliseconds a request, so that lower is better and a ratio reads as everywhere here.
- beside a bare Starlette + psycopg that does the same SQL (``sync.service.measuring.bare``; PostgreSQL).
- beside ``sekmet-fhir``, where it is installed, which writes no audit here.
- *kiosks at once*: two hundred connections that read and file; what one in a hundred waits, and errors.

PostgreSQL is measured where ``TANDEM_BENCH_RECORDS`` names an empty database; ``TANDEM_BENCH_CITIZENS`` adds
a larger count (100000). Whoever asks is in this process, the server in another: on two cores each has one.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx
import orjson

from app.ids import mint
from sync.service.measuring.seeding import Citizen, seed, tokens
from sync.service.measuring.seeding import measure as observation
from sync.service.service import Service
from ui.bench.load import asked, request
from ui.bench.timing import compared, plain, skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ui.bench import Figure
    from ui.bench.load import Load

BARE_GOAL, SEKMET_GOAL, FLAT_GOAL = 2.0, 1.0, 1.2
BARE = "the bare loop"
_KIOSKS, _CONNECTIONS, _SIGNED_IN = 200, 4, 200


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the figures of each engine that is there."""
    yield from _engine("embedded", None, smoke=smoke)
    address = os.environ.get("TANDEM_BENCH_RECORDS")
    if address:
        yield from _engine("PostgreSQL", address, smoke=smoke)
    else:
        yield skipped("PostgreSQL", "TANDEM_BENCH_RECORDS names no empty database")


def _engine(name: str, records: str | None, *, smoke: bool) -> Iterator[Figure]:
    counts = [2] if smoke else [10, 1_000, 10_000]
    if not smoke and (more := os.environ.get("TANDEM_BENCH_CITIZENS")):
        counts.append(int(more))
    runs, seconds = (1, 0.2) if smoke else (3, 2.0)
    first: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        before, known = 0, list[Citizen]()
        for count in counts:
            with (
                _Tended(Path(folder) / "data", records, before, count, known) as tended,
                _rivals(records, Path(folder) / str(count), tended) as rivals,
            ):
                for figure in _rates(name, count, tended, rivals, runs, seconds):
                    yield figure
                    kind = figure.name.split(",", 1)[0]
                    if figure.beside is None:
                        base = first.setdefault(kind, figure.median)
                        yield compared(
                            f"{kind}, {count} citizens", [figure.median], "the fewest", [base], goal=FLAT_GOAL
                        )
                if count == counts[-1]:
                    yield from _kiosks(name, tended, seconds)
            before = count


def _rates(
    name: str, count: int, tended: _Tended, rivals: dict[str, _Rival], runs: int, seconds: float
) -> Iterator[Figure]:
    """Let ours and the rivals take turns at each kind of request."""
    for kind, ours in tended.makers().items():
        took = list[float]()
        theirs: dict[str, list[float]] = {each: [] for each in rivals if kind in rivals[each].makers}
        for _ in range(runs):
            took.append(_each(asked(tended.port, ours, connections=_CONNECTIONS, seconds=seconds)))
            for each, found in theirs.items():
                rival = rivals[each]
                load = asked(rival.port, rival.makers[kind], connections=_CONNECTIONS, seconds=seconds)
                found.append(_each(load))
        label = f"{name}: {kind}, {count} citizens"
        yield plain(label, took)
        for each, found in theirs.items():
            goal = BARE_GOAL if each == BARE else SEKMET_GOAL
            yield compared(label, took, each, found, goal=goal)


def _each(load: Load) -> float:
    """Return milliseconds a request of all that were answered well."""
    assert not load.refused, load.refused[:5]  # noqa: S101
    return 1000 / load.rate


def _kiosks(name: str, tended: _Tended, seconds: float) -> Iterator[Figure]:
    makers = tended.makers()
    mixed = itertools.cycle([makers["page of the feed"], makers["read"], makers["creation"]])

    def make() -> bytes:
        return next(mixed)()

    load = asked(tended.port, make, connections=_KIOSKS, seconds=max(seconds * 2, 1.0))
    label = f"{name}: {_KIOSKS} kiosks at once"
    yield plain(f"{label}, one in a hundred waits longer than", [load.p99])
    yield plain(f"{label}, a request", [1000 / load.rate])
    if load.refused:
        yield plain(f"{label}, errors", [float(len(load.refused))], goal=0.0, unit="errors")


class _Tended:
    """Our service in a process of its own, with so many citizens, some of whom are signed in."""

    def __init__(
        self, data: Path, records: str | None, before: int, count: int, known: list[Citizen]
    ) -> None:
        self.port = _free_port()
        origin = f"http://127.0.0.1:{self.port}"
        service = Service.open(data, records=records)
        try:
            service.origin = origin
            known += seed(service, count, before)
            dice = random.Random(1)  # noqa: S311 (who asks)
            asking = dice.sample(known, min(_SIGNED_IN, len(known)))
            self.people = [Person(*each) for each in zip(asking, tokens(service, asking), strict=True)]
        finally:
            service.close()
        command = [sys.executable, "-m", "sync.service", "--data", str(data), "--port", str(self.port)]
        command += ["--records", records] if records else []
        self._process = _started(command, self.port, "/ready")

    def makers(self) -> dict[str, Callable[[], bytes]]:
        """Return what makes each kind of request, of one person after the other."""
        turn = itertools.cycle(self.people)
        return {
            "read": lambda: next(turn).read(),
            "creation": lambda: next(turn).create(),
            "page of the feed": lambda: next(turn).feed(),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        _ended(self._process)


@dataclass(frozen=True, slots=True)
class _Rival:
    port: int
    makers: dict[str, Callable[[], bytes]]


@contextmanager
def _rivals(records: str | None, folder: Path, tended: _Tended) -> Iterator[dict[str, _Rival]]:
    with ExitStack() as stack:
        found = {}
        if records is not None:
            found[BARE] = stack.enter_context(_bare(records, tended))
        if importlib.util.find_spec("sekmet") is not None:
            found["sekmet-fhir"] = stack.enter_context(_sekmet(folder, tended.people[:20]))
        yield found


@contextmanager
def _bare(records: str, tended: _Tended) -> Iterator[_Rival]:
    port = _free_port()
    command = [sys.executable, "-m", "sync.service.measuring.bare", records, str(port)]
    process = _started(command, port, "/")
    turn = itertools.cycle(tended.people)
    try:
        yield _Rival(port, {"read": lambda: next(turn).read(), "creation": lambda: next(turn).create_bare()})
    finally:
        _ended(process)


@contextmanager
def _sekmet(folder: Path, people: list[Person]) -> Iterator[_Rival]:
    folder.mkdir()
    port = _free_port()
    settings = {
        "base_url": f"http://127.0.0.1:{port}/fhir",
        "host": "127.0.0.1",
        "port": port,
        "db_path": str(folder / "other.db"),
        "log_inbound": False,
        "validation": {"inbound": "off"},
        "simulator": {"enabled": False},
    }
    # JSON is YAML.
    (folder / "settings.yaml").write_text(json.dumps(settings))
    command = [sys.executable, "-W", "ignore", "-c", "from sekmet.cli import app; app()", "serve"]
    process = _started(command, port, "/fhir/metadata", SEKMET_CONFIG=str(folder / "settings.yaml"))
    try:
        with httpx.Client(trust_env=False, base_url=f"http://127.0.0.1:{port}/fhir") as client:
            for each in people:
                body = orjson.loads(each.body()) | {"id": each.citizen.measure_id}
                client.put(f"/Observation/{body['id']}", json=body).raise_for_status()
        turn = itertools.cycle(people)
        yield _Rival(port, {"read": lambda: next(turn).read(), "creation": lambda: next(turn).create()})
    finally:
        _ended(process)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _started(command: list[str], port: int, path: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start a server and wait until it answers."""
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False, timeout=5)
        except httpx.TransportError:
            if process.poll() is not None or time.monotonic() > until:
                _ended(process)
                raise
            time.sleep(0.05)
        else:
            return process


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Person:
    """Somebody who is signed in; makes requests in their name."""

    def __init__(self, citizen: Citizen, token: str) -> None:
        self.citizen = citizen
        self._token = token

    def read(self) -> bytes:
        """Read a measure."""
        return request("GET", f"/fhir/Observation/{self.citizen.measure_id}", self._token)

    def feed(self) -> bytes:
        """Read the first page of the feed."""
        return request("GET", f"/fhir/Patient/{self.citizen.patient_id}/$changes?_count=200", self._token)

    def create(self) -> bytes:
        """File a measure."""
        return request("POST", "/fhir/Observation", self._token, self.body())

    def create_bare(self) -> bytes:
        """File it in the bare loop."""
        path = f"/fhir/Observation?patient={self.citizen.patient_id}"
        return request("POST", path, "", self.body())

    def body(self) -> bytes:
        """Make a measure."""
        return orjson.dumps(observation(self.citizen.patient_id, mint(), 60))
