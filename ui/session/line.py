"""The line to the network, as the system knows it: whether it is there, whether what it carries is paid for.

Decision: the system is only a hint. The engine finds out by itself who answers; what the system says makes it
look at once when a cable is plugged in, and lets images wait on a line that is paid by what it carries (a
telephone's). Where the system does not know, ``metered`` of this PC's configuration says it; it wins anyway.
The answers are plain attributes: the engine's threads read them, Qt's signals write them in the screen's.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QNetworkInformation

__all__ = ["Line", "system_line"]

_FORCED = {"yes": True, "no": False}
_THERE = QNetworkInformation.Reachability.Online


def system_line() -> QNetworkInformation | None:
    """Return what the system tells of its network; ``None`` where nothing does."""
    wanted = QNetworkInformation.Feature.Reachability | QNetworkInformation.Feature.Metered
    for features in (wanted, QNetworkInformation.Feature.Reachability):
        if QNetworkInformation.loadBackendByFeatures(features):
            return QNetworkInformation.instance()
    return None


class Line(QObject):
    """``came_back`` when the network is there again, or no longer paid for by what it carries."""

    came_back = Signal()

    def __init__(
        self, forced: str, system: QNetworkInformation | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._forced = _FORCED.get(forced)
        self._says_metered = False
        self._is_there = True
        if system is None:
            return
        self._says_metered = system.isMetered()
        self._is_there = system.reachability() == _THERE
        system.isMeteredChanged.connect(self._metered_changed)
        system.reachabilityChanged.connect(self._reach_changed)

    def is_metered(self) -> bool:
        """Say whether the line is paid by what it carries; from any thread."""
        return self._says_metered if self._forced is None else self._forced

    def _metered_changed(self, is_metered: bool) -> None:  # noqa: FBT001 - a signal's argument
        was = self.is_metered()
        self._says_metered = is_metered
        if was and not self.is_metered():
            self.came_back.emit()

    def _reach_changed(self, reach: QNetworkInformation.Reachability) -> None:
        was, self._is_there = self._is_there, reach == _THERE
        if self._is_there and not was:
            self.came_back.emit()
