"""Watches over an idle screen: warn, blank, wipe; and the key that hides everything at once.

Any key, touch or movement counts; the first one after a warning or a blank only brings the screen
back, so that nothing is pressed by accident.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.clock import now
from app.sessions import IdleStage
from ui import theme
from ui.telling import tell
from ui.text import _, joined
from ui.widgets import Banner, Heading, MainButton, Text, announce

if TYPE_CHECKING:
    from app.clock import Clock
    from app.sessions import IdlePolicy
    from ui.window_input import WindowInput

__all__ = ["Cover", "IdleWatch"]

TICK_MS = 500

_ACTIVITY = frozenset({
    QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel,
    QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TabletPress,
})  # fmt: skip
_SWALLOWED = frozenset({
    QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonRelease, QEvent.Type.Wheel, QEvent.Type.TouchBegin,
})  # fmt: skip


class Cover(Banner):
    """Lies over the whole window: nothing of the person can be seen, pressed or take the focus below it."""

    uncovered = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("cover")
        self._title = Heading("")
        self._words = Text("")
        self.button = MainButton(_("Montrer l’écran"))
        self.button.clicked.connect(self.uncovered)
        column = QVBoxLayout(self)
        edge = theme.SPACE[4]
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(theme.SPACE[3])
        column.addStretch(1)
        column.addWidget(self._title)
        column.addWidget(self._words)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(2)
        self._focus_before: QWidget | None = None
        self._below: list[QWidget] = []
        window.installEventFilter(self)
        self.hide()

    def cover(self, title: str, words: str, button: str) -> None:
        """Cover the window and say why."""
        if not self.isVisible():
            self._focus_before = QApplication.focusWidget()
            self._close_what_is_below()
        self._title.set_words(title)
        self._words.set_words(words)
        self.button.set_words(button)
        tell(self.setAccessibleName, joined(" ", (title, words)))
        self.resize(self.window().size())
        self.show()
        self.raise_()
        self.button.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, self.accessibleName())

    def uncover(self) -> None:
        """Show the window again, where it was."""
        if not self.isVisible():
            return
        for part in self._below:
            part.setEnabled(True)
        self.hide()
        before, self._focus_before = self._focus_before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            # The page changed below: its first control, in Tab's order.
            self.window().focusNextChild()

    def _close_what_is_below(self) -> None:
        # A page that comes, or an answer that arrives, would take the focus from the cover's button.
        parts = self.window().findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        self._below = [part for part in parts if part is not self and part.isEnabled()]
        for part in self._below:
            part.setEnabled(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint over everything, whatever the style sheet says."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current().color("paper"))
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the window."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.resize(self.window().size())
        return super().eventFilter(watched, event)


def steady_clock() -> Clock:
    """Make a clock that nobody can set: one that is set back would keep an idle screen open for ever."""
    began, since = now(), time.monotonic()
    return lambda: began + timedelta(seconds=time.monotonic() - since)


class IdleWatch(QObject):
    """Counts from the last activity. ``timed_out`` when nobody came back.

    ``warned(words)`` is to be spoken; ``covered`` when what is under the cover must not be heard either.
    """

    timed_out = Signal()
    warned = Signal(str)
    covered = Signal()

    def __init__(
        self, window: QWidget, window_input: WindowInput, policy: IdlePolicy, clock: Clock | None = None
    ) -> None:
        super().__init__(window)
        self.nobody_words = ""
        """What is said instead where nothing is erased: at home."""
        self._input = window_input
        self._policy = policy
        self._clock = clock or steady_clock()
        self._last = self._clock()
        self._stage = IdleStage.ACTIVE
        self._hidden = False
        self._busy = 0
        self.cover = Cover(window)
        self.cover.uncovered.connect(self.active)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.check)
        self._timer.start(TICK_MS)
        window_input.watch(self._swallows)

    def stop(self) -> None:
        """Stop watching."""
        self._timer.stop()
        self._input.forget(self._swallows)

    def active(self) -> None:
        """Count from now: someone did something, or something is under way for them."""
        self._last = self._clock()
        self._hidden = False
        self._stage = IdleStage.ACTIVE
        self.cover.uncover()

    def touch(self) -> None:
        """Count from now without showing a hidden screen (sending, opening)."""
        self._last = self._clock()

    def hide_now(self) -> None:
        """Hide the screen because someone asked."""
        self._hidden = True
        self._last = self._clock()
        self.covered.emit()
        self.cover.cover(_("Écran caché"), _("Rien n’est perdu. Appuyez pour revenir."), _("Montrer l’écran"))

    def check(self) -> None:
        """Do what the time without activity asks."""
        stage = self._policy.stage(self._last, self._clock())
        if stage is self._stage:
            return
        self._stage = stage
        if stage is IdleStage.WARN and not self._hidden:
            self.cover.cover(
                _("Êtes-vous toujours là ?"),
                _("Dans une minute, l’écran se cachera. Appuyez sur une touche pour continuer."),
                _("Je suis là"),
            )
            self.warned.emit(self.cover.accessibleName())
        elif stage is IdleStage.BLANK:
            self.covered.emit()
            self.cover.cover(
                _("Écran caché"),
                self.nobody_words
                or _("Appuyez pour revenir. Sans personne, la visite sera fermée et tout sera effacé."),
                _("Montrer l’écran"),
            )
        elif stage is IdleStage.WIPE:
            self.timed_out.emit()

    def _swallows(self, event: QEvent) -> bool:
        """Notice activity; what wakes a covered screen does nothing else."""
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_F9:
            if not event.isAutoRepeat():
                self._toggle()
            return True
        if kind in _ACTIVITY:
            self._last = self._clock()
            if self._stage in {IdleStage.WARN, IdleStage.BLANK} and kind in _SWALLOWED:
                self.active()
                return True
        return False

    def _toggle(self) -> None:
        if self.cover.isVisible():
            self.active()
        else:
            self.hide_now()
