"""« Le papier sort de l’imprimante »: where it is, and once more if it did not come out well."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui.printing.printers import PrintStep
from ui.screen import Screen
from ui.text import _
from ui.widgets import Card, IconLine

if TYPE_CHECKING:
    from ui.printing.plan import Plan
    from ui.session.context import SessionContext

__all__ = ["PrintDone"]


class PrintDone(Screen):
    """The main button goes back to where one was before the print."""

    name: ClassVar[str] = "print_done"

    def __init__(self, context: SessionContext, *, plan: Plan, step: PrintStep = PrintStep.PRINTED) -> None:
        super().__init__(
            _("C’est imprimé"), plan.paper.title, main=_("J’ai mon papier"), back=False, finish=True
        )
        self.help_text = _(
            "Cette page dit que l’impression est partie. "
            "Prenez le papier dans l’imprimante. "
            "« Imprimer encore » montre de nouveau la feuille."
        )
        self._context = context
        card = Card()
        where = (
            _("Le papier sort de l’imprimante « {name} ».")
            if step is PrintStep.PRINTED
            else _("Les pages sont parties vers l’imprimante « {name} ».")
        )
        card.column.addWidget(IconLine("printer-check", where.format(name=plan.printer_words), color="ok"))
        if getattr(context.start, "place", "kiosk") != "home":
            card.column.addWidget(
                IconLine("account-eye-outline", _("Prenez-le tout de suite : d’autres passent ici."))
            )
        self.body.addWidget(card)
        self.again_button = self.add_action(_("Imprimer encore"), icon_name="printer-outline")
        self.again_button.clicked.connect(context.back)

    def pressed(self) -> None:
        """Go back past the preview."""
        self._context.back()
        self._context.back()
