"""The benchmarks run, in their smoke size; how fast is not asserted here."""

from __future__ import annotations

import io
import json

import pytest

from ui.bench import BENCHMARKS, run_benchmarks

# Whole visits, which tests/journeys lives in each run; and half a dozen services.
LONG = {"counter", "journeys", "service"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in LONG else []) for name in BENCHMARKS]
)
def test_the_benchmark_prints_its_figures(name: str) -> None:
    """Each line has a median of something measured."""
    out = io.StringIO()
    assert run_benchmarks((name,), smoke=True, out=out) == 0
    figures = [json.loads(line) for line in out.getvalue().splitlines()]
    assert figures
    if figures[0]["goal"].startswith("skipped: "):
        pytest.skip(figures[0]["goal"].removeprefix("skipped: "))
    assert all(figure["median"] > 0 and figure["runs"] > 0 for figure in figures)


def test_an_unknown_benchmark_is_named() -> None:
    """A typing error does not look like success."""
    out = io.StringIO()
    assert run_benchmarks(("nothing",), smoke=True, out=out) == 2
    assert json.loads(out.getvalue())["unknown"] == ["nothing"]
