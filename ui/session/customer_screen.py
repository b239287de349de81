"""A second screen turned to the customer: the page that the pharmacist has, in large print, to look at only.

Decisions:

- It is a picture of the one window, drawn anew as that changes, and not a second state of its own: it cannot
  show another page, fall behind, or outlive the visit. What lies over the window (hidden by its key, nobody
  there, the end of a visit) lies over the picture too, being part of what is drawn. The bar on top, with the
  helper's controls, is left out; nothing can be pressed or typed there.
- The letters are drawn at their size there, as large as the screen allows; « Tourner l'écran » makes them
  larger still, on both.
- Which screen: the one that this PC's configuration names (``customer_screen``), else the first that the
  pharmacist's window is not on; ``-`` for none. Unplugged, it goes, and comes back with the screen. With
  one screen there is none: the window is turned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPixmap, QRegion
from PySide6.QtWidgets import QWidget

from ui import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QScreen

    from ui.shell import Shell

__all__ = ["CustomerScreen", "chosen_screen"]

LOOK_MS = 250
NO_SCREEN = "-"


def chosen_screen(name: str, main: QScreen | None) -> QScreen | None:
    """Return the customer's screen, ``None`` where there is none; ``main`` is the pharmacist's own."""
    others = [each for each in QGuiApplication.screens() if each is not main]
    if name and name != NO_SCREEN:
        return next((each for each in others if each.name() == name), None)
    return others[0] if others and name != NO_SCREEN else None


class CustomerScreen(QWidget):
    """Follows a window onto the customer's screen for as long as both are there."""

    def __init__(self, shell: Shell, name: str = "") -> None:
        super().__init__(
            None,
            Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowDoesNotAcceptFocus
            | Qt.WindowType.WindowTransparentForInput
            | Qt.WindowType.Window,
        )
        self.setWindowTitle("Tandem")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self._shell, self._name = shell, name
        self._picture = QPixmap()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)  # noqa: S101 - there is a window
        application.screenAdded.connect(self.place)
        application.screenRemoved.connect(self.place)
        application.primaryScreenChanged.connect(self.place)

    @property
    def picture(self) -> QPixmap:
        """What is shown there now."""
        return self._picture

    def place(self, _changed: object = None) -> None:
        """Go onto the customer's screen, or away where there is none."""
        found = chosen_screen(self._name, self._shell.screen())
        if found is None:
            self._timer.stop()
            self.hide()
            self._picture = QPixmap()
            return
        self.setScreen(found)
        self.setGeometry(found.geometry())
        self.setWindowState(Qt.WindowState.WindowFullScreen)
        self.show()
        self.look()
        self._timer.start()

    def end(self) -> None:
        """Go for good, with what was shown."""
        self._timer.stop()
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)  # noqa: S101 - as above
        for signal in (application.screenAdded, application.screenRemoved, application.primaryScreenChanged):
            signal.disconnect(self.place)
        self._picture = QPixmap()
        self.close()
        self.deleteLater()

    def look(self) -> None:
        """Draw the window's page anew."""
        self._picture = self._drawn(self._part())
        self.update()

    def _part(self) -> QRect:
        """Return the page's place in the window: all below the bar on top."""
        top = self._shell.topbar.geometry().bottom() + 1
        return QRect(0, top, self._shell.width(), self._shell.height() - top)

    def _drawn(self, part: QRect) -> QPixmap:
        if part.isEmpty() or not self._shell.isVisible():
            return QPixmap()
        ratio = self.devicePixelRatioF()
        size = part.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio) * ratio
        picture = QPixmap(size.expandedTo(QSize(1, 1)))
        picture.fill(theme.current().color("paper"))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.scale(size.width() / part.width(), size.height() / part.height())
        self._shell.render(painter, QPoint(), QRegion(part))
        painter.end()
        picture.setDevicePixelRatio(ratio)
        return picture

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture in the middle, on paper."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.current().color("paper"))
        if not self._picture.isNull():
            size = self._picture.deviceIndependentSize().toSize()
            left, top = (self.width() - size.width()) // 2, (self.height() - size.height()) // 2
            painter.drawPixmap(left, top, self._picture)
        painter.end()
