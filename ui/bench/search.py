"""Search in 10,000 documents, beside the raw FTS query on the same file.

The raw query is what FTS5 answers by itself: every hit of the expression. Ours gives the newest of
them, as many as the list asks for first. A second line stands beside SQLite fetching the very same
page without making anything of it; it has no goal, and shows what our own work on the rows costs.
"""

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
from ui.widgets.document_list import FIRST_LOOK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.vault.sqlcipher import Connection

GOAL = 1.5
RAW = "SELECT rowid FROM document_words WHERE document_words MATCH ?"
SAME_PAGE = """
    SELECT d.* FROM (
        SELECT rowid AS hit FROM document_words WHERE document_words MATCH ? ORDER BY rowid DESC LIMIT 40
    ) CROSS JOIN document d ON d.place = hit ORDER BY hit DESC
"""


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the 95th percentile of searches as typed, letter by letter, beside the raw query."""
    size, runs = (300, 20) if smoke else (10_000, 200)
    dice = random.Random(1)  # noqa: S311  made-up queries
    ours: list[float] = []
    raw: list[float] = []
    page: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder,
        opened_records(Path(folder), size) as (vault, records, _),
        vault.store.read() as connection,
    ):
        for _round in range(runs):
            typed = dice.choice(WORDS)[: dice.randrange(3, 8)]
            expression = match(typed)
            raw.append(milliseconds(partial(all_rows, connection, RAW, expression)))
            page.append(milliseconds(partial(all_rows, connection, SAME_PAGE, expression)))
            asked = partial(records.documents, DocumentQuery(text=typed), limit=FIRST_LOOK)
            ours.append(milliseconds(asked))
    yield at_95(f"search in {size} documents: p95", ours, "raw FTS5 query, p95", raw, goal=GOAL)
    yield at_95("the same", ours, "the same page from SQLite, p95", page)


def all_rows(connection: Connection, sql: str, expression: str | None) -> list[object]:
    """Ask SQLite alone."""
    return list(connection.execute(sql, (expression,)).fetchall())


def at_95(
    name: str, ours: list[float], beside: str, theirs: list[float], *, goal: float | None = None
) -> Figure:
    """Compare the 95th percentiles."""
    mine, other = statistics.quantiles(ours, n=20)[-1], statistics.quantiles(theirs, n=20)[-1]
    return Figure(
        name=name,
        unit="ms",
        minimum=round(min(ours), 3),
        median=round(statistics.median(ours), 3),
        maximum=round(max(ours), 3),
        runs=len(ours),
        beside=beside,
        beside_median=round(other, 3),
        ratio=round(mine / other, 3),
        goal="" if goal is None else f"p95 ratio <= {goal}",
        met=None if goal is None else mine / other <= goal,
    )
