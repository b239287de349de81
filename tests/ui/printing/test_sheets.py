"""Sheets: words that stay words, pages that stay sharp, long and strange papers."""

from __future__ import annotations

import dataclasses
import os
import random
import re
import sys
import tempfile
from collections import Counter
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from PySide6.QtGui import QColor, QImage

from app.reader.ocr import Ocr
from app.reader.papers import Papers
from app.reader.values import Paragraph, Section, Table
from app.vault.sqlcipher import DiskFull
from sync.service.demo.copies import scanned
from sync.service.demo.papers import Kind, long_pdf, make_paper
from sync.service.demo.people import CITIZENS
from ui.printing.papers import INKS, NothingToReprint, words_html
from ui.printing.preview import picture_of
from ui.printing.printers import Cancelled, Order
from ui.printing.sheets import Frame, PictureSheets, TextSheets, portrait
from ui.printing.spool import write_pdf
from ui.widgets.drawn_document import DrawnDocument
from ui.widgets.reading import sections_html

if TYPE_CHECKING:
    from pathlib import Path

    from app.reader.client import Reader
    from ui.printing.sheets import Sheets


def written(sheets: Sheets, path: Path) -> Path:
    """Write sheets as the printer gets them."""
    with path.open("wb") as file:
        write_pdf(file.fileno(), sheets, Order("x"), lambda _n: None, lambda: False)
    return path


def words_of(path: Path) -> list[str]:
    """Read the words of each page."""
    with pypdfium2.PdfDocument(path) as document:
        return [document[n].get_textpage().get_text_range() for n in range(len(document))]


def test_a_text_stays_text(text: TextSheets, tmp_path: Path) -> None:
    """Whose, what, where and the remark on each sheet; A4; no title in the file."""
    path = written(text, tmp_path / "a.pdf")
    pages = words_of(path)
    assert len(pages) == text.count > 1
    for number, page in enumerate(pages, 1):
        for wanted in ("Jeanne Martin", "Ordonnance", f"Page {number} sur {text.count}", "Texte recopié."):
            assert wanted in page
    assert "Ligne 59" in "".join(pages)
    with pypdfium2.PdfDocument(path) as document:
        assert tuple(round(side) for side in document[0].get_size()) == (595, 842)
        assert document.get_metadata_dict()["Title"] == "Tandem"


def test_pages_keep_sharp_and_are_seen_whole(reader: Reader, dressed: None, tmp_path: Path) -> None:
    """A document's page is a picture of 300 dots an inch."""
    document = DrawnDocument(reader, make_paper(Kind.PRESCRIPTION, CITIZENS[0], 1).data)
    path = written(PictureSheets(document, 0, document.open().pages), tmp_path / "a.pdf")
    with pypdfium2.PdfDocument(path) as pdf:
        picture = next(iter(pdf[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])))
        assert picture.get_px_size()[0] >= 2300


def test_black_and_white_has_no_color(reader: Reader, dressed: None) -> None:
    """What is shown is what comes out, in grey."""
    document = DrawnDocument(reader, make_paper(Kind.PHOTO, CITIZENS[0], 1).data)
    document.open()
    assert picture_of(PictureSheets(document, 0, 1), 0, 400, gray=True).allGray()


def test_a_page_on_its_side_fills_the_paper() -> None:
    """Turned by a quarter."""
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    assert portrait(image).size().toTuple() == (200, 300)
    assert portrait(portrait(image)).size().toTuple() == (200, 300)


def test_a_long_title_is_written_whole(dressed: None, tmp_path: Path) -> None:
    """A name of 60 letters, a title of 300 without a space: wrapped, and the text begins under them."""
    frame = Frame("Élisabeth-Marguerite Îñtërnâtiônàlizætiøn de la Rochefoucauld", "x" * 300)
    sheets = TextSheets("<p>Le texte.</p>", frame, 24)
    page = words_of(written(sheets, tmp_path / "a.pdf"))[0]
    assert page.replace("\r\n", "").count("x") >= 300
    assert "Rochefoucauld" in page
    assert "Le texte." in page


