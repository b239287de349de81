"""Every evil document that is known to us, one a line, each made by a few lines of code.

What happens to each is said in the line: the code of its refusal, or « read » when it is shown without
doing what it was built to do. Each is given to a real reader process, which must be alive afterwards and
read the next good file; the refusal must have a sentence of its own for the person.
"""

from __future__ import annotations

import base64
import struct
import time
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from app.reader.client import Reader
from app.reader.errors import FileRefused, ScriptInside
from app.reader.values import Limits, Notice
from tests.app.reader import cda_files, strange, xdm_files
from tests.app.reader import dicom_files as dicom
from tests.app.reader.xdm_files import FOLDER, LETTER, Raw, Sent, deflated, honest, packed, written, xdm
from ui.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READ = "read"
SECONDS = 15.0
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Evil:
    """An evil file: how it is made, how it may end, and what must be said when it is read."""

    name: str
    make: Callable[[], bytes]
    ends: tuple[str, ...]
    notice: str = ""


# -- PDF ----------------------------------------------------------------------------------------------


def pdf_launch() -> bytes:
    """A link that would start a program."""
    return strange.changed(strange.with_launch)


def pdf_table_loop() -> bytes:
    """Return a cross-reference table whose table before it is itself."""
    data = strange.pdf_of_size(595, 842)
    start = data.rindex(b"xref\n0")
    return data.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % start)


def pdf_self_drawing() -> bytes:
    """Return a page whose drawing draws itself."""
    form = strange.stream(
        b"/F Do",
        b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 5 0 R >> >>",
    )
    return strange.pdf_with_content(b"/F Do", page=b"/Resources << /XObject << /F 5 0 R >> >>", more=(form,))


PDF = (
    Evil(
        "PDF: JavaScript", lambda: strange.changed(strange.with_open_action), (READ,), Notice.SCRIPT_NOT_RUN
    ),
    Evil("PDF: starts a program", pdf_launch, (READ,), Notice.SCRIPT_NOT_RUN),
    Evil("PDF: Flash film", lambda: strange.changed(strange.with_flash), (READ,), Notice.SCRIPT_NOT_RUN),
    Evil(
        "PDF: files in it", lambda: strange.changed(strange.with_attachment), (READ,), Notice.EMBEDDED_FILES
    ),
    Evil("PDF: password", lambda: strange.locked(user="secret"), ("file-password-protected",)),
    Evil("PDF: table points at itself", pdf_table_loop, (READ, "file-broken")),
    Evil("PDF: pages contain themselves", strange.pdf_round_tree, (READ, "file-broken")),
    Evil("PDF: a drawing draws itself", pdf_self_drawing, (READ, "file-broken")),
    Evil("PDF: 100 000 arrays in arrays", lambda: strange.pdf_nested(100_000), (READ, "file-broken")),
    Evil("PDF: content is a bomb in a bomb", strange.pdf_bomb, (READ, "file-broken", "file-too-complex")),
    Evil("PDF: picture of 10 000 megapixels", strange.pdf_picture_bomb, (READ, "file-too-complex")),
    Evil("PDF: page of 300 km", lambda: strange.pdf_of_size(9e8, 9e8), (READ, "file-broken")),
    Evil("PDF: page a hair wide", lambda: strange.pdf_of_size(0.001, 9e6), (READ, "file-broken")),
    Evil("PDF: form of 64 MiB", lambda: strange.pdf_xfa_bomb(64 * MIB), (READ, "file-broken")),
)


# -- pictures -----------------------------------------------------------------------------------------


