"""Plain text and RTF: their words, set in large print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from striprtf.striprtf import rtf_to_text

from app.reader import facts
from app.reader.drawing import DrawnPages
from app.reader.errors import BrokenFile, CannotShrink, EmptyFile, ReaderFailed
from app.reader.sniffing import MEDIA_TYPES, decode_text
from app.reader.values import Kind, Notice, Opened, Paragraph, Section

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RtfDocument", "TextDocument"]


class TextDocument:
    """An open plain text."""

    kind = Kind.TEXT

    def __init__(self, data: bytes) -> None:
        self._size = len(data)
        text = self._words(data)
        seen = facts.of_text(text)
        sections = (Section("", 1, _paragraphs(text)),)
        self.pages = DrawnPages(None, sections)
        self.opened = Opened(
            kind=self.kind,
            media_type=MEDIA_TYPES[self.kind],
            sha256="",
            size=self._size,
            pages=len(self.pages),
            drawn_pages=len(self.pages),
            title=seen.title,
            date=seen.date,
            author=seen.author,
            patient=seen.patient,
            sections=sections,
            notices=(Notice.DRAWN_IN_PART,) if self.pages.cut else (),
        )

    def _words(self, data: bytes) -> str:
        text = decode_text(data)
        if not text.strip("\ufeff \t\n\f"):
            raise EmptyFile
        return text

    def check_for_filing(self) -> None:
        """Text carries nothing that runs."""

    def embedded(self, index: int) -> bytes:
        """Text holds no document."""
        raise ReaderFailed

    def shrink(self, max_bytes: int) -> tuple[str, bytes]:
        """Words can't be made lighter without losing some."""
        raise CannotShrink(size=self._size, limit=max_bytes)


class RtfDocument(TextDocument):
    """An open RTF, for its words."""

    kind = Kind.RTF

    def _words(self, data: bytes) -> str:
        if not data.rstrip(b"\x00 \t\r\n").endswith(b"}"):
            raise BrokenFile
        decode: Callable[..., str] = rtf_to_text
        text = decode(data.decode("latin-1"), encoding=_code_page(data), errors="replace")
        if not text.strip():
            raise EmptyFile
        return text


def _code_page(data: bytes) -> str:
    named = re.search(rb"\\ansicpg(\d{3,5})", data[:2000])
    page = f"cp{int(named.group(1))}" if named else "cp1252"
    try:
        "".encode(page)
    except LookupError:
        return "cp1252"
    return page


def _paragraphs(text: str) -> tuple[Paragraph, ...]:
    parts = re.split(r"\n[ \t]*\n|\f", text)
    return tuple(Paragraph(part.strip("\n")) for part in parts if part.strip())
