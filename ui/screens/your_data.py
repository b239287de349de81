"""« Vos informations »: what is done with the person's data and by what right; it asks for no agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.codes.information_texts import CURRENT, paragraphs
from ui.screen import Screen
from ui.text import _
from ui.widgets import Card, SectionHeading, Text

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["YourData"]


class YourData(Screen):
    """Read and understood: its button says so, and nothing is agreed to."""

    name: ClassVar[str] = "your_data"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Vos informations"),
            _("À lire ou à écouter. On ne vous demande aucun accord ici."),
            main=_("J’ai lu et compris"),
        )
        self.help_text = _(
            "Cette page dit ce qui est fait de vos informations, et vos droits. "
            "Ce n’est pas un accord : vous n’avez rien à accepter. "
            "Demandez à la personne qui vous aide ce que vous ne comprenez pas."
        )
        self._context = context
        card = Card()
        title, *rest = paragraphs(CURRENT)
        card.column.addWidget(SectionHeading(_(title)))
        for paragraph in rest:
            card.column.addWidget(Text(_(paragraph)))
        self.body.addWidget(card)

    def pressed(self) -> None:
        """Go back: it was read."""
        self._context.back()