def tiff(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    """Write a TIFF of one directory and 100 bytes after it."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\x00" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", following) + bytes(100)


def tiff_of(count: int = 1, *, strip: int = 16, rows: int = 4, following: int = 0, counted: int = 1) -> bytes:
    """Write a grey picture of 4 × 4, parts of it untrue."""
    place = 8 + 2 + 12 * 9 + 4
    return tiff(
        (256, 4, 1, 4),
        (257, 4, 1, 4),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, count, place),
        (277, 3, 1, counted),
        (278, 4, 1, rows),
        (279, 4, count, strip),
        following=following,
    )


def png_words_bomb() -> bytes:
    """Return a PNG whose comment inflates to 512 MiB."""
    data = strange.saved(strange.sheet(20, 20), "PNG")
    body = b"Comment\0\0" + strange.zlib_bomb(512 * MIB)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    return data[:33] + chunk + data[33:]


def gif_in_png_clothes() -> bytes:
    """Return what says PNG and is something else."""
    return b"\x89PNG\r\n\x1a\n" + strange.saved(strange.sheet(20, 20), "GIF")


def jpeg_of_scans() -> bytes:
    """Return a progressive JPEG whose last scan is said 500 times."""
    data = strange.saved(strange.sheet(1200, 1200), "JPEG", progressive=True)
    scan = data.rindex(b"\xff\xda")
    return data[:scan] + data[scan:-2] * 500 + data[-2:]


PICTURES = (
    Evil(
        "PNG: says 40 000 megapixels", lambda: strange.png_header(200_000, 200_000), ("file-image-too-large",)
    ),
    Evil(
        "JPEG: says 4 000 megapixels", lambda: strange.jpeg_header(65_000, 65_000), ("file-image-too-large",)
    ),
    Evil("JPEG: a scan said 500 times", jpeg_of_scans, (READ, "reader-took-too-long", "file-broken")),
    Evil("PNG: a comment of 512 MiB", png_words_bomb, (READ, "file-broken")),
    Evil("PNG: is a GIF", gif_in_png_clothes, ("file-broken",)),
    Evil(
        "TIFF: says 10 000 megapixels",
        lambda: strange.tiff_header(100_000, 100_000),
        ("file-image-too-large",),
    ),
    Evil(
        "TIFF: directory points at itself",
        lambda: tiff_of(following=8),
        (READ, "file-broken", "file-too-complex"),
    ),
    Evil("TIFF: 4 billion strips", lambda: tiff_of(0xFFFFFFFF), (READ, "file-broken")),
    Evil("TIFF: a strip of 4 GiB", lambda: tiff_of(strip=0xFFFFFFFF), (READ, "file-broken")),
    Evil("TIFF: 4 billion rows a strip", lambda: tiff_of(rows=0xFFFFFFFF), (READ, "file-broken")),
    Evil(
        "TIFF: 65 535 samples a pixel",
        lambda: tiff_of(counted=65_535),
        (READ, "file-broken", "file-too-complex"),
    ),
    Evil("TIFF: cut after its head", lambda: tiff_of()[:9], ("file-broken",)),
)


# -- words --------------------------------------------------------------------------------------------

WORDS = (
    Evil(
        "RTF: 200 000 groups in groups",
        lambda: strange.rtf("{" * 200_000 + "x" + "}" * 200_000),
        (READ, "file-too-complex", "file-broken"),
    ),
    Evil(
        "RTF: groups that never end",
        lambda: strange.rtf("{" * 100_000 + "Mots"),
        (READ, "file-broken", "file-too-complex"),
    ),
    Evil("RTF: binary of 2 GiB", lambda: strange.rtf(r"Mots \bin2147483647 x"), (READ, "file-broken")),
    Evil(
        "RTF: binary of less than nothing", lambda: strange.rtf(r"Mots \bin-9999999 x"), (READ, "file-broken")
    ),
    Evil(
        "RTF: a program as an object",
        lambda: strange.rtf(r"Mots {\object\objocx\objupdate{\*\objdata 0105000002000000}}"),
        (READ,),
        Notice.SCRIPT_NOT_RUN,
    ),
    Evil(
        "RTF: 100 000 letters of one number",
        lambda: strange.rtf(r"Mots \u" + "9" * 100_000),
        (READ, "file-broken"),
    ),
    Evil("text: nothing but nulls", lambda: bytes(MIB), ("file-not-accepted",)),
    Evil("text: a program", lambda: b"\x7fELF" + bytes(4096), ("file-not-accepted",)),
    Evil(
        "text: drives a terminal",
        lambda: "Ordonnance \x1b]0;x\x07 \u202ecba".encode() * 9,
        (READ, "file-not-accepted"),
    ),
)


# -- XML ----------------------------------------------------------------------------------------------


def laughs() -> bytes:
    """Return a billion laughs."""
    lines = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    head = f'<!DOCTYPE ClinicalDocument [<!ENTITY a0 "ha">{"".join(lines)}]>'
    return cda_files.cda(cda_files.structured(cda_files.section("&a9;"))).replace(
        b"<ClinicalDocument", head.encode() + b"<ClinicalDocument", 1
    )


def entity(what: str) -> bytes:
    """Return a CDA that reaches for something outside."""
    return f'<?xml version="1.0"?><!DOCTYPE x [{what}]>{cda_files.narrative("&e;").decode()[21:]}'.encode()


def deep(depth: int) -> bytes:
    """Return a narrative of paragraphs in paragraphs."""
    return cda_files.narrative("<content>" * depth + "x" + "</content>" * depth)


def included() -> bytes:
    """Return a CDA that includes a file of this PC, and a style sheet that reads one."""
    asked = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="file:///etc/passwd"/>'
    data = cda_files.narrative(f"<paragraph>Mots</paragraph>{asked}")
    style = b'<?xml-stylesheet type="text/xsl" href="file:///etc/passwd"?>'
    return data.replace(b"<ClinicalDocument", style + b"<ClinicalDocument", 1)


XML = (
    Evil("XML: a billion laughs", laughs, ("file-unsafe-xml",)),
    Evil(
        "XML: a file of this PC",
        lambda: entity('<!ENTITY e SYSTEM "file:///etc/passwd">'),
        ("file-unsafe-xml",),
    ),
    Evil(
        "XML: a file of the network",
        lambda: entity('<!ENTITY e SYSTEM "http://127.0.0.1:9/x">'),
        ("file-unsafe-xml",),
    ),
    Evil(
        "XML: a DTD elsewhere",
        lambda: entity('<!ENTITY % e SYSTEM "http://127.0.0.1:9/x.dtd"> %e;'),
        ("file-unsafe-xml",),
    ),
    Evil("XML: 200 000 elements in elements", lambda: deep(200_000), ("file-too-complex",)),
    Evil(
        "XML: half a million elements", lambda: cda_files.narrative("<br/>" * 500_000), ("file-too-complex",)
    ),
    Evil("XML: includes a file, names a style", included, (READ,)),
    Evil("XML: in UTF-7", lambda: b'<?xml version="1.0" encoding="utf-7"?>+ADw-a/+AD4-', ("file-broken",)),
    Evil(
        "XML: an attribute never ends",
        lambda: b'<?xml version="1.0"?><ClinicalDocument a="' + b"x" * 5 * MIB,
        ("file-broken",),
    ),
    Evil(
        "XML: 200 000 attributes",
        lambda: b"<ClinicalDocument " + b" ".join(b'a%d=""' % n for n in range(200_000)) + b"/>",
        ("file-broken", "file-not-accepted", "file-too-complex"),
    ),
    Evil("XML: a packed file of 1 GiB", lambda: packed_inside(1024 * MIB), (READ, "file-too-heavy")),
)


def packed_inside(size: int) -> bytes:
    """Return a CDA whose only part is a deflated bomb."""
    words = base64.b64encode(strange.zlib_bomb(size)).decode()
    body = f'<text mediaType="application/pdf" representation="B64" compression="ZL">{words}</text>'
    return cda_files.cda(f"<component><nonXMLBody>{body}</nonXMLBody></component>")


# -- ZIP and XDM --------------------------------------------------------------------------------------


def with_member(name: str) -> bytes:
    """Return a good set with one more file, of this name."""
    return written(honest(deflated(name.encode(), b"x")))


def linked() -> bytes:
    """Return a set with a symbolic link."""
    link = deflated(FOLDER.encode() + b"LINK.XML", b"/etc/passwd")
    link.external = 0o120777 << 16
    return written(honest(link))


def bomb(size: int, times: int = 1) -> bytes:
    """Return a set with files of ``size`` that weigh 1028 times less."""
    press = zlib.compressobj(9, wbits=-15)
    data = press.compress(bytes(size)) + press.flush()
    crc = zlib.crc32(bytes(size))
    parts = [Raw(FOLDER.encode() + b"B%d" % n, data, size, crc) for n in range(times)]
    return written(honest(*parts))


def overlapping() -> bytes:
    """Return a set where a hundred names share one file's bytes."""
    whole = honest()
    first = whole[1]
    shared = [
        Raw(FOLDER.encode() + b"S%d" % n, first.packed, first.size, first.checksum, start=0)
        for n in range(99)
    ]
    return written([*whole, *shared])


def quoted() -> bytes:
    """Return Fifield's: each file's data begins with the next one's header."""
    one, two = honest()
    inner = written([deflated(two.name, LETTER)])
    return written([one, Raw(two.name, inner, len(LETTER), zlib.crc32(LETTER)), Raw(b"X", start=4)])


def bent(**fields: object) -> bytes:
    """Return a set whose letter's fields are untrue."""
    one, two = honest()
    for name, said in fields.items():
        setattr(two, name, said)
    return written([one, two])


def zip64_end() -> bytes:
    """Return a set with a 64-bit end that says something else."""
    data = written(honest())
    place = data.rindex(b"PK\x05\x06")
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, 0, 1)
    return data[:place] + locator + data[place:]


