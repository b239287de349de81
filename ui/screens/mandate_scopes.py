"""« … peut vous aider pour quoi ? »: the parts of the space, nothing ticked beforehand.

Only the parts that this version serves are asked for: nobody agrees to what is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import counter
from app.mandates import Action, Scope
from ui.screen import Screen
from ui.text import _
from ui.widgets import Choice, ChoiceGroup

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["SERVED", "MandateScopes", "served_at"]

SERVED: dict[Scope, tuple[Action, ...]] = {
    Scope.DOCUMENTS: (Action.VIEW, Action.ADD),
    Scope.PROFILE: (Action.VIEW, Action.ADD, Action.EDIT),
    Scope.WISHES: (Action.VIEW, Action.ADD, Action.EDIT),
}


AT_THE_COUNTER: dict[Scope, tuple[Action, ...]] = dict.fromkeys(counter.SCOPES, counter.ACTIONS)
"""What a pharmacy's counter serves."""


def served_at(place: str) -> dict[Scope, tuple[Action, ...]]:
    """Return the parts that a place serves, each with what can be done there."""
    return AT_THE_COUNTER if counter.is_counter(place) else SERVED


class MandateScopes(Screen):
    """First question of the mandate."""

    name: ClassVar[str] = "mandate_scopes"
    step: ClassVar[tuple[int, int] | None] = (1, 4)

    def __init__(self, context: SessionContext) -> None:
        helper = context.space.actor.display
        super().__init__(
            _("{helper} peut vous aider pour quoi ?").format(helper=helper),
            _("Cochez ce que vous voulez. Rien n’est coché d’avance."),
            main=_("Continuer"),
            finish=False,
        )
        self.help_text = _(
            "Cette page demande ce que la personne qui aide peut voir. "
            "Ce que vous ne cochez pas reste fermé. "
            "Vous pouvez arrêter votre accord à tout moment."
        )
        self._context = context
        words = {
            Scope.DOCUMENTS: _("Mes documents"),
            Scope.PRESCRIPTIONS: _("Mes ordonnances"),
            Scope.PROFILE: _("Ma santé"),
            Scope.WISHES: _("Mes proches"),
        }
        seconds = {
            Scope.DOCUMENTS: _("Ordonnances, résultats, comptes rendus, courriers"),
            Scope.PRESCRIPTIONS: "",
            Scope.PROFILE: _("Allergies et vaccins"),
            Scope.WISHES: _("Personne de confiance, personnes à prévenir"),
        }
        icons = {
            Scope.DOCUMENTS: "file-document-multiple-outline",
            Scope.PRESCRIPTIONS: "pill",
            Scope.PROFILE: "heart-pulse",
            Scope.WISHES: "account-heart-outline",
        }
        served = served_at(context.start.place)
        self.choices = ChoiceGroup(
            [Choice(scope, words[scope], seconds[scope], icons[scope]) for scope in served],
            several=True,
        )
        self.body.addWidget(self.choices)

    def pressed(self) -> None:
        """Go on with what is ticked."""
        chosen = [Scope(value) for value in self.choices.values()]
        missing = _("Cochez au moins une chose, ou revenez en arrière.")
        self.summary.show_errors([] if chosen else [(missing, self.choices.focus_first)])
        if chosen:
            self._context.go("mandate_actions", scopes=tuple(chosen))
