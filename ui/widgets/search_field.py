"""A field to search a list by: it is looked for when the hand rests, and Enter goes to what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal

from ui import theme
from ui.telling import tell
from ui.widgets.fields import Line, Ring

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QWidget

__all__ = ["SearchField"]

TYPING_MS = 150


class _Line(Line):
    """A line whose Enter goes to what was found, and does not press the main button as well."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep Enter."""
        super().keyPressEvent(event)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            event.accept()


class SearchField(Ring):
    """``searched`` when there is something to look for, ``entered`` after it when Enter was pressed.

    ``words`` stand in the empty field; ``name`` is what a screen reader calls it.
    """

    searched = Signal()
    entered = Signal()

    def __init__(self, words: str, name: str, parent: QWidget | None = None) -> None:
        self.line = _Line()
        super().__init__(self.line, parent)
        tell(self.line.setPlaceholderText, words)
        tell(self.line.setAccessibleName, name)
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self.searched)
        self.line.textChanged.connect(self._typing.start)
        self.line.returnPressed.connect(self._enter)

    @property
    def text(self) -> str:
        """What is looked for, without the spaces around it."""
        return self.line.text().strip()

    def clear(self) -> None:
        """Empty it; nothing is looked for."""
        self._typing.stop()
        with QSignalBlocker(self.line):
            self.line.clear()

    def take_focus(self) -> None:
        """Put the cursor in it."""
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def fit(self, characters: int, room: int) -> None:
        """Follow the text size: as wide as these many letters, within ``room`` pixels."""
        self.setFixedWidth(min(theme.current().body * characters, room))

    def _enter(self) -> None:
        if self._typing.isActive():
            self._typing.stop()
            self.searched.emit()
        self.entered.emit()
