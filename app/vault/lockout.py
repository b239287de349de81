"""Tries at a passphrase are counted before they are made.

Context: the program can be killed while Argon2 runs; a counter raised afterwards would make every
killed try free.
Decision: the counter is raised and synced to the disk first. A counter that is missing or cannot
be read means locked, or deleting it would be the way round. After five misses one waits: a minute,
doubled each time, an hour at most; after twenty only the recovery code or the keyring opens.
Where a keyring is given it counts too, and **the greater count holds**: a folder put back from an older
copy gives no new guesses. A keyring that does not answer then refuses the try.
Limit, to be told: whoever puts back folder **and** keyring together, or copies both to a machine of their
own, has all guesses back, at Argon2's price each; only a TPM, a card or a server counts for them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import orjson

from app.clock import Clock, instant, now
from app.errors import PersonCanAct
from app.vault.disk import replace_bytes
from app.vault.keyring_slot import KeyringNote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from app.vault.keyring_slot import Backend

__all__ = ["MOST_TRIES", "KeyringCounter", "Lockout", "SlotLocked", "TooSoon"]

_Counters = dict[str, tuple[int, str | None]]

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


class KeyringCounter:
    """The same counters in the keyring, which is not put back with the folder."""

    def __init__(self, backend: Backend, vault_id: str) -> None:
        self._kept = KeyringNote(backend, f"tries-{vault_id}")

    def read(self) -> _Counters:
        """Return what was counted; nothing where nothing was yet. Raises ``KeyringRefused``."""
        text = self._kept.read()
        return {} if text is None else _read(text.encode())

    def write(self, counters: _Counters) -> None:
        """Keep the counters."""
        self._kept.write(orjson.dumps(counters).decode())


class Lockout:
    """The counters of one vault, one file for all slots, and the keyring where there is one."""

    def __init__(self, path: Path, clock: Clock = now, elsewhere: KeyringCounter | None = None) -> None:
        self._path = path
        self._clock = clock
        self._elsewhere = elsewhere

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

    def _read(self) -> _Counters:
        try:
            counters = _read(self._path.read_bytes())
        except OSError:
            raise SlotLocked from None
        elsewhere = self._elsewhere.read() if self._elsewhere is not None else {}
        return {
            slot: max(counted, elsewhere.get(slot, counted), key=_tries) for slot, counted in counters.items()
        }

    def _write(self, counters: _Counters) -> None:
        """Write to the keyring first: it is the one that nobody puts back."""
        if self._elsewhere is not None:
            self._elsewhere.write(counters)
        replace_bytes(self._path, orjson.dumps(counters))


def _tries(counted: tuple[int, str | None]) -> int:
    return counted[0]


def _read(data: bytes) -> _Counters:
    try:
        fields = orjson.loads(data)
        return {str(slot): (int(tries), last) for slot, (tries, last) in fields.items()}
    except (ValueError, TypeError, AttributeError):
        raise SlotLocked from None
