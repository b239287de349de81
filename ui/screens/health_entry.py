"""One allergy or one vaccination: all that is noted, and what the person can do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import medical_profile
from app.fhir.allergy_intolerance import AllergyBody
from ui import messages
from ui.screen import Screen
from ui.steps import Journey, allergy, vaccination
from ui.steps.rows import take_over_focus
from ui.steps.words import allergy_name, partial_day, reaction_words, severity_words, vaccine_name
from ui.text import _
from ui.widgets import Answer, CheckAnswers, Notice, NoticeKind, Tile, TileGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.changes import Change
    from app.edits import Edit
    from app.fhir.immunization import ImmunizationBody
    from ui.session.context import SessionContext

__all__ = ["HealthEntry"]


class HealthEntry(Screen):
    """What a professional noted is shown without a button: they alone change it."""

    name: ClassVar[str] = "health_entry"

    def __init__(self, context: SessionContext, *, about: str, entry_id: str) -> None:
        super().__init__(_("Allergie") if about == "allergy" else _("Vaccin"))
        self.help_text = _(
            "Cette page montre une ligne en entier. "
            "« Corriger » change une réponse, « C’était une erreur » retire la ligne de la liste. "
            "On peut toujours revenir en arrière."
        )
        self._context, self._about, self._id = context, about, entry_id
        self._busy = False
        self.facts = CheckAnswers()
        self.by_other = Notice("", NoticeKind.INFO)
        self._grid = TileGrid()
        self.change = Tile(_("Corriger"), _("Une réponse à changer"), icon_name="pencil-outline")
        self.end = Tile(_("C’est fini"), _("Je n’ai plus cette allergie"), icon_name="check-circle-outline")
        self.remove = Tile(_("C’était une erreur"), _("Retirer cette ligne"), icon_name="undo-variant")
        self.change.clicked.connect(self._change)
        self.end.clicked.connect(self._end)
        self.remove.clicked.connect(self._remove)
        for tile in (self.change, self.end, self.remove):
            self._grid.add(tile)
        for widget in (self.facts, self.by_other, self._grid):
            self.body.addWidget(widget)
            widget.hide()
        self._body: AllergyBody | ImmunizationBody | None = None
        forget = context.changes.subscribe(context.tasks.relay(self._changed, self))
        self.destroyed.connect(forget)

    def entered(self) -> None:
        """Read it again."""
        space, entry_id, about = self._context.space, self._id, self._about

        def read() -> AllergyBody | ImmunizationBody:
            if about == "allergy":
                return medical_profile.allergy(space, entry_id)
            return medical_profile.vaccination(space, entry_id)

        self._context.tasks.run(read, self._show, self._failed, owner=self)

    def _changed(self, change: Change) -> None:
        if any(each.endswith(f"/{self._id}") for each in change.ids):
            self.entered()

    def _show(self, body: AllergyBody | ImmunizationBody) -> None:
        self._body = body
        if isinstance(body, AllergyBody):
            self.set_title(allergy_name(body))
            self.facts.set_answers(_allergy_facts(body))
        else:
            self.set_title(vaccine_name(body))
            self.facts.set_answers(_vaccination_facts(body))
        self.facts.show()
        words = _("Un soignant a noté cela. S’il y a une erreur, demandez-lui de la corriger.")
        self.by_other.say("" if body.is_by_patient else words)
        self._grid.setVisible(body.is_by_patient)
        self.end.setVisible(isinstance(body, AllergyBody))
        take_over_focus(self)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self._grid.hide()
        self.say(messages.sentence(error), NoticeKind.BAD)

    def _change(self) -> None:
        space, body = self._context.space, self._body
        if body is None:
            return
        made = (
            allergy.changing(space, body)
            if isinstance(body, AllergyBody)
            else vaccination.changing(space, body)
        )
        self._context.go("entry_check", journey=made)

    def _end(self) -> None:
        space = self._context.space
        self._do(
            lambda: medical_profile.end_allergy(space, self._id), _("C’est noté : cette allergie est finie.")
        )

    def _remove(self) -> None:
        space, about = self._context.space, self._about
        act = medical_profile.remove_allergy if about == "allergy" else medical_profile.remove_vaccination
        self._do(lambda: act(space, self._id), _("La ligne est retirée de la liste."))

    def _do(self, act: Callable[[], Edit], title: str) -> None:
        if not self._busy:
            self._busy = True
            self._context.tasks.run(act, lambda edit: self._done(edit, title), self._failed, owner=self)

    def _done(self, edit: Edit, title: str) -> None:
        space = self._context.space
        journey = Journey(
            questions=(),
            main="",
            save=lambda _answers: edit,
            undo=lambda done: medical_profile.undo(space, done),
            done_title=title,
            list_screen="health",
            list_words=_("Revenir à ma santé"),
            edit=edit,
        )
        self._context.replace("entry_done", journey=journey)


def _allergy_facts(body: AllergyBody) -> list[Answer]:
    high = _("Risque élevé, d’après un soignant") if body.criticality == "high" else ""
    return _told(
        (_("Ce qui est arrivé"), reaction_words(body)),
        (_("Gravité"), severity_words(body)),
        (_("Risque"), high),
        (_("Depuis"), partial_day(body.onset)),
        (_("Précision"), body.note),
    )


def _vaccination_facts(body: ImmunizationBody) -> list[Answer]:
    return _told(
        (_("Date"), partial_day(body.day)),
        (_("Numéro de lot"), body.lot),
        (_("Date limite"), partial_day(body.expiry)),
        (_("Numéro de la dose"), str(body.dose) if body.dose else ""),
        (_("Vacciné par"), body.performer),
        (_("Précision"), body.note),
    )


def _told(*lines: tuple[str, str]) -> list[Answer]:
    return [Answer("", question, answer) for question, answer in lines if answer]
