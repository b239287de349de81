"""The sheet as it will come out of the printer, whole; the keys turn the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme
from ui.printing.sheets import SHEET
from ui.tasks import Lane, Tasks
from ui.telling import tell
from ui.text import _
from ui.widgets import announce
from ui.widgets.painting import paint_ring

if TYPE_CHECKING:
    from ui.printing.sheets import Sheets

__all__ = ["SheetView", "picture_of"]

TOLD = 600
SETTLED_MS = 60
_TURNS = {
    Qt.Key.Key_PageDown: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1,
}  # fmt: skip


def picture_of(sheets: Sheets, number: int, height: int, *, gray: bool) -> QImage:
    """Paint a sheet as a picture, ``height`` dots high, just as the printer gets it."""
    scale = height / SHEET.height()
    image = QImage(round(SHEET.width() * scale), height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(scale, scale)
    sheets.paint(number, painter, scale, gray=gray)
    painter.end()
    return image.convertToFormat(QImage.Format.Format_Grayscale8) if gray else image


class SheetView(QWidget):
    """Shows one sheet; ``turned(number)`` when another one is wanted, ``failed(error)``."""

    turned = Signal(int)
    failed = Signal(object)

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._sheets: Sheets | None = None
        self._image = QImage()
        self._gray = False
        self._asked = 0
        self.number = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settled.timeout.connect(self._draw)

    @property
    def is_drawn(self) -> bool:
        """Whether a sheet is to be seen."""
        return not self._image.isNull()

    def show_sheet(self, sheets: Sheets, number: int, *, gray: bool) -> None:
        """Show a sheet; the one before stays until it is drawn."""
        self._sheets, self.number, self._gray = sheets, number, gray
        where = _("Page {number} sur {count}").format(number=number + 1, count=sheets.count)
        tell(self.setAccessibleName, where)
        announce(self, where)
        self._draw()

    def sizeHint(self) -> QSize:
        """Whole, in the proportions of the paper."""
        return QSize(round(self.height() * SHEET.width() / SHEET.height()), self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw again, sharp."""
        super().resizeEvent(event)
        self._settled.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn the page; at its ends the keys are the screen's again."""
        wanted = self.number + _TURNS.get(Qt.Key(event.key()), 0)
        if self._sheets is None or wanted == self.number or not 0 <= wanted < self._sheets.count:
            super().keyPressEvent(event)
            return
        self.turned.emit(wanted)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the sheet on its ground, and the ring."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = self._place()
        painter.fillRect(place, Qt.GlobalColor.white)
        if not self._image.isNull():
            painter.drawImage(place, self._image)
        painter.setPen(theme.current().color("line"))
        painter.drawRect(place.adjusted(0, 0, -1, -1))
        if self.hasFocus():
            paint_ring(painter, self)
        painter.end()

    def _place(self) -> QRect:
        inside = self.rect().adjusted(theme.RING, theme.RING, -theme.RING, -theme.RING)
        size = SHEET.toSize().scaled(inside.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(inside.topLeft(), size)
        place.moveCenter(inside.center())
        return place

    def _draw(self) -> None:
        sheets, number, gray = self._sheets, self.number, self._gray
        height = round(self._place().height() * self.devicePixelRatioF())
        if sheets is None or height <= 0 or not self.isVisible():
            return
        self._asked += 1
        asked = self._asked

        def drawn() -> tuple[QImage, str]:
            return picture_of(sheets, number, height, gray=gray), sheets.words(number)

        self._tasks.run(
            drawn,
            lambda found: self._arrived(asked, *found),
            self.failed.emit,
            lane=Lane.READER,
            owner=self,
        )

    def _arrived(self, asked: int, image: QImage, words: str) -> None:
        if asked == self._asked:
            self._image = image
            self.setAccessibleDescription(words[:TOLD])
            self.update()
