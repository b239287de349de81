"""A keyboard on the screen, for a kiosk that has none, or for a finger that finds large keys easier.

It types into the field that had the focus last, with the same key events as a real one, so that a
field cannot tell them apart. A press on a key takes the focus from nobody; Tab reaches the keys too,
for someone who has one or two switches. Letters stand as on a keyboard of the screen's language; the
accented ones that names need are one key away; fields for figures show figures first.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget
from shiboken6 import isValid

from ui import theme
from ui.telling import tell
from ui.text import _, current_language
from ui.widgets.buttons import Kind, QuietButton
from ui.widgets.grounds import BarGround

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LAYOUTS", "Keyboard"]

ACCENTS = ("éèêëàâä", "çîïôöùûü", "œæñ’-")
FIGURES = ("1234567890", "/.,;:-’@", "()&+°%")
LAYOUTS: dict[str, tuple[str, ...]] = {
    "fr": ("azertyuiop", "qsdfghjklm", "wxcvbn’-"),
    "en": ("qwertyuiop", "asdfghjkl", "zxcvbnm’-"),
    "ar": ("ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرىةوزظذ"),
}
LETTERS = {"fr": "ABC", "en": "ABC", "ar": "أبج"}


class _Page(Enum):
    """Which keys are shown."""

    LETTERS = 1
    FIGURES = 2
    ACCENTS = 3


class _Key(QuietButton):
    """One key: its name is its letter."""

    def __init__(self, words: str, *, share: int = 1) -> None:
        super().__init__(words, in_bar=True)
        self.kind = Kind.QUIET
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoRepeat(False)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHorizontalStretch(share)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def label_font(self) -> QFont:
        """Letters grow with the text; the words of the other keys stay on their line."""
        if len(self.text()) == 1:
            return super().label_font()
        return theme.current().sized(theme.TextSize.SMALL).font()

    def heightForWidth(self, width: int) -> int:
        """A letter's ink is lower than its line, in Arabic by far: each fits the least key."""
        return self._target() if len(self.text()) == 1 else super().heightForWidth(width)

    def _padding(self) -> tuple[int, int]:
        return theme.SPACE[0], theme.SPACE[0]


class Keyboard(BarGround):
    """``type_into(field)`` chooses the field; ``closed`` when someone puts the keyboard away."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setObjectName("keyboard")
        tell(self.setAccessibleName, _("Clavier"))
        self._field: QLineEdit | None = None
        self._capital = False
        self._page = _Page.LETTERS
        self._layout_name = ""
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(theme.SPACE[1], theme.SPACE[0], theme.SPACE[1], theme.SPACE[0])
        self._rows.setSpacing(0)
        # In a low window the page gives way, never the keys.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.keys: dict[str, _Key] = {}
        self._holders: list[QWidget] = []
        self.hide()

    def type_into(self, field: QLineEdit) -> None:
        """Show the keys for ``field``; figures first where it takes few characters."""
        if field is not self._field:
            self._field = field
            self._capital = not field.text()
            numbers = field.inputMethodHints() & Qt.InputMethodHint.ImhPreferNumbers
            self._page = _Page.FIGURES if numbers else _Page.LETTERS
        self._lay()
        self.show()

    @property
    def field(self) -> QLineEdit | None:
        """The field that is typed into."""
        return self._field

    def put_away(self) -> None:
        """Hide the keys."""
        self._field = None
        self.hide()

    def customEvent(self, event: QEvent) -> None:
        """Lay the keys of the language of now."""
        del event
        if self.isVisible():
            self._lay()

    # -- the keys --------------------------------------------------------------------------------

    def _lay(self) -> None:
        name = f"{current_language()[:2]} {self._page} {self._capital}"
        if name == self._layout_name:
            return
        self._layout_name = name
        focused = self.focusWidget()
        before = focused.text() if isinstance(focused, _Key) else ""
        self._empty()
        for letters in self._letters():
            self._row([(letter, 1, partial(self._write, letter)) for letter in letters])
        self._row(self._specials())
        if before in self.keys:
            self.keys[before].setFocus(Qt.FocusReason.OtherFocusReason)

    def _letters(self) -> tuple[str, ...]:
        if self._page is _Page.FIGURES:
            return FIGURES
        rows = LAYOUTS.get(current_language()[:2], LAYOUTS["fr"]) if self._page is _Page.LETTERS else ACCENTS
        return tuple(row.upper() for row in rows) if self._capital else rows

    def _specials(self) -> list[tuple[str, int, Callable[[], None]]]:
        names = {
            _Page.LETTERS: LETTERS.get(current_language()[:2], "ABC"),
            _Page.FIGURES: "123",
            _Page.ACCENTS: "éàç",
        }
        keys: list[tuple[str, int, Callable[[], None]]] = [
            (name, 2, partial(self._turn_to, page)) for page, name in names.items() if page is not self._page
        ]
        if self._page is not _Page.FIGURES and current_language() != "ar":
            keys.append((_("Majuscule"), 3, self._turn_capital))
        return [
            *keys,
            (_("Espace"), 5, partial(self._write, " ")),
            (_("Effacer"), 3, partial(self._send, Qt.Key.Key_Backspace)),
            (_("Fermer"), 3, self._close),
        ]

    def _row(self, keys: list[tuple[str, int, Callable[[], None]]]) -> None:
        # A widget, not a layout in the layout: taking a layout out again leaves it with two owners.
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for words, share, press in keys:
            key = _Key(words, share=share)
            key.clicked.connect(lambda _checked=False, press=press: press())
            self.keys[words] = key
            row.addWidget(key)
        self._rows.addWidget(holder)
        self._holders.append(holder)

    def _empty(self) -> None:
        for holder in self._holders:
            self._rows.removeWidget(holder)
            holder.hide()
            holder.deleteLater()
        self._holders, self.keys = [], {}

    # -- what they do ----------------------------------------------------------------------------

    def _write(self, letter: str) -> None:
        self._send(Qt.Key.Key_Space if letter == " " else Qt.Key.Key_unknown, letter)
        if self._capital:
            self._capital = False
            self._lay()

    def _send(self, key: Qt.Key, letter: str = "") -> None:
        if self._field is None or not isValid(self._field):
            return  # its screen has gone meanwhile
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(self._field, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, letter))

    def _turn_to(self, page: _Page) -> None:
        self._page = page
        self._lay()

    def _turn_capital(self) -> None:
        self._capital = not self._capital
        self._lay()

    def _close(self) -> None:
        field = self._field
        self.put_away()
        if field is not None and isValid(field):
            field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()
