"""The words of a document's pages, one page after the other, recognised where a page carries none.

The reader process gives a page's picture in its lane, the recognition has a lane of its own: so pages can
be turned meanwhile. A page that someone waits for comes first. What was recognised is kept in the
person's store once the document is filed, and taken up there: nothing is recognised twice.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.reader.ocr import Ocr, OcrFailed
from app.recognition import PageText, looked_at, recognised
from ui.tasks import Lane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ui.session.context import SessionContext
    from ui.widgets.drawn_document import DrawnDocument

__all__ = ["Recognising"]

INDEXED_EVERY = 10
"""Pages recognised between two writings of what can be searched."""


class Recognising(QObject):
    """Reads the pages of one document; ``missing`` tells why some words are not known."""

    begun = Signal()
    page_read = Signal(int)
    over = Signal()

    def __init__(
        self, context: SessionContext, document: DrawnDocument, pages: Iterable[int], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.missing = ""
        self._context = context
        self._document = document
        self._pages = list(pages)
        self._known: dict[int, str] = {}
        self._pictures: set[int] = set()  # pages that had to be recognised
        self._meets_pictures = False
        self._asked: dict[int, list[Callable[[str], None]]] = {}
        self._kept_as: tuple[str, str, str] | None = None
        self._unindexed = 0
        self._under_way: int | None = None
        self._is_started = self._is_paused = self._is_over = False
        self._ocr = self._new_ocr()

    # -- what is known ----------------------------------------------------------------------------

    @property
    def left(self) -> int:
        """How many pages are still to be read."""
        return sum(1 for number in self._pages if number not in self._known)

    @property
    def whole(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    @property
    def is_paused(self) -> bool:
        """Whether it was stopped before its end."""
        return self._is_paused

    @property
    def is_waiting_long(self) -> bool:
        """Whether pictures are being read, and pages are left: that takes seconds a page."""
        return self._meets_pictures and self.left > 0 and not self._is_paused

    @property
    def has_pictures(self) -> bool:
        """Whether words were recognised on any page."""
        return any(self._known.get(number) for number in self._pictures)

    @property
    def text(self) -> str:
        """The words that are known, in the order of the pages."""
        return "\n".join(self._known[number] for number in self._pages if self._known.get(number))

    def knows(self, number: int) -> bool:
        """Whether a page was read."""
        return number in self._known

    def words(self, numbers: Iterable[int]) -> str:
        """The words of some pages, as far as they are known."""
        return "\n".join(words for number in numbers if (words := self._known.get(number)))

    # -- going and stopping -----------------------------------------------------------------------

    def keep_for(self, document_id: str, sha256: str, beside: str = "") -> None:
        """Keep what is recognised with a filed document, and go on from what is kept already.

        ``beside`` is what else of the document can be searched.
        """
        self._kept_as = document_id, sha256, beside
        new = {number: self._known[number] for number in self._pictures}
        records = self._context.space.records

        def kept() -> dict[int, str]:
            if new:
                records.keep_recognised(document_id, sha256, new)
            return records.recognised(document_id, sha256)

        self._under_way = -1
        self._context.tasks.run(kept, self._found, lambda _error: self._found({}), owner=self)

    def go_on(self) -> None:
        """Begin, or read on from where it was stopped."""
        self._is_started = True
        if self._is_paused:
            self._is_paused = False
            self._ocr = self._new_ocr()
        self._step()

    def stop(self) -> None:
        """End the page under way; what is known stays, who waits is told that there is nothing."""
        self._is_paused = True
        self._ocr.stop()
        for number in tuple(self._asked):
            self._answer(number)
        self._index()

    def want(self, number: int, take: Callable[[str], None]) -> None:
        """Give the words of a page to ``take``: before those of the others, and after a stop too."""
        if number in self._known:
            take(self._known[number])
            return
        self._asked.setdefault(number, []).append(take)
        self.go_on()

    def live_on(self) -> None:
        """Go on without the screen that began it, until all is read or the visit ends."""
        self._asked.clear()
        self.setParent(self._context.tasks)
        self.over.connect(self.deleteLater)
        if self._is_over:
            self.deleteLater()

    # -- one page after the other -----------------------------------------------------------------

    def _new_ocr(self) -> Ocr:
        ocr, at_end = Ocr(), self._context.at_end
        at_end.append(ocr.stop)

        def gone() -> None:
            ocr.stop()
            at_end.remove(ocr.stop)

        self.destroyed.connect(gone)
        return ocr

    def _step(self) -> None:
        if self._under_way is not None or self._is_paused or not self._is_started:
            return
        unread = (number for number in self._pages if number not in self._known)
        number = next(iter(self._asked), next(unread, None))
        if number is not None:
            self._look(number)
        elif not self._is_over:
            self._is_over = True
            self._index()
            self.over.emit()

    def _look(self, number: int) -> None:
        self._under_way = number
        document = self._document
        self._context.tasks.run(
            lambda: looked_at(document, number, can_recognise=Ocr.is_here()),
            partial(self._seen, number),
            lambda _error: self._took(number, PageText("")),
            lane=Lane.READER,
            owner=self,
        )

    def _seen(self, number: int, found: PageText | bytes) -> None:
        if isinstance(found, PageText):
            self._took(number, found)
            return
        self._meets_pictures = True
        self.begun.emit()
        self._recognise(number, found, turning=True)

    def _recognise(self, number: int, picture: bytes, *, turning: bool) -> None:
        ocr, document = self._ocr, self._document
        self._context.tasks.run(
            lambda: recognised(ocr, picture, document.layer(number), turning=turning),
            partial(self._recognised, number),
            lambda _error: self._took(number, PageText("", missing=OcrFailed.code)),
            lane=Lane.WORDS,
            owner=self,
        )

    def _recognised(self, number: int, found: PageText | int) -> None:
        if isinstance(found, PageText):
            self._took(number, found)
            return
        document, turn = self._document, found
        self._context.tasks.run(
            lambda: document.for_reading(number, turn),
            lambda picture: self._recognise(number, picture, turning=False),
            lambda _error: self._took(number, PageText("")),
            lane=Lane.READER,
            owner=self,
        )

    def _took(self, number: int, found: PageText) -> None:
        self._under_way = None
        if self._is_paused and found.missing:
            return  # it was ended on purpose, and is read another time
        self.missing = self.missing or found.missing
        self._known[number] = found.text
        if found.is_recognised:
            self._document.take_words(number, found.text)
            self._pictures.add(number)
            self._keep(number)
        self._answer(number)
        self.page_read.emit(number)
        self._step()

    def _answer(self, number: int) -> None:
        for take in self._asked.pop(number, ()):
            take(self._known.get(number, ""))

    # -- what is kept -----------------------------------------------------------------------------

    def _found(self, kept: dict[int, str]) -> None:
        self._under_way = None
        for number, words in kept.items():
            if number in self._pages:
                self._document.take_words(number, words)
                self._known[number] = words
                self._pictures.add(number)
        self._unindexed += len(kept)
        if self._is_over:
            self._index()
        self._step()

    def _keep(self, number: int) -> None:
        if self._kept_as is None:
            return
        document_id, sha256, _beside = self._kept_as
        records, page = self._context.space.records, {number: self._known[number]}
        self._context.tasks.run(
            lambda: records.keep_recognised(document_id, sha256, page),
            failed=lambda _error: None,  # on a full disk it is read again another time
        )
        self._unindexed += 1
        if self._unindexed >= INDEXED_EVERY:
            self._index()

    def _index(self) -> None:
        """Make what is known findable."""
        if self._kept_as is None:
            return
        document_id, _sha256, beside = self._kept_as
        words = "\n".join(part for part in (beside, self.text) if part.strip())
        self._unindexed = 0
        if words:
            records = self._context.space.records
            self._context.tasks.run(
                lambda: records.index_text(document_id, words), failed=lambda _error: None
            )
