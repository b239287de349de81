"""A screen nobody sees and an accessibility bus of one's own: what a screen reader needs, for real.

Xvfb gives the screen, D-Bus a private bus, at-spi2-core the accessibility bus, openbox the focus: without
a window manager no window is ever active. All of it carries the random name of one folder in its
environment, by which it is found again and ended: nothing is left over, whatever happened.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self, TypeVar

from app.processes import carriers_of, end_carriers

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Bus", "CannotOpenWindows", "Json", "NotOnTheBus", "Stage", "missing", "until"]

Json = Any  # each wish has its own words and answer
T = TypeVar("T")

SYSTEM_PYTHON = "/usr/bin/python3"
LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
# What must be there, and the Debian package that brings it.
PROGRAMS = {"Xvfb": "xvfb", "dbus-daemon": "dbus", "openbox": "openbox"}
PATIENCE = 20.0
SIZE = "1366x768x24"


class NotOnTheBus(Exception):
    """What was looked for is not there, or cannot do what was asked."""


def missing() -> str:
    """Say what this machine lacks for a stage; empty when nothing."""
    if sys.platform != "linux":
        return "the accessibility bus is Linux's"
    lacking = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if not any(Path(each).exists() for each in LAUNCHERS):
        lacking.append("at-spi2-core")
    if not lacking and not _has_atspi():
        lacking.append("python3-gi and gir1.2-atspi-2.0")
    return f"Debian packages are missing: {', '.join(lacking)}" if lacking else ""


def _has_atspi() -> bool:
    probe = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"
    if not Path(SYSTEM_PYTHON).exists():
        return False
    done = subprocess.run([SYSTEM_PYTHON, "-c", probe], capture_output=True, check=False)
    return done.returncode == 0


class CannotOpenWindows(NotOnTheBus):
    """Qt finds no way to that screen: libraries of the system are missing."""


class Stage:
    """``environment`` is what a program needs to be on it."""

    def __init__(self) -> None:
        # Short: the path of a socket has 107 characters at most. Random: what carries it is ours.
        self.folder = Path(tempfile.gettempdir(), f"stage-{secrets.token_hex(8)}")
        self.environment: dict[str, str] = {}
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.folder.mkdir(mode=0o700)
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all that was started here, and whatever these started: it carries the name too."""
        for process in reversed(self._started):
            end(process)
        end_carriers(self.folder.name)
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self, process: subprocess.Popen[bytes], patience: float = 5) -> None:
        """End one of them before the others."""
        self._started.remove(process)
        end(process, patience)

    def left_over(self) -> list[int]:
        """Return the processes that still carry the stage's name."""
        return carriers_of(self.folder.name)

    def _set_up(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "DBUS_"))}
        runtime = self.folder / "run"
        runtime.mkdir(mode=0o700)
        self.environment = {
            **kept,
            "TANDEM_STAGE": self.folder.name,
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(runtime),
            "NO_AT_BRIDGE": "1",
        }
        self.environment["DISPLAY"] = self._screen()
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = self._bus()
        del self.environment["NO_AT_BRIDGE"]
        self.start("openbox", "--sm-disable")
        launcher = next(each for each in LAUNCHERS if Path(each).exists())
        self.start(launcher, "--launch-immediately")
        self.environment |= {"QT_QPA_PLATFORM": "xcb", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
        window = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"
        if self.start(sys.executable, "-c", window).wait(60) != 0:
            raise CannotOpenWindows(self.log())

    def start(
        self, *command: str, listens: bool = False, talks: bool = False, keeps: int = -1
    ) -> subprocess.Popen[bytes]:
        """Start a program on the stage; it is ended with it.

        One that ``talks`` has a pipe for its output, one that ``listens`` for its input; ``keeps`` is a file
        number that it inherits.
        """
        with (self.folder / "stage.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if listens else subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else log,
                stderr=log,
                env=self.environment,
                pass_fds=() if keeps < 0 else (keeps,),
            )
        self._started.append(process)
        return process

    def _screen(self) -> str:
        reading, writing = os.pipe()
        with os.fdopen(reading) as told:
            wanted = ("-displayfd", str(writing), "-screen", "0", SIZE, "-nolisten", "tcp", "-noreset")
            self.start("Xvfb", *wanted, keeps=writing)
            os.close(writing)
            number = told.readline().strip()
        if not number:
            raise NotOnTheBus(f"no screen: {self.log()}")
        return f":{number}"

    def _bus(self) -> str:
        wanted = ("--session", "--nofork", "--nopidfile", "--print-address=1")
        process = self.start("dbus-daemon", *wanted, talks=True)
        assert process.stdout is not None
        address = process.stdout.readline().decode().strip()
        process.stdout.close()
        if not address:
            raise NotOnTheBus(f"no bus: {self.log()}")
        return address

    def log(self) -> str:
        """Return the last words of whatever runs here."""
        return (self.folder / "stage.log").read_text("utf-8", "replace")[-2000:]


def end(process: subprocess.Popen[bytes], patience: float = 5) -> None:
    """End a process politely, then for good."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream and not stream.closed:
            stream.close()


class Bus:
    """Asks ``bus_process.py``; every wish is answered or raises ``NotOnTheBus``."""

    def __init__(self, stage: Stage) -> None:
        script = Path(__file__).with_name("bus_process.py")
        self._process = stage.start(SYSTEM_PYTHON, "-B", str(script), listens=True, talks=True)
        self._stage = stage
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stage.stop(self._process)

    def ask(self, do: str, **wish: Json) -> Json:
        """Ask for one thing."""
        to: IO[bytes] | None = self._process.stdin
        assert to is not None
        to.write(json.dumps({"do": do, **wish}).encode() + b"\n")
        to.flush()
        return self._answer()

    def _answer(self) -> Json:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise NotOnTheBus(f"the bus is gone: {self._stage.log()}")
        answer = json.loads(line)
        if "error" in answer:
            raise NotOnTheBus(answer["error"])
        return answer["ok"]


def until(what: str, probe: Callable[[], T], seconds: float = PATIENCE) -> T:
    """Wait until ``probe`` gives something; what is not on the bus yet is simply not there."""
    deadline = time.monotonic() + seconds
    problem = ""
    while time.monotonic() < deadline:
        try:
            if found := probe():
                return found
        except NotOnTheBus as why:
            problem = str(why)
        time.sleep(0.05)
    raise NotOnTheBus(f"waited in vain for {what}. {problem}")
