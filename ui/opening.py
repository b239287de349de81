"""The window's first picture, while the program is still being read from the disk.

On a ten-year-old PC that was just switched on, reading the program takes seconds: someone who sees
nothing in that time presses again, and again. So the first thing painted is a window of the program's
size and colours that says its name and that it is opening. It is made before anything else is imported,
and of little that is slow to import.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFont, QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel

from ui.fonts import family
from ui.palette import PALETTES, Mood, Palette
from ui.text import _, use_language

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QWidget

__all__ = ["ASKED", "MILESTONES", "Opening", "bare_application", "colours", "leave_sources_unread"]

ASKED = "TANDEM_TELL_START"
MILESTONES = ("first window painted", "first screen painted")
WINDOW = (1366, 768)
HALF = 128  # of 255: a window darker than this is a dark one


def told(what: str) -> None:
    """Say on the error output how far the start is, for ``tandem bench start``."""
    if os.environ.get(ASKED):
        sys.stderr.write(f"{what}\n")
        sys.stderr.flush()


def leave_sources_unread() -> None:
    """Keep the binding from reading the source of every module that is imported.

    It looks there for its own name, to know which modules may switch its ``__feature__`` names on; no
    module of this program does. Reading took a sixth of the time of importing.
    """
    feature = sys.modules.get("shibokensupport.feature")
    if feature is not None and hasattr(feature, "_mod_uses_pyside"):
        feature._mod_uses_pyside = lambda _module: False  # type: ignore[attr-defined]  # noqa: SLF001


def bare_application(name: str) -> QApplication:
    """Return the program's QApplication, made when there is none yet."""
    made = QApplication.instance()
    if isinstance(made, QApplication):
        return made
    leave_sources_unread()
    # As an option: setStyle() gives back a QStyle, and all that a style can draw is then told to Python.
    application = QApplication([name, "-style", "fusion"])
    application.setApplicationName("Tandem")
    return application


def colours(mood: str, application: QApplication) -> Palette:
    """Return the colours to open in: those that were chosen, else dark or light as the system's are."""
    if mood in PALETTES:
        return PALETTES[Mood(mood)]
    dark = application.palette().window().color().lightness() < HALF
    return PALETTES[Mood.DARK if dark else Mood.LIGHT]


class Opening(QLabel):
    """« Tandem s’ouvre… », until the first screen takes its place."""

    def __init__(self, application: QApplication, *, mood: str, text_size: int, language: str) -> None:
        use_language(language)
        super().__init__(_("Tandem s’ouvre…"))
        self.setWindowTitle("Tandem")
        # It asks for nothing: the first window that a screen reader meets is the program's own.
        self.setWindowFlags(Qt.WindowType.SplashScreen)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setObjectName("opening")
        font = QFont(family())
        font.setPixelSize(round(1.5 * text_size))
        self.setFont(font)
        self.setWordWrap(True)
        look = colours(mood, application)
        self.setStyleSheet(
            f"background: {look.paper}; color: {look.accent}; qproperty-alignment: AlignCenter;"
        )
        self.resize(*WINDOW)
        self._painted = False

    def present(self, *, full_screen: bool) -> None:
        """Show the window and paint it at once: what follows keeps the screen thread busy."""
        if full_screen:
            self.showFullScreen()
        else:
            self.show()
        while not self._painted:
            QApplication.processEvents()

    def give_way_to(self, window: QWidget) -> None:
        """Leave as soon as ``window`` is painted, which stands where this one stood."""
        window.setGeometry(self.geometry())
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the other window's first paint; raises nothing, keeps nothing back."""
        if isinstance(event, QPaintEvent):
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._leave)
        return False

    def _leave(self) -> None:
        told(MILESTONES[1])
        self.close()
        self.deleteLater()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        super().paintEvent(event)
        if not self._painted:
            told(MILESTONES[0])
        self._painted = True
