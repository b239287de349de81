"""The advisers' room of the desk: who unlocks, who goes, what was prepared.

Decision: the desk is told what followed (``unlocked``, ``sign_in_asked``, ``visit_asked``…) and stays the one
that starts sessions and wipes. A sign-in in the browser is never replaced by a phrase for long: what the
phrase opens is a sign-in of half a day at most, or what was prepared for today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.errors import TandemError
from ui import messages
from ui.desk.adviser_keys import AdviserKeys
from ui.desk.adviser_screens import (
    DeskAdvisers,
    DeskChoosePhrase,
    DeskForgetPhrase,
    DeskPhrase,
    DeskPrepared,
    DeskTakeBack,
)
from ui.text import _, ngettext
from ui.widgets import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.vault.prepared import VisitNote
    from sync.tokens import Tokens
    from ui.desk.adviser import Adviser
    from ui.desk.adviser_keys import Person
    from ui.desk.config import DeskConfig
    from ui.desk.post import Post
    from ui.desk.screens import DeskReady
    from ui.desk.session_process import SessionProcess
    from ui.screen import Screen
    from ui.tasks import Tasks

__all__ = ["AdvisersRoom"]

LOOK_MS = 30_000


class AdvisersRoom(QObject):
    """Drives the advisers' screens."""

    unlocked = Signal(str)
    ready_asked = Signal(str)
    locked = Signal()
    sign_in_asked = Signal()
    practise_asked = Signal()
    visit_asked = Signal(str)

    def __init__(
        self,
        config: DeskConfig,
        post: Post,
        adviser: Adviser,
        tasks: Tasks,
        show: Callable[[Screen], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._config = config
        self._post = post
        self._adviser = adviser
        self._tasks = tasks
        self._show = show
        self._keys: AdviserKeys | None = None
        self._forgotten = False
        self._finished = ""
        self._visit = self._whose = ""
        adviser.renewed = self._renewed
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    @property
    def keys(self) -> AdviserKeys:
        """What blocks; made at its first use."""
        if self._keys is None:
            self._keys = AdviserKeys(self._config.folder, self._post, self._post.vault.keyring())
        return self._keys

    def start(self) -> None:
        """Purge what is past its hour, blocking, and look again now and then."""
        self.keys.clean_up()

    def watch(self) -> None:
        """Look now and then from now on."""
        self._timer.start()

    def look(self) -> None:
        """Purge what is past its hour."""
        if self._keys is not None:
            self._tasks.run(self._keys.visits.purge_due, lambda _count: None, lambda _error: None)

    def close(self) -> None:
        """Forget the key."""
        self._timer.stop()
        if self._keys is not None:
            self._keys.close()

    # -- who --------------------------------------------------------------------------------------------

    @property
    def any_known(self) -> bool:
        """Whether anybody has a phrase on this PC."""
        return self.keys.any_known

    def ask_who(self, problem: str = "", kind: NoticeKind = NoticeKind.BAD) -> None:
        """Show « Qui êtes-vous ? »."""
        self._forgotten = False
        self._tasks.run(
            self.keys.known,
            lambda people: self._who(people, problem, kind),
            lambda error: self._who([], messages.sentence(error), NoticeKind.BAD),
        )

    def _who(self, people: list[Person], problem: str, kind: NoticeKind) -> None:
        names = {person.id: person.name for person in people}
        screen = DeskAdvisers(people)
        screen.chosen.connect(lambda adviser_id: self._ask_phrase(adviser_id, names[adviser_id]))
        screen.new_tile.clicked.connect(self.sign_in_asked)
        screen.practice_button.clicked.connect(self.practise_asked)
        self._show(screen)
        if problem:
            screen.say(problem, kind)

    def _ask_phrase(self, adviser_id: str, name: str) -> None:
        screen = DeskPhrase(name)
        screen.main_pressed.connect(lambda: self._unlock(screen, adviser_id, name))
        screen.back_asked.connect(self.ask_who)
        screen.forgotten_button.clicked.connect(self._forgot)
        self._show(screen)

    def _forgot(self) -> None:
        self._forgotten = True
        self.sign_in_asked.emit()

    def _unlock(self, screen: DeskPhrase, adviser_id: str, name: str) -> None:
        phrase = screen.take_phrase()
        if not phrase:
            return

        def unlock() -> None:
            told = self.keys.unlock(adviser_id, phrase)
            self._adviser.forget()
            if told is not None:
                self._adviser.resume(told)

        self._tasks.run(
            unlock,
            lambda _done: self.unlocked.emit(name),
            lambda error: screen.refused(messages.sentence(error, at_the_door=True)),
            owner=screen,
        )

    # -- signing in, going ------------------------------------------------------------------------------

    def signed_in(self, tokens: Tokens) -> bool:
        """Hear of a sign-in in the browser; True where a phrase is to be chosen first (it was forgotten)."""
        adviser_id = self.keys.id_of(dict(tokens.claims))
        if self.keys.unlocked == adviser_id:
            self._tasks.run(lambda: self.keys.keep(tokens, signed_in=True))
            return False
        self.keys.lock()
        if self._forgotten:
            self._forgotten = False
            self.choose()
            return True
        return False

    def choose(self) -> None:
        """Show « Choisissez votre phrase secrète »."""
        tokens = self._adviser.tokens
        if tokens is None:
            return
        screen = DeskChoosePhrase(again=self.keys.has_phrase(self.keys.id_of(dict(tokens.claims))))
        screen.back_asked.connect(lambda: self.ready_asked.emit(""))
        screen.main_pressed.connect(lambda: self._keep(screen, tokens))
        self._show(screen)

    def _keep(self, screen: DeskChoosePhrase, tokens: Tokens) -> None:
        phrase = screen.take_phrase()
        if phrase:
            self._tasks.run(
                lambda: self.keys.choose(tokens, phrase),
                lambda _done: self.ready_asked.emit(_("Votre phrase est gardée sur ce poste.")),
                lambda error: screen.refused(messages.sentence(error)),
                owner=screen,
            )

    def change(self, *, quietly: bool = False) -> None:
        """Another adviser takes over: the key and the tokens of this one leave the memory."""
        self._adviser.forget()
        self.keys.lock()
        if not quietly:
            self.locked.emit()

    def leave(self) -> None:
        """Forget the sign-in of who goes home."""
        if self._keys is not None:
            keys = self._keys
            self._tasks.run(keys.leave)

    def _renewed(self, tokens: Tokens) -> None:
        if self._keys is not None:
            self._keys.keep(tokens)

    # -- the ready screen -------------------------------------------------------------------------------

    def furnish(self, screen: DeskReady) -> None:
        """Add what concerns the adviser's phrase to « Poste prêt »."""
        if not self.keys.unlocked:
            button = screen.add_action(_("Choisir ma phrase secrète"), icon_name="key-outline")
            button.clicked.connect(self.choose)
        else:
            waiting = self.keys.waiting()
            words = ngettext("{count} visite préparée", "{count} visites préparées", waiting)
            prepared = screen.add_action(
                words.format(count=waiting) if waiting else _("Visites préparées"),
                icon_name="calendar-check-outline",
            )
            prepared.clicked.connect(self.show_prepared)
        if self.any_known:
            change = screen.add_action(_("Changer de conseiller"), icon_name="account-switch-outline")
            change.clicked.connect(lambda _checked: self.change())

    # -- prepared visits --------------------------------------------------------------------------------

    def show_prepared(self, problem: str = "") -> None:
        """Show the list."""

        def shown(notes: list[VisitNote]) -> None:
            screen = DeskPrepared(notes)
            screen.back_asked.connect(lambda: self.ready_asked.emit(""))
            screen.open_asked.connect(self.visit_asked)
            screen.take_back_asked.connect(self._ask_take_back)
            screen.forget_button.clicked.connect(self._ask_forget)
            self._show(screen)
            if problem:
                screen.say(problem, NoticeKind.BAD)

        self._tasks.run(self.keys.notes, shown, lambda error: self.ready_asked.emit(messages.sentence(error)))

    def _ask_take_back(self, visit_id: str, label: str) -> None:
        screen = DeskTakeBack(label)
        screen.back_asked.connect(self.show_prepared)
        screen.main_pressed.connect(lambda: self._take_back(visit_id))
        self._show(screen)

    def _ask_forget(self) -> None:
        screen = DeskForgetPhrase()
        screen.back_asked.connect(self.show_prepared)
        screen.main_pressed.connect(self._forget)
        self._show(screen)

    def _forget(self) -> None:
        mine = self.keys.unlocked
        self._tasks.run(
            lambda: self.keys.remove(mine),
            lambda _done: self.change(),
            lambda error: self.show_prepared(messages.sentence(error)),
        )

    def forget_everybody(self) -> None:
        """Take all phrases and all prepared visits off a PC that was taken out."""
        self._adviser.forget()
        self._tasks.run(self.keys.forget_everybody)

    def _take_back(self, visit_id: str) -> None:
        self._tasks.run(
            lambda: self.keys.take_back(visit_id),
            lambda _done: self.show_prepared(),
            lambda error: self.show_prepared(messages.sentence(error)),
        )

    # -- what a session asks ----------------------------------------------------------------------------

    def began(self, visit_id: str) -> None:
        """Note which prepared visit a session is for; "" for none."""
        self._visit, self._finished, self._whose = visit_id, "", self.keys.unlocked

    def heard(self, event: dict[str, Any], process: SessionProcess, folder: Path) -> bool:
        """Answer a session about prepared visits; False where it is about something else."""
        work: Callable[[], object]
        visit = self._visit
        match event.get("event"):
            case "prepare-visit":
                work = self.keys.begin
            case "visit-prepared":
                made = str(event.get("visit"))
                work = lambda: self.keys.finish(made, folder)  # noqa: E731 - one of five alike
            case "visit-share" if visit:
                work = lambda: self.keys.share(visit)  # noqa: E731
            case "visit-opened" if visit:
                work = lambda: self.keys.opened(visit)  # noqa: E731
            case "finished":
                self._finished = visit
                return True
            case _:
                return False
        # A process that has ended meanwhile hears nothing; Qt only warns, and the wipe tidies up.
        self._tasks.run(
            work,
            lambda answer: process.tell(visit=answer or {}),
            lambda error: process.tell(refused=_code(error), fields=getattr(error, "fields", {})),
            owner=process,
        )
        return True

    def after_visit(self) -> None:
        """Purge what is finished and what was never prepared to the end, blocking; with the wipe."""
        finished, self._finished, self._visit = self._finished, "", ""
        if finished:
            self.keys.visits.purge(self._whose, finished)
        self.keys.clean_up()


def _code(error: Exception) -> str:
    return error.code if isinstance(error, TandemError) else "desk-failed"
