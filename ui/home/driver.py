"""The home's process: opens the vault, shows who is here, runs one session for one person.

Decision: as at a desk, whatever belongs to one person lives in a process of its own, which gets that
person's key over its pipe; this process holds the vault's key, the sign-in, and no medical word. Leaving a
space ends its process; when the computer sleeps or is locked the vault is closed too, and with a passphrase
it is asked for again. Temporary files of a session are wiped as after any visit.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.errors import TandemError
from app.home_vault import HomePerson, HomeVault, PassphraseNeeded, WayIn
from app.vault.persons import PersonGone
from app.wipe import SessionFolders, Traces, leftovers
from ui import messages
from ui.desk.erasing import prepared, wiped
from ui.desk.outside import Outside, Reason, wait_until
from ui.desk.screens import DeskVisit
from ui.desk.session_process import SessionProcess
from ui.home import screens
from ui.home.account import HomeAccount
from ui.home.beginning import start_line
from ui.home.people_room import PeopleRoom, gone_words
from ui.screens.display import Display
from ui.screens.help import Help
from ui.shell import Shell
from ui.speech.door import VoiceDoor
from ui.tasks import Lane, Tasks
from ui.text import _
from ui.widgets import NoticeKind

if TYPE_CHECKING:
    from sync.tokens import Tokens
    from ui.desk.config import DeskConfig
    from ui.screen import Screen

__all__ = ["HomeDriver"]

log = logging.getLogger(__name__)

FIRST_LOOK_MS = 150
PEOPLE_MS = 60_000


class HomeDriver(QObject):
    """Drives the home's window for the life of the program."""

    def __init__(self, config: DeskConfig, robot: str | None = None, vault: HomeVault | None = None) -> None:
        super().__init__()
        self._config, self._robot = config, robot
        self._tasks = Tasks(self)
        self.vault = vault or HomeVault(config.folder)
        self._account = HomeAccount(config, self.vault)
        self._process: SessionProcess | None = None
        self._person: HomePerson | None = None
        self._traces: list[Traces] = []
        self._locks = False
        self._passphrase: str | None = None
        name = _("Tandem – démonstration") if config.demo else "Tandem"
        self.shell = Shell(name, icon_name="home-heart")
        self.shell.close_asked.connect(self._close_asked)
        self.shell.topbar.display_asked.connect(self._display)
        self.shell.use_keyboard(on=config.screen_keyboard)
        self._people = PeopleRoom(
            config,
            self.vault,
            self._account,
            self._tasks,
            self._show,
            self._say,
            lambda: self._process is not None,
            self,
        )
        self._people.opened.connect(self._open_space)
        self._people.sign_in_asked.connect(self._sign_in)
        self._people.welcome_asked.connect(self._welcome)
        self._voice = VoiceDoor(self.shell)
        self._outside = Outside(self)
        self._outside.ending.connect(self._end_from_outside)
        self._timer = QTimer(self)
        self._timer.setInterval(PEOPLE_MS)
        self._timer.timeout.connect(self._look_around)

    def start(self) -> None:
        """Show the window, wipe what a crash left of a session, open."""
        self._config.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._wait()
        self.shell.present(full_screen=self._config.full_screen)
        self._timer.start()
        self._traces = leftovers(self._config.folder, self._config.outbox)
        QTimer.singleShot(FIRST_LOOK_MS, self, self._begin)

    def _begin(self) -> None:
        self._outside.listen(self.shell)
        if self._traces:
            self._erase()
        else:
            self._route()

    def close(self) -> None:
        """End everything in order; the session's process first."""
        self._timer.stop()
        self._voice.close()
        if self._process is not None:
            self._process.end()
        self._account.close()
        self._tasks.close()
        self.vault.close()
        if self._traces:
            wiped(prepared(self._traces, self._config.place))
        self._outside.close()

    # -- opening the vault -----------------------------------------------------------------------

    def _route(self) -> None:
        """Go where one stands: first start, passphrase, or straight in."""
        if self.vault.is_open:
            self._people.show_people()
            return
        self._wait()
        self._tasks.run(self.vault.way_in, self._routed, self._stuck)

    def _routed(self, way: WayIn) -> None:
        if way is WayIn.NEW:
            self._welcome()
        elif way is WayIn.PASSPHRASE:
            self._unlock()
        else:
            self._open(None)

    def _open(self, passphrase: str | None) -> None:
        self._tasks.run(lambda: self.vault.open(passphrase), lambda _done: self._opened(), self._not_opened)

    def _opened(self) -> None:
        gone = self.vault.gone
        self._people.needs_sign_in = False
        self._people.show_people(gone_words(gone) if gone else "")
        self._look_around()

    def _not_opened(self, error: Exception) -> None:
        shown = self.shell.shown
        if isinstance(shown, screens.HomeUnlock) and getattr(error, "code", "") in _TRY_AGAIN:
            shown.wrong(messages.sentence(error))
            return
        self._stuck(error)

    def _unlock(self) -> None:
        screen = screens.HomeUnlock()
        screen.typed.connect(self._open)
        screen.sheet_button.clicked.connect(self._recover)
        self._show(screen)

    def _stuck(self, error: Exception) -> None:
        code = getattr(error, "code", "")
        screen = screens.HomeStuck(messages.sentence(error), sheet=code not in _NO_SHEET)
        screen.main_pressed.connect(self._route)
        screen.sheet_button.clicked.connect(self._recover)
        screen.again_button.clicked.connect(self._ask_start_again)
        self._show(screen)

    def _recover(self) -> None:
        screen = screens.HomeRecover(passphrase=not self.vault.has_keyring())
        screen.back_asked.connect(self._route)
        screen.lost_button.clicked.connect(self._ask_start_again)
        screen.typed.connect(self._recover_with)
        self._show(screen)

    def _recover_with(self, code: str, passphrase: str) -> None:
        def wrong(error: Exception) -> None:
            self._say(messages.sentence(error), NoticeKind.BAD)

        self._tasks.run(
            lambda: self.vault.recover_with(code, passphrase or None), lambda _done: self._opened(), wrong
        )

    def _ask_start_again(self) -> None:
        screen = screens.HomeStartAgain()
        screen.back_asked.connect(self._route)
        screen.main_pressed.connect(
            lambda: self._tasks.run(self.vault.start_again, lambda _done: self._route(), self._stuck)
        )
        self._show(screen)

    # -- the first start, and signing in again ---------------------------------------------------

    def _welcome(self, problem: str = "", kind: NoticeKind = NoticeKind.WAIT) -> None:
        screen = screens.HomeWelcome()
        screen.main_pressed.connect(self._first_passphrase)
        self._show(screen)
        screen.say(problem, kind)

    def _first_passphrase(self) -> None:
        """Ask for a passphrase where there is no keyring, before anything of a person is here."""
        if self._passphrase is None and not self.vault.has_keyring():
            screen = screens.HomePassphrase(required=True)
            screen.chosen.connect(self._first_chosen)
            self._show(screen)
            return
        self._sign_in()

    def _first_chosen(self, passphrase: str) -> None:
        self._passphrase = passphrase
        self._tasks.run(lambda: self.vault.make(passphrase), lambda _done: self._sign_in(), self._not_chosen)

    def _not_chosen(self, error: Exception) -> None:
        self._passphrase = None
        self._say(messages.sentence(error), NoticeKind.BAD)

    def _sign_in(self) -> None:
        self._account.cancelled.clear()
        screen = screens.HomeSignIn()
        screen.cancel_button.clicked.connect(self._account.cancelled.set)
        self._show(screen)
        keyboard = self.shell.has_keyboard
        self._tasks.run(
            lambda: self._account.sign_in(screen_keyboard=keyboard),
            self._signed_in,
            self._not_signed_in,
            lane=Lane.NETWORK,
        )

    def _signed_in(self, tokens: Tokens) -> None:
        self.shell.come_forward()
        self._tasks.run(lambda: self._kept(tokens), lambda _done: self._opened(), self._not_signed_in)

    def _kept(self, tokens: Tokens) -> None:
        """Make the vault, now that there is something to keep, and keep the sign-in."""
        if not self.vault.is_open:
            self.vault.make(self._passphrase)
        self._passphrase = None
        self._account.keep(tokens)

    def _not_signed_in(self, error: Exception) -> None:
        self.shell.come_forward()
        words = messages.sentence(error, at_the_door=True)
        if isinstance(error, PassphraseNeeded):
            self._first_passphrase()
        elif self.vault.is_open and self.vault.owner is not None:
            self._people.show_people(words, NoticeKind.WAIT)
        else:
            self._welcome(words)

    # -- who is here, still ----------------------------------------------------------------------

    def _look_around(self) -> None:
        """Ask for whom one cares, and drop what has ended, whether or not there is a network."""
        if not self.vault.is_open or self.vault.owner is None:
            return
        self._tasks.run(self.vault.purge_over, self._refreshed_people, self._not_refreshed)
        self._tasks.run(
            self._account.refresh_people, self._refreshed_people, self._not_refreshed, lane=Lane.NETWORK
        )

    def _refreshed_people(self, gone: tuple[HomePerson, ...]) -> None:
        self._leave_gone(gone)
        shown = self.shell.shown
        if isinstance(shown, screens.HomePeople):
            known = {each.patient_id for each in self.vault.people}
            if gone or known != set(shown.tiles):
                self._people.show_people(gone_words(gone) if gone else "")

    def _not_refreshed(self, error: Exception) -> None:
        if getattr(error, "code", "") == "signed-out" and not self._people.needs_sign_in:
            self._people.needs_sign_in = True
            if isinstance(self.shell.shown, screens.HomePeople):
                self._people.show_people()

    def _leave_gone(self, gone: tuple[HomePerson, ...]) -> None:
        """End the session of somebody whose records were just purged."""
        ids = {each.patient_id for each in gone}
        if self._process is not None and self._person is not None and self._person.patient_id in ids:
            self._process.hurry()

    # -- one person's space ----------------------------------------------------------------------

    def _open_space(self, person: HomePerson) -> None:
        if self._process is not None:
            return
        try:
            person, key = self.vault.key_of(person)
        except PersonGone as gone:
            self._people.show_people(messages.sentence(gone), NoticeKind.WAIT)
            return
        except TandemError as error:
            self._stuck(error)
            return
        with key:
            folders = SessionFolders.create(self._config.folder)
            process = SessionProcess(folders, self)
            self._process, self._person = process, person
            self._traces = [Traces(folders, self._config.outbox)]
            process.told.connect(self._heard)
            process.ended.connect(self._session_ended)
            screen = DeskVisit()
            screen.end_button.clicked.connect(process.close)
            self._show(screen)
            process.start(
                start_line(
                    self._config,
                    folders,
                    person,
                    self.vault,
                    robot=self._robot,
                    screen_keyboard=self.shell.has_keyboard,
                )
            )
            process.hand_over(bytes(key.data))
        if process.pid:
            self._traces = [Traces(folders, self._config.outbox, process=folders.mark(process.pid))]

    def _heard(self, event: dict[str, Any]) -> None:
        match event.get("event"):
            case "adviser-tokens":
                person = self._person
                if person is not None:
                    self._tasks.run(
                        lambda: self._account.for_session(person),
                        self._give_tokens,
                        self._no_tokens,
                        lane=Lane.NETWORK,
                    )
            case "idle":
                # Nobody is there any more: the passphrase is asked for again, where there is one.
                self._locks = True
            case "sign-in":
                self._sign_in_beside()
            case "look":
                self.shell.set_text_size(int(event["size"]))
                self.shell.set_mood(str(event["mood"]))
                self.shell.set_language(str(event["language"]))

    def _sign_in_beside(self) -> None:
        """Sign in again while a space is open: nothing waits for it but the sending."""
        self._account.cancelled.clear()

        def kept(_done: object) -> None:
            self._people.needs_sign_in = False

        self._tasks.run(
            lambda: self._kept(self._account.sign_in(screen_keyboard=self.shell.has_keyboard)),
            kept,
            self._no_tokens,
            lane=Lane.NETWORK,
        )

    def _give_tokens(self, tokens: dict[str, Any]) -> None:
        if self._process is not None:
            self._process.tell(adviser=tokens)

    def _no_tokens(self, error: Exception) -> None:
        from sync.failures import Offline

        code = error.code if isinstance(error, TandemError) else "signed-out"
        if code == "signed-out":
            self._people.needs_sign_in = True
        if code == "care-over":
            self._look_around()
        if self._process is not None:
            self._process.tell(refused=Offline.code if isinstance(error, Offline) else code)

    def _end_from_outside(self, reason: str) -> None:
        """Lock: the computer goes to sleep, is locked, or the user's session ends."""
        self._locks = True
        if self._process is not None:
            self._process.hurry()
        else:
            self._lock()
        if reason == Reason.LOGOUT:
            wait_until(lambda: self._process is None and not self._traces)

    def _session_ended(self, clean: bool) -> None:  # noqa: FBT001 - a signal's argument
        if not clean and not self._locks:
            log.warning("the session's process ended by itself")
        if self._process is not None:
            self._process.deleteLater()
            self._process = self._person = None
        self.shell.come_forward()
        self._erase()

    def _erase(self) -> None:
        """Wipe the session's temporary folder; the person's records are in the vault and stay."""
        self._wait()
        whole = prepared(self._traces, "home")
        self._tasks.run(lambda: wiped(whole), lambda _done: self._erased(), lambda _error: self._erased())

    def _erased(self) -> None:
        self._traces = []
        if self._locks:
            self._lock()
        else:
            self._route()

    def _lock(self) -> None:
        """Close the vault: the next one who sits here opens it again, by the passphrase if any."""
        self._locks = False
        self._account.lock()
        if self.vault.is_open and self.vault.is_protected():
            self.vault.close()
            self._unlock()
        else:
            self._route()
        self._outside.let_go()

    # -- the window ------------------------------------------------------------------------------

    def _wait(self) -> None:
        self._show(screens.HomeWait(_("Nous ouvrons votre espace…")))

    def _say(self, words: str, kind: NoticeKind) -> None:
        shown = self.shell.shown
        if shown is not None:
            shown.say(words, kind)

    def _show(self, screen: Screen) -> None:
        before = self.shell.shown
        screen.help_asked.connect(lambda: self._over(Help.about(screen), screen))
        self.shell.show_screen(screen)
        if before is not None:
            self.shell.drop_screen(before)

    def _display(self) -> None:
        shown = self.shell.shown
        if shown is not None and not isinstance(shown, (Display, Help)):
            self._over(Display(), shown)

    def _over(self, over: Screen, about: Screen) -> None:
        def back() -> None:
            self.shell.show_screen(about)
            self.shell.drop_screen(over)

        over.back_asked.connect(back)
        over.main_pressed.connect(back)
        self.shell.show_screen(over)

    def _close_asked(self) -> None:
        if self._process is None:
            QApplication.exit(0)


_TRY_AGAIN = frozenset({"wrong-secret", "vault-wait"})
_NO_SHEET = frozenset({"vault-in-use", "store-newer"})
