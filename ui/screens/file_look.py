"""« On voit bien tout ? »: the paper as it will be filed, large.

Where it is pictures only, its words are read meanwhile: the first pages tell what it is and whose it is,
so the main button waits for them, says so, and lets go on without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt

from app import intake
from ui import formats, messages, theme
from ui.filing import Filing, step_on
from ui.recognising import Recognising
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, joined, ngettext
from ui.widgets import NoticeKind, PlainButton, Progress
from ui.widgets.document_panel import DocumentPanel, notice_words

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from app.intake import Candidate
    from app.reader.values import Opened
    from ui.session.context import SessionContext

__all__ = ["FileLook"]

NARROW = 30


class FileLook(Screen):
    """The preview is the very bytes that will be filed: a paper that was made lighter is shown so."""

    name: ClassVar[str] = "file_look"
    step: ClassVar[tuple[int, int] | None] = (1, 5)

    def __init__(self, context: SessionContext, *, filing: Filing, changing: bool = False) -> None:
        super().__init__(_("On voit bien tout ?"), main=_("Oui, on voit bien"))
        self.help_text = _(
            "Cette page montre le papier avant de le ranger. "
            "Regardez s’il est entier, droit et net. "
            "Sinon, choisissez un autre fichier ou refaites la photo."
        )
        self._context = context
        self._filing = filing
        self._changing = changing
        self._wanted = self._asking = False
        self._progress = Progress()
        self._progress.hide()
        self._go_without = PlainButton(_("Continuer sans attendre"))
        self._go_without.hide()
        self._go_without.clicked.connect(self._next)
        words = _("Choisir un autre fichier")
        self._other, self._other_below = self.add_action(words), PlainButton(words)
        for button in (self._other, self._other_below):
            button.clicked.connect(self._choose_another)
        self.panel = DocumentPanel(context.tasks, _("Un instant, nous ouvrons le papier…"))
        self.panel.failed.connect(self._failed)
        self.body.addWidget(self._progress)
        self.body.addWidget(self._go_without, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self.panel)
        self.body.addWidget(self._other_below, 0, Qt.AlignmentFlag.AlignLeft)
        context.tasks.run(filing.document.open, self._show, self._failed, lane=Lane.READER, owner=self)

    def first_focus(self) -> QWidget | None:
        """Return the answer: on this screen the paper is looked at, not read by arrows."""
        return self.main_button

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the bar low on a narrow screen."""
        super().resizeEvent(event)
        narrow = self.width() < theme.current().body * NARROW
        self._other.setVisible(not narrow)
        self._other_below.setVisible(narrow)

    def entered(self) -> None:
        """Go on where a question was answered."""
        if self._asking and self._filing.is_confirmed:
            self._next()
        self._asking = False

    def pressed(self) -> None:
        """One sees all of it: the words of the first pages are waited for."""
        if self._wanted:
            return
        if self._filing.is_first_read:
            self._take_words()
            return
        self._wait(waiting=True)
        self._say_left()
        self._progress.start_after()

    def _choose_another(self) -> None:
        """Go back to the files; from the check, begin anew with another paper."""
        if self._changing:
            self._context.home()
            self._context.go("file_pick")
        else:
            self._context.back()

    # -- the words of a paper that carries none -----------------------------------------------------

    def _read_words(self) -> None:
        filing = self._filing
        if filing.reading is None and filing.wants_words:
            pages = range(min(intake.PAGES_FOUND, filing.candidate.pages))
            filing.reading = Recognising(self._context, filing.document, pages, self)
        reading = self.panel.recognising = filing.reading
        if reading is not None:
            reading.page_read.connect(self._page_read)
            reading.go_on()

    def _page_read(self) -> None:
        if self._wanted and self._filing.is_first_read:
            self._take_words()
        elif self._wanted:
            self._say_left()

    def _say_left(self) -> None:
        filing = self._filing
        left = sum(
            1 for page in filing.first_pages if filing.reading is not None and not filing.reading.knows(page)
        )
        words = ngettext(
            "Nous lisons les mots du papier : encore {count} page.",
            "Nous lisons les mots du papier : encore {count} pages.",
            left,
        )
        self._progress.say(words.format(count=left))

    def _take_words(self) -> None:
        """Propose with the words of the first pages, once; looking for names may take a moment."""
        filing, patient = self._filing, self._context.space.patient
        if filing.reading is None or filing.is_read:
            self._next()
            return
        self._wait(waiting=True)
        self._go_without.hide()
        self._context.tasks.run(
            lambda: filing.proposed(patient), self._proposed, lambda _error: self._next(), owner=self
        )

    def _proposed(self, candidate: Candidate) -> None:
        filing = self._filing
        filing.take(candidate)
        if filing.shows_no_words and not filing.is_confirmed and not self._changing:
            self._wait(waiting=False)
            self._asking = True
            self._context.go("paper_no_text", filing=filing)
        else:
            self._next()

    def _next(self) -> None:
        self._wait(waiting=False)
        step_on(self._context, self._filing, self.name, changing=self._changing)

    def _wait(self, *, waiting: bool) -> None:
        self._wanted = waiting
        self._go_without.setVisible(waiting)
        for widget in (self.main_button, self._other, self._other_below, self.back_button):
            if widget is not None:
                widget.setEnabled(not waiting)
        if not waiting:
            self._progress.stop()

    def _show(self, opened: Opened) -> None:
        self.notice.say(joined(" ", (self._lighter(), notice_words(opened))), NoticeKind.INFO)
        self.panel.show_document(self._filing.document, opened)
        self._read_words()
        self.order_tabs()

    def _lighter(self) -> str:
        candidate = self._filing.candidate
        if candidate.shrunk_from is None:
            return ""
        return _(
            "Ce papier pesait {before} : c’était trop lourd. Nous l’avons allégé, il pèse {after}. "
            "Le voici allégé : vérifiez qu’il se lit bien."
        ).format(before=formats.size(candidate.shrunk_from), after=formats.size(candidate.size))

    def _failed(self, error: Exception) -> None:
        self.panel.stop()
        self.say(messages.sentence(error), NoticeKind.BAD)
