"""« Inviter un proche »: their name, what they may see and do, until when. Nothing is ticked beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import carers
from app.mandates import Action, Duration, Scope
from ui import messages
from ui.screen import Screen
from ui.screens.mandate_scopes import SERVED
from ui.text import _
from ui.widgets import Choice, ChoiceGroup, Field, NoticeKind, SectionHeading

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.session.context import SessionContext

__all__ = ["CarerInvite"]


class CarerInvite(Screen):
    """One page, four questions."""

    name: ClassVar[str] = "carer_invite"
    step: ClassVar[tuple[int, int] | None] = (1, 3)

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Inviter un proche"), _("Vous choisissez tout. Rien n’est coché d’avance."), main=_("Continuer")
        )
        self.help_text = _(
            "Cette page prépare l’accord avec votre proche. "
            "Ce que vous ne cochez pas reste fermé. "
            "Vous pouvez arrêter à tout moment."
        )
        self._context = context
        self.person = Field(_("Nom de votre proche"), _("Par exemple : Paul Martin"), limit=carers.NAME_LIMIT)
        self.scopes = ChoiceGroup(
            [
                Choice(Scope.DOCUMENTS, _("Mes documents"), icon_name="file-document-multiple-outline"),
                Choice(Scope.PROFILE, _("Ma santé"), icon_name="heart-pulse"),
                Choice(Scope.WISHES, _("Mes proches"), icon_name="account-heart-outline"),
            ],
            several=True,
        )
        self.allowed = ChoiceGroup(
            [
                Choice(Action.VIEW, _("Regarder"), icon_name="eye-outline"),
                Choice(Action.ADD, _("Ajouter"), icon_name="plus"),
                Choice(Action.EDIT, _("Modifier"), icon_name="pencil-outline"),
                Choice(Action.PRINT, _("Imprimer"), icon_name="printer-outline"),
            ],
            several=True,
        )
        self.duration = ChoiceGroup(
            [
                Choice(Duration.MONTH, _("1 mois")),
                Choice(Duration.HALF_YEAR, _("6 mois")),
                Choice(Duration.YEAR, _("1 an")),
            ],
        )
        self.body.addWidget(self.person)
        for title, group in (
            (_("Votre proche peut voir quoi ?"), self.scopes),
            (_("Votre proche peut faire quoi ?"), self.allowed),
            (_("Jusqu’à quand ?"), self.duration),
        ):
            self.body.addWidget(SectionHeading(title))
            self.body.addWidget(group)

    def pressed(self) -> None:
        """Show the text of what was chosen."""
        errors = self._errors()
        self.summary.show_errors(errors)
        if errors:
            return
        try:
            proposal = carers.propose(
                self._context.space,
                self.person.value,
                [Scope(each) for each in self.scopes.values()],
                [Action(each) for each in self.allowed.values()],
                Duration(self.duration.values()[0]),
            )
        except Exception as error:  # noqa: BLE001 - said as every error is
            self.say(messages.sentence(error), NoticeKind.BAD)
            return
        self._context.go("carer_text", proposal=proposal)

    def _errors(self) -> list[tuple[str, Callable[[], None]]]:
        errors: list[tuple[str, Callable[[], None]]] = []
        missing = "" if self.person.value else _("Écrivez le nom de votre proche.")
        self.person.set_error(missing)
        if missing:
            errors.append((missing, self.person.take_focus))
        for group, words in (
            (self.scopes, _("Cochez au moins une chose à voir.")),
            (self.allowed, _("Cochez au moins une chose à faire.")),
            (self.duration, _("Choisissez jusqu’à quand.")),
        ):
            if not group.values():
                errors.append((words, group.focus_first))
        return errors


assert set(SERVED) == {Scope.DOCUMENTS, Scope.PROFILE, Scope.WISHES}  # noqa: S101 - what is offered is served
