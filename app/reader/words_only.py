"""What a reader without walls hands back: words. No page is drawn, no picture and no inner file is opened.

Drawing is where holes are found most (fonts, pictures, colour tables). Where nothing would hold a parser
that was taken over, it is not done: the words of a document still help, and the screen says what to do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.reader.values import Kind, Notice, Opened, Paragraph, Section

if TYPE_CHECKING:
    from app.reader.pages import Document, Pages

__all__ = ["MAY_BE_ASKED", "PICTURES", "in_words"]

MAY_BE_ASKED = frozenset({"open", "text", "check"})
PICTURES = frozenset({Kind.JPEG, Kind.PNG, Kind.TIFF, Kind.DICOM})
MOST_PAGES = 200


def in_words(document: Document) -> Opened:
    """Return what a document says, its pages as sections, and that this is all that is shown of it."""
    opened = document.opened
    last = min(opened.pages, opened.drawn_pages + MOST_PAGES)
    pages = tuple(
        section
        for number in range(opened.drawn_pages, last)
        if (section := _section(document.pages, number)) is not None
    )
    return replace(
        opened,
        pages=0,
        drawn_pages=0,
        embedded=(),
        sections=(*opened.sections, *pages),
        notices=(*opened.notices, Notice.WORDS_ONLY),
    )


def _section(pages: Pages, number: int) -> Section | None:
    words = pages.text(number).strip()
    return Section("", 1, (Paragraph(words),)) if words else None
