"""Pictures of papers, through the real reader process: looked at, edited, kept, bound with their words."""

from __future__ import annotations

import base64
import io
import random
import struct
import time
import zlib
from typing import TYPE_CHECKING

import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from app.reader.client import Reader
from app.reader.errors import (
    BrokenFile,
    CannotShrink,
    EmptyFile,
    ImageTooLarge,
    NotAccepted,
    ReaderFailed,
)
from app.reader.ins_datamatrix import Identity, parse, write
from app.reader.paper_values import Edit, PageWords, Word, inset
from app.reader.papers import Papers
from app.reader.values import Notice
from sync.service.demo.copies import photographed
from sync.service.demo.typeface import REGULAR, font_file

if TYPE_CHECKING:
    from collections.abc import Iterator

A4 = (1240, 1754)
# A photo of 64 by 96 pixels as a phone writes it; what reads HEIC here cannot write it.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAA"
    "AAAAACJpbG9jAAAAAERAAAEAAQAAAAABegABAAAAAAAAADoAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAA"
    "AA5waXRtAAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNw"
    "AAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBhZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHB"
    "crAiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAYAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAA"
    "AAABAAEEgQIDBAAAAEJtZGF0AAAANigBrxmAxEcrUwE+PG/8ptmMpYQriwWwomFZGqlKyP2/HpRv6j1JHVtvobzgVR1I/fTs"
    "oewySg=="
)
LINES = (
    "Docteur Hélène Lefèvre", "Bourges, le 3 mars 2026", "Madame Jeanne MARTIN, née le 03/05/1946",
    "ORDONNANCE", "Paracétamol, un comprimé matin et soir", "Vitamine D, une ampoule par mois",
)  # fmt: skip


@pytest.fixture(scope="module")
def papers() -> Iterator[Papers]:
    """The program's end, on a process of its own."""
    with Reader() as reader:
        yield Papers(reader)


