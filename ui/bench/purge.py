"""A purge where many persons' records stay: everybody else's key sealed anew, beside the disk's own price.

The rival is what no purge can do without: as many bytes written aside, synced and renamed, and a block
overwritten twice.
"""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.vault.disk import replace_bytes
from app.vault.keys import Key
from app.vault.shares import BlockShares
from app.vault.slots import Secrets, SlotKind
from app.vault.vault import Vault
from ui.bench.timing import compared, milliseconds, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.bench import Figure

GOAL_MS = 60


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the time of one person's purge among thousands."""
    persons, runs = (200, 3) if smoke else (5000, 20)
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name:
        root = Path(name)
        secrets = Secrets(file=Key.random())
        with Vault.create(root / "vault", SlotKind.FILE, secrets) as vault:
            names = [name for name, _key in vault.persons.create_many(persons + runs)]
            size = (root / "vault" / "persons").stat().st_size
            for number in range(runs):
                ours.append(milliseconds(partial(vault.persons.purge, [names[number]])))
                bare.append(milliseconds(partial(write_alone, root, number, os.urandom(size))))
    yield plain(f"purge of one person among {persons}", ours, goal=GOAL_MS)
    yield compared("the same, beside its writing", ours, "the same bytes written alone", bare)


def write_alone(folder: Path, number: int, data: bytes) -> None:
    """Write what a purge writes, and nothing else."""
    shares = BlockShares(folder / "epochs")
    with Key.random() as share:
        shares.write(number, share)
    replace_bytes(folder / "persons", data)
    shares.forget(number)
