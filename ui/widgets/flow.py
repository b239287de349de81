"""Layouts that wrap, so that nothing is cut at the largest text: a bar and a grid of cards."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLayout, QLayoutItem, QStyle, QWidget

from ui import theme

__all__ = ["BarLayout", "CardLayout", "Wrapping"]


class Wrapping(QLayout):
    """A QLayout of items in order whose height follows from its width.

    Qt asks for the same heights many times while it looks for a layout: they are kept until it is
    invalidated, as Qt's own layouts do.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._heights: dict[int, int] = {}
        self._least: QSize | None = None
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(0)

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802 - Qt's name
        """Take an item."""
        self._items.append(item)
        self.invalidate()

    def count(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 - Qt's name
        """Return one item."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802 - Qt's name
        """Give one item back."""
        if not 0 <= index < len(self._items):
            return None
        taken = self._items.pop(index)
        self.invalidate()
        return taken

    def invalidate(self) -> None:
        """Forget what was measured."""
        self._heights, self._least = {}, None
        super().invalidate()

    def parts(self) -> list[QWidget | QLayout]:
        """Return what it holds, in its order."""
        held = [item.widget() or item.layout() for item in self._items]
        return [part for part in held if part is not None]

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802 - Qt's name
        """Grow sideways only."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """Say so: it wraps."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height at ``width``."""
        if width not in self._heights:
            self._heights[width] = self._arrange(QRect(0, 0, width, 0), place=False)
        return self._heights[width]

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 - Qt's name
        """Place the items."""
        super().setGeometry(rect)
        self._arrange(rect, place=True)

    def sizeHint(self) -> QSize:
        """Return the least size; the width comes from outside."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size of the widest item."""
        if self._least is None:
            margins, sizes = self.contentsMargins(), [item.minimumSize() for item in self._shown()]
            widest = max((size.width() for size in sizes), default=0)
            highest = max((size.height() for size in sizes), default=0)
            self._least = QSize(
                widest + margins.left() + margins.right(), highest + margins.top() + margins.bottom()
            )
        return self._least

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _arrange(self, rect: QRect, *, place: bool) -> int:
        raise NotImplementedError

    def _put(self, item: QLayoutItem, place: QRect) -> None:
        """Place an item; ``place`` is for left to right and mirrored where one reads the other way."""
        owner = self.parentWidget()
        direction = owner.layoutDirection() if owner is not None else QGuiApplication.layoutDirection()
        item.setGeometry(QStyle.visualRect(direction, self.geometry(), place))


def _height(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()


class BarLayout(Wrapping):
    """A row of controls that wraps; from ``push_right`` on, items stand on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._right_from: int | None = None

    def push_right(self) -> None:
        """Put what is added from now on on the right."""
        self._right_from = self.count()

    def _arrange(self, rect: QRect, *, place: bool) -> int:
        margins = self.contentsMargins()
        inside = rect.marginsRemoved(margins)
        top = inside.top()
        for row in self._rows(inside.width()):
            high = max(_height(item, width) for item, width in row)
            if place:
                self._place_row(row, inside, top, high)
            top += high
        return top - rect.top() + margins.bottom()

    def _rows(self, width: int) -> list[list[tuple[QLayoutItem, int]]]:
        rows: list[list[tuple[QLayoutItem, int]]] = []
        left = 0
        for item in self._shown():
            wide = max(1, min(item.sizeHint().width(), width))
            if not rows or left + wide > width:
                rows.append([])
                left = 0
            rows[-1].append((item, wide))
            left += wide + self.spacing()
        return rows

    def _place_row(self, row: list[tuple[QLayoutItem, int]], inside: QRect, top: int, high: int) -> None:
        right = [entry for entry in row if self._is_right(entry[0])]
        left = inside.left()
        for item, wide in row:
            if not self._is_right(item):
                self._put(item, QRect(left, top, wide, high))
                left += wide + self.spacing()
        left = inside.right() + 1 - sum(wide + self.spacing() for _item, wide in right) + self.spacing()
        for item, wide in right:
            self._put(item, QRect(left, top, wide, high))
            left += wide + self.spacing()

    def _is_right(self, item: QLayoutItem) -> bool:
        return self._right_from is not None and self._items.index(item) >= self._right_from


class CardLayout(Wrapping):
    """Cards of equal width in as many columns as fit, rows of equal height."""

    def __init__(self, parent: QWidget | None = None, *, columns: int = 3, ems: float = 13) -> None:
        super().__init__(parent)
        self._columns = columns
        self._ems = ems

    def columns_at(self, width: int) -> int:
        """Return how many columns fit, by the text size and by the widest word."""
        least = max(
            round(self._ems * theme.current().body),
            max((item.minimumSize().width() for item in self._shown()), default=1),
        )
        return max(1, min(self._columns, width // max(1, least)))

    def _arrange(self, rect: QRect, *, place: bool) -> int:
        margins = self.contentsMargins()
        inside = rect.marginsRemoved(margins)
        shown, columns, gap = self._shown(), self.columns_at(inside.width()), self.spacing()
        wide = (inside.width() - gap * (columns - 1)) // columns
        top = inside.top()
        for start in range(0, len(shown), columns):
            row = shown[start : start + columns]
            high = max(_height(item, wide) for item in row)
            if place:
                for index, item in enumerate(row):
                    self._put(item, QRect(inside.left() + index * (wide + gap), top, wide, high))
            top += high + gap
        return top - gap - rect.top() + margins.bottom() if shown else 0
