"""« Mes accords »: three different things, each on its own page, nothing ticked beforehand on any."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui.screen import Screen
from ui.text import _
from ui.widgets import Tile, TileGrid

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["Agreements"]


class Agreements(Screen):
    """The mandate; what is done with my data; who among the professionals may read."""

    name: ClassVar[str] = "agreements"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(_("Mes accords"), _("Ce sont trois choses différentes."))
        self.help_text = _(
            "Cette page sépare trois choses. "
            "Un mandat permet d’agir à votre place. "
            "Vos informations et l’accès des professionnels ont chacun leur page."
        )
        grid = TileGrid(columns=3)
        for title, second, icon, screen in (
            (_("Mes mandats"), _("Qui peut agir à ma place, et jusqu’à quand"), "file-sign", "mandates"),
            (
                _("Vos informations"),
                _("Ce qui en est fait et vos droits. À lire, sans rien accepter"),
                "information-outline",
                "your_data",
            ),
            (
                _("Accès d’un professionnel"),
                _("Qui peut lire mon espace, parmi les soignants"),
                "doctor",
                "professional_access",
            ),
        ):
            tile = Tile(title, second, icon_name=icon)
            tile.clicked.connect(lambda _checked=False, name=screen: context.go(name))
            grid.add(tile)
        self.body.addWidget(grid)
