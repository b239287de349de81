"""The program's end of the reader process. Imports no parser.

One :class:`Reader` owns one child process and one open document. Calls block (use them from a worker
thread) and may come from several threads. A child that dies is replaced, and the document that was
open is given to the new one when it is next asked for; a child that takes too long is ended.

The child's first word says which walls stand around it (:mod:`app.reader.sandbox`). One that has less than
it was started for is not given a document: the next protection is tried. At the last there is none, and
then only words are asked for, and only words are taken.
"""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import sys
import threading
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self, cast

import app
from app.reader import sandbox
from app.reader.errors import EmptyFile, NotProtected, ReaderFailed, ReaderTookTooLong, TooHeavy, refusal
from app.reader.paper_wire import codes_from
from app.reader.sandbox import ALL_MEANS, Means, Protection
from app.reader.values import Limits, Opened, PagePicture, Shrunk
from app.reader.wire import Header, Truncated, clean, hello_from, opened_from, read_frame, write_frame
from app.reader.words_only import MAY_BE_ASKED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from app.reader.paper_values import Code

__all__ = ["Reader", "child_environment", "command"]

MAX_WIDTH = 8000
CODES_WIDTH = 1654  # an A4 page at 200 dots an inch: a code's smallest square has three of them


def command(limits: Limits, protection: Protection, *program: str, reads: tuple[str, ...] = ()) -> list[str]:
    """The child's command line: the limits and the walls, and nothing of the document.

    With ``program`` the child becomes that one, which reads ``reads``.
    """
    numbers = ",".join(str(value) for value in astuple(limits))
    frozen = getattr(sys, "frozen", False)
    python = (
        [sys.executable, "reader-process"] if frozen else [sys.executable, "-s", "-P", "-m", "app.reader"]
    )
    return [*sandbox.room_for(protection, *reads), *python, numbers, protection.value, *program]


