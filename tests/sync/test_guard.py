"""When deletions are so many that a person is asked first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.changes import Changes
from app.records import Cursor, FeedEntry, Records
from app.records.removals import Removals
from app.vault.keys import Key
from app.vault.patient import PatientVault
from sync.guard import Question, is_much, settle
from sync.incoming import FEED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """Open a fresh store."""
    with PatientVault.create(tmp_path / "vault", Key.random()) as vault:
        yield Records(vault.store, Changes())


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


def test_what_came_and_went_in_the_first_reading_was_never_here(records: Records) -> None:
    """A life's deletions, told page by page to a fresh store, are no question; later ones are."""
    ids = [f"a-{number}" for number in range(60)]
    tell(records, ids[:30], "1")
    tell(records, ids[:30], "2", gone=True)
    tell(records, ids[30:], "1")
    assert settle(records, FEED) is None
    assert records.removals().count == 0
    assert records.get("AllergyIntolerance", ids[0]) is None
    tell(records, ids[30:], "2", gone=True)
    assert settle(records, FEED) is Question.MANY_REMOVED
    assert records.get("AllergyIntolerance", ids[30]) is not None


def tell(records: Records, ids: list[str], version: str, *, gone: bool = False) -> None:
    """Give a page of the feed."""
    bodies = [None if gone else {"resourceType": "AllergyIntolerance", "id": each} for each in ids]
    entries = [
        FeedEntry.of("AllergyIntolerance", each, version, "2026-11-22T13:00:00Z", body)
        for each, body in zip(ids, bodies, strict=True)
    ]
    records.apply_page(FEED, entries, Cursor(f"{ids[0]}-{version}", "epoch"))
