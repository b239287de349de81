"""After a visit nothing of it is in the printing system: real CUPS, which keeps what it printed for a day."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ui.printing.print_house import QUEUE, PrintHouse, print_house
from ui.printing import taking_back
from ui.printing.cups import Cups
from ui.printing.printers import Order, PrintStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.printing.printers import Job
    from ui.printing.sheets import TextSheets


def send(text: TextSheets) -> Job:
    """Print."""
    return Cups().send(text, Order(QUEUE), lambda _done: None, lambda: False)


def spooled(house: PrintHouse) -> list[Path]:
    """Return the documents in the spool."""
    return sorted((house.root / "spool").glob("d*"))


@pytest.fixture(scope="module")
def hoarding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrintHouse]:
    """Run a CUPS that keeps documents for a day, as it does unless told otherwise."""
    root = Path(f"/tmp/tandem-hoard-{os.getpid()}")  # noqa: S108 - named by our process, removed afterwards
    with print_house(root, tmp_path_factory.mktemp("hoard"), keeps="86400") as house:
        yield house


@pytest.fixture
def house(hoarding: PrintHouse) -> PrintHouse:
    """Return it with nothing printed yet."""
    hoarding.feel("ok")
    for path in hoarding.out.glob("*.pdf"):
        path.unlink()
    return hoarding


def test_without_us_a_printed_sheet_stays_in_the_spool(house: PrintHouse, text: TextSheets) -> None:
    """The control: CUPS keeps what it printed."""
    job = send(text)
    while Cups().look(job).step is not PrintStep.PRINTED:
        time.sleep(0.1)
    assert spooled(house)
    assert Cups().forget(job)
    assert spooled(house) == []


def test_a_printed_sheet_leaves_the_spool(house: PrintHouse, text: TextSheets) -> None:
    """Waited for until it is out, then dropped with its file and its entry."""
    job = send(text)
    assert taking_back.take_back([(job.printer, job.number)]) == 0
    assert len(house.pages) == 1
    assert spooled(house) == []
    assert job.number not in house.command("lpstat", "-W", "all", "-o", QUEUE)


def test_a_sheet_that_waits_for_paper_is_taken_back(house: PrintHouse, text: TextSheets) -> None:
    """It does not come out later for whoever passes by."""
    house.feel("media-empty-error")
    job = send(text)
    assert taking_back.take_back([(job.printer, job.number)]) == 0
    house.feel("ok")
    time.sleep(0.6)
    assert not house.pages
    assert spooled(house) == []


def test_without_a_printing_system_that_answers_the_line_fails(
    house: PrintHouse, text: TextSheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be looked at is not called gone."""
    job = send(text)
    monkeypatch.setenv("CUPS_SERVER", f"{house.root}/nobody.sock")
    assert taking_back.take_back([(job.printer, job.number)]) == 1
