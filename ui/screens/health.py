"""« Ma santé »: allergies and vaccinations, as the person and the professionals noted them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import medical_profile
from app.codes.allergens import ALLERGENS
from app.codes.terms import found_in
from ui import theme
from ui.steps import allergy, vaccination
from ui.steps.room import Room
from ui.steps.rows import Entry, EntryList, nothing_yet
from ui.steps.words import allergy_name, partial_day, reaction_words, severity_words, vaccine_name
from ui.text import _, dotted, ngettext
from ui.widgets import PlainButton, SectionHeading

if TYPE_CHECKING:
    from app.conflicts import Conflict
    from app.fhir.allergy_intolerance import AllergyBody
    from app.fhir.immunization import ImmunizationBody
    from app.medical_profile import Profile
    from ui.session.context import SessionContext

__all__ = ["Health"]

AT_FIRST = 8
"""So many vaccinations are shown at once; the others at a press."""
_LEFT = Qt.AlignmentFlag.AlignLeft


class Health(Room["tuple[Profile, list[Conflict]]"]):
    """Two lists; each line opens its entry."""

    name: ClassVar[str] = "health"
    types: ClassVar = frozenset({"AllergyIntolerance", "Immunization", "Consent"})

    def __init__(self, context: SessionContext) -> None:
        self._all_vaccinations = False
        super().__init__(context, _("Ma santé"), choose=_("Choisir laquelle garder"))
        self.help_text = _(
            "Cette page montre vos allergies et vos vaccins. "
            "Appuyez sur une ligne pour la voir en entier ou la changer. "
            "Ce qu’un soignant a noté reste comme il l’a écrit."
        )

    @property
    def entry_lists(self) -> tuple[EntryList, ...]:
        """Allergies, then vaccinations."""
        return self.allergies, self.vaccinations

    def make_lists(self) -> QWidget:
        """Return both lists, each with its way to add."""
        context, page = self._context, QWidget()
        self.allergies, self.vaccinations = EntryList(), EntryList()
        self.allergies.opened.connect(lambda key: context.go("health_entry", about="allergy", entry_id=key))
        self.vaccinations.opened.connect(
            lambda key: context.go("health_entry", about="vaccination", entry_id=key)
        )
        self._no_allergy = nothing_yet(
            "alert-octagon-outline", _("Aucune allergie n’est notée. Si vous en avez une, ajoutez-la.")
        )
        self._no_vaccination = nothing_yet(
            "needle", _("Aucun vaccin n’est noté. Votre carnet de vaccination peut aider.")
        )
        self.add_allergy = PlainButton(_("Ajouter une allergie"), icon_name="plus")
        self.add_allergy.clicked.connect(lambda: self.start(allergy.adding(context.space)))
        self.show_all = PlainButton("", icon_name="chevron-down")
        self.show_all.clicked.connect(self._show_all)
        self.add_vaccination = PlainButton(_("Ajouter un vaccin"), icon_name="plus")
        self.add_vaccination.clicked.connect(lambda: self.start(vaccination.adding(context.space)))
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE[1])
        for widget in (SectionHeading(_("Mes allergies")), self._no_allergy, self.allergies):
            column.addWidget(widget)
        column.addWidget(self.add_allergy, 0, _LEFT)
        column.addSpacing(theme.SPACE[2])
        for widget in (SectionHeading(_("Mes vaccins")), self._no_vaccination, self.vaccinations):
            column.addWidget(widget)
        for button in (self.show_all, self.add_vaccination):
            column.addWidget(button, 0, _LEFT)
        return page

    def ask_store(self, *, journaled: bool) -> tuple[Profile, list[Conflict]]:
        """Read the profile, and what two people changed at once."""
        space = self._context.space
        return medical_profile.profile(space, journaled=journaled), medical_profile.clashes(space)

    def show_found(self, found: tuple[Profile, list[Conflict]]) -> str:
        """Fill both lists."""
        profile, clashes = found
        self._no_allergy.setVisible(not profile.allergies)
        self._no_vaccination.setVisible(not profile.vaccinations)
        self.allergies.set_entries([_allergy_entry(each) for each in profile.allergies])
        shown = profile.vaccinations if self._all_vaccinations else profile.vaccinations[:AT_FIRST]
        self.vaccinations.set_entries([_vaccination_entry(each) for each in shown])
        self._offer_all(len(profile.vaccinations) - len(shown))
        return _("Deux personnes ont changé la même ligne. Choisissez laquelle garder.") if clashes else ""

    def _offer_all(self, more: int) -> None:
        words = ngettext("Voir {count} autre vaccin", "Voir les {count} autres vaccins", more)
        self.show_all.set_words(words.format(count=more))
        self.show_all.setVisible(more > 0)

    def _show_all(self) -> None:
        self._all_vaccinations = True
        self.read()


def _allergy_entry(body: AllergyBody) -> Entry:
    term = found_in(ALLERGENS.values(), body.code)
    icon = allergy.GROUP_ICONS[term.group] if term else "alert-octagon-outline"

    def words() -> tuple[str, str]:
        by = "" if body.is_by_patient else _("Noté par un soignant")
        return allergy_name(body), dotted((severity_words(body), reaction_words(body), by))

    return Entry(body.id, body, icon, words)


def _vaccination_entry(body: ImmunizationBody) -> Entry:
    def words() -> tuple[str, str]:
        by = "" if body.is_by_patient else _("Noté par un soignant")
        return vaccine_name(body), dotted((partial_day(body.day), by))

    return Entry(body.id, body, "needle", words)
