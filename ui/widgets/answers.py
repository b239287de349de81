"""« Vérifiez »: each answer on its line, with its own button to change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import theme
from ui.telling import tell
from ui.text import named
from ui.widgets.buttons import QuietButton
from ui.widgets.flow import BarLayout
from ui.widgets.notices import Card
from ui.widgets.words import Text, Together

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

__all__ = ["Answer", "CheckAnswers"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One line: its key in code, the question in few words, the answer, and the button's words."""

    key: str
    question: str
    answer: str
    change: str = ""


class _Change(QuietButton):
    """A button as wide as the widest of its column."""

    widest = 0

    def sizeHint(self) -> QSize:
        """Return the column's width."""
        hint = super().sizeHint()
        return QSize(max(hint.width(), self.widest), hint.height())


class CheckAnswers(Card):
    """Lines to check. ``change_asked(key)`` when a « Changer … » is pressed.

    The buttons say what they change (« Changer la date »), so that each name is different.
    """

    change_asked = Signal(str)

    def __init__(self, answers: list[Answer] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, _Change] = {}
        self._lines: list[QWidget] = []
        self.set_answers(answers or [])

    def set_answers(self, answers: list[Answer]) -> None:
        """Show these lines instead."""
        for line in self._lines:
            line.hide()
            line.deleteLater()
        self._lines, self.buttons = [], {}
        for answer in answers:
            line = self._line(answer)
            self.column.addWidget(line)
            self._lines.append(line)
        self._align()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit to the new size."""
        super().resizeEvent(event)
        self._align()

    def customEvent(self, event: QEvent) -> None:
        """Measure again when sizes or words changed."""
        del event
        self._align()

    def _align(self) -> None:
        """Give the buttons one width, where there is room for the answers beside them."""
        widest = max((button.sizeHint().width() for button in self.buttons.values()), default=0)
        for button in self.buttons.values():
            button.widest = widest if widest * 2 < self.width() else 0
            button.updateGeometry()

    def _line(self, answer: Answer) -> QWidget:
        line = QWidget()
        bar = BarLayout(line)
        bar.setSpacing(theme.SPACE[1])
        words = Together()
        tell(words.setAccessibleName, named(answer.question, answer.answer))
        column = QVBoxLayout(words)
        column.setContentsMargins(0, theme.SPACE[0], 0, theme.SPACE[0])
        column.setSpacing(0)
        column.addWidget(Text(answer.question, theme.Role.SECOND))
        column.addWidget(Text(answer.answer, theme.Role.STRONG))
        bar.addWidget(words)
        if answer.change:
            button = _Change(answer.change)
            # Whoever listens meets the buttons: short answers are not read out when the screen comes.
            tell(button.setAccessibleDescription, named(answer.question, answer.answer))
            button.clicked.connect(lambda _checked=False, key=answer.key: self.change_asked.emit(key))
            bar.push_right()
            bar.addWidget(button)
            self.buttons[answer.key] = button
        return line
