"""A scanner of this PC: its devices, and pages one after the other.

Context: SANE on Linux, WIA on Windows, and no scanner at all on many desks. Decision: one small port; each
system's own program is run for each scan and ended after it, so that a driver that hangs or dies takes
nothing with it. The bytes of a page are a stranger's: nobody here looks into them, they go to the reader
process. No page is written to a disk.

::

    ScannerMissing   no scanner answers, or the program that speaks to scanners is not installed
    ScannerBusy      another program uses it
    PaperJam         a sheet is stuck
    FeederEmpty      no sheet in the feeder
    CoverOpen        the lid of the scanner is open
    ScannerFailed    it ended without a page, or was silent for too long
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from app.errors import PersonCanAct, WorldFailed

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

__all__ = [
    "MOST_BYTES",
    "CoverOpen",
    "Device",
    "FeederEmpty",
    "PaperJam",
    "Scanner",
    "ScannerBusy",
    "ScannerFailed",
    "ScannerMissing",
    "Wanted",
    "scanner_of_this_pc",
]

MOST_BYTES = 200_000_000
"""Of one page: an A4 sheet in colour at 600 dots an inch is half of it."""


class ScannerMissing(WorldFailed):
    """No scanner answers; ``installed`` is 0 where even the program for it is missing."""

    code: ClassVar[str] = "scanner-missing"


class ScannerBusy(PersonCanAct):
    """Another program is using the scanner."""

    code: ClassVar[str] = "scanner-busy"


class PaperJam(PersonCanAct):
    """A sheet is stuck; ``pages`` came before it and are kept."""

    code: ClassVar[str] = "paper-jam"


class FeederEmpty(PersonCanAct):
    """No sheet lies in the feeder."""

    code: ClassVar[str] = "feeder-empty"


class CoverOpen(PersonCanAct):
    """The scanner's lid or door is open."""

    code: ClassVar[str] = "cover-open"


class ScannerFailed(WorldFailed):
    """The scanner stopped without a page, or said nothing for ``seconds``; ``pages`` are kept."""

    code: ClassVar[str] = "scanner-failed"


@dataclass(frozen=True, slots=True)
class Device:
    """A scanner as the system names it; ``name`` is for people."""

    id: str
    name: str
    has_feeder: bool = False
    has_glass: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to scan an A4 sheet: each one of the feeder, or the one on the glass; ``dpi`` dots an inch."""

    from_feeder: bool = False
    in_colour: bool = True
    dpi: int = 200


class Scanner(Protocol):
    """Calls block: use a worker thread. The errors are those above."""

    def devices(self) -> tuple[Device, ...]:
        """Return the scanners that answer; raises ScannerMissing where the program is not installed."""

    def scan(
        self, device: Device, wanted: Wanted, *, told: Callable[[float], None], stopped: threading.Event
    ) -> Iterator[bytes]:
        """Yield each page as a picture (PNM or PNG) when it is whole.

        ``told`` hears the share of the page under way, 0 to 1, from another thread. ``stopped`` ends the
        scan: the pages so far are whole, the one under way is lost, nothing is raised.
        """


def scanner_of_this_pc() -> Scanner:
    """Return what speaks to this system's scanners."""
    if sys.platform == "win32":
        from app.scanning.wia import WiaScanner

        return WiaScanner()
    from app.scanning.sane import SaneScanner

    return SaneScanner()
