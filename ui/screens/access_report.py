"""Reporting an access: why, then it is kept and sent like every act of the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import accesses
from app.accesses import ReportReason
from app.codes.access_words import REASON_LABELS
from ui import messages
from ui.screen import Screen
from ui.session.access_words import when_words, who_words
from ui.text import _, dashed
from ui.widgets import Choice, ChoiceGroup, NoticeKind

if TYPE_CHECKING:
    from app.accesses import Look
    from ui.session.context import SessionContext

__all__ = ["AccessReport"]


class AccessReport(Screen):
    """One question; nothing is chosen beforehand."""

    name: ClassVar[str] = "access_report"

    def __init__(self, context: SessionContext, *, look: Look) -> None:
        super().__init__(
            _("Pourquoi signaler cet accès ?"),
            dashed((who_words(look), when_words(look))),
            main=_("Envoyer le signalement"),
        )
        self.help_text = _(
            "Cette page signale une visite qui vous étonne. "
            "Choisissez ce qui est le plus juste, puis envoyez. "
            "Rien n’est effacé, et personne n’est puni sans vérification."
        )
        self._context, self._look = context, look
        self._busy = False
        self.choices = ChoiceGroup(_reasons(), columns=2, name=_("Pourquoi signaler cet accès ?"))
        self.body.addWidget(self.choices)

    def pressed(self) -> None:
        """Keep it, once."""
        reason = self.choices.value()
        missing = _("Choisissez une raison. Vous pouvez choisir « Une autre raison ».")
        self.summary.show_errors([] if reason else [(missing, self.choices.focus_first)])
        if self._busy or reason is None:
            return
        self._busy = True
        space, look = self._context.space, self._look
        self._context.tasks.run(
            lambda: accesses.report(space, look, ReportReason(reason)), self._sent, self._failed, owner=self
        )

    def _sent(self, _communication_id: str) -> None:
        self._context.home()
        self._context.navigator.toast(
            _("Votre signalement est enregistré. Il partira dès que possible."), NoticeKind.OK
        )

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.say(messages.sentence(error), NoticeKind.BAD)


_ICONS = {
    ReportReason.NOT_KNOWN: "account-question-outline",
    ReportReason.NOT_THERE: "calendar-remove-outline",
    ReportReason.NOT_AGREED: "hand-back-right-outline",
    ReportReason.OTHER: "dots-horizontal",
}


def _reasons() -> list[Choice]:
    return [Choice(reason, _(words), icon_name=_ICONS[reason]) for reason, words in REASON_LABELS.items()]
