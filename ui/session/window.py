"""The session's window: the way from screen to screen, the state of the connection, the end."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app import counter
from ui import messages, theme
from ui.guide import Guide, first_visit
from ui.practice.visit import PracticeVisit
from ui.screens.help import Help
from ui.session.context import SessionContext
from ui.session.customer_screen import CustomerScreen
from ui.session.idle import IdleWatch
from ui.session.prepared_visit import PreparedVisit
from ui.session.state_words import state_words
from ui.session.turned import TurnedScreen
from ui.session.visit import Visit
from ui.shell import Shell
from ui.speech.door import VoiceDoor
from ui.tasks import Lane, Tasks
from ui.text import _, current_language
from ui.widgets import NoticeKind

if TYPE_CHECKING:
    from app.changes import Changes
    from app.reader.client import Reader
    from app.space import Space
    from app.vault.keys import Key
    from sync.engine import SyncStatus
    from ui.screen import Screen
    from ui.session.channel import Channel
    from ui.session.line import Line
    from ui.session.start import Start

__all__ = ["SessionWindow"]

LINE_AFTER_MS = 1500

# Screens with nothing of a person on them: they are read aloud without a question.
IMPERSONAL = frozenset(
    {
        "who", "cannot_sign_in", "sign_in_help", "sign_in", "sign_in_phone", "slip", "help", "display",
        "practice", "visit_code",
    }
)  # fmt: skip


# Where one sees already what waits, or is busy with one thing of it.
_ABOUT_WAITING = frozenset({"waiting", "waiting_item", "waiting_discard", "waiting_question"})


class SessionWindow(QObject):
    """Navigator and life of one visit. ``over`` when the process may end."""

    over = Signal()

    def __init__(self, start: Start, channel: Channel, changes: Changes, key: Key | None = None) -> None:
        super().__init__()
        self._start = start
        self._channel = channel
        self._closing = False
        self._way: list[Screen] = []
        self._line: Line | None = None
        self.tasks = Tasks(self)
        self.visit = _visit(start, channel, changes, key)
        self.context = SessionContext(
            tasks=self.tasks,
            navigator=self,
            start=start,
            visit=self.visit,
            open_reader=_open_reader,
            changes=changes,
        )
        self.tasks.unhandled = self._unhandled
        self.shell = Shell(start.place_name or "Tandem", can_hide=True, closed_in=start.kiosk)
        self._turned = TurnedScreen(self.shell) if counter.is_counter(start.place) else None
        self._customer = CustomerScreen(self.shell, start.customer_screen) if self._turned else None
        self.idle = IdleWatch(self.shell, self.shell.input, start.idle_policy)
        if start.person:
            self.idle.nobody_words = _("Appuyez pour revenir. Sans personne, l’espace sera fermé.")
        self.idle.timed_out.connect(self._nobody_there)
        self.voice = VoiceDoor(self.shell, is_personal=self._is_personal, idle=self.idle)
        self._guide = Guide(self.shell)
        self.shell.topbar.hide_asked.connect(self.idle.hide_now)
        self.shell.look_changed.connect(self._tell_look)
        self.shell.topbar.display_asked.connect(self._display)
        self.shell.topbar.state_asked.connect(self._show_waiting)
        self.shell.close_asked.connect(self.finish)
        self.shell.screen_shown.connect(self._let_browser)

    def _let_browser(self, shown: Screen) -> None:
        """Let the browser of the person's sign-in stand in front on a kiosk."""
        if shown.name == "sign_in":
            self.shell.let_browser()

    def start(self) -> None:
        """Show the first screen."""
        self.shell.use_keyboard(on=self._start.screen_keyboard)
        self.go(self._first)
        self.shell.present(full_screen=self._start.full_screen)
        if self._customer is not None:
            self._customer.place()
        self._channel.tell("ready")

    @property
    def _first(self) -> str:
        if self._start.person:
            return "home_opening"
        if self._start.prepared:
            return "visit_code"
        return "practice" if self._start.practice else "who"

    # -- the way (Navigator) ---------------------------------------------------------------------

    def go(self, name: str, **args: Any) -> None:  # noqa: ANN401 - each screen names its own arguments
        """Show screen ``name`` on top of the present one."""
        if not self._closing:
            self._push(make_screen(self._here(name), self.context, args))

    def _here(self, name: str) -> str:
        """Name the screen of this place: a counter has a home of its own."""
        return "counter" if name == "home" and self._turned is not None else name

    def replace(self, name: str, **args: Any) -> None:  # noqa: ANN401 - each screen names its own arguments
        """Show screen ``name`` in place of the present one."""
        if self._closing:
            return
        gone = self._way.pop() if self._way else None
        self._push(make_screen(name, self.context, args))
        if gone is not None:
            self.shell.drop_screen(gone)

    def back(self) -> None:
        """Show the screen before, as it was."""
        if len(self._way) > 1:
            gone = self._way.pop()
            self.shell.show_screen(self._way[-1])
            self.shell.drop_screen(gone)

    def home(self) -> None:
        """Forget the way; show the home screen, or the first one while nobody's space is open."""
        self.restart("home" if self.context.has_space else self._first)

    def next_customer(self) -> None:
        """End this visit; once it is erased the desk welcomes the next customer by itself."""
        self._channel.tell("next")
        self.close()

    def restart(self, name: str, **args: Any) -> None:  # noqa: ANN401 - each screen names its own arguments
        """Show screen ``name`` with nothing before it."""
        if self._closing:
            return
        gone, self._way = self._way, []
        self._push(make_screen(self._here(name), self.context, args))
        for screen in gone:
            self.shell.drop_screen(screen)

    def finish(self) -> None:
        """Go to the end of the visit: the receipt first, where there is something to tell."""
        shown = self.shell.shown
        if self._start.person:
            # At home nothing is erased and nobody needs a receipt.
            self.close()
        elif self._turned is not None and self.context.has_space:
            self.next_customer()
        elif self.context.has_space and shown is not None and shown.name != "finish":
            self.go("finish")
        elif not self.context.has_space:
            self.close()

    def toast(self, words: str, kind: NoticeKind) -> None:
        """Show a notice on the present screen."""
        self.shell.say(words, kind)

    def guide(self) -> None:
        """Lead the person through a first visit, from the home screen."""
        if self._turned is not None:
            return
        if self.shell.shown is None or self.shell.shown.name != "home":
            self.home()
        self._guide.lead(first_visit(self.shell, at_home=bool(self._start.person)))

    def _push(self, screen: Screen) -> None:
        screen.back_asked.connect(self.back)
        screen.help_asked.connect(lambda: self._help(screen))
        screen.finish_asked.connect(self.finish)
        self._way.append(screen)
        if self.context.has_space:
            self._name_the_end(screen)
        if self._turned is not None and self.context.has_space:
            self._turned.dress(screen)
        self.idle.touch()
        self.shell.show_screen(screen)

    def _name_the_end(self, screen: Screen) -> None:
        """Say what ending does here: at home nothing is erased, at a counter somebody waits."""
        if self._start.person:
            screen.finish_button.set_words(_("Fermer cet espace"))
        elif self._turned is not None:
            screen.finish_button.set_words(_("Client suivant"))

    def _display(self) -> None:
        shown = self.shell.shown
        if shown is not None and shown.name != "display":
            self.go("display")

    def _show_waiting(self) -> None:
        """Show what waits, from whatever screen; a form that is open stays behind it as it is."""
        shown = self.shell.shown
        if self.context.has_space and shown is not None and shown.name not in _ABOUT_WAITING:
            self.go("waiting")

    def _tell_look(self) -> None:
        look = theme.current()
        self._channel.tell("look", size=int(look.size), mood=str(look.mood), language=current_language())

    def _help(self, about: Screen) -> None:
        self._push(Help(self.context, title=about.heading.words, words=about.help_text))

    def _is_personal(self, screen: Screen) -> bool:
        """Say whether a screen shows something of the person, on a PC that is not theirs."""
        return self._start.place != "home" and screen.name not in IMPERSONAL

    # -- the space -------------------------------------------------------------------------------

    def opened(self, space: Space, whose: str) -> None:
        """Say whose space is open; from here on the person's screens work."""
        self.context.open_space(space, self.visit.engine)
        # The person's first page comes first: the system's network is asked a moment later.
        QTimer.singleShot(LINE_AFTER_MS, self, self._listen_to_line)
        self.shell.topbar.set_whose(_("L’espace de {name}").format(name=whose))
        if self._start.practice:
            self.shell.topbar.say_state(_("Entraînement – rien n’est envoyé"), NoticeKind.INFO)
        elif self._start.prepared:
            self.shell.topbar.say_state(_("Sans réseau – tout est gardé"), NoticeKind.WAIT)
        elif self.context.status is not None:
            self.shell.topbar.say_state(*state_words(self.context.status))
        self._channel.tell("identified")

    def _listen_to_line(self) -> None:
        """Let the system say when the network comes back, and whether it is paid by what it carries."""
        if self._line is not None or self._closing or self.visit.engine is None:
            return
        from ui.session.line import Line, system_line

        self._line = self.context.line = Line(self._start.metered, system_line(), self)
        self.visit.is_metered = self._line.is_metered
        self._line.came_back.connect(self.visit.engine.wake)

    def come_forward(self) -> None:
        """Bring the window back in front of the browser."""
        self.shell.come_forward()

    def somebody_is_there(self) -> None:
        """Count the time without anybody from now."""
        self.idle.touch()

    def mandate_active(self) -> None:
        """Tell the desk that a mandate runs."""
        self._channel.tell("mandate")

    def status_changed(self, status: SyncStatus) -> None:
        """Say the connection in words, here and on whatever screen listens."""
        if status.online and status.waiting:
            self.idle.touch()
        self.context.tell_status(status)
        if self.context.has_space:
            self.shell.topbar.say_state(*state_words(status))

    def _unhandled(self, error: Exception) -> None:
        self.toast(messages.sentence(error), NoticeKind.BAD)

    def _nobody_there(self) -> None:
        self._channel.tell("idle")
        self.close()

    # -- the end ---------------------------------------------------------------------------------

    def close(self) -> None:
        """End the visit: mandate, last words to the service, store, tokens; then the process."""
        if self._closing:
            return
        self._closing = True
        if self.shell.shown is not None and self.shell.shown.name == "finish":
            # A prepared visit that came to its end is not opened again.
            self._channel.tell("finished")
        self.voice.end()
        self.idle.stop()
        self.idle.cover.cover(*self._farewell(), _("Un instant"))
        self.idle.cover.button.hide()
        self.visit.cancelled.set()
        self.tasks.run(
            self._end_mandate, lambda _done: self._close_visit(), lambda _error: self._close_visit()
        )

    def _farewell(self) -> tuple[str, str]:
        words = _("Un instant : nous fermons votre espace…")
        return (_("L’espace se ferme") if self._start.person else _("La visite se termine")), words

    def _end_mandate(self) -> None:
        self.visit.end_mandate()
        self.visit.last_sync()

    def _close_visit(self) -> None:
        self.context.close_reader()
        self.tasks.run(
            self.visit.close, lambda _done: self._over(), lambda _error: self._over(), lane=Lane.STORE
        )

    def _over(self) -> None:
        if self._customer is not None:
            self._customer.end()
        self._channel.tell("ended")
        # Answers still under way must not find a closed window.
        QTimer.singleShot(0, self, self.over.emit)


def _visit(start: Start, channel: Channel, changes: Changes, key: Key | None) -> Visit:
    if start.practice:
        return PracticeVisit(start, channel, changes)
    if start.prepared:
        return PreparedVisit(start, channel, changes)
    if start.person is None or key is None:
        return Visit(start, channel, changes)
    from ui.home.visit import HomeVisit

    return HomeVisit(start, channel, changes, key)


def make_screen(name: str, context: SessionContext, args: dict[str, Any]) -> Screen:
    """Make the screen of ``ui/screens/<name>.py``: its class is the name in capitals."""
    module = importlib.import_module(f"ui.screens.{name}")
    screen: Screen = getattr(module, "".join(part.title() for part in name.split("_")))(context, **args)
    return screen


def _open_reader() -> Reader:
    from app.reader.client import Reader

    return Reader()
