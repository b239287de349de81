"""What hands do to a window, heard before any of its widgets.

Decision: the filter sits on the native window, through which all real input comes, and not on the
application: there every event of every object of Qt would be turned into Python, which cost 60 ms at the
start and Python's lock at each event while the sync wants it too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

__all__ = ["Watcher", "WindowInput"]

Watcher = Callable[[QEvent], bool]
"""Sees an input event; True swallows it."""


class WindowInput(QObject):
    """Tells watchers of the input of ``window``, the newest first, until one of them swallows it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._watchers: list[Watcher] = []
        window.installEventFilter(self)

    def watch(self, watcher: Watcher) -> None:
        """Let ``watcher`` see what comes from now on."""
        self._watchers.insert(0, watcher)

    def forget(self, watcher: Watcher) -> None:
        """Leave ``watcher`` alone."""
        if watcher in self._watchers:
            self._watchers.remove(watcher)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window to its native one, then pass on what comes there."""
        if watched is self._window:
            handle = self._window.windowHandle() if event.type() == QEvent.Type.Show else None
            if handle is not None:
                handle.removeEventFilter(self)
                handle.installEventFilter(self)
            return False
        return any(watcher(event) for watcher in list(self._watchers))
