"""Pull by searching for the person, type by type (tier 3), and the first pass of a pull by history (tier 2).

Decision: the first pass asks for what there is now, not for everything that ever was; later ones ask from
the overlap on. A sorted search that makes the server fail is asked unsorted (medplum: ties of a moment give
500). Nothing here sees a deletion: reconciliation does (``sync.peers.reconciling``). ``$everything`` is never
asked: it may ignore ``_since`` (HAPI).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir.compartment import asked_of
from sync.conformance import Check
from sync.failures import Absent, Forbidden, Refused, ServiceBroken
from sync.peers.passes import BY_TIME, Progress
from sync.rest import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.peers.laying import Laid, Laying
    from sync.peers.peer import Peer
    from sync.rest import Rest

__all__ = ["PAGE_COUNT", "Pages", "SearchPass"]

PAGE_COUNT = 200
MOST_PAGES = 20_000
_SERVER_FAILED = 500


class SearchPass:
    """One pass over the types that can be asked for by person."""

    def __init__(self, laying: Laying, rest: Rest, peer: Peer, patient_id: str) -> None:
        self._laying = laying
        self._rest = rest
        self._peer = peer
        self._patient_id = patient_id
        self._kinds = sorted(peer.kinds)

    def run(
        self,
        progress: Progress,
        into: Laid,
        *,
        stopping: Callable[[], bool],
        received: Callable[[int], None],
    ) -> Progress | None:
        """Read every page that is left of a pass; None when it was stopped. Rows and place go together."""
        since = progress.since(self._peer.window) if self._peer.can(Check.LAST_UPDATED) else None
        pages = Pages()
        place = progress.place
        while place < len(self._kinds):
            if stopping():
                return None
            page = self._page(self._kinds[place], since, progress.following)
            following = pages.after(page) if page is not None else None
            if following is None:
                place += 1
            is_last = place == len(self._kinds)
            if page is not None:
                progress = progress.with_page(page, place, following)
            # Before the first pass nothing was here that could have gone.
            progress = progress.finished(blind=progress.at is not None) if is_last else progress
            received(self._lay(page, progress, into, is_last=is_last))
        return progress

    def _lay(self, page: Page | None, progress: Progress, into: Laid, *, is_last: bool) -> int:
        keep_from = (progress.since(self._peer.window) or "") if is_last else None
        told = page or Page((), (), 0, None, None)
        return self._laying.lay(told, into, BY_TIME, progress.cursor(self._rest.base), keep_from=keep_from)

    def _page(self, kind: str, since: str | None, following: str | None) -> Page | None:
        """Ask for a page; None for a type that the server does not let us see."""
        if following is not None:
            try:
                return self._rest.following(following)
            except (Absent, Refused):
                # The address of a next page does not live for ever.
                return self._first(kind, since)
        try:
            return self._first(kind, since)
        except (Forbidden, Absent, Refused):
            return None

    def _first(self, kind: str, since: str | None) -> Page:
        asked = asked_of(self._peer.kinds[kind], self._patient_id) | {"_count": str(PAGE_COUNT)}
        if since is not None:
            asked["_lastUpdated"] = f"ge{since}"
        if self._peer.can(Check.SORT):
            try:
                return self._rest.search(kind, asked | {"_sort": "_lastUpdated"})
            except ServiceBroken as failure:
                if int(failure.fields.get("status", 0)) < _SERVER_FAILED:
                    raise
        return self._rest.search(kind, asked)


class Pages:
    """The addresses already asked: a page that leads back to one of them would never end."""

    def __init__(self) -> None:
        self._asked: set[str] = set()

    def after(self, page: Page) -> str | None:
        """Return the next address."""
        if page.following is None:
            return None
        if page.following in self._asked or len(self._asked) >= MOST_PAGES:
            raise ServiceBroken(status=200)
        self._asked.add(page.following)
        return page.following
