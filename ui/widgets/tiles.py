"""Tiles of the home screen: a pictogram, what one can do, and a second line that says how much."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ui import theme
from ui.telling import keep
from ui.text import typeset
from ui.widgets.flow import CardLayout
from ui.widgets.painting import (
    WRAP,
    longest_word,
    mirrored,
    paint_box,
    paint_ring,
    shape_of,
    text_height,
    text_width,
)
from ui.widgets.words import for_ears

__all__ = ["Tile", "TileGrid"]


class Tile(QPushButton):
    """A card to press. Its accessible name is its title, its description the second line.

    ``large`` draws a larger pictogram, where there are only two or three of them.
    """

    def __init__(
        self,
        title: str,
        second: str = "",
        *,
        icon_name: str = "",
        large: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._large = large
        self.icon_name = icon_name
        self.second = second
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_title(title)
        self.set_second(second)

    def set_title(self, title: str) -> None:
        """Change what the tile does, seen and spoken."""
        keep(self, "set_title", title)
        self.setText(title)
        self.setAccessibleName(title)
        self.updateGeometry()

    def set_second(self, second: str) -> None:
        """Change the second line."""
        self.second = second
        keep(self, "set_second", second)
        self.setAccessibleDescription(for_ears(second))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Title on one line."""
        wide = text_width(typeset(self.text()), theme.current().font(theme.Role.STRONG)) + self._around()
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        """No word is cut."""
        look = theme.current()
        words = max(
            longest_word(typeset(self.text()), look.font(theme.Role.STRONG)),
            longest_word(typeset(self.second), look.font(theme.Role.SECOND)),
        )
        return QSize(words + self._around(), theme.MAIN_TARGET)

    def hasHeightForWidth(self) -> bool:
        """Words wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Pictogram, title, second line."""
        inside = width - self._around()
        look = theme.current()
        high = text_height(typeset(self.text()), look.font(theme.Role.STRONG), inside)
        if self.icon_name:
            high += self._icon() + theme.SPACE[1]
        if self.second:
            high += theme.SPACE[0] + text_height(typeset(self.second), look.font(theme.Role.SECOND), inside)
        return high + 2 * (theme.RING + theme.SPACE[2])

    def customEvent(self, event: QEvent) -> None:
        """Measure again when the text size changed."""
        del event
        self.updateGeometry()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the tile, like Space."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "tint" if self.isDown() or self.underMouse() else "card"
        paint_box(painter, shape_of(self), fill=fill, line="line", radius=theme.RADIUS_CARD)
        self._paint_words(painter)
        if self.hasFocus():
            paint_ring(painter, self, theme.RADIUS_CARD)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        look = theme.current()
        across, down = theme.RING + theme.SPACE[3], theme.RING + theme.SPACE[2]
        inside = self.rect().adjusted(across, down, -across, -down)
        top = inside.top()
        if self.icon_name:
            pixmap = theme.icon(self.icon_name, look.palette.accent, self._icon(), self.devicePixelRatioF())
            place = QRect(inside.left() - self._icon() // 12, top, self._icon(), self._icon())
            painter.drawPixmap(mirrored(self, place).topLeft(), pixmap)
            top += self._icon() + theme.SPACE[1]
        for words, role, color in (
            (typeset(self.text()), theme.Role.STRONG, "ink"),
            (typeset(self.second), theme.Role.SECOND, "soft"),
        ):
            font = look.font(role)
            high = text_height(words, font, inside.width())
            painter.setFont(font)
            painter.setPen(look.color(color))
            painter.drawText(mirrored(self, QRect(inside.left(), top, inside.width(), high)), WRAP, words)
            top += high + theme.SPACE[0]

    def _icon(self) -> int:
        look = theme.current()
        return round(look.icon * 1.6) if self._large and look.size < theme.TextSize.LARGEST else look.icon

    def _around(self) -> int:
        return 2 * (theme.RING + theme.SPACE[3])


class TileGrid(QWidget):
    """Tiles in one to three columns."""

    def __init__(self, parent: QWidget | None = None, *, columns: int = 3, ems: float = 13) -> None:
        super().__init__(parent)
        self._layout = CardLayout(self, columns=columns, ems=ems)
        self._layout.setSpacing(theme.SPACE[0])
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, widget: QWidget) -> None:
        """Add a tile."""
        self._layout.addWidget(widget)
