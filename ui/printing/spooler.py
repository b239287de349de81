"""The printing system of Windows, through QPrinter: it takes the pages and says little about them.

Nothing of ours is written to a disk: the pages go to the system's spooler as they are painted. A printer
that is stopped or in error says so before; what happens after the pages were taken, nobody tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from ui.printing.printers import (
    JOB_NAME,
    Cancelled,
    Job,
    Printer,
    PrinterMissing,
    PrinterStopped,
    PrintFailed,
    PrintStep,
    Seen,
)
from ui.printing.sheets import DPI
from ui.printing.spool import A4, paint_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.printing.printers import Order
    from ui.printing.sheets import Sheets

__all__ = ["QtPrinting"]

_OUT_OF_ORDER = frozenset({QPrinter.PrinterState.Aborted, QPrinter.PrinterState.Error})


class QtPrinting:
    """Any system that Qt can print on."""

    def printers(self) -> list[Printer]:
        """List the printers of this PC."""
        return [
            Printer(
                info.printerName(),
                info.description() or info.printerName(),
                info.location(),
                info.isDefault(),
            )
            for info in QPrinterInfo.availablePrinters()
        ]

    def send(
        self, sheets: Sheets, order: Order, done: Callable[[int], None], is_cancelled: Callable[[], bool]
    ) -> Job:
        """Paint on the printer; a cancel takes back what was painted."""
        info = QPrinterInfo.printerInfo(order.printer)
        if info.isNull():
            raise PrinterMissing
        if info.state() in _OUT_OF_ORDER:
            raise PrinterStopped
        printer = QPrinter(info, QPrinter.PrinterMode.HighResolution)
        self._set_up(printer, order)

        def look() -> None:
            if is_cancelled():
                printer.abort()
                raise Cancelled
            if printer.printerState() in _OUT_OF_ORDER:
                raise PrintFailed

        paint_all(printer, printer.resolution(), sheets, order, done, look)
        return Job(order.printer)

    def look(self, job: Job) -> Seen:
        """Say that it was handed over; the system says no more."""
        return Seen(PrintStep.GIVEN)

    def cancel(self, job: Job) -> None:
        """Do nothing: there is no number by which to take it back."""

    @staticmethod
    def _set_up(printer: QPrinter, order: Order) -> None:
        printer.setDocName(JOB_NAME)
        printer.setCreator("")
        printer.setResolution(DPI)
        printer.setFullPage(True)
        printer.setPageLayout(A4)
        printer.setCopyCount(order.copies)
        color = QPrinter.ColorMode.GrayScale if order.gray else QPrinter.ColorMode.Color
        printer.setColorMode(color)
