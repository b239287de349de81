"""« Jusqu’à quand ? »: this visit unless the person says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.mandate_policy import durations_for
from app.mandates import Action, Duration, Scope
from ui.screen import Screen
from ui.text import _
from ui.widgets import Choice, ChoiceGroup

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["MandateDuration"]


class MandateDuration(Screen):
    """Third question of the mandate."""

    name: ClassVar[str] = "mandate_duration"
    step: ClassVar[tuple[int, int] | None] = (3, 4)

    def __init__(
        self, context: SessionContext, *, scopes: tuple[Scope, ...], actions: tuple[Action, ...]
    ) -> None:
        super().__init__(
            _("Jusqu’à quand ?"), _("Vous pouvez arrêter avant, à tout moment."), main=_("Continuer")
        )
        self.help_text = _(
            "Cette page demande jusqu’à quand dure votre accord. "
            "Nous proposons la visite : il s’arrête quand vous partez. "
            "Un accord plus long sert aussi aux collègues du même lieu."
        )
        self._context = context
        self._scopes, self._actions = scopes, actions
        words = {
            Duration.SESSION: _("Seulement aujourd’hui, pendant cette visite"),
            Duration.DAY: _("Un jour"),
            Duration.MONTH: _("Un mois (31 jours)"),
            Duration.HALF_YEAR: _("Six mois (182 jours)"),
            Duration.YEAR: _("Un an (365 jours)"),
        }
        offered = durations_for(context.space.actor.role, context.space.durations)
        self.choices = ChoiceGroup([Choice(each, words[each]) for each in offered])
        self.choices.choose(Duration.SESSION)
        self.body.addWidget(self.choices)

    def pressed(self) -> None:
        """Show the text."""
        duration = Duration(self.choices.value() or Duration.SESSION)
        self._context.go("mandate_text", scopes=self._scopes, actions=self._actions, duration=duration)
