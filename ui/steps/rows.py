"""A large row to press: pictogram, what it is, a second line; a quiet mark where it cannot be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent

from ui import theme
from ui.text import typeset
from ui.widgets import Card, IconLine, Tile
from ui.widgets.painting import WRAP, longest_word, mirrored, paint_box, paint_ring, shape_of, text_height

if TYPE_CHECKING:
    from PySide6.QtWidgets import QVBoxLayout, QWidget

    from ui.screen import Screen

__all__ = ["EntryRow", "emptied", "nothing_yet", "take_over_focus"]


def nothing_yet(icon_name: str, words: str) -> Card:
    """Say that a list is empty, where the list would be."""
    card = Card()
    card.column.addWidget(IconLine(icon_name, words))
    return card


def emptied(column: QVBoxLayout) -> None:
    """Take all widgets out of a column."""
    while (item := column.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def take_over_focus(screen: Screen) -> None:
    """Begin at the first line, once it is there; a focus that someone moved stays."""

    def take() -> None:
        screen.order_tabs()
        if screen.isVisible() and screen.focusWidget() in {None, screen.back_button}:
            target = screen.first_focus()
            if target is not None:
                target.setFocus(Qt.FocusReason.OtherFocusReason)

    # What was just added is shown after the event in hand.
    QTimer.singleShot(0, screen, take)


class EntryRow(Tile):
    """A tile that lies on its side: the words beside the pictogram, the whole width to press."""

    def __init__(
        self, title: str, second: str = "", *, icon_name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, second, icon_name=icon_name, parent=parent)

    def sizeHint(self) -> QSize:
        """Take the width there is."""
        least = self.minimumSizeHint().width()
        return QSize(least, self.heightForWidth(least))

    def minimumSizeHint(self) -> QSize:
        """No word is cut."""
        look = theme.current()
        words = max(
            longest_word(typeset(self.text()), look.font(theme.Role.STRONG)),
            longest_word(typeset(self.second), look.font(theme.Role.SECOND)),
        )
        return QSize(words + self._beside(), theme.MAIN_TARGET)

    def heightForWidth(self, width: int) -> int:
        """Title and second line, never under the target."""
        high = sum(self._heights(width - self._beside()))
        gap = theme.SPACE[0] if self.second else 0
        return max(theme.MAIN_TARGET, high + gap + 2 * theme.SPACE[1]) + 2 * theme.RING

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card, the pictogram, the words."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "tint" if self.isDown() or self.underMouse() else "card"
        paint_box(painter, shape_of(self), fill=fill, line="line", radius=theme.RADIUS)
        self._paint_words(painter)
        if self.hasFocus():
            paint_ring(painter, self, theme.RADIUS)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        look, side = theme.current(), self._side()
        pixmap = theme.icon(self.icon_name, look.palette.accent, side, self.devicePixelRatioF())
        edge = theme.RING + theme.SPACE[2]
        place = QRect(edge, (self.height() - side) // 2, side, side)
        painter.drawPixmap(mirrored(self, place).topLeft(), pixmap)
        wide = self.width() - self._beside()
        heights = self._heights(wide)
        gap = theme.SPACE[0] if self.second else 0
        top = (self.height() - sum(heights) - gap) // 2
        for (words, role, color), high in zip(self._lines(), heights, strict=True):
            painter.setFont(look.font(role))
            painter.setPen(look.color(color))
            left = edge + side + theme.SPACE[2]
            painter.drawText(mirrored(self, QRect(left, top, wide, high)), WRAP, words)
            top += high + gap

    def _lines(self) -> tuple[tuple[str, theme.Role, str], ...]:
        return (
            (typeset(self.text()), theme.Role.STRONG, "ink"),
            (typeset(self.second), theme.Role.SECOND, "soft"),
        )

    def _heights(self, wide: int) -> list[int]:
        look = theme.current()
        return [
            text_height(words, look.font(role), wide) if words else 0 for words, role, _c in self._lines()
        ]

    def _side(self) -> int:
        return round(theme.current().body * 1.3)

    def _beside(self) -> int:
        return 2 * (theme.RING + theme.SPACE[2]) + self._side() + theme.SPACE[2]
