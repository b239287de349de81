"""The light on what is being said: behind a sentence of a text, around a control, in a document's words.

A mark of ours lies under a text, so that it takes nothing from the contrast of the letters, and over a
control as a frame. It never takes a press, a focus or a place in a layout.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QScrollArea, QTextEdit, QWidget
from shiboken6 import isValid

from ui import theme
from ui.widgets.words import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["InBox", "OnRow", "OnWidget"]

FRAME = 4


class _Mark(QWidget):
    """Lies on ``holder``: a frame, or the ground of some lines."""

    def __init__(self, holder: QWidget) -> None:
        super().__init__(holder)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._lines: list[QRectF] = []

    def frame(self, place: QRect) -> None:
        """Draw a frame around ``place``."""
        self._lines = []
        self._lie(place)
        self.raise_()

    def ground(self, place: QRect, lines: Sequence[QRectF]) -> None:
        """Draw the ground of ``lines`` (in the mark's own coordinates), under the words."""
        self._lines = list(lines)
        self._lie(place)
        self.lower()

    def _lie(self, place: QRect) -> None:
        self.setGeometry(place)
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        del event
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(look.color("accent"), FRAME)
        if not self._lines:
            painter.setPen(pen)
            edge = FRAME / 2
            painter.drawRoundedRect(
                QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), theme.RADIUS, theme.RADIUS
            )
        for line in self._lines:
            painter.setPen(Qt.PenStyle.NoPen)
            # The label's own words keep their ink: never a ground that they would drown in.
            painter.setBrush(
                look.color("tint" if look.palette.wait_tint == look.palette.paper else "wait_tint")
            )
            painter.drawRoundedRect(line, FRAME, FRAME)
            # Colour is never alone: a line under the words too.
            painter.setPen(pen)
            painter.drawLine(line.bottomLeft(), line.bottomRight())
        painter.end()


def _highlighter(look: theme.Theme) -> tuple[QColor, QColor]:
    """Return ground and ink of what is said: a highlighter's pen, and dark on light where all is black."""
    if look.palette.wait_tint == look.palette.paper:
        return look.color("accent"), look.color("on_accent")
    return look.color("wait_tint"), look.color("ink")


