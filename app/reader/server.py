"""The reader process's loop: one request, one answer, one open document.

Somebody waits for the first page, and the parsers of every kind take a third of a second to load. So each
is loaded by the document that needs it; those that nobody has asked for yet are loaded, one at a time, while
there is nothing to answer (:data:`AHEAD`).
"""

from __future__ import annotations

import importlib
import io
import select
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from app.reader import sniffing
from app.reader.confinement import allow_seconds, is_worn
from app.reader.errors import FileRefused, NotProtected, ReaderFailed, TooComplex
from app.reader.sandbox import Protection
from app.reader.values import Kind, Limits
from app.reader.wire import Header, Truncated, hello_to, opened_to, read_frame, write_frame
from app.reader.words_only import MAY_BE_ASKED, PICTURES, in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.reader.pages import Document

__all__ = ["AHEAD", "Desk", "serve"]

Answer = tuple[Header, bytes]
AHEAD = ("picture", "cda", "paper_desk", "plain", "xdm", "binding", "shrinking")


def serve(source: BinaryIO, sink: BinaryIO, limits: Limits, protection: Protection) -> None:
    """Say what protects this process, then answer until the program closes its end."""
    write_frame(sink, hello_to(protection))
    desk = Desk(limits, words_only=protection is Protection.NONE)
    load_while_idle(source, limits)
    is_last = False
    while not is_last:
        try:
            header, payload = read_frame(source)
        except Truncated:
            return
        # Here and not in the desk: the limit is the whole process's, and a test's must not get it.
        allow_seconds(desk.seconds_for(header))
        about, data = desk.answer(header, payload)
        is_last = is_worn()
        try:
            write_frame(sink, {**about, "last": is_last}, data)
        except TypeError:  # words that no encoding can hold, of a broken font: nothing was written yet
            write_frame(sink, {"refused": ReaderFailed.code, "fields": {}})


def load_while_idle(source: BinaryIO, limits: Limits) -> None:
    """Load the parsers until the first request comes; Windows cannot ask a pipe, and loads them all."""
    for step in (_load_pdf(limits), *(_load(name) for name in AHEAD)):
        if _is_asked(source):
            return
        step()


def _is_asked(source: BinaryIO) -> bool:
    if not hasattr(select, "poll"):
        return False
    requests = select.poll()
    requests.register(source, select.POLLIN)
    return bool(requests.poll(0))


def _load(name: str) -> Callable[[], object]:
    return lambda: importlib.import_module(f"app.reader.{name}")


def _load_pdf(limits: Limits) -> Callable[[], object]:
    """The first page of all has PDFium look through the system's letters: have it done by one of ours."""
    return lambda: open_document(_own_page(), limits).pages.draw(0, 16)


