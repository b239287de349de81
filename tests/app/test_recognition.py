"""Which pages are recognised, and what stands when nothing is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import img2pdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from app import intake
from app.identity_check import Verdict
from app.reader.client import Reader
from app.reader.ocr import Ocr, OcrMissing
from app.recognition import PageText, lacks_words, looked_at, recognised
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from sync.service.demo.typeface import REGULAR, font_file

if TYPE_CHECKING:
    from collections.abc import Iterator

needs_tesseract = pytest.mark.skipif(
    not Ocr.is_here(), reason="tesseract with French is not installed (Debian: tesseract-ocr-fra)"
)
LINES = ("Maison de santé du Val", "Docteur Hélène Lefèvre", "Ordonnance du 3 mars 2026", "Madame Martin")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One reader process."""
    with Reader() as reader:
        yield reader


class Pages:
    """An open document, as a screen holds it."""

    def __init__(self, reader: Reader, data: bytes) -> None:
        self._reader = reader
        reader.open(data)

    def layer(self, number: int) -> str:
        """The words of a page."""
        return self._reader.page_text(number)

    def for_reading(self, number: int, turn: int) -> bytes:
        """A page to recognise."""
        return self._reader.page_for_reading(number, turn)


def page(*lines: str, size: tuple[int, int] = (1240, 1754)) -> Image.Image:
    """A page with a few large lines."""
    picture = Image.new("L", size, 250)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(font_file(REGULAR)), size[0] // 28)
    for place, line in enumerate(lines):
        pen.text((size[0] // 10, size[1] // 12 + place * size[1] // 22), line, 20, font)
    return picture


def pdf(*pictures: Image.Image) -> bytes:
    """Pictures in a PDF."""
    sinks = [io.BytesIO() for _ in pictures]
    for sink, picture in zip(sinks, pictures, strict=True):
        picture.save(sink, "PNG")
    return bytes(img2pdf.convert([sink.getvalue() for sink in sinks]))


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("", True),
        ("Page 1 / 3 - Scanned by TopScan", True),
        ("1 2 3 4 5 6 7", True),
        ("Le docteur Lefèvre vous reçoit mardi", False),
    ],
)
def test_a_copiers_line_is_not_yet_a_text(text: str, *, lacks: bool) -> None:
    """A letterhead is."""
    assert lacks_words(text) is lacks


def test_a_page_with_words_is_taken_at_its_word(reader: Reader) -> None:
    """No picture of it is made."""
    found = looked_at(Pages(reader, make_paper(Kind.LAB, CITIZENS[0], 1).data), 0, can_recognise=True)
    assert isinstance(found, PageText)
    assert not found.is_recognised


def test_without_the_program_the_reason_is_told(reader: Reader) -> None:
    """And what little the page says stands."""
    found = looked_at(Pages(reader, pdf(page(*LINES))), 0, can_recognise=False)
    assert found == PageText("", missing=OcrMissing.code)


def test_a_blank_page_is_not_recognised(reader: Reader) -> None:
    """It costs no seconds, in a PDF and in a TIFF."""
    out = io.BytesIO()
    page().save(out, "TIFF", save_all=True, append_images=[page(*LINES)])
    for data in (pdf(page()), out.getvalue()):
        assert looked_at(Pages(reader, data), 0, can_recognise=True) == PageText("")


def test_a_page_is_given_grey_and_large_enough(reader: Reader) -> None:
    """Whatever its size: a fax, a page on its side, a picture of many dots."""
    for size in ((620, 877), (1754, 1240), (4960, 7016)):
        picture = Pages(reader, pdf(page(*LINES, size=size))).for_reading(0, 0)
        kind, wide, high, most = picture[:40].split(maxsplit=4)[:4]
        assert (kind, most[:3]) == (b"P5", b"255")
        assert 1400 <= min(int(wide), int(high)) <= 2600, size


@needs_tesseract
def test_a_page_on_its_side_is_asked_for_again(reader: Reader) -> None:
    """Turned by what the recognition says, its words are right."""
    pages = Pages(reader, pdf(page(*LINES * 4).rotate(90, expand=True)))
    picture = looked_at(pages, 0, can_recognise=True)
    assert isinstance(picture, bytes)
    turn = recognised(Ocr(), picture, "", turning=True)
    assert turn == 90
    found = recognised(Ocr(), pages.for_reading(0, turn), "", turning=False)
    assert isinstance(found, PageText)
    assert "Docteur Hélène Lefèvre" in found.text


@needs_tesseract
def test_what_is_recognised_proposes_and_asks_whose_it_is(reader: Reader) -> None:
    """The sort, the date of the paper rather than that of the copy, and the person it names."""
    candidate = intake.check(reader, pdf(page(*LINES)), "scan.pdf", known=lambda _digest: False)
    assert candidate.proposed_category is None
    text = "Docteur Lefèvre\nBourges, le 3 mars 2026\nMadame Simone ROCHE née le 21/11/1938\nORDONNANCE"
    patient = {
        "resourceType": "Patient",
        "name": [{"family": "Martin", "given": ["Jeanne"]}],
        "birthDate": "1946-05-03",
    }
    done = intake.with_words(candidate, "scan.pdf", text, patient=patient)
    assert done.proposed_category == "ORD_SOIN"
    assert str(done.proposed_date) == "2026-03-03"
    assert done.identity.verdict is Verdict.OTHER
    assert done.data == candidate.data
