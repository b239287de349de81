"""« Votre coupon »: the words (and code) by which a person comes back with a mandate that still runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui import messages, theme
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import Card, IconLine, NoticeKind, Progress, Text
from ui.widgets.qr import QrCode

if TYPE_CHECKING:
    from sync.slips import Slip
    from ui.session.context import SessionContext

__all__ = ["SlipGiven"]


class SlipGiven(Screen):
    """Draws new words when it is shown; they are on no disk of this PC and gone with the visit."""

    name: ClassVar[str] = "slip_given"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Votre coupon"),
            _("Recopiez ces mots et gardez-les. Ils ouvrent ce mandat à votre prochaine visite."),
            main=_("J’ai noté les mots"),
        )
        self.help_text = _(
            "Cette page donne des mots à noter, votre coupon. "
            "Ils ouvrent ce mandat à votre prochaine visite, sans mot de passe. "
            "Ne les donnez qu’à la personne qui vous aide."
        )
        self._context = context
        self._progress = Progress(_("Un instant, nous préparons vos mots…"))
        self.body.addWidget(self._progress)
        context.tasks.run(context.visit.draw_slip, self._show, self._failed, lane=Lane.NETWORK, owner=self)

    def pressed(self) -> None:
        """Go back to the mandate."""
        self._context.back()

    def _show(self, slip: Slip) -> None:
        self._progress.stop()
        card = Card()
        card.column.addWidget(Text(slip.words.replace("-", " – "), theme.Role.TITLE))
        card.column.addWidget(QrCode(slip.qr, _("Les mêmes mots, en code à scanner")))
        self.body.addWidget(card)
        self.body.addWidget(IconLine("lock-outline", _("Ce poste ne garde pas ces mots.")))
        button = self.add_action(_("Imprimer"), icon_name="printer-outline")
        button.clicked.connect(lambda: self._print_it(slip))
        self.order_tabs()

    def _print_it(self, slip: Slip) -> None:
        from ui.printing.papers import slip_paper

        self._context.go("print_preview", paper=slip_paper(self._context.space, slip))

    def _failed(self, error: Exception) -> None:
        self._progress.stop()
        self.say(messages.sentence(error), NoticeKind.BAD)
