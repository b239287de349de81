"""Paper that comes in: scanned or photographed, put right, read, and filed with what it proposes."""

from __future__ import annotations

import io
import random
import shutil
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.paper import Page, Paper, arrived
from app.reader.ocr import Ocr
from app.reader.paper_values import Edit
from app.reader.papers import Papers
from app.records import DocumentQuery
from app.scanning import Device, FeederEmpty, PaperJam, ScannerBusy, ScannerMissing
from app.scanning.sane import SaneScanner
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from ui.bench.made_up_pages import prescription
from ui.screens import scan
from ui.screens.scan_pages import ScanPages

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.errors import TandemError
    from app.reader.client import Reader
    from app.scanning import Wanted

Visit = Any
Shown = Any
GLASS = Device("fake:0", "Epson de l’accueil")
BOTH = Device("fake:1", "Canon du bureau", has_feeder=True)
needs_tesseract = pytest.mark.skipif(not Ocr.is_here(), reason="tesseract with French is not installed")


@dataclass
class FakeScanner:
    """Gives the sheets it was given; ``trouble`` comes after them."""

    sheets: list[bytes] = field(default_factory=list)
    found: tuple[Device, ...] = (GLASS,)
    trouble: TandemError | None = None
    wanted: list[Wanted] = field(default_factory=list)
    waits: bool = False

    def devices(self) -> tuple[Device, ...]:
        """Those it was told of."""
        return self.found

    def scan(
        self, device: Device, wanted: Wanted, *, told: Callable[[float], None], stopped: threading.Event
    ) -> Iterator[bytes]:
        """One sheet of the glass, all of the feeder."""
        self.wanted.append(wanted)
        for sheet in self.sheets if wanted.from_feeder else self.sheets[:1]:
            told(0.5)
            if self.waits:
                stopped.wait(20)
                return
            told(1.0)
            yield sheet
        if self.trouble is not None:
            raise self.trouble


def sheet_of(reader: Reader, data: bytes, *, turn: int = 0) -> bytes:
    """Scan a PDF's first page, in colour at 150 dots an inch."""
    reader.open(data)
    drawn = reader.page(0, 1240)
    sink = io.BytesIO()
    picture = Image.frombytes("RGB", (drawn.width, drawn.height), drawn.rgb).rotate(-turn, expand=True)
    picture.save(sink, "PPM")
    return sink.getvalue()


@pytest.fixture(scope="module")
def sheet(reader_process: Reader) -> bytes:
    """A prescription of Jeanne."""
    return sheet_of(reader_process, prescription("Helvetica", 0, reader_process))


@pytest.fixture
def scanner(sheet: bytes, monkeypatch: pytest.MonkeyPatch) -> FakeScanner:
    """A scanner with that sheet on its glass."""
    made = FakeScanner([sheet])
    monkeypatch.setattr(scan, "open_scanner", lambda: made)
    return made


@pytest.fixture(autouse=True)
def hushed(visit: Visit) -> Iterator[None]:
    """No page is read any more when a test is over."""
    yield
    for shown in visit.window.findChildren(ScanPages):
        shown._reading.stop()


def blank() -> bytes:
    """An empty sheet."""
    sink = io.BytesIO()
    Image.new("L", (1240, 1754), 248).save(sink, "PPM")
    return sink.getvalue()


def reach(visit: Visit, qtbot: QtBot, name: str) -> Shown:
    """Wait for a screen."""
    qtbot.waitUntil(lambda: visit.window.screen_name == name, timeout=30_000)
    return visit.window.shown


def scanned(visit: Visit, qtbot: QtBot) -> Shown:
    """Press « Scanner un papier », then « Scanner »."""
    visit.window.go("file_pick")
    visit.window.shown._scan.click()
    shown = reach(visit, qtbot, "scan")
    qtbot.waitUntil(shown.main_button.isEnabled, timeout=20_000)
    shown.main_button.click()
    return shown


def pages(visit: Visit, qtbot: QtBot) -> Shown:
    """Reach the pages, drawn."""
    scanned(visit, qtbot)
    shown = reach(visit, qtbot, "scan_pages")
    qtbot.waitUntil(lambda: shown.panel.has_document, timeout=20_000)
    return shown