class OnWidget:
    """A control, or the characters from ``first`` to ``last`` of a text."""

    def __init__(self, widget: QWidget, first: int = 0, last: int = 0) -> None:
        self._widget = widget
        self._characters = first, last
        self._mark: _Mark | None = None

    def show(self) -> None:
        """Light it up; a widget that is gone or hidden is read without."""
        self.clear()
        holder = self._widget.parentWidget() if isValid(self._widget) else None
        if holder is None or not self._widget.isVisible():
            return
        self._mark = _Mark(holder)
        lines = self._lines()
        around = self._widget.geometry()
        if lines:
            self._mark.ground(around, lines)
            bounds = QRectF()
            for line in lines:
                bounds = bounds.united(line)
            _into_view(self._widget, bounds.toAlignedRect())
        else:
            # On the line around the shape: the ring of the focus, outside of it, stays in sight.
            inset = theme.RING if isinstance(self._widget, QAbstractButton) else 0
            self._mark.frame(around.adjusted(inset, inset, -inset, -inset))
            _into_view(self._widget, self._widget.rect())

    def clear(self) -> None:
        """Put the light out."""
        mark, self._mark = self._mark, None
        if mark is not None and isValid(mark):
            mark.hide()
            mark.deleteLater()

    def _lines(self) -> list[QRectF]:
        """Find where the sentence stands in a text: laid out as the label lays it out."""
        text = self._widget
        if not isinstance(text, Text) or self._characters[1] <= self._characters[0]:
            return []
        inside = text.contentsRect()
        document = QTextDocument()
        document.setDocumentMargin(0)
        document.setDefaultFont(text.font())
        document.setHtml(text.text())
        option = document.defaultTextOption()
        option.setAlignment(text.alignment())
        option.setTextDirection(text.layoutDirection())
        document.setDefaultTextOption(option)
        document.setTextWidth(inside.width())
        high = round(document.size().height())
        down = 0 if text.alignment() & Qt.AlignmentFlag.AlignTop else max(0, (inside.height() - high) // 2)
        return _lines_of(document, *self._characters, QPoint(inside.left(), inside.top() + down))


def _lines_of(document: QTextDocument, first: int, last: int, at: QPoint) -> list[QRectF]:
    """Return the rectangles of the characters from ``first`` to ``last``, line by line."""
    found: list[QRectF] = []
    block = document.begin()
    while block.isValid():
        layout, start = block.layout(), block.position()
        corner = layout.position() + at.toPointF()
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            begin = max(first - start, line.textStart())
            end = min(last - start, line.textStart() + line.textLength())
            if begin < end:
                left, right = line.cursorToX(begin)[0], line.cursorToX(end)[0]  # type: ignore[index]  # a pair
                place = QRectF(min(left, right), line.y(), abs(right - left), line.height())
                found.append(place.translated(corner))
        block = block.next()
    return found


def _into_view(widget: QWidget, place: QRect) -> None:
    """Scroll, as little as it takes, so that ``place`` of ``widget`` is seen."""
    holder = widget.parentWidget()
    while holder is not None:
        if isinstance(holder, QScrollArea):
            inside = holder.widget()
            if inside is not None and inside.isAncestorOf(widget):
                seen = QRect(widget.mapTo(inside, place.topLeft()), place.size())
                holder.ensureVisible(seen.center().x(), seen.bottom(), 0, 2 * theme.SPACE[3])
                holder.ensureVisible(seen.center().x(), seen.top(), 0, theme.SPACE[3])
            return
        holder = holder.parentWidget()


class OnRow:
    """A row of a list."""

    def __init__(self, view: QAbstractItemView, index: QModelIndex) -> None:
        self._view = view
        self._index = QPersistentModelIndex(index)
        self._mark: _Mark | None = None

    def show(self) -> None:
        """Scroll to it and frame it; the row that the person chose stays the current one."""
        self.clear()
        if not isValid(self._view) or not self._index.isValid():
            return
        index = self._view.model().index(self._index.row(), self._index.column())
        self._view.scrollTo(index)
        self._mark = _Mark(self._view.viewport())
        self._mark.frame(self._view.visualRect(index))

    def clear(self) -> None:
        """Put the light out."""
        mark, self._mark = self._mark, None
        if mark is not None and isValid(mark):
            mark.hide()
            mark.deleteLater()


class InBox:
    """Words in a document's box: ``pieces`` as they stand there, one after the other.

    They are looked for from where the sentence before ended (``trail``), since a box lays its words out
    anew when its width or the text size changes.
    """

    def __init__(self, box: QTextEdit, pieces: Sequence[str], trail: list[int]) -> None:
        self._box = box
        self._pieces = [piece for piece in pieces if piece.strip()]
        self._trail = trail

    def show(self) -> None:
        """Select the words in the colours of the theme and bring them into view."""
        if not isValid(self._box):
            return
        found = self._find()
        if found is None:
            self.clear()
            return
        self._trail[:] = [found[1]]
        cursor = QTextCursor(self._box.document())
        cursor.setPosition(found[0])
        cursor.setPosition(found[1], QTextCursor.MoveMode.KeepAnchor)
        mark = QTextEdit.ExtraSelection()
        look, dress = theme.current(), QTextCharFormat()
        ground, ink = _highlighter(look)
        dress.setBackground(ground)
        dress.setForeground(ink)
        dress.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
        dress.setUnderlineColor(look.color("accent"))
        mark.cursor, mark.format = cursor, dress
        self._box.setExtraSelections([mark])
        self._scroll_to(cursor)

    def clear(self) -> None:
        """Put the light out."""
        if isValid(self._box):
            self._box.setExtraSelections([])

    def _find(self) -> tuple[int, int] | None:
        text = self._box.document().toPlainText()
        for start in (self._trail[0] if self._trail else 0, 0):
            first, place = -1, start
            for piece in self._pieces:
                found = _as_written(piece).search(text, place)
                if found is None:
                    break
                first, place = (found.start() if first < 0 else first), found.end()
            else:
                return (first, place) if first >= 0 else None
        return None

    def _scroll_to(self, cursor: QTextCursor) -> None:
        bar = self._box.verticalScrollBar()
        start = QTextCursor(self._box.document())
        start.setPosition(cursor.selectionStart())
        top = self._box.cursorRect(start).top()
        bottom = self._box.cursorRect(cursor).bottom()
        high = self._box.viewport().height()
        if top < 0 or bottom > high:
            bar.setValue(bar.value() + top - theme.SPACE[3])


def _as_written(piece: str) -> re.Pattern[str]:
    """Match the words of ``piece`` whatever parts them: a space, a line's end, a cell's."""
    return re.compile(r"\s+".join(map(re.escape, piece.split())))
