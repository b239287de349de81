"""What a commit changed, told to whoever listens: screens reload, the engine wakes.

Told after the commit, in the committing thread; a listener that needs another thread goes there
by itself. One that fails is noted and the others still hear: the commit stands either way.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Change", "Changes", "Origin"]

_log = logging.getLogger(__name__)


class Origin(StrEnum):
    """Where a change came from."""

    ACT = "act"
    FEED = "feed"
    FILE = "file"
    OPERATION = "operation"


@dataclass(frozen=True, slots=True)
class Change:
    """Types touched (``DocumentReference``) and resources touched (``DocumentReference/id``)."""

    types: frozenset[str]
    ids: frozenset[str]
    origin: Origin


class Changes:
    """The one channel on which a store's commits are told. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Change], None]] = []

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Hear every change from now on; the function that comes back ends it."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._forget(listener)

    def publish(self, change: Change) -> None:
        """Tell everyone who listens."""
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            try:
                listener(change)
            except Exception as error:  # noqa: BLE001 - a screen's fault must not look like a lost commit
                _log.error("listener failed: %s", type(error).__name__)

    def _forget(self, listener: Callable[[Change], None]) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
