"""The way to the voice: light, so that a window opens no later for it; what speaks is loaded when needed.

The modules are loaded ahead in a thread of their own, some seconds after the window was made: neither the
first screen nor the first press waits for them.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.screen import Screen
    from ui.session.idle import IdleWatch
    from ui.shell import Shell
    from ui.speech.speaker import Speaker

__all__ = ["VoiceDoor"]

LOAD_AFTER_MS = 4000


class VoiceDoor(QObject):
    """Listens for who wants to listen. ``is_personal`` says whether a screen shows something of a person."""

    def __init__(
        self,
        shell: Shell,
        *,
        is_personal: Callable[[Screen], bool] = lambda _screen: False,
        idle: IdleWatch | None = None,
    ) -> None:
        super().__init__(shell)
        self._shell = shell
        self._is_personal = is_personal
        self._idle = idle
        self._speaker: Speaker | None = None
        self._over = False
        shell.listen_asked.connect(self._listen)
        # What was read is no longer seen.
        shell.screen_shown.connect(self._hush)
        if idle is not None:
            idle.warned.connect(self._warn)
            idle.covered.connect(self._hush)
        self._load = QTimer(self, singleShot=True, interval=LOAD_AFTER_MS)
        self._load.timeout.connect(_load_ahead)
        self._load.start()

    @property
    def speaker(self) -> Speaker:
        """What speaks, made when it is first asked for."""
        if self._speaker is None:
            from ui.speech.speaker import Speaker

            self._speaker = Speaker(self._shell, is_personal=self._is_personal, idle=self._idle)
        return self._speaker

    def end(self) -> None:
        """Silence the voice for good, waiting for nothing."""
        self._over = True
        self._load.stop()
        if self._speaker is not None:
            self._speaker.end()

    def close(self) -> None:
        """Silence the voice for good, and wait until its process is gone."""
        self.end()
        if self._speaker is not None:
            self._speaker.close()

    def _listen(self) -> None:
        if not self._over:
            self.speaker.toggle()

    def _hush(self) -> None:
        if self._speaker is not None:
            self._speaker.stop()

    def _warn(self, words: str) -> None:
        if not self._over:
            self.speaker.warn(words)


def _load_ahead() -> None:
    # Daemonic: nothing waits for it at the end.
    threading.Thread(
        target=import_module, args=("ui.speech.speaker",), name="voice-ahead", daemon=True
    ).start()
