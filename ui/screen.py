"""One screen: a title, one question, one main button, always in the same places.

Every screen is built alike: title (a real heading) and intro, a body that scrolls up and down only,
and a bottom bar with Retour and Aide on the left, the main button last on the right. The Tab order
follows the eye: body first, then the bar; it is laid anew each time the screen is entered.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractSlider,
    QApplication,
    QFrame,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from ui import theme
from ui.telling import tell
from ui.text import _, joined
from ui.widgets import (
    BarGround,
    BarLayout,
    Button,
    ErrorSummary,
    Heading,
    LanguagesRow,
    MainButton,
    Notice,
    NoticeKind,
    PlainButton,
    Steps,
    Text,
    announce,
)
from ui.widgets.order import parts
from ui.widgets.scroll_bar import use_large_bars

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

__all__ = ["Screen", "focusables", "order_tabs"]


MOST_OF_WINDOW = 0.34
_FITS = frozenset({QEvent.Type.Resize, QEvent.Type.LayoutRequest, theme.CHANGED})
_SCROLL: dict[int, QAbstractSlider.SliderAction] = {
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
    Qt.Key.Key_End: QAbstractSlider.SliderAction.SliderToMaximum,
}


class _Page(QWidget):
    """What scrolls: its height follows from its width alone (Qt would ask for that of its least width)."""

    def minimumSizeHint(self) -> QSize:
        """Leave the height to the scroll area, which asks for it by width."""
        return QSize(super().minimumSizeHint().width(), 0)


class _Body(QScrollArea):
    """Scrolls up and down only, brings what has the focus into view."""

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Our own: Qt's is of a class that Python does not know, and finding its nearest kin costs 40 ms.
        view = QWidget()
        self.setViewport(view)
        self.setWidget(inside)
        view.setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        use_large_bars(self)
        self.verticalScrollBar().setSingleStep(80)

    def minimumSizeHint(self) -> QSize:
        """Ask for no height: what is above and below the page is needed more, and the page scrolls."""
        return QSize(super().minimumSizeHint().width(), 0)

    def focusNextPrevChild(self, following: bool) -> bool:  # noqa: FBT001, N802 - Qt's signature
        """Bring the next control into view with its ring."""
        moved = super().focusNextPrevChild(following)
        focused = QApplication.focusWidget()
        if moved and focused is not None and self.isAncestorOf(focused):
            self.ensureWidgetVisible(focused, 0, 2 * theme.RING)
        return moved


class _BottomBar(BarGround):
    """The actions. Where they would leave the page too little room, their words stay of the usual size."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("bottombar")
        self.row = BarLayout(self)

    def event(self, event: QEvent) -> bool:
        """Fit again when the room, the words or the text size changed."""
        done = super().event(event)
        if event.type() in _FITS and self.width() > 0 and hasattr(self, "row"):
            self._fit()
        return done

    def _fit(self) -> None:
        buttons = [part for part in self.row.parts() if isinstance(part, Button)]
        was = {button.is_small for button in buttons}
        small = theme.window_is_small()
        for button in buttons:
            button.set_small(small=small)
        if not small and self._needs(buttons) > self.window().height() * MOST_OF_WINDOW:
            small = True
            for button in buttons:
                button.set_small(small=small)
        if was - {small}:
            for button in buttons:
                button.updateGeometry()
                button.update()

    def _needs(self, buttons: list[Button]) -> int:
        """Measure the rows by the buttons themselves: a layout keeps what it measured before."""
        margins = self.row.contentsMargins()
        room = self.width() - margins.left() - margins.right()
        high, left = 0, room + 1
        for button in buttons:
            wide = min(button.sizeHint().width(), room)
            if button.isHidden():
                continue
            if left + wide > room:
                high, left = high + button.heightForWidth(wide), 0
            left += wide
        return high


