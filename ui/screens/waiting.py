"""« Ce qui attend »: all that is not yet at the service, and what the service asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt

from app import service_questions, waiting
from app.waiting import Stage
from sync.guard import Question
from sync.incoming import FEED
from ui import messages
from ui.screen import Screen
from ui.session.waiting_words import (
    ICONS,
    STAGE_ICONS,
    clock_words,
    line_words,
    sum_words,
    thing_words,
)
from ui.steps.rows import Entry, EntryList, take_over_focus
from ui.text import _, joined
from ui.widgets import EmptyState, IconLine, NoticeKind, PlainButton, Progress

if TYPE_CHECKING:
    from app.changes import Change
    from app.waiting import Discarded, Item
    from sync.engine import SyncStatus
    from ui.session.context import SessionContext

__all__ = ["Waiting", "feed_of", "question_title"]

_ASKED = "question"


class Waiting(Screen):
    """The lines keep themselves up to date. ``gone`` was let go of just now: here it can be undone."""

    name: ClassVar[str] = "waiting"

    def __init__(self, context: SessionContext, *, gone: Discarded | None = None) -> None:
        super().__init__(_("Ce qui attend"), main=_("Réessayer maintenant"))
        self.help_text = _(
            "Cette page montre ce qui n’est pas encore arrivé. "
            "Appuyez sur une ligne pour savoir pourquoi. "
            "Rien n’est perdu : tout est gardé."
        )
        self._context, self._gone = context, gone
        self._items: list[Item] = []
        self._questions: list[Question] = []
        self._moved = context.status.moved if context.status else 0
        self._busy = self._is_old = False
        self._progress = Progress(_("Un instant, nous cherchons…"))
        self._clock = IconLine("clock-alert-outline", "", color="wait")
        self._metered = IconLine("cash-multiple", "")
        self._problem = IconLine("cloud-off-outline", "", color="wait")
        self._gone_line = IconLine("close-circle-outline", _gone_words(gone))
        self.undo = PlainButton(_("Annuler ce changement"), icon_name="undo-variant")
        self.undo.clicked.connect(self._put_back)
        self.rows = EntryList()
        self.rows.opened.connect(self._open)
        self.rows.made.connect(lambda: take_over_focus(self))
        self._nothing = EmptyState(
            _("Rien n’attend."),
            _("Tout ce que vous avez fait est bien arrivé."),
            icon_name="check-circle-outline",
        )
        for each in (self._problem, self._clock, self._metered, self._progress):
            self.body.addWidget(each)
        self.body.addWidget(self._gone_line)
        self.body.addWidget(self.undo, 0, Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self.rows)
        self.body.addWidget(self._nothing)
        self._nothing.hide()
        self.undo.setVisible(gone is not None and gone.can_come_back)
        if self.main_button is not None:
            self.main_button.hide()
        self._progress.start_after()
        context.follow(self, self._changed, self._status_changed)

    def entered(self) -> None:
        """Read it again."""
        self._say_status()
        self._read()

    def pressed(self) -> None:
        """Look for the service now."""
        engine = self._context.engine
        if engine is not None:
            engine.wake()
            self.say(_("Nous réessayons."), NoticeKind.INFO)

    def _changed(self, _change: Change) -> None:
        self._read()

    def _status_changed(self, _status: SyncStatus) -> None:
        self._say_status()
        self._read()

    def _read(self) -> None:
        if self._busy:
            self._is_old = True
            return
        self._busy, self._is_old = True, False
        space, feed = self._context.space, feed_of(self._context)

        def read() -> tuple[list[Item], list[Question]]:
            asked = {
                Question.SERVICE_RESTORED: service_questions.is_lost(space, feed),
                Question.MANY_REMOVED: service_questions.is_removed(space),
            }
            status = self._context.status
            is_asked = status is not None and status.question is not None
            return waiting.waiting(space), [each for each in asked if asked[each] and is_asked]

        self._context.tasks.run(read, self._show, self._failed, owner=self)

    def _show(self, found: tuple[list[Item], list[Question]]) -> None:
        self._busy = False
        self._progress.stop()
        if self._is_old:
            self._read()
        self._items, self._questions = found
        status = self._context.status
        asked = [_question_entry(each) for each in self._questions]
        self.rows.set_entries([*asked, *(self._entry(each, status) for each in self._items)])
        self._nothing.setVisible(not self._items and not asked)
        if self.main_button is not None:
            self.main_button.setVisible(bool(self._items) and self._context.engine is not None)
        self._say_sum()
        take_over_focus(self)

    def _entry(self, item: Item, status: SyncStatus | None) -> Entry:
        is_online = status is not None and status.online
        fact = (item.stage, item.reason, item.next_at, item.thing, is_online)
        loud = item.stage in {Stage.REFUSED, Stage.CHOICE}
        icon = STAGE_ICONS[item.stage] if loud else ICONS[item.thing.kind]
        return Entry(str(item.seq), fact, icon, lambda: line_words(item, status))

    def _say_sum(self) -> None:
        status = self._context.status
        passed = status.moved - self._moved if status else 0
        self.intro.set_words(sum_words(self._items, self._context.today(), passed if self._items else 0))

    def _say_status(self) -> None:
        """Say what stands in the way, and what the line costs."""
        status, line = self._context.status, self._context.line
        reason = status.reason if status is not None else None
        self._problem.say(messages.reason(reason) if reason else "")
        self._clock.say(clock_words(status) if status is not None else "")
        words = _("Cette connexion est payante : les images attendent.")
        self._metered.say(words if line is not None and line.is_metered() else "")

    def _open(self, key: str) -> None:
        if key.startswith(_ASKED):
            self._context.go("waiting_question", question=Question(key.removeprefix(_ASKED)))
        else:
            self._context.go("waiting_item", seq=int(key))

    def _put_back(self) -> None:
        gone, self._gone = self._gone, None
        if gone is None:
            return
        self.undo.setEnabled(False)
        space = self._context.space
        self._context.tasks.run(
            lambda: waiting.put_back(space, gone),
            lambda _none: self._is_back(),
            lambda error: self._not_back(error, gone),
            owner=self,
        )

    def _is_back(self) -> None:
        self.undo.hide()
        self._gone_line.say("")
        self.say(_("C’est annulé. Il sera envoyé."), NoticeKind.OK)
        self._read()
        take_over_focus(self)

    def _not_back(self, error: Exception, gone: Discarded) -> None:
        self._gone = gone
        self.undo.setEnabled(True)
        self._failed(error)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self._progress.stop()
        self.say(messages.sentence(error), NoticeKind.BAD)


def _gone_words(gone: Discarded | None) -> str:
    """Name what was let go of: the button below is about it."""
    return _("N’est plus envoyé : {what}.").format(what=thing_words(gone.things[0])) if gone else ""


def feed_of(context: SessionContext) -> str:
    """Name what the person's server is read by: another maker's is read otherwise than our own."""
    return context.engine.feed if context.engine is not None else FEED


def question_title(question: Question) -> str:
    """Say what is asked."""
    if question is Question.MANY_REMOVED:
        return _("Le service a retiré beaucoup de choses")
    return _("Le service a perdu des choses")


def _question_entry(question: Question) -> Entry:
    return Entry(
        joined("", (_ASKED, question.value)),
        question,
        "help-circle-outline",
        lambda: (question_title(question), _("Une question pour vous. Rien ne change sans votre réponse.")),
    )
