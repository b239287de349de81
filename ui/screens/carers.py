"""« Mes aidants »: who helps from home, until when; invite somebody, or stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import carers
from ui import messages
from ui.screen import Screen
from ui.session.words import mandate_words
from ui.text import _
from ui.widgets import EmptyState, NoticeKind, Tile, TileGrid

if TYPE_CHECKING:
    from app.mandates import Mandate
    from ui.session.context import SessionContext

__all__ = ["Carers"]

MOST = 3


class Carers(Screen):
    """Three at most."""

    name: ClassVar[str] = "carers"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Mes aidants"), _("Ils vous aident depuis leur propre compte."), main=_("Inviter un proche")
        )
        self.help_text = _(
            "Cette page montre les proches qui vous aident. "
            "Vous choisissez ce qu’ils voient, et jusqu’à quand. "
            "Appuyez sur un nom pour arrêter son aide."
        )
        self._context = context
        self._grid = TileGrid()
        self._nobody = EmptyState(
            _("Personne ne vous aide pour le moment."), icon_name="account-heart-outline"
        )
        self.body.addWidget(self._nobody)
        self.body.addWidget(self._grid)
        self._tiles: list[Tile] = []
        self._invited = 0

    def entered(self) -> None:
        """List them again."""
        space = self._context.space
        self._context.tasks.run(lambda: carers.carers_of(space), self._listed, self._failed, owner=self)

    def pressed(self) -> None:
        """Invite somebody."""
        if self._invited >= MOST:
            self.say(messages.reason("carer-limit"), NoticeKind.WAIT)
        else:
            self._context.go("carer_invite")

    def _listed(self, found: list[Mandate]) -> None:
        for tile in self._tiles:
            tile.hide()
            tile.deleteLater()
        self._tiles = [self._tile(each) for each in found]
        self._invited = sum(not carers.is_representatives(each) for each in found)
        self._nobody.setVisible(not found)
        self.order_tabs()

    def _tile(self, mandate: Mandate) -> Tile:
        if carers.is_representatives(mandate):
            words, icon = _("Votre représentant légal, noté par le service"), "account-tie"
            tile = Tile(mandate.adviser, words, icon_name=icon)
            tile.clicked.connect(lambda: self.say(messages.reason("representation-noted"), NoticeKind.INFO))
        else:
            tile = Tile(mandate.adviser, mandate_words(mandate), icon_name="account-heart-outline")
            tile.clicked.connect(lambda: self._context.go("mandate_stop", mandate=mandate))
        self._grid.add(tile)
        return tile

    def _failed(self, error: Exception) -> None:
        self.say(messages.sentence(error), NoticeKind.BAD)
