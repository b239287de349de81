"""« Votre liste signée est prête »: into the person's own space, or seen, printed and, at home, saved.

Decision: filing it is what the main button does. A shared PC lets nothing out but paper, and paper carries no
signature: in the space the file stays as it was signed, byte for byte, and can be saved at home.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import accesses, documents, intake
from app.acts import NotSealed
from app.codes.categories import Category
from ui import messages
from ui.saving import print_words
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import IconLine, NoticeKind, Progress

if TYPE_CHECKING:
    from app.documents import Filed
    from app.intake import Candidate
    from app.reader.values import Opened
    from ui.session.context import SessionContext
    from ui.widgets.drawn_document import DrawnDocument

__all__ = ["AccessList"]


class AccessList(Screen):
    """One press files it, once."""

    name: ClassVar[str] = "access_list"

    def __init__(self, context: SessionContext, *, document: DrawnDocument, opened: Opened) -> None:
        super().__init__(
            _("Votre liste signée est prête"),
            _("Elle dit qui a ouvert votre espace depuis un an."),
            main=_("Ranger dans mon espace"),
        )
        self.help_text = _(
            "Cette page garde la liste de ceux qui ont ouvert votre espace. "
            "Le service l’a signée : personne ne peut la changer sans que cela se voie. "
            "Vous pouvez la montrer si vous avez une réclamation."
        )
        self._context, self._document, self._opened = context, document, opened
        self._filing = False
        self._progress = Progress(_("Un instant, nous rangeons ce document…"))
        self._progress.hide()
        self.body.addWidget(self._progress)
        for icon, words in (
            ("file-sign", _("Le service a signé ce fichier. Cet ordinateur l’a vérifié.")),
            ("shield-check-outline", _("Un fichier changé après la signature ne vaut plus rien.")),
            ("printer-outline", _("Une feuille imprimée n’est plus signée. Gardez aussi le fichier.")),
        ):
            self.body.addWidget(IconLine(icon, words))
        self.see = self.add_action(print_words(context), icon_name="printer-outline")
        self.see.clicked.connect(self._see)

    def pressed(self) -> None:
        """Look at it as at any paper, then file it."""
        if self._filing:
            return
        self._busy(busy=True)
        self.say("")
        context, data, title = self._context, self._document.data, str(_("Liste signée des accès"))

        def known(sha256: str) -> bool:
            return context.space.records.document_with_digest(sha256) is not None

        context.tasks.run(
            lambda: intake.check(context.reader, data, title, known=known),
            lambda candidate: self._file(candidate, title),
            self._failed,
            lane=Lane.READER,
            owner=self,
        )

    def _file(self, candidate: Candidate, title: str) -> None:
        space = self._context.space
        day = space.clock().astimezone().date()
        self._document.let_go(self._context.reader)
        self._context.tasks.run(
            lambda: documents.file(space, candidate, category=Category.DOC_ADM, date=day, title=title),
            self._filed,
            self._failed,
            lane=Lane.STORE,
            owner=self,
        )

    def _filed(self, _filed: Filed) -> None:
        self._context.back()
        self._context.navigator.toast(
            _("La liste est dans votre espace, avec vos pièces administratives."), NoticeKind.OK
        )

    def _failed(self, error: Exception) -> None:
        if isinstance(error, NotSealed):
            # It is filed and will be sent; only the copy for the case of a crash could not be finished.
            self._context.back()
            self._context.navigator.toast(messages.sentence(error), NoticeKind.WAIT)
            return
        self._busy(busy=False)
        self.say(messages.sentence(error), NoticeKind.BAD)

    def _see(self) -> None:
        from ui.printing.papers import access_list_paper

        space = self._context.space
        paper = access_list_paper(self._document, self._opened, may=lambda: accesses.may_look(space))
        self._context.go("print_preview", paper=paper)

    def _busy(self, *, busy: bool) -> None:
        self._filing = busy
        for widget in (self.main_button, self.back_button, self.see):
            if widget is not None:
                widget.setEnabled(not busy)
        if busy:
            self._progress.start_after()
        else:
            self._progress.stop()
