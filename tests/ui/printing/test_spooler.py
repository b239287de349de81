"""Printing through Qt, the way of Windows, tried on the printing system that is here."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
from PySide6.QtPrintSupport import QPrinterInfo

from ui.printing.printers import Cancelled, Order, PrinterMissing, PrintStep
from ui.printing.spooler import QtPrinting

if TYPE_CHECKING:
    from ui.printing.sheets import TextSheets

# The fixtures' class lives in conftest, which no test imports.
PrintHouse = Any
QUEUE = "Accueil"


@pytest.fixture
def qt_house(house: PrintHouse) -> PrintHouse:
    """The print house, as far as Qt sees it."""
    if QUEUE not in QPrinterInfo.availablePrinterNames():
        pytest.skip("Qt has no printing plugin for this system")
    return house


def test_pages_painted_on_the_printer_come_out(qt_house: PrintHouse, text: TextSheets) -> None:
    """All of them, under the same name as ever; what comes after, nobody tells."""
    done: list[int] = []
    job = QtPrinting().send(text, Order(QUEUE), done.append, lambda: False)
    assert QtPrinting().look(job).step is PrintStep.GIVEN
    assert done == list(range(1, text.count + 1))
    end = time.monotonic() + 15
    while not qt_house.pages and time.monotonic() < end:
        time.sleep(0.1)
    with pypdfium2.PdfDocument(qt_house.pages[0]) as document:
        assert len(document) == text.count
        assert "Doliprane" in document[0].get_textpage().get_text_range()
    assert qt_house.told[0][0] == "Tandem"


@pytest.mark.skipif(sys.platform != "win32", reason="of Qt's systems only Windows takes painted pages back")
def test_a_cancel_hands_nothing_over(qt_house: PrintHouse, text: TextSheets) -> None:
    """What was painted so far is dropped."""
    done: list[int] = []
    with pytest.raises(Cancelled):
        QtPrinting().send(text, Order(QUEUE), done.append, lambda: bool(done))
    time.sleep(0.6)
    assert not qt_house.pages


def test_a_printer_that_is_not_there(text: TextSheets) -> None:
    """Gone since it was chosen."""
    with pytest.raises(PrinterMissing):
        QtPrinting().send(text, Order("Nulle-part"), lambda _n: None, lambda: False)
