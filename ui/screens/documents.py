"""« Vos documents »: the person's documents, newest first, found by kind, by year, by words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.records import DocumentQuery
from ui import formats, messages, theme
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, ngettext
from ui.widgets import BarLayout, EmptyState, NoticeKind, PlainButton, Progress, QuietButton, announce
from ui.widgets.big_row_list import BigRowList
from ui.widgets.document_list import DocumentModel, category_label
from ui.widgets.filling import fill, height_of
from ui.widgets.search_field import SearchField

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from sync.engine import SyncStatus
    from ui.session.context import SessionContext

__all__ = ["Documents"]

FIELD_WIDTH = 14
ROOM = 36
LEAST_LINES = 6


class Documents(Screen):
    """The list, and the ways to make it shorter."""

    name: ClassVar[str] = "documents"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(_("Vos documents"), main=_("Lire ce document"), finish=True)
        self.help_text = _(
            "Cette page montre tous vos documents, les plus récents en haut. "
            "Appuyez sur un document pour le lire. "
            "Vous pouvez chercher un mot, une sorte de document ou une année."
        )
        self._context = context
        self._entered_once = self._came_once = False
        space = context.space
        self.model = DocumentModel(space.records, context.tasks, lambda: space.clock().astimezone().date())
        self.model.arrived.connect(self._arrived)
        self.model.failed.connect(self._failed)
        self.list = BigRowList(_("Vos documents"))
        self.list.setModel(self.model)
        self.list.chosen.connect(self._open)
        self._build()
        context.follow(self, self.model.changed, self._show_status)
        self.model.show_query(DocumentQuery())

    def entered(self) -> None:
        """Come back to the same place; say every state again."""
        if self._entered_once:
            self.model.reword()
            self.model.refresh()
        self._entered_once = True
        self._show_status(self._context.status)

    def first_focus(self) -> QWidget | None:
        """Return the list, where the arrows work at once."""
        return self.list if self.model.rowCount() else super().first_focus()

    def pressed(self) -> None:
        """Read the current document."""
        self.list.choose_current()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit to the new size."""
        super().resizeEvent(event)
        self._fit()

    def customEvent(self, event: QEvent) -> None:
        """Follow the theme and the text size."""
        del event
        self._fit()
        self.list.refit()

    # -- building --------------------------------------------------------------------------------

    def _build(self) -> None:
        self.search = SearchField(_("Chercher un mot"), _("Chercher un document"))
        self.search.searched.connect(self._query)
        self.search.entered.connect(self._to_list)
        self._ask_search = PlainButton(_("Chercher"), icon_name="magnify")
        self._ask_search.clicked.connect(self._start_search)
        self._by_category = QuietButton("", icon_name="filter-variant")
        self._by_category.clicked.connect(lambda: self._ask_filter("category"))
        self._by_year = QuietButton("", icon_name="calendar")
        self._by_year.clicked.connect(lambda: self._ask_filter("year"))
        self._show_all = QuietButton(_("Tout montrer"), icon_name="close")
        self._show_all.clicked.connect(self._forget_filters)
        self._searches = False
        self._narrow = False
        self._states: dict[QWidget, QWidget] = {}
        self._stack = QStackedWidget()
        self._ways = self._filter_bar()
        self.body.addWidget(self._ways)
        self.body.addWidget(self._stack)
        self._pages()
        self._word_filters()

    def _filter_bar(self) -> QWidget:
        holder = QWidget()
        bar = BarLayout(holder)
        bar.setSpacing(theme.GAP)
        for widget in (
            self._ask_search,
            self.search,
            self._by_category,
            self._by_year,
            self._show_all,
        ):
            bar.addWidget(widget)
        return holder

    def _pages(self) -> None:
        self._progress = Progress(_("Un instant, nous cherchons vos documents…"))
        self._empty = EmptyState(
            _("Il n’y a pas encore de document."),
            _("Vous pouvez ranger un premier papier : une ordonnance, un résultat, un courrier."),
            action=_("Ranger un papier"),
        )
        self._nothing = EmptyState(
            _("Aucun document ne correspond."),
            _("Essayez un autre mot, ou montrez tous les documents."),
            icon_name="magnify",
            action=_("Montrer tous les documents"),
        )
        if self._empty.action:
            self._empty.action.clicked.connect(lambda: self._context.go("file_pick"))
        if self._nothing.action:
            self._nothing.action.clicked.connect(self._forget_filters)
        self._progress.start_after()
        self._stack.addWidget(self.list)
        for state in (self._progress, self._empty, self._nothing):
            self._states[state] = _from_the_top(state)
            self._stack.addWidget(self._states[state])
        self._stack.setCurrentWidget(self._states[self._progress])

    def _fit(self) -> None:
        """Keep the field ready; on a narrow screen, the field comes when it is asked for."""
        body = theme.current().body
        self._narrow = self.width() < body * ROOM
        searches = self._searches or bool(self.search.text)
        self.search.setVisible(searches or not self._narrow)
        self._ask_search.setVisible(self._narrow and not searches)
        for button in (self._by_category, self._by_year):
            button.setVisible(not (self._narrow and searches))
        if self.main_button is not None:
            # A press on the row does the same; there the room is worth more.
            self.main_button.setVisible(not self._narrow)
        self.search.fit(FIELD_WIDTH, self.width() - 3 * theme.SPACE[4])
        self._word_filters()
        QTimer.singleShot(0, self, self._fill)

    def _fill(self) -> None:
        shown = self._stack.currentWidget()
        needs = 0 if shown is self.list else height_of(shown, self._stack.width())
        fill(self._stack, theme.current().body * LEAST_LINES, needs=needs)

    # -- listening -------------------------------------------------------------------------------

    def _show_status(self, status: SyncStatus | None) -> None:
        connecting = status is None or (status.reason is None and status.last_sync is None)
        offline = status is not None and not status.online and not connecting
        words = _("Pas de réseau. Vous voyez ce qui est déjà arrivé sur cet ordinateur.") if offline else ""
        if words != self.notice.words:
            self.notice.say(words, NoticeKind.WAIT)

    # -- the list --------------------------------------------------------------------------------

    def _arrived(self) -> None:
        self._progress.stop()
        count = self.model.rowCount()
        query = self.model.query
        asked = any((query.category, query.year, query.text))
        if count:
            self._stack.setCurrentWidget(self.list)
            if not self.list.currentIndex().isValid():
                self.list.setCurrentIndex(self.model.index(0))
            self._take_over_focus()
        else:
            self._stack.setCurrentWidget(self._states[self._nothing if asked else self._empty])
        self._ways.setVisible(bool(count) or asked)
        QTimer.singleShot(0, self, self._fill)
        if self.main_button is not None:
            self.main_button.setEnabled(bool(count))
        if asked:
            self._tell_count()

    def _take_over_focus(self) -> None:
        waits: set[QWidget | None] = {None, self.main_button}
        if not self._came_once and not self.search.text:
            # Where the focus went while nothing was there yet.
            waits.add(self.search.line)
        self._came_once = True
        if self.isVisible() and self.focusWidget() in waits:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tell_count(self) -> None:
        count = self.model.rowCount()
        if self.model.complete:
            words = ngettext("{count} document trouvé", "{count} documents trouvés", count)
        else:
            words = ngettext("Plus de {count} document trouvé", "Plus de {count} documents trouvés", count)
        announce(self.list, words.format(count=formats.number(count)))

    def _failed(self, error: Exception) -> None:
        self._progress.stop()
        self.say(messages.sentence(error), NoticeKind.BAD)

    def _open(self, document_id: str) -> None:
        self.model.seen.add(document_id)
        self._context.go("document_view", document_id=document_id)

    def _to_list(self) -> None:
        if self.model.rowCount():
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- making it shorter -----------------------------------------------------------------------

    def _query(self) -> None:
        text = self.search.text or None
        old = self.model.query
        if text != old.text:
            self._show(DocumentQuery(old.category, old.year, text))

    def _show(self, query: DocumentQuery) -> None:
        self.list.scrollToTop()
        self.model.show_query(query)
        self._word_filters()

    def _start_search(self) -> None:
        self._searches = True
        self._fit()
        self.search.take_focus()

    def _forget_filters(self) -> None:
        self._searches = False
        self.search.clear()
        self._show(DocumentQuery())
        self._fit()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _word_filters(self) -> None:
        query = self.model.query
        every_kind, every_year = _("Toutes les sortes"), _("Toutes les années")
        if self._narrow:
            every_kind, every_year = _("Sorte"), _("Année")
        self._by_category.set_words(category_label(query.category) if query.category else every_kind)
        self._by_year.set_words(_("Année {year}").format(year=query.year) if query.year else every_year)
        asked = any((query.category, query.year, query.text))
        self._show_all.setVisible(asked or (self._narrow and self._searches))

    def _ask_filter(self, by: str) -> None:
        records = self._context.space.records
        self._context.tasks.run(
            lambda: (
                [(code, count) for code, count in records.categories()]
                if by == "category"
                else [(str(year), count) for year, count in records.years()]
            ),
            lambda found: self._context.go("documents_filter", by=by, found=found, choose=self._filtered),
            lane=Lane.STORE,
            owner=self,
        )

    def _filtered(self, by: str, value: str | None) -> None:
        old = self.model.query
        if by == "category":
            self._show(DocumentQuery(value, old.year, old.text))
        else:
            self._show(DocumentQuery(old.category, int(value) if value else None, old.text))


def _from_the_top(state: QWidget) -> QWidget:
    """Keep a state together at the top of a high page."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(state)
    column.addStretch(1)
    return holder
