"""A scroll bar for a finger: as wide as a target must be, with a button at each end.

Nothing here needs dragging: a press on an end moves a few lines, a press between an end and the handle moves
a page. It paints itself (the style only knows where its parts are), so that its buttons are in the theme's
colours and say which way they go by their shape; what cannot move further is paler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar, QStyle, QStyleOptionSlider

from ui import theme
from ui.telling import tell
from ui.text import _

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

__all__ = ["WIDTH", "ScrollBar", "use_large_bars"]

WIDTH = 48
GROOVE = 18
ARROW = 9


def use_large_bars(area: QAbstractScrollArea, *, sideways: bool = False) -> None:
    """Give a scroll area its bar for a finger, and where it moves ``sideways`` the lying one too."""
    area.setVerticalScrollBar(ScrollBar(Qt.Orientation.Vertical))
    if sideways:
        area.setHorizontalScrollBar(ScrollBar(Qt.Orientation.Horizontal))


class ScrollBar(QScrollBar):
    """Upright or lying."""

    def __init__(self, orientation: Qt.Orientation) -> None:
        super().__init__(orientation)
        theme.dress(self)
        tell(self.setAccessibleName, _("Faire défiler"))

    def part(self, which: QStyle.SubControl) -> QRectF:
        """Return where a part is, as the style finds it under a press."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        return QRectF(self.style().subControlRect(QStyle.ComplexControl.CC_ScrollBar, option, which, self))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint handle and buttons."""
        del event
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("line"))
        handle = self.part(QStyle.SubControl.SC_ScrollBarSlider)
        aside = (WIDTH - GROOVE) / 2
        upright = self.orientation() == Qt.Orientation.Vertical
        slim = handle.adjusted(aside, 0, -aside, 0) if upright else handle.adjusted(0, aside, 0, -aside)
        painter.drawRoundedRect(slim, GROOVE / 2, GROOVE / 2)
        for which, spent in (
            (QStyle.SubControl.SC_ScrollBarSubLine, self.value() <= self.minimum()),
            (QStyle.SubControl.SC_ScrollBarAddLine, self.value() >= self.maximum()),
        ):
            place = self.part(which)
            onward = place.center().y() > handle.center().y() or place.center().x() > handle.center().x()
            painter.setPen(QPen(look.color("hair" if spent else "accent"), 4))
            painter.drawPolyline(_arrow(place.center(), upright=upright, onward=onward))
        painter.end()


def _arrow(middle: QPointF, *, upright: bool, onward: bool) -> QPolygonF:
    """Return the three points of an arrow's head around ``middle``."""
    tip = ARROW / 2 if onward else -ARROW / 2
    points = ((-tip, -ARROW), (tip, 0), (-tip, ARROW))
    return QPolygonF(
        [middle + (QPointF(across, along) if upright else QPointF(along, across)) for along, across in points]
    )
