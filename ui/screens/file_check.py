"""« Vérifiez »: every answer on its line, then the paper is filed, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import documents
from app.acts import NotSealed
from app.errors import WorldFailed
from ui import formats, messages
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, commas, ngettext
from ui.widgets import Answer, CheckAnswers, Progress
from ui.widgets.document_list import category_label

if TYPE_CHECKING:
    from app.documents import Filed
    from app.intake import Candidate
    from ui.filing import Filing
    from ui.session.context import SessionContext

__all__ = ["FileCheck"]


class FileCheck(Screen):
    """Nothing is filed before this screen's button, and it files once however often it is pressed."""

    name: ClassVar[str] = "file_check"
    step: ClassVar[tuple[int, int] | None] = (5, 5)

    def __init__(self, context: SessionContext, *, filing: Filing) -> None:
        super().__init__(_("Vérifiez"), main=_("Ranger ce document"))
        self.help_text = _(
            "Cette page permet de tout relire avant de ranger. "
            "Vérifiez le nom, la date et la sorte du papier. "
            "Un bouton à droite permet de changer chaque ligne."
        )
        self._context = context
        self._filing = filing
        self._filing_now = False
        self.answers = CheckAnswers()
        self.answers.change_asked.connect(self._change)
        self._progress = Progress(_("Un instant, nous rangeons ce document…"))
        self._progress.hide()
        self.body.addWidget(self._progress)
        self.body.addWidget(self.answers)

    def entered(self) -> None:
        """Show the answers as they are now."""
        filing = self._filing
        pages = filing.candidate.pages
        count = ngettext("{count} page", "{count} pages", pages).format(count=pages)
        paper = commas((filing.file_name, count))
        self.answers.set_answers([
            Answer("file_look", _("Le papier"), paper, _("Revoir le papier")),
            Answer("file_category", _("C’est"), category_label(filing.category or ""), _("Changer la sorte")),
            Answer("file_date", _("Date"), _day(filing), _("Changer la date")),
            Answer("file_name", _("Nom"), filing.title, _("Changer le nom")),
        ])  # fmt: skip
        self.order_tabs()

    def pressed(self) -> None:
        """File the paper, once."""
        filing = self._filing
        if self._filing_now or filing.filed is not None:
            return
        if filing.category is None or filing.date is None or not filing.title:
            return
        if filing.seems_anothers:
            self._context.go("paper_other", filing=filing, then=self.name)
            return
        self._filing_now = True
        self._busy(busy=True)
        if filing.reading is not None and filing.is_first_read and not filing.is_read:
            # The words came after one went on without them: whose paper it is can be seen only now.
            patient = self._context.space.patient
            self._context.tasks.run(
                lambda: filing.proposed(patient), self._words_seen, self._failed, owner=self
            )
            return
        self._file()

    def _words_seen(self, candidate: Candidate) -> None:
        filing = self._filing
        filing.take(candidate)
        if not filing.seems_anothers:
            self._file()
            return
        self._filing_now = False
        self._busy(busy=False)
        self._context.go("paper_other", filing=filing, then=self.name)

    def _file(self) -> None:
        filing = self._filing
        category, date, title = filing.category, filing.date, filing.title
        assert category is not None  # noqa: S101 - asked by pressed
        assert date is not None  # noqa: S101 - the same
        space, candidate = self._context.space, filing.findable
        self._context.tasks.run(
            lambda: documents.file(
                space, candidate, category=category, date=date, title=title, instead_of=filing.instead_of
            ),
            self._filed,
            self._failed,
            lane=Lane.STORE,
            owner=self,
        )

    def _busy(self, *, busy: bool) -> None:
        if busy:
            self._progress.start_after()
        else:
            self._progress.stop()
        self.answers.setEnabled(not busy)
        self.back_button.setEnabled(not busy)
        if self.main_button is not None:
            self.main_button.setEnabled(not busy)

    def _change(self, step: str) -> None:
        self._context.go(step, filing=self._filing, changing=True)

    def _filed(self, filed: Filed) -> None:
        self._filing.went_in(filed)
        self._context.go("file_done", filing=self._filing)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, NotSealed):
            # It is filed and will be sent; only the copy for the case of a crash could not be finished.
            self._context.go("file_done", filing=self._filing, warning=messages.sentence(error))
            return
        self._filing_now = False
        self._busy(busy=False)
        if isinstance(error, WorldFailed):
            self.offer_finish()
        self.summary.show_errors([(messages.sentence(error), self._again)])

    def _again(self) -> None:
        if self.main_button is not None:
            self.main_button.setFocus()


def _day(filing: Filing) -> str:
    return formats.day(filing.date) if filing.date else ""
