"""Sheets of A4 paper that can be painted: on the screen for a look, on the printer for good.

A sheet is painted in units of 1/96 inch from its upper left corner; the painter is scaled to what it
paints on. Everything here blocks and belongs to one thread: the reader's lane, from making to painting.

Figures are set in Noto Sans. Atkinson Hyperlegible has but one zero, with a slash through it (its OpenType
tables know no other), and what we print is scanned again one day: of 246 numbers with a zero in them 55 were
recognised right, and 245 with these figures; of all words 90 %, and 100 %.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEventLoop, QPointF, QRectF, QRegularExpression, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QGuiApplication,
    QImage,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
    QTextLayout,
    QTextOption,
    QTextTable,
    QTransform,
)

from ui import theme
from ui.text import _

if TYPE_CHECKING:
    from ui.widgets.drawn_document import DrawnDocument

__all__ = ["DPI", "SHEET", "UNIT_DPI", "Frame", "PictureSheets", "Sheets", "TextSheets", "points", "portrait"]

UNIT_DPI = 96
DPI = 300
MM = UNIT_DPI / 25.4
SHEET = QSizeF(210 * MM, 297 * MM)
EDGE = 5 * MM
"""What most printers cannot reach: a page is made a little smaller rather than cut."""
MARGIN = 15 * MM
GAP = 5 * MM
SMALL = 14
"""Nothing that a person is handed is smaller (mandates: a rule)."""
FIGURES = "Noto Sans"
_FIGURES = re.compile("[0-9]+")


def points(size: float) -> int:
    """Return a size of type in our units."""
    return round(size * UNIT_DPI / 72)


class Sheets(Protocol):
    """What is to be printed, laid out."""

    @property
    def count(self) -> int:
        """How many sheets there are."""

    def paint(self, number: int, painter: QPainter, scale: float, *, gray: bool) -> None:
        """Paint sheet ``number`` (from 0); ``scale`` is how many dots make one of our units."""

    def words(self, number: int) -> str:
        """Return the words of a sheet, for who does not see it."""


def portrait(image: QImage) -> QImage:
    """Turn a page that lies on its side, so that it fills the paper."""
    if image.width() <= image.height():
        return image
    return image.transformed(QTransform().rotate(90))


class PictureSheets:
    """The pages of a document as they are."""

    def __init__(self, document: DrawnDocument, first: int, count: int) -> None:
        self._document = document
        self._first = first
        self._count = count

    @property
    def count(self) -> int:
        """How many pages there are."""
        return self._count

    def paint(self, number: int, painter: QPainter, scale: float, *, gray: bool) -> None:
        """Draw the page as large as the paper can show it."""
        inside = QRectF(EDGE, EDGE, SHEET.width() - 2 * EDGE, SHEET.height() - 2 * EDGE)
        image = portrait(self._document.draw(self._first + number, round(inside.width() * scale)))
        if gray:
            image = image.convertToFormat(QImage.Format.Format_Grayscale8)
        size = QSizeF(image.size()).scaled(inside.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(QPointF(0, 0), size)
        place.moveCenter(inside.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, image)

    def words(self, number: int) -> str:
        """Return the words of the page, as far as they are known."""
        return self._document.text(self._first + number)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands on each sheet around the text: who and what on top, a remark at the foot."""

    who: str
    what: str
    foot: str = ""