def read(shown: Shown, qtbot: QtBot) -> None:
    """Wait for the words."""
    qtbot.waitUntil(lambda: shown._reading.is_over, timeout=60_000)


# -- the whole way --------------------------------------------------------------------------------


@needs_tesseract
def test_a_paper_is_filed_in_nine_presses(visit: Visit, qtbot: QtBot, scanner: FakeScanner) -> None:
    """From home by the keyboard alone; date, kind and name are proposed, its words are found."""
    presses = 1  # the tile « Ranger un papier » of the home screen
    visit.window.go("file_pick")
    for name in ("file_pick", "scan", "scan_pages", "file_category", "file_date", "file_name", "file_check"):
        shown = reach(visit, qtbot, name)
        if name == "file_pick":
            shown._scan.click()
        else:
            qtbot.waitUntil(lambda shown=shown: shown.main_button.isEnabled(), timeout=30_000)
            shown.main_button.click()
        presses += 1
    reach(visit, qtbot, "file_done")
    assert presses <= 9
    (row,) = visit.space.records.documents()
    assert row.category == "ORD_SOIN"
    assert row.date == date(2026, 11, 17)
    assert row.title == "Ordonnance du docteur Lefèvre"
    assert [found.id for found in visit.space.records.documents(DocumentQuery(text="metformine"))] == [row.id]


@needs_tesseract
def test_a_paper_of_another_person_is_asked_about(
    visit: Visit, qtbot: QtBot, scanner: FakeScanner, reader_process: Reader
) -> None:
    """Both answers are written into the journal; the safe one files nothing."""
    other = prescription("Helvetica", 1, reader_process)
    scanner.sheets = [sheet_of(reader_process, other)]
    shown = pages(visit, qtbot)
    shown.pressed()
    question = reach(visit, qtbot, "paper_other")
    assert question.theirs.text() == "C’est bien pour Jeanne Martin"
    said = " ".join(each.words for each in question.findChildren(type(question.intro)))
    assert "Simone ROCHE" in said
    assert "21 novembre 1938" in said
    question.theirs.click()
    reach(visit, qtbot, "file_category")
    qtbot.waitUntil(lambda: not visit.context.tasks.busy)
    assert [line.count('"valueString":"confirmed"') for line in journal(visit)][-1] == 1
    visit.window.back()
    again = reach(visit, qtbot, "scan_pages")
    again.pressed()
    reach(visit, qtbot, "file_category")  # asked once
    visit.window.go("paper_other", filing=again._filing[1], then="file_category")
    visit.window.shown.main_button.click()
    reach(visit, qtbot, "file_pick")
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=20_000)
    assert '"valueString":"refused"' in journal(visit)[-1]
    assert not visit.space.records.documents()


def journal(visit: Visit) -> list[str]:
    """The lines of the journal."""
    with visit.space.records._store.read() as connection:
        return [str(line) for (line,) in connection.execute("SELECT line FROM audit ORDER BY seq")]


# -- the scanner ----------------------------------------------------------------------------------


def test_a_feeder_is_offered_and_gives_several_pages(
    visit: Visit, qtbot: QtBot, scanner: FakeScanner, sheet: bytes
) -> None:
    """The glass is chosen beforehand; the feeder is one press more."""
    scanner.found, scanner.sheets = (BOTH,), [sheet, blank(), sheet]
    visit.window.go("file_pick")
    visit.window.shown._scan.click()
    shown = reach(visit, qtbot, "scan")
    qtbot.waitUntil(lambda: shown._choices is not None, timeout=20_000)
    assert [card.choice.words for card in shown._choices.cards] == [
        "Une feuille, sur la vitre",
        "Plusieurs feuilles, dans le chargeur",
    ]
    assert shown._choices.value() == "0"
    shown._choices.choose("1")
    shown.main_button.click()
    shown = reach(visit, qtbot, "scan_pages")
    assert len(shown._paper.pages) == 3
    assert [page.is_blank for page in shown._paper.pages] == [False, True, False]
    qtbot.waitUntil(lambda: shown.panel.has_document, timeout=20_000)
    assert shown.panel.pages.words == "Page 1 sur 3"
    shown.panel._next.click()
    assert "semble vide" in shown.notice.words


