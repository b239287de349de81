"""The bar of reading aloud: what the voice does now, and five buttons; or the question before the first time.

It stands above the screen's own bar while something is read, and nowhere otherwise. Its type grows as that
of the top bar does, so that the page keeps its room. Each button does one thing, and says it.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from ui import theme
from ui.telling import tell
from ui.text import _
from ui.widgets.buttons import QuietButton
from ui.widgets.flow import BarLayout
from ui.widgets.words import Text, announce

__all__ = ["HeadsetQuestion", "ReadingBar"]


class _Bar(QFrame):
    """A calm ground across the page, under a line of the accent's colour."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("readingbar")
        tell(self.setAccessibleName, name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        column = QVBoxLayout(self)
        edge = theme.SPACE[4] - theme.RING
        column.setContentsMargins(edge, theme.SPACE[0], edge, theme.SPACE[0])
        column.setSpacing(0)
        self.state = Text("", theme.Role.STRONG, color="accent", tight=True, in_bar=True)
        holder = QWidget()
        self._buttons = BarLayout(holder)
        self._buttons.setSpacing(theme.SPACE[0])
        self._buttons.addWidget(self.state)
        self._buttons.push_right()
        column.addWidget(holder)

    def _button(self, words: str, icon_name: str) -> QuietButton:
        button = QuietButton(words, icon_name=icon_name, in_bar=True)
        self._buttons.addWidget(button)
        return button

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground."""
        del event
        look = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.color("tint"))
        painter.fillRect(0, 0, self.width(), 3, look.color("accent"))
        painter.end()


class ReadingBar(_Bar):
    """What one does with the voice. Signals: ``toggled``, ``again``, ``slower``, ``faster``, ``stopped``."""

    toggled = Signal()
    again = Signal()
    slower = Signal()
    faster = Signal()
    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Lecture à voix haute"), parent)
        self.pause_button = self._button(_("Pause"), "pause")
        self.again_button = self._button(_("Répéter"), "replay")
        self.slower_button = self._button(_("Moins vite"), "tortoise")
        self.faster_button = self._button(_("Plus vite"), "rabbit")
        self.stop_button = self._button(_("Arrêter"), "stop")
        tell(self.pause_button.setAccessibleDescription, _("Touche F4"))
        tell(self.stop_button.setAccessibleDescription, _("Touche Échap"))
        self.pause_button.clicked.connect(self.toggled)
        self.again_button.clicked.connect(self.again)
        self.slower_button.clicked.connect(self.slower)
        self.faster_button.clicked.connect(self.faster)
        self.stop_button.clicked.connect(self.stopped)

    def show_state(self, *, starting: bool, paused: bool, can_slow: bool, can_hurry: bool) -> None:
        """Say what the voice does, and what can be done with it."""
        words = _("La lecture commence…") if starting else _("Lecture en cours")
        self.state.set_words(_("Lecture en pause") if paused else words)
        self.pause_button.set_words(_("Continuer") if paused else _("Pause"))
        self.pause_button.icon_name = "play" if paused else "pause"
        self.pause_button.update()
        for button, enabled in ((self.slower_button, can_slow), (self.faster_button, can_hurry)):
            if button.hasFocus() and not enabled:
                self.pause_button.setFocus()
            button.setEnabled(enabled)


class HeadsetQuestion(_Bar):
    """« Avez-vous un casque ? », asked once a visit. Signals: ``headset``, ``room``, ``refused``."""

    headset = Signal()
    room = Signal()
    refused = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Avez-vous un casque ?"), parent)
        self.state.set_words(_("Avez-vous un casque ? Sans casque, tout le monde entend."))
        self.headset_button = self._button(_("Oui, j’ai un casque"), "headphones")
        self.room_button = self._button(_("Lire dans la pièce"), "volume-high")
        self.refuse_button = self._button(_("Ne pas lire"), "volume-off")
        self.headset_button.clicked.connect(self.headset)
        self.room_button.clicked.connect(self.room)
        self.refuse_button.clicked.connect(self.refused)

    def ask(self) -> None:
        """Take the focus; the question is told to a screen reader."""
        self.headset_button.setFocus()
        announce(self, self.state.words)
