"""What a simulated run is made of: its size, and which troubles may happen in it."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync.conformance import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TROUBLES", "Knobs", "knobs_of", "smaller"]

TROUBLES = (
    "offline",  # the network is away for a while
    "lost-request",  # it never arrives
    "lost-answer",  # it was done, and nobody heard
    "ghost",  # given up as lost, it arrives later all the same
    "twice",  # it arrives twice
    "cut-answer",  # half an answer
    "captive",  # a sign-in page with a 200
    "signed-out",  # 401
    "busy",  # 429 and 503 with Retry-After
    "entry-busy",  # a 429 hidden in an outer 200
    "broken",  # 500 before anything was done
    "broken-after",  # 500 after it was done
    "phantom",  # 200 for what was rolled back
    "small-service",  # 413 for more than a few entries
    "poison",  # an act that the service refuses, naming it or not
    "other-edits",  # someone else changes the same things
    "other-deletes",  # someone else deletes them
    "many-deletes",  # someone deletes nearly everything
    "upload-gone",  # an upload expires before its document
    "crash-before",  # the program dies before a commit
    "crash-after",  # … and after one
    "disk-full",
    "disk-busy",
    "restored",  # the service is put back from an older copy, under a new epoch
    "restored-quietly",  # … or under the old one
    "no-memory",  # the service does not know acts again
    "late-commit",  # another's version appears with a stamp of some time ago (a server without our feed)
)
_RARE = frozenset({"restored", "restored-quietly", "many-deletes"})


@dataclass(frozen=True, slots=True)
class Knobs:
    """A run's size: how many devices, acts a device, resources to begin with; and its troubles."""

    devices: int = 2
    acts: int = 6
    resources: int = 3
    page: int = 4
    troubles: frozenset[str] = frozenset()
    rate: float = 0.15
    tier: Tier = Tier.FEED

    def __str__(self) -> str:
        """Say it in one line."""
        size = (
            f"devices={self.devices} acts={self.acts} resources={self.resources} page={self.page} {self.tier}"
        )
        return f"{size} rate={self.rate} troubles={','.join(sorted(self.troubles)) or 'none'}"


def knobs_of(seed: int) -> Knobs:
    """Choose a run's size and troubles."""
    rng = random.Random(f"knobs {seed}")
    often = [each for each in TROUBLES if each not in _RARE]
    chosen = set(rng.sample(often, rng.randint(0, min(9, len(often)))))
    if rng.random() < 0.2:
        chosen.add(rng.choice(sorted(_RARE)))
    return Knobs(
        devices=rng.choice((1, 2, 2, 3)),
        acts=rng.randint(2, 8),
        resources=rng.randint(1, 4),
        page=rng.choice((1, 2, 4, 50)),
        troubles=frozenset(chosen),
        rate=rng.choice((0.05, 0.15, 0.3)),
        tier=rng.choice((*[Tier.FEED] * 6, Tier.HISTORY, Tier.SEARCH)),
    )


def smaller(knobs: Knobs) -> Iterator[Knobs]:
    """Yield runs that are a little simpler, the boldest steps first."""
    for trouble in sorted(knobs.troubles):
        yield replace(knobs, troubles=knobs.troubles - {trouble})
    for name, least in (("devices", 1), ("acts", 1), ("resources", 1)):
        value = getattr(knobs, name)
        for less in dict.fromkeys((least, value // 2, value - 1)):
            if least <= less < value:
                yield replace(knobs, **{name: less})
    if knobs.page < 50:
        yield replace(knobs, page=50)
