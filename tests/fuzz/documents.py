"""Documents of strangers, and what the reader process answers about them."""

from __future__ import annotations

import contextlib
import io
import zlib
from functools import cache
from typing import TYPE_CHECKING

import orjson

from app.reader import client, paper_wire, wire
from app.reader.errors import FileRefused
from app.reader.server import open_document
from tests.app.reader import cda_files, strange, xdm_files
from tests.app.reader import dicom_files as dicom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.fuzz.changing import Tape


from tests.fuzz.ground import SMALL, Ground, whole

__all__ = [
    "answers",
    "bent_fields",
    "cda_seeds",
    "dicom_seeds",
    "every_start",
    "frames",
    "hear_answer",
    "pdf_seeds",
    "picture_seeds",
    "rtf_seeds",
    "shown",
    "text_seeds",
    "xdm_of_list",
    "xdm_seeds",
]


def shown(data: bytes, _ground: Ground) -> None:
    """Open a document and ask for what a screen asks for."""
    document = open_document(data, SMALL)
    wire.opened_from(orjson.loads(orjson.dumps(wire.opened_to(document.opened))), "", len(data))
    for number in {0, len(document.pages) - 1}:
        document.pages.draw(number, 200)
        document.pages.text(number)
    with contextlib.suppress(FileRefused):
        document.check_for_filing()


