"""CUPS, asked through its own commands: ``lp``, ``lpstat``, ``cancel``; and libcups for one number.

The commands speak in the C locale, so their words are fixed. ``lpstat`` says what is the matter with a
printer (its alerts are IPP's printer-state-reasons, RFC 8011 §5.4.12), but not whether a job that is over
was printed or given up: that is read with libcups, where it is, from the list that ``lpstat`` reads too.

The PDF is a file without a name (``O_TMPFILE``) in the session's temporary folder and goes to ``lp`` as its
standard input: whatever kills us leaves nothing of it that could be found by name.
"""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from app.vault.disk import world
from ui.printing.printers import (
    JOB_NAME,
    Job,
    Printer,
    PrinterJammed,
    PrinterMissing,
    PrinterNoInk,
    PrinterOffline,
    PrinterOpen,
    PrinterPaper,
    PrinterStopped,
    PrintFailed,
    PrintStep,
    Seen,
)
from ui.printing.spool import write_pdf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.errors import PersonCanAct, WorldFailed
    from ui.printing.printers import Order
    from ui.printing.sheets import Sheets

__all__ = ["Cups", "trouble_of"]

SECONDS = 15
DROP_AFTER = 15 * 60
_NUMBER = re.compile(r"request id is (\S+-\d+)")

# The start of an alert → what someone in the room can do about it; the first that fits counts.
_TROUBLES: tuple[tuple[str, type[PersonCanAct]], ...] = (
    ("media-jam", PrinterJammed),
    ("media-empty", PrinterPaper),
    ("media-needed", PrinterPaper),
    ("input-tray-missing", PrinterOpen),
    ("cover-open", PrinterOpen),
    ("door-open", PrinterOpen),
    ("interlock-open", PrinterOpen),
    ("toner-empty", PrinterNoInk),
    ("marker-supply-empty", PrinterNoInk),
    ("marker-waste-full", PrinterStopped),
    ("paused", PrinterStopped),
    ("moving-to-paused", PrinterStopped),
    ("stopped", PrinterStopped),
    ("offline", PrinterOffline),
    ("shutdown", PrinterOffline),
    ("timed-out", PrinterOffline),
    ("connecting-to-device", PrinterOffline),
)
_JOB_CANCELED, _JOB_ABORTED, _JOB_COMPLETED = 7, 8, 9


@dataclass(frozen=True, slots=True)
class _Block:
    """One thing that ``lpstat -l`` tells of: its first line and what stands under it."""

    head: str
    facts: dict[str, str]


class Cups:
    """The printing system of a Linux PC."""

    def printers(self) -> list[Printer]:
        """List the queues of this PC; none where CUPS is not there or does not run."""
        default = _asked("lpstat", "-d").partition(":")[2].strip()
        return [
            Printer(
                name, block.facts.get("Description") or name, block.facts.get("Location", ""), name == default
            )
            for block in _blocks(_asked("lpstat", "-l", "-p"))
            if (name := _name(block))
        ]

    def send(
        self, sheets: Sheets, order: Order, done: Callable[[int], None], is_cancelled: Callable[[], bool]
    ) -> Job:
        """Write the PDF, then hand it over whole."""
        try:
            with tempfile.TemporaryFile(prefix="tandem-", suffix=".pdf") as file:
                write_pdf(file.fileno(), sheets, order, done, is_cancelled)
                file.seek(0)
                return _handed_over(file, order)
        except OSError as error:
            raise world(error) from error

    def look(self, job: Job) -> Seen:
        """Ask for the job among those under way, then among those that are over."""
        here = _blocks(_asked("lpstat", "-l", "-W", "not-completed", "-o", job.printer))
        for block in here:
            if block.head.split()[0] == job.number:
                return Seen(PrintStep.WAITING, _held_up(job, block))
        state = _state_of(job)
        if state in {_JOB_CANCELED, _JOB_ABORTED}:
            raise PrintFailed
        return Seen(PrintStep.PRINTED if state == _JOB_COMPLETED else PrintStep.GIVEN)

    def cancel(self, job: Job) -> None:
        """Take the job back."""
        _asked("cancel", job.number)

    def forget(self, job: Job) -> bool:
        """Have CUPS drop the job with its file, which it keeps for a day; say whether nothing is left."""
        _purge(job)
        if "scheduler is running" not in _asked("lpstat", "-r"):
            return False
        kept = _blocks(_asked("lpstat", "-l", "-W", "all", "-o", job.printer))
        return all(block.head.split()[0] != job.number for block in kept)


