"""« On ne voit pas de texte »: a question, and the way goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets.document_panel import DocumentPanel
from ui.widgets.paper_panel import PaperPanel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.paper import Paper
    from app.reader.values import Opened
    from ui.filing import Filing
    from ui.session.context import SessionContext

__all__ = ["PaperNoText"]


class PaperNoText(Screen):
    """A photo of something else was chosen by mistake, or a picture is meant: only the person knows.

    Asked of pages that were scanned or photographed (``paper``), and of a file (``filing``).
    """

    name: ClassVar[str] = "paper_no_text"

    def __init__(
        self, context: SessionContext, *, paper: Paper | None = None, filing: Filing | None = None
    ) -> None:
        super().__init__(
            _("On ne voit pas de texte"),
            _("Est-ce bien un papier de santé ? Une radio ou une photo peuvent être rangées aussi."),
            main=_("Oui, c’est bien cela"),
        )
        self.help_text = _(
            "Cette page vous demande si c’est la bonne image. "
            "L’ordinateur n’y a trouvé aucun mot. "
            "Revenez en arrière, ou continuez si c’est la bonne."
        )
        self._context = context
        self._asked_of = paper or filing
        if paper is not None:
            self._show_paper(paper)
        if filing is not None:
            self._show_file(filing)
        self.other = self.add_action(_("Non, revoir les pages"))
        self.other.clicked.connect(context.back)

    def _show_paper(self, paper: Paper) -> None:
        context = self._context
        panel = PaperPanel(context.tasks, paper, (), leafs=False)
        self.body.addWidget(panel)
        context.tasks.run(
            lambda: context.reader,
            panel.show_paper,
            lambda _error: panel.stop(),  # the question can be answered without
            lane=Lane.READER,
            owner=self,
        )

    def _show_file(self, filing: Filing) -> None:
        panel = DocumentPanel(self._context.tasks, _("Un instant, nous ouvrons le papier…"))
        self.body.addWidget(panel)

        def show(opened: Opened) -> None:
            panel.show_document(filing.document, opened)
            self.order_tabs()

        self._context.tasks.run(
            filing.document.open, show, lambda _error: panel.stop(), lane=Lane.READER, owner=self
        )

    def first_focus(self) -> QWidget | None:
        """Return the answer that files nothing."""
        return self.other

    def pressed(self) -> None:
        """It is meant."""
        if self._asked_of is not None:
            self._asked_of.is_confirmed = True
        self._context.back()