@cache
def cda_seeds() -> list[bytes]:
    """Return CDA of each form."""
    table = (
        '<table><thead><tr><th rowspan="2">A</th><th colspan="2">B</th></tr></thead><tbody><tr><td>1</td>'
        '<td>2</td></tr></tbody></table><list listType="ordered"><item>x<sup>2</sup></item></list><br/>'
        '<renderMultiMedia referencedObject="M"/><content styleCode="Bold">gras</content>'
    )
    entry = cda_files.media("M", strange.saved(strange.sheet(20, 20), "PNG"), "image/png")
    rich = cda_files.cda(cda_files.structured(cda_files.section(table, more=entry)))
    bare = cda_files.cda(cda_files.structured(cda_files.section("", more=entry)))
    file = cda_files.cda(cda_files.file_body(b"Bonjour, le 12/03/2026", "text/plain"))
    return [rich, bare, file, rich.decode().replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16")]


@cache
def xdm_seeds() -> list[bytes]:
    """Return sets; one is not compressed, so that a change reaches what is inside."""
    scan = xdm_files.Sent("A.PNG", strange.saved(strange.sheet(20, 20), "PNG"), media_type="image/png")
    letter = xdm_files.Sent("A.XML", xdm_files.LETTER)
    stored = []
    for name, data in (("METADATA.XML", xdm_files.metadata(letter)), ("A.XML", xdm_files.LETTER)):
        path = f"{xdm_files.FOLDER}{name}".encode()
        stored.append(xdm_files.Raw(path, data, len(data), zlib.crc32(data), method=0))
    return [xdm_files.xdm(), xdm_files.xdm(letter, scan), xdm_files.written(stored)]


def xdm_of_list(data: bytes, ground: Ground) -> None:
    """Open a set whose list is this."""
    shown(xdm_files.xdm(told=data), ground)


def bent_fields(tape: Tape, seeds: Sequence[bytes]) -> bytes:
    """Write a set whose ZIP's fields are changed one by one."""
    members = xdm_files.honest(xdm_files.deflated(b"IHE_XDM/SUBSET01/NOTE.TXT", b"Bonjour"))
    for _ in range(1 + tape.number(3)):
        one = tape.pick(members)
        name = tape.pick(
            ("size", "checksum", "method", "flags", "external", "start", "packed_size", "system")
        )
        small = name in {"method", "flags"}
        value = tape.pick((0, 1, 8, 0x41, 0x800, 0x7FFF, 0xFFFF)) if small else tape.number(1 << 20)
        setattr(one, name, value & 0xFF if name == "system" else value)
    return xdm_files.written(members, before=tape.take(tape.number(3)), after=tape.take(tape.number(3)))


@cache
def dicom_seeds() -> list[bytes]:
    """Return files of each way of writing."""
    from PIL import Image

    grey = Image.frombytes("L", (8, 4), dicom.ramp())
    window: dicom.Elements = {
        (0x28, 0x1050): ("DS", "40\\300"),
        (0x28, 0x1051): ("DS", "400"),
        (0x28, 0x1052): ("DS", "-1024"),
        (0x28, 0x1053): ("DS", "1"),
    }
    palette: dicom.Elements = {
        **{(0x28, 0x1101 + n): ("US", (256, 0, 16)) for n in range(3)},
        **{(0x28, 0x1201 + n): ("OW", bytes(512)) for n in range(3)},
    }
    issuer = dicom.sequence(dicom.element(0x40, 0x32, "UT", "1.2.250.1.213.1.4.10"), group=0x10, number=0x24)
    return [
        dicom.radiograph(),
        dicom.dicom(dicom.pixels(bits=16, signed=1), window, data=dicom.ramp() * 2),
        dicom.dicom(dicom.pixels(bits=16), data=dicom.ramp() * 2, syntax=dicom.BIG),
        dicom.dicom(dicom.pixels(), data=dicom.ramp(), syntax=dicom.IMPLICIT),
        dicom.dicom(dicom.pixels(light="PALETTE COLOR"), palette, data=dicom.ramp()),
        dicom.dicom(dicom.pixels(samples=3, light="YBR_FULL_422", frames=2), data=dicom.ramp() * 4),
        dicom.dicom(dicom.pixels(), data=dicom.packed_picture("JPEG", grey), syntax=dicom.JPEG),
        dicom.dicom(dicom.pixels(), data=dicom.packed_picture("JPEG2000", grey), syntax=dicom.JPEG_2000),
        dicom.dicom(dicom.pixels(), data=dicom.fragments(dicom.rolled(dicom.ramp())), syntax=dicom.RLE),
        dicom.dicom(
            dicom.pixels(), data=dicom.fragments(dicom.lossless([*dicom.ramp()], 8, 4)), syntax=dicom.LOSSLESS
        ),
        dicom.dicom(extra=issuer + dicom.nested(4)),
        dicom.dicom(extra=dicom.element(0x42, 0x11, "OB", cda_files.narrative("Mots"))),
    ]


@cache
def picture_seeds() -> list[bytes]:
    """Return small pictures of each format."""
    small = strange.sheet(32, 40)
    return [
        *(strange.saved(small, kind) for kind in ("JPEG", "PNG", "TIFF")),
        strange.saved(small, "TIFF", compression="tiff_lzw", save_all=True, append_images=[small]),
        strange.saved(small.convert("P"), "PNG", transparency=0),
        strange.saved(
            small,
            "JPEG",
            progressive=True,
            exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0",
        ),
    ]


@cache
def pdf_seeds() -> list[bytes]:
    """Return PDF with what is looked for."""
    changes = (
        strange.with_open_action,
        strange.with_field_script,
        strange.with_attachment,
        strange.with_flash,
    )
    return [
        strange.pdf(),
        strange.locked(),
        strange.pdf_form(),
        strange.with_appended_update(),
        *(strange.changed(each) for each in changes),
    ]


def rtf_seeds() -> list[bytes]:
    """Return RTF of word processors."""
    return [
        strange.rtf(r"Ordonnance {\b du \'e9t\'e9} \u8217? fin\par\trowd\cellx900 a\cell b\cell\row"),
        strange.rtf(r"{\field{\*\fldinst HYPERLINK}{\fldrslt lien}}{\footnote note}\bin3 abc"),
        strange.rtf(r"{\header tete}{\pict\pngblip 89504e47}{\object\objemb{\*\objdata 01}} Mots"),
    ]


def text_seeds() -> list[bytes]:
    """Return plain texts."""
    words = "Ordonnance du Dr Paul LEFÈVRE\nMme Jeanne MARTIN, née le 14/08/1952\nINS 252087599999933\n"
    return [words.encode(), words.encode("cp1252"), words.encode("utf-16"), words.encode("utf-16-le")]


def every_start() -> list[bytes]:
    """Return the first bytes of everything."""
    return [
        each[:200]
        for seeds in (
            cda_seeds(),
            xdm_seeds(),
            dicom_seeds(),
            picture_seeds(),
            pdf_seeds(),
            rtf_seeds(),
            text_seeds(),
        )
        for each in seeds
    ]


def frames() -> list[bytes]:
    """Return whole frames of a reader process."""
    found = []
    for data in (xdm_seeds()[1], pdf_seeds()[0], text_seeds()[0]):
        sink = io.BytesIO()
        wire.write_frame(sink, wire.opened_to(open_document(data, SMALL).opened), b"abc")
        found.append(sink.getvalue())
    return found


def answers() -> list[bytes]:
    """Return the headers alone, a refusal, codes, a paper."""
    heads = [orjson.loads(each[4:].partition(b'"payload":')[0] + b'"payload":0}') for each in frames()]
    return [
        *map(whole, heads),
        whole({"refused": "file-too-heavy", "fields": {"size": 3, "limit": 2}}),
        whole({"codes": [{"kind": "qr", "text": "x"}], "width": 3, "height": 4}),
        whole({"words": [], "lines": [], "corners": [[0, 0]], "turn": 0}),
    ]


def hear_answer(data: bytes, _ground: Ground) -> None:
    """Believe an answer as the client does."""
    header = orjson.loads(data)
    if not isinstance(header, dict):
        return
    told, _ = client._believed((header, b""))
    for read in (
        lambda: wire.opened_from(told, "", 0),
        lambda: paper_wire.codes_from(told),
        lambda: paper_wire.seen_from(told),
        lambda: paper_wire.words_from(told),
        lambda: paper_wire.edit_from(told),
    ):
        with contextlib.suppress(KeyError, TypeError, ValueError):
            read()
