"""Sheets to print, a reader process, and a real CUPS of our own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.reader.client import Reader
from tests.ui.printing.print_house import QUEUE, PrintHouse, print_house
from ui import theme
from ui.printing.sheets import Frame, TextSheets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication


@pytest.fixture(scope="session")
def cups(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrintHouse]:
    """Run a CUPS of our own on a socket in a folder of our own."""
    root = Path(f"/tmp/tandem-cups-{os.getpid()}")  # noqa: S108 - named by our process, removed afterwards
    with print_house(root, tmp_path_factory.mktemp("paper")) as house:
        yield house


@pytest.fixture
def house(cups: PrintHouse) -> PrintHouse:
    """The print house with its printer in order, and nothing printed yet."""
    cups.feel("ok")
    cups.command("cancel", "-a")
    cups.command("cupsenable", QUEUE)
    cups.command("cupsaccept", QUEUE)
    for path in (*cups.out.glob("*.pdf"), *cups.out.glob("*.told")):
        path.unlink()
    return cups


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    """One reader process for all tests."""
    with Reader() as process:
        yield process


@pytest.fixture
def dressed(qapp: QApplication) -> None:
    """Have the fonts."""
    theme.load_fonts()


@pytest.fixture
def text(dressed: None) -> TextSheets:
    """Three sheets or so of text."""
    html = "".join(f"<p>Ligne {n} : Doliprane 1000 mg, matin et soir.</p>" for n in range(1, 60))
    return TextSheets(html, Frame("Jeanne Martin", "Ordonnance · 3 mars 2026", "Texte recopié."), 18)
