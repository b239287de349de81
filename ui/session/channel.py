"""The pipe to the desk: JSON lines, events out, answers in. Its end is the session's end."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson
from PySide6.QtCore import QObject, Qt, Signal

from sync.failures import Offline, Unauthorised

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Channel", "claim_pipes"]

ANSWER_SECONDS = 20


def claim_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take the pipes for us alone: whatever prints later goes to standard error."""
    incoming = os.fdopen(os.dup(0), "rb", buffering=0)
    outgoing = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    sys.stdout = sys.stderr
    return incoming, outgoing


class Channel(QObject):
    """Tells the desk, asks it. ``close_asked`` when it wants an end in order, ``closed`` when it is gone."""

    closed = Signal()
    close_asked = Signal()

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._incoming, self._outgoing = incoming, outgoing
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._answer: dict[str, Any] | None = None
        self._answered = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="tandem-desk", daemon=True)

    def start(self, when_closed: Callable[[], None]) -> None:
        """Listen from now on."""
        self.closed.connect(when_closed, Qt.ConnectionType.QueuedConnection)
        self._thread.start()

    def tell(self, event: str, **fields: Any) -> None:  # noqa: ANN401 - any JSON
        """Tell the desk, from any thread; nothing of the person ever goes this way."""
        line = orjson.dumps({"event": event, **fields}) + b"\n"
        with self._telling, suppress(OSError):
            self._outgoing.write(line)

    def adviser(self) -> dict[str, Any]:
        """Return fresh tokens of the adviser, asked of the desk; blocks; ``Unauthorised``, ``Offline``."""
        answer = self.ask("adviser-tokens")
        if answer.get("refused") == Offline.code:
            raise Offline
        if "adviser" not in answer:
            raise Unauthorised
        tokens: dict[str, Any] = answer["adviser"]
        return tokens

    def ask(self, event: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        """Ask the desk for one thing and return its answer; nothing where none came. Blocks."""
        with self._lock:
            self._answered.clear()
            self.tell(event, **fields)
            is_there = self._answered.wait(ANSWER_SECONDS)
            answer, self._answer = self._answer, None
            return answer or {} if is_there else {}

    def _listen(self) -> None:
        pending = b""
        while chunk := self._read():
            pending += chunk
            while b"\n" in pending:
                line, _newline, pending = pending.partition(b"\n")
                self._hear(orjson.loads(line))
        self.closed.emit()

    def _hear(self, message: dict[str, Any]) -> None:
        if message.get("do") == "close":
            self.close_asked.emit()
            return
        self._answer = message
        self._answered.set()

    def _read(self) -> bytes:
        try:
            return self._incoming.read(1 << 16) or b""
        except OSError:
            return b""
