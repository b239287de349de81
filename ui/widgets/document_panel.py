"""A document to look at: the page or its words, and the buttons that turn, enlarge and swap.

Beside the page where there is room, under it where there is not; either way the page has all the
height that the screen leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.reader.values import Kind, Notice, Opened, Table
from ui import theme
from ui.tasks import Lane, Tasks
from ui.telling import tell
from ui.text import _, joined, mark
from ui.widgets.buttons import PlainButton
from ui.widgets.fields import Ring
from ui.widgets.filling import fill, height_of
from ui.widgets.flow import CardLayout
from ui.widgets.notices import EmptyState, Progress
from ui.widgets.viewer import PageView, ReadingBox
from ui.widgets.words import Text, announce

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from ui.glossary import Match
    from ui.recognising import Recognising
    from ui.widgets.drawn_document import DrawnDocument

__all__ = ["DocumentPanel", "notice_words", "recognised_notice"]

BESIDE = 38
LEAST_LINES = 9
TELLING = 600
UNBOUND = 16_777_215
PATIENCE = 300  # milliseconds

_NOTICES: dict[str, str] = {
    Notice.SCRIPT_NOT_RUN: mark("Ce document contient un petit programme. Il n’a pas été lancé."),
    Notice.EMBEDDED_FILES: mark("Ce document contient d’autres fichiers. Ils ne sont pas ouverts."),
    Notice.ENCRYPTED: mark("Son auteur a verrouillé ce document. Il peut être lu."),
    Notice.REPAIRED: mark("Ce document était un peu abîmé. Une partie peut manquer."),
    Notice.DRAWN_IN_PART: mark("Ce document est très long. Seul le début est montré."),
    Notice.EMBEDDED_NOT_SHOWN: mark("Une partie de ce document ne peut pas être montrée."),
    Notice.RECOGNISED_WORDS: mark(
        "L’ordinateur a reconnu les mots de ce papier. Il peut se tromper : vérifiez les doses sur la page."
    ),
    Notice.WORDS_ONLY: mark(
        "Ce poste n’a pas de protection pour les images : seuls les mots sont montrés. "
        "Prévenez le responsable de ce poste."
    ),
    Notice.NO_READABLE_TEXT: mark("Ce document ne contient pas de texte à lire."),
    Notice.PART_ALTERED: mark(
        "Une partie de cet envoi a changé depuis son départ. Demandez qu’on vous l’envoie de nouveau."
    ),
    Notice.PART_MISSING: mark("Une partie annoncée de cet envoi manque. Demandez-la à qui vous l’a envoyé."),
    Notice.PERSONS_DIFFER: mark("Cet envoi parle de plusieurs personnes. Vérifiez qu’il est bien pour vous."),
    Notice.NO_PICTURE: mark("Ce fichier médical ne contient pas d’image."),
    Notice.PICTURE_NOT_DECODED: mark(
        "Tandem ne sait pas montrer cette image. Demandez-la au service d’imagerie en JPEG ou en PDF."
    ),
    Notice.NOT_FOR_DIAGNOSIS: mark("Cette image aide à comprendre. Elle ne remplace pas l’avis du médecin."),
}


def notice_words(opened: Opened) -> str:
    """Return what the reader wants known about a document, in calm words."""
    return joined(" ", (_(_NOTICES[code]) for code in opened.notices if code in _NOTICES))


def recognised_notice() -> str:
    """Return what is to be known of words that this computer has recognised."""
    return _(_NOTICES[Notice.RECOGNISED_WORDS])


def is_structured(opened: Opened) -> bool:
    """Say whether the sections tell the whole document, so that they are read rather than its pages.

    A CDA of level 3 does: its tables are laid out larger and clearer than the page it may carry too.
    """
    tables = any(isinstance(block, Table) for section in opened.sections for block in section.blocks)
    if opened.kind is Kind.XDM:  # the words of its pages are nowhere else
        return opened.pages == opened.drawn_pages
    return opened.kind is Kind.CDA and (tables or len(opened.text) >= TELLING)


class DocumentPanel(QWidget):
    """Give it a document by ``show_document``; before that it says that it is coming."""

    failed = Signal(object)
    drawn = Signal()
    word_asked = Signal(object)

    def __init__(self, tasks: Tasks, opening: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._document: DrawnDocument | None = None
        self._opened: Opened | None = None
        self.recognising: Recognising | None = None
        self.pages = PageView(tasks)
        self.text = ReadingBox(_("Texte du document"))
        self._pages_ring, self._text_ring = Ring(self.pages), Ring(self.text)
        self._progress = Progress(opening)
        self._stack = QStackedWidget()
        self._area = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._build()
        self._wire()
        self._fit()
        self._progress.start_after()

    @property
    def reading(self) -> QWidget | None:
        """The part that is read now, for the focus."""
        if self._stack.currentWidget() is self._pages_ring:
            return self.pages
        return self.text if self._shows_text else None

    @property
    def has_document(self) -> bool:
        """Whether a document is shown."""
        return self._opened is not None

    @property
    def opened(self) -> Opened:
        """What was read of the document; only with one."""
        assert self._opened is not None  # noqa: S101 - said above
        return self._opened

    def ask_page(self, number: int, take: Callable[[str], None]) -> None:
        """Give the words of page ``number`` (from 0) to ``take``, for reading them aloud; none on failure."""
        document, first = self._document, self.opened.drawn_pages
        assert document is not None  # noqa: S101 - there since it is opened
        if self.recognising is not None:
            self.recognising.want(first + number, lambda words: take(words) if isValid(self) else None)
            return
        self._tasks.run(
            lambda: document.text(first + number), take, lambda _error: take(""), lane=Lane.READER, owner=self
        )

    def is_recognised(self, number: int) -> bool:
        """Whether the words of page ``number`` (from 0) are what this computer saw on its picture."""
        return self._document is not None and self._document.is_recognised(self.opened.drawn_pages + number)

    def show_words(self, number: int, words: str) -> None:
        """Show the words of a page, or the whole text of a document that is read as one."""
        if not self.reads_as_one and number != self.pages.number:
            self.pages.go_to(number)
        if not self._shows_text:
            self._stack.setCurrentWidget(self._text_ring)
            self._word_controls()
        if self.reads_as_one:
            self.text.show_words(self.opened.sections)
        else:
            self._words_arrived(number, words)

    def show_document(self, document: DrawnDocument, opened: Opened) -> None:
        """Show the pages, or the words of a document that has only words."""
        self._document, self._opened = document, opened
        self._progress.stop()
        pages = opened.pages - opened.drawn_pages
        self._controls.setVisible(pages > 0)
        says_it_all = pages == 0 or is_structured(opened)
        self._stack.setCurrentWidget(self._text_ring if says_it_all else self._pages_ring)
        if says_it_all:
            self.text.show_words(opened.sections)
        if pages > 0:
            self.pages.show_document(document, opened.drawn_pages, pages)
        self._fit()

    def show_instead(self, state: EmptyState) -> None:
        """Show a state in place of the document."""
        self._progress.stop()
        self._controls.hide()
        holder = state.parentWidget()
        if holder is None or self._stack.indexOf(holder) < 0:
            holder = QWidget()
            column = QVBoxLayout(holder)
            column.addWidget(state)
            column.addStretch(1)
            self._stack.addWidget(holder)
        self._stack.setCurrentWidget(holder)
        self._fit()

    def stop(self) -> None:
        """Give the room back when nothing comes any more (it failed; the screen says why)."""
        self._progress.stop()
        self.setVisible(self._document is not None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit to the new size."""
        super().resizeEvent(event)
        self._fit()

    def customEvent(self, event: QEvent) -> None:
        """Follow the theme and the text size."""
        del event
        self._fit()

    # -- building --------------------------------------------------------------------------------

    def _build(self) -> None:
        blank = QWidget()
        column = QVBoxLayout(blank)
        column.addWidget(self._progress)
        column.addStretch(1)
        for page in (blank, self._pages_ring, self._text_ring):
            self._stack.addWidget(page)
        self._controls = self._make_controls()
        self._area.setContentsMargins(0, 0, 0, 0)
        self._area.setSpacing(theme.SPACE[2])
        self._area.addWidget(self._stack, 1)
        self._area.addWidget(self._controls, 0, Qt.AlignmentFlag.AlignTop)
        self._controls.hide()

    def _make_controls(self) -> QWidget:
        controls = QWidget()
        layout = CardLayout(controls, columns=3, ems=8)
        self._where = Text("", theme.Role.STRONG)
        self._next = PlainButton(_("Page suivante"))
        self._previous = PlainButton(_("Page précédente"))
        self._grow = PlainButton(_("Plus grand"))
        self._shrink = PlainButton(_("Plus petit"))
        self._swap = PlainButton(_("Voir le texte"))
        for widget in (self._where, self._next, self._previous, self._grow, self._shrink, self._swap):
            layout.addWidget(widget)
        return controls

    def _wire(self) -> None:
        tell(self.pages.setAccessibleDescription, _("« Voir le texte » donne les mots de cette page."))
        self.text.laid_out.connect(self._find_hard_words)
        self.text.word_asked.connect(self.word_asked)
        self.pages.page_changed.connect(self._page_changed)
        self.pages.zoom_changed.connect(self._word_controls)
        self.pages.failed.connect(self.failed)
        self.pages.drawn.connect(self.drawn)
        self.pages.working.connect(self._working)
        self._next.clicked.connect(lambda: self.pages.go_to(self.pages.number + 1))
        self._previous.clicked.connect(lambda: self.pages.go_to(self.pages.number - 1))
        self._grow.clicked.connect(self.pages.grow)
        self._shrink.clicked.connect(self.pages.shrink)
        self._swap.clicked.connect(self._swap_view)

    def _find_hard_words(self) -> None:
        """Look for the words that the glossary explains, in a worker: its first use takes a moment."""
        text = self.text.toPlainText()
        if not text.strip():
            return

        def found() -> tuple[Match, ...]:
            from ui import glossary

            return glossary.find(text)

        self._tasks.run(
            found, lambda matches: self.text.mark_words(text, matches), lane=Lane.READER, owner=self
        )

    def _fit(self) -> None:
        body = theme.current().body
        beside = self.width() >= body * BESIDE
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._area.setDirection(across if beside else down)
        self._controls.setMinimumWidth(round(body * 10.5) if beside else 0)
        self._controls.setMaximumWidth(round(body * 10.5) if beside else UNBOUND)
        self._area.setAlignment(self._controls, Qt.AlignmentFlag.AlignTop if beside else Qt.AlignmentFlag(0))
        QTimer.singleShot(0, self, self._fill)

    def _fill(self) -> None:
        shown = self._stack.currentWidget()
        needs = 0 if self.reading is not None else height_of(shown, self._stack.width())
        fill(self._stack, theme.current().body * LEAST_LINES, needs=needs)

    # -- pages and words -------------------------------------------------------------------------

    def _page_changed(self) -> None:
        self._word_controls()
        announce(self.pages, self.pages.words)
        if self._shows_text:
            self._ask_words()

    @property
    def _shows_text(self) -> bool:
        return self._stack.currentWidget() is self._text_ring

    def _word_controls(self) -> None:
        several = self.pages.pages > 1
        turns = self._turns
        self._say_where(self.pages.words)
        for button, shown, enabled in (
            (self._next, several and turns, self.pages.number < self.pages.pages - 1),
            (self._previous, several and turns, self.pages.number > 0),
            (self._grow, not self._shows_text, self.pages.can_grow),
            (self._shrink, not self._shows_text, self.pages.can_shrink),
        ):
            button.setVisible(shown)
            if button.hasFocus() and not enabled and self.reading is not None:
                self.reading.setFocus(Qt.FocusReason.OtherFocusReason)
            button.setEnabled(enabled)
        self._swap.set_words(_("Voir la page") if self._shows_text else _("Voir le texte"))

    def _working(self, busy: bool) -> None:  # noqa: FBT001 - a signal's argument
        self._say_where(_("Un instant…") if busy else self.pages.words)

    def _say_where(self, words: str) -> None:
        self._where.set_words(words if self._turns else "")
        self._where.setVisible(self._turns)

    @property
    def reads_as_one(self) -> bool:
        """Whether its words are one text; else they come page by page."""
        return self.pages.pages == 0 or is_structured(self.opened)

    @property
    def _turns(self) -> bool:
        """Whether what is shown has pages: the whole text of a structured document has none."""
        return not (self._shows_text and self._opened is not None and is_structured(self._opened))

    def _swap_view(self) -> None:
        self._stack.setCurrentWidget(self._pages_ring if self._shows_text else self._text_ring)
        self._word_controls()
        if self._shows_text:
            self._ask_words()
        if self.reading is not None:
            self.reading.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask_words(self) -> None:
        document, opened, number = self._document, self._opened, self.pages.number
        if document is None or opened is None:
            return
        if is_structured(opened):
            self.text.show_words(opened.sections)
            return
        page = opened.drawn_pages + number
        reading = self.recognising
        if reading is not None:
            reading.want(page, lambda words: self._words_arrived(number, words) if isValid(self) else None)
            if not reading.knows(page):
                QTimer.singleShot(PATIENCE, self, lambda: self._words_come(number))
            return
        self._tasks.run(
            lambda: document.text(page),
            lambda words: self._words_arrived(number, words),
            self.failed.emit,
            lane=Lane.READER,
            owner=self,
        )

    def _words_come(self, number: int) -> None:
        """Say that words are looked for, unless they are here by now."""
        reading = self.recognising
        is_shown = number == self.pages.number and self._shows_text
        if is_shown and reading is not None and not reading.knows(self.opened.drawn_pages + number):
            words = _("Un instant, l’ordinateur cherche les mots de cette page…")
            self.text.show_words((), [(self.pages.words, words)])

    def _words_arrived(self, number: int, words: str) -> None:
        if number != self.pages.number or self._opened is None:
            return
        sections = self._opened.sections if number == 0 else ()
        if not words.strip() and not sections:
            words = _("Cette page est une image. L’ordinateur n’en connaît pas les mots.")
        self.text.show_words(sections, [(self.pages.words, words)])