def child_environment() -> dict[str, str]:
    """Only what starts Python, and where it is compiled; Windows needs SYSTEMROOT to load its libraries."""
    import os

    names = ("SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONPYCACHEPREFIX")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    root = str(Path(app.__file__).resolve().parents[1])
    return {**kept, "PYTHONPATH": root, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


class _Child:
    """One reader process and its two pipes."""

    def __init__(self, limits: Limits, asked: Protection) -> None:
        self.process = _started(limits, asked)
        self.asked = asked
        self.holds = 0
        self.is_known = False
        self.timed_out = False

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def ask(
        self,
        header: Header,
        payload: bytes | memoryview,
        seconds: float,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> tuple[Header, bytes]:
        """Send a request and wait for its answer, at most ``seconds``; do something ``meanwhile``."""
        with self._within(seconds):
            write_frame(cast("BinaryIO", self.process.stdin), header, payload)
            meanwhile()
            answer = read_frame(cast("BinaryIO", self.process.stdout))
        if answer[0].get("last"):
            self.end()
        return answer

    def is_as_asked(self, seconds: float) -> bool:
        """Take the child's first word: whether it has the walls that it was started for."""
        if not self.is_known:
            with self._within(seconds):
                self.is_known = hello_from(read_frame(cast("BinaryIO", self.process.stdout))[0]) is self.asked
        return self.is_known

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        watch = threading.Timer(seconds, self._too_long)
        watch.daemon = True
        watch.start()
        try:
            yield
        except (OSError, ValueError, KeyError, Truncated) as fault:
            self.end()
            raise (ReaderTookTooLong(seconds=round(seconds)) if self.timed_out else ReaderFailed()) from fault
        except BaseException:
            self.end()  # its answer would be taken for the next one
            raise
        finally:
            watch.cancel()

    def _too_long(self) -> None:
        self.timed_out = True
        self.process.kill()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                cast("BinaryIO", pipe).close()


def _started(limits: Limits, asked: Protection) -> subprocess.Popen[bytes]:
    if sys.platform == "win32" and asked is Protection.APP_CONTAINER:
        from app.reader.sandbox.appcontainer import Contained

        return Contained(command(limits, asked), child_environment(), limits.memory_bytes)
    return subprocess.Popen(
        command(limits, asked),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(),
        cwd=Path(sys.executable).anchor,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


class Reader:
    """Reads one document at a time in a process of its own, behind the best walls that there are.

    ``means`` other than all is for the tests of what a lesser PC has.
    """

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008  # frozen
        *,
        means: frozenset[Means] = ALL_MEANS,
    ) -> None:
        self._limits = limits
        self._plans = list(sandbox.plans(means))
        self._is_second_try = False
        self._lock = threading.RLock()
        self._data: bytes | memoryview | None = None
        self._number = 0
        self._closed = False
        self._child: _Child | None = None
        with contextlib.suppress(ReaderFailed):  # tried again when it is needed
            self._child = self._start()  # ahead, so that the first document finds it warm

    @property
    def protection(self) -> Protection:
        """Which walls stand around the process that reads; waits until it says so, may raise ReaderFailed."""
        with self._lock:
            return self._running().asked

    def open(self, data: bytes | memoryview) -> Opened:
        """Read a document and keep it open for the other calls; raises a FileRefused."""
        size = len(data)
        if size == 0:
            raise EmptyFile
        if size > self._limits.read_bytes:
            raise TooHeavy(size=size, limit=self._limits.read_bytes)
        with self._lock:
            self._data = data
            self._number += 1
            digest = hashlib.sha256()
            answer = self._give(lambda: digest.update(data))
        try:
            return opened_from(answer, digest.hexdigest(), size)
        except (KeyError, TypeError, ValueError) as fault:
            raise ReaderFailed from fault

    def forget(self) -> None:
        """Let go of the open document, here and in the reader process."""
        with self._lock:
            self._data = None
            if self._child is not None:
                self._child.end()
            self._child = None if self._closed else self._start()

    def page(self, number: int, width: int) -> PagePicture:
        """Draw page ``number`` (from 0), ``width`` pixels wide."""
        answer, rgb = self._ask({"do": "page", "number": number, "width": _sane(width)})
        wide, high = _number(answer, "width"), _number(answer, "height")
        if wide * high * 3 != len(rgb):
            raise ReaderFailed
        return PagePicture(wide, high, rgb)

    def page_png(self, number: int, width: int) -> bytes:
        """Draw a page and write it as PNG, in the reader process."""
        return self._ask({"do": "png", "number": number, "width": _sane(width)})[1]

    def page_text(self, number: int) -> str:
        """The words of a page, in reading order; empty for a picture."""
        return clean(self._ask({"do": "text", "number": number})[1].decode("utf-8", "replace"))

    def page_codes(self, number: int) -> tuple[Code, ...]:
        """The DataMatrix and QR codes printed on a page."""
        answer, _ = self._ask({"do": "codes", "number": number, "width": CODES_WIDTH})
        try:
            return codes_from(answer)
        except (KeyError, TypeError, ValueError) as fault:
            raise ReaderFailed from fault

    def page_for_reading(self, number: int, turn: int = 0) -> bytes:
        """A page as :class:`app.reader.ocr.Ocr` wants it (PGM), turned clockwise; empty for a blank one."""
        return self._ask({"do": "for-reading", "number": number, "turn": turn})[1]

    def embedded(self, index: int) -> bytes:
        """The bytes of ``Opened.embedded[index]``."""
        return self._ask({"do": "embedded", "number": index})[1]

    def check_for_filing(self) -> None:
        """Look for what is shown but not filed; raises ScriptInside, EncryptedFile or BrokenFile."""
        self._ask({"do": "check"}, self._limits.shrink_seconds)

    def shrink(self, max_bytes: int) -> Shrunk:
        """Make the open document no heavier than ``max_bytes``; raises CannotShrink."""
        answer, data = self._ask({"do": "shrink", "max_bytes": max_bytes}, self._limits.shrink_seconds)
        if len(data) > max_bytes:
            raise ReaderFailed
        return Shrunk(str(answer.get("media_type")), data)

    def ask(self, header: Header, payload: bytes, *, is_long: bool = False) -> tuple[Header, bytes]:
        """Ask what needs no open document (:mod:`app.reader.papers`); the open one stays open."""
        seconds = self._limits.shrink_seconds if is_long else self._limits.seconds
        with self._lock:
            return self._asked(self._for(header), header, payload, seconds)

    def close(self) -> None:
        """End the reader process; every later call raises ReaderFailed."""
        self._closed = True
        child = self._child
        if child is not None:
            child.process.kill()  # a call under way in another thread ends now
        with self._lock:
            self._data = None
            if self._child is not None:
                self._child.end()
            self._child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, header: Header, seconds: float | None = None) -> tuple[Header, bytes]:
        with self._lock:
            if self._data is None:
                raise ReaderFailed
            if self._for(header).holds != self._number:
                self._give()
            return self._asked(self._running(), header, b"", seconds or self._limits.seconds)

    def _asked(
        self,
        child: _Child,
        header: Header,
        payload: bytes | memoryview,
        seconds: float,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> tuple[Header, bytes]:
        try:
            return _believed(child.ask(header, payload, seconds, meanwhile))
        finally:
            if not child.alive and not self._closed:  # the next document finds another one warm
                with contextlib.suppress(ReaderFailed):
                    self._child = self._start()

    def _give(self, meanwhile: Callable[[], None] = lambda: None) -> Header:
        child = self._running()
        data = cast("bytes | memoryview", self._data)
        child.holds = 0
        answer, _ = self._asked(child, {"do": "open"}, data, self._limits.seconds, meanwhile)
        child.holds = self._number
        return answer

    def _for(self, header: Header) -> _Child:
        """The child that may be asked this: one without walls is asked for words only."""
        child = self._running()
        if child.asked is Protection.NONE and header["do"] not in MAY_BE_ASKED:
            raise NotProtected
        return child

    def _running(self) -> _Child:
        while True:
            child = self._alive()
            try:
                if child.is_as_asked(self._limits.seconds):
                    self._is_second_try = False
                    return child
            except ReaderFailed:  # it ended before its first word: by chance once, not twice
                if self._closed or (self._is_second_try and len(self._plans) == 1):
                    raise
                if not self._is_second_try:
                    self._is_second_try = True
                    continue
            self._is_second_try = False
            child.end()
            if len(self._plans) == 1:
                raise ReaderFailed
            del self._plans[0]

    def _alive(self) -> _Child:
        if self._closed:
            raise ReaderFailed
        if self._child is None or not self._child.alive:
            if self._child is not None:
                self._child.end()
            self._child = self._start()
        return self._child

    def _start(self) -> _Child:
        try:
            return _Child(self._limits, self._plans[0])
        except OSError as fault:
            raise ReaderFailed from fault


def _sane(width: int) -> int:
    return max(16, min(width, MAX_WIDTH))


def _number(answer: Header, name: str) -> int:
    value = answer.get(name)
    if not isinstance(value, int) or value <= 0:
        raise ReaderFailed
    return value


def _believed(answer: tuple[Header, bytes]) -> tuple[Header, bytes]:
    """Raise the refusal that the child named, with short facts only."""
    header, payload = answer
    code = header.get("refused")
    if code is None:
        return header, payload
    fields: Any = header.get("fields")
    facts = {
        str(name): value if isinstance(value, int | float) else str(value)[:40]
        for name, value in (fields.items() if isinstance(fields, dict) else ())
    }
    raise refusal(str(code), facts)
