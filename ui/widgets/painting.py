"""What the painted widgets share: the shape inside its ring, and text measured the way it is drawn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle

from ui import theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

__all__ = [
    "WRAP",
    "longest_word",
    "mirrored",
    "paint_box",
    "paint_ring",
    "shape_of",
    "text_height",
    "text_width",
]

WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
MOST_MEASURES = 5_000
_Kind = tuple[int, int] | str
# What stays on one line, as Qt lays it: up to a space, a place to break, or a hyphen before a letter.
_UNBROKEN = re.compile(r"(?:[^ \n\u200b-]|-(?![^\W\d_])|(?<!\w)-)+-?|-")
FAR = 100_000


def shape_of(widget: QWidget) -> QRectF:
    """Return the visible shape of a control: its rectangle less the room of the focus ring."""
    ring = theme.RING
    return QRectF(widget.rect()).adjusted(ring, ring, -ring, -ring)


def mirrored(widget: QWidget, place: QRect) -> QRect:
    """Return where ``place`` is in the reading direction: it is given as for left to right."""
    return QStyle.visualRect(widget.layoutDirection(), widget.rect(), place)


def paint_ring(painter: QPainter, widget: QWidget, radius: float = theme.RADIUS) -> None:
    """Draw the focus ring outside the shape."""
    half = theme.RING_WIDTH / 2
    painter.setPen(QPen(theme.current().color("focus"), theme.RING_WIDTH))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    corner = radius + theme.RING - half
    painter.drawRoundedRect(QRectF(widget.rect()).adjusted(half, half, -half, -half), corner, corner)


def paint_box(
    painter: QPainter, box: QRectF, *, fill: str, line: str, width: float = 2, radius: float = theme.RADIUS
) -> None:
    """Draw a rounded box; ``fill`` and ``line`` are token names."""
    look = theme.current()
    half = width / 2
    painter.setPen(QPen(look.color(line), width))
    painter.setBrush(look.color(fill))
    painter.drawRoundedRect(box.adjusted(half, half, -half, -half), radius - half, radius - half)


def text_width(text: str, font: QFont) -> int:
    """Return the width of ``text`` on one line."""
    return _measured(text, font, FAR)[0] + 2


def text_height(text: str, font: QFont, width: int) -> int:
    """Return the height of ``text`` wrapped at ``width``."""
    return _measured(text, font, max(1, width))[1] if text else 0


def longest_word(text: str, font: QFont) -> int:
    """Return the width under which a word would be cut; a line may end after a hyphen."""
    asked = text, _kind(font)
    found = _longest.get(asked)
    if found is None:
        if len(_longest) > MOST_MEASURES:
            _longest.clear()
        # Laying out is what takes long: only the word whose letters take most is laid out.
        words, advance = _UNBROKEN.findall(text), QFontMetrics(font).horizontalAdvance
        found = _longest[asked] = text_width(max(words, key=advance), font) if words else 0
    return found


# A layout asks the same again and again before it is content; shaping text is what that costs.
_measures: dict[tuple[str, _Kind, int], tuple[int, int]] = {}
_longest: dict[tuple[str, _Kind], int] = {}


def _kind(font: QFont) -> _Kind:
    # Ours differ in size and weight only; the whole name of a font takes as long as a short word.
    pixels = font.pixelSize()
    return (pixels, int(font.weight())) if pixels > 0 else font.key()


def _measured(text: str, font: QFont, width: int) -> tuple[int, int]:
    """Return width and height of ``text`` wrapped at ``width``."""
    asked = text, _kind(font), width
    found = _measures.get(asked)
    if found is None:
        if len(_measures) > MOST_MEASURES:
            _measures.clear()
        box = QFontMetrics(font).boundingRect(QRect(0, 0, width, FAR), WRAP, text)
        found = _measures[asked] = box.width(), box.height()
    return found
