"""Every parser of input that somebody else may have written, given input that nobody wrote.

What must hold: only the errors that the parser declares, and little time. In CI a few examples of each, the
same each time. ``--slow`` runs many, another draw each day or ``--hypothesis-seed=N``; how many of each:
``TANDEM_FUZZ_EXAMPLES``. What was found once stays in ``test_found.py``.
"""

from __future__ import annotations

import os
import time
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.changing import Tape
from tests.fuzz.targets import TARGETS, Ground, Target, seeds_of

FEW = 30
SECONDS = 6.0
MANY = int(os.environ.get("TANDEM_FUZZ_EXAMPLES", "3000"))


def tried(target: Target, ground: Ground, data: bytes) -> bool:
    """Give a target one input; return whether it was taken, and raise what it does not declare."""
    start = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.run(data, ground)
    except target.declared:
        return False
    finally:
        assert time.process_time() - start < SECONDS
    return True


def explored(target: Target, ground: Ground, examples: int, *, same: bool) -> dict[bool, int]:
    """Try many inputs; return how many were taken and how many refused."""
    seeds = seeds_of(target, ground)
    counts = {True: 0, False: 0}

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=same,
        suppress_health_check=list(HealthCheck),
    )
    @given(tape=st.binary(min_size=8, max_size=48))
    def run(tape: bytes) -> None:
        counts[tried(target, ground, target.bend(Tape(tape), seeds))] += 1

    run()
    return counts


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_honest_input_is_taken(target: Target, ground: Ground) -> None:
    """Otherwise nothing would be learned from what is made of it."""
    assert any(tried(target, ground, data) for data in seeds_of(target, ground))


@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_a_few_changed_inputs_raise_only_what_is_declared(target: Target, ground: Ground) -> None:
    """The same few each time."""
    explored(target, ground, FEW, same=True)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_many_changed_inputs_raise_only_what_is_declared(target: Target, ground: Ground) -> None:
    """For long; says how many it tried."""
    start = time.monotonic()
    counts = explored(target, ground, MANY, same=False)
    print(  # noqa: T201  # the figures of a long run are read
        f"{target.name}: {sum(counts.values())} tried, {counts[True]} taken, {counts[False]} refused,"
        f" {time.monotonic() - start:.0f} s"
    )
