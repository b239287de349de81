"""A paper on its way, as the page viewer asks for it: each page as it is now, drawn by the reader process.

It stands where a document stands (:class:`DrawnDocument`), but it is not open in the reader process: each
drawing carries its page's picture. A picture is kept as long as the page is not changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from app.reader.papers import Papers
from app.reader.values import Kind, Opened
from ui.widgets.drawn_document import DrawnDocument

if TYPE_CHECKING:
    from app.paper import Page, Paper
    from app.reader.client import Reader
    from app.reader.paper_values import Edit

__all__ = ["DrawnPaper"]

KEPT = 6
LONGEST = 1.5  # a page's height against its width, roughly; the width is what the viewer asks for


class DrawnPaper(DrawnDocument):
    """The pages of a :class:`app.paper.Paper`."""

    def __init__(self, reader: Reader, paper: Paper) -> None:
        super().__init__(reader, b"")
        self._papers = Papers(reader)
        self._paper = paper
        self._drawn: dict[tuple[Page, int], tuple[Edit, QImage]] = {}

    def open(self) -> Opened:
        """Say how many pages there are."""
        return Opened(Kind.PDF, "application/pdf", "", 0, len(self._paper.pages))

    def cached(self, number: int, width: int) -> QImage | None:
        """Return the picture of a page that has not changed since it was drawn; never blocks."""
        page = self._page(number)
        edit, image = self._drawn.get((page, width), (None, None)) if page else (None, None)
        return image if page is not None and edit == page.edit else None

    def picture(self, number: int, width: int) -> QImage:
        """Draw a page as it is now, about ``width`` pixels wide."""
        page = self._page(number)
        if page is None:
            return QImage()
        edit = page.edit
        image = self._draw_page(page, edit, width)
        self._drawn[page, width] = (edit, image)
        while len(self._drawn) > KEPT:
            self._drawn.pop(next(iter(self._drawn)))
        return image

    def text(self, number: int) -> str:
        """Return the words that were recognised so far."""
        page = self._page(number)
        return page.read.words.text if page is not None and page.read is not None else ""

    def _draw_page(self, page: Page, edit: Edit, width: int) -> QImage:
        drawn = self._papers.show(page.picture, edit, round(width * LONGEST))
        size = drawn.width * 3
        return QImage(drawn.rgb, drawn.width, drawn.height, size, QImage.Format.Format_RGB888).copy()

    def _page(self, number: int) -> Page | None:
        pages = self._paper.pages
        return pages[number] if 0 <= number < len(pages) else None
