"""« Comment voulez-vous faire ? »: together, or by the helper under a mandate. The person chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import mandates
from app.space import AssistMode
from ui import messages
from ui.screen import Screen
from ui.text import _
from ui.widgets import Notice, NoticeKind, Tile, TileGrid

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["HelpMode"]


class HelpMode(Screen):
    """Together needs no mandate; acting for the person does, and the screen says so."""

    name: ClassVar[str] = "help_mode"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(_("Comment voulez-vous faire ?"), back=False, finish=True)
        self.help_text = _(
            "Cette page demande comment vous voulez être aidé. "
            "« Faire ensemble » : vous appuyez vous-même, on vous explique. "
            "« Faire à ma place » : on agit pour vous, avec votre accord écrit."
        )
        self._context = context
        space = context.space
        helper = space.actor.display
        grid = TileGrid(columns=2, ems=15)
        together = Tile(
            _("Faire ensemble"),
            _("Vous décidez et vous appuyez. {helper} explique.").format(helper=helper),
            icon_name="account-group-outline",
            large=True,
        )
        together.clicked.connect(self._together)
        grid.add(together)
        refused = mandates.refusal(space.patient, space.actor.role, space.clock())
        if refused is None:
            instead = Tile(
                _("Faire à ma place"),
                _("{helper} agit pour vous. Il faut votre accord : un mandat.").format(helper=helper),
                icon_name="file-sign",
                large=True,
            )
            instead.clicked.connect(lambda: context.go("mandate_scopes"))
            grid.add(instead)
        self.body.addWidget(grid)
        self.add_action(_("Mes accords"), icon_name="file-sign").clicked.connect(
            lambda: context.go("agreements")
        )
        if refused is not None:
            self.body.addWidget(Notice(messages.sentence(refused), NoticeKind.INFO))

    def _together(self) -> None:
        self._context.space.mode = AssistMode.WITH
        self._context.navigator.restart("home")
