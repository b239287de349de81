"""Windows tells a window that the PC goes to sleep or is locked.

Written from Microsoft's documentation (WM_POWERBROADCAST, WTSRegisterSessionNotification) and checked for
its types; **not yet tried on a real Windows**. A program has about two seconds before the PC sleeps, and
nothing holds it up for longer.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QAbstractNativeEventFilter, QCoreApplication, QObject

from ui.desk.outside_reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QByteArray
    from PySide6.QtWidgets import QWidget

__all__ = ["WindowMessages"]

WM_POWERBROADCAST: Final = 0x0218
PBT_APMSUSPEND: Final = 0x0004
WM_WTSSESSION_CHANGE: Final = 0x02B1
WTS_CONSOLE_DISCONNECT: Final = 0x2
WTS_REMOTE_DISCONNECT: Final = 0x4
WTS_SESSION_LOGOFF: Final = 0x6
WTS_SESSION_LOCK: Final = 0x7
NOTIFY_FOR_THIS_SESSION: Final = 0

_LOCKS: Final = frozenset({WTS_CONSOLE_DISCONNECT, WTS_REMOTE_DISCONNECT, WTS_SESSION_LOCK})


def reason_of(message: int, word: int) -> Reason | None:
    """Say what a window message means to a visit."""
    if message == WM_POWERBROADCAST and word == PBT_APMSUSPEND:
        return Reason.SLEEP
    if message == WM_WTSSESSION_CHANGE and word in _LOCKS:
        return Reason.LOCK
    if message == WM_WTSSESSION_CHANGE and word == WTS_SESSION_LOGOFF:
        return Reason.LOGOUT
    return None


class WindowMessages(QAbstractNativeEventFilter):
    """Hears the messages of one window; lives as long as ``parent``."""

    def __init__(self, window: QWidget, tell: Callable[[Reason], None], parent: QObject) -> None:
        super().__init__()
        self._tell = tell
        application = QCoreApplication.instance()
        if application is not None:
            application.installNativeEventFilter(self)
            parent.destroyed.connect(lambda: application.removeNativeEventFilter(self))
        if sys.platform == "win32":
            handle = wintypes.HWND(int(window.winId()))
            ctypes.windll.wtsapi32.WTSRegisterSessionNotification(handle, NOTIFY_FOR_THIS_SESSION)

    def nativeEventFilter(  # noqa: N802 - Qt names it
        self, event_type: QByteArray | bytes | bytearray | memoryview, message: int
    ) -> tuple[bool, int]:
        """Look at a message and let it go on."""
        if bytes(event_type) == b"windows_generic_MSG":  # type: ignore[arg-type]  # QByteArray has __bytes__
            told = wintypes.MSG.from_address(int(message))
            reason = reason_of(int(told.message), int(told.wParam))
            if reason is not None:
                self._tell(reason)
        return False, 0
