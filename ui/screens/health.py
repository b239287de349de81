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
from ui.steps.rows import Entry, EntryList, nothing_yet, take_over_focus
from ui.steps.words import allergy_name, partial_day, reaction_words, severity_words, vaccine_name
from ui.text import _, dotted, ngettext
from ui.widgets import EmptyState, MainButton, NoticeKind, PlainButton, Progress, SectionHeading

if TYPE_CHECKING:
    from app.changes import Change
    from app.conflicts import Conflict
    from app.fhir.allergy_intolerance import AllergyBody
    from app.fhir.immunization import ImmunizationBody
    from app.medical_profile import Profile
    from ui.session.context import SessionContext
    from ui.steps import Journey
    from ui.steps.rows import EntryRow

__all__ = ["Health"]

AT_FIRST = 8
"""So many vaccinations are shown at once; the others at a press."""
_TYPES = frozenset({"AllergyIntolerance", "Immunization", "Consent"})
_LEFT = Qt.AlignmentFlag.AlignLeft


class Health(Screen):
    """Two lists; each line opens its entry."""

    name: ClassVar[str] = "health"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(_("Ma santé"))
        self.help_text = _(
            "Cette page montre vos allergies et vos vaccins. "
            "Appuyez sur une ligne pour la voir en entier ou la changer. "
            "Ce qu’un soignant a noté reste comme il l’a écrit."
        )
        self._context = context
        self._looked = False
        self._all_vaccinations = False
        self.conflict = MainButton(_("Choisir laquelle garder"), icon_name="account-question-outline")
        self.conflict.clicked.connect(lambda: context.go("conflict", about="health"))
        self._progress = Progress(_("Un instant, nous cherchons…"))
        self._closed: EmptyState | None = None
        self.lists = self._lists()
        self.body.addWidget(self.conflict, 0, _LEFT)
        self.body.addWidget(self._progress)
        self.body.addWidget(self.lists)
        for widget in (self.conflict, self.lists):
            widget.hide()
        self._progress.start_after()
        forget = context.changes.subscribe(context.tasks.relay(self._changed, self))
        self.destroyed.connect(forget)

    @property
    def rows(self) -> list[EntryRow]:
        """The lines of both lists."""
        return [*self.allergies.rows, *self.vaccinations.rows]

    def entered(self) -> None:
        """Read the lists again; the first look is journaled."""
        self._read()

    def _lists(self) -> QWidget:
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
        self.add_allergy.clicked.connect(lambda: self._start(allergy.adding(context.space)))
        self.show_all = PlainButton("", icon_name="chevron-down")
        self.show_all.clicked.connect(self._show_all)
        self.add_vaccination = PlainButton(_("Ajouter un vaccin"), icon_name="plus")
        self.add_vaccination.clicked.connect(lambda: self._start(vaccination.adding(context.space)))
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
        for each in (self.allergies, self.vaccinations):
            each.made.connect(self._made)
        return page

    def _changed(self, change: Change) -> None:
        if change.types & _TYPES:
            self._read()

    def _read(self) -> None:
        space, journaled = self._context.space, not self._looked

        def read() -> tuple[Profile, list[Conflict]]:
            # The first date that is said loads Babel's tables: 80 ms that the screen thread has not.
            partial_day(space.clock().date().isoformat())
            return medical_profile.profile(space, journaled=journaled), medical_profile.clashes(space)

        self._looked = True
        self._context.tasks.run(read, self._show, self._failed, owner=self)

    def _failed(self, error: Exception) -> None:
        """Show why it stays closed (no mandate for it), and nothing of the lists."""
        self._looked = False
        self._progress.stop()
        self.lists.hide()
        if self._closed is None:
            self._closed = EmptyState(messages.sentence(error), icon_name="lock-outline")
            self.body.addWidget(self._closed)

    def _show(self, found: tuple[Profile, list[Conflict]]) -> None:
        profile, clashes = found
        self._progress.stop()
        if self._closed is not None:
            self._closed.hide()
            self._closed.deleteLater()
            self._closed = None
        words = _("Deux personnes ont changé la même ligne. Choisissez laquelle garder.") if clashes else ""
        if words != self.notice.words:
            self.say(words, NoticeKind.WAIT)
        self.conflict.setVisible(bool(clashes))
        self._no_allergy.setVisible(not profile.allergies)
        self._no_vaccination.setVisible(not profile.vaccinations)
        self.allergies.set_entries([_allergy_entry(each) for each in profile.allergies])
        shown = profile.vaccinations if self._all_vaccinations else profile.vaccinations[:AT_FIRST]
        self.vaccinations.set_entries([_vaccination_entry(each) for each in shown])
        self._offer_all(len(profile.vaccinations) - len(shown))
        self.lists.show()
        take_over_focus(self)

    def _offer_all(self, more: int) -> None:
        words = ngettext("Voir {count} autre vaccin", "Voir les {count} autres vaccins", more)
        self.show_all.set_words(words.format(count=more))
        self.show_all.setVisible(more > 0)

    def _show_all(self) -> None:
        self._all_vaccinations = True
        self._read()

    def _made(self) -> None:
        take_over_focus(self)

    def _start(self, journey: Journey) -> None:
        self._context.go("entry_question", journey=journey, key=journey.first().key)


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
