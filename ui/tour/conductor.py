"""Holds the strings of the tour: the service, the network cable, the desk, and the hands in each process.

Nothing here knows Qt. The service runs in a process of its own; the program reaches it through a SOCKS
proxy on loopback, its ordinary ``proxy`` setting, and pulling the cable closes that proxy's socket and
every connection through it: the program meets a real dead network, whatever the service's address is.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Self, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Conductor", "Hands", "TourFailed", "end", "environment", "folded", "has_display"]

PATIENCE = 60.0
BLINK = 0.05
PACE = 0.7
T = TypeVar("T")


class TourFailed(Exception):
    """A step could not be done; the text says what was on the screen."""


@dataclass
class Hands:
    """The robot inside one process; every call is answered or raises `TourFailed`."""

    role: str
    pid: int
    stream: IO[str]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pressed: float = 0.0

    def ask(self, do: str, **wish: str) -> object:
        """Ask for one thing and return its answer."""
        with self._lock:
            try:
                self.stream.write(json.dumps({"do": do, **wish}) + "\n")
                self.stream.flush()
                answer = json.loads(self.stream.readline() or '{"error": "the process has ended"}')
            except (OSError, ValueError) as problem:
                raise TourFailed(f"{self.role}: the process has ended") from problem
        if "error" in answer:
            raise TourFailed(f"{self.role}: {answer['error']}")
        return answer["ok"]

    def until(self, what: str, probe: Callable[[], T], *, patience: float = PATIENCE) -> T:
        """Wait until ``probe`` is true; a screen that is not there yet is simply not true."""
        deadline = time.monotonic() + patience
        problem = ""
        while time.monotonic() < deadline:
            try:
                if found := probe():
                    return found
            except TourFailed as failed:
                problem = str(failed)
                if "has ended" in problem:
                    break
            time.sleep(BLINK)
        raise TourFailed(f"waited in vain for: {what}. {problem} {self._seen()}")

    def _seen(self) -> str:
        with contextlib.suppress(TourFailed):
            return f"On the screen {self.ask('screen')!r}: {' / '.join(self.texts())[:1500]}"
        return ""

    def screen(self, name: str) -> None:
        """Wait for the screen of that name."""
        self.until(f"screen {name}", lambda: self.ask("screen") == name)

    def press(self, name: str, *, match: str = "exact", role: str = "") -> None:
        """Wait for the control, then press it, at a person's pace: what comes faster is a trembling hand."""
        time.sleep(max(0.0, self._pressed + PACE - time.monotonic()))
        self.until(f"“{name}” to press", lambda: [self.ask("press", name=name, match=match, role=role)])
        self._pressed = time.monotonic()

    def press_if_there(self, name: str) -> None:
        """Press the control if it is shown; narrow screens hide some behind a button."""
        with contextlib.suppress(TourFailed):
            self.ask("press", name=name)

    def ask_list(self, do: str, **wish: str) -> list[str]:
        """Ask for a list of words."""
        return [str(each) for each in cast("list[object]", self.ask(do, **wish))]

    def texts(self) -> list[str]:
        """Return all that can be read now."""
        return self.ask_list("texts")

    def says(self, words: str) -> bool:
        """Whether the words stand on the screen now."""
        return any(folded(words) in folded(text) for text in self.texts())


@dataclass
class Conductor:
    """Everything that a tour starts; leaving the ``with`` ends it all."""

    folder: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    hands: dict[str, Hands] = field(default_factory=dict)
    closers: list[Callable[[], None]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.token = secrets.token_hex(16)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.2)
        self._open = True
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._thread.join()
        for hands in self.hands.values():
            with contextlib.suppress(OSError):
                hands.stream.close()
        for process in reversed(self.processes):
            end(process)
        for close in reversed(self.closers):
            close()
        self._listener.close()

    @property
    def robot_address(self) -> str:
        """What ``--robot`` takes: the port and a token of this tour only."""
        return f"{self._listener.getsockname()[1]}:{self.token}"

    def _accept(self) -> None:
        while self._open:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(PATIENCE)
            stream = connection.makefile("rw", encoding="utf-8", newline="\n")
            connection.close()  # the stream holds its own reference
            hello = json.loads(stream.readline() or "{}")
            if hello.get("token") == self.token:
                self.hands[hello["hello"]] = Hands(hello["hello"], hello["pid"], stream)

    def start(self, *command: str, log: str, follows: bool = False) -> subprocess.Popen[str]:
        """Start one of our own processes; what it says on standard error is kept in ``folder``.

        One that ``follows`` has an input that ends when we do.
        """
        with (self.folder / f"{log}.log").open("a", encoding="utf-8") as errors:
            process = subprocess.Popen(
                [sys.executable, *command],
                stdin=subprocess.PIPE if follows else None,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=environment(),
            )
        self.processes.append(process)
        return process

    def start_service(self, *arguments: str) -> dict[str, Any]:
        """Start a central service and return its ready line."""
        process = self.start("-m", "sync.service", "--follow-input", *arguments, log="service", follows=True)
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise TourFailed(f"the service did not start; see {self.folder / 'service.log'}")
        ready: dict[str, Any] = json.loads(line)
        return ready

    def wait_for(self, role: str, *, not_pid: int = 0) -> Hands:
        """Wait until the hands in that process have reported, newer than ``not_pid``."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            hands = self.hands.get(role)
            if hands is not None and hands.pid != not_pid:
                return hands
            if any(p.poll() not in {None, 0} for p in self.processes):
                break
            time.sleep(BLINK)
        raise TourFailed(f"the {role} process did not show a screen; see the logs in {self.folder}")


def has_display() -> bool:
    """Whether a window would be seen."""
    if os.environ.get("QT_QPA_PLATFORM") in {"offscreen", "minimal"}:
        return False
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def environment() -> dict[str, str]:
    """Return the environment of our processes: they draw off the screen where there is none."""
    return dict(os.environ) if has_display() else {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


def end(process: subprocess.Popen[str]) -> None:
    """End a process politely, then for good."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


def folded(text: str) -> str:
    """Make words comparable: one kind of space and apostrophe, letter case aside."""
    return " ".join(text.replace("’", "'").split()).casefold()
