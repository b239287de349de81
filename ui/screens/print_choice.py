"""One question about a print: in which writing, how many, which pages, in which ink, on which printer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui.printing.plan import MOST_COPIES
from ui.screen import Screen
from ui.text import _, ngettext
from ui.widgets import Choice, ChoiceGroup, EmptyState

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.printing.plan import Plan
    from ui.session.context import SessionContext

__all__ = ["PrintChoice"]

COLOR, GRAY, ALL, SHOWN = "color", "gray", "all", "shown"


class PrintChoice(Screen):
    """``what``: form, copies, pages, ink or printer. What is chosen now is chosen already."""

    name: ClassVar[str] = "print_choice"

    def __init__(self, context: SessionContext, *, plan: Plan, what: str) -> None:
        super().__init__(_titles()[what], main=_("Continuer"))
        self.help_text = _(
            "Cette page règle une seule chose de l’impression. "
            "Choisissez une carte, puis « Continuer ». "
            "« Retour » ne change rien."
        )
        self._context = context
        self._plan = plan
        self._what = what
        choices = _choices(plan, what)
        columns = 5 if what == "copies" else 2
        self.choices = ChoiceGroup(choices, columns=columns, name=_titles()[what])
        self.choices.choose(_present(plan, what))
        self.body.addWidget(self.choices)
        if not choices:
            self.choices.hide()
            self.body.addWidget(
                EmptyState(
                    _("Aucune imprimante n’est installée sur ce poste."),
                    _("Appelez la personne qui s’occupe de ce poste."),
                    icon_name="printer-off-outline",
                )
            )

    def first_focus(self) -> QWidget | None:
        """Return the answer of now."""
        cards = self.choices.cards
        return next((card for card in cards if card.isChecked()), super().first_focus())

    def pressed(self) -> None:
        """Take the answer and go back."""
        value = self.choices.value()
        if value is not None:
            _take(self._plan, self._what, value)
        self._context.back()


def _titles() -> dict[str, str]:
    return {
        "form": _("Comment l’imprimer ?"),
        "copies": _("Combien d’exemplaires ?"),
        "pages": _("Quelles pages ?"),
        "ink": _("Avec quelle encre ?"),
        "printer": _("Sur quelle imprimante ?"),
    }


def _choices(plan: Plan, what: str) -> list[Choice]:
    if what == "form":
        return list(plan.paper.forms)
    if what == "copies":
        words = [
            (n, ngettext("{count} exemplaire", "{count} exemplaires", n)) for n in range(1, MOST_COPIES + 1)
        ]
        return [Choice(str(n), said.format(count=n)) for n, said in words]
    if what == "ink":
        return [
            Choice(COLOR, _("En couleur"), icon_name="palette-outline"),
            Choice(GRAY, _("Noir et blanc"), icon_name="contrast-circle"),
        ]
    if what == "pages":
        return [
            Choice(ALL, _("Toutes les pages"), icon_name="file-multiple-outline"),
            Choice(
                SHOWN,
                _("Seulement la page {number}").format(number=plan.shown + 1),
                _("Celle qui est montrée"),
                icon_name="file-outline",
            ),
        ]
    return [Choice(each.name, each.label, each.place, icon_name="printer-outline") for each in plan.printers]


def _present(plan: Plan, what: str) -> str:
    return {
        "form": plan.form,
        "copies": str(plan.copies),
        "pages": SHOWN if plan.only_shown else ALL,
        "ink": GRAY if plan.gray else COLOR,
        "printer": plan.printer.name if plan.printer else "",
    }[what]


def _take(plan: Plan, what: str, value: str) -> None:
    match what:
        case "form":
            plan.form = value
        case "copies":
            plan.copies = int(value)
        case "pages":
            plan.only_shown = value == SHOWN
        case "ink":
            plan.gray = value == GRAY
        case _:
            plan.printer = next(each for each in plan.printers if each.name == value)
