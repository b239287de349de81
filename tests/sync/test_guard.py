"""When deletions are so many that a person is asked first."""

from __future__ import annotations

import pytest

from app.records.removals import Removals
from sync.guard import is_much


@pytest.mark.parametrize(
    ("count", "living", "asked"),
    [
        (1, 1, False), (1, 4, False), (2, 10, False), (3, 10, True), (2, 9, True),
        (25, 1000, False), (26, 1000, True),
    ],
)  # fmt: skip
def test_more_than_25_or_than_a_fifth_is_much(count: int, living: int, asked: bool) -> None:  # noqa: FBT001
    """A single one never is."""
    assert is_much(Removals(count, living, 0)) is asked
