"""The sync engine beside the limits of what it works with: the raw store, the raw line.

But for the push the other side is canned (``ui.bench.canned``): what is measured is the desktop. Each
figure and what stands beside it take turns in the same run.

- *pull*: rows through transport, reading and store, beside the same rows inserted by SQLCipher alone.
- *durable push*: acts sent to a real service and noted as answered, beside a bare loop with as many.
- *one edit*: the commit of an act, beside the same rows in one bare transaction.
- *a round without news*: its requests and bytes, beside the one request that it cannot do without.
- *upload*: a file in chunks that can be taken up again, beside one PUT of its bytes.
- *sent again*: what a cut line costs, in chunks.
"""

from __future__ import annotations

import base64
import gc
import itertools
import os
import random
import tempfile
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, cast

import orjson

from app.changes import Changes
from app.clock import now
from app.fhir.bundle import transaction
from app.ids import mint
from app.records import Act, Records
from app.vault.keys import Key
from app.vault.patient import PatientVault
from sync.deposits import Deposits
from sync.destination import ToService
from sync.fhir_client import FhirClient
from sync.grouping import Grouping, bundled
from sync.incoming import PAGE_FIRST, PAGE_MOST, Incoming
from sync.lanes import Lanes
from sync.outgoing import Outgoing
from sync.transport import Address, Transport
from sync.uploads import TUS, Upload, upload
from sync.verdicts import Judge
from ui.bench.canned import Canned, canned, feed_pages, measures
from ui.bench.timing import compared, milliseconds, plain
from ui.tour.conductor import Conductor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.records import Operation
    from app.vault.sealed import SealedReader
    from ui.bench import Figure

PULL_GOAL, PUSH_GOAL, EDIT_GOAL, UPLOAD_GOAL, REQUESTS_GOAL, BYTES_GOAL = 1.667, 1.3, 1.5, 1.25, 2, 2000


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the figures of ``sync.md`` §5 that need no other program."""
    runs, rows, acts, size = (2, 400, 10, 1 << 20) if smoke else (7, 10_000, 200, 64 << 20)
    gc_was_on = gc.isenabled()
    # As in the program: garbage is the screen thread's, between two turns (``ui.screen_thread``).
    gc.disable()
    try:
        with canned() as service, Transport(Address(service.base)) as transport:
            yield from _pull(service, transport, runs, rows)
            yield from _edit(runs * 20)
            yield from _no_news(service, transport)
            yield from _upload(service, transport, runs, size)
        yield from _push(runs, acts)
    finally:
        if gc_was_on:
            gc.enable()


@contextmanager
def opened() -> Iterator[tuple[PatientVault, Records]]:
    """Open a fresh store; it is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="tandem-bench-") as name,
        PatientVault.create(Path(name), Key.random()) as vault,
    ):
        yield vault, Records(vault.store, Changes())


# Pull


def _pull(service: Canned, transport: Transport, runs: int, count: int) -> Iterator[Figure]:
    bodies = measures(count)
    service.pages = feed_pages(bodies, page_starts(count))
    ours, raw, held = [], [], []
    for _ in range(runs):
        with opened() as (_, records):
            before = _resident()
            ours.append(milliseconds(lambda: pulled(records, transport)) / count)
            held.append((_resident() - before) / 1e6)
        with opened() as (vault, _):
            raw.append(_raw_rows(vault, bodies) / count)
        gc.collect()
    yield compared(f"pull of {count} rows: a row", ours, "SQLCipher alone", raw, goal=PULL_GOAL)
    yield plain("memory that the pull took", [max(each, 0.001) for each in held], unit="MB")


def page_starts(count: int) -> list[int]:
    """Return where each page of so many rows begins: they grow as those that the engine asks for."""
    starts, size = [0], PAGE_FIRST
    while starts[-1] + size < count:
        starts.append(starts[-1] + size)
        size = min(2 * size, PAGE_MOST)
    return starts


