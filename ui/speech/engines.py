"""The engines that speak, in the voice's own process. One port, two engines.

Qt's (``speechd`` on Linux, ``winrt`` or ``sapi`` on Windows) is taken first, by its name: Qt lists them in
an order that varies, and « mock » says nothing. On Linux it talks to a speech-dispatcher of our own, that
lives and dies with this process: the one of the PC keeps what was said in its history, outlives the visit,
and logs as much as whoever set it up likes. Where it is missing, the program ``espeak-ng`` speaks: what is
to be said goes to its input, never to its command line.

Left aside: ``espeakng-loader`` (words lit up one by one). Its wheels hold, but it declares no licence for
the GPLv3 library that it carries, has one maintainer, and had no release since early 2025.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QLocale, QObject, QProcess, QTimer, Signal

if TYPE_CHECKING:
    from PySide6.QtTextToSpeech import QTextToSpeech

__all__ = ["Engine", "EngineSignals", "find_engine", "sound_is_there"]

DAEMON_SECONDS = 5.0
CANCEL_MS = 1500
LONGEST_SOCKET = 100
NORMAL_WORDS_A_MINUTE = 165
PR_SET_PDEATHSIG = 1


class EngineSignals(QObject):
    """What an engine tells: ``finished`` when it has said it all, ``failed(code)``."""

    finished = Signal()
    failed = Signal(str)


class Engine(Protocol):
    """Says one thing at a time."""

    told: EngineSignals
    languages: frozenset[str]

    def say(self, words: str, language: str, rate: float) -> None:
        """Say ``words``; ``rate`` from -1, slowest, to 1."""

    def stop(self) -> None:
        """Be silent at once; ``finished`` is not told."""

    def close(self) -> None:
        """End what was started."""


def sound_is_there() -> bool:
    """Say whether this PC has something to be heard through."""
    from PySide6.QtMultimedia import QMediaDevices

    if QMediaDevices.audioOutputs():
        return True
    # Qt knows PulseAudio and PipeWire; a PC that has ALSA alone can speak all the same.
    cards = Path("/proc/asound/cards")
    return cards.exists() and "[" in cards.read_text("utf-8", errors="replace")


def find_engine() -> Engine | None:
    """Start the best engine of this PC; None when it has none."""
    for name in _names():
        with suppress(OSError, RuntimeError, ImportError):
            engine = QtEngine(name)
            if engine.languages:
                return engine
            engine.close()
    program = shutil.which("espeak-ng")
    return ProgramEngine(program) if program else None


def _names() -> tuple[str, ...]:
    if sys.platform == "win32":
        return ("winrt", "sapi")
    return ("darwin",) if sys.platform == "darwin" else ("speechd",)


class QtEngine:
    """One of Qt's engines, by its name."""

    def __init__(self, name: str) -> None:
        from PySide6.QtTextToSpeech import QTextToSpeech

        self._ready = QTextToSpeech.State.Ready
        self._speaking = QTextToSpeech.State.Speaking
        self._error = QTextToSpeech.State.Error
        if name not in QTextToSpeech.availableEngines():
            raise RuntimeError(name)
        self._daemon = _Daemon() if name == "speechd" else None
        self.told = EngineSignals()
        self._speech: QTextToSpeech = QTextToSpeech(name)
        self.languages = frozenset(_code(place) for place in self._speech.availableLocales())
        self._waits: tuple[str, str, float] | None = None
        self._began = False
        self._stopping = False
        self._cancelled = QTimer(self.told, singleShot=True, interval=CANCEL_MS)
        self._cancelled.timeout.connect(self._go_on)
        self._speech.stateChanged.connect(self._changed)

    def say(self, words: str, language: str, rate: float) -> None:
        """Say it, once what was stopped before is silent."""
        if self._stopping:
            self._waits = words, language, rate
            return
        self._began = False
        if _code(self._speech.locale()) != language:
            place = next(place for place in self._speech.availableLocales() if _code(place) == language)
            self._speech.setLocale(place)
        self._speech.setRate(rate)
        self._speech.say(words)

    def stop(self) -> None:
        """Be silent; the engine says itself when it is."""
        self._waits = None
        if self._speech.state() is self._speaking and not self._stopping:
            self._stopping = True
            self._cancelled.start()
            self._speech.stop()

    def close(self) -> None:
        """End it, and the daemon that served it."""
        if self._daemon is not None:
            self._daemon.close()

    def _changed(self, state: QTextToSpeech.State) -> None:
        if state is self._speaking:
            self._began = True
        elif state is self._error:
            self.told.failed.emit("speech-stopped")
        elif state is self._ready and self._stopping:
            # After the signal: the engine is still in the middle of it.
            QTimer.singleShot(0, self.told, self._go_on)
        elif state is self._ready and self._began:
            self._began = False
            self.told.finished.emit()

    def _go_on(self) -> None:
        self._cancelled.stop()
        self._stopping = False
        waits, self._waits = self._waits, None
        if waits is not None:
            self.say(*waits)


