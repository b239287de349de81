"""« Vérifiez »: each answer on its line, with its own button to change it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import theme
from ui.widgets.buttons import QuietButton
from ui.widgets.flow import BarLayout
from ui.widgets.notices import Card
from ui.widgets.words import Text

__all__ = ["Answer", "CheckAnswers"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One line: its key in code, the question in few words, the answer, and the button's words."""

    key: str
    question: str
    answer: str
    change: str = ""


class CheckAnswers(Card):
    """Lines to check. ``change_asked(key)`` when a « Changer … » is pressed.

    The buttons say what they change (« Changer la date »), so that each name is different.
    """

    change_asked = Signal(str)

    def __init__(self, answers: list[Answer] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[str, QuietButton] = {}
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

    def _line(self, answer: Answer) -> QWidget:
        line = QWidget()
        bar = BarLayout(line)
        bar.setSpacing(theme.SPACE[1])
        words = QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(0, theme.SPACE[0], 0, theme.SPACE[0])
        column.setSpacing(0)
        column.addWidget(Text(answer.question, theme.Role.SECOND))
        column.addWidget(Text(answer.answer, theme.Role.STRONG))
        bar.addWidget(words)
        if answer.change:
            button = QuietButton(answer.change)
            button.clicked.connect(lambda _checked=False, key=answer.key: self.change_asked.emit(key))
            bar.push_right()
            bar.addWidget(button)
            self.buttons[answer.key] = button
        return line
