"""« La visite est prête »: the paper that opens it, to be printed or copied; shown once, kept nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui import formats, theme
from ui.screen import Screen
from ui.text import _, ngettext
from ui.widgets import Card, IconLine, NoticeKind, Text
from ui.widgets.qr import QrCode

if TYPE_CHECKING:
    from ui.session.context import SessionContext
    from ui.session.preparing import Made

__all__ = ["VisitPrepared"]


class VisitPrepared(Screen):
    """The words and their code."""

    name: ClassVar[str] = "visit_prepared"

    def __init__(self, context: SessionContext, *, made: Made) -> None:
        super().__init__(
            _("La visite est prête"),
            _("Imprimez ce papier ou recopiez les mots. Sans lui, la visite ne s’ouvre pas."),
            main=_("J’ai le papier"),
            back=False,
        )
        self.help_text = _(
            "Cette page donne le papier de la visite. "
            "La personne le garde et l’apporte à la visite. "
            "Ce poste oublie les mots dès que vous quittez cette page."
        )
        self._context = context
        card = Card()
        card.column.addWidget(Text(made.words.replace("-", " – "), theme.Role.TITLE))
        card.column.addWidget(QrCode(made.qr, _("Les mêmes mots, en code à scanner")))
        self.body.addWidget(card)
        self.body.addWidget(
            IconLine(
                "clock-outline",
                _("Ce papier sert jusqu’au {day} à {time}.").format(
                    day=formats.day(made.due.astimezone()), time=formats.clock_time(made.due)
                ),
            )
        )
        self.body.addWidget(IconLine("lock-outline", _("Ce poste ne garde pas ces mots.")))
        if made.missing:
            words = ngettext(
                "{count} document n’a pas pu être pris. Les autres sont là.",
                "{count} documents n’ont pas pu être pris. Les autres sont là.",
                made.missing,
            )
            self.say(words.format(count=made.missing), NoticeKind.WAIT)
        button = self.add_action(_("Imprimer"), icon_name="printer-outline")
        button.clicked.connect(lambda: self._print_it(made))

    def pressed(self) -> None:
        """Go home: the paper is in the person's hand."""
        self._context.home()

    def _print_it(self, made: Made) -> None:
        from ui.printing.visit_slip import visit_paper

        self._context.go("print_preview", paper=visit_paper(self._context.space, made))
