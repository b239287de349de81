"""Reading aloud in a window: the button, F4 and Escape, the bar, the question, the light, the warnings.

Decision: before anything of a person is said on a PC that others use, the question of the headset is asked,
once a visit; the answer is kept in memory and nowhere else. When the screen changes, or is hidden, the
voice is silent at once. Where a screen reader runs, what would be said unasked is left to it: it was
announced already.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication

from ui import messages
from ui.speech.aloud import ReadAloud, Stage
from ui.speech.document_source import DocumentSource
from ui.speech.errors import VoiceMissing
from ui.speech.screen_words import ScreenSource, language_of_screen
from ui.speech.utterances import said
from ui.speech.voice import Voice
from ui.text import _
from ui.widgets import NoticeKind
from ui.widgets.document_panel import DocumentPanel
from ui.widgets.reading_bar import HeadsetQuestion, ReadingBar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ui.screen import Screen
    from ui.session.idle import IdleWatch
    from ui.shell import Shell
    from ui.speech.utterances import Source, Utterance

__all__ = ["Speaker"]

STILL_HERE_MS = 5000


class Speaker(QObject):
    """The voice of one window. ``is_personal`` says whether a screen shows something of a person."""

    def __init__(
        self,
        shell: Shell,
        *,
        is_personal: Callable[[Screen], bool] = lambda _screen: False,
        idle: IdleWatch | None = None,
    ) -> None:
        super().__init__(shell)
        self._shell = shell
        self._is_personal = is_personal
        self._idle = idle
        self._may_be_heard = False
        self._bar: ReadingBar | HeadsetQuestion | None = None
        self._read: Screen | None = None
        self.voice = Voice(self)
        self.aloud = ReadAloud(self.voice, self)
        self.aloud.changed.connect(self._show_state)
        self.aloud.failed.connect(self._failed)
        self.aloud.ended.connect(self._put_away)
        self._escape = QShortcut(QKeySequence("Escape"), shell)
        self._escape.setEnabled(False)
        self._escape.activated.connect(self.stop)
        self._still_here = QTimer(self, interval=STILL_HERE_MS)
        self._still_here.timeout.connect(self._tell_idle)

    def toggle(self) -> None:
        """Read the screen; or pause, or go on."""
        if self._idle is not None and self._idle.cover.isVisible():
            return
        if isinstance(self._bar, HeadsetQuestion):
            self._bar.ask()
        elif self.aloud.stage is Stage.IDLE or self._read is None:
            self._listen()
        elif self.aloud.stage is Stage.PAUSED:
            self.aloud.go_on()
        else:
            self.aloud.pause()

    def stop(self) -> None:
        """Be silent and take the bar away."""
        self.aloud.stop()
        self._put_away()

    def end(self) -> None:
        """Silence and end the voice, waiting for nothing: it ends when its pipe does."""
        self.stop()
        self.voice.end()

    def close(self) -> None:
        """End the voice and wait until it is gone."""
        self.stop()
        self.voice.close()

    # -- reading ---------------------------------------------------------------------------------

    def _listen(self) -> None:
        screen = self._shell.shown
        if screen is None:
            return
        # After what is drawn now: starting a process takes its moment too.
        QTimer.singleShot(0, self.voice, self.voice.warm_up)
        if self._is_personal(screen) and not self._may_be_heard:
            self._ask(screen)
        else:
            self._start(screen, _source_of(screen))

    def _ask(self, screen: Screen) -> None:
        question = HeadsetQuestion()
        question.headset.connect(lambda: self._allowed(screen, headset=True))
        question.room.connect(lambda: self._allowed(screen, headset=False))
        question.refused.connect(self.stop)
        self._put(question, screen)
        question.ask()
        if not QAccessible.isActive():
            words = _("Avez-vous un casque ? Oui, j’ai un casque. Lire dans la pièce. Ne pas lire.")
            self.aloud.start(_Words(words))

    def _allowed(self, screen: Screen, *, headset: bool) -> None:
        self._may_be_heard = True
        self._put_away()
        source = _source_of(screen)
        if headset:
            # Of nobody: whoever plugged it in wrongly hears it in the room, before anything personal.
            words = _("Vous m’entendez dans le casque. Sinon, appuyez sur Arrêter.")
            source = _Both(_Words(words), source)
        self._start(screen, source)

    def _start(self, screen: Screen, source: Source) -> None:
        self._read = screen
        self._shell.in_turns(partial(self._show_bar, screen), partial(self._begin, screen, source))

    def _show_bar(self, screen: Screen) -> None:
        if self._read is not screen:
            return  # Stopped meanwhile.
        bar = ReadingBar()
        bar.toggled.connect(self.toggle)
        bar.again.connect(self.aloud.again)
        bar.slower.connect(self.aloud.slower)
        bar.faster.connect(self.aloud.faster)
        bar.stopped.connect(self.stop)
        self._put(bar, screen)

    def _begin(self, screen: Screen, source: Source) -> None:
        if self._read is screen:
            self._still_here.start()
            self._tell_idle()
            self.aloud.start(source)

    def _show_state(self) -> None:
        if isinstance(self._bar, ReadingBar) and self.aloud.stage is not Stage.IDLE:
            self._bar.show_state(
                starting=self.aloud.stage is Stage.STARTING,
                paused=self.aloud.stage is Stage.PAUSED,
                can_slow=self.aloud.can_slow,
                can_hurry=self.aloud.can_hurry,
            )

    def _failed(self, error: Exception) -> None:
        asked = self._bar is not None
        self._put_away()
        shown = self._shell.shown
        if shown is not None and asked:
            if isinstance(error, VoiceMissing):
                error = VoiceMissing(language=_name_of(str(error.fields["language"])))
            shown.say(messages.sentence(error), NoticeKind.WAIT)

    # -- the bar ---------------------------------------------------------------------------------

    def _put(self, bar: ReadingBar | HeadsetQuestion, screen: Screen) -> None:
        self._take_away()
        self._bar = bar
        column = screen.layout()
        column.insertWidget(column.indexOf(screen.bar), bar)  # type: ignore[union-attr]  # a column of boxes
        bar.show()
        screen.order_tabs()
        self._escape.setEnabled(True)

    def _put_away(self) -> None:
        self._still_here.stop()
        self._read = None
        self._take_away()
        self._escape.setEnabled(False)

    def _take_away(self) -> None:
        bar, self._bar = self._bar, None
        if bar is None:
            return
        focused = QApplication.focusWidget()
        had_focus = focused is not None and bar.isAncestorOf(focused)
        bar.hide()
        bar.deleteLater()
        shown = self._shell.shown
        if had_focus and shown is not None:
            _give_focus(shown)

    # -- the warnings ----------------------------------------------------------------------------

    def _tell_idle(self) -> None:
        """Someone listens: that is as good as pressing a key."""
        if self._idle is not None and self.aloud.stage in {Stage.SPEAKING, Stage.STARTING}:
            self._idle.touch()

    def warn(self, words: str) -> None:
        """Say a warning that nobody asked for, unless a screen reader has."""
        if not QAccessible.isActive():
            self.stop()
            self.aloud.start(_Words(words))


class _Words:
    """A few words of ours, of nobody in particular."""

    def __init__(self, words: str) -> None:
        self._left = list(said(words, language_of_screen()))

    def more(self, take: Callable[[Sequence[Utterance]], None]) -> None:
        left, self._left = self._left, []
        take(left)


class _Both:
    """One source, then the other."""

    def __init__(self, *sources: Source) -> None:
        self._sources = list(sources)

    def more(self, take: Callable[[Sequence[Utterance]], None]) -> None:
        def hear(part: Sequence[Utterance]) -> None:
            if part or len(self._sources) == 1:
                take(part)
            else:
                self._sources.pop(0)
                self.more(take)

        self._sources[0].more(hear)


def _source_of(screen: Screen) -> Source:
    """Read the document where there is one, else the screen."""
    panel = screen.findChild(DocumentPanel)
    if panel is not None and panel.has_document and panel.isVisibleTo(screen):
        return DocumentSource(screen, panel)
    return ScreenSource(screen)


def _name_of(language: str) -> str:
    """Return the name of a language, in the language of the screen."""
    try:
        return str(Locale.parse(language_of_screen()).languages.get(language, language))
    except UnknownLocaleError:
        return language


def _give_focus(screen: Screen) -> None:
    target = screen.first_focus()
    if target is not None:
        target.setFocus()
