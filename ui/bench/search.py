"""Search in 10,000 documents, beside the raw FTS query on the same file."""

from __future__ import annotations

import random
import statistics
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.records import DocumentQuery
from app.search import match
from ui.bench import Figure
from ui.bench.made_up import WORDS, opened_records
from ui.bench.timing import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.vault.sqlcipher import Connection

GOAL = 1.5
# The rival: FTS5 itself giving the newest page of hits with what a row shows, nothing made of it.
RAW = """
    SELECT d.* FROM (
        SELECT rowid AS hit FROM document_words WHERE document_words MATCH ? ORDER BY rowid DESC LIMIT 200
    ) CROSS JOIN document d ON d.place = hit ORDER BY hit DESC
"""


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the 95th percentile of searches as typed, letter by letter, beside the raw query."""
    size, runs = (300, 20) if smoke else (10_000, 200)
    dice = random.Random(1)  # noqa: S311  made-up queries
    ours: list[float] = []
    raw: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder,
        opened_records(Path(folder), size) as (vault, records, _),
        vault.store.read() as connection,
    ):
        for _round in range(runs):
            typed = dice.choice(WORDS)[: dice.randrange(3, 8)]
            expression = match(typed)
            raw.append(milliseconds(partial(all_rows, connection, expression)))
            ours.append(milliseconds(partial(records.documents, DocumentQuery(text=typed))))
    yield at_95(size, ours, raw)


def all_rows(connection: Connection, expression: str | None) -> list[object]:
    """Ask SQLite alone."""
    return list(connection.execute(RAW, (expression,)).fetchall())


def at_95(size: int, ours: list[float], raw: list[float]) -> Figure:
    """Compare the 95th percentiles."""
    mine, theirs = statistics.quantiles(ours, n=20)[-1], statistics.quantiles(raw, n=20)[-1]
    return Figure(
        name=f"search in {size} documents: p95",
        unit="ms",
        minimum=round(min(ours), 3),
        median=round(statistics.median(ours), 3),
        maximum=round(max(ours), 3),
        runs=len(ours),
        beside="raw FTS5 query of the same rows, p95",
        beside_median=round(theirs, 3),
        ratio=round(mine / theirs, 3),
        goal=f"p95 ratio <= {GOAL}",
        met=mine / theirs <= GOAL,
    )
