"""One button for each language, in its own words: the way out for whoever cannot read the screen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme
from ui.languages import LANGUAGES
from ui.text import current_language
from ui.widgets.buttons import QuietButton
from ui.widgets.flow import BarLayout

__all__ = ["LanguagesRow"]


class LanguagesRow(QWidget):
    """``chosen(code)`` when a language is pressed; the one of the screen is marked."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        bar = BarLayout(self)
        bar.setSpacing(theme.GAP)
        self.buttons: dict[str, QuietButton] = {}
        for language in LANGUAGES:
            button = QuietButton(language.name, icon_name="check-bold")
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.clicked.connect(lambda _checked=False, code=language.code: self._choose(code))
            bar.addWidget(button)
            self.buttons[language.code] = button
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._mark()

    def customEvent(self, event: QEvent) -> None:
        """Mark the language of now."""
        del event
        self._mark()

    def _choose(self, code: str) -> None:
        self._mark()
        self.chosen.emit(code)

    def _mark(self) -> None:
        for code, button in self.buttons.items():
            button.setChecked(code == current_language())
