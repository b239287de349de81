"""Text on a screen: titles that are headings for a screen reader, lines that breathe.

A QLabel never is a heading, so the accessibility factory of ``install`` makes one of ``Heading`` and
a notification of ``Banner`` (an Alert on a notification is what Orca speaks; the announcement event
reaches the bus, but Orca 43 ignores it: we send both). Any widget of ours says what it is for a screen
reader by its ``accessible_role``: what has none is nothing to stop at, and its name is never spoken.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from PySide6.QtCore import QEvent, QLocale, QObject, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QAccessibleInterface,
    QFontMetrics,
)
from PySide6.QtWidgets import QAccessibleWidget, QFrame, QLabel, QSizePolicy, QStackedWidget, QWidget

from ui import theme
from ui.telling import keep
from ui.text import _, typeset
from ui.widgets.painting import longest_word, text_width

__all__ = [
    "Banner",
    "Heading",
    "SectionHeading",
    "Text",
    "Together",
    "announce",
    "for_ears",
    "install_accessibility",
]

LINE_HEIGHT = 1.5
TITLE_LINE_HEIGHT = 1.2
LINE_LENGTH = 70
_ARABIC = re.compile(r"[\u0621-\u064a]")


class Text(QLabel):
    """Wrapped plain text with a line height of 1.5 and at most 70 characters a line.

    ``tight`` is for what stands on one line in a bar or a label; ``in_bar`` grows less (top bar).
    ``language``: a text that stays in its own language whatever the screen speaks ("": the screen's); it
    keeps its own direction, and the voice that reads it aloud is its own.
    """

    def __init__(
        self,
        text: str = "",
        role: theme.Role = theme.Role.BODY,
        *,
        color: str = "",
        tight: bool = False,
        in_bar: bool = False,
        language: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.role = role
        self.language = language
        if language:
            right_to_left = QLocale(language).textDirection() == Qt.LayoutDirection.RightToLeft
            self.setLayoutDirection(
                Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight
            )
        self._in_bar = in_bar
        self._tight = tight or role in {theme.Role.HERO, theme.Role.TITLE, theme.Role.SECTION}
        self._color = color or ("soft" if role == theme.Role.SECOND else "ink")
        self._plain = ""
        self._heights: dict[int, int] = {}
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setWordWrap(True)
        self.setContentsMargins(theme.RING, 0, theme.RING, 0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._dress()
        self.set_words(text)

    @property
    def words(self) -> str:
        """The plain text shown."""
        return self._plain

    def set_words(self, text: str) -> None:
        """Show ``text`` (plain; line breaks are kept); without words it takes no room."""
        self._plain = text
        keep(self, "set_words", text)
        self.setAccessibleName(for_ears(text))
        self._render()
        if self.parentWidget() is not None:
            self.setVisible(bool(text))
        elif not text:
            self.hide()

    def recolor(self, color: str) -> None:
        """Use another colour; ``color`` is a token's name."""
        self._color = color
        self._render()

    def hasHeightForWidth(self) -> bool:
        """Words wrap."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Measure at the width the text will really have (a QLabel forgets its maximum)."""
        width = min(width, self.maximumWidth())
        if width not in self._heights:
            self._heights[width] = super().heightForWidth(width)
        return self._heights[width]

    def sizeHint(self) -> QSize:
        """All words on one line, as far as a line goes."""
        margins = self.contentsMargins()
        wide = text_width(typeset(self._plain, self.language), self.font()) + margins.left() + margins.right()
        wide = min(wide, self.maximumWidth())
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        """Never narrower than a long word, nor higher than the layout gives."""
        wide = longest_word(typeset(self._plain, self.language), self.font()) + 2 * theme.RING
        return QSize(wide, QFontMetrics(self.font()).height())

    def customEvent(self, event: QEvent) -> None:
        """Dress again when the look changed."""
        del event
        self._dress()
        self._render()

    def _dress(self) -> None:
        font = self._look().font(self.role)
        if font != self.font():
            self.setFont(font)
            self._heights.clear()
        limit = LINE_LENGTH * QFontMetrics(font).averageCharWidth() + 2 * theme.RING
        if self.maximumWidth() != limit:
            self.setMaximumWidth(limit)

    def _side(self) -> str:
        """Keep a French name on the side where an Arabic page begins, and a sentence that begins with one."""
        if not self.isRightToLeft():
            return ""
        direction = ' dir="rtl"' if _ARABIC.search(self._plain) else ""
        centred = bool(self.alignment() & Qt.AlignmentFlag.AlignHCenter)
        return direction if centred else f'{direction} align="right"'

    def _look(self) -> theme.Theme:
        look = theme.current()
        return look.bar if self._in_bar else look

    def _render(self) -> None:
        font = self._look().font(self.role)
        wanted = TITLE_LINE_HEIGHT if self._tight else LINE_HEIGHT
        percent = round(100 * wanted * font.pixelSize() / max(1, QFontMetrics(font).lineSpacing()))
        color = getattr(theme.current().palette, self._color)
        body = _escaped(typeset(self._plain, self.language)).replace("\n", "<br>")
        style = f"line-height:{max(100, percent)}%; color:{color}"
        markup = f'<p{self._side()} style="{style}">{body}</p>' if body else ""
        if markup != self.text():
            self._heights.clear()
            self.setText(markup)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Heading(Text):
    """The title of a screen: a real heading on the accessibility bus."""

    accessible_role: ClassVar = QAccessible.Role.Heading

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, theme.Role.TITLE, parent=parent)


