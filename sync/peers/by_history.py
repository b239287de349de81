"""Pull by ``_history?_since`` (tier 2): every version since the cursor, and what was deleted.

Decision: asked from the cursor less the overlap, because a server stamps before it commits: what was stamped
before the cursor may appear after it. Order and ``Bundle.total`` are not believed. A pass that was cut is
read again from its beginning (its rows are known by then). A server that drops ``_since`` on its next page
goes on to the beginning of its history: a page wholly before the overlap, in a history told newest first,
ends the pass. That is as safe as the overlap itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.records.arrivals import moment_of
from sync.conformance import Check
from sync.peers.by_search import Pages
from sync.peers.passes import BY_TIME, Progress, earlier

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sync.peers.laying import Laid, Laying
    from sync.peers.peer import Peer
    from sync.rest import Page, Rest

__all__ = ["HistoryPass"]

PAGE_COUNT = 500


class HistoryPass:
    """One pass over the history of the system, or of each type where that is all there is."""

    def __init__(self, laying: Laying, rest: Rest, peer: Peer) -> None:
        self._laying = laying
        self._rest = rest
        self._peer = peer
        self._kinds = [None] if peer.can(Check.SYSTEM_HISTORY) else sorted(peer.kinds)

    def run(
        self,
        progress: Progress,
        into: Laid,
        *,
        stopping: Callable[[], bool],
        received: Callable[[int], None],
    ) -> Progress | None:
        """Read every page since the cursor; None when it was stopped, and the cursor has not moved."""
        since = progress.since(self._peer.window)
        progress = Progress(at=progress.at)
        for number, kind in enumerate(self._kinds):
            pages, order = Pages(), _NewestFirst(since, self._peer.window)
            page = self._rest.history(since, kind, count=PAGE_COUNT)
            while True:
                if stopping():
                    return None
                following = None if order.is_beyond(page) else pages.after(page)
                progress = progress.with_page(page, 0, None)
                is_last = following is None and number == len(self._kinds) - 1
                received(self._lay(page, progress, into, is_last=is_last))
                if following is None:
                    break
                page = self._rest.following(following)
        return progress.finished()

    def _lay(self, page: Page, progress: Progress, into: Laid, *, is_last: bool) -> int:
        if not is_last:
            standing = replace(Progress(), at=progress.at, blind=progress.blind)
            return self._laying.lay(page, into, BY_TIME, standing.cursor(self._rest.base))
        done = progress.finished()
        keep_from = done.since(self._peer.window) or ""
        return self._laying.lay(page, into, BY_TIME, done.cursor(self._rest.base), keep_from=keep_from)


class _NewestFirst:
    """Watches whether a history comes newest first, and when it has gone past what was asked for."""

    def __init__(self, since: str | None, window: float) -> None:
        self._floor = moment_of(earlier(since, window)) if since else None
        self._window = window
        self._oldest: datetime | None = None
        self._falls = True

    def is_beyond(self, page: Page) -> bool:
        """Say whether this page, and so all after it, lies before what was asked for."""
        stamps = [found for each in page.entries if (found := moment_of(each.last_updated)) is not None]
        if not stamps or len(stamps) != len(page.entries):
            return False
        first, self._oldest = self._oldest, min(stamps)
        if first is None:
            return False
        self._falls &= (max(stamps) - first).total_seconds() <= self._window
        return self._falls and self._floor is not None and max(stamps) < self._floor
