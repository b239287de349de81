"""The program's end of the reader process for loose pictures of paper: scanned pages, photos of a page.

Unlike a document, none of them stays open there: each call carries its picture. So pages can be looked at
in any order while a document is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.reader.errors import EmptyFile, ReaderFailed, TooHeavy
from app.reader.paper_values import Bound, Edit
from app.reader.paper_wire import codes_from, edit_to, seen_from, words_to
from app.reader.values import PagePicture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.reader.client import Reader
    from app.reader.paper_values import Code, PageWords, PaperSeen
    from app.reader.wire import Header

__all__ = ["KEPT_SIDE", "Papers", "is_page_picture"]

KEPT_SIDE = 2339
"""Pixels on the longer side of a kept page: an A4 sheet at 200 dots an inch."""
MOST_BYTES = 60_000_000
MOST_SIDE = 8000
QUALITY = 88


def is_page_picture(data: bytes) -> bool:
    """Say whether bytes begin like the photo of a page: JPEG, PNG or HEIC. A TIFF may be a whole document."""
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or data[4:12] in _HEIC


_HEIC = frozenset({b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypheim", b"ftypmif1", b"ftypmsf1"})


class Papers:
    """Asks the reader process about pictures of paper; calls block, and raise a FileRefused."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def look(self, picture: bytes, *, is_photo: bool) -> PaperSeen:
        """Look at a picture (JPEG, PNG, TIFF, HEIC) and propose what to do to it."""
        if not picture:
            raise EmptyFile
        if len(picture) > MOST_BYTES:
            raise TooHeavy(size=len(picture), limit=MOST_BYTES)
        answer, _ = self._reader.ask({"do": "paper-look", "is_photo": is_photo}, picture)
        try:
            return seen_from(answer)
        except (KeyError, TypeError, ValueError) as fault:
            raise ReaderFailed from fault

    def show(self, picture: bytes, edit: Edit, side: int) -> PagePicture:
        """Draw a picture with an edit done to it, about ``side`` pixels long."""
        answer, rgb = self._reader.ask(_edit_order("paper-show", edit, side), picture)
        wide, high = _size(answer)
        if wide * high * 3 != len(rgb):
            raise ReaderFailed
        return PagePicture(wide, high, rgb)

    def keep(self, picture: bytes, edit: Edit, side: int = KEPT_SIDE, quality: int = QUALITY) -> bytes:
        """Write a picture with an edit done to it as JPEG; grey where it has no colour."""
        return self._reader.ask({**_edit_order("paper-keep", edit, side), "quality": quality}, picture)[1]

    def for_reading(self, picture: bytes) -> bytes:
        """Prepare a kept page for :class:`app.reader.ocr.Ocr`: a grey PGM, its proportions unchanged."""
        return self._reader.ask({"do": "paper-for-reading"}, picture)[1]

    def codes(self, picture: bytes) -> tuple[Code, ...]:
        """Read the codes printed on a page."""
        answer, _ = self._reader.ask({"do": "paper-codes"}, picture)
        try:
            return codes_from(answer)
        except (KeyError, TypeError, ValueError) as fault:
            raise ReaderFailed from fault

    def bind(self, pictures: Sequence[bytes], words: Sequence[PageWords], max_bytes: int) -> Bound:
        """Bind kept pages and their words into one PDF; raises CannotShrink."""
        header: Header = {
            "do": "paper-bind",
            "sizes": [len(one) for one in pictures],
            "words": [words_to(one) for one in words],
            "max_bytes": max_bytes,
        }
        answer, data = self._reader.ask(header, b"".join(pictures), is_long=True)
        if len(data) > max_bytes:
            raise ReaderFailed
        return Bound(data, bool(answer.get("is_plain")))


def _edit_order(order: str, edit: Edit, side: int) -> Header:
    return {"do": order, "edit": edit_to(edit), "side": max(16, min(side, MOST_SIDE))}


def _size(answer: Header) -> tuple[int, int]:
    wide, high = answer.get("width"), answer.get("height")
    if not isinstance(wide, int) or not isinstance(high, int) or wide <= 0 or high <= 0:
        raise ReaderFailed
    return wide, high
