"""« C’est votre choix »: the exact words, large, read aloud if wanted; then the person's own press.

The button that confirms comes once all the words have been on the screen. In another language than French
their translation stands below, marked as what it is; the French words are what is confirmed and kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QTimer

from app import personal_acts
from app.codes.personal_acts import READ_BACKS
from app.errors import WorldFailed
from ui import messages, theme
from ui.screen import Screen
from ui.session.mandate_meaning import explained_in, for_understanding
from ui.text import SOURCE_LANGUAGE, _
from ui.widgets import Card, IconLine, NoticeKind, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from app.personal_acts import Confirmation
    from ui.session.context import SessionContext

__all__ = ["ReadBack"]


class ReadBack(Screen):
    """``keep`` is called in the store's lane with the confirmation; ``done`` says it on the home screen."""

    name: ClassVar[str] = "read_back"

    def __init__(
        self,
        context: SessionContext,
        *,
        asked: personal_acts.ReadBack,
        keep: Callable[[Confirmation], object],
        done: str,
    ) -> None:
        super().__init__(
            _("C’est votre choix"),
            _("Relisez ces mots, ou écoutez-les. Personne ne répond à votre place."),
            main=_("Oui, c’est mon choix"),
        )
        self.help_text = _(
            "Cette page relit votre choix avec les mots exacts. "
            "La personne qui vous aide ne décide pas à votre place. "
            "Si ces mots ne sont pas les vôtres, appuyez sur « Retour »."
        )
        self._context, self._asked, self._keep, self._done = context, asked, keep, done
        self._busy = False
        self._seen = False
        card = Card()
        self.words = Text(asked.words, theme.Role.TITLE, language=SOURCE_LANGUAGE)
        card.column.addWidget(self.words)
        self.body.addWidget(card)
        self._meaning = Card()
        said = _(READ_BACKS[asked.template]).format(**dict(asked.fields))
        self._meaning.column.addWidget(Text(for_understanding(), theme.Role.SECOND))
        self._meaning.column.addWidget(Text(said))
        self.body.addWidget(self._meaning)
        self.body.addWidget(
            IconLine("hand-pointing-up", _("Appuyez vous-même, seulement si vous êtes d’accord."))
        )
        listen = self.add_action(_("Écouter ces mots"), icon_name="volume-high")
        listen.clicked.connect(self.listen_asked)
        self.add_action(_("Ce n’est pas mon choix")).clicked.connect(context.back)
        if self.scroller is not None:
            self.scroller.verticalScrollBar().valueChanged.connect(lambda _value: self._look())

    def entered(self) -> None:
        """Wait until all the words have been on the screen."""
        self._begin_again()

    def customEvent(self, event: QEvent) -> None:
        """Begin again in another language or size: what is to be read may be longer now."""
        super().customEvent(event)
        self._begin_again()

    def _begin_again(self) -> None:
        self._show_meaning()
        if self._busy or self.main_button is None:
            return
        self._seen = False
        self.main_button.hide()
        self.notice.say("")
        QTimer.singleShot(0, self, self._look)

    def _show_meaning(self) -> None:
        self._meaning.setVisible(bool(explained_in()))

    def first_focus(self) -> QWidget | None:
        """Begin at the way back: Enter pressed once more decides nothing."""
        return self.back_button

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again how much is to be seen."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._look)

    def _look(self) -> None:
        """Offer to confirm once the end of the page has been on the screen."""
        if self._seen or self.scroller is None or not self.isVisible() or self.main_button is None:
            return
        bar = self.scroller.verticalScrollBar()
        if bar.value() >= bar.maximum() - 2 * theme.RING:
            self._seen = True
            self.main_button.show()
            self.order_tabs()
            self.say("")
        elif not self.notice.words:
            self.notice.say(_("Descendez jusqu’en bas pour tout lire."), NoticeKind.INFO)

    def pressed(self) -> None:
        """Take the person's yes; once."""
        if self._busy or not self._seen:
            return
        self._busy = True
        space, asked, shown = self._context.space, self._asked, str(self.words.words)
        self._context.tasks.run(
            lambda: self._keep(personal_acts.confirm(space, asked, shown=shown)),
            lambda _kept: self._kept(),
            self._failed,
            owner=self,
        )

    def _kept(self) -> None:
        self._context.home()
        self._context.navigator.toast(self._done, NoticeKind.OK)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        if isinstance(error, WorldFailed):
            self.offer_finish()
        self.say(messages.sentence(error), NoticeKind.BAD)
