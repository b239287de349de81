"""The voice: ``python -m ui.speech``, a process that is told what to say, a JSON line at a time.

It is apart because an engine takes seconds to start and may block or die: the screen waits for nothing
and goes on without it. It writes nothing down: it answers with numbers and codes, never with words.

In: ``{"say": text, "number": n, "language": "fr", "rate": -0.1}``, ``{"stop": true}``; its input's end
ends it. Out: ``{"ready": ["fr", …]}``, ``{"finished": n}``, ``{"failed": code, "number": n}``.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import orjson
from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal

from ui.speech.engines import find_engine, sound_is_there

if TYPE_CHECKING:
    from ui.speech.engines import Engine

__all__ = ["main"]


class _Pipe(QObject):
    """Reads lines in a thread of its own: Qt waits for no pipe on Windows."""

    heard = Signal(dict)
    closed = Signal()

    def start(self) -> None:
        threading.Thread(target=self._read, name="voice-pipe", daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin.buffer:
            with suppress(orjson.JSONDecodeError):
                told = orjson.loads(line)
                if isinstance(told, dict):
                    self.heard.emit(told)
        self.closed.emit()


class _Voice(QObject):
    """Does what the lines ask, once the engine is there."""

    def __init__(self) -> None:
        super().__init__()
        self._engine: Engine | None = None
        self._number = 0

    def begin(self) -> None:
        """Find what speaks; without it, say what is missing."""
        if not sound_is_there():
            _tell(failed="sound-missing")
            return
        self._engine = find_engine()
        if self._engine is None:
            _tell(failed="speech-missing")
            return
        self._engine.told.finished.connect(self._finished)
        self._engine.told.failed.connect(self._failed)
        _tell(ready=sorted(self._engine.languages))

    def hear(self, told: dict[str, Any]) -> None:
        """Follow one line."""
        engine = self._engine
        if engine is None:
            return
        if told.get("stop"):
            engine.stop()
            return
        self._number = int(told["number"])
        language = str(told["language"])
        if language not in engine.languages:
            self._failed("voice-missing")
            return
        engine.stop()
        engine.say(str(told["say"]), language, float(told["rate"]))

    def end(self) -> None:
        """Give everything back."""
        if self._engine is not None:
            self._engine.stop()
            self._engine.close()
        QCoreApplication.exit(0)

    def _finished(self) -> None:
        _tell(finished=self._number)

    def _failed(self, code: str) -> None:
        _tell(failed=code, number=self._number)


def _tell(**answer: Any) -> None:  # noqa: ANN401 - any JSON
    sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
    sys.stdout.buffer.flush()


def main() -> int:
    """Serve one program until it closes the pipe."""
    from ui.session.hardening import harden

    harden(own_group=False)
    application = QCoreApplication(["tandem-voice"])
    voice, pipe = _Voice(), _Pipe()
    queued = Qt.ConnectionType.QueuedConnection
    pipe.heard.connect(voice.hear, queued)
    pipe.closed.connect(voice.end, queued)
    pipe.start()
    QTimer.singleShot(0, voice, voice.begin)
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
