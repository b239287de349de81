"""« Je n’arrive pas à me connecter »: why not; each answer leads to what to do and to who helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.codes.helplines import SignInTrouble
from ui.screen import Screen
from ui.text import _, mark
from ui.widgets import Tile, TileGrid

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["TROUBLES", "CannotSignIn"]

TROUBLES: dict[SignInTrouble, tuple[str, str]] = {
    SignInTrouble.FORGOTTEN: (mark("J’ai oublié mon mot de passe"), "lock-question"),
    SignInTrouble.NO_ACCOUNT: (mark("Je n’ai pas de compte"), "account-plus-outline"),
    SignInTrouble.NO_CODE: (mark("Le code n’arrive pas"), "cellphone-message"),
    SignInTrouble.NOT_RECOGNISED: (mark("Mon nom n’est pas reconnu"), "account-alert-outline"),
    SignInTrouble.SOMEONE_DECIDES: (mark("Quelqu’un décide pour moi"), "account-supervisor-outline"),
}


class CannotSignIn(Screen):
    """Nothing is asked of the person but which of these it is."""

    name: ClassVar[str] = "cannot_sign_in"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Qu’est-ce qui ne va pas ?"), _("Ce n’est pas grave : quelqu’un peut aider."), finish=True
        )
        self.help_text = _(
            "Cette page aide une personne qui n’arrive pas à se connecter. "
            "Choisissez ce qui ressemble le plus. "
            "La page suivante dit quoi faire, et qui appeler."
        )
        grid = TileGrid(columns=2, ems=15)
        for trouble, (words, icon_name) in TROUBLES.items():
            tile = Tile(_(words), icon_name=icon_name)
            tile.clicked.connect(
                lambda _checked=False, each=trouble: context.go("sign_in_help", trouble=each)
            )
            grid.add(tile)
        self.body.addWidget(grid)
