"""Large rows to press, one below the other, and the list that keeps them up to date.

Decision: a list of a room is short (rarely fifty lines), so its rows are widgets, which a screen reader
meets as buttons. Made all at once they would hold the screen thread for 80 ms: they are made a few at a
time, and when something changes elsewhere only the rows it touches are told, so that the focus and
the place in the page stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import theme
from ui.text import typeset
from ui.widgets import Card, IconLine, Tile
from ui.widgets.painting import WRAP, longest_word, mirrored, paint_box, paint_ring, shape_of, text_height

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ui.screen import Screen

__all__ = ["Entry", "EntryList", "EntryRow", "nothing_yet", "take_over_focus"]

TURN = 0.004
"""Seconds of the screen thread that making rows may take at a time; showing them takes as much again."""
PAUSE = 8
"""Milliseconds between two turns, in which what was made is laid out and painted."""


def nothing_yet(icon_name: str, words: str) -> Card:
    """Say that a list is empty, where the list would be."""
    card = Card()
    card.column.addWidget(IconLine(icon_name, words))
    return card


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


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: its key, what it says (compared to know whether it changed), how that is put in words."""

    key: str
    fact: object
    icon_name: str
    words: Callable[[], tuple[str, str]]


class EntryRow(Tile):
    """A tile that lies on its side: the words beside the pictogram, the whole width to press."""

    def __init__(
        self, title: str, second: str = "", *, icon_name: str, parent: QWidget | None = None
    ) -> None:
        # A page of rows is laid out many times over while it is made.
        self._high: dict[int, int] = {}
        super().__init__(title, second, icon_name=icon_name, parent=parent)

    def tell(self, entry: Entry) -> None:
        """Say what is new."""
        title, second = entry.words()
        self.icon_name = entry.icon_name
        self.set_title(title)
        self.set_second(second)

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

    def set_title(self, title: str) -> None:
        """Change what it is."""
        self._high.clear()
        super().set_title(title)

    def set_second(self, second: str) -> None:
        """Change the second line."""
        self._high.clear()
        super().set_second(second)

    def customEvent(self, event: QEvent) -> None:
        """Measure again when the text size changed."""
        del event
        self._high.clear()

    def heightForWidth(self, width: int) -> int:
        """Title and second line, never under the target."""
        if width not in self._high:
            self._high[width] = self._height(width)
        return self._high[width]

    def _height(self, width: int) -> int:
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


class EntryList(QWidget):
    """Rows of entries. ``opened(key)`` when one is pressed, ``made`` when all rows are there."""

    opened = Signal(str)
    made = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE[1])
        self._entries: dict[str, Entry] = {}
        self._rows: dict[str, EntryRow] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._make_some)

    @property
    def rows(self) -> list[EntryRow]:
        """The rows, in the order shown."""
        return [self._rows[key] for key in self._entries if key in self._rows]

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show these: rows that stay are told what changed, others go or are made."""
        before, self._entries = self._entries, {each.key: each for each in entries}
        for key in [key for key in self._rows if key not in self._entries]:
            row = self._rows.pop(key)
            row.hide()
            row.deleteLater()
        for place, key in enumerate(key for key in self._entries if key in self._rows):
            row, entry = self._rows[key], self._entries[key]
            if self._column.indexOf(row) != place:
                self._column.insertWidget(place, row)
            if before[key].fact != entry.fact:
                row.tell(entry)
        self._make_some()

    def _make_some(self) -> None:
        until = perf_counter() + TURN
        for place, (key, entry) in enumerate(self._entries.items()):
            if key in self._rows:
                continue
            if perf_counter() > until:
                self._timer.start(PAUSE)
                return
            self._rows[key] = self._row(entry, place)
        self.made.emit()

    def _row(self, entry: Entry, place: int) -> EntryRow:
        row = EntryRow(*entry.words(), icon_name=entry.icon_name)
        row.clicked.connect(lambda _checked=False, key=entry.key: self.opened.emit(key))
        self._column.insertWidget(place, row)
        return row
