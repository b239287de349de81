"""What the screen is told of the sync, at most ten times a second."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = ["StatusBoard", "SyncStatus"]

_INTERVAL = 0.1
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """``reason`` is the code of the error that stands in the way; ``received`` counts changes read.

    ``moved`` counts the bytes of documents that went either way; ``question`` is what only a person
    can say (``sync.guard``); ``choices`` of the ``parked`` acts wait because two people changed one thing.
    ``clock_offset``: by how many seconds the service's clock is ahead of this PC's.
    """

    online: bool = False
    reason: str | None = None
    waiting: int = 0
    parked: int = 0
    last_sync: datetime | None = None
    busy: bool = False
    received: int = 0
    oldest: datetime | None = None
    clock_offset: float | None = None
    moved: int = 0
    question: str | None = None
    choices: int = 0


class StatusBoard:
    """Holds the present status; listeners hear changes, merged, and always the last one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Callable[[SyncStatus], None]] = []
        self._status = SyncStatus()
        self._told = SyncStatus()
        self._told_at = 0.0
        self._timer: threading.Timer | None = None
        self._closed = False

    @property
    def present(self) -> SyncStatus:
        """The status now."""
        return self._status

    def listen(self, listener: Callable[[SyncStatus], None]) -> Callable[[], None]:
        """Hear the status now and each change from now on; what comes back ends it."""
        with self._lock:
            self._listeners.append(listener)
        _tell(listener, self._status)
        return lambda: self._forget(listener)

    def update(self, **changes: Any) -> None:  # noqa: ANN401 (the fields of SyncStatus)
        """Change some fields."""
        with self._lock:
            self._status = replace(self._status, **changes)
            if self._closed or self._timer is not None or self._status == self._told:
                return
            wait = self._told_at + _INTERVAL - time.monotonic()
            self._timer = threading.Timer(max(0.0, wait), self._flush)
            self._timer.daemon = True
            self._timer.start()

    def close(self) -> None:
        """Tell the last status and nothing more."""
        with self._lock:
            self._closed = True
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            timer.join()
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            self._timer = None
            status, listeners = self._status, tuple(self._listeners)
            changed, self._told, self._told_at = status != self._told, status, time.monotonic()
        if changed:
            for listener in listeners:
                _tell(listener, status)

    def _forget(self, listener: Callable[[SyncStatus], None]) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)


def _tell(listener: Callable[[SyncStatus], None], status: SyncStatus) -> None:
    try:
        listener(status)
    except Exception as error:  # noqa: BLE001 (a screen's fault)
        _log.error("status listener failed: %s", type(error).__name__)