def test_arabic_is_written_from_the_right(dressed: None) -> None:
    """A paragraph in Arabic stands on the right of the sheet, one in French on the left."""

    def ink(html: str) -> tuple[int, int]:
        image = picture_of(TextSheets(html, Frame("", ""), 24), 0, 800, gray=False)
        wide, high = image.width(), image.height()
        dark = [
            x for x in range(wide) for y in range(60, high // 4) if QColor(image.pixel(x, y)).value() < 128
        ]
        return min(dark, default=0), max(dark, default=0) - wide

    left, right = ink("<p>مرحبا بكم</p>")
    assert left > 150
    assert right > -80
    assert ink("<p>Bonjour</p>")[0] < 80


def test_tables_and_headings_are_reprinted(dressed: None, tmp_path: Path) -> None:
    """As on the screen, in black on white; what looks like a tag is words."""
    table = Table("", ("Analyse", "Résultat"), (("Créatinine", "72 µmol/L"), ("<b>TSH</b>", "2,1")))
    html = sections_html((Section("Biologie", 1, (Paragraph("À jeun."), table)),), INKS)
    page = words_of(written(TextSheets(html, Frame("J", "t"), 18), tmp_path / "a.pdf"))[0]
    letters = "".join(page.split())
    for wanted in ("Biologie", "Àjeun.", "Créatinine", "72µmol/L", "<b>TSH</b>"):
        assert wanted in letters


def test_a_value_stays_with_its_name(dressed: None, tmp_path: Path) -> None:
    """A card that would be cut by the end of a sheet begins the next one."""
    rows = tuple((f"Analyse {n}", "mot " * ((n % 5 + 1) * 8), f"de {n} à {n + 9}") for n in range(1, 30))
    table = Table("", ("Analyse demandée par le médecin", "Résultat", "Valeurs usuelles"), rows)
    html = sections_html((Section("Biologie", 1, (table,)),), dataclasses.replace(INKS, characters=20))
    pages = words_of(written(TextSheets(html, Frame("J", "t"), 24), tmp_path / "a.pdf"))
    assert len(pages) > 2
    letters = ["".join(page.split()) for page in pages]
    for number in range(1, 30):
        name, value = f"Analyse{number}R", f"de{number}à{number + 9}"
        assert sum(name in page and value in page for page in letters) == 1, number


def test_a_picture_has_no_words_to_reprint(reader: Reader) -> None:
    """It is said, instead of an empty sheet."""
    document = DrawnDocument(reader, make_paper(Kind.PHOTO, CITIZENS[0], 1).data)
    with pytest.raises(NothingToReprint):
        words_html(document, document.open(), 18)


def test_a_pdf_is_reprinted_from_its_words(reader: Reader) -> None:
    """Each page under its own name."""
    document = DrawnDocument(reader, long_pdf(3))
    html = words_html(document, document.open(), 18)
    assert "Page 3 de l’original" in html


def test_cancelling_stops_at_once(text: TextSheets, tmp_path: Path) -> None:
    """Before the next page."""
    painted: list[int] = []
    with (tmp_path / "a.pdf").open("wb") as file, pytest.raises(Cancelled):
        write_pdf(file.fileno(), text, Order("x"), painted.append, lambda: len(painted) == 1)
    assert painted == [1]


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_disk_is_told(text: TextSheets) -> None:
    """Qt goes on writing into nothing; we do not."""
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(DiskFull):  # noqa: PTH123 - a device
        write_pdf(full.fileno(), text, Order("x"), lambda _n: None, lambda: False)


@pytest.mark.skipif(sys.platform == "win32", reason="resource is POSIX's")
def test_two_hundred_pages_take_no_more_memory_than_a_few(
    reader: Reader, dressed: None, request: pytest.FixtureRequest
) -> None:
    """One page in memory at a time; without --slow it is forty of them."""
    import resource

    count = 200 if request.config.getoption("--slow") else 24
    document = DrawnDocument(reader, long_pdf(count))
    sheets = PictureSheets(document, 0, document.open().pages)
    told: list[int] = []
    peaks: list[int] = []

    def done(number: int) -> None:
        told.append(number)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    with tempfile.TemporaryFile() as file:
        write_pdf(file.fileno(), sheets, Order("x"), done, lambda: False)
        assert os.fstat(file.fileno()).st_size > 0
    assert told == list(range(1, count + 1))
    assert peaks[-1] - peaks[4] < 60_000, "kilobytes more after the fifth page"


@pytest.mark.skipif(not Ocr.is_here(), reason="tesseract with French is not installed")
def test_what_we_print_is_read_again(reader: Reader, dressed: None, tmp_path: Path) -> None:
    """A sheet of ours that is scanned gives back every zero, in its head too."""
    doses = "1000 mg, 500 mg, 100 UI, 0,5 mg, 20 gouttes, 80 mg, 60 mg, le 10/09/2006, 06 80 00 90 08"
    frame = Frame("Jeanne Martin, née le 03/05/1940", "Ordonnance du 30/10/2026", "Le 20/06/2026.")
    sheets = TextSheets(f"<p>{doses}</p><p><b>{doses}</b></p>", frame, 18)
    reader.open(written(sheets, tmp_path / "a.pdf").read_bytes())
    drawn = reader.page(0, 2480)
    picture = scanned(drawn.width, drawn.height, drawn.rgb, random.Random(1))
    papers = Papers(reader)
    kept = papers.keep(picture, papers.look(picture, is_photo=False).proposed)
    read = Ocr().read(papers.for_reading(kept)).text
    told = f"{doses} {doses} {frame.who} {frame.what} {frame.foot}"
    numbers = Counter(re.findall(r"\d[\d/,]*\d", told))
    assert numbers - Counter(re.findall(r"\d[\d/,]*\d", read)) == Counter()
