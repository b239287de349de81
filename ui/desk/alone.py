"""One desk at a time on a PC's folder.

Context: an icon is pressed twice. The second desk would find the first one's visit, take it for what a
crash left, and wipe it under the eyes of the person.
Decision: the desk holds a lock on its folder for its life; the system lets it go however the desk ends,
so that a crash never locks anybody out. Who comes second says so and touches nothing.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from app.errors import PersonCanAct

if TYPE_CHECKING:
    from pathlib import Path

    from filelock import BaseFileLock

__all__ = ["DeskAlreadyOpen", "hold"]

LOCK = "desk.lock"
log = logging.getLogger(__name__)


class DeskAlreadyOpen(PersonCanAct):
    """Another desk works in this folder now."""

    code = "desk-already-open"


def hold(folder: Path) -> BaseFileLock:
    """Make the folder ours until the lock is released or this process ends; raises ``DeskAlreadyOpen``."""
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise DeskAlreadyOpen from None
    except OSError as fault:
        # A disk that takes no lock must not keep the desk from wiping what is on it.
        log.warning("lock: %s", type(fault).__name__)
    return lock