def page(lines: tuple[str, ...] = LINES, *, size: tuple[int, int] = A4) -> Image.Image:
    """A page with a few lines from the top to the bottom."""
    picture = Image.new("RGB", size, (250, 249, 246))
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(str(font_file(REGULAR)), size[0] // 34)
    for place, line in enumerate(lines * 3):
        pen.text((size[0] // 9, size[1] // 12 * 1 + place * size[1] // 22), line, (30, 30, 40), font)
    return picture


def png(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Its bytes."""
    sink = io.BytesIO()
    picture.save(sink, kind, **options)
    return sink.getvalue()


def picture_of(data: bytes) -> Image.Image:
    """Open what came back."""
    return Image.open(io.BytesIO(data))


# ---------------------------------------------------------------- a first look


def test_a_straight_scan_is_left_alone(papers: Papers) -> None:
    """Nothing is proposed where nothing is needed."""
    seen = papers.look(png(page()), is_photo=False)
    assert (seen.width, seen.height, seen.is_blank) == (*A4, False)
    assert seen.proposed == Edit()


@pytest.mark.parametrize("tilt", [-5.0, -1.5, 0.8, 3.0])
def test_a_tilted_scan_is_straightened(papers: Papers, tilt: float) -> None:
    """To a fifth of a degree."""
    askew = page().rotate(tilt, Image.Resampling.BICUBIC, fillcolor=(250, 249, 246))
    assert papers.look(png(askew), is_photo=False).proposed.angle == pytest.approx(-tilt, abs=0.21)


def test_a_photo_is_cut_to_the_paper(papers: Papers) -> None:
    """Tilted, from a corner, half in a shadow: the corners are those of the paper."""
    drawn = page(size=(2480, 3508))
    photo = photographed(drawn.width, drawn.height, drawn.tobytes(), random.Random(3))
    seen = papers.look(photo, is_photo=True)
    assert seen.proposed.is_cleared
    assert seen.proposed.corners is not None
    kept = picture_of(papers.keep(photo, seen.proposed))
    assert kept.height / kept.width == pytest.approx(1.414, rel=0.06)
    corner = kept.convert("L").resize((40, 56), Image.Resampling.BOX)
    brightness = [corner.getpixel(place) for place in ((2, 2), (37, 2), (2, 53), (37, 53))]
    assert min(brightness) > 215, "no table is left in the corners"


def test_a_band_of_colour_is_not_cut_away(papers: Papers) -> None:
    """Words stand in a dark band across the page: what could be words outside forbids the cut."""
    drawn = page(size=(2480, 3508))
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((0, 0, 2480, 420), fill=(20, 70, 110))
    for line in range(4):
        pen.text((200, 60 + 80 * line), "Laboratoire de biologie médicale du Val d’Auron", "white",
                 ImageFont.truetype(str(font_file(REGULAR)), 70))  # fmt: skip
    photo = photographed(drawn.width, drawn.height, drawn.tobytes(), random.Random(3))
    assert papers.look(photo, is_photo=True).proposed.corners is None


def test_a_picture_that_is_all_paper_is_not_cut(papers: Papers) -> None:
    """A photo from close by has no border."""
    assert papers.look(png(page(), "JPEG"), is_photo=True).proposed.corners is None


def test_a_picture_without_paper_is_not_cut(papers: Papers) -> None:
    """A cat on a sofa: soft spots of colour."""
    chance = random.Random(1)
    cat = Image.frombytes("RGB", (40, 30), chance.randbytes(3600)).resize(
        (1200, 900), Image.Resampling.BICUBIC
    )
    seen = papers.look(png(cat, "JPEG"), is_photo=True)
    assert seen.proposed.corners is None
    assert seen.proposed.angle == 0.0


@pytest.mark.parametrize("shade", [255, 236, 200])
def test_a_blank_page_is_known(papers: Papers, shade: int) -> None:
    """Grain, specks and what shines through from the back are no words."""
    chance = random.Random(2)
    grain = Image.frombytes("L", A4, chance.randbytes(A4[0] * A4[1])).point([v // 16 for v in range(256)])
    blank = Image.new("L", A4, shade)
    blank.paste(shade - 12, (0, 0), grain)
    behind = (
        page().convert("L").transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(2))
    )
    blank = Image.blend(blank, behind, 0.08)
    pen = ImageDraw.Draw(blank)
    for _ in range(30):
        x, y = chance.randrange(A4[0]), chance.randrange(A4[1])
        pen.point((x, y), fill=60)
    assert papers.look(png(blank), is_photo=False).is_blank


def test_one_short_line_is_not_blank(papers: Papers) -> None:
    """« Vu, le 3 mars » is a page."""
    picture = Image.new("L", A4, 250)
    font = ImageFont.truetype(str(font_file(REGULAR)), 36)
    ImageDraw.Draw(picture).text((140, 200), "Vu, le 3 mars 2026", 40, font)
    assert not papers.look(png(picture), is_photo=False).is_blank


# ---------------------------------------------------------------- what comes in


def test_an_iphone_photo_is_read(papers: Papers) -> None:
    """HEIC goes in, JPEG comes out."""
    seen = papers.look(HEIC, is_photo=True)
    assert (seen.width, seen.height) == (64, 96)
    assert picture_of(papers.keep(HEIC, seen.proposed)).format == "JPEG"


def test_a_phone_held_upright_is_obeyed(papers: Papers) -> None:
    """The Exif mark turns the picture before anything else."""
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = page().transpose(Image.Transpose.ROTATE_90)
    seen = papers.look(png(lying, "JPEG", exif=exif), is_photo=False)
    assert (seen.width, seen.height) == A4


REFUSED = {
    "nothing": (b"", EmptyFile),
    "words": (b"Bonjour", NotAccepted),
    "cut short": (png(page())[:3000], BrokenFile),
    "a gif": (b"GIF89a" + bytes(40), NotAccepted),
}


@pytest.mark.parametrize(("data", "error"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_picture_is_refused(papers: Papers, data: bytes, error: type[Exception]) -> None:
    """And the process goes on."""
    with pytest.raises(error):
        papers.look(data, is_photo=True)
    assert not papers.look(png(page()), is_photo=False).is_blank


# ---------------------------------------------------------------- edits


def test_a_turn_is_clockwise_and_last(papers: Papers) -> None:
    """The top of the page comes to the right."""
    marked = Image.new("RGB", (400, 600), "white")
    ImageDraw.Draw(marked).rectangle((0, 0, 399, 60), fill="black")
    shown = papers.show(png(marked), Edit(turn=90), 600)
    assert (shown.width, shown.height) == (600, 400)
    turned = Image.frombytes("RGB", (600, 400), shown.rgb).convert("L")
    assert turned.getpixel((590, 200)) == 0
    assert turned.getpixel((10, 200)) == 255


def test_a_rectangle_is_cut(papers: Papers) -> None:
    """The shares that are given go away on each side."""
    shown = papers.show(png(page()), Edit(inset(0.1, 0.2, 0.1, 0.3)), 1754)
    assert (shown.width, shown.height) == (pytest.approx(992, abs=2), pytest.approx(877, abs=2))


def test_shadows_go_and_words_stay(papers: Papers) -> None:
    """Paper becomes white in the shadow too, ink stays dark."""
    shade = Image.linear_gradient("L").resize(A4).point([110 + v // 2 for v in range(256)])
    dim = Image.composite(page(), Image.new("RGB", A4, "black"), shade).convert("RGB")
    shown = papers.show(png(dim), Edit(is_cleared=True), 1754)
    grey = Image.frombytes("RGB", A4, shown.rgb).convert("L")
    counts = grey.histogram()
    assert sum(counts[:120]) > 5000, "ink"
    ground = grey.filter(ImageFilter.MedianFilter(9)).resize((10, 14), Image.Resampling.BOX)
    assert min(ground.get_flattened_data()) > 225


def test_a_page_without_colour_is_kept_grey(papers: Papers) -> None:
    """It is a third lighter; a page with a red stamp keeps it."""
    assert picture_of(papers.keep(png(page()), Edit())).mode == "L"
    stamped = page()
    ImageDraw.Draw(stamped).rectangle((800, 1300, 1100, 1500), outline=(200, 20, 20), width=12)
    assert picture_of(papers.keep(png(stamped), Edit())).mode == "RGB"


def test_the_open_document_stays_open(papers: Papers) -> None:
    """Loose pages are looked at while a document is shown."""
    reader = papers._reader
    reader.open(b"Bonjour")
    papers.look(png(page()), is_photo=False)
    assert reader.page(0, 200).width == 200


# ---------------------------------------------------------------- codes


def test_the_ins_code_on_a_page_is_read(papers: Papers) -> None:
    """Printed at two centimetres, scanned askew."""
    identity = Identity(
        "246051803399112", "1.2.250.1.213.1.4.8", ("JEANNE", "MARIE"), "D'ARC", "F", "1946-05-03", "18033"
    )
    made = zxingcpp.create_barcode(write(identity), zxingcpp.BarcodeFormat.DataMatrix).to_image(scale=3)
    code = Image.frombuffer("L", (made.shape[1], made.shape[0]), bytes(made))
    sheet = page()
    sheet.paste(code, (900, 60))
    askew = sheet.rotate(2, Image.Resampling.BICUBIC, fillcolor=(250, 249, 246))
    (found,) = papers.codes(png(askew))
    assert found.kind == "DataMatrix"
    assert parse(found.text) == identity


def test_a_page_without_code_has_none(papers: Papers) -> None:
    """And takes no error."""
    assert papers.codes(png(page())) == ()


# ---------------------------------------------------------------- binding


WORDS = PageWords((
    Word("Ordonnance", 0.1, 0.1, 0.2, 0.02, 96.0, 0, 0),
    Word("cœur", 0.1, 0.15, 0.1, 0.02, 91.0, 1, 0),
    Word("28", 0.22, 0.15, 0.03, 0.02, 90.0, 1, 0),
    Word("€", 0.26, 0.15, 0.02, 0.02, 80.0, 1, 0),
))  # fmt: skip


def test_pages_become_one_pdf_with_words(papers: Papers) -> None:
    """In their order, each with its own words, found again by the reader."""
    first, second = (papers.keep(png(page((line,))), Edit()) for line in ("Un", "Deux"))
    bound = papers.bind([first, second], [WORDS, PageWords()], 5_000_000)
    opened = papers._reader.open(bound.data)
    assert (opened.media_type, opened.pages) == ("application/pdf", 2)
    assert opened.notices == (Notice.RECOGNISED_WORDS,), "whoever reads the words is warned"
    assert papers._reader.page_text(0).split() == ["Ordonnance", "cœur", "28", "€"]
    assert papers._reader.page_text(1) == ""
    papers._reader.check_for_filing()
    assert not bound.is_plain


def test_words_do_not_show(papers: Papers) -> None:
    """The page looks the same with and without them."""
    kept = papers.keep(png(page()), Edit())
    drawn = []
    for words in (PageWords(), WORDS):
        papers._reader.open(papers.bind([kept], [words], 5_000_000).data)
        drawn.append(papers._reader.page(0, 600).rgb)
    assert drawn[0] == drawn[1]


def test_many_pages_become_black_and_white_before_they_are_refused(papers: Papers) -> None:
    """Forty pages in little room: words stay sharp, colours go, and it is said."""
    kept = papers.keep(png(page()), Edit())
    bound = papers.bind([kept] * 40, [PageWords()] * 40, 1_500_000)
    assert bound.is_plain
    assert len(bound.data) <= 1_500_000
    assert papers._reader.open(bound.data).pages == 40


def test_pages_that_never_fit_are_refused_with_the_size(papers: Papers) -> None:
    """Noise does not shrink."""
    chance = random.Random(4)
    noise = Image.frombytes("RGB", (1240, 1754), chance.randbytes(1240 * 1754 * 3))
    kept = papers.keep(png(noise, "JPEG", quality=90), Edit())
    with pytest.raises(CannotShrink) as caught:
        papers.bind([kept] * 12, [PageWords()] * 12, 500_000)
    assert caught.value.fields["limit"] == 500_000 - 12 * 400


def test_words_of_a_page_that_is_none_are_refused(papers: Papers) -> None:
    """What is bound comes from our own keep; anything else is a fault."""
    with pytest.raises(ReaderFailed):
        papers.bind([b"no picture"], [PageWords()], 5_000_000)


# -- the wrong way --------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.8, 0.98])
def test_an_iphone_photo_cut_in_two_is_broken(papers: Papers, share: float) -> None:
    """The stick was pulled, the phone lost its network: a sentence, and the next one works."""
    with pytest.raises((BrokenFile, NotAccepted)):
        papers.look(HEIC[: round(len(HEIC) * share)], is_photo=True)
    assert papers.look(HEIC, is_photo=True).width == 64


def bomb(side: int) -> bytes:
    """Make a small PNG that says, truly, that it is huge: one colour, compressed a thousand times."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(9)
    row = bytes(1) + b"\xfa" * side
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_a_picture_of_twelve_thousand_pixels_a_side_is_a_blank_page(papers: Papers) -> None:
    """A page scanned far too finely is still a page; it is kept at the size of the others."""
    data = bomb(12_000)
    assert len(data) < 300_000
    seen = papers.look(data, is_photo=False)
    assert (seen.width, seen.is_blank) == (12_000, True)
    kept = Image.open(io.BytesIO(papers.keep(data, Edit())))
    assert max(kept.size) <= 2339


def test_a_larger_one_is_refused_before_it_is_decoded(papers: Papers) -> None:
    """In a fraction of the time that decoding a smaller one takes, with what it would be."""
    data, smaller = bomb(13_000), bomb(6_000)
    started = time.monotonic()
    with pytest.raises(ImageTooLarge) as caught:
        papers.look(data, is_photo=True)
    refused, started = time.monotonic() - started, time.monotonic()
    papers.look(smaller, is_photo=True)
    assert refused < (time.monotonic() - started) / 2
    assert caught.value.fields["megapixels"] == 169
