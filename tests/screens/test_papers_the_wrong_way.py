"""Papers brought in while something breaks: a process that dies, a full disk, very many pages.

Presses too many are tried with real ones in tests/ui/test_steady.py.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from app.paper import MOST_PAGES, Page, Paper, arrived
from app.reader.client import Reader
from app.reader.ocr import Ocr
from app.reader.papers import Papers
from app.vault.keys import Key
from app.vault.patient import PatientVault
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from sync.service.demo.typeface import REGULAR, font_file
from ui.screens.scan_pages import ScanPages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and mounts")
LINES = ("Docteur Lefèvre", "Bourges, le 3 mars 2026", "Madame Jeanne Martin", "Paracétamol matin et soir")


def sheet(width: int = 1240) -> bytes:
    """A page with a few lines, as a scanner gives it."""
    picture = Image.new("L", (width, width * 1754 // 1240), 248)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(font_file(REGULAR)), width // 30)
    for place, line in enumerate(LINES * 3):
        pen.text((width // 9, width // 9 + place * width // 16), line, 30, font)
    out = io.BytesIO()
    picture.save(out, "PPM")
    return out.getvalue()


@pytest.fixture
def own_reader(visit: Visit) -> Iterator[Reader]:
    """Give the visit a reader process that may be killed."""
    with Reader() as reader:
        visit.context.open_reader = lambda: reader
        yield reader


@pytest.fixture(autouse=True)
def hushed(visit: Visit) -> Iterator[None]:
    """No page is read any more when a test is over."""
    yield
    for shown in visit.window.findChildren(ScanPages):
        shown._reading.stop()


def kill(reader: Reader) -> None:
    """End the reader process as the system does when memory is short; one that has just ended stays so."""
    child = reader._child
    if child is not None:
        with suppress(ProcessLookupError):
            os.kill(child.process.pid, signal.SIGKILL)


def reach(visit: Visit, qtbot: QtBot, name: str) -> Shown:
    """Wait for a screen."""
    qtbot.waitUntil(lambda: visit.window.screen_name == name, timeout=30_000)
    return visit.window.shown


def pages(visit: Visit, qtbot: QtBot, count: int, data: bytes = b"") -> Shown:
    """Look at scanned pages."""
    papers, paper = Papers(visit.context.reader), Paper(from_scanner=True)
    first = arrived(papers, data or sheet(), is_photo=False)
    for _page in range(count):
        paper.add(Page(first.picture, first.proposed, first.is_blank, first.is_photo, edit=first.edit))
    visit.window.go("scan_pages", paper=paper)
    shown = visit.window.shown
    qtbot.waitUntil(lambda: shown.panel.has_document, timeout=20_000)
    return shown


def test_a_reader_that_dies_while_pages_are_looked_at_costs_no_page(
    visit: Visit, qtbot: QtBot, own_reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process takes over: the pages are in ours, and can be bound."""
    monkeypatch.setattr(Ocr, "is_here", staticmethod(lambda: False))
    shown = pages(visit, qtbot, 2)
    kill(own_reader)
    shown._turn.click()
    shown._turn.click()
    kill(own_reader)
    shown.pressed()
    for _try in range(3):
        qtbot.waitUntil(
            lambda: visit.window.screen_name != "scan_pages" or shown.summary.isVisible(), timeout=30_000
        )
        if visit.window.screen_name != "scan_pages":
            break
        assert shown.main_button.isEnabled()  # it was said; one presses again
        shown.pressed()
    filing = reach(visit, qtbot, "file_category")._filing
    assert filing.candidate.pages == 2


def test_a_reader_that_dies_while_the_paper_is_made_is_said(
    visit: Visit, qtbot: QtBot, own_reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost, the same button makes it again."""
    monkeypatch.setattr(Ocr, "is_here", staticmethod(lambda: False))
    shown = pages(visit, qtbot, 3)
    qtbot.waitUntil(lambda: shown._reading.is_over and not visit.context.tasks.busy, timeout=20_000)
    bind = Papers.bind

    def dies(papers: Papers, *given: Any, **how: Any) -> Any:  # noqa: ANN401
        monkeypatch.setattr(Papers, "bind", bind)
        threading.Timer(0.05, kill, (own_reader,)).start()  # in the middle of it
        return bind(papers, *given, **how)

    monkeypatch.setattr(Papers, "bind", dies)
    shown.pressed()
    qtbot.waitUntil(lambda: shown.summary.isVisible() or visit.window.shown is not shown, timeout=20_000)
    if visit.window.shown is shown:
        assert shown.main_button.isEnabled()
        shown.pressed()
    reach(visit, qtbot, "file_category")


def test_two_hundred_scanned_pages_become_one_paper(
    visit: Visit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Light enough to be filed, and one more is refused with its sentence."""
    monkeypatch.setattr(Ocr, "is_here", staticmethod(lambda: False))
    shown = pages(visit, qtbot, MOST_PAGES, sheet(413))
    shown.pressed()
    if shown._go_without.isVisible():
        shown._go_without.click()
    filing = reach(visit, qtbot, "file_category")._filing
    assert filing.candidate.pages == MOST_PAGES
    assert filing.candidate.size <= 5_000_000


@pytest.fixture
def small_disk(visit: Visit, tmp_path: Path) -> Iterator[Path]:
    """Put the person's space on a disk of its own, with little room."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("nothing can be mounted here")
    with PatientVault.create(folder / "vault", Key.random()) as vault:
        files, visit.space.files = visit.space.files, vault.files
        yield folder
        visit.space.files = files
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_full_disk_is_said_and_the_paper_can_be_filed_once_there_is_room(
    visit: Visit, qtbot: QtBot, small_disk: Path, tmp_path: Path
) -> None:
    """Nothing half-filed; the answers are still there; one press when room was made."""
    (small_disk / "other").write_bytes(bytes(1_400_000))
    path = tmp_path / "ordonnance.pdf"
    heavy = make_paper(Kind.PRESCRIPTION, CITIZENS[0], 1).data
    path.write_bytes(heavy + b"\n%" + os.urandom(500_000).hex().encode())
    visit.window.go("file_pick")
    visit.window.shown.picker._chosen(str(path))
    reach(visit, qtbot, "file_look").pressed()
    category = reach(visit, qtbot, "file_category")
    category.choices.choose("ORD_SOIN")
    category.pressed()
    when = reach(visit, qtbot, "file_date")
    if when.fields.is_empty:
        when._today.click()
    when.pressed()
    reach(visit, qtbot, "file_name").pressed()
    check = reach(visit, qtbot, "file_check")
    check.pressed()
    qtbot.waitUntil(check.summary.isVisible, timeout=20_000)
    assert "plein" in check.summary.accessibleName()
    assert not [row for row in visit.space.records.documents() if row.is_ours]
    assert not list(small_disk.rglob("*.part"))
    (small_disk / "other").unlink()
    check.pressed()
    check.pressed()
    reach(visit, qtbot, "file_done")
    assert len([row for row in visit.space.records.documents() if row.is_ours]) == 1
