"""Buttons in words: they wrap rather than cut, and wear the focus ring outside."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ui import theme
from ui.telling import keep
from ui.text import typeset
from ui.widgets.painting import (
    longest_word,
    mirrored,
    paint_box,
    paint_ring,
    shape_of,
    text_height,
    text_width,
)

__all__ = ["Button", "Kind", "MainButton", "PlainButton", "QuietButton"]

CENTERED = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter)


class Kind(StrEnum):
    """How much a button asks to be pressed."""

    MAIN = "main"
    PLAIN = "plain"
    QUIET = "quiet"


# kind → fill, line, words; then the same while pressed
_COLORS = {
    Kind.MAIN: (("accent", "accent", "on_accent"), ("pressed", "pressed", "on_accent")),
    Kind.PLAIN: (("card", "accent", "accent"), ("tint", "accent", "accent")),
    Kind.QUIET: (("card", "line", "ink"), ("tint", "line", "ink")),
}


class Button(QPushButton):
    """A button whose accessible name is its words. ``icon_name`` is a Material pictogram."""

    def __init__(
        self,
        text: str,
        kind: Kind = Kind.PLAIN,
        *,
        icon_name: str = "",
        in_bar: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.kind = kind
        self._in_bar = in_bar
        self.icon_name = icon_name
        self._roomy = True
        self._small = False
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_words(text)

    def set_words(self, text: str) -> None:
        """Change the words, seen and spoken."""
        keep(self, "set_words", text)
        self.setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()

    def set_roomy(self, *, roomy: bool) -> None:
        """Say whether there is room for the pictogram beside the words."""
        if roomy != self._roomy:
            self._roomy = roomy
            self.updateGeometry()
            self.update()

    @property
    def is_small(self) -> bool:
        """Whether its words are no larger than usual, whatever the size chosen."""
        return self._small

    def set_small(self, *, small: bool) -> None:
        """Say that its bar would leave the page no room: its words stay of the usual size."""
        self._small = small

    def label_font(self) -> QFont:
        """Return the font of the words."""
        return self._look().font(theme.Role.BODY if self.kind == Kind.QUIET else theme.Role.STRONG)

    def sizeHint(self) -> QSize:
        """All words on one line."""
        width = text_width(typeset(self.text()), self.label_font()) + self._around()
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """No word is cut."""
        width = longest_word(typeset(self.text()), self.label_font()) + self._around()
        return QSize(width, self._target())

    def hasHeightForWidth(self) -> bool:
        """Words wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as the wrapped words need, never under the target."""
        words = text_height(typeset(self.text()), self.label_font(), width - self._around())
        return max(self._target(), words + 2 * (theme.RING + self._padding()[1]))

    def customEvent(self, event: QEvent) -> None:
        """Measure again when the text size changed."""
        del event
        self.updateGeometry()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the focus, like Space."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the shape, the pictogram, the words, the ring."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, line, words = _COLORS[self.kind][int(self.isDown() or self.isChecked())]
        if not self.isEnabled():
            fill, line, words = "paper", "hair", "soft"
        paint_box(painter, shape_of(self), fill=fill, line=line)
        self._paint_words(painter, words)
        if self.hasFocus():
            paint_ring(painter, self)
        painter.end()

    def _paint_words(self, painter: QPainter, color: str) -> None:
        look = theme.current()
        inside = self._inside()
        if self._has_icon():
            size = self._icon_size()
            pixmap = theme.icon(self.icon_name, getattr(look.palette, color), size, self.devicePixelRatioF())
            place = QRect(inside.left() - size - theme.GAP, (self.height() - size) // 2, size, size)
            painter.drawPixmap(mirrored(self, place).topLeft(), pixmap)
        painter.setPen(look.color(color))
        painter.setFont(self.label_font())
        painter.drawText(mirrored(self, inside), CENTERED, typeset(self.text()))

    def _inside(self) -> QRect:
        across, down = self._padding()
        left = self._icon_size() + theme.GAP if self._has_icon() else 0
        ring = theme.RING
        return self.rect().adjusted(ring + across + left, ring + down, -ring - across, -ring - down)

    def _around(self) -> int:
        left = self._icon_size() + theme.GAP if self._has_icon() else 0
        return 2 * (theme.RING + self._padding()[0]) + left

    def _look(self) -> theme.Theme:
        look = theme.current()
        if self._small:
            return look.small
        return look.bar if self._in_bar else look

    def _has_icon(self) -> bool:
        return bool(self.icon_name) and self._roomy and (self.isChecked() or not self.isCheckable())

    def _icon_size(self) -> int:
        return round(self._look().body * 1.2)

    def _padding(self) -> tuple[int, int]:
        return (theme.SPACE[2] if self.kind == Kind.QUIET else theme.SPACE[3] - 2, theme.SPACE[1])

    def _target(self) -> int:
        return (theme.TARGET if self.kind == Kind.QUIET else theme.MAIN_TARGET) + 2 * theme.RING


class MainButton(Button):
    """The one button that a screen is about; bottom right."""

    def __init__(self, text: str, *, icon_name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, Kind.MAIN, icon_name=icon_name, parent=parent)


class PlainButton(Button):
    """Any other action."""

    def __init__(self, text: str, *, icon_name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, Kind.PLAIN, icon_name=icon_name, parent=parent)


class QuietButton(Button):
    """A small action beside what matters (top bar, « Changer »)."""

    def __init__(
        self, text: str, *, icon_name: str = "", in_bar: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, Kind.QUIET, icon_name=icon_name, in_bar=in_bar, parent=parent)
