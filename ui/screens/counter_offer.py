"""« Ordonnances, vaccins, allergies : d’accord pour aujourd’hui ? »: one sentence, three answers.

It is a mandate as any other: its whole text stands below the sentence and is what is kept. « Choisir »
leads to the list, where nothing is ticked beforehand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui.screens.mandate_text import MandateText
from ui.text import _

if TYPE_CHECKING:
    from app.mandates import Action, Duration, Scope
    from ui.session.context import SessionContext

__all__ = ["CounterOffer"]


class CounterOffer(MandateText):
    """Asked once, when the customer's space has opened; it can be asked again from the counter."""

    name: ClassVar[str] = "counter_offer"
    step: ClassVar[tuple[int, int] | None] = None

    def __init__(
        self,
        context: SessionContext,
        *,
        scopes: tuple[Scope, ...],
        actions: tuple[Action, ...],
        duration: Duration,
    ) -> None:
        super().__init__(context, scopes=scopes, actions=actions, duration=duration)
        self.set_title(_("Êtes-vous d’accord pour aujourd’hui ?"))
        self.intro.set_words(
            _(
                "{helper} voit vos ordonnances, vos vaccins et vos allergies. "
                "{helper} peut noter et corriger, jusqu’à demain."
            ).format(helper=context.space.actor.display)
        )
        self.help_text = _(
            "Cette page demande votre accord pour aujourd’hui. "
            "« Oui » garde le texte écrit plus bas, tel quel. "
            "« Non » ne garde rien : vous faites vous-même, et on vous aide."
        )
        if self.main_button is not None:
            self.main_button.set_words(_("Oui, pour aujourd’hui"))
        self.refuse_button.set_words(_("Non"))
        self.paper_button.hide()
        self.choose_button = self.add_action(_("Choisir"))
        self.choose_button.clicked.connect(lambda: context.go("mandate_scopes"))
        self.finish_button.show()
        self.back_button.hide()
