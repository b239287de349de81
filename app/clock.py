"""Time, injected, so that a test can hold it still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock", "instant", "now"]

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the present, aware, in UTC."""
    return datetime.now(UTC)


def instant(moment: datetime) -> str:
    """Write a moment as a FHIR ``instant`` (R4 §2.24.0.1) in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
