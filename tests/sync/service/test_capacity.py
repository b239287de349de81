"""The capacity model's table is what the model reckons."""

from __future__ import annotations

import pytest

from sync.service import capacity
from sync.service.capacity import Habits, Rates, need

ROWS = [line.split("  ") for line in (capacity.__doc__ or "").splitlines() if line[:1].isdigit()]


def told(size: int) -> str:
    """Write a size as the table does."""
    unit, name = (1e12, "TB") if size >= 1e12 else (1e9, "GB")
    return f"{size / unit:,.0f} {name}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_table_is_reckoned(row: list[str]) -> None:
    """Every figure of every line."""
    citizens, peak, workers, shards, rows, documents = [each.strip() for each in row if each.strip()][:6]
    found = need(int(citizens.replace(",", "")))
    assert (f"{found.peak:,.0f}/s", str(found.workers), str(found.shards)) == (peak, workers, shards)
    assert (told(found.rows), told(found.documents)) == (rows, documents)


def test_the_table_reaches_from_a_town_hall_to_everybody() -> None:
    """Four lines."""
    assert [row[0] for row in ROWS] == ["5,000", "1,000,000", "7,000,000", "70,000,000"]


def test_twice_as_quick_is_half_as_many() -> None:
    """What is put in counts."""
    slow, quick = need(70_000_000, rates=Rates(requests=100)), need(70_000_000, rates=Rates(requests=200))
    assert slow.workers == pytest.approx(2 * quick.workers, abs=1)
    assert need(1_000_000, Habits(events=0)).rows < need(1_000_000).rows / 4
