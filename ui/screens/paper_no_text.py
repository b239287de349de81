"""« On ne voit pas de texte »: a question, and the way goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui.screen import Screen
from ui.text import _

if TYPE_CHECKING:
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
            "L’ordinateur n’a trouvé aucun mot sur cette image. "
            "Si ce n’est pas la bonne, revenez en arrière. Si c’est la bonne, continuez."
        )
        self._context = context
        self._paper = paper
        self.other = self.add_action(_("Non, revoir les pages"))
        self.other.clicked.connect(context.back)

    def pressed(self) -> None:
        """It is meant."""
        self._paper.is_confirmed = True
        self._context.back()