def pulled(records: Records, transport: Transport) -> None:
    """Pull our feed to its end."""
    Incoming(records, FhirClient(transport), "p").pull(stopping=lambda: False)


def _raw_rows(vault: PatientVault, bodies: list[dict[str, object]]) -> float:
    """Insert the same rows, in as many transactions, with nothing besides."""
    rows = [
        ("Observation", each["id"], "1", "2026", orjson.dumps(each).decode(), 1, "2026") for each in bodies
    ]

    def insert() -> None:
        starts = page_starts(len(rows))
        for start, end in pairwise([*starts, len(rows)]):
            with vault.store.transaction() as connection:
                connection.executemany(
                    "INSERT INTO truth (type, id, version, last_updated, body, generation, received_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    rows[start:end],
                )

    return milliseconds(insert)


def _resident() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:  # no such file on Windows
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE")


# Push


def _push(runs: int, count: int) -> Iterator[Figure]:
    """Acts of one person, to a real service: it files each of them, ours and the bare loop's alike."""
    ours, raw = [], []
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name, Conductor(Path(name)) as conductor:
        ready = conductor.start_service("--data", f"{name}/service", "--demo", "--people", "1")
        citizen = next(each for each in ready["identities"] if each["kind"] == "citizen")
        tokens = _Token(str(citizen["access_token"]))
        with Transport(Address(str(ready["base"])), tokens) as transport:
            for _ in range(runs):
                ours.append(_pushed(transport, tokens.patient, count))
                raw.append(_bare_loop(transport, tokens.patient, count))
    yield compared(f"durable push of {count} acts", ours, "as many in a bare loop", raw, goal=PUSH_GOAL)


class _Token:
    """A token that is what it is, and whose it is."""

    def __init__(self, token: str) -> None:
        self._token = token
        claims = token.split(".")[1]
        told = orjson.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        self.patient = str(told["patient"])

    def access_token(self) -> str:
        return self._token

    def renewed(self, stale: str) -> str:
        return stale


def _pushed(transport: Transport, patient: str, count: int) -> float:
    with opened() as (vault, records):
        for number in range(count):
            commit(records, number, patient)
        judge = Judge(records, now, random.Random(1))  # noqa: S311 (spreads waits)
        service = ToService(transport)
        deposits = Deposits(records, vault.files, lambda: service, judge, Lanes(), clock=now)
        outgoing = Outgoing(records, lambda: service, judge, clock=now, deposits=deposits)
        took = milliseconds(lambda: _all_pushed(outgoing))
        left = records.due(now())
    assert not left, "all was sent"  # noqa: S101
    return took


def _all_pushed(outgoing: Outgoing) -> None:
    while outgoing.push():
        pass


def _bare_loop(transport: Transport, patient: str, count: int) -> float:
    """Post the same kind of acts in the same groups, and remember nothing of it."""
    with opened() as (_, records):
        made = [commit(records, number, patient) for number in range(count)]
    alone = {each.seq: orjson.dumps(transaction(each.resources)) for each in made}
    groups = Grouping().groups(made, alone)
    bodies = [bundled([alone[each.seq] for each in group]) for group in groups]
    client = FhirClient(transport)

    def post() -> None:
        for body in bodies:
            client.transaction(body)

    return milliseconds(post)


# One edit


def commit(records: Records, number: int, patient: str = "p") -> Operation:
    """Commit an act of a person: a measure, with its Provenance and its line in the journal."""
    op_id = mint()
    body = measures(1)[0] | {"id": mint(), "note": [{"text": f"n° {number}"}]}
    body["subject"] = {"reference": f"Patient/{patient}"}
    provenance = {
        "resourceType": "Provenance",
        "id": op_id,
        "target": [{"reference": f"Observation/{body['id']}"}],
        "recorded": "2026-11-22T08:00:00Z",
        "agent": [{"who": {"reference": f"Patient/{patient}"}}],
    }
    event = {"resourceType": "AuditEvent", "action": "C", "entity": [{"what": {"reference": "Patient/p"}}]}
    return records.commit(Act(op_id, (body, provenance), {}, event))


