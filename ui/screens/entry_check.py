"""« Vérifiez »: every answer of a journey on its line, then it is noted, once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from app.acts import NotSealed
from app.errors import TandemError, WorldFailed
from ui import messages
from ui.screen import Screen
from ui.steps import change
from ui.text import _
from ui.widgets import Answer, CheckAnswers, Notice, NoticeKind, Progress

if TYPE_CHECKING:
    from app.edits import Edit
    from ui.session.context import SessionContext
    from ui.steps import Journey

__all__ = ["EntryCheck"]


class EntryCheck(Screen):
    """Nothing is noted before this screen's button, and once however often it is pressed."""

    name: ClassVar[str] = "entry_check"

    def __init__(self, context: SessionContext, *, journey: Journey) -> None:
        # The same screen checks a new entry, which has come all the way, and one that is corrected.
        self.step = journey.place_of(None)  # type: ignore[misc]
        super().__init__(_("Vérifiez"), main=journey.main)
        self.help_text = _(
            "Cette page permet de tout relire avant de garder. "
            "Relisez chaque ligne, à voix haute si vous voulez. "
            "Un bouton à droite permet de la changer."
        )
        self._context, self._journey = context, journey
        self._busy = False
        self.answers = CheckAnswers()
        self.answers.change_asked.connect(lambda key: change(context, journey, key))
        self._progress = Progress(_("Un instant, nous notons cela…"))
        self._progress.hide()
        self.body.addWidget(self._progress)
        if journey.note:
            self.body.addWidget(Notice(journey.note, NoticeKind.INFO))
        self.body.addWidget(self.answers)

    def entered(self) -> None:
        """Show the answers as they are now."""
        answers = self._journey.answers
        self.answers.set_answers(
            [
                Answer(each.key, each.name, each.said(answers) or _("Non précisé"), each.change)
                for each in self._journey.asked()
            ]
        )
        self.order_tabs()

    def pressed(self) -> None:
        """Note it, once; an answer that is needed and missing is asked for first."""
        journey = self._journey
        if self._busy or journey.edit is not None:
            return
        missing = [each for each in journey.asked() if each.missing and not each.said(journey.answers)]
        if missing:
            self.summary.show_errors(
                [(each.missing, partial(change, self._context, journey, each.key)) for each in missing]
            )
            return
        self._set_busy(busy=True)
        answers = dict(journey.answers)
        self._context.tasks.run(lambda: journey.save(answers), self._saved, self._failed, owner=self)

    def _set_busy(self, *, busy: bool) -> None:
        self._busy = busy
        if busy:
            self._progress.start_after()
        else:
            self._progress.stop()
        self.answers.setEnabled(not busy)
        self.back_button.setEnabled(not busy)
        if self.main_button is not None:
            self.main_button.setEnabled(not busy)

    def _saved(self, edit: Edit) -> None:
        self._journey.edit = edit
        self._context.go("entry_done", journey=self._journey)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, NotSealed):
            # It is noted and will be sent; only the copy for the case of a crash could not be finished.
            self._context.go("entry_done", journey=self._journey, warning=messages.sentence(error))
            return
        self._set_busy(busy=False)
        if isinstance(error, WorldFailed):
            self.offer_finish()
        self.summary.show_errors([(messages.sentence(error), lambda: self._to_place(error))])

    def _to_place(self, error: Exception) -> None:
        place = self._journey.places.get(error.code) if isinstance(error, TandemError) else None
        if place is not None:
            change(self._context, self._journey, place)
        elif self.main_button is not None:
            self.main_button.setFocus()
