"""The words of a document's pages that carry none: a picture-only PDF, a TIFF of several pages.

Context: many papers come as pictures from a copier or from a telephone. The person's own file is never
changed for that (it may be signed, and its digest is what other devices compare), so the words are kept
beside it. Decision: a page is recognised when it carries fewer words than a letterhead; what a page says
itself is always believed more. Functions block: each is for the lane it names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.reader.ocr import OcrFailed, OcrMissing
from app.reader.paper_values import FEW

if TYPE_CHECKING:
    from app.reader.ocr import Ocr

__all__ = ["PageText", "Pictured", "lacks_words", "looked_at", "recognised"]

_WORD = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True, slots=True)
class PageText:
    """The words of a page. ``missing``: the code of why they could not be recognised."""

    text: str
    is_recognised: bool = False
    missing: str = ""


class Pictured(Protocol):
    """A document whose pages can be asked for."""

    def layer(self, number: int) -> str:
        """Return the words that a page carries itself."""

    def for_reading(self, number: int, turn: int) -> bytes:
        """Return a page as the recognition wants it; empty for a blank one."""


def lacks_words(text: str) -> bool:
    """Say whether that is too little for a page: nothing, or the line that a copier adds."""
    return sum(1 for _word in _WORD.finditer(text)) < FEW


def looked_at(document: Pictured, number: int, *, can_recognise: bool) -> PageText | bytes:
    """Return the words of a page, or the picture to recognise them on. Asks the reader process."""
    layer = document.layer(number)
    if not lacks_words(layer):
        return PageText(layer)
    if not can_recognise:
        return PageText(layer, missing=OcrMissing.code)
    return document.for_reading(number, 0) or PageText(layer)


def recognised(ocr: Ocr, picture: bytes, layer: str, *, turning: bool) -> PageText | int:
    """Recognise a page, or say by how many degrees it must be turned for that. Takes seconds.

    Where no words are found, those that the page carries itself stand.
    """
    try:
        words = ocr.read(picture, turning=turning)
    except (OcrMissing, OcrFailed) as fault:
        return PageText(layer, missing=fault.code)
    return words.turn or PageText(words.told or layer, is_recognised=True)
