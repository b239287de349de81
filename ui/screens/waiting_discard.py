"""« Ne plus envoyer ? »: what is lost, what goes with it, and keeping a copy first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt

from app import waiting
from app.things import Kind
from ui import messages, theme
from ui.screen import Screen
from ui.session.waiting_words import ICONS, thing_words
from ui.text import _
from ui.widgets import Card, IconLine, NoticeKind, PlainButton, Text

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.things import Thing
    from app.waiting import Discarded, Item
    from ui.session.context import SessionContext

__all__ = ["WaitingDiscard"]

_COMES_BACK = frozenset({Kind.DOCUMENT, Kind.ALLERGY, Kind.VACCINATION, Kind.TRUSTED_PERSON, Kind.CONTACT})


class WaitingDiscard(Screen):
    """Nothing happens before this screen's button, and it happens once."""

    name: ClassVar[str] = "waiting_discard"

    def __init__(self, context: SessionContext, *, item: Item, behind: list[Thing]) -> None:
        super().__init__(_("Ne plus envoyer ?"), main=_("Ne plus envoyer"))
        self.help_text = _(
            "Cette page arrête un envoi refusé. "
            "Elle dit ce qui ne sera pas dans votre espace. "
            "« Retour » garde tout."
        )
        self._context, self._item = context, item
        self._busy = False
        things = [item.thing, *behind]
        card = Card()
        card.column.addWidget(Text(_("Ceci ne sera pas dans votre espace :"), theme.Role.STRONG))
        for each in things:
            card.column.addWidget(IconLine(ICONS[each.kind], thing_words(each)))
        is_paper = any(each.kind is Kind.DOCUMENT for each in things)
        if is_paper:
            words = _("Le papier sera effacé d’ici. Imprimez-le d’abord, si vous ne l’avez plus.")
            card.column.addWidget(IconLine("alert-outline", words))
        if all(each.kind in _COMES_BACK for each in things):
            words = _("Vous pourrez encore annuler, juste après.")
            card.column.addWidget(IconLine("undo-variant", words))
        else:
            words = _("On ne pourra pas revenir en arrière.")
            card.column.addWidget(IconLine("alert-outline", words))
        self.body.addWidget(card)
        self.look = PlainButton(_("Voir et imprimer ce papier"), icon_name="printer-outline")
        self.look.clicked.connect(lambda: context.go("document_view", document_id=item.thing.id))
        self.body.addWidget(self.look, 0, Qt.AlignmentFlag.AlignLeft)
        self.look.setVisible(item.thing.kind is Kind.DOCUMENT)

    def first_focus(self) -> QWidget | None:
        """Begin at the way back: a second press of Enter must not let go of anything."""
        return self.back_button

    def pressed(self) -> None:
        """Let go of it."""
        if self._busy:
            return
        self._busy = True
        space, seq = self._context.space, self._item.seq
        self._context.tasks.run(
            lambda: waiting.discard(space, seq), self._discarded, self._failed, owner=self
        )

    def _discarded(self, gone: Discarded) -> None:
        self._context.home()
        self._context.go("waiting", gone=gone)
        self._context.navigator.toast(_("Ce n’est plus envoyé."), NoticeKind.OK)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.say(messages.sentence(error), NoticeKind.BAD)
