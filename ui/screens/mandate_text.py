"""The mandate's text, as it will be kept, for the person to read or hear, then to accept or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import mandates
from app.errors import WorldFailed
from app.space import AssistMode
from ui import messages
from ui.screen import Screen
from ui.text import _
from ui.widgets import Card, NoticeKind, SectionHeading, Text

if TYPE_CHECKING:
    from app.mandates import Action, Duration, Mandate, Scope
    from ui.session.context import SessionContext

__all__ = ["MandateText"]


class MandateText(Screen):
    """Nothing is kept before the person presses the main button."""

    name: ClassVar[str] = "mandate_text"
    step: ClassVar[tuple[int, int] | None] = (4, 4)

    def __init__(
        self,
        context: SessionContext,
        *,
        scopes: tuple[Scope, ...],
        actions: tuple[Action, ...],
        duration: Duration,
    ) -> None:
        super().__init__(
            _("Voici le mandat"),
            _("Lisez-le, ou faites-le lire. Demandez ce que vous ne comprenez pas."),
            main=_("J’ai compris et je suis d’accord"),
        )
        self.help_text = _(
            "Cette page montre l’accord que vous pouvez donner. "
            "S’il vous convient, nous gardons ce texte tel quel. "
            "Si vous dites non, rien n’est gardé et vous continuez ensemble."
        )
        self._context = context
        self._busy = False
        self._proposal = mandates.propose(context.space, scopes, actions, duration)
        self._text = mandates.text_of(self._proposal)
        card = Card()
        title, *paragraphs = self._text.split("\n\n")
        card.column.addWidget(SectionHeading(title))
        for paragraph in paragraphs:
            card.column.addWidget(Text(paragraph))
        self.body.addWidget(card)
        self.add_action(_("Je ne veux pas")).clicked.connect(self._refused)

    def pressed(self) -> None:
        """Keep the mandate; once, however often the button is pressed."""
        if self._busy:
            return
        self._busy = True
        space = self._context.space
        self._context.tasks.run(
            lambda: mandates.grant(space, self._proposal, shown_text=self._text),
            self._granted,
            self._failed,
            owner=self,
        )

    def _granted(self, _mandate: Mandate) -> None:
        self._context.space.mode = AssistMode.FOR
        self._context.navigator.mandate_active()
        self._context.home()
        self._context.navigator.toast(_("Le mandat est enregistré."), NoticeKind.OK)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        if isinstance(error, WorldFailed):
            self.offer_finish()
        self.say(messages.sentence(error), NoticeKind.BAD)

    def _refused(self) -> None:
        self._context.space.mode = AssistMode.WITH
        self._context.home()
        self._context.navigator.toast(_("Pas de mandat : rien n’a été gardé."), NoticeKind.INFO)
