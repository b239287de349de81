"""What a failure means for an act: the error table of the engine, and writing its verdict down.

==================================  ====================================================================
Offline, a sign-in page, a proxy    nothing was sent and nothing counts as tried: the round ends
Unauthorised                        everything pauses until someone signs in; acts are kept
Busy (423, 425, 429, 503)           everything waits as long as the service asks
ServiceBroken, Stalled              the outcome is unclear: looked for, then tried again, full jitter
VersionClash (409, 412)             made anew on what is there now; after three times a person chooses
Forbidden, Absent, Refused, …       set aside with its reason; all others go on
==================================  ====================================================================
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from app.vault.sealed import FileDamaged, FileMissing
from sync.backoff import full_jitter
from sync.failures import (
    Absent,
    Busy,
    Forbidden,
    Offline,
    Refused,
    ServiceBroken,
    TooLarge,
    Unauthorised,
    VersionClash,
)
from sync.uploads import UploadDamaged

if TYPE_CHECKING:
    import random

    from app.clock import Clock
    from app.errors import TandemError
    from app.records import Operation, Records

__all__ = ["BINARY_MISSING", "BREAKER", "Fate", "Judge", "Verdict", "verdict"]

# So many acts in a row that meet a broken service: it is the service, not them.
BREAKER = 3
_MOST_ALIKE = 3
BINARY_MISSING = "binary-missing"


class Fate(StrEnum):
    """What becomes of an operation after a failure."""

    STOP = "stop"
    RETRY = "retry"
    REBASE = "rebase"
    CONFLICT = "conflict"
    PARK = "park"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A fate, the seconds until the next try, and whether the others must wait as well."""

    fate: Fate
    seconds: float = 0
    ends_round: bool = False


def verdict(failure: TandemError, tries: int, rng: random.Random, *, alike: int = 1) -> Verdict:
    """Decide what a failure means for the operation that met it.

    It failed ``tries`` times for whatever reason, ``alike`` times for this one.
    """
    match failure:
        case Offline() | Unauthorised():
            return Verdict(Fate.STOP, ends_round=True)
        case Busy():
            return Verdict(Fate.RETRY, failure.retry_after, ends_round=True)
        case ServiceBroken():
            return Verdict(Fate.RETRY, full_jitter(tries, rng))
        case VersionClash() if alike <= _MOST_ALIKE:
            return Verdict(Fate.REBASE)
        case VersionClash():
            # A service that never tells what is there: a person must look.
            return Verdict(Fate.CONFLICT)
        case Refused() if failure.fields.get("reason") == BINARY_MISSING and alike <= _MOST_ALIKE:
            # The upload was there and is gone (it expired): it is sent again, soon.
            return Verdict(Fate.RETRY, full_jitter(alike, rng))
        case (
            Forbidden() | Absent() | TooLarge() | Refused() | UploadDamaged() | FileMissing() | FileDamaged()
        ):
            return Verdict(Fate.PARK)
        case _:
            return Verdict(Fate.STOP, ends_round=True)


class Judge:
    """Writes down what failures mean, and remembers how often each act has met one."""

    def __init__(self, records: Records, clock: Clock, rng: random.Random) -> None:
        self._records = records
        self._clock = clock
        self._rng = rng
        self._tries: dict[str, Counter[str]] = {}

    def acquit(self, operation: Operation) -> None:
        """Forget what an operation met: it went through."""
        self._tries.pop(operation.op_id, None)

    def sentence(self, operation: Operation, failure: TandemError) -> Verdict:
        """Write down what the failure means; raises it where nothing more can be done in this round."""
        met = self._tries.setdefault(operation.op_id, Counter())
        met[failure.code] += 1
        tries = max(met.total(), operation.attempts)
        decided = verdict(failure, tries, self._rng, alike=met[failure.code])
        if decided.fate is Fate.RETRY:
            self.later(operation, decided.seconds, failure.code)
        elif decided.fate is Fate.PARK:
            self._records.park(operation.seq, failure.code, failure.fields)
        elif decided.fate is Fate.REBASE:
            self._records.release(operation.seq)
        elif decided.fate is Fate.CONFLICT:
            self._records.conflict(operation.seq, failure.code, failure.fields)
        else:
            raise failure
        return decided

    def later(self, operation: Operation, seconds: float, reason: str) -> None:
        """Let an operation wait."""
        self._records.retry_later(operation.seq, self._clock() + timedelta(seconds=seconds), reason)
