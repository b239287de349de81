"""The words of a mandate slip; a name and a birth date only help to find it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui import messages
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import DateFields, Field, NoticeKind, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.tokens import Tokens
    from ui.session.context import SessionContext

__all__ = ["Slip"]


class Slip(Screen):
    """Asks for the words, then shows who it is."""

    name: ClassVar[str] = "slip"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Les mots du coupon"),
            _("Ils sont écrits sur le papier remis avec le mandat."),
            main=_("Ouvrir le mandat"),
        )
        self.help_text = _(
            "Cette page retrouve un mandat déjà donné. "
            "Tapez les mots du coupon, dans l’ordre, avec un tiret entre eux. "
            "Après plusieurs erreurs, il faut attendre quelques minutes."
        )
        self._context = context
        self.words = Field(_("Mots du coupon"), _("Par exemple : olive-chat-moulin"))
        self.family = Field(_("Nom (si vous voulez)"))
        self.born = DateFields(_("Date de naissance (si vous voulez)"), _("Par exemple : 3 5 1946"))
        self.progress = Progress(_("Nous cherchons le mandat…"))
        self.progress.hide()
        for widget in (self.words, self.progress, self.family, self.born):
            self.body.addWidget(widget)

    def pressed(self) -> None:
        """Check what was typed, then ask the service."""
        errors = self._errors()
        self.summary.show_errors(errors)
        if errors or self.progress.isVisible():
            return
        self.say("")
        self.progress.show()
        born = self.born.date()
        words, family = "-".join(self.words.value.lower().replace("-", " ").split()), self.family.value
        visit = self._context.visit
        self._context.tasks.run(
            lambda: visit.with_slip(words, family, born.isoformat() if born else ""),
            self._found,
            self._failed,
            lane=Lane.NETWORK,
            owner=self,
        )

    def _errors(self) -> list[tuple[str, Callable[[], None]]]:
        errors: list[tuple[str, Callable[[], None]]] = []
        missing = "" if self.words.value else _("Tapez les mots du coupon.")
        wrong = (
            ""
            if self.born.is_empty or self.born.date()
            else _("Cette date n’existe pas : corrigez-la ou videz-la.")
        )
        self.words.set_error(missing)
        self.born.set_error(wrong)
        if missing:
            errors.append((missing, self.words.take_focus))
        if wrong:
            errors.append((wrong, self.born.take_focus))
        return errors

    def _found(self, tokens: Tokens) -> None:
        self._context.replace("identity", claims=dict(tokens.claims))

    def _failed(self, error: Exception) -> None:
        self.progress.hide()
        self.say(messages.sentence(error, at_the_door=True), NoticeKind.BAD)
        self.words.take_focus()
