"""What the person is told besides the title: done, waiting, refused, empty, working."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QAccessible, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from ui import theme
from ui.telling import tell
from ui.text import _, joined
from ui.widgets.buttons import PlainButton, QuietButton
from ui.widgets.painting import paint_box, paint_ring, shape_of
from ui.widgets.words import Banner, Text, announce

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Card", "EmptyState", "ErrorSummary", "IconLine", "Notice", "NoticeKind", "Pictogram", "Progress"]


class NoticeKind(StrEnum):
    """What a notice is about; each has its colours and its pictogram, never the colour alone."""

    INFO = "info"
    OK = "ok"
    WAIT = "wait"
    BAD = "bad"


# kind → ground, words, pictogram
_DRESS = {
    NoticeKind.INFO: ("tint", "accent", "information-outline"),
    NoticeKind.OK: ("ok_tint", "ok", "check-circle-outline"),
    NoticeKind.WAIT: ("wait_tint", "wait", "clock-outline"),
    NoticeKind.BAD: ("bad_tint", "bad", "alert-circle-outline"),
}


class Pictogram(QLabel):
    """A picture that repeats the words beside it: nothing for a screen reader to stop at."""

    def __init__(
        self,
        name: str,
        *,
        scale: float = 1.5,
        color: str = "accent",
        in_bar: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._in_bar = in_bar
        self._name, self._scale, self._color = name, scale, color
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._draw()

    def change(self, name: str, color: str) -> None:
        """Show another pictogram."""
        self._name, self._color = name, color
        self._draw()

    def customEvent(self, event: QEvent) -> None:
        """Draw again when the theme changed."""
        del event
        self._draw()

    def _draw(self) -> None:
        look = theme.current().bar if self._in_bar else theme.current()
        size = round(look.body * self._scale)
        self.setPixmap(
            theme.icon(self._name, getattr(look.palette, self._color), size, self.devicePixelRatioF())
        )
        self.setFixedSize(size, size)


class Card(QWidget):
    """A white card around what belongs together."""

    def __init__(self, parent: QWidget | None = None, *, fill: str = "card", line: str = "hair") -> None:
        super().__init__(parent)
        self._ground, self._border = fill, line
        self.column = QVBoxLayout(self)
        edge = theme.RING + theme.SPACE[2]
        self.column.setContentsMargins(edge, edge, edge, edge)
        self.column.setSpacing(theme.SPACE[1])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_box(painter, shape_of(self), fill=self._ground, line=self._border, radius=theme.RADIUS_CARD)
        painter.end()


class IconLine(QWidget):
    """One line with its pictogram: a fact, a step done."""

    def __init__(
        self, icon_name: str, words: str, *, color: str = "accent", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._text = Text("")
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.RING, 0, 0, 0)
        row.setSpacing(theme.SPACE[1])
        self._picture = Pictogram(icon_name, scale=1.2, color=color)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1000)
        row.addStretch(1)
        self.say(words)

    @property
    def words(self) -> str:
        """What it says."""
        return self._text.words

    def show_icon(self, icon_name: str, color: str = "accent") -> None:
        """Show another pictogram."""
        self._picture.change(icon_name, color)

    def say(self, words: str) -> None:
        """Change the words; empty hides the line."""
        self._text.set_words(words)
        if self.parentWidget() is not None or not words:
            self.setVisible(bool(words))


class Notice(Banner):
    """A sentence on a coloured ground, spoken when it appears."""

    def __init__(
        self, words: str = "", kind: NoticeKind = NoticeKind.INFO, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.kind = kind
        self._picture = Pictogram(_DRESS[kind][2], scale=1.3, color=_DRESS[kind][1])
        self._text = Text("")
        row = QHBoxLayout(self)
        edge = theme.RING + theme.SPACE[2]
        row.setContentsMargins(edge, edge, edge, edge)
        row.setSpacing(theme.SPACE[1])
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1000)
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.say(words, kind)

    @property
    def words(self) -> str:
        """The sentence shown."""
        return self._text.words

    def say(self, words: str, kind: NoticeKind | None = None) -> None:
        """Show and speak ``words``; empty hides the notice."""
        self.kind = kind or self.kind
        ground, ink, picture = _DRESS[self.kind]
        del ground
        self._picture.change(picture, ink)
        self._text.recolor(ink)
        self._text.set_words(words)
        tell(self.setAccessibleName, words)
        if self.parentWidget() is not None or not words:
            self.setVisible(bool(words))
        if words and self.isVisible():
            announce(self, words)

    def showEvent(self, event: QShowEvent) -> None:
        """Speak when it appears."""
        super().showEvent(event)
        announce(self, self.words)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground and a border of the ink's colour."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, ink, _picture = _DRESS[self.kind]
        paint_box(painter, shape_of(self), fill=ground, line=ink, radius=theme.RADIUS)
        painter.end()


class ErrorSummary(Banner):
    """« Il y a un problème »: each line goes to its field. Takes the focus when it is shown.

    No notification for a screen reader, which would say it a second time after the focus.
    """

    accessible_role: ClassVar = QAccessible.Role.AlertMessage

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._title = Text(_("Il y a un problème"), theme.Role.STRONG, color="bad")
        self._column = QVBoxLayout(self)
        edge = theme.RING + theme.SPACE[2]
        self._column.setContentsMargins(edge, edge, edge, edge)
        self._column.setSpacing(0)
        self._column.addWidget(self._title)
        self._lines: list[QWidget] = []
        self.hide()

    def show_errors(self, errors: list[tuple[str, Callable[[], None]]]) -> None:
        """Show the sentences, each with what brings to its field; none hides the summary."""
        for line in self._lines:
            line.hide()
            line.deleteLater()
        self._lines = []
        for words, go in errors:
            line = QuietButton(words)
            line.clicked.connect(lambda _checked=False, go=go: go())
            self._column.addWidget(line, 0, Qt.AlignmentFlag.AlignLeft)
            self._lines.append(line)
        tell(self.setAccessibleName, joined(". ", (self._title.words, *(words for words, _go in errors))))
        self.setVisible(bool(errors))
        if errors:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            announce(self, self.accessibleName())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground and a strong border."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_box(painter, shape_of(self), fill="bad_tint", line="bad", width=4)
        if self.hasFocus():
            paint_ring(painter, self)
        painter.end()


class Progress(QWidget):
    """Words and a bar that runs without a figure until ``set_share`` gives one."""

    def __init__(self, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = Text(words)
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._appear)
        self.bar = QProgressBar()
        theme.dress(self.bar)
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        tell(self.bar.setAccessibleName, words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE[2])
        column.addWidget(self.text)
        holder = QHBoxLayout()
        holder.setContentsMargins(theme.RING, 0, theme.RING, 0)
        holder.addWidget(self.bar)
        column.addLayout(holder)
        # Where it is given a whole page, words and bar stay together at its top.
        column.addStretch(1)

    def say(self, words: str) -> None:
        """Change the words."""
        self.text.set_words(words)
        tell(self.bar.setAccessibleName, words)

    def set_share(self, done: int, whole: int) -> None:
        """Show how much is done; ``whole`` 0 means that nobody knows."""
        self.bar.setRange(0, whole)
        self.bar.setValue(done)

    def start_after(self, milliseconds: int = 300) -> None:
        """Stay hidden for what is quick."""
        self.hide()
        self._soon.start(milliseconds)

    def stop(self) -> None:
        """Hide."""
        self._soon.stop()
        self.hide()

    def _appear(self) -> None:
        self.show()
        announce(self, self.text.words)


class _Medal(Pictogram):
    """A large pictogram on a round ground: the one drawing of an empty screen."""

    def __init__(self, name: str) -> None:
        super().__init__(name, scale=3)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground, then the pictogram."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().color("tint"))
        painter.drawEllipse(self.rect())
        painter.end()
        super().paintEvent(event)

    def _draw(self) -> None:
        super()._draw()
        side = round(theme.current().body * 5.5)
        self.setFixedSize(side, side)


class EmptyState(QWidget):
    """Nothing here yet: a drawing, a sentence, and what one can do."""

    def __init__(
        self, words: str, second: str = "", *, icon_name: str = "folder-open-outline", action: str = "",
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.action = PlainButton(action) if action else None
        column = QVBoxLayout(self)
        column.setSpacing(theme.SPACE[1])
        column.addSpacing(theme.SPACE[3])
        column.addWidget(_Medal(icon_name), 0, Qt.AlignmentFlag.AlignHCenter)
        for text in (Text(words, theme.Role.STRONG), Text(second, theme.Role.SECOND)):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(text, 8)
            row.addStretch(1)
            column.addLayout(row)
        if self.action is not None:
            column.addWidget(self.action, 0, Qt.AlignmentFlag.AlignHCenter)
        # Where it is given a whole page, it stays together at its top.
        column.addStretch(1)
