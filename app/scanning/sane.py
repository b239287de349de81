"""Scanners by SANE: the distribution's ``scanimage`` (Debian: sane-utils), one run a scan.

Decision: the program instead of a binding. A driver is C of a manufacturer: here it dies alone, and it is
stopped by a signal. A sheet on the glass comes through its output. A feeder must be read in one run, which
scanimage does into files only, under a name that ends in ``.part`` until the sheet is whole: each of these
names is a pipe laid beforehand, so no page touches a disk, whatever happens to this process.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.scanning import (
    CoverOpen,
    Device,
    FeederEmpty,
    PaperJam,
    ScannerBusy,
    ScannerFailed,
    ScannerMissing,
    Wanted,
)
from app.scanning.running import Running

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from app.errors import TandemError

__all__ = ["Options", "SaneScanner", "options_in"]

LISTING = 40.0  # seconds; drivers look for scanners on the network
ASKING = 20.0
MOST_SHEETS = 200
A4_MM = (210, 297)

# SANE_Status (SANE standard §4.2.7), which scanimage ends with, and the words that it says.
BUSY, JAMMED, NO_DOCS, COVER_OPEN, DENIED = 3, 6, 7, 8, 11
_WORDS = (
    ("device busy", BUSY),
    ("jammed", JAMMED),
    ("out of documents", NO_DOCS),
    ("cover is open", COVER_OPEN),
    ("access to resource has been denied", DENIED),
)
_PROGRESS = re.compile(r"Progress: ([\d.]+)%")
_OPTION = re.compile(r"^ {4}(-{1,2}[\w-]+)(?:\[=\(([^)]*)\)\]| (.+?))? \[(.*)\]\s*$", re.MULTILINE)
_FEEDERS = ("adf", "feeder", "automatic")


@dataclass(frozen=True, slots=True)
class Options:
    """What a scanner can be asked for: option → its values as scanimage writes them."""

    values: dict[str, str] = field(default_factory=dict)

    def choices(self, name: str) -> list[str]:
        """Return the values of a choice."""
        return [one.strip() for one in self.values.get(name, "").split("|") if one.strip()]

    @property
    def feeder(self) -> str | None:
        """Return the source that is a feeder, one side of each sheet where there is a choice."""
        found = [one for one in self.choices("--source") if any(word in one.lower() for word in _FEEDERS)]
        return next((one for one in found if "duplex" not in one.lower()), found[0] if found else None)

    @property
    def glass(self) -> str | None:
        """Return the source that is no feeder."""
        plain = (one for one in self.choices("--source") if not any(word in one.lower() for word in _FEEDERS))
        return next(plain, None)

    def mode(self, *, in_colour: bool) -> str | None:
        """Return the value for colour or grey."""
        words = ("color", "colour") if in_colour else ("gray", "grey")
        return next((one for one in self.choices("--mode") if any(w in one.lower() for w in words)), None)

    def resolution(self, dpi: int) -> int | None:
        """Return the resolution it has that is nearest to ``dpi`` and not less, if it has one."""
        told = self.values.get("--resolution", "")
        if between := re.match(r"(\d+)\.\.(\d+)", told):
            low, high = (int(one) for one in between.groups())
            return min(max(dpi, low), high)
        numbers = sorted(int(one) for one in re.findall(r"\d+", told))
        return next((one for one in numbers if one >= dpi), numbers[-1] if numbers else None)

    def length(self, name: str, wanted: int) -> int | None:
        """Return a length in millimetres, at most what the glass has."""
        told = re.match(r"[\d.]+\.\.([\d.]+)mm", self.values.get(name, ""))
        return min(wanted, int(float(told.group(1)))) if told else None


def options_in(told: str) -> Options:
    """Read ``scanimage --help -d DEVICE``; an option that is inactive now is left out."""
    found = {name: given or yes for name, yes, given, now in _OPTION.findall(told) if now != "inactive"}
    return Options(found)


class SaneScanner:
    """Speaks to SANE by its program."""

    def __init__(self) -> None:
        self._known: dict[str, Options] = {}

    def devices(self) -> tuple[Device, ...]:
        """Return the scanners that answer, each asked what it can; raises ScannerMissing."""
        lines = _said("--formatted-device-list=%d\t%v\t%m\t%t%n", seconds=LISTING).splitlines()
        return tuple(self._device(*parts[:3]) for line in lines if len(parts := line.split("\t")) == 4)  # noqa: PLR2004

    def scan(
        self, device: Device, wanted: Wanted, *, told: Callable[[float], None], stopped: threading.Event
    ) -> Iterator[bytes]:
        """Yield pages; see :class:`app.scanning.Scanner`."""

        def hear(line: str) -> None:
            if match := _PROGRESS.match(line):
                told(min(1.0, float(match.group(1)) / 100))

        command = [*_program(), *self._arguments(device, wanted), "--format=pnm", "--progress"]
        if wanted.from_feeder:
            yield from _sheets(command, hear, stopped)
        else:
            yield from _sheet(command, hear, stopped)

    def _device(self, name: str, maker: str, model: str) -> Device:
        options = self._options(name)
        called = " ".join(f"{maker} {model}".split())
        has_glass = options.glass is not None or options.feeder is None
        return Device(name, called or name, options.feeder is not None, has_glass)

    def _options(self, name: str) -> Options:
        if name not in self._known:
            try:
                self._known[name] = options_in(_said("-d", name, "--help", seconds=ASKING))
            except ScannerFailed:
                return Options()
        return self._known[name]

    def _arguments(self, device: Device, wanted: Wanted) -> list[str]:
        options = self._options(device.id)
        asked: dict[str, str | int | None] = {
            "--source": options.feeder if wanted.from_feeder else options.glass,
            "--mode": options.mode(in_colour=wanted.in_colour),
            "--resolution": options.resolution(wanted.dpi),
            "--depth": "8" if "8" in options.choices("--depth") else None,
        }
        lengths = {name: options.length(name, size) for name, size in zip(("-x", "-y"), A4_MM, strict=True)}
        return [
            "-d",
            device.id,
            *(f"{name}={value}" for name, value in asked.items() if value is not None),
            *(part for name, value in lengths.items() if value for part in (name, str(value))),
        ]


def _sheet(command: list[str], hear: Callable[[str], None], stopped: threading.Event) -> Iterator[bytes]:
    with Running(command, told=hear, stopped=stopped, environment=_environment()) as run:
        page = run.page()
        status = run.status()
        if stopped.is_set():
            return
        _raise_for(run, status, pages=0)
        if not page:
            raise ScannerFailed(seconds=0, pages=0)
    yield page


def _sheets(command: list[str], hear: Callable[[str], None], stopped: threading.Event) -> Iterator[bytes]:
    """Read sheet after sheet; ``--batch-print`` names each once it is whole."""
    pages = 0
    with tempfile.TemporaryDirectory(prefix="tandem-") as folder:
        batch = [*command, f"--batch={folder}/%d.pnm", f"--batch-count={MOST_SHEETS}", "--batch-print"]
        for number in (1, 2):
            _lay_pipe(folder, number)
        with Running(batch, told=hear, stopped=stopped, environment=_environment()) as run:
            while (page := _through_pipe(run, folder, pages + 1)) is not None:
                _lay_pipe(folder, pages + 3)
                if not run.output.readline() or stopped.is_set():
                    break  # it ended inside the page
                pages += 1
                yield page
            status = run.status()
            if not stopped.is_set():
                _raise_for(run, status, pages=pages)


def _lay_pipe(folder: str, number: int) -> None:
    os.mkfifo(_part(folder, number), 0o600)


def _part(folder: str, number: int) -> Path:
    return Path(folder, f"{number}.pnm.part")


def _through_pipe(run: Running, folder: str, number: int) -> bytes | None:
    """Read a sheet from its pipe once scanimage writes into it; None where it ends without."""
    pipe = os.open(_part(folder, number), os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(pipe, "rb") as source:
        while not select.select([pipe], [], [], 0.1)[0]:
            if run.is_over:
                return None
        os.set_blocking(pipe, True)
        return run.page(source)


def _raise_for(run: Running, status: int, *, pages: int) -> None:
    if run.was_silent:
        from app.scanning.running import SILENCE

        raise ScannerFailed(seconds=round(SILENCE), pages=pages)
    reason = _reason(status, run.words)
    if reason == NO_DOCS:
        if pages == 0:
            raise FeederEmpty
        return
    fault = _fault(reason, pages)
    if fault is not None:
        raise fault


def _reason(status: int, words: list[str]) -> int:
    """Its exit code says why; when a device cannot even be opened, only its words do."""
    said = " ".join(words[-4:]).lower()
    return next((code for sign, code in _WORDS if sign in said), status)


def _fault(reason: int, pages: int) -> TandemError | None:
    if reason in {BUSY, DENIED}:
        return ScannerBusy()
    if reason == JAMMED:
        return PaperJam(pages=pages)
    if reason == COVER_OPEN:
        return CoverOpen()
    return ScannerFailed(seconds=0, pages=pages) if reason != 0 else None


def _said(*arguments: str, seconds: float) -> str:
    """Run scanimage for what it says."""
    try:
        done = subprocess.run(
            [*_program(), *arguments],
            capture_output=True,
            timeout=seconds,
            check=False,
            env=_environment(),
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as fault:
        raise ScannerFailed(seconds=round(seconds), pages=0) from fault
    except OSError as fault:
        raise ScannerMissing(installed=0) from fault
    return done.stdout.decode("utf-8", "replace")


def _program() -> list[str]:
    found = shutil.which("scanimage")
    if found is None:
        raise ScannerMissing(installed=0)
    return [found]


def _environment() -> dict[str, str]:
    """English words, and where SANE's settings are; drivers on the network may need the user's home."""
    kept = ("SANE_CONFIG_DIR", "HOME", "PATH", "LD_LIBRARY_PATH", "XDG_RUNTIME_DIR")
    return {"LC_ALL": "C", **{name: os.environ[name] for name in kept if name in os.environ}}
