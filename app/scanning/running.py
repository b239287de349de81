"""A scanner's program under way: its output is read, its progress heard, and it ends when asked or stuck."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, Self, cast

from app.scanning import MOST_BYTES, ScannerFailed, ScannerMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

__all__ = ["Running"]

SILENCE = 90.0  # seconds; a lamp that warms up takes thirty
GRACE = 5.0  # to put the carriage back
PIECE = 1 << 16
WORDS_KEPT = 40


def _ending_with_us() -> list[str]:
    """Have the system end the program with us: killed between two sheets we would leave it behind.

    It would wait for ever for someone to take the next sheet, and hold the scanner. ``setpriv`` (Debian:
    util-linux) says it to the kernel; without it the program runs as it is.
    """
    found = shutil.which("setpriv")
    return [found, "--pdeathsig", "KILL"] if found and sys.platform == "linux" else []


class Running:
    """One run of a program; leaving the ``with`` ends it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        told: Callable[[str], None],
        stopped: threading.Event,
        environment: Mapping[str, str],
        given: bytes = b"",
    ) -> None:
        self._told = told
        self._stopped = stopped
        self._ended = threading.Event()
        self._heard = time.monotonic()
        self.was_silent = False
        self.words: list[str] = []
        try:
            self._child = subprocess.Popen(
                [*_ending_with_us(), *command],
                stdin=subprocess.PIPE if given else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environment),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except FileNotFoundError as fault:
            raise ScannerMissing(installed=0) from fault
        except OSError as fault:
            raise ScannerFailed(seconds=0, pages=0) from fault
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._listen, self._watch)]
        for thread in self._threads:
            thread.start()
        if given:
            self._give(given)

    @property
    def output(self) -> IO[bytes]:
        """What the program gives."""
        return cast("IO[bytes]", self._child.stdout)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._child.poll() is not None

    def page(self, source: IO[bytes] | None = None) -> bytes:
        """Read the output (or another source) to its end, as one page."""
        pieces, size = [], 0
        source = source or self.output
        while piece := source.read(PIECE):
            self._heard = time.monotonic()
            size += len(piece)
            if size > MOST_BYTES:
                raise ScannerFailed(seconds=0, pages=0)
            pieces.append(piece)
        return b"".join(pieces)

    def heard(self) -> None:
        """Count the silence anew."""
        self._heard = time.monotonic()

    def status(self) -> int:
        """Wait for its end and return its exit code; all its words are in ``words`` then."""
        try:
            status = self._child.wait(GRACE * 2)
        except subprocess.TimeoutExpired:
            self._child.kill()
            status = self._child.wait()
        self._threads[0].join(GRACE)
        return status

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._ended.set()
        for thread in self._threads:
            thread.join()
        for pipe in (self._child.stdin, self._child.stdout, self._child.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _give(self, given: bytes) -> None:
        pipe = cast("IO[bytes]", self._child.stdin)
        with contextlib.suppress(OSError):
            pipe.write(given)
            pipe.close()

    def _listen(self) -> None:
        """Hear its words, line by line; progress comes on one line, written again and again."""
        pipe = cast("IO[bytes]", self._child.stderr)
        rest = b""
        with contextlib.suppress(OSError, ValueError):
            while piece := os.read(pipe.fileno(), PIECE):
                self._heard = time.monotonic()
                *lines, rest = (rest + piece).replace(b"\r", b"\n").split(b"\n")
                for line in lines:
                    self._hear(line.decode("utf-8", "replace").strip())
        self._hear(rest.decode("utf-8", "replace").strip())

    def _hear(self, line: str) -> None:
        if line:
            self.words[: -WORDS_KEPT + 1] = []
            self.words.append(line)
            self._told(line)

    def _watch(self) -> None:
        """End it when asked, or after a long silence."""
        while not self._ended.wait(0.1) and self._child.poll() is None:
            self.was_silent = time.monotonic() - self._heard > SILENCE
            if self._stopped.is_set() or self.was_silent:
                self._end()

    def _end(self) -> None:
        """Ask it to stop, so that it lets go of the scanner; then make it."""
        if self._child.poll() is not None:
            return
        with contextlib.suppress(OSError):
            self._child.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)
        try:
            self._child.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
