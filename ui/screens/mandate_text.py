"""The mandate's text, as it will be kept, for the person to read or hear, then to accept or not.

In another language than French its translation stands beside the text (above it where there is no room),
marked as what it is: for understanding only. The French text alone binds, is hashed and kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtWidgets import QWidget

from app import mandates
from app.codes.mandate_texts import LANGUAGE
from app.errors import WorldFailed
from app.space import AssistMode
from ui import messages, theme
from ui.screen import Screen
from ui.session.mandate_meaning import explained_in, for_understanding, meaning
from ui.text import _
from ui.widgets import Card, CardLayout, NoticeKind, SectionHeading, Text

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from app.mandates import Action, Duration, Mandate, Scope
    from ui.session.context import SessionContext

__all__ = ["MandateText"]

COLUMN_EMS = 18  # narrower, a line of the text would hold too few words


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
        self._which = Text(_("Le texte en français, qui est gardé"), theme.Role.SECOND)
        self._meaning = self._explained()
        pair = QWidget()
        cards = CardLayout(pair, columns=2, ems=COLUMN_EMS)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(theme.SPACE[1])
        # What the person understands comes first, for the eye and for the voice.
        cards.addWidget(self._meaning)
        cards.addWidget(self._binding())
        self.body.addWidget(pair)
        self._show_meaning()
        self.refuse_button = self.add_action(_("Je ne veux pas"))
        self.refuse_button.clicked.connect(self._refused)
        self.paper_button = self.add_action(_("Signer sur papier"), icon_name="draw")
        self.paper_button.clicked.connect(self._on_paper)

    def _binding(self) -> Card:
        """Show the French text, in its own direction and for its own voice."""
        card = Card()
        title, *paragraphs = self._text.split("\n\n")
        card.column.addWidget(self._which)
        card.column.addWidget(SectionHeading(title, language=LANGUAGE))
        for paragraph in paragraphs:
            card.column.addWidget(Text(paragraph, language=LANGUAGE))
        card.column.addStretch(1)
        return card

    def _explained(self) -> Card:
        card = Card()
        title, *paragraphs = meaning(self._proposal.template_id, self._proposal.facts)
        card.column.addWidget(Text(for_understanding(), theme.Role.SECOND))
        card.column.addWidget(SectionHeading(title))
        for paragraph in paragraphs:
            card.column.addWidget(Text(paragraph))
        card.column.addStretch(1)
        return card

    def customEvent(self, event: QEvent) -> None:
        """Show the translation, or not: the language of the screen may have changed."""
        super().customEvent(event)
        self._show_meaning()

    def _show_meaning(self) -> None:
        for each in (self._which, self._meaning):
            each.setVisible(bool(explained_in()))

    def pressed(self) -> None:
        """Keep the mandate; once, however often the button is pressed."""
        if self._busy:
            return
        self._busy = True
        space, language = self._context.space, explained_in()
        self._context.tasks.run(
            lambda: mandates.grant(space, self._proposal, shown_text=self._text, explained_in=language),
            self._granted,
            self._failed,
            owner=self,
        )

    def _on_paper(self) -> None:
        if not self._busy:
            self._context.go("mandate_on_paper", proposal=self._proposal, text=self._text)

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
