"""The recovery sheet of a home: printed, its square read back from a scan, and the vault opened by it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest

from app.home_vault import HomeVault
from app.reader.codes import codes_in
from app.vault.slots import LEAST_COST
from tests.app.vault.test_keyring_slot import Fake
from ui.home.sheet import print_sheet, sheets_of
from ui.printing.printers import Order, PrinterMissing
from ui.printing.spool import write_pdf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

# The fixtures' class lives in conftest, which no test imports.
PrintHouse = Any
WHOSE = "Jeanne Martin"


def opened_by(folder: Path, print_it: Callable[[str], Path]) -> str:
    """Make a vault, print its sheet, lose the keyring, open the vault with what the scan says; its words."""
    with HomeVault(folder, backend=Fake, cost=LEAST_COST) as vault:
        vault.make()
        code = vault.draw_sheet()
        paper = print_it(code)
        vault.confirm_sheet(code, code[-4:])
    with pypdfium2.PdfDocument(paper) as document:
        words: str = document[0].get_textpage().get_text_range()
        picture: Image.Image = document[0].render(scale=150 / 72).to_pil()
    (read,) = codes_in(picture.rotate(2, expand=True, fillcolor="white"))
    with HomeVault(folder, backend=Fake, cost=LEAST_COST) as vault:
        vault.recover(read.text)
        assert vault.is_open
    assert all(group in words for group in code.split("-"))
    return words


def test_the_sheet_that_cups_prints_opens_the_vault(house: PrintHouse, dressed: None, tmp_path: Path) -> None:
    """On the printer that was chosen, and the spool keeps no code."""

    def print_it(code: str) -> Path:
        print_sheet(code, WHOSE, "Accueil")
        end = time.monotonic() + 15
        while not house.pages:
            assert time.monotonic() < end
            time.sleep(0.05)
        return next(iter(house.pages))

    assert WHOSE in opened_by(tmp_path, print_it)
    assert not list((house.root / "spool").glob("d*"))


def test_the_sheet_opens_the_vault_whatever_prints_it(dressed: None, tmp_path: Path) -> None:
    """One page of A4, the same for every printer."""

    def print_it(code: str) -> Path:
        sheets, path = sheets_of(code, WHOSE), tmp_path / "sheet.pdf"
        assert sheets.count == 1
        with path.open("wb") as file:
            write_pdf(file.fileno(), sheets, Order("x"), lambda _n: None, lambda: False)
        return path

    opened_by(tmp_path / "home", print_it)


def test_without_a_printer_it_says_so(dressed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is spooled anywhere."""

    class NoPrinter:
        def printers(self) -> tuple[()]:
            return ()

    monkeypatch.setattr("ui.printing.printing_system", NoPrinter)
    with pytest.raises(PrinterMissing):
        print_sheet("A-B", WHOSE, "")
