"""A document seen: its pages large, one at a time, or its words in large print.

The page starts as wide as its place and is drawn again, sharp, at every zoom; the drawing is asked of
the reader process and never waited for in the screen thread. Neighbours are drawn ahead. A picture
says nothing to a blind person: the words stand in a named read-only box, one press away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QAccessible,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QTextEdit, QWidget

from ui import theme
from ui.tasks import Lane, Tasks
from ui.telling import tell
from ui.text import _, again
from ui.theme import SPACE
from ui.widgets.reading import Inks, pages_html, sections_html
from ui.widgets.scroll_bar import use_large_bars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.reader.values import Section
    from ui.glossary import Match
    from ui.widgets.drawn_document import DrawnDocument

__all__ = ["ZOOMS", "PageView", "ReadingBox"]

ZOOMS = (1.0, 1.35, 1.8, 2.4, 3.2)
SHOW_WORK_AFTER_MS = 300
SETTLED_MS = 120
NARROWEST = 200


class _Sheet(QWidget):
    """The page itself, as a sheet of paper."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()

    def show_image(self, image: QImage, width: int) -> None:
        """Show a page ``width`` logical pixels wide."""
        self._image = image
        self.stretch(width)

    def stretch(self, width: int) -> None:
        """Show the same page at another width."""
        self.setFixedSize(width, round(width * self._image.height() / max(1, self._image.width())))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        if not self._image.isNull():
            painter.drawImage(self.rect(), self._image)
        painter.setPen(theme.current().color("hair"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class PageView(QScrollArea):
    """One page of a document; zoom 0 is the width of the view."""

    accessible_role: ClassVar = QAccessible.Role.Graphic

    page_changed = Signal()
    zoom_changed = Signal()
    drawn = Signal()
    working = Signal(bool)
    failed = Signal(object)

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._document: DrawnDocument | None = None
        self._first = 0
        self._pages = 0
        self._zoom = 0
        self._asked: tuple[int, int] | None = None
        self.number = 0
        self._sheet = _Sheet()
        self.setWidget(self._sheet)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCornerWidget(QWidget())
        use_large_bars(self, sideways=True)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settled.timeout.connect(self._draw)
        self._slow = QTimer(self, singleShot=True, interval=SHOW_WORK_AFTER_MS)
        self._slow.timeout.connect(self._say_work)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return self._pages

    @property
    def words(self) -> str:
        """Where we are, in words."""
        return _("Page {number} sur {count}").format(number=self.number + 1, count=self._pages)

    @property
    def can_grow(self) -> bool:
        """Whether a larger step is left."""
        return self._zoom < len(ZOOMS) - 1

    @property
    def can_shrink(self) -> bool:
        """Whether a smaller step is left."""
        return self._zoom > 0

    def show_document(self, document: DrawnDocument, first: int, pages: int) -> None:
        """Show ``pages`` pages of a document, from its page ``first``."""
        self._document = document
        self._first = first
        self._pages = pages
        self._zoom = 0
        self.go_to(0)

    def go_to(self, number: int) -> None:
        """Show page ``number`` (from 0), from its top."""
        self.number = max(0, min(number, self._pages - 1))
        self.verticalScrollBar().setValue(0)
        tell(self.setAccessibleName, self.words)
        self._draw()
        self.page_changed.emit()

    def grow(self) -> None:
        """Make the page larger by one step."""
        self._zoom_to(self._zoom + 1)

    def shrink(self) -> None:
        """Make the page smaller by one step, not below the width of the view."""
        self._zoom_to(self._zoom - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit to the new size."""
        super().resizeEvent(event)
        self._settled.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page keys turn the page at its ends; arrows move it."""
        bar = self.verticalScrollBar()
        if event.key() == Qt.Key.Key_PageDown and bar.value() == bar.maximum():
            self.go_to(self.number + 1)
        elif event.key() == Qt.Key.Key_PageUp and bar.value() == bar.minimum():
            self.go_to(self.number - 1)
        else:
            super().keyPressEvent(event)

    def _zoom_to(self, step: int) -> None:
        bar, side = self.verticalScrollBar(), self.horizontalScrollBar()
        # Where the lines begin stays in view: that is where one reads on.
        left = side.value() / max(1, self._sheet.width())
        middle = (bar.value() + self.viewport().height() / 2) / max(1, self._sheet.height())
        self._zoom = max(0, min(step, len(ZOOMS) - 1))
        # At once, though coarse; the sharp drawing takes its place when it comes.
        self._sheet.stretch(self._width())
        bar.setValue(round(middle * self._sheet.height() - self.viewport().height() / 2))
        side.setValue(round(left * self._sheet.width()))
        self._draw()
        self.zoom_changed.emit()

    def _width(self) -> int:
        return max(NARROWEST, round(self.viewport().width() * ZOOMS[self._zoom]))

    def _draw(self) -> None:
        document, width = self._document, self._width()
        if document is None or self._pages == 0:
            return
        number, pixels = self._first + self.number, round(width * self.devicePixelRatioF())
        ready = document.cached(number, pixels)
        if ready is not None:
            self._arrived(number, pixels, ready)
            return
        self._asked = (number, pixels)
        self._slow.start()
        self._tasks.run(
            lambda: document.picture(number, pixels),
            lambda image: self._arrived(number, pixels, image),
            self._went_wrong,
            lane=Lane.READER,
            owner=self,
        )

    def _arrived(self, number: int, pixels: int, image: QImage) -> None:
        if number != self._first + self.number or pixels != round(self._width() * self.devicePixelRatioF()):
            return
        self._still()
        self._sheet.show_image(image, self._width())
        self.drawn.emit()
        self._draw_ahead(number, pixels)

    def _draw_ahead(self, number: int, pixels: int) -> None:
        document = self._document
        last = self._first + self._pages - 1
        for neighbour in (number + 1, number - 1):
            if (
                document is not None
                and self._first <= neighbour <= last
                and not document.cached(neighbour, pixels)
            ):
                self._draw_one_ahead(document, neighbour, pixels)

    def _draw_one_ahead(self, document: DrawnDocument, number: int, pixels: int) -> None:
        self._tasks.run(
            lambda: document.picture(number, pixels),
            failed=lambda _error: None,  # asked again, and told, when it is looked at
            lane=Lane.READER,
            owner=self,
        )

    def _say_work(self) -> None:
        self.working.emit(True)  # noqa: FBT003 - a signal’s argument

    def _went_wrong(self, error: Exception) -> None:
        self._still()
        self.failed.emit(error)

    def _still(self) -> None:
        self._slow.stop()
        self.working.emit(False)  # noqa: FBT003 - a signal’s argument


class ReadingBox(QTextEdit):
    """A document's words: read-only, selectable by keyboard, never following a link or a picture.

    Hard words are underlined with dots (``mark_words``): a press, or Enter where the caret is, asks for
    one (``word_asked``). ``laid_out`` when there is a text to look for them in. It is no QTextBrowser:
    a screen reader is told that such a one is a label, and does not say that there is a text to walk in.
    """

    laid_out = Signal()
    word_asked = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sections: Sequence[Section] = ()
        self._pages: Sequence[tuple[str, str]] = ()
        self._laid_out_for = 0
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._fit)
        self._matches: tuple[Match, ...] = ()
        self._underlines: list[QTextEdit.ExtraSelection] = []
        theme.dress(self)
        tell(self.setAccessibleName, name)
        tell(self.setAccessibleDescription, _("Entrée explique le mot sous le curseur."))
        self.setTabChangesFocus(True)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByKeyboard | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self.document().setDocumentMargin(SPACE[2])
        use_large_bars(self, sideways=True)

    def show_words(self, sections: Sequence[Section], pages: Sequence[tuple[str, str]] = ()) -> None:
        """Show a structured document, then the words of pages, each under its name."""
        if (sections, pages) == (self._sections, self._pages):
            return  # what is lit up in them stays
        self._sections, self._pages = sections, pages
        self._lay_out()

    def mark_words(self, text: str, matches: tuple[Match, ...]) -> None:
        """Underline the words found in ``text``, if it is still what is shown."""
        # Beyond the basic plane a letter is two of Qt's: positions would not be the same.
        if text != self.toPlainText() or any(ord(letter) > 0xFFFF for letter in text):  # noqa: PLR2004
            return
        lit = self.extraSelections()[len(self._underlines) :]
        self._matches = matches
        self._underlines = [self._underline(match) for match in matches]
        self.setExtraSelections(lit)

    def setExtraSelections(self, selections: Sequence[QTextEdit.ExtraSelection]) -> None:  # noqa: N802 - Qt’s name
        """Light up ``selections``; the hard words stay underlined."""
        super().setExtraSelections([*self._underlines, *selections])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press on a hard word asks for it; selecting words does not."""
        super().mouseReleaseEvent(event)
        if not self.textCursor().hasSelection():
            self._ask_at(self.cursorForPosition(event.position().toPoint()).position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter asks for the word where the caret is."""
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if not (enter and self._ask_at(self.textCursor().position())):
            super().keyPressEvent(event)

    def _ask_at(self, position: int) -> bool:
        from ui import glossary

        match = glossary.match_at(self._matches, position) if self._matches else None
        if match is not None:
            self.word_asked.emit(match.entry)
        return match is not None

    def _underline(self, match: Match) -> QTextEdit.ExtraSelection:
        mark = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self.document())
        cursor.setPosition(match.start)
        cursor.setPosition(match.end, QTextCursor.MoveMode.KeepAnchor)
        style = QTextCharFormat()
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        style.setUnderlineColor(theme.current().color("accent"))
        mark.cursor, mark.format = cursor, style
        return mark

    def loadResource(self, _kind: int, _name: QUrl | str) -> None:  # noqa: N802 - Qt’s name
        """Nothing is loaded from anywhere."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit to the new size."""
        super().resizeEvent(event)
        # Once, when all is in its place: a scroll bar that comes or goes changes the width again.
        self._later.start()

    def _fit(self) -> None:
        if self._characters() != self._laid_out_for:
            self._lay_out()

    def customEvent(self, event: QEvent) -> None:
        """Follow the theme and the text size."""
        del event
        self._lay_out()

    def _characters(self) -> int:
        return max(10, self.viewport().width() // max(1, self.fontMetrics().averageCharWidth()))

    def _lay_out(self) -> None:
        look = theme.current()
        colors = look.palette
        self._laid_out_for = self._characters()
        self.document().setDefaultFont(look.font())
        inks = Inks(colors.ink, colors.soft, colors.hair, colors.tint, colors.accent, self._laid_out_for)
        here = self.verticalScrollBar().value() / max(1, self.verticalScrollBar().maximum())
        self.setHtml(sections_html(self._sections, inks) + pages_html(again(self._pages), inks))
        self.verticalScrollBar().setValue(round(here * self.verticalScrollBar().maximum()))
        self._matches, self._underlines = (), []
        self.laid_out.emit()
