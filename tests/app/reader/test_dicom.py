"""DICOM: whom and what, in French; frames in the grey that was meant; what cannot be shown is said."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from app.reader.dicom import DicomDocument
from app.reader.errors import BrokenFile, CannotShrink, ImageTooLarge, NotAccepted, ReaderFailed
from app.reader.server import open_document
from app.reader.sniffing import kind_of
from app.reader.values import Kind, Limits, Notice
from tests.app.reader import cda_files, strange
from tests.app.reader import dicom_files as made
from tests.app.reader.dicom_files import dicom, element, fragments, pixels, ramp

if TYPE_CHECKING:
    from pathlib import Path


def document(data: bytes) -> DicomDocument:
    """Open a file in this process."""
    assert kind_of(data) is Kind.DICOM
    opened = open_document(data, Limits())
    assert isinstance(opened, DicomDocument)
    return opened


def greys(data: bytes, page: int = 0) -> list[int]:
    """Return the first row of a page; every pixel must be grey."""
    picture = document(data).pages.draw(page, 8)
    row = [picture.getpixel((x, 0)) for x in range(picture.width)]
    assert all(isinstance(one, tuple) and len(set(one)) == 1 for one in row)
    return [one[0] for one in row if isinstance(one, tuple)]


def test_who_and_what_are_said_in_french() -> None:
    """A chest radiograph of Jeanne Martin."""
    told = document(made.radiograph()).opened
    assert (told.kind, told.title, told.kind_label) == (
        Kind.DICOM,
        "Radiographie – thorax",
        "Radiographie",
    )
    assert (told.date, told.author, told.custodian) == ("2026-11-03", "Dr Paul LEFÈVRE", "Hôpital du Parc")
    assert told.patient is not None
    assert (told.patient.name, told.patient.birth_date) == ("Jeanne MARTIN", "1952-08-14")
    assert (told.pages, told.drawn_pages, told.notices) == (1, 0, (Notice.NOT_FOR_DIAGNOSIS,))


def test_the_number_of_an_ins_authority_is_the_ins() -> None:
    """It is one of the other numbers of the person; the hospital's own is no INS."""
    issuer = made.sequence(element(0x40, 0x32, "UT", "1.2.250.1.213.1.4.10"), group=0x10, number=0x24)
    other = made.sequence(element(0x10, 0x20, "LO", "252087599999933") + issuer, group=0x10, number=0x1002)
    told = document(dicom(extra=other)).opened
    assert told.patient is not None
    assert told.patient.ins == "252087599999933"


@pytest.mark.parametrize("syntax", [made.LITTLE, made.IMPLICIT, made.BIG, made.DEFLATED])
def test_each_way_of_writing_the_elements(syntax: str) -> None:
    """The same radiograph, with sixteen bits a pixel."""
    order = ">" if syntax == made.BIG else "<"
    data = b"".join(struct.pack(f"{order}H", one * 16) for one in ramp())
    window: made.Elements = {(0x28, 0x1050): ("DS", 2048), (0x28, 0x1051): ("DS", 4096)}
    told = greys(dicom(pixels(bits=16, stored=12), window, data=data, syntax=syntax))
    assert told[0] == 0
    assert told[-1] >= 250
    assert told == sorted(told)


def words16(*values: int) -> bytes:
    """Write signed numbers for a picture of 8 × 4."""
    return b"".join(struct.pack("<h", one) for one in values) * 4


def test_windows_are_those_of_the_standard() -> None:
    """Hounsfield units, a bone window: what lies outside is black or white."""
    rescale: made.Elements = {
        (0x28, 0x1050): ("DS", "300\\40"),
        (0x28, 0x1051): ("DS", "1500\\400"),
        (0x28, 0x1052): ("DS", "-1024"),
        (0x28, 0x1053): ("DS", "1"),
    }
    data = words16(0, 574, 800, 1324, 1800, 2073, 2500, 4000)
    told = greys(dicom(pixels(bits=16, signed=1), rescale, data=data))
    assert told[:2] == [0, 0]
    assert told[3] == pytest.approx(128, abs=1)
    assert told[5:] == [255, 255, 255]


