"""« Que peut-il faire ? »: the actions, nothing ticked beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.mandates import Action, Scope
from ui.screen import Screen
from ui.screens.mandate_scopes import served_at
from ui.text import _
from ui.widgets import Choice, ChoiceGroup

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["MandateActions"]


class MandateActions(Screen):
    """Second question of the mandate."""

    name: ClassVar[str] = "mandate_actions"
    step: ClassVar[tuple[int, int] | None] = (2, 4)

    def __init__(self, context: SessionContext, *, scopes: tuple[Scope, ...]) -> None:
        helper = context.space.actor.display
        super().__init__(
            _("Que peut faire {helper} ?").format(helper=helper),
            _("Cochez ce que vous voulez. Rien n’est coché d’avance."),
            main=_("Continuer"),
        )
        self.help_text = _(
            "Cette page demande ce que la personne qui aide peut faire. "
            "Cochez ce que vous acceptez. "
            "Le reste est interdit, même pendant la visite."
        )
        self._context = context
        self._scopes = scopes
        words = {
            Action.VIEW: (_("Regarder"), _("Ouvrir ce que vous avez coché et vous le lire"), "eye-outline"),
            Action.ADD: (_("Ajouter"), _("Ranger un papier, noter une ligne"), "tray-arrow-down"),
            Action.EDIT: (_("Modifier"), _("Corriger une ligne, ou la retirer"), "pencil-outline"),
        }
        served = served_at(context.start.place)
        offered = dict.fromkeys(action for scope in scopes for action in served[scope])
        self.choices = ChoiceGroup([Choice(action, *words[action]) for action in offered], several=True)
        self.body.addWidget(self.choices)

    def pressed(self) -> None:
        """Go on with what is ticked."""
        chosen = tuple(Action(value) for value in self.choices.values())
        missing = _("Cochez au moins une chose, ou revenez en arrière.")
        self.summary.show_errors([] if chosen else [(missing, self.choices.focus_first)])
        if chosen:
            self._context.go("mandate_duration", scopes=self._scopes, actions=chosen)
