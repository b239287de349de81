"""Fields to fill in: a label that stays, a line of help, the error beside what must be mended.

Decision: what a field proposes is given when it is made, and its limit is a validator. ``setText`` and
``setMaxLength`` tell screen readers that a caret moved; heard late, when the field has the focus, that is
taken for where the person went, and « 1 » is all that is said of the page (Orca 43).
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAccessible, QFontMetrics, QPainter, QPaintEvent, QValidator
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from ui import theme
from ui.telling import tell
from ui.text import _
from ui.widgets.buttons import QuietButton
from ui.widgets.date_steps import DateSteps
from ui.widgets.painting import paint_ring
from ui.widgets.words import Text

__all__ = ["DateFields", "Field", "Line", "Parts", "Ring", "parts_of"]


class Ring(QFrame):
    """Keeps room around a widget that Qt paints, and draws the focus ring there."""

    def __init__(self, inside: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inside = inside
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.RING, theme.RING, theme.RING, theme.RING)
        layout.addWidget(inside)
        inside.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Paint again when the focus comes or goes."""
        if event.type() in {QEvent.Type.FocusIn, QEvent.Type.FocusOut}:
            self.update()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring."""
        super().paintEvent(event)
        if self._inside.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_ring(painter, self)
            painter.end()


class _Limit(QValidator):
    """Leaves out what is too much of what was just written; what stood there stays, however long."""

    def __init__(self, most: int, there: str, parent: QObject) -> None:
        super().__init__(parent)
        self._most, self._long = most, len(there)

    def validate(self, text: str, caret: int) -> tuple[QValidator.State, str, int]:
        """Keep ``text`` within the limit (in characters); what ends at the caret came last."""
        extra = len(text) - max(self._most, self._long)
        if extra > 0:
            # Qt counts in UTF-16: beyond the basic plane a letter is two.
            before = text.encode("utf-16-le")[: 2 * caret].decode("utf-16-le", errors="ignore")
            kept = before[: max(0, len(before) - extra)]
            text, caret = kept + text[len(before) :], len(kept.encode("utf-16-le")) // 2
        self._long = len(text)
        return QValidator.State.Acceptable, text, caret


class Line(QLineEdit):
    """A line edit as high as the text size asks."""

    def __init__(self, text: str = "", limit: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        if limit:
            self.setValidator(_Limit(limit, text, self))
        theme.dress(self)
        self._dress()

    def customEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        del event
        self._dress()

    def _dress(self) -> None:
        font = theme.current().font()
        if font != self.font():
            self.setFont(font)
        high = max(theme.MAIN_TARGET, QFontMetrics(font).height() + 2 * theme.SPACE[2])
        if self.minimumHeight() != high:
            self.setMinimumHeight(high)


class Field(QWidget):
    """One line to fill in, with ``value`` in it. ``figures``: a number is wanted.

    ``width`` is in characters (0 fills the line), and so is ``limit`` (0: none).
    """

    edited = Signal()

    def __init__(
        self,
        label: str,
        help_words: str = "",
        *,
        value: str = "",
        width: int = 0,
        limit: int = 0,
        figures: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.label = Text(label, theme.Role.STRONG)
        self.help = Text(help_words, theme.Role.SECOND)
        self.error = Text("", theme.Role.STRONG, color="bad")
        self.input = Line(value, limit)
        self._characters = width
        if figures:
            self.input.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)
        tell(self.input.setAccessibleName, label)
        tell(self.input.setAccessibleDescription, help_words)
        self.label.setBuddy(self.input)
        # Not textEdited: what a screen reader or a dictation program writes is written by the person too.
        self.input.textChanged.connect(lambda _text: self.edited.emit())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.label, self.help, self.error):
            column.addWidget(widget)
        self._ring = Ring(self.input)
        column.addWidget(self._ring)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._fit()

    @property
    def value(self) -> str:
        """What was typed, without the spaces around it."""
        return self.input.text().strip()

    def set_value(self, value: str) -> None:
        """Put another value in."""
        with QSignalBlocker(self.input):
            self.input.setText(value)

    def set_error(self, words: str) -> None:
        """Say what must be mended; empty when all is well. What was typed stays."""
        self.error.set_words(words)
        self.input.setProperty("wrong", "true" if words else "false")
        self.input.style().unpolish(self.input)
        self.input.style().polish(self.input)
        tell(self.input.setAccessibleDescription, words or self.help.words)

    def take_focus(self) -> None:
        """Put the cursor in the field."""
        self.input.setFocus(Qt.FocusReason.OtherFocusReason)

    def customEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        del event
        self._fit()

    def _fit(self) -> None:
        metrics = QFontMetrics(theme.current().font())
        characters = self._characters or 34
        widest = metrics.horizontalAdvance("0") * (characters + 1) + 2 * theme.SPACE[3]
        self.input.setMaximumWidth(widest)
        self._ring.setMaximumWidth(widest + 2 * theme.RING)


Parts = tuple[str, str, str]


def parts_of(value: dt.date | None) -> Parts:
    """Return day, month and year as they are written in three fields."""
    return (str(value.day), str(value.month), str(value.year)) if value else ("", "", "")


class DateFields(QWidget):
    """A date as people say it: Jour, Mois, Année, three plain fields read one by one.

    ``parts``: what they propose, in this order (``parts_of`` a date).
    """

    accessible_role: ClassVar = QAccessible.Role.Grouping

    edited = Signal()

    def __init__(
        self,
        name: str,
        help_words: str = "",
        *,
        parts: Parts = ("", "", ""),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        tell(self.setAccessibleName, name)
        self.label = Text(name, theme.Role.STRONG)
        self.help = Text(help_words, theme.Role.SECOND)
        self.error = Text("", theme.Role.STRONG, color="bad")
        day, month, year = parts
        self.day = Field(_("Jour"), value=day, width=3, limit=2, figures=True)
        self.month = Field(_("Mois"), value=month, width=3, limit=2, figures=True)
        self.year = Field(_("Année"), value=year, width=5, limit=4, figures=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for words in (self.label, self.help, self.error):
            column.addWidget(words)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for field in self.fields:
            field.edited.connect(self.edited)
            row.addWidget(field)
        row.addStretch(1)
        column.addLayout(row)
        self._with_buttons = QuietButton(_("Choisir avec des boutons"), icon_name="gesture-tap-button")
        self._with_buttons.clicked.connect(self._show_steps)
        self.steps = DateSteps()
        self.steps.changed.connect(self._stepped)
        column.addWidget(self._with_buttons, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.steps)
        self.steps.hide()

    def _show_steps(self) -> None:
        """Take the large buttons in place of typing; what was typed is where they begin."""
        self.steps.show_date(self.date() or dt.date.today())  # noqa: DTZ011 - the day of this room
        self._stepped(self.date() or dt.date.today())  # noqa: DTZ011 - likewise
        self.steps.show()
        self._with_buttons.hide()
        self.steps.buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _stepped(self, day: dt.date) -> None:
        self.set_date(day)
        self.edited.emit()

    @property
    def fields(self) -> tuple[Field, Field, Field]:
        """Day, month, year."""
        return self.day, self.month, self.year

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not any(field.value for field in self.fields)

    def date(self) -> dt.date | None:
        """Return the date, or None when it is incomplete or no date."""
        try:
            day, month, year = (int(field.value) for field in self.fields)
            return dt.date(year, month, day)
        except ValueError:
            return None

    def set_date(self, value: dt.date | None) -> None:
        """Put another date in."""
        for field, part in zip(self.fields, parts_of(value), strict=True):
            field.set_value(part)

    def set_error(self, words: str) -> None:
        """Say what must be mended; what was typed stays."""
        self.error.set_words(words)
        for field in self.fields:
            tell(field.input.setAccessibleDescription, words)

    def take_focus(self) -> None:
        """Put the cursor in the day."""
        self.day.take_focus()
