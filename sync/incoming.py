"""The pull: the service's commit-ordered feed, page by page, each with its cursor in one transaction.

Timestamps lose data (a server stamps before it commits); a cursor given in commit order does not.
A new epoch says that the service was restored: the feed is read anew from its beginning, what is
here stays until it is told again, and nothing is deleted by this code.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.records.values import Cursor
from sync.failures import Absent, Refused, ServiceBroken

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.records import Records
    from sync.fhir_client import FeedPage, FhirClient

__all__ = ["FEED", "Incoming", "Outbox", "Pulled"]

FEED = "changes"
# A page is what a line carries in a moment: small at first, then as it goes.
PAGE_FIRST, PAGE_LEAST, PAGE_MOST = 200, 50, 1000
_QUICK_SECONDS, _SLOW_SECONDS = 1.0, 8.0
_MOST_BEGINNINGS = 3


class Outbox(Protocol):
    """Where sealed envelopes wait; one goes when the feed confirms its act."""

    def drop(self, op_id: str) -> None:
        """Remove the envelope of an act that was confirmed."""
        ...


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought: how many entries, and the operations it confirmed."""

    entries: int
    confirmed: frozenset[str]


class Incoming:
    """Pulls one person's feed into their records."""

    def __init__(
        self, records: Records, client: FhirClient, patient_id: str, outbox: Outbox | None = None
    ) -> None:
        self._records = records
        self._client = client
        self._patient_id = patient_id
        self._outbox = outbox
        self._size = PAGE_FIRST

    def pull(
        self, *, stopping: Callable[[], bool], received: Callable[[int], None] = lambda _: None
    ) -> Pulled:
        """Read pages until the cursor stands still.

        Raises:
            TransportError: no more pages now; those before it are kept.

        """
        count, confirmed, beginnings = 0, frozenset[str](), 0
        while not stopping():
            cursor = self._records.cursor(FEED)
            page = self._page(cursor)
            if page is None:
                beginnings += 1
                if beginnings > _MOST_BEGINNINGS:
                    raise ServiceBroken(status=200)
                self._records.lay_again(FEED)
                continue
            if cursor is not None and page.cursor == cursor.value:
                break
            confirmed |= self._apply(page)
            count += len(page.entries)
            received(len(page.entries))
        return Pulled(count, confirmed)

    def _page(self, cursor: Cursor | None) -> FeedPage | None:
        """Read the next page; None where our cursor belongs to another life of the service.

        A service put back from a copy may keep its epoch: a cursor that it does not know any
        more, or not yet, tells the same.
        """
        started = time.monotonic()
        try:
            page = self._client.changes(self._patient_id, cursor.value if cursor else None, self._size)
        except ServiceBroken:
            # Cut or stalled: the next page is a smaller one.
            self._size = max(self._size // 2, PAGE_LEAST)
            raise
        except (Absent, Refused) as failure:
            if cursor is not None and (isinstance(failure, Refused) or failure.is_gone):
                return None
            raise
        self._adapt(time.monotonic() - started)
        if cursor is None or page.epoch != cursor.epoch:
            return page if cursor is None else None
        if page.answers not in {None, cursor.value} or (page.entries and page.cursor == cursor.value):
            # Yesterday's answer, kept somewhere between here and the service.
            raise ServiceBroken(status=200)
        return page

    def _adapt(self, seconds: float) -> None:
        if seconds < _QUICK_SECONDS:
            self._size = min(self._size * 2, PAGE_MOST)
        elif seconds > _SLOW_SECONDS:
            self._size = max(self._size // 2, PAGE_LEAST)

    def _apply(self, page: FeedPage) -> frozenset[str]:
        confirmed = self._records.apply_page(FEED, page.entries, Cursor(page.cursor, page.epoch))
        if self._outbox is not None:
            for op_id in confirmed:
                self._outbox.drop(op_id)
        return confirmed
