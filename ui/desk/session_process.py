"""One session's process, seen from the desk: started, fed its start line, listened to, ended.

The pipe is the bond: when the desk dies, the session reads the end of its input and ends too. What
the session says on its output are events without any word of the person.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import orjson
from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

if TYPE_CHECKING:
    from app.wipe import SessionFolders
    from ui.session.start import Start

__all__ = ["SessionProcess", "events_in", "session_command"]

LONGEST_LINE = 1 << 16
GRACE_MS = 5000
HURRY_MS = 1500
PATIENCE_MS = 20_000


def session_command() -> tuple[str, list[str]]:
    """Return program and arguments; the frozen program is its own interpreter."""
    if getattr(sys, "frozen", False):
        return sys.executable, ["session-process"]
    return sys.executable, ["-m", "ui.session"]


def events_in(read: bytes) -> tuple[list[dict[str, Any]], bytes]:
    """Return the events of what was read, and the line that goes on; what is no event is dropped."""
    *lines, left = read.split(b"\n")
    events: list[dict[str, Any]] = []
    for line in lines:
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(event, dict):
            events.append(event)
    return events, left[-LONGEST_LINE:]


class SessionProcess(QObject):
    """Signals: ``told(event)`` for each event, ``ended(clean)`` once, whatever happened."""

    told = Signal(dict)
    ended = Signal(bool)

    def __init__(self, folders: SessionFolders, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._said_goodbye = False
        self._over = False
        self._read = b""
        self._process = QProcess(self)
        self._process.setProcessEnvironment(_environment(folders))
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        self._process.readyReadStandardOutput.connect(self._hear)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)

    @property
    def pid(self) -> int:
        """Its process number; 0 before and after."""
        return int(self._process.processId() or 0)

    def start(self, start: Start) -> None:
        """Start it and hand it its start line."""
        program, arguments = session_command()
        self._process.start(program, arguments)
        self._process.write(start.line())

    def hand_over(self, key: bytes) -> None:
        """Send the key of the person's records, right after the start line."""
        self._process.write(key)

    def tell(self, **message: Any) -> None:  # noqa: ANN401 - any JSON
        """Answer the session."""
        self._process.write(orjson.dumps(message) + b"\n")

    def close(self) -> None:
        """Ask it to end in order; it is ended for good when it does not."""
        self.tell(do="close")
        QTimer.singleShot(PATIENCE_MS, self, self.end)

    def hurry(self) -> None:
        """Ask it to end in order, and end it very soon if it does not: the PC is about to sleep.

        What was acknowledged is sealed on the disk already; only the farewell to the service is cut short.
        """
        self.tell(do="close")
        QTimer.singleShot(HURRY_MS, self, self._kill)

    def _kill(self) -> None:
        if not self._over:
            self._process.kill()

    def end(self) -> None:
        """Ask it to end by closing its input, then end it."""
        if self._over:
            return
        self._process.closeWriteChannel()
        if not self._process.waitForFinished(GRACE_MS):
            self._process.kill()
            self._process.waitForFinished(GRACE_MS)

    def _hear(self) -> None:
        events, self._read = events_in(self._read + self._process.readAllStandardOutput().data())
        for event in events:
            self._said_goodbye |= event.get("event") == "ended"
            self.told.emit(event)

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._hear()
        clean = self._said_goodbye and code == 0 and status == QProcess.ExitStatus.NormalExit
        self._once(clean=clean)

    def _failed(self, error: QProcess.ProcessError) -> None:
        # Every other error is followed by ``finished``.
        if error == QProcess.ProcessError.FailedToStart:
            self._once(clean=False)

    def _once(self, *, clean: bool) -> None:
        if not self._over:
            self._over = True
            self.ended.emit(clean)


def _environment(folders: SessionFolders) -> QProcessEnvironment:
    environment = QProcessEnvironment.systemEnvironment()
    for name in ("TMPDIR", "TEMP", "TMP"):
        environment.insert(name, str(folders.temporary))
    # What it starts carries it too: by its random name the wipe finds what outlived the session.
    environment.insert("TANDEM_VISIT", str(folders.folder))
    return environment