def test_without_a_window_its_own_range_is_used() -> None:
    """Signed numbers, from their least to their most."""
    told = greys(dicom(pixels(bits=16, signed=1), data=words16(-1000, 0, 1000, 0, 0, 0, 0, 0)))
    assert told[:3] == [0, 128, 255]


def test_inverted_grey_is_turned() -> None:
    """MONOCHROME1: the least is white."""
    assert greys(dicom(pixels(light="MONOCHROME1"), data=ramp()))[::7] == [255, 0]


def test_colours_in_each_order() -> None:
    """Pixel by pixel, plane by plane, light and colour apart, shared by two."""
    red = (200, 30, 30)
    luma = Image.new("RGB", (1, 1), red).convert("YCbCr").getpixel((0, 0))
    assert isinstance(luma, tuple)
    y, blue, reddish = (int(one) for one in luma)
    ways = {
        ("RGB", 0): bytes(red) * 32,
        ("RGB", 1): b"".join(bytes([one]) * 32 for one in red),
        ("YBR_FULL", 0): bytes((y, blue, reddish)) * 32,
        ("YBR_FULL_422", 0): bytes((y, y, blue, reddish)) * 16,
    }
    for (light, planar), data in ways.items():
        told = document(dicom(pixels(samples=3, light=light, planar=planar), data=data))
        seen = told.pages.draw(0, 8).getpixel((3, 2))
        assert isinstance(seen, tuple)
        assert all(abs(a - b) < 4 for a, b in zip(seen, red, strict=True)), light


def test_a_palette_gives_colours() -> None:
    """As echographies have them."""
    tables: made.Elements = {}
    for number, colour in ((1, 200), (2, 30), (3, 90)):
        tables[0x28, 0x1100 + number] = ("US", (256, 0, 16))
        tables[0x28, 0x1200 + number] = ("OW", bytes([0, colour]) * 256)
    told = document(dicom(pixels(light="PALETTE COLOR"), tables, data=ramp()))
    assert told.pages.draw(0, 8).getpixel((1, 1)) == (200, 30, 90)


def test_packed_pictures() -> None:
    """JPEG, JPEG 2000 in eight and sixteen bits, run lengths."""
    grey = Image.frombytes("L", (8, 4), ramp())
    deep = Image.frombytes("I;16", (8, 4), b"".join(struct.pack("<H", one * 256) for one in ramp()))
    for syntax, data, bits in (
        (made.JPEG, made.packed_picture("JPEG", grey, quality=100), 8),
        (made.JPEG_2000, made.packed_picture("JPEG2000", grey, irreversible=False), 8),
        (made.JPEG_2000, made.packed_picture("JPEG2000", deep, irreversible=False), 16),
        (made.RLE, fragments(made.rolled(ramp())), 8),
    ):
        told = greys(dicom(pixels(bits=bits), data=data, syntax=syntax))
        assert told == pytest.approx(list(ramp()[:8]), abs=6), (syntax, bits)


def test_colour_jpeg_is_not_changed_twice() -> None:
    """What says RGB and carries no marker is RGB already."""
    picture = Image.new("RGB", (8, 8), (200, 30, 30))
    told = document(
        dicom(
            pixels(8, 8, samples=3, light="YBR_FULL_422"),
            data=made.packed_picture("JPEG", picture, quality=100),
            syntax=made.JPEG,
        )
    )
    seen = told.pages.draw(0, 8).getpixel((4, 4))
    assert isinstance(seen, tuple)
    assert all(abs(a - b) < 12 for a, b in zip(seen, (200, 30, 30), strict=True))


def test_frames_are_pages() -> None:
    """Three, each another grey; a thousand are shown in part."""
    three = dicom(pixels(frames=3), data=bytes(32) + bytes([99]) * 32 + bytes([200]) * 32)
    assert [greys(three, page)[0] for page in range(3)] == [0, 99, 200]
    many = document(dicom(pixels(2, 2, frames=1000), data=bytes(4000)))
    assert len(many.pages) == 300
    assert Notice.DRAWN_IN_PART in many.opened.notices


