"""Photos and scans of every kind: upright, in their colours, quickly; bombs and cut ones are refused."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from app.reader.client import Reader
from app.reader.errors import BrokenFile, FileRefused, ImageTooLarge, TooComplex
from app.reader.values import Kind
from tests.app.reader import strange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.reader.values import PagePicture

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One reader process for the module."""
    with Reader() as reader:
        yield reader


def at(picture: PagePicture, x: float, y: float) -> tuple[int, int, int]:
    """Return the colour at a place, in shares of width and height."""
    place = (int(y * picture.height) * picture.width + int(x * picture.width)) * 3
    red, green, blue = picture.rgb[place : place + 3]
    return red, green, blue


def looks_like(found: tuple[int, int, int], wanted: tuple[int, int, int], tolerance: int = 12) -> bool:
    """Tell whether two colours are the same but for JPEG's rounding."""
    return all(abs(a - b) <= tolerance for a, b in zip(found, wanted, strict=True))


def assert_is_the_sheet(picture: PagePicture) -> None:
    """The black corner is at the top left, the paper is white."""
    assert looks_like(at(picture, 0.1, 0.1), BLACK)
    assert looks_like(at(picture, 0.9, 0.1), WHITE)
    assert looks_like(at(picture, 0.03, 0.95), WHITE)


SHEETS: dict[str, Callable[[], bytes]] = {
    **{
        f"{kind} {mode}": lambda kind=kind, mode=mode: strange.saved(strange.sheet(mode=mode), kind)  # type: ignore[misc]
        for kind, modes in {
            "JPEG": ("RGB", "L", "CMYK"),
            "PNG": ("RGB", "L", "1", "P", "LA", "RGBA"),
            "TIFF": ("RGB", "L", "1", "P", "LA", "RGBA", "CMYK"),
        }.items()
        for mode in modes
    },
    **{
        f"TIFF {way}": lambda way=way, mode=mode: strange.saved(
            strange.sheet(mode=mode), "TIFF", compression=way
        )  # type: ignore[misc]
        for way, mode in {
            "group3": "1",
            "group4": "1",
            "tiff_lzw": "RGB",
            "jpeg": "RGB",
            "tiff_adobe_deflate": "RGB",
            "packbits": "L",
        }.items()
    },
    "TIFF of more than 4 GB, in form": lambda: strange.saved(strange.sheet(), "TIFF", big_tiff=True),
    "JPEG progressive": lambda: strange.saved(strange.sheet(), "JPEG", progressive=True),
    "JPEG with a picture of depth": lambda: strange.saved(
        strange.sheet(), "MPO", save_all=True, append_images=[strange.sheet()]
    ),
    "PNG of 16 bits": lambda: strange.saved(deep(1), "PNG"),
    "TIFF of 16 bits": lambda: strange.saved(deep(1), "TIFF"),
    "TIFF of 12 bits, as radiology": lambda: strange.saved(deep(1 / 16), "TIFF"),
    "TIFF of floating points": lambda: strange.saved(strange.sheet(mode="L").convert("F"), "TIFF"),
    "PNG that moves": lambda: strange.saved(
        strange.sheet(), "PNG", save_all=True, append_images=[Image.new("RGB", (600, 800), "red")]
    ),
    "PNG without its last mark": lambda: strange.saved(strange.sheet(), "PNG")[:-12],
    "JPEG called a PDF inside": lambda: strange.saved(strange.sheet(), "JPEG", comment=b"%PDF-1.4 1 0 obj"),
}


def deep(share: float) -> Image.Image:
    """The sheet with white at ``share`` of 16 bits."""
    wide = strange.sheet(mode="L").convert("I").point(lambda value: value * 257 * share)
    return wide.convert("I;16")


@pytest.mark.parametrize("kind", SHEETS)
def test_a_picture_of_every_kind_is_shown_in_its_colours(reader: Reader, kind: str) -> None:
    """Palettes, print colours, clear grounds and deep greys become what eyes see."""
    opened = reader.open(SHEETS[kind]())
    assert (opened.kind.value, opened.pages) == (kind.split(maxsplit=1)[0].lower(), 1)
    picture = reader.page(0, 600)
    assert (picture.width, picture.height) == (600, 800)
    assert_is_the_sheet(picture)
    reader.check_for_filing()


