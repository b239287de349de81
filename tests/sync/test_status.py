"""What the screen hears of the sync."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sync.status import StatusBoard, SyncStatus

if TYPE_CHECKING:
    import pytest


def test_a_thousand_changes_are_few_events_and_the_last_is_told() -> None:
    """At most ten a second, and never an old one as the last."""
    board, heard = StatusBoard(), list[SyncStatus]()
    board.listen(heard.append)
    end = time.monotonic() + 0.5
    count = 0
    while time.monotonic() < end:
        count += 1
        board.update(received=count)
    board.close()
    assert count > 100
    assert len(heard) <= 8
    assert heard[-1].received == count


def test_a_listener_that_fails_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """The others still hear; the log holds a type and no text."""
    board, heard = StatusBoard(), list[SyncStatus]()

    def bad(_: SyncStatus) -> None:
        raise ValueError("Mme Durand")

    board.listen(bad)
    forget = board.listen(heard.append)
    board.update(online=True)
    time.sleep(0.05)
    forget()
    board.update(online=False)
    board.close()
    assert [status.online for status in heard] == [False, True]
    assert "Durand" not in caplog.text


def test_saying_the_same_again_is_no_event() -> None:
    """Nothing changed, nothing is said."""
    board, heard = StatusBoard(), list[SyncStatus]()
    board.listen(heard.append)
    board.update(online=False)
    board.close()
    assert len(heard) == 1