def test_no_picture_is_said() -> None:
    """A structured report, the table of a CD."""
    told = document(dicom({(0x08, 0x60): ("CS", "SR")}))
    assert told.opened.notices == (Notice.NO_PICTURE,)
    assert "ne contient pas d’image" in told.opened.text
    assert told.opened.pages == told.opened.drawn_pages == 1
    assert "Jeanne MARTIN" in told.pages.text(0)


def test_a_picture_packed_in_another_way_is_said() -> None:
    """Who and when are shown all the same."""
    told = document(dicom(pixels(), data=fragments(b"\xff\xd8\xff\xf7" + bytes(40)), syntax=made.JPEG_LS))
    assert told.opened.notices == (Notice.PICTURE_NOT_DECODED,)
    assert told.opened.title == "Radiographie – thorax"
    one_bit = document(dicom(pixels(bits=1), data=ramp()))
    assert one_bit.opened.notices == (Notice.PICTURE_NOT_DECODED,)


@pytest.mark.parametrize("inner", [strange.pdf(2), cda_files.narrative("<paragraph>Mots</paragraph>")])
def test_a_document_in_it_is_shown_as_itself(inner: bytes) -> None:
    """A PDF report that an imaging program wrapped; a CDA."""
    told = document(dicom(extra=element(0x42, 0x11, "OB", inner)))
    assert told.opened.embedded[0].size == len(inner) + len(inner) % 2
    assert told.embedded(0).rstrip(b"\0") == inner.rstrip(b"\0")
    assert told.opened.notices == ()
    assert told.pages.text(0).strip()


def test_it_is_read_and_not_filed() -> None:
    """Neither rewritten."""
    told = document(made.radiograph())
    with pytest.raises(NotAccepted):
        told.check_for_filing()
    with pytest.raises(CannotShrink):
        told.shrink(10)
    with pytest.raises(ReaderFailed):
        told.embedded(0)


def test_a_preface_that_looks_like_another_file_is_none() -> None:
    """Its first 128 bytes are free, and some writers put the head of a TIFF there."""
    data = made.radiograph()
    for head in (b"II*\x00\x08\x00\x00\x00", b"%PDF-1.7\n", b"PK\x03\x04", b"<?xml"):
        assert kind_of(head.ljust(128, b"\0") + data[128:]) is Kind.DICOM


def test_what_is_untrue_is_refused() -> None:
    """Sizes that the bytes do not have, sizes that no screen has."""
    for data, fault in (
        (dicom(pixels(1000, 1000), data=ramp()), BrokenFile),
        (dicom(pixels(0, 8), data=ramp()), BrokenFile),
        (dicom(pixels(60_000, 60_000), data=ramp()), ImageTooLarge),
        (dicom(pixels(stored=200), data=ramp()), BrokenFile),
        (made.radiograph()[:140], BrokenFile),
        (bytes(128) + b"DICM", BrokenFile),
    ):
        with pytest.raises(fault):
            document(data)


@pytest.mark.parametrize(
    ("name", "title", "size"),
    [
        ("CT_small.dcm", "Scanner – e+1", (128, 128)),
        ("MR_small.dcm", "IRM", (64, 64)),
        ("SC_rgb_jpeg.dcm", "Image médicale", (256, 256)),
        ("examples_jpeg2k.dcm", "Échographie", (640, 480)),
    ],
)
def test_the_samples(samples: Path, name: str, title: str, size: tuple[int, int]) -> None:
    """Real files of four makers: each opens, and each has blacks, whites and something between."""
    told = document((samples / "dicom" / name).read_bytes())
    assert told.opened.title == title
    picture = told.pages.draw(0, 2000)
    assert picture.size == size
    assert len(set(picture.convert("L").tobytes())) > 10
