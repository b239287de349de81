"""« Mon mandat »: what was agreed to, until when, and the button that ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import mandates
from app.codes.mandate_words import SCOPE_LABELS
from app.mandates import Duration, Scope
from app.space import AssistMode
from ui import formats, messages
from ui.saving import print_words
from ui.screen import Screen
from ui.session.words import mandate_words
from ui.text import _, commas
from ui.widgets import Card, IconLine, NoticeKind, Text

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["Mandate"]


class Mandate(Screen):
    """Two presses from the home screen end a mandate: the tile, then the button."""

    name: ClassVar[str] = "mandate"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(_("Mon mandat"), main=_("Arrêter ce mandat"), finish=False)
        self.help_text = _(
            "Cette page montre votre mandat, votre accord écrit. "
            "Vous pouvez l’arrêter à tout moment. "
            "Ce qui est rangé reste rangé, et vous continuez ensemble."
        )
        self._context = context
        self._busy = False
        mandate = context.space.mandate
        if mandate is None:
            self.body.addWidget(Text(_("Aucun mandat ne court.")))
            if self.main_button is not None:
                self.main_button.hide()
            return
        card = Card()
        card.column.addWidget(IconLine("account-tie", commas((mandate.adviser, mandate.organization))))
        parts = formats.listed([_(SCOPE_LABELS[scope]) for scope in Scope if scope in mandate.scopes])
        card.column.addWidget(IconLine("folder-account-outline", _("Pour {parts}.").format(parts=parts)))
        card.column.addWidget(
            IconLine("check-circle-outline", _("Peut {allowed}.").format(allowed=mandate_words(mandate)))
        )
        self.body.addWidget(card)
        self.add_action(print_words(context), icon_name="printer-outline").clicked.connect(self._print_it)
        if mandate.duration is not Duration.SESSION:
            self.add_action(_("Mon coupon")).clicked.connect(lambda: context.go("slip_given"))

    def pressed(self) -> None:
        """End it."""
        space, mandate = self._context.space, self._context.space.mandate
        if self._busy or mandate is None:
            return
        self._busy = True
        self._context.tasks.run(
            lambda: mandates.revoke(space, mandate), lambda _done: self._ended(), self._failed, owner=self
        )

    def _print_it(self) -> None:
        from ui.printing.papers import mandate_paper

        self._context.tasks.run(
            lambda: mandate_paper(self._context.space),
            lambda paper: self._context.go("print_preview", paper=paper),
            self._failed,
            owner=self,
        )

    def _ended(self) -> None:
        self._context.space.mode = AssistMode.WITH
        self._context.home()
        self._context.navigator.toast(_("Le mandat est arrêté. Vous continuez ensemble."), NoticeKind.OK)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.say(messages.sentence(error), NoticeKind.BAD)
