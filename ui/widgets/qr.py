"""A QR code large enough for a shaky hand: dark on white in every theme, with its quiet zone."""

from __future__ import annotations

import segno
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.telling import tell

__all__ = ["QrCode"]

QUIET = 4
LEAST_MODULE = 5


class QrCode(QWidget):
    """Shows ``text`` as a QR code (ISO/IEC 18004, level M); ``name`` says what it is for."""

    def __init__(self, text: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[bytes] = []
        tell(self.set_text, text)
        tell(self.setAccessibleName, name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        """Show another text; one that is longer has smaller modules in the same square."""
        self._rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Whole modules, so that no edge is blurred."""
        side = (len(self._rows) + 2 * QUIET) * LEAST_MODULE
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        side, modules = min(self.width(), self.height()), len(self._rows) + 2 * QUIET
        size = side // modules
        edge = (side - size * modules) // 2 + QUIET * size
        for y, row in enumerate(self._rows):
            for x, dark in enumerate(row):
                if dark:
                    module = QRect(edge + x * size, edge + y * size, size, size)
                    painter.fillRect(module, Qt.GlobalColor.black)
        painter.end()
