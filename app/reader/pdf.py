"""PDF: pikepdf looks for what must not be trusted, PDFium (without JavaScript or XFA) draws."""

from __future__ import annotations

import contextlib
import math
import re
from typing import TYPE_CHECKING

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
from app.reader.triage import triage, written_anew
from app.reader.typed import typed_words
from app.reader.values import Kind, Limits, Notice, Opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

__all__ = ["PdfDocument", "PdfPages", "fit"]

MAX_DRAWN_PIXELS = 40_000_000
READ_FOR_FACTS = 2


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
        """The page's text layer, then what someone typed onto it."""
        page = self._page(number)
        try:
            words = page.get_textpage()
            try:
                return tidy("\n".join((words.get_text_bounded(), *typed_words(self.pdf, page))))
            finally:
                words.close()
        except pdfium.PdfiumError as fault:
            raise BrokenFile from fault
        finally:
            page.close()

    def told(self) -> dict[str, str]:
        """What its maker noted about it; nothing where that is unreadable."""
        try:
            return dict(self.pdf.get_metadata_dict(skip_empty=True))
        except (pdfium.PdfiumError, ValueError):
            return {}

    def _page(self, number: int) -> pdfium.PdfPage:
        try:
            page = self.pdf[number]
        except pdfium.PdfiumError as fault:
            raise BrokenFile from fault
        if 0 in page.get_size():
            # Cut to a place outside the sheet, nothing would be left: other viewers show the whole sheet.
            # An empty cut means that to PDFium, and unlike a copy of the sheet's size it can be inherited.
            page.set_cropbox(0, 0, 0, 0)
        return page


def fit(wide: float, high: float, width: int) -> float:
    """Scale to ``width``, less when the page would have more pixels than can be shown."""
    wide, high = max(wide, 1.0), max(high, 1.0)
    scale = min(width / wide, math.sqrt(MAX_DRAWN_PIXELS / (wide * high)), 65_000 / high)
    return scale * (1 - 1e-9)  # sizes are rounded up: 800.0000001 must stay 800


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
        self.pages = self._drawable()
        self.opened = self._describe()

    def _drawable(self) -> PdfPages:
        """What one library repairs the other may refuse: written anew by the first, both know it."""
        try:
            return PdfPages(self._data)
        except BrokenFile:
            if Notice.ENCRYPTED in self._findings:
                raise
            pages = PdfPages(written_anew(self._data))
            self._findings = tuple(dict.fromkeys((*self._findings, Notice.REPAIRED)))
            return pages

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
        told = self.pages.told()
        words = "\n".join(self._words())
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
            notices=self._findings,
        )

    def _words(self) -> Iterator[str]:
        yield self.pages.text(0)  # a first page that can't be read is a broken file
        for number in range(1, min(READ_FOR_FACTS, len(self.pages))):
            with contextlib.suppress(BrokenFile):
                yield self.pages.text(number)
