"""The view of big rows: how a row is drawn, how it is chosen, how it keeps its place.

One press, Enter or Space chooses; nothing needs a double click. A row that a screen reader selects
becomes the current one, which Qt does not do by itself. When rows come and go above what the person
looks at, the view scrolls by as much, so that nothing moves under their eyes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPalette,
    QPen,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui import theme
from ui.telling import tell
from ui.theme import RADIUS_CARD, RING, RING_GAP, RING_WIDTH, SPACE, Role, Theme
from ui.widgets.big_rows import Index, RowLook, RowModel, Tone
from ui.widgets.scroll_bar import use_large_bars

__all__ = ["BigRowDelegate", "BigRowList"]

_WIDE = 36
_STATE_SHARE = 0.34
_MOST_TITLE_LINES = 3


class _Type:
    """A font with its metrics: making either costs more than drawing a word with it."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetrics(font)
        self.line = self.metrics.lineSpacing()
        self.ascent = self.metrics.ascent()


@lru_cache(maxsize=32)
def _type(look: Theme, role: Role, *, bold: bool = False) -> _Type:
    font = look.font(role)
    if bold:
        font.setWeight(QFont.Weight.Bold)
    return _Type(font)


@lru_cache(maxsize=2048)
def _wrapped(text: str, kind: _Type, width: int, most: int) -> tuple[str, ...]:
    """Break ``text`` into at most ``most`` lines; the last one ends in « … » when there is more."""
    layout = QTextLayout(text, kind.font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    starts: list[int] = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(1, width))
        starts.append(line.textStart())
    layout.endLayout()
    ends = [*starts[1:], len(text)]
    lines = [text[first:last].strip() for first, last in zip(starts, ends, strict=True)]
    if len(lines) > most:
        rest = text[starts[most - 1] :].strip()
        lines = [*lines[: most - 1], kind.metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)]
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class _Measures:
    """The lengths of a row for one theme, one width and the longest title, all in pixels."""

    look: Theme
    width: int
    title_lines: int
    has_state: bool

    @property
    def wide(self) -> bool:
        """Whether the state has room beside the text."""
        return self.width >= self.look.body * _WIDE

    @property
    def pad(self) -> int:
        return SPACE[3] if self.width >= self.look.body * 20 else SPACE[2]

    @property
    def icon(self) -> int:
        return round(self.look.body * (1.7 if self.wide else 1.2))

    @property
    def text_left(self) -> int:
        return RING + self.pad + self.icon + self.pad

    def text_width(self, state: int = 0) -> int:
        return self.width - self.text_left - RING - self.pad - (state + self.pad if state else 0)

    @property
    def state_width(self) -> int:
        return round(self.width * _STATE_SHARE) if self.wide else self.text_width()

    def line(self, role: Role) -> int:
        return _type(self.look, role).line

    @property
    def second_lines(self) -> int:
        return 1 if self.wide else 2

    @property
    def height(self) -> int:
        words = self.title_lines * self.line(Role.STRONG) + self.second_lines * self.line(Role.SECOND)
        under = 0 if self.wide or not self.has_state else self.line(Role.SECOND) + 3 * SPACE[1]
        return words + under + SPACE[0] + 2 * (self.pad - SPACE[0]) + 2 * RING


