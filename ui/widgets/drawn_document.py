"""A document open in the reader process, as the screens ask for it: facts, pictures of pages, words.

There is one reader process and several screens may want it, so whoever asks makes sure first that the
reader holds *their* document. All methods but :meth:`cached` block: they are for the reader's lane,
which is a single thread, so nobody can put another document in between.

A few pictures are kept (the page on screen and its neighbours), as images of the session process only.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from app.reader.client import Reader
    from app.reader.values import Opened

__all__ = ["DrawnDocument"]

KEPT = 6

_in_reader: WeakKeyDictionary[Reader, ref[DrawnDocument]] = WeakKeyDictionary()


class DrawnDocument:
    """One document's bytes and what the reader makes of them."""

    def __init__(self, reader: Reader, data: bytes) -> None:
        self._reader = reader
        self._data = data
        self._opened: Opened | None = None
        self._pictures: OrderedDict[tuple[int, int], QImage] = OrderedDict()
        self._words: dict[int, str] = {}
        self._recognised: dict[int, str] = {}

    def open(self) -> Opened:
        """Read the document; raises a ``FileRefused``."""
        if self._opened is None:
            self._hold()
        assert self._opened is not None  # noqa: S101 - said by _hold
        return self._opened

    @property
    def data(self) -> bytes:
        """Its bytes, as they are kept."""
        return self._data

    def already_open(self, opened: Opened) -> None:
        """Take what was read of these same bytes a moment ago."""
        self._opened = opened

    def cached(self, number: int, width: int) -> QImage | None:
        """Return the picture if it was drawn already; never blocks."""
        return self._pictures.get((number, width))

    def picture(self, number: int, width: int) -> QImage:
        """Draw a page, ``width`` pixels wide."""
        found = self.cached(number, width)
        if found is not None:
            return found
        image = self.draw(number, width)
        self._pictures[number, width] = image
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)
        return image

    def draw(self, number: int, width: int) -> QImage:
        """Draw a page and keep nothing of it: a page for the printer is too large to be kept."""
        self._hold()
        page = self._reader.page(number, width)
        return QImage(page.rgb, page.width, page.height, page.width * 3, QImage.Format.Format_RGB888).copy()

    def text(self, number: int) -> str:
        """Return the words of a page; those that were recognised, where it carries none itself."""
        return self._recognised.get(number) or self.layer(number)

    def is_recognised(self, number: int) -> bool:
        """Whether a page's words are what this PC saw on its picture; never blocks."""
        return bool(self._recognised.get(number))

    def take_words(self, number: int, words: str) -> None:
        """Take the words that were recognised on a page; never blocks."""
        self._recognised[number] = words

    def for_reading(self, number: int, turn: int) -> bytes:
        """Return a page as the recognition of its words wants it; empty for a blank one."""
        self._hold()
        return self._reader.page_for_reading(number, turn)

    def layer(self, number: int) -> str:
        """Return the words that a page carries itself."""
        if number not in self._words:
            self._hold()
            self._words[number] = self._reader.page_text(number)
        return self._words[number]

    def _hold(self) -> None:
        holder = _in_reader.get(self._reader)
        if self._opened is not None and holder is not None and holder() is self:
            return
        _in_reader.pop(self._reader, None)
        self._opened = self._reader.open(self._data)
        _in_reader[self._reader] = ref(self)

    @staticmethod
    def let_go(reader: Reader) -> None:
        """Say that the reader was given another document by other means."""
        _in_reader.pop(reader, None)