def _own_page() -> bytes:
    """Write a page with a word in letters that it does not carry."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length 32>>stream\nBT /F 9 Tf 9 9 Td (Tandem) Tj ET\nendstream",
        b"<</Type/Font/Subtype/TrueType/BaseFont/Arial>>",
    )
    page, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(page))
        page += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return page + end % (table, len(page))


class Desk:
    """Holds the open document and answers for it."""

    def __init__(self, limits: Limits, *, words_only: bool = False) -> None:
        self._limits = limits
        self._words_only = words_only
        self._document: Document | None = None
        self._orders: dict[str, Callable[[Document, Header], Answer]] = {
            "page": _page,
            "png": _png,
            "text": _text,
            "codes": _codes,
            "for-reading": _for_reading,
            "embedded": lambda document, header: ({}, document.embedded(int(header["number"]))),
            "check": _check,
            "shrink": _shrink,
        }

    def seconds_for(self, header: Header) -> float:
        """Return the processor time that a request may take."""
        every_page = header.get("do") in {"check", "shrink", "paper-bind"}
        return self._limits.shrink_seconds if every_page else self._limits.seconds

    def answer(self, header: Header, payload: bytes) -> Answer:
        """Do what is asked; whatever goes wrong becomes a refusal with a code."""
        try:
            return self._do(header, payload)
        except FileRefused as refused:
            return {"refused": refused.code, "fields": refused.fields}, b""
        except (MemoryError, RecursionError):
            return {"refused": TooComplex.code, "fields": {}}, b""
        except Exception:  # noqa: BLE001  # a stranger's bytes may break a parser in any way
            return {"refused": ReaderFailed.code, "fields": {}}, b""

    def _do(self, header: Header, payload: bytes) -> Answer:
        if self._words_only and header["do"] not in MAY_BE_ASKED:
            raise NotProtected
        if header["do"] == "open":
            self._document = None
            self._document = document = open_document(payload, self._limits, words_only=self._words_only)
            return opened_to(in_words(document) if self._words_only else document.opened), b""
        if header["do"].startswith("paper-"):
            from app.reader import paper_desk

            return paper_desk.ORDERS[header["do"]](header, payload, self._limits)
        if self._document is None:
            raise ReaderFailed
        return self._orders[header["do"]](self._document, header)


def open_document(data: bytes, limits: Limits, *, words_only: bool = False) -> Document:
    """Open bytes as what their content says they are; with ``words_only`` no picture."""
    kind = sniffing.kind_of(data)
    if words_only and kind in PICTURES:
        raise NotProtected
    again = partial(open_document, words_only=words_only)
    if kind is Kind.PDF:
        from app.reader.pdf import PdfDocument

        return PdfDocument(data, limits)
    if kind is Kind.CDA:
        from app.reader.cda import CdaDocument

        return CdaDocument(data, limits)
    if kind is Kind.XDM:
        from app.reader.xdm import XdmDocument

        return XdmDocument(data, limits, again)
    if kind is Kind.DICOM:
        from app.reader.dicom import DicomDocument  # nearly a second to load, and few documents are one

        return DicomDocument(data, limits, again)
    if kind in {Kind.RTF, Kind.TEXT}:
        from app.reader.plain import RtfDocument, TextDocument

        return RtfDocument(data) if kind is Kind.RTF else TextDocument(data)
    from app.reader.picture import PictureDocument

    return PictureDocument(data, kind, limits)


def _page(document: Document, header: Header) -> Answer:
    picture = document.pages.draw(_number(document, header), int(header["width"]))
    return {"width": picture.width, "height": picture.height}, picture.tobytes()


def _png(document: Document, header: Header) -> Answer:
    picture = document.pages.draw(_number(document, header), int(header["width"]))
    sink = io.BytesIO()
    picture.save(sink, "PNG", compress_level=3)
    return {}, sink.getvalue()


def _text(document: Document, header: Header) -> Answer:
    return {}, document.pages.text(_number(document, header)).encode("utf-8", "replace")


def _codes(document: Document, header: Header) -> Answer:
    from app.reader.codes import codes_in
    from app.reader.paper_wire import codes_to

    picture = document.pages.draw(_number(document, header), int(header["width"]))
    return codes_to(codes_in(picture)), b""


def _for_reading(document: Document, header: Header) -> Answer:
    """The page as the recognition of its words wants it; nothing where nothing is written on it."""
    from app.reader import paper
    from app.reader.paper_values import Edit

    number = _number(document, header)
    picture = document.pages.draw(number, paper.READ_WIDTH)
    if picture.width > picture.height:  # it lies on its side: its letters are as small as on the others
        wide = min(paper.MOST_READ_WIDTH, paper.READ_WIDTH * picture.width // picture.height)
        picture = document.pages.draw(number, wide)
    if paper.is_blank(picture):
        return {}, b""
    turned = paper.applied(picture, Edit(turn=int(header["turn"])))
    ready = paper.for_reading(paper.straight(turned))
    return {}, b"P5 %d %d 255\n" % ready.size + ready.tobytes()


def _check(document: Document, _header: Header) -> Answer:
    document.check_for_filing()
    return {}, b""


def _shrink(document: Document, header: Header) -> Answer:
    media_type, data = document.shrink(int(header["max_bytes"]))
    return {"media_type": media_type}, data


def _number(document: Document, header: Header) -> int:
    number = int(header["number"])
    if not 0 <= number < len(document.pages):
        raise ReaderFailed
    return number
