"""Figures, measured: ``tandem bench [NAME…] [--smoke]`` prints one JSON line each.

Every figure stands beside its rival or physical limit, measured in the same run and interleaved with it,
so that a slow machine slows both. A goal is a ratio, or a number of milliseconds where the issue names
one; nothing is asserted here: a line says whether the goal was met. ``--smoke`` takes small sizes, to
show that the benchmarks run.
"""

from __future__ import annotations

import importlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BENCHMARKS", "Figure", "run_benchmarks"]

BENCHMARKS = (
    "start",
    "journeys",
    "documents",
    "search",
    "scroll",
    "first_page",
    "wipe",
    "purge",
    "advisers",
    "ocr",
    "counter",
    "sync",
    "rivals",
    "service",
)
LARGE = frozenset({"service"})
"""Those that have sizes which take minutes."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: minimum, median and maximum of ``runs`` runs, and the same of what stands beside it.

    ``ratio`` is median over median (of the service's rates: the median of the rounds' ratios); ``goal`` is
    the highest that is good enough, ``met`` says whether it was.
    """

    name: str
    unit: str
    minimum: float
    median: float
    maximum: float
    runs: int
    beside: str | None = None
    beside_median: float | None = None
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None


def run_benchmarks(names: tuple[str, ...], *, smoke: bool, out: TextIO, large: bool = False) -> int:
    """Run the named benchmarks, or all; 2 when a name is unknown."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        out.write(json.dumps({"unknown": unknown, "known": list(BENCHMARKS)}) + "\n")
        return 2
    for name in names or BENCHMARKS:
        for figure in figures_of(name, smoke=smoke, large=large):
            out.write(json.dumps(asdict(figure), ensure_ascii=False) + "\n")
            out.flush()
    return 0


def figures_of(name: str, *, smoke: bool, large: bool = False) -> Iterator[Figure]:
    """Run one benchmark."""
    module = importlib.import_module(f"ui.bench.{name}")
    yield from module.measure(smoke=smoke, **({"large": large} if name in LARGE else {}))
