"""The visit's clock is never behind what the service was heard to say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app.changes import Changes
from app.records import Cursor, FeedEntry, Records
from app.vault.keys import Key
from app.vault.patient import PatientVault
from ui.session.seen import seen_clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
YEAR = timedelta(days=365)


class Told:
    """What the desk tells; only what is looked at here."""

    seen_at = ""


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """Return an empty store."""
    with PatientVault.create(tmp_path / "vault", Key.random()) as vault:
        yield Records(vault.store, Changes(), clock=lambda: NOON)


def _clock(records: Records, *claims: dict[str, Any], seen_at: str = "") -> datetime:
    start: Any = Told()
    start.seen_at = seen_at
    return seen_clock(start, claims, records, clock=lambda: NOON - YEAR)()


def _is_noon(moment: datetime) -> bool:
    return NOON <= moment < NOON + timedelta(minutes=1)


def test_a_clock_set_back_a_year_is_corrected_by_a_token(records: Records) -> None:
    """Issued by the service just now; what is no moment says nothing."""
    assert _clock(records) < NOON - timedelta(days=300)
    assert _is_noon(_clock(records, {}, {"iat": int(NOON.timestamp())}))
    for nonsense in (None, "hier", -5, 10**18, True):
        assert _clock(records, {"iat": nonsense}) < NOON - timedelta(days=300)


def test_it_is_corrected_by_what_the_feed_brought(records: Records) -> None:
    """With no token of this visit: the newest act that the service has."""
    body = {
        "resourceType": "Provenance",
        "id": "p1",
        "meta": {"lastUpdated": NOON.isoformat()},
        "target": [{"reference": "Patient/1"}],
    }
    entry = FeedEntry.of("Provenance", "p1", "1", NOON.isoformat(), body)
    records.apply_page("patient", [entry], Cursor("1", "e"))
    assert _is_noon(_clock(records))


def test_it_is_corrected_by_the_last_moment_that_the_desk_kept(records: Records) -> None:
    """With no network at all."""
    assert _is_noon(_clock(records, seen_at=NOON.isoformat()))