class TextSheets:
    """A text of ours on as many sheets as it takes; ``html`` is made by us alone, word by word escaped."""

    def __init__(self, html: str, frame: Frame, size: int) -> None:
        self._frame = frame
        self._head = self._head_height()
        self._foot = self._height(frame.foot, _font(SMALL), SHEET.width() - 2 * MARGIN) if frame.foot else 0.0
        self._document = _laid_out(html, size, self._body().size())
        self._count = self._document.pageCount()

    @property
    def count(self) -> int:
        """How many sheets the text takes."""
        return self._count

    def paint(self, number: int, painter: QPainter, scale: float, *, gray: bool) -> None:
        """Paint the frame and this sheet's part of the text; it is black on white in any case."""
        body = self._body()
        self._paint_frame(number, painter)
        painter.save()
        painter.translate(body.left(), body.top() - number * body.height())
        part = QRectF(0, number * body.height(), body.width(), body.height())
        painter.setClipRect(part)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = part
        self._document.documentLayout().draw(painter, context)
        painter.restore()

    def words(self, number: int) -> str:
        """Return the words of the whole text: it is read as one."""
        return self._document.toPlainText() if number == 0 else ""

    def _body(self) -> QRectF:
        top = MARGIN + self._head + GAP
        bottom = SHEET.height() - MARGIN - (self._foot + GAP if self._foot else 0)
        return QRectF(MARGIN, top, SHEET.width() - 2 * MARGIN, bottom - top)

    # -- the frame -------------------------------------------------------------------------------

    def _widths(self) -> tuple[float, float]:
        whole = SHEET.width() - 2 * MARGIN
        return whole * 0.72, whole * 0.25

    def _head_height(self) -> float:
        wide, _narrow = self._widths()
        whole = self._height(self._frame.who, _font(SMALL + 2, bold=True), wide)
        return whole + self._height(self._frame.what, _font(SMALL), wide)

    def _paint_frame(self, number: int, painter: QPainter) -> None:
        wide, narrow = self._widths()
        mirrored = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
        left, right = MARGIN, SHEET.width() - MARGIN
        name = QRectF(right - wide if mirrored else left, MARGIN, wide, SHEET.height())
        page = QRectF(left if mirrored else right - narrow, MARGIN, narrow, SHEET.height())
        painter.setPen(QPen(Qt.GlobalColor.black))
        high = self._write(painter, name, self._frame.who, _font(SMALL + 2, bold=True))
        self._write(painter, name.translated(0, high), self._frame.what, _font(SMALL))
        where = _("Page {number} sur {count}").format(number=number + 1, count=self.count)
        self._write(painter, page, where, _font(SMALL), end=True)
        line = MARGIN + self._head + GAP / 2
        painter.drawLine(QPointF(left, line), QPointF(right, line))
        if self._frame.foot:
            top = SHEET.height() - MARGIN - self._foot
            painter.drawLine(QPointF(left, top - GAP / 2), QPointF(right, top - GAP / 2))
            self._write(
                painter, QRectF(left, top, right - left, self._foot * 2), self._frame.foot, _font(SMALL)
            )

    @staticmethod
    def _write(painter: QPainter, place: QRectF, words: str, font: QFont, *, end: bool = False) -> float:
        """Write words into their place; return how high they are."""
        layout, high = _lines(words, font, place.width(), end=end)
        layout.draw(painter, place.topLeft())
        return high

    @staticmethod
    def _height(words: str, font: QFont, width: float) -> float:
        return _lines(words, font, width)[1] if words else 0.0


def _lines(words: str, font: QFont, width: float, *, end: bool = False) -> tuple[QTextLayout, float]:
    """Lay words out in lines; return them with their height."""
    layout, option, high = QTextLayout(words.replace("\n", "\u2028"), font), _option(), 0.0
    # A line that begins with a French name is still one of an Arabic sheet; here no side is mirrored for us.
    direction = QGuiApplication.layoutDirection()
    option.setTextDirection(direction)
    to_right = end != (direction == Qt.LayoutDirection.RightToLeft)
    option.setAlignment(Qt.AlignmentFlag.AlignRight if to_right else Qt.AlignmentFlag.AlignLeft)
    layout.setTextOption(option)
    layout.setFormats([_figures(found.start(), len(found.group())) for found in _FIGURES.finditer(words)])
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, high))
        high += line.height()
    layout.endLayout()
    return layout, high


def _figures(start: int, length: int) -> QTextLayout.FormatRange:
    found = QTextLayout.FormatRange()
    found.start, found.length, found.format = start, length, _figure_format()
    return found


def _figure_format() -> QTextCharFormat:
    look = QTextCharFormat()
    look.setFontFamilies([FIGURES])
    return look


def _set_figures(document: QTextDocument) -> None:
    """Give every figure of a text the face that is recognised."""
    pattern, look = QRegularExpression(_FIGURES.pattern), _figure_format()
    found = document.find(pattern)
    while not found.isNull():
        found.mergeCharFormat(look)
        found = document.find(pattern, found)


def _option() -> QTextOption:
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setUseDesignMetrics(True)
    return option


def _font(size: float, *, bold: bool = False) -> QFont:
    font = QFont(theme.family())
    font.setPixelSize(points(size))
    font.setBold(bold)
    # Laid out once and painted at any scale: hints for one scale would spoil the others.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _keep_cards_whole(document: QTextDocument, high: float) -> None:
    """Begin a new sheet before a card that would be cut: a value stays under the name of what it measures."""
    for frame in document.rootFrame().childFrames():
        if not isinstance(frame, QTextTable) or frame.rows() > 1:
            continue
        place = document.documentLayout().frameBoundingRect(frame)
        is_cut = int(place.top() // high) != int((place.bottom() - 1) // high)
        if is_cut and place.height() < high:
            look = frame.format()
            look.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
            frame.setFormat(look)


def _laid_out(html: str, size: int, page: QSizeF) -> QTextDocument:
    # A long text is laid out with timers. They want a dispatcher in this thread, and are let run out in it:
    # asked for by the screen thread the layout would crash there, and a timer left would be stopped there.
    loop = QEventLoop()
    document = QTextDocument()
    document.setUndoRedoEnabled(False)
    document.setDocumentMargin(0)
    document.setDefaultFont(_font(size))
    document.setDefaultTextOption(_option())
    document.setPageSize(page)
    document.setHtml(html)
    _set_figures(document)
    _keep_cards_whole(document, page.height())
    document.pageCount()
    loop.processEvents()
    return document