class SectionHeading(Text):
    """A heading inside a screen."""

    accessible_role: ClassVar = QAccessible.Role.Heading

    def __init__(self, text: str = "", parent: QWidget | None = None, *, language: str = "") -> None:
        super().__init__(text, theme.Role.SECTION, language=language, parent=parent)


class Banner(QFrame):
    """A region that speaks when it appears."""

    accessible_role: ClassVar = QAccessible.Role.Notification


class Together(QWidget):
    """Words that a screen reader says in one: a question with its answer. Its name is all of them."""

    accessible_role: ClassVar = QAccessible.Role.StaticText


class _Whole(QAccessibleWidget):
    """Something that is met as a whole: what it is made of is not met again."""

    def childCount(self) -> int:  # noqa: N802 - Qt's name
        return 0


# Qt's cache owns the C++ half of these; dropping the Python half early would leave it without a class.
_kept: Final[list[QAccessibleInterface]] = []


def _factory(name: str, thing: QObject) -> QAccessibleInterface | None:
    # No name is given here: it would be kept, and the widget's own may change.
    del name
    role = getattr(thing, "accessible_role", None)
    if isinstance(thing, QStackedWidget):
        # Qt calls it a layered pane, and that is said aloud before whatever is inside.
        role = QAccessible.Role.Client
    if role is None and isinstance(thing, QWidget) and thing.isWindow() and thing.windowTitle():
        # Qt calls a plain widget filler even when it is the window, whose name is then never said.
        role = QAccessible.Role.Window
    if role is None or not isinstance(thing, QWidget):
        return None
    made = (_Whole if isinstance(thing, Together) else QAccessibleWidget)(thing, role)
    _kept.append(made)
    return made


_installed: list[bool] = []


def install_accessibility() -> None:
    """Teach Qt our roles; once a process."""
    if not _installed:
        QAccessible.installFactory(_factory)
        _installed.append(True)


def for_ears(words: str) -> str:
    """Part short facts by a comma, which is a pause: a screen reader says « point médian » at each dot."""
    return words.replace(_(" · "), _(", "))


def announce(widget: QWidget, words: str) -> None:
    """Have a screen reader say ``words`` now: an announcement, and an alert on banners."""
    if not QAccessible.isActive() or not words:
        return
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, for_ears(words)))
    if isinstance(widget, Banner):
        QAccessible.updateAccessibility(QAccessibleEvent(widget, QAccessible.Event.Alert))
