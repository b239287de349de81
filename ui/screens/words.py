"""« Les mots difficiles »: the health words of a document, as one reads them, then all the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QStackedWidget

from ui import glossary, messages, theme
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, commas, current_language, ngettext
from ui.widgets import EmptyState, NoticeKind, Progress, announce
from ui.widgets.big_row_list import BigRowList
from ui.widgets.big_rows import RowLook, RowModel, Tone
from ui.widgets.filling import fill, height_of
from ui.widgets.search_field import SearchField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from ui.glossary import Entry
    from ui.session.context import SessionContext

__all__ = ["Words"]

LEAST_LINES = 6
FIELD_WIDTH = 16
NARROW = 36


@dataclass(frozen=True, slots=True)
class _Row:
    """One word of the list; ``here``, the document says it."""

    entry: Entry
    here: bool


class Words(Screen):
    """The words that ``text`` says, in its order, then the whole glossary. One press explains."""

    name: ClassVar[str] = "words"

    def __init__(self, context: SessionContext, *, text: str = "") -> None:
        super().__init__(_("Les mots difficiles"), main=_("Expliquer ce mot"), finish=True)
        self.help_text = _(
            "Cette page explique les mots de santé difficiles. "
            "Appuyez sur un mot pour savoir ce qu’il veut dire. "
            "Les mots de votre document sont en haut."
        )
        self._context = context
        self._text = text
        self._asked = False
        self._rows: list[_Row] = []
        self.model: RowModel[_Row] = RowModel(lambda row: row.entry.word, lambda row: row.entry.word, _look)
        self.list = BigRowList(_("Les mots difficiles"))
        self.list.setModel(self.model)
        self.list.chosen.connect(self._explain)
        self._build()

    def entered(self) -> None:
        """Look for the words once the screen is there: two threads at work would make it come later."""
        if not self._asked:
            self._asked = True
            QTimer.singleShot(0, self, self._ask)

    def _ask(self) -> None:
        # The first use of the glossary reads its files, and a document may have 200 pages.
        text = self._text
        self._context.tasks.run(
            lambda: _rows_of(text), self._arrived, self._failed, lane=Lane.STORE, owner=self
        )

    def first_focus(self) -> QWidget | None:
        """Return the list, where the arrows work at once."""
        return self.list if self.model.rowCount() else self.search.line

    def pressed(self) -> None:
        """Explain the current word."""
        self.list.choose_current()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit to the new size."""
        super().resizeEvent(event)
        self._fit()

    def customEvent(self, event: QEvent) -> None:
        """Follow the theme, the text size and the language."""
        del event
        self._fit()
        self.list.refit()

    # -- building --------------------------------------------------------------------------------

    def _build(self) -> None:
        self.search = SearchField(_("Chercher un mot"), _("Chercher un mot"))
        self.search.searched.connect(self._show_found)
        self.search.entered.connect(self._to_list)
        self._progress = Progress(_("Un instant, nous cherchons les mots…"))
        self._progress.start_after()
        self._nothing = EmptyState(
            _("Ce mot n’est pas dans notre liste."),
            _("Essayez le début du mot, ou demandez à la personne qui vous aide."),
            icon_name="magnify",
            action=_("Montrer tous les mots"),
        )
        if self._nothing.action:
            self._nothing.action.clicked.connect(self._forget)
        self._stack = QStackedWidget()
        for widget in (self._progress, self.list, self._nothing):
            self._stack.addWidget(widget)
        self.body.addWidget(self.search)
        self.body.addWidget(self._stack)

    def _fit(self) -> None:
        body = theme.current().body
        if self.main_button is not None:
            # A press on the row does the same; there the room is worth more.
            self.main_button.setVisible(self.width() >= body * NARROW)
        self.search.fit(FIELD_WIDTH, self.width() - 3 * theme.SPACE[4])
        QTimer.singleShot(0, self, self._fill)

    def _fill(self) -> None:
        shown = self._stack.currentWidget()
        needs = 0 if shown is self.list else height_of(shown, self._stack.width())
        fill(self._stack, theme.current().body * LEAST_LINES, needs=needs)

    # -- the words -------------------------------------------------------------------------------

    def _arrived(self, rows: list[_Row]) -> None:
        self._progress.stop()
        self._rows = rows
        here = sum(row.here for row in rows)
        if here:
            words = ngettext(
                "Nous pouvons expliquer {count} mot de ce document.",
                "Nous pouvons expliquer {count} mots de ce document.",
                here,
            ).format(count=here)
            self.intro.set_words(words)
        elif self._text.strip():
            self.intro.set_words(_("Nous n’avons trouvé aucun mot de notre liste dans ce document."))
        self._show(rows)
        self.order_tabs()
        if self.isVisible():
            self._take_focus()

    def _show(self, rows: Sequence[_Row]) -> None:
        self.model.replace(rows)
        self._stack.setCurrentWidget(self.list if rows else self._nothing)
        if rows:
            self.list.setCurrentIndex(self.model.index(0))
            self.list.scrollToTop()
        if self.main_button is not None:
            self.main_button.setEnabled(bool(rows))
        QTimer.singleShot(0, self, self._fill)

    def _show_found(self) -> None:
        wanted = self.search.text
        found = {entry.word for entry in glossary.search(wanted)}
        rows = [row for row in self._rows if row.entry.word in found]
        self._show(rows)
        if wanted:
            words = ngettext("{count} mot trouvé", "{count} mots trouvés", len(rows))
            announce(self.list, words.format(count=len(rows)))

    def _forget(self) -> None:
        self.search.clear()
        self._show(self._rows)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _to_list(self) -> None:
        if self.model.rowCount():
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _explain(self, word: str) -> None:
        row = self.model.row(self.model.index_of(word))
        if row is not None:
            self._context.go("word", entry=row.entry)

    def _failed(self, error: Exception) -> None:
        self._progress.stop()
        self.say(messages.sentence(error), NoticeKind.BAD)


def _rows_of(text: str) -> list[_Row]:
    """Return the words of a text as they come, then all others; called in a worker."""
    here = {match.entry.word: match.entry for match in glossary.find(text)}
    glossary.search("")
    others = [_Row(entry, here=False) for entry in glossary.entries() if entry.word not in here]
    return [*(_Row(entry, here=True) for entry in here.values()), *others]


def _look(row: _Row) -> RowLook:
    """Put a word into a row: what it is about (or its meaning in another language), whether it is here."""
    in_french = current_language().startswith("fr")
    about = _(glossary.THEMES[row.entry.theme]) if in_french else glossary.explained(row.entry)[0]
    state = _("Dans ce document") if row.here else ""
    return RowLook(
        icon=row.entry.icon,
        title=row.entry.word,
        second=about,
        spoken=commas((row.entry.word, about, state)),
        state=state,
        tone=Tone.OK if row.here else Tone.QUIET,
    )
