"""What a printing system is to us, and what can go wrong between the person and the paper.

The errors say what someone in the room can do; they carry the number of nothing and the name of nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol

from app.errors import PersonCanAct, WorldFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.printing.sheets import Sheets

__all__ = [
    "JOB_NAME",
    "Cancelled",
    "Job",
    "Order",
    "PrintFailed",
    "PrintStep",
    "PrintSystem",
    "Printer",
    "PrinterJammed",
    "PrinterMissing",
    "PrinterNoInk",
    "PrinterOffline",
    "PrinterOpen",
    "PrinterPaper",
    "PrinterStopped",
    "PrintingNotAllowed",
    "Seen",
]

JOB_NAME = "Tandem"
"""All that a queue, a display or a log ever shows of what is printed."""


class PrintingNotAllowed(PersonCanAct):
    """The organization of this place lets nobody print here."""

    code: ClassVar[str] = "printing-not-allowed"


class PrinterMissing(PersonCanAct):
    """There is no printer, or not the one that this place has chosen."""

    code: ClassVar[str] = "printer-missing"


class PrinterStopped(PersonCanAct):
    """The printer is there and takes nothing: someone stopped it."""

    code: ClassVar[str] = "printer-stopped"


class PrinterPaper(PersonCanAct):
    """There is no paper in it."""

    code: ClassVar[str] = "printer-paper"


class PrinterJammed(PersonCanAct):
    """A sheet is stuck in it."""

    code: ClassVar[str] = "printer-jammed"


class PrinterOpen(PersonCanAct):
    """A door or a lid is open."""

    code: ClassVar[str] = "printer-open"


class PrinterNoInk(PersonCanAct):
    """It has no more ink or toner."""

    code: ClassVar[str] = "printer-ink"


class PrinterOffline(PersonCanAct):
    """It does not answer: switched off, or its cable or network is not there."""

    code: ClassVar[str] = "printer-offline"


class PrintFailed(WorldFailed):
    """The printing system gave up, and does not say why."""

    code: ClassVar[str] = "printer-failed"


class Cancelled(Exception):
    """The person does not want it any more."""


@dataclass(frozen=True, slots=True)
class Printer:
    """``name`` as the system knows it, ``label`` and ``place`` as people do."""

    name: str
    label: str
    place: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a printer. ``only`` is one sheet (from 0), or all of them."""

    printer: str
    copies: int = 1
    only: int | None = None
    gray: bool = False

    def numbers(self, count: int) -> list[int]:
        """Return the sheets to be painted."""
        return list(range(count)) if self.only is None else [self.only]


@dataclass(frozen=True, slots=True)
class Job:
    """What was handed over. ``number`` is empty where the system takes it and tells nothing."""

    printer: str
    number: str = ""


class PrintStep(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    PRINTED = "printed"
    GIVEN = "given"
    """Handed over; the system does not say more."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A look at a job: where it stands, and what holds it up (it goes on by itself once mended)."""

    step: PrintStep
    trouble: PersonCanAct | WorldFailed | None = None


class PrintSystem(Protocol):
    """This PC's printing system; every method blocks and belongs in a lane."""

    def printers(self) -> list[Printer]:
        """List the printers; none is no error."""

    def send(
        self, sheets: Sheets, order: Order, done: Callable[[int], None], is_cancelled: Callable[[], bool]
    ) -> Job:
        """Paint the sheets (``done(n)`` after each), hand them over; raises errors and ``Cancelled``."""

    def look(self, job: Job) -> Seen:
        """Say where a job stands; raises ``PrintFailed`` when it was given up."""

    def cancel(self, job: Job) -> None:
        """Take a job back; one that is over is no error."""
