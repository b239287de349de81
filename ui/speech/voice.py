"""The program's end of the voice: starts its process, says what to say, hears how far it is.

Nothing here waits: lines go into a pipe, answers come as signals. What the voice process writes on its
error output is thrown away: an engine may repeat there what it was given.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

import ui
from ui.speech.errors import error_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.errors import TandemError

__all__ = ["Voice", "voice_command", "voice_environment"]

LONGEST_LINE = 1 << 16
END_MS = 3000
# A sentence takes a tenth of a second a letter at the slowest; what takes far longer is not heard.
PATIENCE_MS = 12_000
PATIENCE_A_LETTER_MS = 350
START_MS = 30_000


def voice_command() -> tuple[str, list[str]]:
    """Return program and arguments; the frozen program is its own interpreter."""
    if getattr(sys, "frozen", False):
        return sys.executable, ["voice-process"]
    return sys.executable, ["-s", "-P", "-m", "ui.speech"]


def voice_environment() -> dict[str, str]:
    """Return the environment of its process: ours, for that is where sound goes."""
    root = str(Path(ui.__file__).resolve().parents[1])
    own = {"PYTHONDONTWRITEBYTECODE": "1"} | ({} if getattr(sys, "frozen", False) else {"PYTHONPATH": root})
    return dict(os.environ) | own


class Voice(QObject):
    """Signals: ``ready``; ``finished(number)`` of what was said; ``failed(error)``, after which it is over.

    ``surroundings`` are environment variables for its process (where sound goes, in tests).
    """

    ready = Signal()
    finished = Signal(int)
    failed = Signal(object)

    def __init__(
        self, parent: QObject | None = None, *, surroundings: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(parent)
        self._surroundings = dict(surroundings or {})
        self._process: QProcess | None = None
        self._dying: list[QProcess] = []
        self._read = b""
        self._is_ready = False
        self._waits: dict[str, Any] | None = None
        self._number = 0
        self._language = ""
        self._patience = QTimer(self, singleShot=True)
        self._patience.timeout.connect(self._lost_patience)
        self._grace = QTimer(self, singleShot=True, interval=END_MS)
        self._grace.timeout.connect(self._kill)

    @property
    def is_ready(self) -> bool:
        """Whether it can speak now."""
        return self._is_ready

    @property
    def pid(self) -> int:
        """Its process's number; 0 without one."""
        return int(self._process.processId()) if self._process is not None else 0

    def warm_up(self) -> None:
        """Start it ahead: an engine needs some seconds."""
        if self._process is not None:
            return
        process = self._process = QProcess(self)
        process.setProcessEnvironment(self._environment())
        process.setStandardErrorFile(QProcess.nullDevice())
        # Methods, never lambdas: those would keep this object alive until its own child is deleted.
        process.readyReadStandardOutput.connect(self._hear)
        process.finished.connect(self._some_ended)
        process.errorOccurred.connect(self._some_ended)
        program, arguments = voice_command()
        self._patience.start(START_MS)
        process.start(program, arguments)

    def say(self, words: str, language: str, rate: float) -> int:
        """Say ``words`` now, in place of what is being said; return the number that ``finished`` tells."""
        self._number += 1
        self._language = language
        line = {"say": words, "number": self._number, "language": language, "rate": rate}
        self.warm_up()
        if self._is_ready:
            self._tell(line)
        else:
            self._waits = line
        return self._number

    def hush(self) -> None:
        """Be silent."""
        self._number += 1
        self._waits = None
        if self._is_ready:
            self._patience.stop()
            self._write({"stop": True})

    def end(self) -> None:
        """End its process, without waiting for that."""
        self._let_die(self._forget())

    def close(self) -> None:
        """End its process; waits for it a moment, so only at the end."""
        self.end()
        for process in tuple(self._dying):
            if not process.waitForFinished(END_MS):
                process.kill()
                process.waitForFinished(END_MS)

    # -- the pipe --------------------------------------------------------------------------------

    def _environment(self) -> QProcessEnvironment:
        environment = QProcessEnvironment()
        for name, value in (voice_environment() | self._surroundings).items():
            environment.insert(name, value)
        return environment

    def _tell(self, line: dict[str, Any]) -> None:
        self._patience.start(PATIENCE_MS + PATIENCE_A_LETTER_MS * len(line["say"]))
        self._write(line)

    def _write(self, line: dict[str, Any]) -> None:
        if self._process is not None:
            self._process.write(orjson.dumps(line) + b"\n")

    def _hear(self) -> None:
        if self._process is None:
            return
        self._read += self._process.readAllStandardOutput().data()
        while b"\n" in self._read:
            line, _newline, self._read = self._read.partition(b"\n")
            try:
                told = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if isinstance(told, dict):
                self._understand(told)
        self._read = self._read[-LONGEST_LINE:]

    def _understand(self, told: dict[str, Any]) -> None:
        if "ready" in told:
            self._is_ready = True
            self._patience.stop()
            self.ready.emit()
            waits, self._waits = self._waits, None
            if waits is not None:
                self._tell(waits)
        elif told.get("finished") == self._number:
            self._patience.stop()
            self.finished.emit(self._number)
        elif "failed" in told and told.get("number", self._number) == self._number:
            self._fail(error_of(str(told["failed"]), self._language))

    def _fail(self, error: TandemError) -> None:
        """End it: the next try starts anew, with what may have been plugged in or installed since."""
        self.end()
        self.failed.emit(error)

    def _let_die(self, process: QProcess | None) -> None:
        """Close its pipe, which ends it; without waiting, and for good when it does not."""
        if process is None:
            return
        if _is_over(process):
            process.deleteLater()
            return
        self._dying.append(process)
        process.closeWriteChannel()
        self._grace.start()

    def _kill(self) -> None:
        for process in self._dying:
            process.kill()

    def _forget(self) -> QProcess | None:
        process, self._process = self._process, None
        self._is_ready, self._waits, self._read = False, None, b""
        self._patience.stop()
        return process

    def _some_ended(self) -> None:
        """Forget the processes that are gone; one that was not told to go has failed."""
        for process in [each for each in self._dying if _is_over(each)]:
            self._dying.remove(process)
            process.deleteLater()
        if self._process is not None and _is_over(self._process):
            self._hear()
        if self._process is not None and _is_over(self._process):
            gone, self._process = self._process, None
            gone.deleteLater()
            self._fail(error_of("speech-stopped"))

    def _lost_patience(self) -> None:
        self._fail(error_of("sound-missing" if self._is_ready else "speech-missing"))


def _is_over(process: QProcess) -> bool:
    return process.state() == QProcess.ProcessState.NotRunning
