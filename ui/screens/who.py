"""« Qui accompagnez-vous ? »: one signs in here or on one's phone, or has the slip of a running mandate.

The phone is offered once the provider has said that it takes it (``device_authorization_endpoint``): it
comes below what was there, so that nothing moves under a finger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import LanguagesRow, NoticeKind, Tile, TileGrid

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["Who"]


class Who(Screen):
    """The first screen of a visit."""

    name: ClassVar[str] = "who"

    def __init__(
        self, context: SessionContext, *, problem: str = "", kind: NoticeKind = NoticeKind.BAD
    ) -> None:
        super().__init__(
            _("Qui accompagnez-vous ?"),
            _("La personne est à côté de vous et choisit."),
            back=False,
            finish=True,
        )
        self.help_text = _(
            "Cette page demande qui est assis à côté de vous. "
            "Une personne qui a un compte se connecte elle-même. "
            "Si elle a déjà donné un mandat, les mots du coupon suffisent."
        )
        grid = TileGrid(columns=2, ems=15)
        sign_in = Tile(
            _("La personne se connecte"),
            _("Avec son compte, sur ce poste."),
            icon_name="account-key-outline",
            large=True,
        )
        slip = Tile(
            _("Elle a déjà un mandat"),
            _("Avec les mots écrits sur son coupon."),
            icon_name="ticket-account",
            large=True,
        )
        sign_in.clicked.connect(lambda: context.go("sign_in"))
        slip.clicked.connect(lambda: context.go("slip"))
        grid.add(sign_in)
        grid.add(slip)
        self._context, self._grid = context, grid
        self.phone: Tile | None = None
        context.tasks.run(
            context.visit.has_phone_sign_in,
            self._offer_phone,
            # Without a network nobody signs in either way: that is said where one tries.
            lambda _error: None,
            lane=Lane.NETWORK,
            owner=self,
        )
        self.body.addWidget(grid)
        self.trouble = self.add_action(_("Je n’arrive pas à me connecter"), icon_name="help-circle-outline")
        self.trouble.clicked.connect(lambda: context.go("cannot_sign_in"))
        languages = LanguagesRow()
        languages.chosen.connect(self.language_asked)
        self.body.addWidget(languages)
        if context.start.demo:
            self.say(_("Démonstration : toutes les personnes sont inventées."), NoticeKind.INFO)
        if problem:
            self.say(problem, kind)

    def _offer_phone(self, has_it: bool) -> None:  # noqa: FBT001 - the answer of a task
        if not has_it:
            return
        self.phone = Tile(
            _("Avec mon téléphone"),
            _("Le mot de passe se tape sur le téléphone."),
            icon_name="cellphone",
            large=True,
        )
        self.phone.clicked.connect(lambda: self._context.go("sign_in_phone"))
        self._grid.add(self.phone)
        self.order_tabs()
