"""Files as strangers bring them: whole ones of many makers, and every bad one of the reader's tests."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = "Ordonnance du docteur Lefèvre, faite le 3 novembre 2026"


# -- PDF ------------------------------------------------------------------------------------------------


def pdf(pages: int = 1, words: str = WORDS) -> bytes:
    """Make a small PDF with a text layer; page n says so."""
    sink = io.BytesIO()
    canvas = Canvas(sink, pagesize=A4, invariant=True)
    for number in range(1, pages + 1):
        canvas.drawString(72, 770, words)
        canvas.drawString(72, 740, f"Page {number} sur {pages}")
        canvas.showPage()
    canvas.save()
    return sink.getvalue()


def changed(change: Callable[[Pdf], None], data: bytes | None = None, **options: Any) -> bytes:  # noqa: ANN401
    """Return a PDF with something done to its objects."""
    with pikepdf.open(io.BytesIO(data or pdf())) as document:
        change(document)
        sink = io.BytesIO()
        document.save(sink, **options)
        return sink.getvalue()


def locked(*, user: str = "", owner: str = "proprietaire", revision: int = 6) -> bytes:
    """Return an encrypted PDF: with a user password it opens with it only."""
    lock = pikepdf.Encryption(user=user, owner=owner, R=revision, metadata=revision > 3, aes=revision > 3)  # type: ignore[arg-type]
    return changed(lambda _: None, encryption=lock)


def script(document: Pdf) -> Dictionary:
    """Return an action that would run a program."""
    del document
    return Dictionary(S=Name.JavaScript, JS=String("app.alert('bonjour')"))


def with_open_action(document: Pdf) -> None:
    """A program that runs as the document opens."""
    document.Root.OpenAction = script(document)


def with_named_script(document: Pdf) -> None:
    """A program in the names of the document, as its own object."""
    tree = Dictionary(Names=Array([String("x"), document.make_indirect(script(document))]))
    document.Root.Names = Dictionary(JavaScript=tree)


def with_field_script(document: Pdf) -> None:
    """A form field that calculates."""
    action = Dictionary(C=script(document))
    field = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Tx,
        T=String("total"),
        Rect=Array([10, 10, 90, 30]),
        AA=action,
    )
    document.pages[0].Annots = Array([document.make_indirect(field)])
    document.Root.AcroForm = Dictionary(Fields=Array([document.pages[0].Annots[0]]))


def with_script_stream(document: Pdf) -> None:
    """A program in a stream of its own, the action in an array."""
    body = Stream(document, b"app.alert(1)")
    document.Root.OpenAction = Dictionary(
        S=Name.GoTo,
        D=Array([document.pages[0].obj, Name.Fit]),
        Next=Array([Dictionary(S=Name.JavaScript, JS=body)]),
    )


def with_launch(document: Pdf) -> None:
    """A link that would start a program."""
    action = Dictionary(S=Name.Launch, F=String("cmd.exe"))
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 90, 90]), A=action)
    document.pages[0].Annots = Array([link])


def with_flash(document: Pdf) -> None:
    """A film with a program in it."""
    instance = Dictionary(Type=Name.RichMediaInstance, Subtype=Name.Flash)
    content = Dictionary(
        Configurations=Array([Dictionary(Type=Name.RichMediaConfiguration, Instances=Array([instance]))])
    )
    film = Dictionary(
        Type=Name.Annot, Subtype=Name.RichMedia, Rect=Array([0, 0, 90, 90]), RichMediaContent=content
    )
    document.pages[0].Annots = Array([document.make_indirect(film)])


def with_xfa(document: Pdf, body: bytes) -> None:
    """A form described in XML besides the PDF."""
    document.Root.AcroForm = Dictionary(
        Fields=Array([]), XFA=Array([String("template"), Stream(document, body)])
    )


def with_attachment(document: Pdf) -> None:
    """A PDF/A-3 with its data as XML beside (a structured prescription, an invoice)."""
    document.attachments["donnees.xml"] = pikepdf.AttachedFileSpec(
        document,
        b"<facture/>",
        filename="donnees.xml",
        mime_type="application/xml",
        description="",
        creation_date="",
        mod_date="",
    )


def with_suspect_names(document: Pdf) -> None:
    """Nothing that runs, but every suspect word where it means nothing."""
    page = document.pages[0]
    font = page.Resources.Font
    letters = next(iter(dict(font).values()))
    font[Name("/JS")] = letters
    font[Name("/JavaScript")] = letters
    font[Name("/Launch")] = letters
    font[Name("/XFA")] = letters
    page.contents_add(Stream(document, b"BT /JS 9 Tf 72 700 Td (/S /JavaScript /JS) Tj ET"))
    document.docinfo[Name.Title] = String("Le /JavaScript et /JS (/Launch) expliques")
    document.Root.StructTreeRoot = Dictionary(
        Type=Name.StructTreeRoot, K=Array([Dictionary(S=Name.JavaScript), Dictionary(S=Name.Launch)])
    )


def with_appended_update(data: bytes | None = None, extra: bytes = b"") -> bytes:
    """Add a revision at the end, as signing software does: a new catalog that says its language."""
    data = data or pdf()
    with pikepdf.open(io.BytesIO(data)) as document:
        root, size = document.Root.objgen[0], int(document.trailer.Size)
        pages = document.Root.Pages.objgen[0]
    start = data.rindex(b"startxref") + len(b"startxref")
    before = int(data[start:].split()[0])
    place = len(data)
    body = b"%d 0 obj\n<< /Type /Catalog /Pages %d 0 R /Lang (fr) %s >>\nendobj\n" % (root, pages, extra)
    table = b"xref\n%d 1\n%010d 00000 n \n" % (root, place)
    trailer = b"trailer\n<< /Size %d /Root %d 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    return data + body + table + trailer % (size, root, before, place + len(body))


def raw_pdf(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """Write a PDF from its objects, ``1 0 obj`` first, which is the catalog."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return data + b"startxref\n%d\n%%%%EOF\n" % start


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def stream(body: bytes, words: bytes = b"") -> bytes:
    """Write a stream object."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (words, len(body), body)


def zlib_bomb(size: int, filler: bytes = b" ") -> bytes:
    """Return a few bytes that inflate to ``size`` (whole MiB): one block, said again and again."""
    block, times = filler * (1 << 20), size >> 20
    press = zlib.compressobj(9, wbits=-15)
    again = press.compress(block) + press.flush(zlib.Z_FULL_FLUSH)
    check = 1
    for _ in range(times):
        check = zlib.adler32(block, check)
    return b"\x78\xda" + again * times + press.flush() + struct.pack(">I", check)


def pdf_with_content(
    content: bytes, *, words: bytes = b"", page: bytes = b"", more: tuple[bytes, ...] = ()
) -> bytes:
    """Return one page with this content stream; ``more`` objects are numbered from 5."""
    sheet = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s >>" % page
    return raw_pdf(
        [CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", sheet, stream(content, words), *more]
    )


def pdf_bomb() -> bytes:
    """Return a page whose content inflates to a bomb."""
    twice = zlib.compress(zlib_bomb(64 << 20), 9)
    return pdf_with_content(twice, words=b"/Filter [/FlateDecode /FlateDecode]")


def pdf_flat_bomb(size: int) -> bytes:
    """Return a page whose content inflates to ``size``."""
    return pdf_with_content(zlib_bomb(size), words=b"/Filter /FlateDecode")


def pdf_picture_bomb(side: int = 100_000) -> bytes:
    """Return a page with a picture that would take ``side``² × 3 bytes."""
    picture = stream(
        zlib_bomb(1 << 20, b"\x00"),
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 "
        b"/ColorSpace /DeviceRGB /Filter /FlateDecode" % (side, side),
    )
    return pdf_with_content(
        b"q 595 0 0 842 0 0 cm /I Do Q", page=b"/Resources << /XObject << /I 5 0 R >> >>", more=(picture,)
    )


def pdf_object_stream_bomb(size: int) -> bytes:
    """Return a file whose table of objects inflates to ``size``."""
    body = zlib_bomb(size)
    table = stream(body, b"/Type /XRef /Size 9 /W [1 2 1] /Root 1 0 R /Filter /FlateDecode")
    data = b"%PDF-1.7\n1 0 obj\n" + CATALOG + b"\nendobj\n"
    return data + b"9 0 obj\n" + table + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(data)


def pdf_xfa_bomb(size: int) -> bytes:
    """Return a form whose XML inflates to ``size``."""
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [] /XFA 4 0 R >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
            stream(zlib_bomb(size), b"/Filter /FlateDecode"),
        ]
    )


def pdf_of_size(wide: float, high: float) -> bytes:
    """Return one page of this size, in points."""
    box = b"/MediaBox [0 0 %.3f %.3f]" % (wide, high)
    sheet = b"<< /Type /Page /Parent 2 0 R %s /Contents 4 0 R >>" % box
    draw = stream(b"0 0 0 rg 10 10 100 100 re f")
    return raw_pdf([CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", sheet, draw])


def pdf_deep_tree(depth: int) -> bytes:
    """Return a page under ``depth`` levels of the page tree."""
    objects = [CATALOG]
    for level in range(depth):
        parent = b"/Parent %d 0 R" % (level + 1) if level else b""
        objects.append(b"<< /Type /Pages %s /Kids [%d 0 R] /Count 1 >>" % (parent, level + 3))
    objects.append(b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] >>" % (depth + 1))
    return raw_pdf(objects)


def pdf_nested(depth: int) -> bytes:
    """Return a catalog with arrays in arrays."""
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /Deep %s%s >>" % (b"[" * depth, b"]" * depth),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        ]
    )


def pdf_round_tree() -> bytes:
    """Return a page tree that contains itself, and says it has a million pages."""
    return raw_pdf([CATALOG, b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 1000000 >>",
                    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"])  # fmt: skip


def pdf_without_pages() -> bytes:
    """Return a PDF of no page."""
    return raw_pdf([CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>"])


def pdf_without_fonts() -> bytes:
    """Return a page whose fonts are neither embedded nor standard."""
    font = b"<< /Type /Font /Subtype /TrueType /BaseFont /PoliceInconnue /Encoding /WinAnsiEncoding >>"
    return pdf_with_content(
        b"BT /F1 24 Tf 72 700 Td (Ordonnance) Tj ET",
        page=b"/Resources << /Font << /F1 5 0 R >> >>",
        more=(font,),
    )


def pdf_form() -> bytes:
    """Return a form that was filled in, with a note typed onto it."""
    sink = io.BytesIO()
    canvas = Canvas(sink, pagesize=A4, invariant=True)
    canvas.drawString(72, 700, "Nom :")
    canvas.acroForm.textfield(name="nom", value="Jeanne MARTIN, née en mai", x=150, y=690, width=200)
    canvas.acroForm.checkbox(name="oui", tooltip="J'accepte", checked=True, x=150, y=640)
    canvas.acroForm.checkbox(name="non", tooltip="Je refuse", checked=False, x=250, y=640)
    canvas.save()

    def with_note(document: Pdf) -> None:
        for words, foot, flags in (("À rappeler", 500, 0), ("caché", 400, 2)):
            note = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, F=flags, Contents=String(words))
            note.Rect = Array([72, foot, 300, foot + 40])
            document.pages[0].Annots.append(document.make_indirect(note))

    return changed(with_note, sink.getvalue())


def pdf_scan(pages: int = 1, *, side: int = 1600, noise: bool = True, words: str = WORDS) -> bytes:
    """Return scanned pages with a text layer under them, as a scanner with recognition makes."""
    sink = io.BytesIO()
    canvas = Canvas(sink, pagesize=A4, invariant=True)
    for number in range(pages):
        paper = noisy(side, round(side * 1.414), seed=number) if noise else sheet(side, round(side * 1.414))
        file = io.BytesIO()
        paper.save(file, "JPEG", quality=95)
        letter = canvas.beginText(72, 770)
        letter.setTextRenderMode(3)
        letter.textLine(f"{words} page {number + 1}")
        canvas.drawText(letter)
        canvas.drawImage(ImageReader(io.BytesIO(file.getvalue())), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return sink.getvalue()


def pdf_of_words(size: int) -> bytes:
    """Return a PDF that weighs ``size`` by incompressible words alone, with next to no page."""
    noise = random.Random(8).randbytes(size)
    extra = stream(noise, b"/Type /EmbeddedData")
    return pdf_with_content(b"", more=(extra,), page=b"/PieceInfo << /Tandem << /Private 5 0 R >> >>")


# -- pictures -------------------------------------------------------------------------------------------


def sheet(wide: int = 600, high: int = 800, mode: str = "RGB") -> Image.Image:
    """Draw a paper: white, a black corner at the top left, grey lines."""
    picture = Image.new("RGB", (wide, high), "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, wide // 4, high // 4), fill="black")
    for y in range(high // 3, high, max(8, high // 40)):
        pen.line((wide // 10, y, wide * 9 // 10, y), fill=(90, 90, 90), width=max(1, high // 300))
    return picture.convert(mode)


def noisy(wide: int, high: int, seed: int = 0) -> Image.Image:
    """Draw a paper photographed in bad light: it compresses badly."""
    grain = Image.frombytes("L", (wide, high), random.Random(seed).randbytes(wide * high))
    return Image.blend(sheet(wide, high), grain.convert("RGB"), 0.35)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:  # noqa: ANN401
    """Write a picture in a format."""
    sink = io.BytesIO()
    picture.save(sink, kind, **options)
    return sink.getvalue()


def png_header(wide: int, high: int) -> bytes:
    """Return a PNG that says it is gigantic and holds a few bytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib_bomb(1 << 20)) + chunk(b"IEND", b"")
    )


def jpeg_header(wide: int, high: int) -> bytes:
    """Return a JPEG whose frame says it is gigantic."""
    data = bytearray(saved(sheet(64, 64), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", high, wide)
    return bytes(data)


def tiff_header(wide: int, high: int) -> bytes:
    """Return a TIFF whose directory says it is gigantic."""
    long, short = 4, 3
    tags = (
        (256, long, wide),
        (257, long, high),
        (258, short, 8),
        (259, short, 1),
        (262, short, 1),
        (273, long, 8),
        (278, long, high),
        (279, long, 16),
    )
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + body + bytes(20)


# -- words ----------------------------------------------------------------------------------------------


def rtf(body: str) -> bytes:
    """Write an RTF as word processors do."""
    return (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}}{\colortbl;\red0\green0\blue0;}"
        r"{\info{\title Titre cache}{\author Quelqu'un}}"
        r"{\stylesheet{\s0 Normal;}}\pard\f0\fs24 " + body + "}"
    ).encode("ascii")
