"""One question of a journey; the same screen asks them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ui import messages
from ui.screen import Screen
from ui.steps import step_on
from ui.text import _
from ui.widgets import NoticeKind, Progress

if TYPE_CHECKING:
    from ui.session.context import SessionContext
    from ui.steps import Journey
    from ui.steps.questions import Answers

__all__ = ["EntryQuestion"]


class EntryQuestion(Screen):
    """What was answered before stays chosen; nothing typed is wiped by an error."""

    name: ClassVar[str] = "entry_question"

    def __init__(
        self, context: SessionContext, *, journey: Journey, key: str, changing: bool = False
    ) -> None:
        question = journey.question(key)
        # One class asks all the questions: which of them this is, an object knows and not the class.
        self.step = None if changing else journey.place_of(question)  # type: ignore[misc]
        super().__init__(question.title, question.intro, main=_("Continuer"))
        self.help_text = question.help_text or _(
            "Cette page pose une seule question. "
            "Répondez, puis appuyez sur « Continuer ». "
            "Vous pourrez tout relire à la fin."
        )
        self._context, self._journey, self._question = context, journey, question
        self._changing = changing
        self._busy = False
        self._progress = Progress(_("Un instant…"))
        self._progress.hide()
        self.box = question.box(journey.answers)
        self.box.answered.connect(self.order_tabs)
        self.body.addWidget(self._progress)
        self.body.addWidget(self.box)
        if journey.remark and key == journey.first().key and not changing:
            self.say(journey.remark, NoticeKind.INFO)

    def pressed(self) -> None:
        """Keep the answer, or say what is wrong with it."""
        if self._busy:
            return
        words = self.box.wrong()
        if words:
            self._refuse(words)
            return
        self._keep()
        self._busy = True
        journey, key, answers = self._journey, self._question.key, dict(self._journey.answers)

        def checked() -> Answers:
            journey.check(key, answers)
            return answers

        self._context.tasks.run(checked, self._on, self._failed, owner=self)

    def _keep(self) -> None:
        answers = self._journey.answers
        before = dict(answers)
        self.box.keep(answers)
        if before.get(self._question.key) != answers.get(self._question.key):
            for cleared in self._question.clears:
                answers.pop(cleared, None)

    def _on(self, answers: Answers) -> None:
        """Go on; the check may have written an answer better (a telephone number)."""
        self._busy = False
        self._journey.answers.update(answers)
        self._refuse("")
        step_on(self._context, self._journey, self._question, changing=self._changing)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self._refuse(messages.sentence(error))

    def _refuse(self, words: str) -> None:
        self.box.show_error(words)
        self.summary.show_errors([(words, self.box.take_focus)] if words else [])
