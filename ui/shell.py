"""The window of either process: the bar on top, one screen at a time below, the text size, the cover.

Decision: a screen comes in turns (``ui.turns``): it is put in, shown with its words, painted. Until it is
painted the window keeps the picture it had, and the screen before is gone for hands and screen readers: what
they press meanwhile meets nothing. A change of look or language is made, laid out and painted in turns too.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from ui import kiosk, languages, theme
from ui.guide import GuideBar
from ui.opening import bare_application
from ui.screen_thread import favour
from ui.steady import SteadyHand
from ui.telling import catch_up, say_again, tell
from ui.text import current_language, dashed
from ui.turns import Turns
from ui.widgets import NoticeKind, TopBar
from ui.widgets.keyboard import Keyboard
from ui.widgets.words import install_accessibility
from ui.window_input import WindowInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QCloseEvent, QResizeEvent

    from ui.screen import Screen

__all__ = ["Shell", "application"]

TITLE_BAR = 40
SMALL_SCREEN = (1366, 768)
LEAST_WINDOW = (1000, 690)


def application(name: str, *, mood: str = "", text_size: int = 0, language: str = "fr") -> QApplication:
    """Give the QApplication our look, Qt's own words in the person's language, our roles."""
    app = bare_application(name)
    favour(app)
    languages.speak(language, app)
    install_accessibility()
    size = theme.TextSize(text_size) if text_size in list(theme.TextSize) else theme.TextSize.MEDIUM
    theme.apply(theme.Theme.of(mood or theme.Mood.SYSTEM, size))
    theme.follow_system()
    return app


class _Screens(QStackedWidget):
    """The screens; they take the height that the bars and the keys leave, and scroll in it."""

    def hasHeightForWidth(self) -> bool:
        """Ask for none: in a low window all would be cut alike."""
        return False


class Shell(QWidget):
    """Top bar and a stack of screens. ``close_asked`` when someone closes the window."""

    close_asked = Signal()
    listen_asked = Signal()
    look_changed = Signal()
    screen_shown = Signal(object)

    def __init__(
        self, whose: str, *, can_hide: bool = False, icon_name: str = "account-heart", closed_in: bool = False
    ) -> None:
        """``closed_in``: nobody at the screen gets out of it (``ui.kiosk``)."""
        super().__init__()
        self._closed_in = closed_in
        self.setObjectName("window")
        self.setWindowTitle("Tandem")
        self.setAutoFillBackground(True)
        self.topbar = TopBar(whose, can_hide=can_hide, icon_name=icon_name)
        self.stack = _Screens()
        self._nothing = QWidget()
        self.stack.addWidget(self._nothing)
        self._coming: Screen | None = None
        self._there: Screen | None = None
        self._words_for_it: tuple[str, NoticeKind] | None = None
        self._turns = Turns(self)
        self.keyboard = Keyboard()
        self.guide_bar = GuideBar()
        self._has_keyboard = False
        self.input = WindowInput(self)
        self._hand = SteadyHand(self.input)
        self._may_close = False
        if closed_in:
            kiosk.close_in(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        # Heights follow from widths here: Qt's own least size would be computed at the least width.
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.addWidget(self.topbar)
        column.addWidget(self.guide_bar)
        column.addWidget(self.stack, 1)
        column.addWidget(self.keyboard)
        # Not focusChanged: it also carries the widget before, which may be half destroyed by then.
        QApplication.instance().focusObjectChanged.connect(self._focus_moved)  # type: ignore[union-attr]  # there is one
        self.topbar.size_asked.connect(self.set_text_size)
        # Read is what is shown, so once it is there.
        listen = partial(self._turns.then, self.listen_asked.emit)
        self.topbar.listen_asked.connect(listen)
        QShortcut(QKeySequence("F4"), self).activated.connect(listen)
        self._shortcut(QKeySequence.StandardKey.ZoomIn, lambda: theme.current().size.larger)
        self._shortcut(QKeySequence("Ctrl+="), lambda: theme.current().size.larger)
        self._shortcut(QKeySequence.StandardKey.ZoomOut, lambda: theme.current().size.smaller)
        self.resize(*SMALL_SCREEN)

    @property
    def shown(self) -> Screen | None:
        """The screen that is shown, or on its way."""
        return self._coming or self._there

    def show_screen(self, screen: Screen) -> None:
        """Show ``screen`` (added when it is new) and enter it, in the next turns."""
        before, self._there = self._there, None
        if self.stack.indexOf(screen) < 0:
            self.stack.addWidget(screen)
            screen.keyboard_asked.connect(lambda on: self.use_keyboard(on=on))
            screen.size_asked.connect(self.set_text_size)
            screen.mood_asked.connect(self.set_mood)
            screen.language_asked.connect(self.set_language)
            screen.listen_asked.connect(partial(self._turns.then, self.listen_asked.emit))
        if before is not None and before is not screen:
            before.leave()
            _let_go_of(before)
            theme.leave_alone(before)
        self._hand.screen_changed()
        self._coming = screen
        if not self.isVisible():
            self._bring(screen)
            return
        self.in_turns(partial(self._bring, screen))
        self.stack.setCurrentWidget(self._nothing)

    def in_turns(self, *pieces: Callable[[], object]) -> None:
        """Do these, one a turn; until the turn after them the window keeps the picture it has."""
        self.setUpdatesEnabled(False)
        self._turns.then(*pieces, self._paint)

    @property
    def is_settled(self) -> bool:
        """Whether all that was asked for is shown."""
        return not self._turns.waiting

    def drop_screen(self, screen: Screen) -> None:
        """Forget a screen, once another has its place."""
        self._turns.then(partial(self.stack.removeWidget, screen), screen.deleteLater)

    def say(self, words: str, kind: NoticeKind) -> None:
        """Show a notice on the screen that is shown, once it is there."""
        if self._coming is not None:
            self._words_for_it = (words, kind)
        elif self.shown is not None:
            self.shown.say(words, kind)

    def _bring(self, screen: Screen) -> None:
        if screen is not self._coming:
            return  # Another was asked for meanwhile.
        self._coming, self._there = None, screen
        catch_up(screen)
        self.stack.setCurrentWidget(screen)
        tell(self.setWindowTitle, dashed((screen.heading.words, "Tandem")))
        screen.enter()
        if self._words_for_it is not None:
            # Before the focus comes: what a screen reader says of it would be cut short.
            screen.say(*self._words_for_it)
            self._words_for_it = None
        self.screen_shown.emit(screen)

    def _paint(self) -> None:
        if self._coming is None:
            self.setUpdatesEnabled(True)

    def set_text_size(self, size: int) -> None:
        """Change the text size of the whole program."""
        look = theme.current()
        if int(look.size) == int(size):
            return
        theme.put_on(look.sized(size))
        self._tell_all()
        if int(size) > look.size and theme.window_is_small():
            self._say_lacking("screen-small")

    def use_keyboard(self, *, on: bool) -> None:
        """Show the keyboard of the screen whenever a field has the focus, or never."""
        self._has_keyboard = on
        focused = QApplication.focusWidget()
        self._focus_moved(focused if on else None)
        if not on:
            self.keyboard.put_away()

    @property
    def has_keyboard(self) -> bool:
        """Whether the keyboard of the screen comes with a field."""
        return self._has_keyboard

    def _focus_moved(self, now: QObject | None) -> None:
        if not self._has_keyboard or not isinstance(now, QWidget) or now.window() is not self:
            return
        if self.keyboard.isAncestorOf(now):
            return
        if isinstance(now, QLineEdit):
            self.keyboard.type_into(now)
            # After the page has given it room: what is typed must be seen.
            QTimer.singleShot(0, self, self._show_field)
        else:
            self.keyboard.put_away()

    def _show_field(self) -> None:
        shown, field = self.shown, self.keyboard.field
        if shown is not None and shown.scroller is not None and field is not None:
            shown.scroller.ensureWidgetVisible(field, 0, 2 * theme.RING)

    def set_mood(self, mood: str) -> None:
        """Change the colours of the whole program."""
        look = theme.current()
        if look.mood != mood:
            theme.put_on(theme.Theme.of(mood, look.size))
            self._tell_all()

    def set_language(self, code: str) -> None:
        """Change the language of the whole program, where the person is; nothing they did is lost."""
        application = QApplication.instance()
        if code == current_language() or not isinstance(application, QApplication):
            return
        complete = languages.choose(code, application)
        self._tell_all(say_again)
        if not complete:
            self._say_lacking("language-missing")

    def _tell_all(self, *before: Callable[[], object]) -> None:
        self.in_turns(*before, theme.tell_change, self.topbar.refresh, self._show_field)
        self.look_changed.emit()

    def _say_lacking(self, code: str) -> None:
        from ui import messages

        self.say(messages.reason(code), NoticeKind.WAIT)

    def present(self, *, full_screen: bool) -> None:
        """Show the window, in front; on a small screen it takes all of it, so that no button is cut."""
        if full_screen or self._closed_in:
            self.showFullScreen()
        elif self._fills_the_screen():
            self.showMaximized()
        else:
            self.show()
        self.come_forward()

    def _fills_the_screen(self) -> bool:
        if QGuiApplication.platformName() == "offscreen":
            return False
        room = self.screen().availableGeometry()
        return self.width() >= room.width() or self.height() + TITLE_BAR >= room.height()

    def let_browser(self) -> None:
        """Let the browser of a sign-in stand in front, until :meth:`come_forward`."""
        if self._closed_in:
            kiosk.let_through(self, through=True)

    def come_forward(self) -> None:
        """Come back in front, after the browser of a sign-in."""
        if self._closed_in:
            kiosk.let_through(self, through=False)
        if QGuiApplication.platformName() != "offscreen":
            self.raise_()
        self.activateWindow()

    def close_for_good(self) -> None:
        """Close without asking."""
        self._may_close = True
        self.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the bars low in a small window, and say what helps there."""
        super().resizeEvent(event)
        wide, high = LEAST_WINDOW
        was_small, is_small = theme.window_is_small(), self.width() < wide or self.height() < high
        theme.fit_window(small=is_small)
        if is_small and not was_small and self.shown is not None and not self.shown.notice.words:
            self._say_lacking("screen-small")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask first: closing the window ends a visit or the desk, in order."""
        if self._may_close:
            event.accept()
            return
        event.ignore()
        if not self._closed_in:
            self.close_asked.emit()

    def _shortcut(
        self, keys: QKeySequence | QKeySequence.StandardKey, size: Callable[[], theme.TextSize]
    ) -> None:
        shortcut = QShortcut(QKeySequence(keys), self)
        shortcut.activated.connect(lambda: self.set_text_size(int(size())))


def _let_go_of(screen: Screen) -> None:
    """Take the focus from what goes: Qt would hand it to a button of the bars, and a voice say that first."""
    focused = QApplication.focusWidget()
    if focused is not None and screen.isAncestorOf(focused):
        focused.clearFocus()
