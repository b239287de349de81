"""« Ma santé »: allergies and vaccinations, as the person and the professionals noted them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import medical_profile
from app.codes.allergens import ALLERGENS
from app.codes.terms import found_in
from ui import messages, theme
from ui.screen import Screen
from ui.steps import allergy, vaccination
from ui.steps.rows import EntryRow, emptied, nothing_yet, take_over_focus
from ui.steps.words import allergy_name, partial_day, reaction_words, severity_words, vaccine_name
from ui.text import _, joined, ngettext
from ui.widgets import EmptyState, MainButton, NoticeKind, PlainButton, Progress, SectionHeading

if TYPE_CHECKING:
    from app.changes import Change
    from app.conflicts import Conflict
    from app.fhir.allergy_intolerance import AllergyBody
    from app.fhir.immunization import ImmunizationBody
    from app.medical_profile import Profile
    from ui.session.context import SessionContext

__all__ = ["Health"]

AT_FIRST = 8
"""So many vaccinations are shown at once; the others at a press."""
_TYPES = frozenset({"AllergyIntolerance", "Immunization", "Consent"})


class Health(Screen):
    """Two lists; each line opens its entry."""

    name: ClassVar[str] = "health"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(_("Ma santé"))
        self.help_text = _(
            "Cet écran montre vos allergies et vos vaccins. "
            "Appuyez sur une ligne pour la voir en entier ou la changer. "
            "Ce qu’un soignant a noté reste comme il l’a écrit."
        )
        self._context = context
        self._looked = False
        self._all_vaccinations = False
        self._clashes: list[Conflict] = []
        self.conflict = MainButton(_("Choisir laquelle garder"), icon_name="account-question-outline")
        self.conflict.clicked.connect(lambda: context.go("conflict", about="health"))
        self._progress = Progress(_("Un instant, nous cherchons…"))
        self._progress.start_after()
        self.lists = QWidget()
        self._column = QVBoxLayout(self.lists)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE[1])
        self.body.addWidget(self.conflict, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._progress)
        self.body.addWidget(self.lists)
        self.conflict.hide()
        self.rows: list[EntryRow] = []
        forget = context.changes.subscribe(context.tasks.relay(self._changed, self))
        self.destroyed.connect(forget)

    def entered(self) -> None:
        """Read the lists again; the first look is journaled."""
        self._read()

    def _changed(self, change: Change) -> None:
        if change.types & _TYPES:
            self._read()

    def _read(self) -> None:
        space, journaled = self._context.space, not self._looked

        def read() -> tuple[Profile, list[Conflict]]:
            return medical_profile.profile(space, journaled=journaled), medical_profile.clashes(space)

        self._looked = True
        self._context.tasks.run(read, self._show, self._failed, owner=self)

    def _failed(self, error: Exception) -> None:
        self._looked = False
        self._progress.stop()
        self._clear()
        self._column.addWidget(EmptyState(messages.sentence(error), icon_name="lock-outline"))

    def _show(self, found: tuple[Profile, list[Conflict]]) -> None:
        profile, self._clashes = found
        self._progress.stop()
        self._clear()
        words = _("Deux personnes ont changé la même ligne. Choisissez laquelle garder.")
        self.say(words if self._clashes else "", NoticeKind.WAIT)
        self.conflict.setVisible(bool(self._clashes))
        self._show_allergies(profile.allergies)
        self._show_vaccinations(profile.vaccinations)
        take_over_focus(self)

    def _show_allergies(self, found: tuple[AllergyBody, ...]) -> None:
        self._column.addWidget(SectionHeading(_("Mes allergies")))
        if not found:
            words = _("Aucune allergie n’est notée. Si vous en avez une, ajoutez-la.")
            self._column.addWidget(nothing_yet("alert-octagon-outline", words))
        for each in found:
            self._add(_allergy_row(each), "allergy", each.id)
        self.add_allergy = PlainButton(_("Ajouter une allergie"), icon_name="plus")
        self.add_allergy.clicked.connect(self._start_allergy)
        self._column.addWidget(self.add_allergy, 0, Qt.AlignmentFlag.AlignLeft)

    def _show_vaccinations(self, found: tuple[ImmunizationBody, ...]) -> None:
        self._column.addSpacing(theme.SPACE[2])
        self._column.addWidget(SectionHeading(_("Mes vaccins")))
        if not found:
            words = _("Aucun vaccin n’est noté. Votre carnet de vaccination peut aider.")
            self._column.addWidget(nothing_yet("needle", words))
        shown = found if self._all_vaccinations else found[:AT_FIRST]
        for each in shown:
            self._add(_vaccination_row(each), "vaccination", each.id)
        if len(shown) < len(found):
            self._offer_all(len(found) - len(shown))
        self.add_vaccination = PlainButton(_("Ajouter un vaccin"), icon_name="plus")
        self.add_vaccination.clicked.connect(self._start_vaccination)
        self._column.addWidget(self.add_vaccination, 0, Qt.AlignmentFlag.AlignLeft)

    def _offer_all(self, more: int) -> None:
        words = ngettext("Voir {count} autre vaccin", "Voir les {count} autres vaccins", more)
        self.show_all = PlainButton(words.format(count=more), icon_name="chevron-down")
        self.show_all.clicked.connect(self._show_all)
        self._column.addWidget(self.show_all, 0, Qt.AlignmentFlag.AlignLeft)

    def _show_all(self) -> None:
        self._all_vaccinations = True
        self._read()

    def _add(self, row: EntryRow, about: str, entry_id: str) -> None:
        row.clicked.connect(lambda: self._context.go("health_entry", about=about, entry_id=entry_id))
        self._column.addWidget(row)
        self.rows.append(row)

    def _clear(self) -> None:
        self.rows = []
        emptied(self._column)

    def _start_allergy(self) -> None:
        journey = allergy.adding(self._context.space)
        self._context.go("entry_question", journey=journey, key=journey.first().key)

    def _start_vaccination(self) -> None:
        journey = vaccination.adding(self._context.space)
        self._context.go("entry_question", journey=journey, key=journey.first().key)


def _allergy_row(body: AllergyBody) -> EntryRow:
    term = found_in(ALLERGENS.values(), body.code)
    icon = allergy.GROUP_ICONS[term.group] if term else "alert-octagon-outline"
    by = "" if body.is_by_patient else _("Noté par un soignant")
    second = joined(" · ", (severity_words(body), reaction_words(body), by))
    return EntryRow(allergy_name(body), second, icon_name=icon)


def _vaccination_row(body: ImmunizationBody) -> EntryRow:
    by = "" if body.is_by_patient else _("Noté par un soignant")
    return EntryRow(vaccine_name(body), joined(" · ", (partial_day(body.day), by)), icon_name="needle")
