"""A date chosen with large buttons, for hands that shake: one row each for day, month and year.

Every press changes one thing by one (years also by ten), stays within what a calendar has, and is said
back with its day of the week. Nothing is to be dragged, and no small square is to be hit.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import formats, theme
from ui.text import _
from ui.widgets.buttons import PlainButton
from ui.widgets.flow import BarLayout
from ui.widgets.words import Text, announce

__all__ = ["DateSteps", "moved"]

Moves = Sequence[tuple[str, dict[str, int]]]
OLDEST, LATEST = 1880, 2200
DECEMBER = 12


def moved(day: dt.date, *, days: int = 0, months: int = 0, years: int = 0) -> dt.date:
    """Return ``day`` moved: days go round in their month, months in their year.

    A day that the new month does not have becomes its last one.
    """
    year = min(LATEST, max(OLDEST, day.year + years))
    month = (day.month - 1 + months) % DECEMBER + 1
    longest = monthrange(year, month)[1]
    number = min(day.day, longest)
    return dt.date(year, month, (number - 1 + days) % longest + 1)


class DateSteps(QWidget):
    """``changed(date)`` at each press."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._date = dt.date(2000, 1, 1)
        self.buttons: list[PlainButton] = []
        self._values: list[Text] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for less, more in (
            ([(_("Jour d’avant"), {"days": -1})], [(_("Jour d’après"), {"days": 1})]),
            ([(_("Mois d’avant"), {"months": -1})], [(_("Mois d’après"), {"months": 1})]),
            (
                [(_("10 ans avant"), {"years": -10}), (_("Année d’avant"), {"years": -1})],
                [(_("Année d’après"), {"years": 1}), (_("10 ans après"), {"years": 10})],
            ),
        ):
            column.addLayout(self._row(less, more))

    def show_date(self, day: dt.date) -> None:
        """Begin at ``day``."""
        self._date = day
        for text, words in zip(self._values, (str(day.day), formats.month(day), str(day.year)), strict=True):
            text.set_words(words)

    def _row(self, less: Moves, more: Moves) -> BarLayout:
        row = BarLayout()
        row.setSpacing(theme.SPACE[1])
        value = Text("", theme.Role.STRONG, tight=True)
        self._values.append(value)
        for words, step in less:
            row.addWidget(self._button(words, step))
        row.addWidget(value)
        for words, step in more:
            row.addWidget(self._button(words, step))
        return row

    def _button(self, words: str, step: dict[str, int]) -> PlainButton:
        button = PlainButton(words)
        button.clicked.connect(lambda: self._move(step))
        self.buttons.append(button)
        return button

    def _move(self, step: dict[str, int]) -> None:
        self.show_date(moved(self._date, **step))
        announce(self, formats.day(self._date))
        self.changed.emit(self._date)
