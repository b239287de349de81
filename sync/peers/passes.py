"""How far a pull by time has come: the moment it is whole up to, and where a pass that was cut goes on.

The cursor moves only with the last page of a pass, in that page's transaction; until then it carries the
place of the pass beside the old moment. It moves to the latest moment that the server itself wrote on what it
told, but never beyond the server's clock when the pass began: one wrong date in the years to come must not
make every later change invisible.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import orjson

from app.clock import instant, now
from app.records.arrivals import moment_of
from app.records.values import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.records import Records
    from app.records.values import FeedEntry
    from sync.rest import Page

__all__ = ["BY_TIME", "Progress"]

BY_TIME = "by-time"


@dataclass(frozen=True, slots=True)
class Progress:
    """``at``: whole up to here (an instant; None before the first pass). The rest is the pass under way.

    ``blind``: a search brought it there, which tells of no deletion.
    """

    at: str | None = None
    place: int = 0
    following: str | None = None
    latest: str | None = None
    begun: str | None = None
    blind: bool = False

    @classmethod
    def of(cls, records: Records, base: str) -> Progress:
        """Read it; another server's says nothing."""
        cursor = records.cursor(BY_TIME)
        return cls(**orjson.loads(cursor.value)) if cursor is not None and cursor.epoch == base else cls()

    def cursor(self, base: str) -> Cursor:
        """Write it as the store keeps it."""
        return Cursor(orjson.dumps(asdict(self)).decode(), base)

    def since(self, window: float) -> str | None:
        """Return the moment to ask from: the overlap before ``at``."""
        return earlier(self.at, window) if self.at else None

    def with_page(self, page: Page, place: int, following: str | None) -> Progress:
        """Note what a page told, and where the pass goes on."""
        begun = self.begun or instant(page.served or now())
        latest = _latest([self.latest, *_stamps(page.entries)])
        return replace(self, place=place, following=following, latest=latest, begun=begun)

    def finished(self, *, blind: bool = False) -> Progress:
        """End the pass: the moment moves."""
        latest = _latest([self.at, self.latest])
        if latest is not None and self.begun is not None:
            latest = min(latest, self.begun)
        return Progress(at=latest, blind=blind)


def earlier(moment: str, seconds: float) -> str:
    """Go back by so many seconds."""
    found = moment_of(moment)
    return instant(found - timedelta(seconds=seconds)) if found is not None else moment


def _stamps(entries: Iterable[FeedEntry]) -> list[str]:
    return [instant(found) for each in entries if (found := moment_of(each.last_updated)) is not None]


def _latest(moments: Iterable[str | None]) -> str | None:
    return max((each for each in moments if each), default=None)