def _edit(runs: int) -> Iterator[Figure]:
    ours, raw = [], []
    with opened() as (_, records), opened() as (vault, _):
        commit(records, 0)
        for number in itertools.islice(itertools.count(1), runs):
            ours.append(milliseconds(lambda: commit(records, number)))  # noqa: B023
            raw.append(milliseconds(lambda: _bare(vault, number)))  # noqa: B023
    yield compared("one edit with its operation", ours, "the same rows, bare", raw, goal=EDIT_GOAL)


def _bare(vault: PatientVault, number: int) -> None:
    """Write what a commit writes, and nothing more."""
    body = orjson.dumps(measures(1)[0] | {"note": [{"text": f"n° {number}"}]}).decode()
    op_id, moment = mint(), "2026-11-22T08:00:00Z"
    with vault.store.transaction() as connection:
        (seq,) = connection.execute(
            "INSERT INTO op (op_id, state, lane, resources, base_versions, created_at, state_at)"
            " VALUES (?, 'pending', 1, ?, '{}', ?, ?) RETURNING seq",
            (op_id, f"[{body}]", moment, moment),
        ).fetchone()
        for kind, resource_id in (("Observation", mint()), ("Provenance", op_id)):
            connection.execute("INSERT INTO op_resource VALUES (?, ?, ?)", (seq, kind, resource_id))
            connection.execute(
                "INSERT INTO local (type, id, body, seq) VALUES (?, ?, ?, ?)", (kind, resource_id, body, seq)
            )
        connection.execute(
            "INSERT INTO audit VALUES (?, ?, ?, ?, ?)", (number, mint(), moment, body[:300], b"x" * 32)
        )


# A round without news


def _no_news(service: Canned, transport: Transport) -> Iterator[Figure]:
    with opened() as (_, records):
        pulled(records, transport)
        before = service.requests
        size = len(service.pages[max(service.pages)])
        pulled(records, transport)
        asked = service.requests - before
    yield plain("a round without news: requests", [float(asked)], goal=REQUESTS_GOAL, unit="requests")
    yield plain("a round without news: body", [float(size)], goal=BYTES_GOAL, unit="bytes")


# Uploads


class SentBytes:
    """What a sealed document is to the upload; counts what was read of it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)
        self.chunks: list[int] = []

    def read_at(self, start: int, count: int) -> bytes:
        """Read, and note how much."""
        piece = self._data[start : start + count]
        self.chunks.append(len(piece))
        return piece


def _upload(service: Canned, transport: Transport, runs: int, size: int) -> Iterator[Figure]:
    data = random.Random(3).randbytes(size)  # noqa: S311 (made-up bytes)
    wanted = Upload("x", "d", "application/pdf", "0" * 64, size)
    ours, raw, again = [], [], []
    for number in range(runs):
        ours.append(milliseconds(lambda: brought(transport, wanted, SentBytes(data))))
        raw.append(milliseconds(lambda: transport.request("PUT", "raw", content=data)))
        dice = random.Random(number)  # noqa: S311 (where the line is cut)
        service.cut_after = sorted(dice.randrange(1, size) for _ in range(3))
        source = SentBytes(data)
        brought(transport, wanted, source)
        cuts = 3 - len(service.cut_after)
        again.append((sum(source.chunks) - size) / cuts / max(source.chunks))
    yield compared(f"upload of {size >> 20} MiB", ours, "one PUT", raw, goal=UPLOAD_GOAL)
    yield plain("sent again after a cut, in chunks", again, goal=1.0, unit="chunks")


def brought(transport: Transport, wanted: Upload, source: SentBytes) -> None:
    """Upload all of it."""
    transport.request("POST", "uploads", headers=TUS | {"Upload-Length": str(wanted.size)})
    done = upload(transport, wanted, cast("SealedReader", source))
    assert done, "all of it came"  # noqa: S101
