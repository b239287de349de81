"""The words of a paper's pages, read one after the other while the person looks at them.

It lives as long as its paper's screens; a page that changes is read again, a page that is gone is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.paper import Page, Read, read
from app.reader.ocr import Ocr
from app.reader.papers import Papers
from ui.tasks import Lane

if TYPE_CHECKING:
    from app.paper import Paper
    from ui.session.context import SessionContext

__all__ = ["PaperReading"]


class PaperReading(QObject):
    """Reads what is unread, one page at a time."""

    page_read = Signal()
    page_turned = Signal(object)
    over = Signal()

    def __init__(self, context: SessionContext, paper: Paper, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._paper = paper
        self._ocr = Ocr()
        self._is_paused = False
        # When the pages are gone nobody waits for their words any more.
        self.destroyed.connect(self._ocr.stop)
        self._under_way: Page | None = None
        self._failed: set[Page] = set()

    @property
    def is_over(self) -> bool:
        """Whether no page is left to read."""
        return self._next() is None and self._under_way is None

    @property
    def left(self) -> int:
        """How many pages are still to be read."""
        return sum(1 for page in self._paper.unread if page not in self._failed)

    def go_on(self) -> None:
        """Read the next unread page, if none is being read."""
        page = self._next()
        if self._under_way is not None or self._is_paused:
            return
        if page is None:
            self.over.emit()
            return
        self._under_way = page
        context, ocr = self._context, self._ocr
        context.tasks.run(
            lambda: read(Papers(context.reader), ocr, page),
            lambda done: self._done(page, done),
            lambda _error: self._not_read(page),
            lane=Lane.WORDS,
            owner=self,
        )

    def resume(self) -> None:
        """Go on after a stop."""
        if self._is_paused:
            self._is_paused = False
            self._ocr = Ocr()
            self.destroyed.connect(self._ocr.stop)
        self.go_on()

    def stop(self) -> None:
        """End the page under way; the others stay unread."""
        self._is_paused = True
        self._ocr.stop()

    def _next(self) -> Page | None:
        return next((page for page in self._paper.unread if page not in self._failed), None)

    def _done(self, page: Page, done: Read) -> None:
        self._under_way = None
        if page.take(done):
            self.page_turned.emit(page)
        self.page_read.emit()
        self.go_on()

    def _not_read(self, page: Page) -> None:
        """It goes without its words: asked for ever again, it would never end."""
        self._under_way = None
        self._failed.add(page)
        self.go_on()
