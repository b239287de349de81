"""The text of what is agreed with someone close: read whole, then agreed to; the service draws the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import carers
from app.codes.mandate_texts import LANGUAGE
from ui import messages, theme
from ui.screen import Screen
from ui.session.mandate_meaning import explained_in, for_understanding, meaning
from ui.tasks import Lane
from ui.text import _
from ui.widgets import Card, NoticeKind, Progress, SectionHeading, Text

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from app.mandates import MandateProposal
    from sync.carers import Invitation
    from ui.session.context import SessionContext

__all__ = ["CarerText"]


class CarerText(Screen):
    """What stands here is what is hashed, letter by letter."""

    name: ClassVar[str] = "carer_text"
    step: ClassVar[tuple[int, int] | None] = (2, 3)

    def __init__(self, context: SessionContext, *, proposal: MandateProposal) -> None:
        super().__init__(
            _("Lisez votre accord"),
            _("Il faut le réseau pour préparer l’invitation."),
            main=_("J’ai compris et je suis d’accord"),
        )
        self.help_text = _(
            "Cette page montre l’accord avec votre proche. "
            "Lisez-le en entier, ou faites-le lire à voix haute. "
            "Rien ne commence avant que votre proche accepte."
        )
        self._context, self._proposal = context, proposal
        self._text = carers.text_of(proposal)
        self.progress = Progress(_("Nous préparons l’invitation…"))
        self.progress.hide()
        self.body.addWidget(self.progress)
        self._meaning = self._explained()
        # What the person understands comes first, for the eye and for the voice.
        self.body.addWidget(self._meaning)
        self.body.addWidget(self._binding())
        self._show_meaning()

    def _binding(self) -> Card:
        """Show the French text, in its own direction and for its own voice."""
        card = Card()
        for paragraph in self._text.strip().split("\n\n"):
            card.column.addWidget(Text(paragraph, language=LANGUAGE))
        return card

    def _explained(self) -> Card:
        card = Card()
        title, *paragraphs = meaning(self._proposal.template_id, self._proposal.facts)
        card.column.addWidget(Text(for_understanding(), theme.Role.SECOND))
        card.column.addWidget(SectionHeading(title))
        for paragraph in paragraphs:
            card.column.addWidget(Text(paragraph))
        return card

    def customEvent(self, event: QEvent) -> None:
        """Show the translation, or not: the language of the screen may have changed."""
        super().customEvent(event)
        self._show_meaning()

    def _show_meaning(self) -> None:
        self._meaning.setVisible(bool(explained_in()))

    def pressed(self) -> None:
        """Agree: the service keeps it and draws the code."""
        if self.progress.isVisible():
            return
        self.say("")
        self.progress.show()
        visit, language = self._context.visit, explained_in()
        self._context.tasks.run(
            lambda: visit.invite_carer(self._proposal, self._text, language),  # type: ignore[attr-defined]  # at home
            self._invited,
            self._failed,
            lane=Lane.NETWORK,
            owner=self,
        )

    def _invited(self, invitation: Invitation) -> None:
        self._context.replace("carer_code", invitation=invitation, carer=self._proposal.facts.adviser)

    def _failed(self, error: Exception) -> None:
        self.progress.hide()
        self.say(messages.sentence(error, at_the_door=True), NoticeKind.BAD)
