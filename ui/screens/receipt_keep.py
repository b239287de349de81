"""« Garder le reçu dans votre espace »: filed like any paper; a mail says only that it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import receipts
from app.acts import NotSealed
from app.errors import WorldFailed
from ui import messages
from ui.printing.spool import pdf_bytes
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import Choice, ChoiceGroup, IconLine, NoticeKind, Progress, SectionHeading

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.documents import Filed
    from app.intake import Candidate
    from ui.printing.papers import Paper
    from ui.session.context import SessionContext

__all__ = ["ReceiptKeep"]

MAIL, NO_MAIL = "mail", "no-mail"


class ReceiptKeep(Screen):
    """One press files it, once; who has an address says whether a mail goes there."""

    name: ClassVar[str] = "receipt_keep"

    def __init__(self, context: SessionContext, *, paper: Paper) -> None:
        super().__init__(
            _("Garder le reçu dans votre espace"),
            _("Vous le retrouverez avec vos pièces administratives."),
            main=_("Garder le reçu"),
        )
        self.help_text = _(
            "Cette page range le reçu de la visite dans votre espace. "
            "Il dit ce qui a été fait, avec qui, et comment arrêter le mandat. "
            "Le mail, si vous le voulez, dit seulement qu’il y a un reçu."
        )
        self._context = context
        self._paper = paper
        self._keeping = False
        self._progress = Progress(_("Un instant, nous rangeons ce document…"))
        self._progress.hide()
        self.choices = _choices(receipts.mail_shown(context.space))
        self.body.addWidget(self._progress)
        self.body.addWidget(IconLine("file-document-check-outline", _("Le reçu dit ce que nous avons fait.")))
        if self.choices is not None:
            only_that = _("Le mail dit seulement qu’il y a un reçu.")
            self.body.addWidget(SectionHeading(_("Voulez-vous un mail ?")))
            self.body.addWidget(self.choices)
            self.body.addWidget(IconLine("shield-lock-outline", only_that))

    def first_focus(self) -> QWidget | None:
        """Return the question, where there is one."""
        return self.choices.cards[0] if self.choices is not None else self.main_button

    def pressed(self) -> None:
        """Draw the receipt and file it."""
        wanted = self.choices.value() if self.choices is not None else NO_MAIL
        if self._keeping:
            return
        if wanted is None:
            self.summary.show_errors([(_("Dites si vous voulez un mail."), self._to_question)])
            return
        self.summary.show_errors([])
        self._busy(busy=True)
        context, paper = self._context, self._paper
        title = str(paper.title)

        def drawn() -> Candidate:
            # The fullest form: it is read where their allergies and vaccines stand anyway.
            data = pdf_bytes(paper.make(paper.forms[-1].value), lambda: False)
            return receipts.look(context.space, context.reader, data, title=title)

        context.tasks.run(
            drawn,
            lambda receipt: self._keep(receipt, title, tell=wanted == MAIL),
            self._failed,
            lane=Lane.READER,
            owner=self,
        )

    def _keep(self, receipt: Candidate, title: str, *, tell: bool) -> None:
        space = self._context.space
        self._context.tasks.run(
            lambda: receipts.keep(space, receipt, title=title, tell=tell),
            self._kept,
            self._failed,
            lane=Lane.STORE,
            owner=self,
        )

    def _kept(self, _filed: Filed) -> None:
        self._context.back()
        self._context.navigator.toast(_("Le reçu est rangé dans votre espace."), NoticeKind.OK)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, NotSealed):
            # It is filed and will be sent; only the copy for the case of a crash could not be finished.
            self._context.back()
            self._context.navigator.toast(messages.sentence(error), NoticeKind.WAIT)
            return
        self._busy(busy=False)
        if isinstance(error, WorldFailed):
            self.offer_finish()
        self.summary.show_errors([(messages.sentence(error), self._to_question)])

    def _busy(self, *, busy: bool) -> None:
        self._keeping = busy
        for widget in (self.main_button, self.back_button, self.choices):
            if widget is not None:
                widget.setEnabled(not busy)
        if busy:
            self._progress.start_after()
        else:
            self._progress.stop()

    def _to_question(self) -> None:
        widget = self.first_focus()
        if widget is not None:
            widget.setFocus()


def _choices(address: str | None) -> ChoiceGroup | None:
    if address is None:
        return None
    to = _("À {address}").format(address=address)
    return ChoiceGroup(
        [
            Choice(NO_MAIL, _("Sans mail"), icon_name="email-off-outline"),
            Choice(MAIL, _("Me prévenir par mail"), to, icon_name="email-outline"),
        ],
        columns=2,
        name=_("Voulez-vous un mail ?"),
    )
