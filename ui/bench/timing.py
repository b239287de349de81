"""Interleaved timing: ours, theirs, ours, theirs… so that both meet the same machine."""

from __future__ import annotations

import os
import statistics
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ui.bench import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

__all__ = ["as_installed", "compared", "milliseconds", "plain", "skipped"]


def milliseconds(act: Callable[[], object]) -> float:
    """Time one call."""
    started = time.perf_counter_ns()
    act()
    return (time.perf_counter_ns() - started) / 1e6


def plain(name: str, values: Sequence[float], *, goal: float | None = None, unit: str = "ms") -> Figure:
    """Make a figure without a rival; its goal is a value of the median."""
    median = statistics.median(values)
    return Figure(
        name=name,
        unit=unit,
        minimum=round(min(values), 3),
        median=round(median, 3),
        maximum=round(max(values), 3),
        runs=len(values),
        goal="" if goal is None else f"median <= {goal} {unit}",
        met=None if goal is None else median <= goal,
    )


def compared(
    name: str,
    ours: Sequence[float],
    beside: str,
    theirs: Sequence[float],
    *,
    goal: float | None = None,
    unit: str = "ms",
) -> Figure:
    """Make a figure with its rival; its goal, if any, is a ratio of the medians."""
    median, other = statistics.median(ours), statistics.median(theirs)
    ratio = median / other if other else float("inf")
    return Figure(
        name=name,
        unit=unit,
        minimum=round(min(ours), 3),
        median=round(median, 3),
        maximum=round(max(ours), 3),
        runs=len(ours),
        beside=beside,
        beside_median=round(other, 3),
        ratio=round(ratio, 3),
        goal="" if goal is None else f"ratio <= {goal}",
        met=None if goal is None else ratio <= goal,
    )


def skipped(name: str, why: str) -> Figure:
    """Say why nothing was measured."""
    return Figure(name, "", 0.0, 0.0, 0.0, 0, goal=f"skipped: {why}")


@contextmanager
def as_installed(folder: Path) -> Iterator[None]:
    """Let both find their modules compiled, as an installed program does; the first run compiles them."""
    before = dict(os.environ)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
