"""A bar's ground: the colour of a card, with a hair line where it meets the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QWidget

from ui import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

__all__ = ["BarGround"]

HAIR = 2


class BarGround(QFrame):
    """A bar over the page (``line_below``) or under it."""

    def __init__(self, *, line_below: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line_below = line_below

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground."""
        del event
        look = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.color("card"))
        top = self.height() - HAIR if self._line_below else 0
        painter.fillRect(0, top, self.width(), HAIR, look.color("hair"))
        painter.end()
