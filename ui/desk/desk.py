"""The desk: who helps, one visit after another, the wipe between them.

Decision: what may follow what is the pure state machine of ``app.sessions``; this class only drives
it. Whatever ends a session's process, the wipe runs and is verified before the next person. The desk
never holds a medical word: it sees events, counts and folders.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.errors import TandemError
from app.sessions import Event, Session, State, after
from app.wipe import SessionFolders, leftovers
from ui import messages
from ui.desk import activity, standing
from ui.desk.adviser import Adviser
from ui.desk.advisers_room import AdvisersRoom
from ui.desk.beginning import practice_helper, start_line
from ui.desk.ledger import Ledger
from ui.desk.looks import Looks
from ui.desk.outside import Outside, Reason, wait_until
from ui.desk.post import Post
from ui.desk.post_rounds import PostRounds
from ui.desk.resting import Resting
from ui.desk.screens import DeskErased, DeskReady, DeskSignIn, DeskVisit, DeskWait, DeskWelcome
from ui.desk.session_process import SessionProcess
from ui.desk.wipe_room import Ending, WipeRoom
from ui.screens.display import Display
from ui.screens.help import Help
from ui.shell import Shell
from ui.speech.door import VoiceDoor
from ui.tasks import Lane, Tasks
from ui.text import _
from ui.widgets import NoticeKind

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from sync.tokens import Tokens
    from ui.desk.config import DeskConfig
    from ui.screen import Screen
    from ui.session.start import Start

__all__ = ["Desk"]


FIRST_LOOK_MS = 150


class Desk(QObject):
    """Drives the desk's window for the life of the program."""

    def __init__(self, config: DeskConfig, robot: str | None = None) -> None:
        super().__init__()
        self._config = config
        self._robot = robot
        self._session = Session()
        self._tasks = Tasks(self)
        self._adviser = Adviser(config)
        self._post = Post(config)
        self._ledger = Ledger(lambda: self._post.vault, config.place_name)
        self._vault_words = ""
        self._process: SessionProcess | None = None
        self._stopped = False
        self._goes_on = False
        self._name = ""
        name = _("Tandem – démonstration") if config.demo else "Tandem"
        self.shell = Shell(name, icon_name="handshake", closed_in=config.kiosk)
        self._looks = Looks(self.shell)
        self.shell.close_asked.connect(self._close_asked)
        self._voice = VoiceDoor(self.shell)
        self.shell.topbar.display_asked.connect(self._display)
        self.shell.use_keyboard(on=config.screen_keyboard)
        self._pc = standing.PcStanding(self._post, self._tasks, self._show, self)
        self._pc.ready.connect(self._welcome)
        self._pc.revoked.connect(self._revoked)
        self._is_taken_up = False
        self._room = AdvisersRoom(config, self._post, self._adviser, self._tasks, self._show, self)
        self._room.unlocked.connect(self._unlocked)
        self._room.ready_asked.connect(self._ready)
        self._room.locked.connect(self._locked)
        self._room.sign_in_asked.connect(self._sign_in)
        self._room.practise_asked.connect(self._practise)
        self._room.visit_asked.connect(self._begin_prepared)
        self._resting = Resting(self.shell.input, self._resting_seconds, self._is_in_use, self)
        self._resting.came.connect(self._rest)
        self._outside = Outside(self)
        self._outside.ending.connect(self._end_from_outside)
        self._wipe = WipeRoom(config, self._post, self._ledger, self._room, self._tasks, self._show, self)
        self._wipe.judged.connect(self._wiped)
        self._wipe.left.connect(self._after_wipe)
        self._rounds = PostRounds(self._post, self._tasks, lambda: self._process is not None, self)
        self._rounds.went.connect(self._delivered)
        self._rounds.failed.connect(self._pc.heard)

    def start(self) -> None:
        """Show the window, then clean up what a crash may have left."""
        self._config.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = leftovers(self._config.folder, self._config.outbox)
        if found:
            self._session = after(self._session, Event.LEFTOVERS_FOUND)
            self._wipe.after_crash(found)
        else:
            self._welcome()
        self.shell.present(full_screen=self._config.full_screen)
        self._rounds.start()
        self._pc.start()
        # Not before the first screen was painted: what follows imports much, and would hold it up.
        QTimer.singleShot(FIRST_LOOK_MS, self, self._begin)

    def _begin(self) -> None:
        # In the lane of the sign-in, which waits for it: the adviser's browser may have been left too.
        self._tasks.run(self._adviser.forget_browsers, lane=Lane.NETWORK)
        self._tasks.run(self._take_up, self._taken_up, self._not_taken_up)
        self._outside.listen(self.shell)

    def close(self) -> None:
        """End everything in order; the session's process first."""
        self._rounds.stop()
        self._pc.stop()
        self._resting.stop()
        self._voice.close()
        if self._process is not None:
            self._process.end()
        self._adviser.close()
        self._post.stop()
        self._tasks.close()
        self._room.close()
        self._ledger.write()
        self._post.close()
        self._wipe.at_close()
        self._outside.close()

    # -- the adviser -----------------------------------------------------------------------------

    def _welcome(self, problem: str = "", kind: NoticeKind = NoticeKind.BAD) -> None:
        if self._pc.is_over:
            self._room.forget_everybody()
            self._pc.say_revoked(self._practise)
            return
        if self._is_taken_up and self._post.needs_code:
            self._pc.ask(self._practise, problem)
            return
        if self._is_taken_up and self._room.any_known:
            self._room.ask_who(problem or self._vault_words, kind)
            return
        screen = DeskWelcome(self._config.place_name or self._post.standing.organization)
        screen.main_pressed.connect(self._sign_in)
        screen.practice_button.clicked.connect(self._practise)
        self._show(screen)
        if problem or self._vault_words:
            screen.say(problem or self._vault_words, kind)
        else:
            from ui.this_pc import lacking_words

            screen.say(lacking_words(), NoticeKind.WAIT)

    def _sign_in(self) -> None:
        self._adviser.cancelled.clear()
        self.shell.let_browser()
        screen = DeskSignIn()
        screen.cancel_button.clicked.connect(self._adviser.cancelled.set)
        self._show(screen)
        keyboard = self.shell.has_keyboard
        self._tasks.run(
            lambda: standing.sign_in(self._post, self._adviser, self._config, screen_keyboard=keyboard),
            self._signed_in,
            self._not_signed_in,
            lane=Lane.NETWORK,
        )

    def _signed_in(self, tokens: Tokens) -> None:
        if self._session.can(Event.ADVISER_SIGNED_IN):
            self._session = after(self._session, Event.ADVISER_SIGNED_IN)
        warning = self._post.vault.warning
        self._vault_words = messages.sentence(warning) if warning else ""
        self._name = str(tokens.claims.get("name") or _("Un conseiller"))
        self.shell.come_forward()
        if not self._room.signed_in(tokens):
            self._ready()

    def _unlocked(self, name: str) -> None:
        """Take up the work of an adviser who unlocked: signed in already, or without a network."""
        self._session = after(self._session, Event.ADVISER_SIGNED_IN)
        self._name = name
        self._ready()

    def _locked(self) -> None:
        """Let another adviser unlock; nobody's visit is open here."""
        self._session = Session(State.IDLE)
        self._welcome()

    def _resting_seconds(self) -> float:
        idle: tuple[int, int, int] = standing.policy_fields(self._post, self._config)["idle"]
        return float(idle[-1])

    def _is_in_use(self) -> bool:
        """Whether a visit or its wipe is going on, or nobody is there who could be locked out."""
        return self._process is not None or self._wipe.is_owed or not self._session.adviser_present

    def _rest(self) -> None:
        """Lock a desk that nobody touches; the checklist of the last visit stays to be read."""
        if self._session.can(Event.ADVISER_LEFT) and isinstance(self.shell.shown, DeskErased):
            self._session = after(self._session, Event.ADVISER_LEFT)
            self._room.change(quietly=True)
        else:
            self._room.change()

    def _not_signed_in(self, error: Exception) -> None:
        self.shell.come_forward()
        if self._pc.heard(error):
            return
        if self._session.adviser_present:
            self._ready(messages.sentence(error, at_the_door=True))
        else:
            self._welcome(messages.sentence(error, at_the_door=True), _alarm(error))

    def _ready(self, said: str = "") -> None:
        screen = DeskReady(self._name)
        screen.main_pressed.connect(self._welcome_person)
        screen.leave_button.clicked.connect(self._leave)
        screen.practice_button.clicked.connect(self._practise)
        screen.activity_button.clicked.connect(
            lambda: activity.show(self._tasks, self._post, screen, self._over)
        )
        self._room.furnish(screen)
        self._show(screen)
        screen.tell(cleaned=self._wipe.was_clean, waiting=self._post.waiting())
        screen.say(said or self._vault_words, NoticeKind.INFO if said else NoticeKind.BAD)
        self._rounds.go()

    def _leave(self) -> None:
        # No visit is open here: what is left to do is to forget who was signed in.
        self._session = Session(State.IDLE)
        self._room.leave()
        self._tasks.run(self._adviser.sign_out, lane=Lane.NETWORK)
        self._welcome()

    # -- a visit ---------------------------------------------------------------------------------

    def _practise(self) -> None:
        """Start a visit to a made-up person: no sign-in, no service, the same wipe at the end."""
        if self._process is not None:
            return
        self._session = after(self._session, Event.PRACTICE_STARTED)
        folders = SessionFolders.create(self._config.folder)
        helper = practice_helper(self._config, self._name)
        self._start_session((self._start_line(folders.folder, helper, practice=True), folders))

    def _welcome_person(self) -> None:
        if self._process is not None:
            return
        self._show(DeskWait(_("Un instant"), _("Nous préparons la visite…")))
        self._tasks.run(self._prepare, self._start_session, self._not_prepared, lane=Lane.NETWORK)

    def _prepare(self) -> tuple[Start, SessionFolders]:
        adviser = self._adviser.for_session()
        folders = SessionFolders.create(self._config.folder)
        return self._start_line(folders.folder, adviser), folders

    def _begin_prepared(self, visit_id: str) -> None:
        """Start a prepared visit: without the service, under the adviser's half and the person's code."""
        if self._process is not None or self._wipe.is_owed:
            self._room.show_prepared(_("Une visite est en cours. Terminez-la d’abord."))
            return
        self._show(DeskWait(_("Un instant"), _("Nous préparons la visite…")))

        def lend() -> tuple[Start, SessionFolders]:
            lent = self._room.keys.lend(visit_id)
            start = self._start_line(lent.folders.folder, {"claims": lent.claims})
            return replace(start, prepared=visit_id, was_opened=lent.was_opened), lent.folders

        self._tasks.run(
            lend,
            lambda prepared: self._start_session(prepared, visit_id),
            lambda error: self._room.show_prepared(messages.sentence(error)),
        )

    def _not_prepared(self, error: Exception) -> None:
        if self._room.keys.unlocked and getattr(error, "code", "") == "signed-out":
            # What the phrase opens is a sign-in of half a day: it is over, the browser comes again.
            self._sign_in()
            return
        self._ready()
        shown = self.shell.shown
        if shown is not None:
            shown.say(messages.sentence(error, at_the_door=True), NoticeKind.BAD)

    def _start_line(self, folder: Path, adviser: dict[str, Any], *, practice: bool = False) -> Start:
        keyboard = self.shell.has_keyboard
        post = None if practice else self._post
        start = start_line(self._config, post, folder, adviser, robot=self._robot, screen_keyboard=keyboard)
        return replace(start, may_prepare=not practice and bool(self._room.keys.unlocked))

    def _start_session(self, prepared: tuple[Start, SessionFolders], visit_id: str = "") -> None:
        start, folders = prepared
        self._room.began(visit_id)
        self._looks.remember()
        process = SessionProcess(folders, self)
        self._process = process
        self._wipe.owe(folders)
        process.told.connect(self._heard)
        process.ended.connect(self._session_ended)
        # The visit's window and its browser stand in front; this one comes back at their end.
        self.shell.let_browser()
        screen = DeskVisit()
        screen.end_button.clicked.connect(process.close)
        self._show(screen)
        if not start.practice:
            self._ledger.begin()
        process.start(start)
        if process.pid:
            self._wipe.owe(folders, process.pid)

    def _heard(self, event: dict[str, Any]) -> None:
        if self._process is not None and self._room.heard(event, self._process, self._wipe.folder):
            return
        match event.get("event"):
            case "adviser-tokens":
                self._tasks.run(
                    self._adviser.for_session, self._give_tokens, self._no_tokens, lane=Lane.NETWORK
                )
            case "identified" if self._session.can(Event.CITIZEN_IDENTIFIED):
                self._session = after(self._session, Event.CITIZEN_IDENTIFIED)
            case "mandate" if self._session.can(Event.MANDATE_GRANTED):
                self._session = after(self._session, Event.MANDATE_GRANTED)
            case "audit":
                self._ledger.hear(event.get("entry"))
                self._tasks.run(self._ledger.write)
            case "next":
                self._goes_on = True
            case "revoked":
                self._pc.hear_revoked()
            case "look":
                self._looks.follow(event)

    def _give_tokens(self, tokens: dict[str, Any]) -> None:
        if self._process is not None:
            self._process.tell(adviser=tokens)

    def _no_tokens(self, error: Exception) -> None:
        if self._process is not None:
            self._process.tell(refused=error.code if isinstance(error, TandemError) else "signed-out")

    def _end_from_outside(self, reason: str) -> None:
        """End a visit now: the PC goes to sleep, is locked, or the user's session ends."""
        if self._process is not None:
            self._stopped = True
            self._process.hurry()
        elif not self._wipe.is_owed:
            self._outside.let_go()
        if reason == Reason.LOGOUT:
            wait_until(lambda: self._process is None and not self._wipe.is_owed)

    def _session_ended(self, clean: bool) -> None:  # noqa: FBT001 - a signal's argument
        ended = Event.FINISHED if clean else Event.PROCESS_ENDED
        self._session = after(self._session, Event.SUSPENDED if self._stopped else ended)
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        self.shell.come_forward()
        ending = Ending.STOPPED if self._stopped else Ending.CLEAN if clean else Ending.CRASHED
        goes_on, self._goes_on, self._stopped = self._goes_on, False, False
        self._wipe.after_visit(ending, goes_on=goes_on)

    # -- the wipe --------------------------------------------------------------------------------

    def _wiped(self, is_verified: bool) -> None:  # noqa: FBT001 - a signal's argument
        self._session = after(self._session, Event.WIPE_VERIFIED if is_verified else Event.WIPE_FAILED)
        if is_verified:
            self._outside.let_go()
        self._rounds.go()

    def _after_wipe(self, goes_on: bool) -> None:  # noqa: FBT001 - a signal's argument
        self._looks.restore()
        if self._pc.is_over:
            self._session = Session(State.IDLE)
            self._welcome()
        elif self._session.adviser_present:
            self._session = after(self._session, Event.NEXT_PERSON)
            if goes_on:
                self._welcome_person()
            else:
                self._ready()
        else:
            self._welcome()

    # -- the post --------------------------------------------------------------------------------

    def _take_up(self) -> TandemError | None:
        # An outbox that cannot be swept is told by the next wipe; the vault opens all the same.
        with suppress(OSError):
            self._post.sweep()
        warning = self._post.take_up()
        self._room.start()
        return warning

    def _taken_up(self, warning: TandemError | None) -> None:
        self._is_taken_up = True
        self._room.watch()
        is_other = self._post.needs_code or self._room.any_known
        if is_other and isinstance(self.shell.shown, DeskWelcome):
            self._welcome()
        if warning is not None:
            self._not_taken_up(warning)
        self._rounds.go()

    def _not_taken_up(self, error: Exception) -> None:
        """Say it now, and on each screen between two visits: whoever looks after this PC must know."""
        self._vault_words = messages.sentence(error)
        if isinstance(self.shell.shown, (DeskWelcome, DeskReady)):
            self.shell.shown.say(self._vault_words, NoticeKind.BAD)

    def _delivered(self, left: int) -> None:
        warning = self._post.vault.warning
        if warning is not None:
            self._not_taken_up(warning)
        if isinstance(self.shell.shown, DeskReady):
            self.shell.shown.tell(cleaned=self._wipe.was_clean, waiting=left)

    def _revoked(self) -> None:
        """End the visit as any visit ends, then say that this PC was taken out."""
        self._tasks.run(self._adviser.sign_out, lane=Lane.NETWORK)
        if self._process is not None:
            self._process.close()
        elif not self._wipe.is_owed:
            self._session = Session(State.IDLE)
            self._welcome()

    # -- the window ------------------------------------------------------------------------------

    def _show(self, screen: Screen) -> None:
        before = self.shell.shown
        screen.help_asked.connect(lambda: self._help(screen))
        self.shell.show_screen(screen)
        if before is not None:
            self.shell.drop_screen(before)

    def _help(self, about: Screen) -> None:
        self._over(Help.about(about), about)

    def _display(self) -> None:
        shown = self.shell.shown
        if shown is not None and not isinstance(shown, (Display, Help)):
            self._over(Display(), shown)

    def _over(self, over: Screen, about: Screen) -> None:
        """Show a screen over another, which is as it was when one comes back."""

        def back() -> None:
            self.shell.show_screen(about)
            self.shell.drop_screen(over)

        over.back_asked.connect(back)
        over.main_pressed.connect(back)
        self.shell.show_screen(over)

    def _close_asked(self) -> None:
        if self._process is None and not self._wipe.is_owed:
            # Not quit(): it asks every window first, and ours says no to being closed.
            QApplication.exit(0)


def _alarm(error: Exception) -> NoticeKind:
    """Say how alarming it is: someone who gave up and a network that is down are no alarm."""
    from sync.failures import TransportError

    if getattr(error, "code", "") == "sign-in-cancelled":
        return NoticeKind.INFO
    return NoticeKind.WAIT if isinstance(error, TransportError) else NoticeKind.BAD
