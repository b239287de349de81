"""The count of one visit, from what the desk hears anyway: types and codes, never content.

The clock is the system's monotonic one: a PC whose clock is set in between counts the visit right.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from app.codes.mandate_words import Scope
from app.space import AssistMode
from app.vault.activity import ROUNDED_MINUTES, CountedVisit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

__all__ = ["Tally"]

_THEMES: dict[str, Scope] = {
    "DocumentReference": Scope.DOCUMENTS,
    "AllergyIntolerance": Scope.PROFILE,
    "Immunization": Scope.PROFILE,
    "RelatedPerson": Scope.WISHES,
    "Consent": Scope.ACCOUNT,
    "Communication": Scope.ACCOUNT,
}


class Tally:
    """Counts one visit after another; a practice visit is not counted."""

    def __init__(self, place: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._place = place
        self._clock = clock
        self._began: float | None = None
        self._themes: set[str] = set()
        self._modes: set[str] = set()

    def begin(self) -> None:
        """Begin to count."""
        self._began, self._themes, self._modes = self._clock(), set(), set()

    def hear(self, entry: object) -> None:
        """Take from an entry of the journal what kind of thing was used, and how one helped."""
        told = entry if isinstance(entry, dict) else {}
        types, mode = told.get("types"), told.get("mode")
        if isinstance(types, list):
            self._themes |= {
                _THEMES[each].value for each in types if isinstance(each, str) and each in _THEMES
            }
        if isinstance(mode, str) and mode in set(AssistMode):
            self._modes.add(mode)

    def end(self, today: date) -> CountedVisit | None:
        """Return the visit that was counted, once; ``None`` where there was none."""
        began, self._began = self._began, None
        if began is None:
            return None
        minutes = (self._clock() - began) / 60
        rounded = ROUNDED_MINUTES * max(1, -(-int(minutes * 60) // (60 * ROUNDED_MINUTES)))
        mode = next((each.value for each in (AssistMode.FOR, AssistMode.WITH) if each in self._modes), "")
        return CountedVisit(today, self._place, frozenset(self._themes), rounded, mode)
