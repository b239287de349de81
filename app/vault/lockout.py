"""Tries at a passphrase are counted before they are made.

Context: the program can be killed while Argon2 runs; a counter raised afterwards would make every
killed try free.
Decision: the counter is raised and synced to the disk first. A counter that is missing or cannot
be read means locked, or deleting it would be the way round. After five misses one waits: a minute,
doubled each time, an hour at most; after twenty only the recovery code or the keyring opens.
Limit, to be told: whoever copies folder and keyring elsewhere has all guesses back; only a TPM, a
card or a server counts for them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import orjson

from app.clock import Clock, instant, now
from app.errors import PersonCanAct
from app.vault.disk import replace_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["MOST_TRIES", "Lockout", "SlotLocked", "TooSoon"]

MOST_TRIES: Final = 20
_FREE_TRIES: Final = 5
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=1)


class SlotLocked(PersonCanAct):
    """Too many tries, or their counter is gone: another way in is needed (recovery code, keyring)."""

    code = "vault-locked"


class TooSoon(PersonCanAct):
    """One must wait before the next try. Fields: ``seconds``."""

    code = "vault-wait"


class Lockout:
    """The counters of one vault, one file for all slots."""

    def __init__(self, path: Path, clock: Clock = now) -> None:
        self._path = path
        self._clock = clock

    def begin(self, slot_id: str) -> None:
        """Give a new slot its counter."""
        counters = self._read() if self._path.exists() else {}
        self._write(counters | {slot_id: (0, None)})

    def raise_before_trying(self, slot_id: str) -> int:
        """Count a try that is about to be made; return how many are left after it.

        Raises ``SlotLocked`` or ``TooSoon``; then nothing may be tried.
        """
        counters = self._read()
        if slot_id not in counters:
            raise SlotLocked
        tries, last = counters[slot_id]
        if tries >= MOST_TRIES:
            raise SlotLocked
        self._require_patience(tries, last)
        self._write(counters | {slot_id: (tries + 1, instant(self._clock()))})
        return MOST_TRIES - tries - 1

    def opened(self, slot_ids: Iterable[str]) -> None:
        """Begin at nought again for all the vault's slots: whoever came in lets the others try again."""
        self._write(dict.fromkeys(slot_ids, (0, None)))

    def _require_patience(self, tries: int, last: str | None) -> None:
        if tries < _FREE_TRIES or last is None:
            return
        wait = min(_FIRST_WAIT * 2 ** (tries - _FREE_TRIES), _LONGEST_WAIT)
        since = self._clock() - datetime.fromisoformat(last)
        # A clock set back would otherwise make the wait endless, one set forward is not ours to catch.
        left = wait - max(since, timedelta())
        if left > timedelta():
            raise TooSoon(seconds=int(left.total_seconds()) + 1)

    def _read(self) -> dict[str, tuple[int, str | None]]:
        try:
            fields = orjson.loads(self._path.read_bytes())
            return {str(slot): (int(tries), last) for slot, (tries, last) in fields.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            raise SlotLocked from None

    def _write(self, counters: dict[str, tuple[int, str | None]]) -> None:
        replace_bytes(self._path, orjson.dumps(counters))
