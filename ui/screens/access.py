"""One visit to the person's space: who, when, how, what; and the way to report it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import accesses
from app.accesses import Deed, Looker
from ui.screen import Screen
from ui.session.access_words import deeds, mode_words, reported_words, when_words, who_words
from ui.text import _, joined
from ui.widgets import Answer, CheckAnswers, Notice, NoticeKind

if TYPE_CHECKING:
    from app.accesses import Look, Reported
    from ui.session.context import SessionContext
    from ui.widgets import PlainButton

__all__ = ["Access"]

_SHOWN = (Deed.OPENED, Deed.FILED, Deed.PRINTED, Deed.COPIED)


class Access(Screen):
    """The documents are named by the person's own titles."""

    name: ClassVar[str] = "access"

    def __init__(self, context: SessionContext, *, look: Look) -> None:
        super().__init__(who_words(look))
        self.help_text = _(
            "Cette page montre ce qu’une personne a fait dans votre espace. "
            "Si vous ne la connaissez pas, appuyez sur « Signaler cet accès ». "
            "Une personne responsable regardera."
        )
        self._context, self._look = context, look
        self._uncovered: Notice | None = None
        if not look.is_covered:
            words = _("Aucun mandat valable ne permettait cela. Vous pouvez le signaler.")
            self._uncovered = Notice(words, NoticeKind.BAD)
            self.body.addWidget(self._uncovered)
        self.answers = CheckAnswers()
        self.body.addWidget(self.answers)
        self.report: PlainButton | None = None
        if look.last.looker is not Looker.ME:
            self.report = self.add_action(_("Signaler cet accès"), icon_name="flag-outline")
            self.report.clicked.connect(lambda: context.go("access_report", look=look))
        self._fill(([], None))

    def entered(self) -> None:
        """Look up how the documents are called, and what became of a report."""
        space, look = self._context.space, self._look
        records = space.records
        wanted = dict.fromkeys(each for deed in _SHOWN for each in look.documents(deed))

        def known() -> tuple[list[str], Reported | None]:
            rows = (records.document(each) for each in wanted)
            return [row.title for row in rows if row is not None], accesses.reported(space, look)

        self._context.tasks.run(known, self._fill, owner=self)

    def _fill(self, known: tuple[list[str], Reported | None]) -> None:
        titles, reported = known
        look = self._look
        if self.report is not None:
            self.report.setVisible(reported is None)
        if self._uncovered is not None and reported is not None:
            self._uncovered.say(_("Aucun mandat valable ne permettait cela."))
        lines = (
            (_("Quand"), when_words(look)),
            (_("Comment"), mode_words(look)),
            (_("Ce qui a été fait"), joined("\n", deeds(look))),
            (_("Documents"), joined("\n", titles)),
            (_("Signalement"), reported_words(reported) if reported else ""),
        )
        self.answers.set_answers([Answer("", question, answer) for question, answer in lines if answer])