TROUBLES: list[tuple[TandemError, str]] = [
    (ScannerBusy(), "occupé"),
    (PaperJam(pages=0), "coincée"),
    (FeederEmpty(), "pas de feuille"),
]


@pytest.mark.parametrize(("trouble", "words"), TROUBLES, ids=[type(one).__name__ for one, _ in TROUBLES])
def test_a_trouble_is_said_and_one_tries_again(
    visit: Visit, qtbot: QtBot, scanner: FakeScanner, trouble: TandemError, words: str
) -> None:
    """On the same screen; the next try works."""
    sheets, scanner.sheets, scanner.trouble = scanner.sheets, [], trouble
    shown = scanned(visit, qtbot)
    qtbot.waitUntil(shown.summary.isVisible, timeout=20_000)
    assert words in shown.summary.accessibleName()
    scanner.sheets, scanner.trouble = sheets, None
    shown.main_button.click()
    reach(visit, qtbot, "scan_pages")


def test_pages_before_a_jam_are_kept(visit: Visit, qtbot: QtBot, scanner: FakeScanner, sheet: bytes) -> None:
    """They are one press away."""
    scanner.found, scanner.sheets = (Device("f", "F", has_feeder=True, has_glass=False),), [sheet, sheet]
    scanner.trouble = PaperJam(pages=2)
    shown = scanned(visit, qtbot)
    qtbot.waitUntil(shown.summary.isVisible, timeout=20_000)
    assert "2 pages sont gardées" in shown.summary.accessibleName()
    shown.summary._lines[1].click()
    assert len(reach(visit, qtbot, "scan_pages")._paper.pages) == 2


def test_a_scan_can_be_stopped(visit: Visit, qtbot: QtBot, scanner: FakeScanner) -> None:
    """The screen is as before, nothing was kept."""
    scanner.waits = True
    shown = scanned(visit, qtbot)
    qtbot.waitUntil(lambda: shown._stop.isVisible() and bool(scanner.wanted), timeout=20_000)
    shown._stop.click()
    qtbot.waitUntil(lambda: not shown.is_scanning, timeout=20_000)
    assert shown.main_button.isEnabled()
    assert not shown._paper.pages


def test_without_a_scanner_one_looks_again_or_takes_a_file(
    visit: Visit, qtbot: QtBot, scanner: FakeScanner
) -> None:
    """It may be plugged in meanwhile."""
    scanner.found = ()
    visit.window.go("file_pick")
    visit.window.shown._scan.click()
    shown = reach(visit, qtbot, "scan")
    qtbot.waitUntil(shown.summary.isVisible, timeout=20_000)
    assert "Aucun scanner ne répond" in shown.summary.accessibleName()
    assert shown.main_button.text() == "Chercher de nouveau"
    scanner.found = (GLASS,)
    shown.main_button.click()
    qtbot.waitUntil(lambda: shown.main_button.text() == "Scanner" and shown.main_button.isEnabled())
    shown._choose_file.click()
    reach(visit, qtbot, "file_pick")


