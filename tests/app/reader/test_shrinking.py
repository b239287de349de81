"""Heavy files made lighter: still the same pages, still legible, never over the limit."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

import pikepdf
import pytest
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.reader.client import Reader
from app.reader.errors import CannotShrink

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 400_000


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One reader process for the module."""
    with Reader() as reader:
        yield reader


@cache
def paper(wide: int = 1240, mode: str = "RGB") -> Image.Image:
    """A paper with lines of words and the grain of a scan."""
    high = round(wide * 1.414)
    picture = Image.new("L", (wide, high), 255)
    pen = ImageDraw.Draw(picture)
    for y in range(60, high, 60):
        pen.text((80, y), "Paracétamol, un comprimé matin et soir" * 3, fill=0)
    grain = Image.effect_noise((wide // 2, high // 2), 90).resize((wide, high))
    return Image.blend(picture, grain, 0.3).convert(mode)


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Write a picture in a format."""
    sink = io.BytesIO()
    picture.save(sink, kind, **options)
    return sink.getvalue()


def scan(pages: int, wide: int = 1240) -> bytes:
    """A scan bound as PDF, with its words under the pictures."""
    sink = io.BytesIO()
    canvas = Canvas(sink, pagesize=A4)
    for number in range(pages):
        canvas.drawString(72, 770, f"Ordonnance page {number + 1}")
        canvas.drawImage(ImageReader(io.BytesIO(saved(paper(wide), "JPEG", quality=95))), 0, 0, 595, 700)
        canvas.showPage()
    canvas.save()
    return sink.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_photo_becomes_a_lighter_photo(reader: Reader, mode: str) -> None:
    """Never under 150 dots an inch of an A4 page."""
    data = saved(paper(2480, mode), "JPEG", quality=97)
    assert len(data) > LIMIT * 2
    reader.open(data)
    shrunk = reader.shrink(1_200_000)
    with Image.open(io.BytesIO(shrunk.data)) as picture:
        assert picture.format == "JPEG"
        assert max(picture.size) >= 1754
    assert shrunk.media_type == "image/jpeg"


def test_a_photo_held_sideways_stays_upright(reader: Reader) -> None:
    """The turn that was only noted in the file is made for good."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(paper(1240).rotate(90, expand=True), "JPEG", quality=97, exif=exif)
    reader.open(data)
    shrunk = reader.shrink(1_000_000)
    with Image.open(io.BytesIO(shrunk.data)) as picture:
        assert picture.height > picture.width
        assert not picture.getexif().get(0x0112)


def test_a_scan_of_several_pages_becomes_a_pdf_of_as_many(reader: Reader) -> None:
    """A TIFF with greys is bound as PDF."""
    pages = [paper(1240, "L") for _ in range(3)]
    reader.open(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    shrunk = reader.shrink(2_000_000)
    assert shrunk.media_type == "application/pdf"
    assert reader.open(shrunk.data).pages == 3


def test_a_black_and_white_scan_stays_sharp(reader: Reader) -> None:
    """Fax code loses nothing and is lighter than any JPEG."""
    pages = [Image.new("1", (2480, 3508), 1) for _ in range(3)]
    for page in pages:
        ImageDraw.Draw(page).text((300, 300), "Ordonnance", fill=0)
    reader.open(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    shrunk = reader.shrink(LIMIT)
    assert shrunk.media_type == "image/tiff"
    with Image.open(io.BytesIO(shrunk.data)) as picture:
        assert (picture.size, picture.mode, getattr(picture, "n_frames", 0)) == ((2480, 3508), "1", 3)


def test_a_scanned_pdf_keeps_its_words(reader: Reader) -> None:
    """The pictures are made lighter, the text layer stays."""
    data = scan(3)
    limit = len(data) // 3
    reader.open(data)
    shrunk = reader.shrink(limit)
    assert len(shrunk.data) <= limit
    assert reader.open(shrunk.data).pages == 3
    assert "page 2" in reader.page_text(1)


def test_a_pdf_whose_weight_is_no_picture_is_drawn_again(reader: Reader) -> None:
    """The last resort: pages as pictures."""
    sink = io.BytesIO()
    canvas = Canvas(sink, pagesize=A4)
    for line in range(24_000):
        canvas.drawString(50 + line % 4 * 120, 50 + line % 7 * 100, f"mot{line * 7919 % 100_003}-{line}")
    canvas.save()
    data = sink.getvalue()
    reader.open(data)
    shrunk = reader.shrink(130_000)
    assert len(data) > 140_000
    assert len(shrunk.data) <= 130_000
    assert reader.open(shrunk.data).pages == 1


def test_masks_and_stencils_are_left_alone(reader: Reader) -> None:
    """A picture that means shapes, not colours, must not be blurred by JPEG."""
    data = scan(1, 2480)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        stencil = pdf.make_stream(bytes(range(256)) * 32)
        stencil.update(
            {"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/Width": 256, "/Height": 256}
        )
        stencil.update({"/ImageMask": True, "/BitsPerComponent": 1})
        pdf.pages[0].Resources.XObject["/Stencil"] = stencil
        sink = io.BytesIO()
        pdf.save(sink)
    reader.open(sink.getvalue())
    shrunk = reader.shrink(len(data) // 2)
    with pikepdf.open(io.BytesIO(shrunk.data)) as pdf:
        kept = pdf.pages[0].Resources.XObject["/Stencil"]
        assert kept.ImageMask
        assert kept.read_bytes() == bytes(range(256)) * 32


def test_what_cannot_be_made_legible_enough_is_refused_with_both_sizes(reader: Reader) -> None:
    """The smallest size that was reached, and the limit."""
    reader.open(scan(2))
    with pytest.raises(CannotShrink) as refused:
        reader.shrink(20_000)
    assert refused.value.fields["limit"] == 20_000
    assert float(refused.value.fields["size"]) > 20_000


def test_words_are_not_shrunk(reader: Reader) -> None:
    """A text can't lose weight without losing words."""
    reader.open(b"mot " * 1000)
    with pytest.raises(CannotShrink):
        reader.shrink(100)


@pytest.mark.parametrize("marked", [True, False], ids=["marked by Adobe", "plain"])
def test_four_inks_look_the_same_when_lighter(reader: Reader, *, marked: bool) -> None:
    """Pillow would turn a page of Adobe's programs black."""
    picture = saved(paper(1240, "CMYK"), "JPEG", quality=95)
    place = picture.index(b"\xff\xee")  # the mark that Pillow writes into every CMYK JPEG
    picture = picture if marked else picture[:place] + picture[place + 16 :]
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595, 842))
        stream = pdf.make_stream(picture, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image)
        stream.update({"/Width": 1240, "/Height": 1753, "/BitsPerComponent": 8})
        stream.update({"/ColorSpace": pikepdf.Name.DeviceCMYK, "/Filter": pikepdf.Name.DCTDecode})
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=stream))
        page.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /I Do Q")
        sink = io.BytesIO()
        pdf.save(sink)
    reader.open(sink.getvalue())
    before = mean(reader)
    shrunk = reader.shrink(len(sink.getvalue()) // 2)
    reader.open(shrunk.data)
    assert mean(reader) == pytest.approx(before, abs=6)


def mean(reader: Reader) -> float:
    """Return how light the first page is, of 255."""
    rgb = reader.page(0, 300).rgb
    return sum(rgb) / len(rgb)
