"""Start a session: ``python -m ui.session``, by the desk only; everything else comes over the pipe."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

from ui.session.hardening import harden

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from app.vault.keys import Key

__all__ = ["main"]

FIRST_LOOK_MS = 150


def main() -> int:
    """Serve one person; return the exit code."""
    harden()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    from ui.session.channel import Channel, claim_pipes
    from ui.session.start import Start

    incoming, outgoing = claim_pipes()
    line = _first_line(incoming.read)
    if not line:
        return 2
    start = Start.read(line)
    key = _key(incoming) if start.person else None
    from PySide6.QtCore import Qt, QTimer

    from app.changes import Changes
    from ui.preloading import Preloading
    from ui.session.window import SessionWindow
    from ui.shell import application

    app = application("tandem-session", mood=start.mood, text_size=start.text_size, language=start.language)
    app.setQuitOnLastWindowClosed(False)
    channel = Channel(incoming, outgoing)
    window = SessionWindow(start, channel, Changes(), key)
    # Not quit(): it asks every window first, and ours says no to being closed.
    window.over.connect(lambda: app.exit(0))
    channel.close_asked.connect(window.close, Qt.ConnectionType.QueuedConnection)
    channel.start(_end_now)
    window.start()
    # Not before the first screen was painted.
    QTimer.singleShot(FIRST_LOOK_MS, window, lambda: Preloading(window))
    if start.robot:
        from ui.tour.robot import attach

        attach(app, start.robot, "session")
    code = app.exec()
    sys.stderr.flush()
    # The interpreter's own tidying could wait for a thread; there is nothing left to tidy.
    os._exit(code)


def _key(incoming: BinaryIO) -> Key | None:
    """Read the key of the person's records straight into the place that is wiped."""
    from app.vault.keys import KEY_SIZE, Key

    data = bytearray(KEY_SIZE)
    view, filled = memoryview(data), 0
    while filled < KEY_SIZE:
        read = incoming.readinto(view[filled:])  # type: ignore[attr-defined]  # unbuffered: a FileIO
        if not read:
            os._exit(2)
        filled += read
    view.release()
    return Key(data)


def _end_now() -> None:
    """End at once: the desk is gone, or asks for it. The wipe does the rest."""
    os._exit(3)


def _first_line(read: Callable[[int], bytes]) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        byte = read(1)
        if not byte:
            return b""
        line += byte
    return line
