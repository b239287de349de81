"""Choosing: large cards instead of a drop-down list, one answer or several."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QFocusEvent, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QSizePolicy, QWidget

from ui import theme
from ui.telling import tell
from ui.text import again, typeset
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

__all__ = ["Choice", "ChoiceGroup"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: its value in code, its words, a second line, a Material pictogram."""

    value: str
    words: str
    second: str = ""
    icon_name: str = ""


def _again(choice: Choice) -> Choice:
    return replace(choice, words=again(choice.words), second=again(choice.second))


def _mark_size() -> int:
    return round(theme.current().body * 1.15)


def _left(choice: Choice) -> int:
    picture = theme.current().body * 3 // 2 + theme.SPACE[2] if choice.icon_name else 0
    return _mark_size() + theme.SPACE[2] + picture


def _around(choice: Choice) -> int:
    return 2 * (theme.RING + theme.SPACE[2] + 4) + _left(choice)


def _lines(choice: Choice) -> tuple[tuple[str, QFont, str], ...]:
    """Return the two lines of a card: words, font, colour."""
    look = theme.current()
    return (
        (typeset(choice.words), look.font(), "ink"),
        (typeset(choice.second), look.font(theme.Role.SECOND), "soft"),
    )


def _height(choice: Choice, width: int) -> int:
    inside = width - _around(choice)
    high = sum(text_height(words, font, inside) for words, font, _color in _lines(choice))
    gap = theme.SPACE[0] if choice.second else 0
    return max(theme.MAIN_TARGET, high + gap + 2 * theme.SPACE[2]) + 2 * theme.RING


def _hint(choice: Choice) -> QSize:
    width = max(text_width(words, font) for words, font, _color in _lines(choice)) + _around(choice)
    return QSize(width, _height(choice, width))


def _least(choice: Choice) -> QSize:
    width = max(longest_word(words, font) for words, font, _color in _lines(choice))
    return QSize(width + _around(choice), theme.MAIN_TARGET)


def _paint_mark(painter: QPainter, box: QRectF, *, round_mark: bool, checked: bool) -> None:
    look = theme.current()
    painter.setPen(QPen(look.color("accent" if checked else "line"), 3))
    painter.setBrush(look.color("card"))
    if round_mark:
        painter.drawEllipse(box)
        if checked:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("accent"))
            inset = box.width() * 0.22
            painter.drawEllipse(box.adjusted(inset, inset, -inset, -inset))
        return
    painter.setBrush(look.color("accent" if checked else "card"))
    painter.drawRoundedRect(box, 5, 5)
    if checked:
        painter.setPen(QPen(look.color("on_accent"), max(3, box.width() / 8), c=Qt.PenCapStyle.RoundCap))
        step = box.width()
        points = [
            QPointF(box.left() + x * step, box.top() + y * step)
            for x, y in ((0.22, 0.52), (0.42, 0.72), (0.78, 0.3))
        ]
        painter.drawPolyline(points)