def _code(place: QLocale) -> str:
    return QLocale.languageToCode(place.language())


class _Daemon:
    """A speech-dispatcher for this process alone, at its least talkative; its folder goes with it."""

    def __init__(self) -> None:
        program = shutil.which("speech-dispatcher")
        if program is None:
            raise FileNotFoundError
        self._folder = Path(_short_folder())
        at = self._folder / "socket"
        self._process = subprocess.Popen(
            [
                program, "--run-single", "--log-level", "1", "--log-dir", str(self._folder),
                "--communication-method", "unix_socket", "--socket-path", str(at),
                "--pid-file", str(self._folder / "pid"), "--timeout", "0",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_die_with_us,  # noqa: PLW1509 - this process has no other thread that holds a lock
        )  # fmt: skip
        os.environ["SPEECHD_ADDRESS"] = f"unix_socket:{at}"
        if not self._answers(at):
            self.close()
            raise RuntimeError

    def _answers(self, at: Path) -> bool:
        end = time.monotonic() + DAEMON_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
                probe.connect(str(at))
                return True
            time.sleep(0.02)
        return False

    def close(self) -> None:
        """End it; its modules end when their input does."""
        self._process.terminate()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _short_folder() -> str:
    """Make a folder of this process; the name of a socket in it has little room."""
    folder = tempfile.mkdtemp(prefix="voice-")
    if len(folder) < LONGEST_SOCKET - len("/socket"):
        return folder
    shutil.rmtree(folder)
    return tempfile.mkdtemp(prefix="voice-", dir="/tmp")


def _die_with_us() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class ProgramEngine:
    """The program ``espeak-ng``, started for each sentence."""

    def __init__(self, program: str) -> None:
        self._program = program
        self.told = EngineSignals()
        self.languages = _languages_of(program)
        self._process: QProcess | None = None

    def say(self, words: str, language: str, rate: float) -> None:
        """Say it."""
        self.stop()
        speed = round(NORMAL_WORDS_A_MINUTE * 2**rate)
        self._process = process = QProcess(self.told)
        process.finished.connect(lambda: self._ended(process))
        process.errorOccurred.connect(lambda _error: self._ended(process))
        process.start(self._program, ["-v", language, "-s", str(speed), "--stdin"])
        process.write(words.encode())
        process.closeWriteChannel()

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.waitForFinished(CANCEL_MS)
            process.deleteLater()

    def close(self) -> None:
        """End it."""
        self.stop()

    def _ended(self, process: QProcess) -> None:
        if process is not self._process:
            return
        self._process = None
        process.deleteLater()
        # It says 0 even when it found nothing to be heard through.
        heard = b"error:" not in process.readAllStandardError().data()
        if process.error() == QProcess.ProcessError.FailedToStart:
            self.told.failed.emit("speech-missing")
        elif heard and process.exitCode() == 0:
            self.told.finished.emit()
        else:
            self.told.failed.emit("sound-missing")


def _languages_of(program: str) -> frozenset[str]:
    listed = subprocess.run([program, "--voices"], capture_output=True, check=False, timeout=10)
    lines = listed.stdout.decode(errors="replace").splitlines()[1:]
    return frozenset(line.split()[1].split("-")[0] for line in lines if len(line.split()) > 1)
