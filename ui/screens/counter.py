"""The home screen at a pharmacy's counter: prescriptions, vaccinations, allergies, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.counter import is_pharmacist
from app.space import AssistMode
from ui.screen import Screen
from ui.session.words import greeting_name
from ui.text import _
from ui.widgets import IconLine, Tile, TileGrid

if TYPE_CHECKING:
    from app.space import Space
    from ui.session.context import SessionContext

__all__ = ["Counter"]


class Counter(Screen):
    """What the customer opened today; each tile works."""

    name: ClassVar[str] = "counter"

    def __init__(self, context: SessionContext) -> None:
        space = context.space
        super().__init__(
            _("Bonjour {name}").format(name=greeting_name(space.patient)),
            _("Que voulez-vous faire avec {helper} aujourd’hui ?").format(helper=space.actor.display),
            back=False,
            finish=True,
        )
        self.help_text = _(
            "Cette page est l’accueil du comptoir. "
            "Elle montre les ordonnances, les vaccins et les allergies, rien d’autre. "
            "« Client suivant » ferme tout et efface tout."
        )
        self._context = context
        self._mode_line = IconLine("account-group-outline", "")
        self.body.addWidget(self._mode_line)
        grid = TileGrid()
        self.prescriptions = Tile(_("Mes ordonnances"), icon_name="pill")
        self.health = Tile(_("Ma santé"), _("Allergies et vaccins"), icon_name="heart-pulse")
        self.vaccine = Tile(_("Noter un vaccin"), _("Avec le code de la boîte"), icon_name="needle")
        self.mandate = Tile(_("Mon mandat"), icon_name="file-sign")
        self.done = Tile(_("Ce qui a été fait"), _("Le reçu, à imprimer si vous voulez"), icon_name="printer")
        self.prescriptions.clicked.connect(lambda: context.go("prescriptions"))
        self.health.clicked.connect(lambda: context.go("health"))
        self.vaccine.clicked.connect(lambda: context.go("vaccine_code"))
        self.mandate.clicked.connect(self._open_mandate)
        self.done.clicked.connect(lambda: context.go("finish"))
        for tile in (self.prescriptions, self.health, self.vaccine, self.mandate, self.done):
            grid.add(tile)
        self.vaccine.setVisible(is_pharmacist(space))
        self.body.addWidget(grid)

    def entered(self) -> None:
        """Say how one helps now."""
        space = self._context.space
        helper = space.actor.display
        acts = space.mode is AssistMode.FOR and space.mandate is not None
        words = (
            _("{helper} agit pour vous, avec votre mandat.")
            if acts
            else _("Vous décidez, {helper} vous aide.")
        )
        self._mode_line.say(words.format(helper=helper))
        self.mandate.set_title(_("Mon mandat") if acts else _("Donner un mandat"))

    def _open_mandate(self) -> None:
        if self._context.space.mandate is not None:
            self._context.go("mandate")
        else:
            self._context.go("counter_offer", **offer(self._context.space))


def offer(space: Space) -> dict[str, object]:
    """Return what the counter proposes, as the arguments of ``counter_offer``."""
    from app import counter

    return {"scopes": counter.SCOPES, "actions": counter.ACTIONS, "duration": counter.duration_here(space)}
