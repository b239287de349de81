"""The wipe of a person with 1 GB of sealed documents, beside unlinking as many files by themselves."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.wipe import SessionFolders, Traces, wipe
from ui.bench.timing import compared, milliseconds, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.bench import Figure

GOAL_MS = 1000
GOAL_RATIO = 3.0
FILE_BYTES = 4_000_000


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the time of the whole wipe with its verification, and of the bare unlinking."""
    total, runs = (20_000_000, 2) if smoke else (1_000_000_000, 3)
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name:
        root = Path(name)
        outbox = root / "outbox"
        outbox.mkdir()
        for _ in range(runs):
            session = SessionFolders.create(root)
            fill(session.vault / "c" / "bench", total)
            ours.append(milliseconds(partial(wipe, Traces(session, outbox))))
            fill(root / "bare", total)
            bare.append(milliseconds(lambda: unlink_all(root / "bare")))
    yield plain(f"wipe of a person with {total // 1_000_000} MB", ours, goal=GOAL_MS)
    yield compared("the same, beside unlinking", ours, "unlinking alone", bare, goal=GOAL_RATIO)


def fill(folder: Path, total: int) -> None:
    """Write files of noise, as sealed documents are, down to the disk."""
    folder.mkdir(parents=True)
    noise = os.urandom(FILE_BYTES)
    for number in range(total // FILE_BYTES):
        with (folder / f"{number:032x}").open("wb") as handle:
            handle.write(noise)
            handle.flush()
            os.fsync(handle.fileno())


def unlink_all(folder: Path) -> None:
    """Unlink the files and their folder, and nothing else."""
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
