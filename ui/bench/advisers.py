"""Advisers who take turns: one is locked, the next unlocks and has their sign-in back.

The rival is what makes a phrase worth something: one Argon2id of the same cost, alone.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from app.clock import now
from app.vault.advisers import Adviser, Advisers
from app.vault.slots import COST, LEAST_COST, Cost
from ui.bench.timing import compared, milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.bench import Figure

PEOPLE = {"aa": "quatre petits chats gris", "bb": "la mer monte encore ce soir"}
GOAL = 1.15


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the time of a change of adviser beside one Argon2id."""
    cost, runs = (LEAST_COST, 2) if smoke else (COST, 10)
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name:
        advisers = Advisers(Path(name))
        for adviser_id, phrase in PEOPLE.items():
            with advisers.enrol(adviser_id, phrase, cost=cost) as adviser:
                adviser.keep_tokens({"refresh_token": "x" * 400}, now().replace(year=2100))
        present: list[Adviser] = [advisers.unlock("bb", PEOPLE["bb"])]
        for number in range(runs):
            coming = ("aa", "bb")[number % 2]
            ours.append(milliseconds(lambda coming=coming: turn(advisers, present, coming)))  # type: ignore[misc]
            bare.append(milliseconds(lambda: argon2(cost)))
        present[0].close()
    yield compared("one adviser locked, the next unlocked", ours, "Argon2id alone", bare, goal=GOAL)


def turn(advisers: Advisers, present: list[Adviser], coming: str) -> None:
    """Lock who is there, unlock who comes."""
    present[0].close()
    present[0] = advisers.unlock(coming, PEOPLE[coming])
    assert present[0].tokens(now()) is not None  # noqa: S101 - what is measured has happened


def argon2(cost: Cost) -> None:
    """Stretch a phrase, and nothing else."""
    Argon2id(
        salt=bytes(16), length=32, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
    ).derive(b"quatre petits chats gris")
