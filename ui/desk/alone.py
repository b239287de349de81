"""One desk at a time on a PC's folder.

Context: an icon is pressed twice. The second desk would find the first one's visit, take it for what a
crash left, and wipe it under the eyes of the person.
Decision: the desk holds a lock on its folder for its life; the system lets it go however the desk ends,
so that a crash never locks anybody out. Who comes second says so and touches nothing. It is Qt's lock, which
is there already (``filelock`` would be 20 ms of the start): the system's own on the open file, which counts
as left behind at once, so that only the system's lock decides and never an old process number.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile

from app.errors import PersonCanAct

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DeskAlreadyOpen", "hold"]

LOCK = "desk.lock"
_AT_ONCE_MS = 1
log = logging.getLogger(__name__)


class DeskAlreadyOpen(PersonCanAct):
    """Another desk works in this folder now."""

    code = "desk-already-open"


def hold(folder: Path) -> QLockFile:
    """Make the folder ours until the lock is released or this process ends; raises ``DeskAlreadyOpen``."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = QLockFile(str(folder / LOCK))
    lock.setStaleLockTime(_AT_ONCE_MS)
    if not lock.tryLock(0):
        if lock.error() == QLockFile.LockError.LockFailedError and (folder / LOCK).is_file():
            raise DeskAlreadyOpen
        # A disk that takes no lock must not keep the desk from wiping what is on it.
        log.warning("lock: %s", lock.error().name)
    return lock
