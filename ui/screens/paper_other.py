"""« Ce papier semble être celui d’une autre personne »: asked before anything is filed, and written down.

Decision: the safe answer is the main button, the other is a plain one with the person's name in it; nobody
presses it by habit. Both are kept in the journal, without the name that the paper carries.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from app import identity_check
from app.fhir import patient as patients
from ui import formats
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import Card, Text
from ui.widgets.words import SectionHeading

if TYPE_CHECKING:
    from ui.filing import Filing
    from ui.session.context import SessionContext

__all__ = ["PaperOther"]


class PaperOther(Screen):
    """Two cards, one under the other: whom the paper names, whose space this is."""

    name: ClassVar[str] = "paper_other"

    def __init__(self, context: SessionContext, *, filing: Filing, then: str) -> None:
        super().__init__(
            _("Ce papier semble être celui d’une autre personne"),
            _("Regardez le nom et la date de naissance sur le papier."),
            main=_("Ce n’est pas le bon papier"),
        )
        self.help_text = _(
            "Cette page vous prévient : ce papier semble à quelqu’un d’autre. "
            "Comparez les deux noms et les dates de naissance. "
            "En cas de doute, ne le rangez pas."
        )
        self._context = context
        self._filing = filing
        self._then = then
        name = patients.display_name(context.space.patient)
        self.theirs = self.add_action(_("C’est bien pour {name}").format(name=name))
        self.theirs.clicked.connect(self._confirmed)
        seen = filing.candidate.identity.seen
        read = patients.read_back(context.space.patient)
        born = read.birth_date_text
        if seen is not None:
            self._show(
                _("Le papier nomme"), seen.name or _("Un autre numéro de sécurité sociale"), seen.birth_date
            )
        self._show(_("Cet espace est celui de"), name, born)
        self.body.addWidget(Text(_("Rien n’est rangé pour le moment.")))

    def pressed(self) -> None:
        """It is the wrong paper: back to choosing, nothing was filed."""
        self._note(is_theirs=False)
        self._context.home()
        self._context.go("file_pick")

    def _confirmed(self) -> None:
        self._filing.is_theirs = True
        self._note(is_theirs=True)
        self._context.replace(self._then, filing=self._filing)

    def _note(self, *, is_theirs: bool) -> None:
        space = self._context.space
        self._context.tasks.run(
            lambda: identity_check.note_decision(space, is_theirs=is_theirs), lane=Lane.STORE
        )

    def _show(self, title: str, name: str, born: str | None) -> None:
        card = Card()
        card.column.addWidget(SectionHeading(title))
        card.column.addWidget(Text(name))
        if words := _born(born):
            card.column.addWidget(Text(words))
        self.body.addWidget(card)


def _born(told: str | None) -> str:
    try:
        day = date.fromisoformat(told or "")
    except ValueError:
        return ""
    return _("Date de naissance : {day}").format(day=formats.short_day(day))
