"""One document, large: its pages, or its words. Read here, drawn in the reader process."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt

from app import documents
from app.intake import PAGES_FOUND
from app.reader.values import Notice
from app.records import DocumentRow, DocumentState
from ui import formats, messages
from ui.recognising import Recognising
from ui.saving import print_words
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, dotted, joined, ngettext
from ui.widgets import EmptyState, NoticeKind, PlainButton, Progress, announce
from ui.widgets.document_list import category_label, document_look, person_of
from ui.widgets.document_panel import DocumentPanel, notice_words, recognised_notice
from ui.widgets.drawn_document import DrawnDocument

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.changes import Change
    from app.reader.values import Opened
    from ui.session.context import SessionContext

__all__ = ["DocumentView"]

SHORT = 3
"""So few pages are read before anyone would press a button."""


class DocumentView(Screen):
    """Shows ``document_id``; asks for its file when it is not here yet.

    With ``aloud`` it is read aloud as soon as it is here: ``listen_asked`` asks for the voice.
    """

    name: ClassVar[str] = "document_view"

    def __init__(self, context: SessionContext, *, document_id: str, aloud: bool = False) -> None:
        super().__init__(_("Un document"), finish=True)
        self.help_text = _(
            "Cette page montre un document en entier. "
            "« Voir le texte » montre ses mots en gros caractères. "
            "Les mots difficiles sont soulignés : appuyez dessus, ils sont expliqués."
        )
        self._context = context
        self._id = document_id
        self._aloud = aloud
        self._document: DrawnDocument | None = None
        self._opened: Opened | None = None
        self._waiting = False
        self._reading: Recognising | None = None
        self._is_warned = False
        self.panel = DocumentPanel(context.tasks, _("Un instant, nous ouvrons le document…"))
        self.panel.failed.connect(self._failed)
        self.panel.drawn.connect(self._collect_words)
        self._absent = EmptyState(
            _("Ce document n’est pas encore arrivé sur cet ordinateur."),
            _("Il s’affichera tout seul dès qu’il sera là."),
            icon_name="cloud-download-outline",
        )
        self._progress = Progress()
        self._stop_reading = PlainButton(_("Ne plus chercher les mots"))
        self._stop_reading.clicked.connect(self._reading_stopped)
        self._progress.hide()
        self._stop_reading.hide()
        # Under the page: nobody waits for it, and the page keeps its room.
        self.body.addWidget(self.panel)
        self.body.addWidget(self._progress)
        self.body.addWidget(self._stop_reading, 0, Qt.AlignmentFlag.AlignLeft)
        self.panel.word_asked.connect(lambda entry: context.go("word", entry=entry))
        self._words = ""
        self.hard_words = self.add_action(_("Les mots difficiles"), icon_name="help-circle-outline")
        self.hard_words.hide()
        self.hard_words.clicked.connect(lambda: context.go("words", text=self._words))
        self._print = self.add_action(print_words(context), icon_name="printer-outline")
        self._print.hide()
        self._print.clicked.connect(self._print_it)
        self._day = ""
        forget = context.changes.subscribe(context.tasks.relay(self._changed, self))
        self.destroyed.connect(forget)
        self._read()

    def first_focus(self) -> QWidget | None:
        """Return what is read: the arrows move it at once."""
        return self.panel.reading or super().first_focus()

    def _changed(self, change: Change) -> None:
        if f"DocumentReference/{self._id}" in change.ids:
            if self._waiting:
                self._read()
            else:
                self._read_row()

    def _read(self) -> None:
        space = self._context.space
        self._read_row()
        self._context.tasks.run(
            lambda: documents.read(space, self._id),
            self._decrypted,
            self._not_read,
            lane=Lane.STORE,
            owner=self,
        )

    def _read_row(self) -> None:
        records = self._context.space.records
        self._context.tasks.run(
            lambda: records.document(self._id), self._show_row, self._failed, lane=Lane.STORE, owner=self
        )

    def _show_row(self, row: DocumentRow | None) -> None:
        if row is None:
            return
        self.set_title(row.title)
        look = document_look(row, self._context.space.clock().astimezone().date(), seen=True)
        day = self._day = formats.day(row.date) if row.date else _("sans date")
        state = look.state if row.state is not DocumentState.UP_TO_DATE else ""
        parts = (day, category_label(row.category), person_of(row.author), state)
        self.intro.set_words(dotted(parts))

    def _not_read(self, error: Exception) -> None:
        if not isinstance(error, documents.NotHere):
            self._failed(error)
            return
        self._waiting = True
        self.panel.show_instead(self._absent)
        announce(self, _("Ce document n’est pas encore arrivé sur cet ordinateur."))
        if self._context.engine is not None:
            self._context.engine.want(self._id)

    def _decrypted(self, data: bytes) -> None:
        self._waiting = False

        def opened() -> tuple[DrawnDocument, Opened]:
            document = DrawnDocument(self._context.reader, data)
            return document, document.open()

        self._context.tasks.run(opened, self._show_document, self._failed, lane=Lane.READER, owner=self)

    def _show_document(self, found: tuple[DrawnDocument, Opened]) -> None:
        self._document, self._opened = found
        self.notice.say(notice_words(self._opened), NoticeKind.INFO)
        self.panel.show_document(self._document, self._opened)
        self._context.tasks.next_turn(partial(self._offer, *found), owner=self)

    def _offer(self, document: DrawnDocument, opened: Opened) -> None:
        """Show what can be done with it, read it aloud where that was asked for."""
        self._print.show()
        self._words = opened.text
        self._prepare_reading(document, opened)
        self.hard_words.show()
        self.order_tabs()
        self._take_focus()
        if self.panel.reading is self.panel.text:
            self._collect_words()
        self._speak()

    def _print_it(self) -> None:
        from ui.printing.papers import document_paper

        if self._document is not None and self._opened is not None:
            title = self.heading.words
            paper = document_paper(
                self._context.space, self._id, title, self._day, self._document, self._opened
            )
            self._context.go("print_preview", paper=paper)

    def _failed(self, error: Exception) -> None:
        self.panel.stop()
        self.say(messages.sentence(error), NoticeKind.BAD)
        self._speak()

    def _speak(self) -> None:
        """Have what is here read aloud, or why nothing is, once, if it was asked for."""
        wanted, self._aloud = self._aloud, False
        if wanted:
            self.listen_asked.emit()

    # -- the words of its pages --------------------------------------------------------------------

    def _prepare_reading(self, document: DrawnDocument, opened: Opened) -> None:
        first = opened.drawn_pages
        reading = Recognising(
            self._context, document, range(first, min(opened.pages, first + PAGES_FOUND)), self
        )
        reading.keep_for(self._id, opened.sha256, beside=opened.text)
        reading.begun.connect(self._page_read)
        reading.page_read.connect(self._page_read)
        reading.over.connect(self._page_read)
        self._reading = self.panel.recognising = reading

    def _collect_words(self) -> None:
        """Gather the words of the pages, one at a time, once the first page is seen."""
        if self._reading is not None and not self._reading.is_paused:
            self._reading.go_on()

    def _page_read(self) -> None:
        """Take in the words of one more page; say how many are left where that takes a while."""
        reading, opened = self._reading, self._opened
        if reading is None or opened is None:
            return
        self._words = "\n".join(part for part in (opened.text, reading.text) if part.strip())
        warned = Notice.RECOGNISED_WORDS in opened.notices
        if reading.has_pictures and not warned and not self._is_warned:
            self._is_warned = True
            self.notice.say(joined(" ", (notice_words(opened), recognised_notice())), NoticeKind.INFO)
        is_long = reading.is_waiting_long and (reading.left > SHORT or self._progress.isVisibleTo(self))
        for widget in (self._progress, self._stop_reading):
            widget.setVisible(is_long)
        if is_long:
            words = ngettext(
                "L’ordinateur cherche les mots de ce document : encore {count} page.",
                "L’ordinateur cherche les mots de ce document : encore {count} pages.",
                reading.left,
            )
            self._progress.say(words.format(count=reading.left))
            self._progress.set_share(reading.whole - reading.left, reading.whole)

    def _reading_stopped(self) -> None:
        """What is known stays; it goes on at the next look, or where the words of a page are asked for."""
        if self._reading is not None:
            self._reading.stop()
        self._page_read()
        if self.panel.reading is not None:
            self.panel.reading.setFocus()