class BigRowDelegate(QStyledItemDelegate):
    """Draws a row: card, pictogram, words, state."""

    def __init__(self, view: BigRowList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the one size of all rows."""
        measures = self._view.measures
        return QSize(measures.width, measures.height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        row = index.data(RowModel.LOOK)
        if not isinstance(row, RowLook):
            return
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = bool(state & QStyle.StateFlag.State_Selected)
        focused = current and self._view.hasFocus()
        self._paint_card(painter, area, current=current, focused=focused)
        painter.translate(area.topLeft())
        self._paint_words(painter, row)
        painter.restore()

    def _paint_card(self, painter: QPainter, area: QRect, *, current: bool, focused: bool) -> None:
        look = theme.current()
        card = QRectF(area).adjusted(RING, RING, -RING, -RING)
        painter.setPen(QPen(look.color("accent" if current else "hair"), 2))
        painter.setBrush(look.color("tint" if current else "card"))
        painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), RADIUS_CARD, RADIUS_CARD)
        if focused:
            out = RING_GAP + RING_WIDTH / 2
            painter.setPen(QPen(look.color("focus"), RING_WIDTH))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            radius = RADIUS_CARD + out
            painter.drawRoundedRect(card.adjusted(-out, -out, out, out), radius, radius)

    def _paint_words(self, painter: QPainter, row: RowLook) -> None:
        m = self._view.measures
        state_lines, state_width = self._state(row, m)
        width = m.text_width(state_width if m.wide and row.state else 0)
        titles = _wrapped(row.title, _type(m.look, Role.STRONG), width, m.title_lines)
        words = _that_fits(row, _type(m.look, Role.SECOND), width * m.second_lines)
        seconds = _wrapped(words, _type(m.look, Role.SECOND), width, m.second_lines)
        under = bool(row.state) and not m.wide
        height = len(titles) * m.line(Role.STRONG) + len(seconds) * m.line(Role.SECOND) + SPACE[0]
        height += (self._state_height(state_lines, m) + SPACE[1]) if under else 0
        top = (m.height - height) // 2
        self._paint_icon(painter, row, m, top)
        top = self._lines(painter, titles, Role.STRONG, "ink", QRect(m.text_left, top, width, 0)) + SPACE[0]
        top = self._lines(painter, seconds, Role.SECOND, "soft", QRect(m.text_left, top, width, 0))
        if row.state:
            place = (
                QRect(m.text_left, top + SPACE[1], state_width, self._state_height(state_lines, m))
                if under
                else self._beside(m, state_width, self._state_height(state_lines, m))
            )
            self._paint_state(painter, row, state_lines, self._mirrored(place))

    def _paint_icon(self, painter: QPainter, row: RowLook, m: _Measures, top: int) -> None:
        ratio = painter.device().devicePixelRatio()
        pixmap = theme.icon(row.icon, m.look.palette.accent, m.icon, ratio)
        y = (m.height - m.icon) // 2 if m.wide else top + (m.line(Role.STRONG) - m.icon) // 2
        painter.drawPixmap(self._mirrored(QRect(RING + m.pad, y, m.icon, m.icon)).topLeft(), pixmap)

    def _mirrored(self, place: QRect) -> QRect:
        """Return where ``place`` is in the reading direction."""
        m = self._view.measures
        return QStyle.visualRect(self._view.layoutDirection(), QRect(0, 0, m.width, m.height), place)

    def _lines(self, painter: QPainter, lines: tuple[str, ...], role: Role, color: str, place: QRect) -> int:
        """Draw lines under each other; return where the next one would start."""
        look = theme.current()
        kind = _type(look, role)
        painter.setFont(kind.font)
        painter.setPen(look.color(color))
        top = place.top()
        for line in lines:
            wide = kind.metrics.horizontalAdvance(line)
            at = self._mirrored(QRect(place.left(), top, wide, kind.line))
            # A French title keeps its own order on an Arabic screen, its « 100 % » and its full stop.
            painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
            painter.drawText(at.left(), top + kind.ascent, line)
            top += kind.line
        return top

    def _state(self, row: RowLook, m: _Measures) -> tuple[tuple[str, ...], int]:
        """Break the state into lines; return them and the width of its badge."""
        if not row.state:
            return (), 0
        kind = _type(m.look, Role.SECOND, bold=row.tone is not Tone.QUIET)
        inside = m.state_width - 2 * SPACE[2]
        lines = _wrapped(row.state, kind, inside, 2 if m.wide else 1)
        return lines, max(kind.metrics.horizontalAdvance(line) for line in lines) + 2 * SPACE[2]

    def _state_height(self, lines: tuple[str, ...], m: _Measures) -> int:
        return len(lines) * m.line(Role.SECOND) + 2 * SPACE[1]

    def _beside(self, m: _Measures, width: int, height: int) -> QRect:
        return QRect(m.width - RING - m.pad - width, (m.height - height) // 2, width, height)

    def _paint_state(self, painter: QPainter, row: RowLook, lines: tuple[str, ...], place: QRect) -> None:
        look = theme.current()
        ground, ink = _tone_colors(look, row.tone)
        if ground is not None:
            painter.setPen(QPen(ink, 1.5))
            painter.setBrush(ground)
            painter.drawRoundedRect(QRectF(place).adjusted(1, 1, -1, -1), SPACE[1], SPACE[1])
        kind = _type(look, Role.SECOND, bold=row.tone is not Tone.QUIET)
        painter.setFont(kind.font)
        painter.setPen(ink)
        top = place.top() + (place.height() - len(lines) * kind.line) // 2
        left = place.left() + (SPACE[2] if ground is not None or self._view.measures.wide else 0)
        for number, line in enumerate(lines):
            painter.drawText(left, top + number * kind.line + kind.ascent, line)


def _that_fits(row: RowLook, kind: _Type, width: int) -> str:
    """Return the second line that says most in ``width``."""
    said = (row.second, *row.shorter)
    return next((words for words in said if kind.metrics.horizontalAdvance(words) <= width), said[-1])


def _tone_colors(look: Theme, tone: Tone) -> tuple[QColor | None, QColor]:
    if tone is Tone.QUIET:
        return None, look.color("soft")
    return look.color(f"{tone}_tint"), look.color(str(tone))


class BigRowList(QListView):
    """A list of big rows; ``chosen`` carries the key of the row that was pressed."""

    chosen = Signal(str)
    current_changed = Signal(str)

    def __init__(self, name: str, *, has_state: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title_lines = 1
        self._has_state = has_state
        self._goes_on = False
        self._fitted_to: tuple[str, ...] = ()
        self._anchor: tuple[str, int] | None = None
        use_large_bars(self)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        tell(self.setAccessibleName, name)
        self.setItemDelegate(BigRowDelegate(self))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setAutoScroll(False)
        self.clicked.connect(self._choose)

    @property
    def measures(self) -> _Measures:
        """The lengths of a row now."""
        return _Measures(theme.current(), self.viewport().width(), self._title_lines, self._has_state)

    def customEvent(self, event: QEvent) -> None:
        """Say the rows again in the language of now."""
        model = self.model()
        del event
        if isinstance(model, RowModel):
            model.reword()
            self.refit()

    def setModel(self, model: QAbstractItemModel | None) -> None:  # noqa: N802 - Qt’s name
        """Show another model's rows."""
        super().setModel(model)
        if isinstance(model, RowModel):
            model.about_to_merge.connect(self._remember)
            model.merged.connect(self._return)
            model.merged.connect(self._fit_if_longer)
            model.rowsInserted.connect(self._fit_if_longer)
            model.modelReset.connect(self._fit)
            self.selectionModel().selectionChanged.connect(self._follow_selection)
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit to the new size."""
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose by Enter or Space."""
        keys = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Select}
        if event.key() in keys and self.currentIndex().isValid():
            self._choose(self.currentIndex())
            return
        before = self.currentIndex()
        super().keyPressEvent(event)
        if self.currentIndex() != before:
            self.scrollTo(self.currentIndex())

    def focusNextPrevChild(self, following: bool) -> bool:  # noqa: FBT001, N802 - Qt's signature
        """Let Tab go from row to row as far as one sees, then on; with Tab and Space alone all can be done.

        Who comes back by Tab after the last row that was seen finds the next rows.
        """
        here = self.currentIndex()
        there = here.siblingAtRow(here.row() + (1 if following else -1))
        if self.hasFocus() and there.isValid() and self._is_seen(there):
            self.setCurrentIndex(there)
            return True
        self._goes_on = following and there.isValid()
        return super().focusNextPrevChild(following)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the next rows to who went past the last ones that were seen."""
        super().focusInEvent(event)
        here = self.currentIndex()
        below = here.siblingAtRow(here.row() + 1)
        if self._goes_on and event.reason() == Qt.FocusReason.TabFocusReason and below.isValid():
            self.setCurrentIndex(below)
            self.scrollTo(below, QAbstractItemView.ScrollHint.PositionAtTop)
        self._goes_on = False

    def _is_seen(self, index: QModelIndex) -> bool:
        """Whether a row is seen whole, or as much of it as there is room for."""
        row, seen = self.visualRect(index), self.viewport().rect()
        return seen.contains(row) or (row.top() <= 0 and row.bottom() >= seen.bottom())

    def choose_current(self) -> None:
        """Choose the current row, as a press would."""
        if self.currentIndex().isValid():
            self._choose(self.currentIndex())

    def show_row(self, key: str) -> None:
        """Make the row named ``key`` current and bring it into view."""
        model = self.model()
        if isinstance(model, RowModel) and (index := model.index_of(key)).isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def refit(self) -> None:
        """Measure again, after a change of theme."""
        self._fit()
        self.viewport().update()

    def _choose(self, index: Index) -> None:
        key = index.data(RowModel.KEY)
        if isinstance(key, str):
            self.chosen.emit(key)

    def _follow_selection(self, selected: QItemSelection, _gone: QItemSelection) -> None:
        indexes = selected.indexes()
        if indexes and indexes[0] != self.currentIndex():
            self.setCurrentIndex(indexes[0])
            self.scrollTo(indexes[0])
        self.current_changed.emit(str(self.currentIndex().data(RowModel.KEY) or ""))

    def _fit(self) -> None:
        """Find how many lines the longest titles need: all rows get that height."""
        model = self.model()
        titles = model.longest_titles() if isinstance(model, RowModel) else ()
        self._fitted_to = titles
        m = self.measures
        width = m.text_width(m.state_width if m.wide and self._has_state else 0)
        strong = _type(m.look, Role.STRONG)
        lines = max((len(_wrapped(title, strong, width, 99)) for title in titles), default=1)
        self._title_lines = min(lines, _MOST_TITLE_LINES)
        self.verticalScrollBar().setSingleStep(max(20, m.height // 3))
        self.scheduleDelayedItemsLayout()

    def _fit_if_longer(self) -> None:
        model = self.model()
        if isinstance(model, RowModel) and model.longest_titles() != self._fitted_to:
            self._fit()

    def _remember(self) -> None:
        top = self.indexAt(self.viewport().rect().topLeft())
        at_top = self.verticalScrollBar().value() == 0
        self._anchor = None if at_top or not top.isValid() else (self._key(top), self.visualRect(top).top())

    def _return(self) -> None:
        model = self.model()
        if self._anchor is None or not isinstance(model, RowModel):
            return
        key, offset = self._anchor
        index = model.index_of(key)
        if index.isValid():
            self.executeDelayedItemsLayout()
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.visualRect(index).top() - offset)

    def _key(self, index: QModelIndex) -> str:
        return str(index.data(RowModel.KEY))
