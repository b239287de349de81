"""« Arrêter ce mandat ? »: what stops, and who stops it; there is no way back but a new mandate."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import mandates
from app.mandates import RevokedBy
from app.space import AssistMode
from ui import messages
from ui.screen import Screen
from ui.text import _
from ui.widgets import Card, IconLine, NoticeKind

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.mandates import Mandate
    from ui.session.context import SessionContext

__all__ = ["MandateStop"]


class MandateStop(Screen):
    """Either side stops it with one press here; it works without a network, sealed as every act is."""

    name: ClassVar[str] = "mandate_stop"

    def __init__(self, context: SessionContext, *, mandate: Mandate) -> None:
        super().__init__(_("Arrêter ce mandat ?"), main=_("Arrêter le mandat"))
        self.help_text = _(
            "Cette page arrête le mandat. "
            "Ce qui est rangé reste rangé. "
            "Pour que quelqu’un agisse encore à votre place, il faudra un nouveau mandat."
        )
        self._context, self._mandate = context, mandate
        self._busy = False
        card = Card()
        for icon, words in (
            ("file-cancel-outline", _("{helper} n’agit plus à votre place.").format(helper=mandate.adviser)),
            ("check-circle-outline", _("Ce qui est rangé dans votre espace y reste.")),
            ("alert-outline", _("On ne peut pas revenir en arrière : il faudrait un nouveau mandat.")),
        ):
            card.column.addWidget(IconLine(icon, words))
        self.body.addWidget(card)
        self.other_side = self.add_action(_("La structure l’arrête"), icon_name="account-tie")
        self.other_side.clicked.connect(lambda: self._stop(RevokedBy.ORGANIZATION))
        # Only the side that has it can give it back: a mandate of another place is stopped by the person.
        if mandate.organization_id != context.space.actor.organization_id:
            self.other_side.hide()

    def first_focus(self) -> QWidget | None:
        """Begin at the way back: a second press of Enter must not stop it."""
        return self.back_button

    def pressed(self) -> None:
        """The person stops it."""
        self._stop(RevokedBy.PATIENT)

    def _stop(self, by: RevokedBy) -> None:
        if self._busy:
            return
        self._busy = True
        space, mandate = self._context.space, self._mandate
        was_running = space.mandate is not None and space.mandate.id == mandate.id
        self._context.tasks.run(
            lambda: mandates.revoke(space, mandate, by=by),
            lambda _done: self._stopped(was_running=was_running),
            self._failed,
            owner=self,
        )

    def _stopped(self, *, was_running: bool) -> None:
        words = _("Le mandat est arrêté.")
        if was_running:
            self._context.space.mode = AssistMode.WITH
            words = _("Le mandat est arrêté. Vous continuez ensemble.")
        self._context.home()
        self._context.navigator.toast(words, NoticeKind.OK)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.say(messages.sentence(error), NoticeKind.BAD)