def test_without_the_program_the_same_is_said(
    visit: Visit, qtbot: QtBot, scanner: FakeScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody in the room knows the difference."""

    def missing() -> tuple[Device, ...]:
        raise ScannerMissing(installed=0)

    monkeypatch.setattr(scanner, "devices", missing)
    visit.window.go("scan", paper=Paper())
    shown = visit.window.shown
    qtbot.waitUntil(shown.summary.isVisible, timeout=20_000)
    assert "Aucun scanner" in shown.summary.accessibleName()


def test_the_real_program_scans_too(
    visit: Visit, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SANE's own test device: a black sheet, on which no text is found; one may go on."""
    if shutil.which("scanimage") is None:
        pytest.skip("scanimage is not installed (Debian: sane-utils)")
    (tmp_path / "dll.conf").write_text("test\n")
    monkeypatch.setenv("SANE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setattr(scan, "open_scanner", SaneScanner)
    shown = pages(visit, qtbot)
    read(shown, qtbot)
    shown.pressed()
    if Ocr.is_here():
        question = reach(visit, qtbot, "paper_no_text")
        question.main_button.click()
    reach(visit, qtbot, "file_category")


# -- the pages ------------------------------------------------------------------------------------


def loose(reader: Reader, data: bytes, *, is_photo: bool = False) -> Page:
    """A page as it arrives."""
    return arrived(Papers(reader), data, is_photo=is_photo)


def test_a_page_is_turned_changed_and_taken_out(
    visit: Visit, qtbot: QtBot, scanner: FakeScanner, sheet: bytes
) -> None:
    """Each press shows, and what was taken out comes back where it was."""
    shown = pages(visit, qtbot)
    paper = shown._paper
    paper.add(loose(visit.context.reader, blank()))
    shown.entered()
    qtbot.waitUntil(lambda: shown.panel.pages.words == "Page 2 sur 2")
    shown.panel._previous.click()
    shown._turn.click()
    assert paper.pages[0].edit.turn == 90
    shown._change.click()
    one = reach(visit, qtbot, "scan_page")
    qtbot.waitUntil(lambda: one.panel.has_document)
    one._cuts["top"].click()
    assert paper.pages[0].edit.corners == ((0.03, 0.0), (1.0, 0.0), (1.0, 1.0), (0.03, 1.0)), "as it is seen"
    one._whole.click()
    assert paper.pages[0].edit == Edit(turn=90)
    one._after.click()
    assert [page.is_blank for page in paper.pages] == [True, False]
    assert one.panel.pages.words == "Page 2 sur 2"
    one._before.click()
    one._remove.click()
    shown = reach(visit, qtbot, "scan_pages")
    assert [page.is_blank for page in paper.pages] == [True]
    shown._put_back.click()
    assert [page.is_blank for page in paper.pages] == [False, True]
    assert not shown._put_back.isVisible()


def test_taking_out_the_only_page_says_what_to_do(visit: Visit, qtbot: QtBot, scanner: FakeScanner) -> None:
    """Nothing to bind, nothing lost."""
    shown = pages(visit, qtbot)
    shown._paper.remove(0)
    shown.entered()
    assert "plus de page" in shown.notice.words
    assert not shown.main_button.isVisible()
    shown._put_back.click()
    assert shown.main_button.isVisible()
    qtbot.waitUntil(shown.panel.isVisible)


@needs_tesseract
def test_an_upside_down_page_is_turned(
    visit: Visit, qtbot: QtBot, scanner: FakeScanner, reader_process: Reader
) -> None:
    """By itself, and it is said; turned by hand, it stays as it was wished."""
    page = prescription("Helvetica", 0, reader_process)
    scanner.sheets = [sheet_of(reader_process, page, turn=180)]
    shown = pages(visit, qtbot)
    read(shown, qtbot)
    (found,) = shown._paper.pages
    assert found.edit.turn == 180
    assert "Lefèvre" in found.read.words.text
    assert "à l’envers" in shown.notice.words
    shown._turn.click()
    read(shown, qtbot)
    assert found.edit.turn == 270


def test_a_page_is_added_from_the_scanner(visit: Visit, qtbot: QtBot, scanner: FakeScanner) -> None:
    """And one comes back to all of them."""
    shown = pages(visit, qtbot)
    shown._add.click()
    more = reach(visit, qtbot, "scan")
    qtbot.waitUntil(more.main_button.isEnabled, timeout=20_000)
    more.main_button.click()
    reach(visit, qtbot, "scan_pages")
    qtbot.waitUntil(lambda: shown.panel.pages.words == "Page 2 sur 2", timeout=20_000)


def test_pages_survive_a_way_back(visit: Visit, qtbot: QtBot, scanner: FakeScanner) -> None:
    """Retour loses nothing: one press brings them again."""
    pages(visit, qtbot).back_button.click()
    shown = reach(visit, qtbot, "file_pick")
    assert shown._again.isVisible()
    assert shown._again.text() == "Reprendre ma page"
    shown._again.click()
    assert len(reach(visit, qtbot, "scan_pages")._paper.pages) == 1


def test_words_are_not_waited_for_for_ever(visit: Visit, qtbot: QtBot, scanner: FakeScanner) -> None:
    """One press goes on without them."""
    shown = pages(visit, qtbot)
    shown.pressed()
    if visit.window.shown is shown and shown._go_without.isVisible():
        shown._go_without.click()
    reach(visit, qtbot, "file_category")


def test_without_tesseract_the_paper_is_filed_all_the_same(
    visit: Visit, qtbot: QtBot, scanner: FakeScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said once, on the page."""
    monkeypatch.setattr(Ocr, "is_here", staticmethod(lambda: False))
    shown = pages(visit, qtbot)
    read(shown, qtbot)
    qtbot.waitUntil(lambda: "ne sait pas lire" in shown.notice.words)
    shown.pressed()
    reach(visit, qtbot, "file_category")


# -- photos ---------------------------------------------------------------------------------------


def test_a_photo_is_a_page(visit: Visit, qtbot: QtBot, tmp_path: Path) -> None:
    """Cut to its paper; the whole picture is one press away."""
    path = tmp_path / "IMG_2031.jpg"
    path.write_bytes(make_paper(Kind.PHOTO, CITIZENS[0], 1).data)
    visit.window.go("file_pick")
    visit.window.shown.picker._chosen(str(path))
    shown = reach(visit, qtbot, "scan_pages")
    (page,) = shown._paper.pages
    assert page.edit.corners is not None
    assert page.is_photo
    shown._change.click()
    one = reach(visit, qtbot, "scan_page")
    qtbot.waitUntil(lambda: one._whole.text() == "Garder l’image entière")
    one._whole.click()
    assert page.edit == Edit()
    assert one._whole.text() == "Redresser et recadrer"


@needs_tesseract
def test_a_photo_of_a_cat_is_asked_about(visit: Visit, qtbot: QtBot, tmp_path: Path) -> None:
    """« On ne voit pas de texte »: yes goes on, no goes back."""
    chance = random.Random(1)
    cat = Image.frombytes("RGB", (40, 30), chance.randbytes(3600)).resize(
        (1200, 900), Image.Resampling.BICUBIC
    )
    cat.save(tmp_path / "chat.jpg")
    visit.window.go("file_pick")
    visit.window.shown.picker._chosen(str(tmp_path / "chat.jpg"))
    shown = reach(visit, qtbot, "scan_pages")
    shown.pressed()
    question = reach(visit, qtbot, "paper_no_text")
    question.other.click()
    shown = reach(visit, qtbot, "scan_pages")
    assert shown.main_button.isEnabled()
    shown.pressed()
    reach(visit, qtbot, "paper_no_text").main_button.click()
    reach(visit, qtbot, "file_category")


def test_a_document_cannot_be_the_page_of_a_photo(visit: Visit, qtbot: QtBot, tmp_path: Path) -> None:
    """It is said; a photo can still be chosen."""
    (tmp_path / "a.pdf").write_bytes(make_paper(Kind.PRESCRIPTION, CITIZENS[0], 1).data)
    visit.window.go("file_pick", paper=Paper())
    shown = visit.window.shown
    assert not shown._scan.isVisible()
    shown.picker._chosen(str(tmp_path / "a.pdf"))
    qtbot.waitUntil(shown.summary.isVisible, timeout=20_000)
    assert "n’est pas une photo" in shown.summary.accessibleName()


def test_a_pdf_of_another_person_is_asked_about(visit: Visit, qtbot: QtBot, tmp_path: Path) -> None:
    """Its own text layer says so; the answer goes on to the next screen."""
    (tmp_path / "a.pdf").write_bytes(make_paper(Kind.LAB, CITIZENS[1], 1).data)
    visit.window.go("file_pick")
    visit.window.shown.picker._chosen(str(tmp_path / "a.pdf"))
    question = reach(visit, qtbot, "paper_other")
    QTest.keyClick(question.theirs, Qt.Key.Key_Space)
    reach(visit, qtbot, "file_look")
    QApplication.processEvents()
