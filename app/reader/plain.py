"""Plain text and RTF: their words, set in large print."""

from __future__ import annotations

import re
import unicodedata

from app.reader import facts, rtf
from app.reader.drawing import DrawnPages
from app.reader.errors import CannotShrink, EmptyFile, ReaderFailed, ScriptInside, TooHeavy
from app.reader.sniffing import MEDIA_TYPES, decode_text
from app.reader.values import Kind, Notice, Opened, Paragraph, Section

__all__ = ["RtfDocument", "TextDocument"]

LINE_ENDS = re.compile("[\x85\u2028\u2029]")  # of mainframes and of Unicode: dropped, they would glue words
INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})  # blanks of every width, marks of order and direction


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
            notices=(*self._notices(data), *((Notice.DRAWN_IN_PART,) if self.pages.cut else ())),
        )

    def _notices(self, data: bytes) -> tuple[str, ...]:
        return ()

    def _words(self, data: bytes) -> str:
        if len(data) > rtf.MOST_WORDS:
            raise TooHeavy(size=len(data), limit=rtf.MOST_WORDS)
        text = LINE_ENDS.sub("\n", decode_text(data))
        if all(unicodedata.category(letter) in INVISIBLE for letter in text):
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
        return rtf.words(data)

    def _notices(self, data: bytes) -> tuple[str, ...]:
        return tuple(rtf.notices(data))

    def check_for_filing(self) -> None:
        """What other programs would run is shown as words here, and not filed."""
        if Notice.SCRIPT_NOT_RUN in self.opened.notices:
            raise ScriptInside


def _paragraphs(text: str) -> tuple[Paragraph, ...]:
    parts = re.split(r"\n[ \t]*\n|\f", text)
    return tuple(Paragraph(part.strip("\n")) for part in parts if part.strip())