def trouble_of(alerts: Iterable[str]) -> PersonCanAct | None:
    """Say what printer-state-reasons mean to the people in the room."""
    told = [alert for alert in alerts if not alert.endswith("-report") or alert.startswith("offline")]
    return next((trouble() for start, trouble in _TROUBLES if any(a.startswith(start) for a in told)), None)


def _handed_over(file: IO[bytes], order: Order) -> Job:
    command = ["lp", "-d", order.printer, "-t", JOB_NAME, "-n", str(order.copies)]
    options = ["-o", "media=A4", "-o", f"job-cancel-after={DROP_AFTER}"]
    if order.gray:
        options += ["-o", "print-color-mode=monochrome"]
    ended = _run([*command, *options, "-"], file)
    found = _NUMBER.search(ended.stdout)
    if ended.returncode == 0 and found:
        return Job(order.printer, found.group(1))
    if "not accepting" in ended.stderr:
        raise PrinterStopped
    if "does not exist" in ended.stderr or "No such file" in ended.stderr:
        raise PrinterMissing
    raise PrintFailed


def _held_up(job: Job, waiting: _Block) -> PersonCanAct | WorldFailed | None:
    printer = next(iter(_blocks(_asked("lpstat", "-l", "-p", job.printer))), None)
    if printer is None:
        return PrinterMissing()
    if " disabled since " in printer.head:
        return PrinterStopped()
    if "resources-are-not-ready" in waiting.facts.get("Alerts", ""):
        return PrintFailed()
    # Of a printer that is idle the alerts are those of the last job, however it ended.
    is_at_work = "now printing" in printer.head
    return trouble_of(printer.facts.get("Alerts", "").split()) if is_at_work else None


# -- the commands --------------------------------------------------------------------------------


def _asked(*command: str) -> str:
    """Return what a command says; nothing where it is missing, fails or takes too long."""
    try:
        return _run(command).stdout
    except (PrinterMissing, PrintFailed):
        return ""


def _run(command: Iterable[str], given: IO[bytes] | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            list(command),
            stdin=given or subprocess.DEVNULL,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            env={**os.environ, "LC_ALL": "C", "LANGUAGE": "C"},
        )
    except FileNotFoundError as error:
        raise PrinterMissing from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PrintFailed from error


def _blocks(told: str) -> list[_Block]:
    """Read ``lpstat -l``: a line at the margin, then indented ones, « Name: value »."""
    blocks: list[_Block] = []
    for line in told.splitlines():
        if line[:1].strip():
            blocks.append(_Block(line, {}))
        elif blocks and ":" in line:
            name, _colon, value = line.strip().partition(":")
            blocks[-1].facts.setdefault(name, value.strip())
    return blocks


def _name(block: _Block) -> str:
    word, _space, rest = block.head.partition(" ")
    return rest.split()[0] if word == "printer" and rest else ""


# -- libcups -------------------------------------------------------------------------------------


class _CupsJob(ctypes.Structure):
    """``cups_job_t`` (cups/cups.h), the same since CUPS 1.0."""

    _fields_ = (
        ("id", ctypes.c_int),
        ("dest", ctypes.c_char_p),
        ("title", ctypes.c_char_p),
        ("user", ctypes.c_char_p),
        ("format", ctypes.c_char_p),
        ("state", ctypes.c_int),
        ("size", ctypes.c_int),
        ("priority", ctypes.c_int),
        ("completed_time", ctypes.c_long),
        ("creation_time", ctypes.c_long),
        ("processing_time", ctypes.c_long),
    )


def _library() -> ctypes.CDLL:
    """Return libcups, asking where the commands ask: it remembers the server of its first call."""
    library = ctypes.CDLL("libcups.so.2")
    library.cupsSetServer(None)
    return library


def _purge(job: Job) -> None:
    """Drop a job with its file. The command ``cancel -x`` refuses one that is over; the library does not."""
    default_server, and_its_file = None, 1
    with suppress(OSError, AttributeError, ValueError):
        number = int(job.number.rpartition("-")[2])
        _library().cupsCancelJob2(default_server, job.printer.encode(), number, and_its_file)


def _state_of(job: Job) -> int | None:
    """Return the IPP job-state of a job that is over; ``None`` where nobody knows (any more)."""
    with suppress(OSError, AttributeError):
        library = _library()
        jobs = ctypes.POINTER(_CupsJob)()
        everyone, completed = 0, 1
        count = library.cupsGetJobs(ctypes.byref(jobs), job.printer.encode(), everyone, completed)
        states = {jobs[n].id: int(jobs[n].state) for n in range(max(0, count))}
        library.cupsFreeJobs(count, jobs)
        return states.get(int(job.number.rpartition("-")[2]))
    return None
