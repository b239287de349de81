"""What ends a visit from outside: the PC goes to sleep, is locked, or the user's session ends.

Context: whoever closes a lid or locks a screen leaves; what is in memory would wait for the next one, and
hibernating writes it to the disk. Linux tells of it on D-Bus (logind; the desktop's screen saver), Windows
by messages to a window.
Decision: QtDBus, which is there with Qt: no process and no thread of our own. A **delay inhibitor** of
logind holds the sleep up until ``let_go`` says that the wipe is through, at most as long as logind allows
(``InhibitDelayMaxSec``, 5 s unless the PC is set otherwise); it is taken again after each sleep. Logging out
is heard through Qt's session manager, on Windows too (WM_QUERYENDSESSION). A PC without any of these buses
goes on without: signals, the closed pipe and the wipe at the next start remain.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import SLOT, QEventLoop, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from ui.desk.outside_reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtDBus import QDBusConnection, QDBusUnixFileDescriptor
    from PySide6.QtWidgets import QWidget

__all__ = ["Outside", "Reason", "wait_until"]

log = logging.getLogger(__name__)

LOGIND = "org.freedesktop.login1"
MANAGER_PATH, MANAGER = "/org/freedesktop/login1", "org.freedesktop.login1.Manager"
SESSION = "org.freedesktop.login1.Session"
SAVERS = ("org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.cinnamon.ScreenSaver")
ANSWER_MS, LOOK_MS = 500, 20
PATIENCE_MS = 6000


class Outside(QObject):
    """Emits ``ending(reason)``; the desk answers with ``let_go`` once nothing of a person is left."""

    ending = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._system: QDBusConnection | None = None
        self._desktop: QDBusConnection | None = None
        self._held: QDBusUnixFileDescriptor | None = None
        self._native: object = None

    def listen(self, window: QWidget) -> None:
        """Listen from now on."""
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.commitDataRequest.connect(self._logging_out)
        if sys.platform == "win32":
            from ui.desk.outside_windows import WindowMessages

            self._native = WindowMessages(window, self.ending.emit, self)
        else:
            self._listen_to_buses()

    @property
    def holds_sleep(self) -> bool:
        """Whether the PC waits for us before it sleeps."""
        return self._held is not None

    def let_go(self) -> None:
        """Let the PC sleep: nothing of a person is left."""
        self._held = None

    def close(self) -> None:
        """Listen no more."""
        self.let_go()

    def _logging_out(self, _manager: object) -> None:
        self.ending.emit(Reason.LOGOUT)

    # -- Linux -----------------------------------------------------------------------------------

    def _listen_to_buses(self) -> None:
        try:
            from PySide6.QtDBus import QDBusConnection
        except ImportError:
            log.warning("outside: no D-Bus")
            return
        self._system = system = QDBusConnection.systemBus()
        if system.isConnected():
            for told, slot in (("Sleep", _slot("_sleeping(bool)")), ("Shutdown", _slot("_shutting(bool)"))):
                system.connect(LOGIND, MANAGER_PATH, MANAGER, f"PrepareFor{told}", self, slot)
            system.connect(LOGIND, self._own_session(), SESSION, "Lock", self, _slot("_locked()"))
            self._hold()
        else:
            log.warning("outside: no system bus")
        self._desktop = desktop = QDBusConnection.sessionBus()
        if desktop.isConnected():
            for saver in SAVERS:
                desktop.connect("", "", saver, "ActiveChanged", self, _slot("_saved(bool)"))

    def _own_session(self) -> str:
        """Return the path of this user's session; where logind knows none, of no one (each is heard)."""
        answer = self._asked("GetSessionByPID", os.getpid())
        return str(answer[0].path()) if answer else ""

    def _hold(self) -> None:
        """Have the PC wait for us before it sleeps or ends."""
        answer = self._asked("Inhibit", "sleep:shutdown", "Tandem", "La visite est effacée", "delay")
        self._held = answer[0] if answer else None

    def _asked(self, method: str, *arguments: object) -> list[Any]:
        from PySide6.QtDBus import QDBus, QDBusMessage

        if self._system is None:
            return []
        call = QDBusMessage.createMethodCall(LOGIND, MANAGER_PATH, MANAGER, method)
        call.setArguments(list(arguments))
        answer = self._system.call(call, QDBus.CallMode.Block, ANSWER_MS)
        if answer.type() == QDBusMessage.MessageType.ErrorMessage:
            log.info("outside: %s: %s", method, answer.errorName())
            return []
        return list(answer.arguments())

    @Slot(bool)
    def _sleeping(self, begins: bool) -> None:  # noqa: FBT001 - the signal's argument
        if begins:
            self.ending.emit(Reason.SLEEP)
        else:
            self._hold()

    @Slot(bool)
    def _shutting(self, begins: bool) -> None:  # noqa: FBT001 - the signal's argument
        if begins:
            self.ending.emit(Reason.LOGOUT)

    @Slot()
    def _locked(self) -> None:
        self.ending.emit(Reason.LOCK)

    @Slot(bool)
    def _saved(self, is_on: bool) -> None:  # noqa: FBT001 - the signal's argument
        if is_on:
            self.ending.emit(Reason.LOCK)


def _slot(signature: str) -> Any:  # noqa: ANN401 - PySide6's stubs want bytes, and itself a str
    """Write a slot as Qt's meta-objects name it."""
    return SLOT(signature)


def wait_until(holds: Callable[[], bool], milliseconds: int = PATIENCE_MS) -> None:
    """Keep whoever asked waiting, while the program goes on: after the answer it is ended."""
    loop, look, end = QEventLoop(), QTimer(), QTimer(singleShot=True)
    look.timeout.connect(lambda: loop.quit() if holds() else None)
    end.timeout.connect(loop.quit)
    look.start(LOOK_MS)
    end.start(milliseconds)
    if not holds():
        loop.exec()