def two_ends() -> bytes:
    """Return a set inside whose comment another archive ends."""
    good = written(honest())
    other = written([deflated(b"autre.txt", b"x")])[-22:]
    place = len(good) - 2
    return good[:place] + struct.pack("<H", len(other)) + other


UNSAFE = ("file-unsafe-archive",)
ARCHIVES = (
    *(
        Evil(f"ZIP: a file named {name[:24]!r}", lambda name=name: with_member(name), UNSAFE)  # type: ignore[misc]
        for name in (
            "../evil.txt",
            "a/../../evil.txt",
            "/etc/passwd",
            "C:/evil.txt",
            "a\\..\\evil.txt",
            "con.txt",
            "IHE_XDM/NUL",
            "IHE_XDM/LPT1.XML",
            "x\x00.txt",
            "a\nb",
            "evil. ",
            "a//b",
            "",
            "x" * 300,
            "ihe_xdm/subset01/doc00001.xml",
            FOLDER + "DOC00001.XML",
        )
    ),
    Evil("ZIP: a symbolic link", linked, UNSAFE),
    Evil("ZIP: 1028 for 1", lambda: bomb(10 * MIB), UNSAFE),
    Evil("ZIP: 3 GiB in all", lambda: bomb(100 * MIB, 30), UNSAFE),
    Evil("ZIP: files share their bytes", overlapping, UNSAFE),
    Evil("ZIP: a file quotes the next one", quoted, ("file-unsafe-archive", "file-broken")),
    Evil("ZIP: locked", lambda: bent(flags=1), ("file-password-protected",)),
    Evil("ZIP: strongly locked", lambda: bent(flags=0x41), ("file-password-protected",)),
    Evil("ZIP: says less than it holds", lambda: bent(size=len(LETTER) - 9), UNSAFE),
    Evil("ZIP: says more than it holds", lambda: bent(size=len(LETTER) + 9), ("file-broken",)),
    Evil("ZIP: another checksum", lambda: bent(checksum=1), ("file-broken",)),
    Evil("ZIP: packed by an unknown method", lambda: bent(method=99), UNSAFE),
    Evil("ZIP: two names for one file", lambda: bent(local_name=b"other.exe"), UNSAFE),
    Evil("ZIP: reaches over the directory", lambda: bent(packed_size=10 * MIB), UNSAFE),
    Evil("ZIP: 64-bit sizes", lambda: bent(size=0xFFFFFFFF), UNSAFE),
    Evil("ZIP: a 64-bit end", zip64_end, UNSAFE),
    Evil("ZIP: two ends", two_ends, ("file-unsafe-archive", "file-broken")),
    Evil("ZIP: bytes after", lambda: written(honest(), after=b"\x7fELF" + bytes(30)), UNSAFE),
    Evil(
        "ZIP: bytes before",
        lambda: b"PK\x03\x04 " + written(honest()),
        ("file-unsafe-archive", "file-broken"),
    ),
    Evil(
        "ZIP: 5 000 files",
        lambda: packed(*((f"IHE_XDM/S/{n}", b"") for n in range(5_000)), (FOLDER + "METADATA.XML", b"<a/>")),
        UNSAFE,
    ),
    Evil("ZIP: says it has one file", lambda: written(honest(), count=1), UNSAFE),
    Evil("ZIP: says it has 900 files", lambda: written(honest(), count=900), ("file-broken",)),
    Evil("ZIP: cut", lambda: xdm()[:-40], ("file-broken",)),
    Evil("ZIP: no directory at all", lambda: b"PK\x03\x04" + b"IHE_XDM/A/METADATA.XML", ("file-broken",)),
    Evil("ZIP: no health documents", lambda: packed(("a.txt", b"x")), ("file-not-accepted",)),
    Evil("XDM: archives in archives", lambda: nested_sets(20), (READ,), Notice.EMBEDDED_NOT_SHOWN),
    Evil("XDM: its list has laughs", lambda: xdm(told=laughs()), ("file-unsafe-xml",)),
    Evil(
        "XDM: its list is deep",
        lambda: xdm(told=b"<a>" * 200_000),
        ("file-too-complex", "file-unsafe-archive"),
    ),
    Evil(
        "XDM: announces 5 000 documents",
        lambda: xdm(told=xdm_files.metadata(*[Sent("A", b"")] * 5_000)),
        ("file-too-complex", "file-unsafe-archive"),
    ),
    Evil(
        "XDM: announces a file above",
        lambda: xdm(Sent("../../../etc/passwd", b"x", is_there=False), Sent("A.XML", LETTER)),
        (READ,),
        Notice.PART_MISSING,
    ),
    Evil(
        "XDM: a part with laughs",
        lambda: xdm(Sent("A.XML", laughs()), Sent("B.XML", LETTER)),
        (READ,),
        Notice.EMBEDDED_NOT_SHOWN,
    ),
    Evil(
        "XDM: a part with a program",
        lambda: xdm(Sent("A.PDF", strange.changed(strange.with_open_action))),
        (READ,),
        Notice.SCRIPT_NOT_RUN,
    ),
    Evil(
        "XDM: a part that was changed",
        lambda: xdm(Sent("A.XML", LETTER, digest="0" * 40)),
        (READ,),
        Notice.PART_ALTERED,
    ),
)