def _paint(button: QAbstractButton, choice: Choice, *, round_mark: bool) -> None:
    look = theme.current()
    painter = QPainter(button)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    checked = button.isChecked()
    paint_box(
        painter, shape_of(button), fill="tint" if checked or button.underMouse() else "card",
        line="accent" if checked else "line", width=3 if checked else 2,
    )  # fmt: skip
    edge = theme.RING + theme.SPACE[2] + 4
    mark = _mark_size()
    _paint_mark(
        painter,
        QRectF(mirrored(button, QRect(edge, (button.height() - mark) // 2, mark, mark))),
        round_mark=round_mark,
        checked=checked,
    )
    if choice.icon_name:
        size = look.body * 3 // 2
        pixmap = theme.icon(choice.icon_name, look.palette.accent, size, button.devicePixelRatioF())
        place = QRect(edge + mark + theme.SPACE[2], (button.height() - size) // 2, size, size)
        painter.drawPixmap(mirrored(button, place).topLeft(), pixmap)
    _paint_words(painter, button, choice)
    if button.hasFocus():
        paint_ring(painter, button)
    painter.end()


def _paint_words(painter: QPainter, button: QAbstractButton, choice: Choice) -> None:
    look = theme.current()
    left = theme.RING + theme.SPACE[2] + 4 + _left(choice)
    wide = button.width() - _around(choice)
    heights = [text_height(words, font, wide) for words, font, _color in _lines(choice)]
    gap = theme.SPACE[0] if choice.second else 0
    top = (button.height() - sum(heights) - gap) // 2
    for (words, font, color), high in zip(_lines(choice), heights, strict=True):
        painter.setFont(font)
        painter.setPen(look.color(color))
        painter.drawText(mirrored(button, QRect(left, top, wide, high)), WRAP, words)
        top += high + gap


class _Looks:
    """How a card looks and where it answers; it stands before Qt's class, whose methods it replaces."""

    choice: Choice
    is_round: ClassVar[bool]

    def sizeHint(self) -> QSize:
        return _hint(self.choice)

    def minimumSizeHint(self) -> QSize:
        return _least(self.choice)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return _height(self.choice, width)

    def hitButton(self, position: QPoint) -> bool:
        """Let the whole card answer, not only the mark and the words."""
        return self._card.rect().contains(position)

    def customEvent(self, event: QEvent) -> None:
        del event
        self.choice = _again(self.choice)
        self._card.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        _paint(self._card, self.choice, round_mark=self.is_round)

    @property
    def _card(self) -> QAbstractButton:
        assert isinstance(self, QAbstractButton)  # noqa: S101 - both are
        return self


class _RadioCard(_Looks, QRadioButton):
    """One of several; arrows move between them, and so does Tab."""

    is_round: ClassVar[bool] = True

    def __init__(self, choice: Choice, parent: QWidget) -> None:
        super().__init__(parent)
        self._group = parent
        self.choice = choice
        _set_up(self, choice)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Keep all answers in Tab's way, which is all that some have; Qt leaves only the chosen one in it."""
        super().focusInEvent(event)
        for card in self._group.findChildren(_RadioCard):
            card.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


class _CheckCard(_Looks, QCheckBox):
    """Ticked or not."""

    is_round: ClassVar[bool] = False

    def __init__(self, choice: Choice, parent: QWidget) -> None:
        super().__init__(parent)
        self.choice = choice
        _set_up(self, choice)


def _set_up(card: QAbstractButton, choice: Choice) -> None:
    tell(card.setText, choice.words)
    tell(card.setAccessibleName, choice.words)
    tell(card.setAccessibleDescription, choice.second)
    card.setCursor(Qt.CursorShape.PointingHandCursor)
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    card.setSizePolicy(policy)


class ChoiceGroup(QWidget):
    """Cards to choose from: one answer, or several with ``several=True``. Nothing is chosen beforehand."""

    accessible_role: ClassVar = QAccessible.Role.Grouping

    changed = Signal()

    def __init__(
        self,
        choices: list[Choice],
        *,
        several: bool = False,
        columns: int = 1,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        tell(self.setAccessibleName, name)
        layout = CardLayout(self, columns=columns, ems=13)
        layout.setSpacing(0)
        self.cards: list[_RadioCard | _CheckCard] = []
        for choice in choices:
            card = _CheckCard(choice, self) if several else _RadioCard(choice, self)
            card.toggled.connect(self.changed)
            layout.addWidget(card)
            self.cards.append(card)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def values(self) -> list[str]:
        """Return the chosen values, in the order shown."""
        return [card.choice.value for card in self.cards if card.isChecked()]

    def value(self) -> str | None:
        """Return the one chosen value."""
        return next(iter(self.values()), None)

    def choose(self, *values: str) -> None:
        """Tick these values."""
        for card in self.cards:
            if card.choice.value in values:
                card.setChecked(True)

    def focus_first(self) -> None:
        """Take the focus on the chosen card, or the first."""
        if self.cards:
            next((card for card in self.cards if card.isChecked()), self.cards[0]).setFocus()
