"""« Un professionnel peut-il lire mon espace ? »: the person's yes or no, nothing ticked beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import access_consents
from app.access_consents import AccessAnswer
from ui import formats, messages
from ui.screen import Screen
from ui.text import _, named
from ui.widgets import Card, Choice, ChoiceGroup, Field, IconLine, NoticeKind, SectionHeading

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.access_consents import AccessConsent
    from app.personal_acts import Confirmation, ReadBack
    from ui.session.context import SessionContext

__all__ = ["ProfessionalAccess"]


class ProfessionalAccess(Screen):
    """Asks about whom and what; the words are read back before anything is kept."""

    name: ClassVar[str] = "professional_access"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Un professionnel peut-il lire mon espace ?"),
            _("Vous dites oui ou non, pour chaque professionnel. Vous pouvez changer d’avis."),
            main=_("Continuer"),
        )
        self.help_text = _(
            "Cette page dit qui peut lire votre espace, parmi les professionnels de santé. "
            "Écrivez son nom, puis choisissez votre réponse. "
            "Ce n’est pas un mandat : personne n’agit à votre place."
        )
        self._context = context
        self._answers = Card()
        self._answers.hide()
        self.who = Field(
            _("Nom du professionnel"), _("Par exemple : docteur Roux"), limit=access_consents.NAME_LIMIT
        )
        self.choices = ChoiceGroup(
            [
                Choice(AccessAnswer.MONTH, _("Oui, pendant un mois"), icon_name="check"),
                Choice(AccessAnswer.YEAR, _("Oui, pendant un an"), icon_name="check-all"),
                Choice(AccessAnswer.NO, _("Non"), icon_name="close"),
            ],
            name=_("Ma réponse"),
        )
        for widget in (self.who, self.choices, self._answers):
            self.body.addWidget(widget)
        self._given = SectionHeading(_("Mes réponses"))
        self._answers.column.addWidget(self._given)
        self._lines: list[IconLine] = []

    def entered(self) -> None:
        """Show the answers that count."""
        space = self._context.space
        self._context.tasks.run(lambda: access_consents.accesses(space), self._show, self._failed, owner=self)

    def _show(self, found: list[AccessConsent]) -> None:
        for line in self._lines:
            line.deleteLater()
        self._lines = [_line(each) for each in found]
        for line in self._lines:
            self._answers.column.addWidget(line)
        self._answers.setVisible(bool(found))

    def pressed(self) -> None:
        """Read back what was chosen."""
        value, name = self.choices.value(), self.who.value
        missing = "" if name else _("Écrivez le nom du professionnel.")
        self.who.set_error(missing)
        errors: list[tuple[str, Callable[[], None]]] = []
        if missing:
            errors.append((missing, self.who.take_focus))
        if not value:
            errors.append((_("Choisissez oui ou non."), self.choices.focus_first))
        self.summary.show_errors(errors)
        if errors or value is None:
            return
        answer, space = AccessAnswer(value), self._context.space
        self._context.tasks.run(
            lambda: access_consents.asked(space, name, answer),
            lambda asked: self._read_back(asked, name, answer),
            self._failed,
            owner=self,
        )

    def _read_back(self, asked: ReadBack, name: str, answer: AccessAnswer) -> None:
        space = self._context.space

        def keep(given: Confirmation) -> object:
            return access_consents.keep(space, name, answer, given)

        self._context.go("read_back", asked=asked, keep=keep, done=_("Votre réponse est enregistrée."))

    def _failed(self, error: Exception) -> None:
        self.say(messages.sentence(error), NoticeKind.BAD)


def _line(consent: AccessConsent) -> IconLine:
    if consent.until is None:
        return IconLine("close", named(consent.professional, _("non")))
    until = _("oui, jusqu’au {day}").format(day=formats.day(consent.until))
    return IconLine("check", named(consent.professional, until))
