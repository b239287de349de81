"""How long to wait after a failure: full jitter, doubling from one second to a quarter of an hour.

Full jitter, so that the hundred PCs of a department do not come back in the same second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

__all__ = ["BASE_SECONDS", "LIMIT_SECONDS", "full_jitter"]

BASE_SECONDS = 1.0
LIMIT_SECONDS = 15 * 60.0


def full_jitter(tries: int, rng: random.Random, limit: float = LIMIT_SECONDS) -> float:
    """Return seconds to wait after ``tries`` failures in a row, at least a fifth of a second."""
    ceiling = min(limit, BASE_SECONDS * 2.0 ** min(max(tries, 1), 32))
    return max(0.2, rng.uniform(0, ceiling))
