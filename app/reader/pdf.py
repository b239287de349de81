"""PDF: pikepdf looks for what must not be trusted, PDFium (without JavaScript or XFA) draws."""

from __future__ import annotations

import io
import math
import re
from typing import TYPE_CHECKING

import pikepdf
import pypdfium2 as pdfium

from app.reader import facts
from app.reader.errors import (
    BrokenFile,
    EncryptedFile,
    PasswordProtected,
    ReaderFailed,
    ScriptInside,
)
from app.reader.sniffing import MEDIA_TYPES
from app.reader.values import Kind, Limits, Notice, Opened

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["PdfDocument", "PdfPages", "fit"]

MAX_DRAWN_PIXELS = 40_000_000
READ_FOR_FACTS = 2
TAIL = 2048


class PdfPages:
    """Pages of a PDF, drawn one at a time; nothing is kept between two calls."""

    def __init__(self, data: bytes) -> None:
        try:
            self.pdf = pdfium.PdfDocument(data)
            self.pdf.init_forms()
            self._count = len(self.pdf)
        except pdfium.PdfiumError as fault:
            raise (PasswordProtected if "password" in str(fault).lower() else BrokenFile) from fault
        if self._count == 0:
            raise BrokenFile

    def __len__(self) -> int:
        return self._count

    def draw(self, number: int, width: int) -> Image.Image:
        """Draw a page with its annotations and filled-in fields."""
        page = self._page(number)
        try:
            wide, high = page.get_size()
            picture = page.render(scale=fit(wide, high, width), rev_byteorder=True, no_smoothtext=False)
            drawn: Image.Image = picture.to_pil().convert("RGB")
            return drawn
        finally:
            page.close()

    def text(self, number: int) -> str:
        """The page's text layer."""
        page = self._page(number)
        try:
            words = page.get_textpage()
            try:
                return tidy(words.get_text_bounded())
            finally:
                words.close()
        finally:
            page.close()

    def _page(self, number: int) -> pdfium.PdfPage:
        try:
            return self.pdf[number]
        except pdfium.PdfiumError as fault:
            raise BrokenFile from fault


def fit(wide: float, high: float, width: int) -> float:
    """Scale to ``width``, less when the page would have more pixels than can be shown."""
    wide, high = max(wide, 1.0), max(high, 1.0)
    scale = width / wide
    return min(scale, math.sqrt(MAX_DRAWN_PIXELS / (wide * high)), 65_000 / high)


def tidy(text: str) -> str:
    """One line feed a line, no control characters, no blanks at the ends of lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-")
    text = "".join(letter for letter in text if letter >= " " or letter == "\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


class PdfDocument:
    """An open PDF."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._data = data
        self._limits = limits
        self._findings = triage(data)
        self.pages = PdfPages(data)
        self.opened = self._describe()

    def check_for_filing(self) -> None:
        """A program inside or a lock is shown, not filed."""
        if Notice.SCRIPT_NOT_RUN in self._findings:
            raise ScriptInside
        if Notice.ENCRYPTED in self._findings:
            raise EncryptedFile

    def embedded(self, index: int) -> bytes:
        """Files attached inside a PDF are named by a notice and never handed out."""
        raise ReaderFailed

    def shrink(self, max_bytes: int) -> tuple[str, bytes]:
        """See :mod:`app.reader.shrinking`."""
        from app.reader import shrinking

        return MEDIA_TYPES[Kind.PDF], shrinking.shrink_pdf(self._data, self.pages, max_bytes)

    def _describe(self) -> Opened:
        told = self.pages.pdf.get_metadata_dict(skip_empty=True)
        words = "\n".join(self.pages.text(n) for n in range(min(READ_FOR_FACTS, len(self.pages))))
        seen = facts.of_text(words)
        return Opened(
            kind=Kind.PDF,
            media_type=MEDIA_TYPES[Kind.PDF],
            sha256="",
            size=len(self._data),
            pages=len(self.pages),
            title=facts.honest_title(told.get("Title")) or seen.title,
            date=seen.date or facts.pdf_date(told.get("CreationDate")),
            author=seen.author or facts.honest_author(told.get("Author")),
            patient=seen.patient,
            notices=tuple(self._findings),
        )


def triage(data: bytes) -> list[Notice]:
    """Look at the structure of a PDF before drawing it; raises PasswordProtected or BrokenFile."""
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            return _findings(pdf, data)
    except pikepdf.PasswordError as fault:
        raise PasswordProtected from fault
    except pikepdf.PdfError as fault:
        raise BrokenFile from fault


def _findings(pdf: pikepdf.Pdf, data: bytes) -> list[Notice]:
    found = []
    if pdf.is_encrypted:
        found.append(Notice.ENCRYPTED)
    if any("reconstruct" in str(warning) or "damaged" in str(warning) for warning in pdf.get_warnings()):
        if b"%%EOF" not in data[-TAIL:]:
            raise BrokenFile
        found.append(Notice.REPAIRED)
    scripts, files = _active_content(pdf)
    if scripts:
        found.append(Notice.SCRIPT_NOT_RUN)
    if files:
        found.append(Notice.EMBEDDED_FILES)
    return found


_SUSPECT = re.compile(rb"/(?:JS|JavaScript|Launch|EmbeddedFiles?|EF|RichMedia|XFA)\b")


def _active_content(pdf: pikepdf.Pdf) -> tuple[bool, bool]:
    """Return (runs something, carries files). Names are compared once qpdf has undone their escapes."""
    scripts = files = False
    for thing in pdf.objects:
        if not isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream, pikepdf.Array)):
            continue
        raw = _words_of(thing)
        for name in _SUSPECT.findall(raw):
            if name in {b"/EF", b"/EmbeddedFile", b"/EmbeddedFiles"}:
                files = True
            else:
                scripts = True
        if scripts and files:
            break
    return scripts, files


def _words_of(thing: pikepdf.Object) -> bytes:
    return (thing.stream_dict if isinstance(thing, pikepdf.Stream) else thing).unparse()
