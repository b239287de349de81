"""« On ne voit pas de texte »: a question, and the way goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets.paper_panel import PaperPanel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.paper import Paper
    from ui.session.context import SessionContext

__all__ = ["PaperNoText"]


class PaperNoText(Screen):
    """A photo of something else was chosen by mistake, or a picture is meant: only the person knows."""

    name: ClassVar[str] = "paper_no_text"

    def __init__(self, context: SessionContext, *, paper: Paper) -> None:
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
        self._paper = paper
        self.panel = PaperPanel(context.tasks, paper, (), leafs=False)
        self.body.addWidget(self.panel)
        context.tasks.run(
            lambda: context.reader,
            self.panel.show_paper,
            lambda _error: self.panel.stop(),  # the question can be answered without
            lane=Lane.READER,
            owner=self,
        )
        self.other = self.add_action(_("Non, revoir les pages"))
        self.other.clicked.connect(context.back)

    def first_focus(self) -> QWidget | None:
        """Return the answer that files nothing."""
        return self.other

    def pressed(self) -> None:
        """It is meant."""
        self._paper.is_confirmed = True
        self._context.back()