def nested_sets(depth: int) -> bytes:
    """Return a set in a set in a set."""
    data = xdm()
    for _ in range(depth):
        data = xdm(Sent("IN.ZIP", data))
    return data


# -- DICOM --------------------------------------------------------------------------------------------


def picture(wide: int, high: int, **options: object) -> bytes:
    """Return a radiograph that says it is this large, and holds 32 bytes."""
    return dicom.dicom(dicom.pixels(wide, high, **options), data=dicom.ramp())  # type: ignore[arg-type]


def inside(syntax: str, data: bytes, **options: object) -> bytes:
    """Return a radiograph with this as its packed picture."""
    return dicom.dicom(dicom.pixels(**options), data=data, syntax=syntax)  # type: ignore[arg-type]


DICOM = (
    Evil("DICOM: says 3 600 megapixels", lambda: picture(60_000, 60_000), ("file-image-too-large",)),
    Evil("DICOM: says more than it holds", lambda: picture(9_000, 9_000), ("file-broken",)),
    Evil(
        "DICOM: says 2 billion frames",
        lambda: picture(8, 4, frames=2_000_000_000),
        (READ,),
        Notice.DRAWN_IN_PART,
    ),
    Evil("DICOM: says −5 frames", lambda: picture(8, 4, frames=-5), (READ,)),
    Evil("DICOM: 0 by 0", lambda: picture(0, 0), ("file-broken",)),
    Evil("DICOM: 200 bits of 8", lambda: picture(8, 4, stored=200), ("file-broken",)),
    Evil(
        "DICOM: 50 000 sequences in sequences",
        lambda: dicom.dicom(extra=dicom.nested(50_000)),
        ("file-too-complex",),
    ),
    Evil(
        "DICOM: a sequence never ends", lambda: dicom.dicom(extra=dicom.nested(9)[:60]), ("file-broken", READ)
    ),
    Evil(
        "DICOM: an element of 4 GiB",
        lambda: dicom.dicom(extra=dicom.element(0x9, 0x1010, "UN", b"x", length=0xFFFFFFF0)),
        ("file-broken", READ),
    ),
    Evil(
        "DICOM: a value never ends",
        lambda: dicom.dicom(extra=dicom.element(0x9, 0x1010, "UN", b"x", length=0xFFFFFFFF)),
        ("file-broken", READ),
    ),
    Evil("DICOM: deflated, 2 GiB", lambda: dicom.deflated_bomb(2048 * MIB), ("file-too-heavy",)),
    Evil(
        "DICOM: a picture of another size in it",
        lambda: inside(dicom.JPEG, dicom.fragments(strange.jpeg_header(65_000, 65_000))),
        ("file-broken",),
    ),
    Evil(
        "DICOM: run lengths of nothing",
        lambda: inside(dicom.RLE, dicom.fragments(struct.pack("<16L", 1, 64, *[0] * 14))),
        ("file-broken",),
    ),
    Evil(
        "DICOM: run lengths from beyond",
        lambda: inside(dicom.RLE, dicom.fragments(struct.pack("<16L", 15, *[0xFFFFFFF0] * 15))),
        ("file-broken",),
    ),
    Evil(
        "DICOM: lossless, codes of nothing",
        lambda: inside(
            dicom.LOSSLESS,
            dicom.fragments(
                dicom.lossless([*dicom.ramp()], 8, 4).replace(bytes(range(17)), bytes([255] * 17))
            ),
        ),
        ("file-broken",),
    ),
    Evil(
        "DICOM: lossless, of another size",
        lambda: inside(dicom.LOSSLESS, dicom.fragments(dicom.lossless([*dicom.ramp()], 4, 8))),
        ("file-broken",),
    ),
    Evil(
        "DICOM: pieces that never end",
        lambda: inside(dicom.JPEG, dicom.fragments(b"x")[:-8]),
        ("file-broken", READ),
    ),
    Evil(
        "DICOM: a window of nothing",
        lambda: dicom.dicom(
            dicom.pixels(),
            {(0x28, 0x1050): ("DS", "1e308"), (0x28, 0x1051): ("DS", "1e-308")},
            data=dicom.ramp(),
        ),
        (READ,),
    ),
    Evil(
        "DICOM: numbers that are none",
        lambda: dicom.dicom(
            dicom.pixels(), {(0x28, 0x1053): ("DS", "nan"), (0x28, 0x1052): ("DS", "inf")}, data=dicom.ramp()
        ),
        (READ,),
    ),
    Evil(
        "DICOM: a PDF with a program in it",
        lambda: dicom.dicom(extra=dicom.element(0x42, 0x11, "OB", strange.changed(strange.with_open_action))),
        (READ,),
        Notice.SCRIPT_NOT_RUN,
    ),
    Evil(
        "DICOM: a DICOM in it",
        lambda: dicom.dicom(extra=dicom.element(0x42, 0x11, "OB", dicom.radiograph())),
        (READ,),
        Notice.NO_PICTURE,
    ),
    Evil(
        "DICOM: letters of no alphabet",
        lambda: dicom.dicom({(8, 5): ("CS", "ISO_IR 9999"), (0x10, 0x10): ("PN", b"\xff\xfe\x1b$)C\x00")}),
        (READ,),
    ),
    Evil(
        "DICOM: no transfer syntax",
        lambda: bytes(128) + b"DICM" + b"\x08\x00\x05\x00CS\x02\x00AB",
        ("file-broken",),
    ),
    Evil(
        "DICOM: a preface that never ends",
        lambda: bytes(128) + b"DICM" + b"\x02\x00\x10\x00UI\xff\xff1.2",
        ("file-broken",),
    ),
)

