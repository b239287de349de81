"""« Étape 2 sur 5 »: where one is in a task of several screens, in words and as marks beside them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ui import theme
from ui.text import _
from ui.widgets.painting import mirrored
from ui.widgets.words import Text

__all__ = ["Steps"]


class _Marks(QWidget):
    """One bar a step, filled as far as one is; the words beside it say the same."""

    def __init__(self, number: int, whole: int) -> None:
        super().__init__()
        self._number, self._whole = number, whole
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Short bars, as high as a stroke of the text."""
        body = theme.current().body
        return QSize(self._whole * (body + theme.SPACE[1]), max(8, body // 3))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars."""
        del event
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        step = self.width() // self._whole
        for index in range(self._whole):
            place = self.rect().adjusted(index * step, 0, 0, 0)
            place.setWidth(step - theme.SPACE[1])
            painter.setBrush(look.color("accent" if index < self._number else "line"))
            box = QRectF(mirrored(self, place))
            if index >= self._number:
                box.adjust(0, box.height() / 3, 0, -box.height() / 3)
            painter.drawRoundedRect(box, 3, 3)
        painter.end()


class Steps(QWidget):
    """Shows step ``number`` (from 1) of ``whole``."""

    def __init__(self, number: int, whole: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = Text(
            _("Étape {number} sur {whole}").format(number=number, whole=whole), theme.Role.SECOND, tight=True
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE[1])
        row.addWidget(self.text)
        row.addWidget(_Marks(number, whole))
        row.addStretch(1)
