"""Scanning by the real scanimage and SANE's test device; a stand-in program only for what it cannot play."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import app
from app.reader.client import Reader
from app.reader.papers import Papers
from app.scanning import (
    CoverOpen,
    Device,
    FeederEmpty,
    PaperJam,
    ScannerBusy,
    ScannerFailed,
    ScannerMissing,
    Wanted,
    running,
)
from app.scanning.sane import SaneScanner, options_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.errors import TandemError

HELP = """
Options specific to device `epson2:/dev/usb':
  Scan Mode:
    --mode Binary|True Gray|24bit Color [Binary]
        Selects the scan mode.
    --resolution 75|150|300|600dpi [75]
    --source Flatbed|ADF Duplex|ADF Front [Flatbed]
    --button[=(yes|no)] [inactive]
    --depth 8|16 [8]
  Geometry:
    -x 0..215.9mm [215.9]
    -y 0..279.4mm (in steps of 0.1) [279.4]
"""


def never() -> threading.Event:
    """Nobody presses cancel."""
    return threading.Event()


def ignored(_share: float) -> None:
    """Nobody looks at the progress."""


def test_the_options_of_a_device_are_read() -> None:
    """Drivers name the same things differently."""
    options = options_in(HELP)
    assert (options.feeder, options.glass) == ("ADF Front", "Flatbed")
    assert (options.mode(in_colour=True), options.mode(in_colour=False)) == ("24bit Color", "True Gray")
    assert [options.resolution(dpi) for dpi in (50, 200, 300, 1200)] == [75, 300, 300, 600]
    assert (options.length("-x", 210), options.length("-y", 297)) == (210, 279)
    assert "--button" not in options.values


def test_the_test_device_is_found(sane: SaneScanner) -> None:
    """By the name that a person may know, with its glass and its feeder."""
    first, *_ = sane.devices()
    assert first == Device("test:0", "Noname frontend-tester", has_feeder=True, has_glass=True)


def test_a_sheet_on_the_glass_is_scanned(sane: SaneScanner) -> None:
    """Its progress grows, and the reader process can look at it."""
    heard: list[float] = []
    device = sane.devices()[0]
    (page,) = sane.scan(device, Wanted(), told=heard.append, stopped=never())
    assert heard[-1] == 1.0
    assert sorted(heard) == heard
    with Reader() as reader:
        seen = Papers(reader).look(page, is_photo=False)
    assert (seen.width, seen.height) == (1574, 1574)  # its glass has 200 by 200 mm


def test_the_feeder_gives_each_sheet(
    sane: SaneScanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten sheets, one after the other; none of them is ever a file, and nothing stays."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sheets = []
    for sheet in sane.scan(sane.devices()[0], Wanted(from_feeder=True), told=ignored, stopped=never()):
        sheets.append(sheet)
        assert not [one for one in tmp_path.glob("tandem-*/*") if one.is_file()]
    assert len(sheets) == 10
    assert all(sheet.startswith(b"P6") for sheet in sheets)
    assert len({len(sheet) for sheet in sheets}) == 1
    assert not list(tmp_path.glob("tandem-*"))


def test_grey_is_a_third_of_colour(sane: SaneScanner) -> None:
    """Mode and resolution are obeyed."""
    device = sane.devices()[0]
    (colour,) = sane.scan(device, Wanted(dpi=100), told=ignored, stopped=never())
    (grey,) = sane.scan(device, Wanted(dpi=100, in_colour=False), told=ignored, stopped=never())
    assert len(grey) == pytest.approx(len(colour) / 3, rel=0.01)


def test_a_scan_is_cancelled_between_sheets(sane: SaneScanner) -> None:
    """The pages so far are whole; nothing is raised."""
    stopped, pages = threading.Event(), 0
    for _page in sane.scan(sane.devices()[0], Wanted(from_feeder=True), told=ignored, stopped=stopped):
        pages += 1
        if pages == 2:
            stopped.set()
    assert pages == 2


def test_a_scan_is_cancelled_inside_a_page(sane: SaneScanner) -> None:
    """The page under way is lost."""
    stopped = threading.Event()

    def press(_share: float) -> None:
        stopped.set()

    pages = sane.scan(sane.devices()[0], Wanted(dpi=1200), told=press, stopped=stopped)
    assert list(pages) == []


def test_without_a_device_the_list_is_empty(
    sane: SaneScanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is there, no scanner is."""
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "dll.conf").write_text("")
    monkeypatch.setenv("SANE_CONFIG_DIR", str(empty))
    assert SaneScanner().devices() == ()


def test_a_device_that_was_unplugged_fails(sane: SaneScanner) -> None:
    """It was in the list a minute ago."""
    with pytest.raises(ScannerFailed):
        list(sane.scan(Device("test:nowhere", "Gone"), Wanted(), told=ignored, stopped=never()))


def test_without_the_program_no_scanner_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A PC without sane-utils."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ScannerMissing) as caught:
        SaneScanner().devices()
    assert caught.value.fields == {"installed": 0}


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], SaneScanner]:
    """A program named scanimage that does what a scanner in trouble does, to the letter."""
    if sys.platform == "win32":
        pytest.skip("scanimage is a program of Linux")

    def made(script: str) -> SaneScanner:
        program = tmp_path / "scanimage"
        program.write_text(f"#!{sys.executable}\nimport pathlib, sys, time\n{script}")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return SaneScanner()

    return made


ENDS = {
    "busy": ("sane_start: Device busy", 3, ScannerBusy),
    "denied": ("sane_start: Access to resource has been denied", 11, ScannerBusy),
    "jammed": ("sane_read: Document feeder jammed", 6, PaperJam),
    "empty": ("sane_start: Document feeder out of documents", 7, FeederEmpty),
    "cover": ("sane_start: Scanner cover is open", 8, CoverOpen),
    "broken": ("sane_read: Error during device I/O", 9, ScannerFailed),
    "busy when opened": ("open of device x failed: Device busy", 1, ScannerBusy),
    "silent end": ("", 0, ScannerFailed),
}


@pytest.mark.parametrize(("words", "status", "error"), ENDS.values(), ids=ENDS)
def test_what_is_wrong_is_named(
    stand_in: Callable[[str], SaneScanner], words: str, status: int, error: type[TandemError]
) -> None:
    """Each trouble of a scanner has its own error."""
    scanner = stand_in(f"sys.stderr.write('scanimage: {words}\\n'); sys.exit({status})")
    with pytest.raises(error):
        list(scanner.scan(Device("x", "X"), Wanted(), told=ignored, stopped=never()))


def test_a_jam_after_two_sheets_keeps_them(stand_in: Callable[[str], SaneScanner]) -> None:
    """The error comes after the pages, and says how many they are."""
    scanner = stand_in(
        "where = next((one for one in sys.argv if one.startswith('--batch=')), '')[8:]\n"
        "if not where: sys.exit(0)\n"
        "for n in (1, 2):\n"
        "    pathlib.Path(where % n + '.part').write_bytes(b'P5 1 1 255 x'); print(where % n, flush=True)\n"
        "pathlib.Path(where % 3 + '.part').write_bytes(b'P5 1 1 2')\n"
        "sys.stderr.write('scanimage: sane_read: Document feeder jammed\\n'); sys.exit(6)"
    )
    pages: list[bytes] = []
    with pytest.raises(PaperJam) as caught:
        pages.extend(scanner.scan(Device("x", "X"), Wanted(from_feeder=True), told=ignored, stopped=never()))
    assert caught.value.fields == {"pages": 2}


def test_a_scanner_that_says_nothing_is_given_up(
    stand_in: Callable[[str], SaneScanner], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A driver that hangs is ended, even if it ignores being asked."""
    monkeypatch.setattr(running, "SILENCE", 0.5)
    monkeypatch.setattr(running, "GRACE", 0.3)
    scanner = stand_in(
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "if '--help' in sys.argv: sys.exit(0)\ntime.sleep(60)"
    )
    with pytest.raises(ScannerFailed):
        list(scanner.scan(Device("x", "X"), Wanted(), told=ignored, stopped=never()))


def test_a_page_without_end_is_given_up(
    stand_in: Callable[[str], SaneScanner], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken driver must not fill the memory."""
    monkeypatch.setattr(running, "MOST_BYTES", 1_000_000)
    scanner = stand_in(
        "if '--help' in sys.argv: sys.exit(0)\nwhile True: sys.stdout.buffer.write(b'x' * 100_000)"
    )
    with pytest.raises(ScannerFailed):
        list(scanner.scan(Device("x", "X"), Wanted(), told=ignored, stopped=never()))


# -- SANE's own device, told to fail ---------------------------------------------------------------

TOLD = {
    "DEVICE_BUSY": ScannerBusy,
    "JAMMED": PaperJam,
    "COVER_OPEN": CoverOpen,
    "IO_ERROR": ScannerFailed,
    "NO_MEM": ScannerFailed,
    "ACCESS_DENIED": ScannerBusy,
}


def asked_for(scanner: SaneScanner, monkeypatch: pytest.MonkeyPatch, *more: str) -> None:
    """Have the test device do more than a scan."""
    usual = scanner._arguments
    monkeypatch.setattr(scanner, "_arguments", lambda device, wanted: [*usual(device, wanted), *more])


# Slow: in 4 of 144 calls scanimage with SANE's test device waited on after the error it was told to give,
# until our limit of 90 seconds for a page ended it. The sentences themselves are held by the tests above.
@pytest.mark.slow
@pytest.mark.parametrize("from_feeder", [False, True], ids=["glass", "feeder"])
@pytest.mark.parametrize(("status", "error"), TOLD.items(), ids=TOLD)
def test_the_real_programs_troubles_are_named(
    sane: SaneScanner,
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    error: type[TandemError],
    *,
    from_feeder: bool,
) -> None:
    """In the middle of a page, by the real scanimage: the same sentence as in the tests above."""
    asked_for(sane, monkeypatch, f"--read-return-value=SANE_STATUS_{status}")
    with pytest.raises(error):
        list(sane.scan(sane.devices()[0], Wanted(from_feeder=from_feeder), told=ignored, stopped=never()))


@pytest.mark.parametrize("from_feeder", [False, True], ids=["glass", "feeder"])
def test_a_scanner_pulled_inside_a_page_gives_no_half_page(
    sane: SaneScanner, monkeypatch: pytest.MonkeyPatch, *, from_feeder: bool
) -> None:
    """Its program dies with it; the pages before are kept, and the next scan works."""
    asked_for(sane, monkeypatch, "--read-delay=yes", "--read-delay-duration=100000")
    children: list[int] = []

    def pull(_share: float) -> None:
        if not children and len(pages) >= int(from_feeder):
            children.extend(scanimages_of(os.getpid()))
            for child in children:
                os.kill(child, signal.SIGKILL)

    pages: list[bytes] = []
    device = sane.devices()[0]
    with pytest.raises(ScannerFailed):
        pages.extend(sane.scan(device, Wanted(dpi=75, from_feeder=from_feeder), told=pull, stopped=never()))
    assert children
    monkeypatch.undo()


def scanimages_of(parent: int) -> list[int]:
    """Return the scanimages that a process has started."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError):
            told = (folder / "stat").read_text()
            name, rest = told.split("(", 1)[1].rsplit(")", 1)
            if name == "scanimage" and int(rest.split()[1]) == parent and rest.split()[0] != "Z":
                found.append(int(folder.name))
    return found


KILLED = """
import threading
from app.scanning import Wanted
from app.scanning.sane import SaneScanner
scanner = SaneScanner()
device = scanner.devices()[0]
wanted, never = Wanted(dpi=75, from_feeder=True), threading.Event()
for page in scanner.scan(device, wanted, told=lambda _share: None, stopped=never):
    print(len(page), flush=True)
"""


@pytest.mark.usefixtures("sane")
def test_a_program_killed_between_two_sheets_lets_go_of_the_scanner(tmp_path: Path) -> None:
    """Else scanimage waited for ever for someone to take its sheet; of the pages nothing is on the disk."""
    if sys.platform != "linux" or shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed (Debian: util-linux)")
    here = tmp_path / "tmp"
    here.mkdir()
    root = Path(app.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED],
        cwd=root,
        env={**os.environ, "TMPDIR": str(here)},
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        program.stdout.readline()
        scans = scanimages_of(program.pid)
        program.kill()
    ended = time.monotonic() + 5
    while any(is_alive(scan) for scan in scans):
        assert time.monotonic() < ended
        time.sleep(0.02)
    assert scans
    left = [path for path in here.rglob("*") if path.is_file()]
    assert not left


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