class Screen(QWidget):
    """Base of every screen of both processes.

    ``name`` is its file's name, its objectName and how one goes there. ``main`` are the words of the
    main button; none, no button. ``step``: which of how many, in a task of several screens.
    Signals: ``back_asked``, ``help_asked``, ``finish_asked``, ``main_pressed``; and what the window does
    for any screen: ``size_asked``, ``mood_asked``, ``language_asked``, ``keyboard_asked``, ``listen_asked``.
    """

    # Named by its title: a screen reader says it, then the words on it, when the focus comes in.
    accessible_role: ClassVar = QAccessible.Role.Grouping

    name: ClassVar[str] = "screen"
    step: ClassVar[tuple[int, int] | None] = None
    help_text: str = ""

    back_asked = Signal()
    help_asked = Signal()
    finish_asked = Signal()
    main_pressed = Signal()
    size_asked = Signal(int)
    mood_asked = Signal(str)
    language_asked = Signal(str)
    keyboard_asked = Signal(bool)
    listen_asked = Signal()

    def __init__(
        self,
        title: str,
        intro: str = "",
        *,
        main: str = "",
        back: bool = True,
        finish: bool = False,
        scrolls: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(self.name)
        tell(self.setAccessibleName, title)
        self.heading = Heading(title)
        self.heading.setObjectName("title")
        self.intro = Text(intro)
        self.intro.setObjectName("intro")
        self._focus_left: QWidget | None = None
        self.summary = ErrorSummary()
        self.notice = Notice()
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(theme.SPACE[1])
        page = self._page(scrolls=scrolls)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(page, 1)
        column.addWidget(self._bottom_bar(main, back=back, finish=finish))

    # -- what screens use ------------------------------------------------------------------------

    def entered(self) -> None:
        """Refresh what may have changed, each time the screen is shown."""

    def left(self) -> None:
        """Hear that another screen takes its place."""

    def pressed(self) -> None:
        """Answer the main button (pressed, or by Enter); by default tell ``main_pressed``."""
        self.main_pressed.emit()

    def first_focus(self) -> QWidget | None:
        """Return what has the focus on entry: the first control of the body, else of the bar."""
        # The languages stand first for the eye; what the screen asks comes first for whoever listens.
        inside = [
            widget
            for widget in focusables(self.body)
            if widget.isVisibleTo(self) and not isinstance(widget.parentWidget(), LanguagesRow)
        ]
        bar = (self.main_button, *self._bar_buttons, self.back_button, self.help_button)
        return next((widget for widget in (*inside, *bar) if widget and widget.isVisibleTo(self)), None)

    def add_action(self, words: str, *, icon_name: str = "") -> PlainButton:
        """Add a second action to the bottom bar, before the main button."""
        button = PlainButton(words, icon_name=icon_name)
        self._bar_buttons.append(button)
        self._lay_bar()
        return button

    def offer_finish(self) -> None:
        """Show the way to the visit's end: what this PC cannot do may ask for it."""
        self.finish_button.show()
        self.order_tabs()

    def set_title(self, title: str) -> None:
        """Change the title."""
        self.heading.set_words(title)
        tell(self.setAccessibleName, title)

    def say(self, words: str, kind: NoticeKind = NoticeKind.INFO) -> None:
        """Show a notice under the title and speak it; empty hides it."""
        self.notice.say(words, kind)
        if words:
            self.scroll_to_top()

    def scroll_to_top(self) -> None:
        """Show the title again."""
        if self.scroller is not None:
            self.scroller.verticalScrollBar().setValue(0)

    # -- how it works ----------------------------------------------------------------------------

    def enter(self) -> None:
        """Show this screen: refresh, order the Tab keys, focus, speak the title."""
        self.entered()
        self.order_tabs()
        # After the event in hand: what was pressed to come here must not take the focus back.
        QTimer.singleShot(0, self, self._take_focus)

    def leave(self) -> None:
        """Give the place to another screen: what had the focus gets it again, good news is old by then."""
        now = QApplication.focusWidget()
        self._focus_left = now if now is not None and self.isAncestorOf(now) else None
        if self.notice.kind is NoticeKind.OK:
            self.notice.say("")
        self.left()

    def order_tabs(self) -> None:
        """Lay the Tab order as the eye goes; call again after adding controls."""
        order_tabs(self.layout())

    def minimumSizeHint(self) -> QSize:
        """Leave the height to the window: Qt would measure it at the least width, with all bars wrapped."""
        return QSize(super().minimumSizeHint().width(), 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the main button, Escape goes back."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._can_press_main():
            if not event.isAutoRepeat() and self.main_button is not None:
                self.main_button.click()
            return
        if event.key() == Qt.Key.Key_Escape and self.back_button.isVisible():
            self.back_button.click()
            return
        if self.scroller is not None and event.key() in _SCROLL:
            self.scroller.verticalScrollBar().triggerAction(_SCROLL[event.key()])
            return
        super().keyPressEvent(event)

    def _can_press_main(self) -> bool:
        return self.main_button is not None and self.main_button.isVisible() and self.main_button.isEnabled()

    def _take_focus(self) -> None:
        if not self.isVisible() or not self.isEnabled():
            return  # Another page's turn, or the screen is hidden from whoever passes by.
        back = self._comes_back_to()
        target = back or (self.summary if self.summary.isVisible() else self.first_focus())
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)
        if back is None:
            self.scroll_to_top()
        elif self.scroller is not None and self.scroller.isAncestorOf(back):
            self.scroller.ensureWidgetVisible(back, 0, 2 * theme.RING)
        announce(self, joined(" ", (self.heading.words, self.intro.words)))

    def _comes_back_to(self) -> QWidget | None:
        """Return what had the focus when another screen came, if it can have it again."""
        before, self._focus_left = self._focus_left, None
        if before is None or not isValid(before) or self.summary.isVisible():
            return None
        return before if before.isVisibleTo(self) and before.isEnabled() else None

    def _page(self, *, scrolls: bool) -> QWidget:
        page = _Page()
        page.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(page)
        edge = theme.SPACE[4] - theme.RING
        column.setContentsMargins(edge, theme.SPACE[3], edge, theme.SPACE[2])
        column.setSpacing(theme.SPACE[1])
        if self.step is not None:
            column.addWidget(Steps(*self.step))
        for widget in (self.heading, self.intro, self.summary, self.notice):
            column.addWidget(widget)
        column.addLayout(self.body, 0 if scrolls else 1)
        self.scroller: QScrollArea | None = None
        if not scrolls:
            return page
        column.addStretch(1)
        self.scroller = _Body(page)
        return self.scroller

    def _bottom_bar(self, main: str, *, back: bool, finish: bool) -> QWidget:
        self.bar = _BottomBar()
        self.back_button = PlainButton(_("Retour"))
        self.help_button = PlainButton(_("Aide"))
        self.finish_button = PlainButton(_("Terminer la visite"))
        self.main_button = MainButton(main) if main else None
        self._bar_buttons: list[PlainButton] = []
        # Shown before they have a parent, they would be windows of their own for a moment.
        for button, wanted in ((self.back_button, back), (self.finish_button, finish)):
            if not wanted:
                button.hide()
        self.back_button.clicked.connect(self.back_asked)
        self.help_button.clicked.connect(self.help_asked)
        self.finish_button.clicked.connect(self.finish_asked)
        if self.main_button is not None:
            self.main_button.clicked.connect(self.pressed)
        self._bar_layout = self.bar.row
        edge = theme.SPACE[4] - theme.RING
        self._bar_layout.setContentsMargins(edge, theme.SPACE[0], edge, theme.SPACE[0])
        self.bar.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._lay_bar()
        return self.bar

    def _lay_bar(self) -> None:
        layout = self._bar_layout
        while layout.count():
            layout.takeAt(0)
        for button in (self.back_button, self.help_button):
            layout.addWidget(button)
        layout.push_right()
        for button in (*self._bar_buttons, self.finish_button):
            layout.addWidget(button)
        if self.main_button is not None:
            layout.addWidget(self.main_button)


def focusables(layout: QLayout | None) -> list[QWidget]:
    """Return the controls that Tab stops at, in the order of the layouts, so of the eye."""
    found: list[QWidget] = []
    for part in parts(layout):
        found += focusables(part) if isinstance(part, QLayout) else _focusables_of(part)
    return found


def _focusables_of(widget: QWidget) -> list[QWidget]:
    inside = widget.widget() if isinstance(widget, QScrollArea) else None
    if inside is not None:
        return focusables(inside.layout())
    own = [widget] if widget.focusPolicy() & Qt.FocusPolicy.TabFocus else []
    return own + focusables(widget.layout())


def order_tabs(layout: QLayout | None) -> None:
    """Chain the controls of ``layout`` as the eye goes."""
    chain = focusables(layout)
    for before, after in pairwise(chain):
        QWidget.setTabOrder(before, after)