EVERY = (*PDF, *PICTURES, *WORDS, *XML, *ARCHIVES, *DICOM)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One real reader process for all of them."""
    with Reader(Limits(seconds=SECONDS)) as reader:
        yield reader


def read_wholly(reader: Reader, data: bytes) -> tuple[str, ...]:
    """Open a file and ask for what a screen asks for; return its notices."""
    opened = reader.open(data)
    assert opened.pages >= 1
    for number in {0, opened.pages - 1}:
        page = reader.page(number, 300)
        assert len(page.rgb) <= 130_000_000
        reader.page_text(number)
    words = opened.text
    assert "root:" not in words
    assert not any(letter in words for letter in "\x1b\u202e\x07")
    return opened.notices


def ended(reader: Reader, data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return how a file ended, and its notices when it was read; a refusal has words for the person."""
    try:
        return READ, read_wholly(reader, data)
    except FileRefused as refused:
        assert len(sentence(refused)) > 20  # noqa: PT017
        return refused.code, ()


@pytest.mark.parametrize("evil", EVERY, ids=lambda one: one.name)
def test_an_evil_document_does_no_harm(reader: Reader, evil: Evil) -> None:
    """It ends as its line says, in time; the reader reads the next good file."""
    data = evil.make()
    assert len(data) < 30_000_000, "an evil file is small: that is what makes it evil"
    start = time.monotonic()
    end, notices = ended(reader, data)
    assert end in evil.ends
    assert end != READ or not evil.notice or evil.notice in notices
    assert time.monotonic() - start < 3 * SECONDS
    assert reader.open(b"bonjour").text == "bonjour"


@pytest.mark.parametrize(
    "evil", [one for one in EVERY if one.notice == Notice.SCRIPT_NOT_RUN], ids=lambda one: one.name
)
def test_what_carries_a_program_is_not_filed(reader: Reader, evil: Evil) -> None:
    """Shown, but never passed on to someone whose program would run it; what wraps it is not filed either."""
    reader.open(evil.make())
    with pytest.raises(FileRefused) as refused:
        reader.check_for_filing()
    if evil.name.startswith(("PDF", "RTF")):
        assert isinstance(refused.value, ScriptInside)