def test_what_is_clear_is_white(reader: Reader) -> None:
    """A paper has no black ground."""
    reader.open(strange.saved(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"))
    assert at(reader.page(0, 50), 0.5, 0.5) == WHITE
    numbered = Image.new("P", (50, 50), 3)
    numbered.putpalette([0, 0, 0] * 4)
    reader.open(strange.saved(numbered, "PNG", transparency=3))
    assert at(reader.page(0, 50), 0.5, 0.5) == WHITE


# How a camera that was held each way stores the sheet.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("orientation", [*STORED, 0, 9])
def test_a_photo_is_upright_however_the_phone_was_held(reader: Reader, kind: str, orientation: int) -> None:
    """All eight of Exif; numbers it does not have turn nothing. Also when drawn smaller."""
    turn = STORED.get(orientation)
    sheet = strange.sheet()
    exif = Image.Exif()
    exif[0x0112] = orientation
    reader.open(strange.saved(sheet if turn is None else sheet.transpose(turn), kind, exif=exif))
    for width in (600, 150):
        picture = reader.page(0, width)
        assert (picture.width, picture.height) == (width, width * 4 // 3)
        assert_is_the_sheet(picture)


def test_the_day_a_photo_was_taken_is_told(reader: Reader) -> None:
    """Not a day to come, and not what is no day."""
    for taken, told in (("2026:11:03 10:00:00", "2026-11-03"), ("2999:01:01 00:00:00", None), ("hier", None)):
        exif = Image.Exif()
        exif[0x0132] = taken
        assert reader.open(strange.saved(strange.sheet(), "JPEG", exif=exif)).date == told


def test_a_phone_photo_of_twelve_megapixels_is_shown(reader: Reader) -> None:
    """As wide as asked, and larger when asked again."""
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = strange.sheet(3024, 4032).transpose(Image.Transpose.ROTATE_90)
    reader.open(strange.saved(photo, "JPEG", quality=88, exif=exif))
    for width in (900, 3024, 400):
        picture = reader.page(0, width)
        assert (picture.width, picture.height) == (width, round(width * 4 / 3))
        assert_is_the_sheet(picture)


def test_a_picture_is_never_drawn_larger_than_it_is(reader: Reader) -> None:
    """Blown up points show nothing more."""
    reader.open(strange.saved(strange.sheet(300, 400), "PNG"))
    assert (reader.page(0, 2000).width, reader.page(0, 2000).height) == (300, 400)


def test_a_scan_of_several_pages_is_read_page_by_page(reader: Reader) -> None:
    """Pages of other sizes and modes too; going back shows the first again."""
    pages = [strange.sheet(), strange.sheet(800, 600, "1"), strange.sheet(300, 400, "L")]
    data = strange.saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert reader.open(data).pages == 3
    for number in (0, 2, 1, 0):
        picture = reader.page(number, 5000)
        assert (picture.width, picture.height) == pages[number].size
        assert_is_the_sheet(picture)
    reader.check_for_filing()


def test_a_page_missing_at_the_end_of_a_scan_is_found_before_filing(reader: Reader) -> None:
    """The first page alone opens."""
    first, second = strange.sheet(), strange.noisy(600, 800)
    data = strange.saved(first, "TIFF", save_all=True, append_images=[second], compression="tiff_lzw")
    broken = bytearray(data)
    start = len(strange.saved(first, "TIFF", compression="tiff_lzw")) + 2000
    broken[start : start + 200_000] = bytes(200_000)
    assert reader.open(bytes(broken)).kind is Kind.TIFF
    with pytest.raises(BrokenFile):
        reader.check_for_filing()


@pytest.mark.parametrize("count", [900, 1100])
def test_a_scan_of_very_many_pages(reader: Reader, count: int) -> None:
    """Up to a thousand; more are a bomb."""
    tiny = strange.sheet(20, 20, "1")
    data = strange.saved(tiny, "TIFF", save_all=True, append_images=[tiny] * (count - 1))
    if count > 1000:
        with pytest.raises(TooComplex):
            reader.open(data)
        return
    assert reader.open(data).pages == count
    reader.page(count - 1, 20)
    reader.check_for_filing()


GIGANTIC: dict[str, Callable[[], bytes]] = {
    "PNG": lambda: strange.png_header(60_000, 60_000),
    "JPEG": lambda: strange.jpeg_header(65_000, 65_000),
    "TIFF": lambda: strange.tiff_header(100_000, 100_000),
    "white PNG": lambda: strange.png_header(2_000_000_000, 1),
}


@pytest.mark.parametrize("kind", GIGANTIC)
def test_a_picture_that_says_it_is_gigantic_is_refused_before_it_is_decoded(
    reader: Reader, kind: str
) -> None:
    """With its megapixels and the limit."""
    with pytest.raises(ImageTooLarge) as refused:
        reader.open(GIGANTIC[kind]())
    assert int(refused.value.fields["megapixels"]) > int(refused.value.fields["limit"]) == 150


def test_the_second_page_is_measured_too(reader: Reader) -> None:
    """A bomb may hide behind an honest first page."""
    honest = strange.saved(strange.sheet(60, 80, "L"), "TIFF")
    (start,) = struct.unpack("<I", honest[4:8])
    (count,) = struct.unpack("<H", honest[start : start + 2])
    link = start + 2 + 12 * count
    bomb = strange.tiff_header(100_000, 100_000)[8:]
    data = bytearray(honest + bomb)
    data[link : link + 4] = struct.pack("<I", len(honest))
    assert reader.open(bytes(data)).pages == 2
    with pytest.raises(ImageTooLarge):
        reader.page(1, 100)
    with pytest.raises(ImageTooLarge):
        reader.check_for_filing()


def test_a_picture_whose_notes_inflate_is_refused_or_shown_without_them(reader: Reader) -> None:
    """Compressed words and colour profiles of a PNG can be bombs."""
    data = strange.saved(strange.sheet(60, 80), "PNG")
    bomb = zlib.compress(bytes(200 << 20), 9)
    for name, head in ((b"zTXt", b"a\0\0"), (b"iCCP", b"a\0\0")):
        body = name + head + bomb
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        try:
            reader.open(data[:33] + chunk + data[33:])
        except FileRefused as refused:
            assert isinstance(refused, (BrokenFile, TooComplex))  # noqa: PT017  # either way is right


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9])
def test_a_picture_that_is_cut_is_broken(reader: Reader, kind: str, share: float) -> None:
    """Never shown half grey."""
    data = strange.saved(strange.noisy(300, 400), kind)
    with pytest.raises(BrokenFile):
        reader.open(data[: max(8, int(len(data) * share))])


def test_a_picture_has_no_text_layer(reader: Reader) -> None:
    """Nothing is guessed."""
    reader.open(strange.saved(strange.sheet(), "PNG"))
    assert reader.page_text(0) == ""
