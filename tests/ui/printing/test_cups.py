"""A real CUPS with a printer of ours: what is sent comes out, and what holds it up is known."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest

from ui.printing.cups import Cups, trouble_of
from ui.printing.printers import (
    Job,
    Order,
    PrinterJammed,
    PrinterMissing,
    PrinterNoInk,
    PrinterOffline,
    PrinterOpen,
    PrinterPaper,
    PrinterStopped,
    PrintFailed,
    PrintStep,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ui.printing.sheets import TextSheets

# The fixtures' class lives in conftest, which no test imports.
PrintHouse = Any
QUEUE = "Accueil"


def send(sheets: TextSheets, **order: Any) -> Job:  # noqa: ANN401 - an order's own fields
    """Send sheets to the printer of the house."""
    return Cups().send(sheets, Order(QUEUE, **order), lambda _n: None, lambda: False)


def until(job: Job, wanted: PrintStep, seconds: float = 15) -> None:
    """Look until the job stands there."""
    end = time.monotonic() + seconds
    while (seen := Cups().look(job)).step is not wanted:
        assert time.monotonic() < end, seen
        time.sleep(0.1)


def words_of(path: Path) -> list[str]:
    """Read the words of each page."""
    with pypdfium2.PdfDocument(path) as document:
        return [document[n].get_textpage().get_text_range() for n in range(len(document))]


def test_what_is_sent_comes_out(house: PrintHouse, text: TextSheets) -> None:
    """All pages, with their words; the job has no title, and the spool keeps nothing."""
    job = send(text, copies=2)
    until(job, PrintStep.PRINTED)
    words = words_of(house.pages[0])
    assert len(words) == text.count
    assert "Doliprane 1000 mg" in words[0]
    assert f"Page {text.count} sur {text.count}" in words[-1]
    title, copies, options = house.told[0]
    assert (title, copies) == ("Tandem", "2")
    assert "media=A4" in options
    assert "Ordonnance" not in house.command("lpstat", "-l", "-W", "all", "-o")
    assert not list((house.root / "spool").glob("d*"))
    assert not list((house.root / "tmp").iterdir())


def test_one_page_of_many(house: PrintHouse, text: TextSheets) -> None:
    """Only the one that was shown."""
    until(send(text, only=1), PrintStep.PRINTED)
    assert len(words_of(house.pages[0])) == 1
    assert f"Page 2 sur {text.count}" in words_of(house.pages[0])[0]


def test_the_printers_are_listed_with_their_names_for_people(house: PrintHouse) -> None:
    """Description and place; the system's default is known."""
    printer = next(each for each in Cups().printers() if each.name == QUEUE)
    assert (printer.label, printer.place, printer.is_default) == ("Imprimante de l’accueil", "Hall", True)


@pytest.mark.parametrize(
    ("mood", "trouble"),
    [
        ("media-empty-error", PrinterPaper),
        ("media-jam-error", PrinterJammed),
        ("door-open-error", PrinterOpen),
        ("toner-empty-error", PrinterNoInk),
        ("offline-report", PrinterOffline),
    ],
)
def test_what_holds_it_up_is_known_and_it_goes_on_when_mended(
    house: PrintHouse, text: TextSheets, mood: str, trouble: type[Exception]
) -> None:
    """The job waits with its reason; once there is paper it comes out by itself."""
    house.feel(mood)
    job = send(text)
    end = time.monotonic() + 15
    while not isinstance(Cups().look(job).trouble, trouble):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert Cups().look(job).step is PrintStep.WAITING
    house.feel("ok")
    until(job, PrintStep.PRINTED)


def test_a_job_is_taken_back(house: PrintHouse, text: TextSheets) -> None:
    """Nothing comes out later, when someone puts paper in."""
    house.feel("media-empty-error")
    job = send(text)
    Cups().cancel(job)
    house.feel("ok")
    time.sleep(0.6)
    assert not house.pages
    with pytest.raises(PrintFailed):
        Cups().look(job)


def test_a_stopped_printer_says_so(house: PrintHouse, text: TextSheets) -> None:
    """Stopped by someone, or by its own failure."""
    house.command("cupsdisable", QUEUE)
    assert isinstance(Cups().look(send(text)).trouble, PrinterStopped)
    house.command("cupsreject", QUEUE)
    with pytest.raises(PrinterStopped):
        send(text)


def test_a_job_that_is_given_up_is_a_failure(house: PrintHouse, text: TextSheets) -> None:
    """The printer's own program ended badly."""
    house.command("lpadmin", "-p", QUEUE, "-o", "printer-error-policy=abort-job")
    house.feel("fail")
    job = send(text)
    with pytest.raises(PrintFailed):
        until(job, PrintStep.PRINTED)
    assert not house.pages


def test_a_printer_that_is_not_there(house: PrintHouse, text: TextSheets) -> None:
    """Gone since it was chosen."""
    with pytest.raises(PrinterMissing):
        Cups().send(text, Order("Nulle-part"), lambda _n: None, lambda: False)


def test_without_cups_there_are_no_printers(
    text: TextSheets, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No command, no server: no printer, and a sentence instead of a crash."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Cups().printers() == []
    with pytest.raises(PrinterMissing):
        Cups().send(text, Order("x"), lambda _n: None, lambda: False)


def test_warnings_and_reports_hold_nothing_up() -> None:
    """Toner that runs low is no reason to alarm anyone."""
    assert trouble_of(["none"]) is None
    assert trouble_of(["toner-low-warning", "media-low-report", "media-empty-report"]) is None
    assert isinstance(trouble_of(["toner-low-warning", "media-needed"]), PrinterPaper)
