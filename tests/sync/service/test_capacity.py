"""The capacity model says what its docstring says."""

from __future__ import annotations

from itertools import pairwise

from sync.service.capacity import PLACES, Place, Rates, need

RATES = Rates(read=300, filing=200, feed=300)


def test_a_town_hall_needs_one_worker_and_the_country_a_spread_database() -> None:
    """And what lies between grows in between."""
    needs = [need(place, RATES) for place in PLACES]
    assert (needs[0].workers, needs[0].nodes) == (1, 1)
    assert needs[0].engine.startswith("embedded")
    assert needs[-1].nodes > 1
    assert needs[-1].engine.endswith("S3")
    for smaller, larger in pairwise(needs):
        assert smaller.requests < larger.requests
        assert smaller.workers <= larger.workers
        assert smaller.nodes <= larger.nodes


def test_workers_grow_with_requests_and_shrink_with_what_one_does() -> None:
    """Twice the people, twice the workers; twice the rate, half of them."""
    country = Place("x", 70_000_000)
    workers = need(country, RATES).workers
    assert need(Place("y", 140_000_000), RATES).workers in {2 * workers - 1, 2 * workers}
    twice = Rates(RATES.read * 2, RATES.filing * 2, RATES.feed * 2)
    assert need(country, twice).workers in {workers // 2, workers // 2 + 1}
