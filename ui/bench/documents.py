"""The list of 10,000 documents: what opens it after unlock, beside reading as many raw rows."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ui.bench.made_up import opened_records
from ui.bench.timing import milliseconds, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.records import Records
    from ui.bench import Figure

GOAL_MS = 100


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the time to the first 200 rows with all counts, in a store just unlocked."""
    size, runs = (300, 3) if smoke else (10_000, 15)
    with (
        tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder,
        opened_records(Path(folder), size) as (_, records, _changes),
    ):
        times = [milliseconds(lambda: first_look(records)) for _ in range(runs)]
    yield plain(f"list of {size} documents: open", times, goal=GOAL_MS)


def first_look(records: Records) -> None:
    """Ask all that the screen asks when it opens."""
    records.documents()
    records.count_documents()
    records.categories()
    records.years()
