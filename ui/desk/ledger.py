"""What the desk hears of a visit's acts, on its way into the PC's journal, and the count of visits.

Decision: what cannot be written (full disk) does not stop a visit. It waits here, in its order, is
tried again with each event that follows, and after the wipe, which makes room; what still does not
fit is said at the end. What waits here when the desk itself is ended at once is lost.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

from app.clock import now
from app.errors import TandemError
from ui.desk.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.clock import Clock
    from app.desk_vault import DeskVault

__all__ = ["Ledger"]

log = logging.getLogger(__name__)


class Ledger:
    """``hear`` in any thread; ``write`` in one lane."""

    def __init__(self, vault: Callable[[], DeskVault], place: str = "", clock: Clock = now) -> None:
        self._vault = vault
        self._clock = clock
        self._tally = Tally(place)
        self._heard: deque[object] = deque()
        self._refused = 0

    @property
    def missing(self) -> int:
        """How many events are not in the journal."""
        return len(self._heard) + self._refused

    def hear(self, told: object) -> None:
        """Keep what a session told, to be written."""
        self._tally.hear(told)
        self._heard.append(told)

    def write(self) -> None:
        """Write what waits, in its order, as far as it goes. Never raises."""
        try:
            while self._heard:
                self._write(self._heard[0])
                self._heard.popleft()
        except TandemError as error:
            log.error("journal: %s", error.code)  # noqa: TRY400 - a code says it all

    def make_room(self) -> None:
        """After a wipe: write what waited, count the visit, keep the vault's reserve again. Never raises."""
        self.write()
        self._count()
        try:
            self._vault().restore_ballast()
        except TandemError as error:
            log.error("ballast: %s", error.code)  # noqa: TRY400 - a code says it all

    def begin(self) -> None:
        """Begin to count a visit."""
        self._tally.begin()

    def _count(self) -> None:
        visit = self._tally.end(self._clock().astimezone().date())
        try:
            if visit is not None:
                self._vault().count_visit(visit)
        except TandemError as error:
            # A figure that is missing must not hold up the next person.
            log.error("activity: %s", error.code)  # noqa: TRY400 - a code says it all

    def _write(self, told: object) -> None:
        from app.desk_journal import Entry, EntryMalformed
        from app.vault.sqlcipher import ConstraintBroken

        try:
            self._vault().append(Entry.read(told).audit_event())
        except EntryMalformed as error:
            self._refused += 1
            log.error("journal: %s", error.code)  # noqa: TRY400 - a code says it all
        except ConstraintBroken:
            # An entry of this id stands already: once is enough.
            log.warning("journal: told twice")
