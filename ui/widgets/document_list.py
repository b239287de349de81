"""The person's documents as a list that opens at once, however many there are.

Pages of 200 rows are read in the store's lane, the first before anything else; the others follow by
themselves, so that every row can be reached by a screen reader and by the End key. When the records
change, what is loaded is read again in the lane, compared there, and only the difference is applied:
the row a person looks at stays where it is. Changes that come in a burst (a synchronization) are
answered once a second.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QTimer, Signal

from app.changes import Origin
from app.codes.categories import CATEGORIES
from app.records import DocumentQuery, DocumentRow, DocumentState, Records
from ui import formats, messages
from ui.tasks import Lane, Tasks
from ui.text import _, commas, dotted, resayable
from ui.widgets.big_rows import Index, RowLook, RowModel, Tone
from ui.widgets.merging import Edits, edits_between

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.changes import Change

__all__ = [
    "CATEGORY_ICONS",
    "FIRST_LOOK",
    "DocumentModel",
    "category_label",
    "document_look",
    "is_new",
    "person_of",
]

T = TypeVar("T")
PAGE = 200
# What is looked at first: a few screens, so that a search answers as one types.
FIRST_LOOK = 40
BURST_MS = 1000
# Between two pages of a list that is read again: without it, reading took the half of a sync's time.
PAUSE_SECONDS = 0.05
NEW_FOR = timedelta(days=30)

CATEGORY_ICONS: dict[str, str] = {
    "SYNTHESE": "heart-pulse",
    "ORD_SOIN": "pill",
    "RADIO_SC": "radiology-box",
    "BIOLOGIE": "test-tube",
    "CPT_REND": "hospital-building",
    "DEPISTAG": "shield-check",
    "CERT_MED": "certificate",
    "DOC_ADM": "bank",
    "AUTR_DOC": "file-document",
}


@resayable
def category_label(code: str) -> str:
    """Return the name of a category; the last one for a code that is not known."""
    return _(CATEGORIES[code if code in CATEGORIES else "AUTR_DOC"].label)


def is_new(row: DocumentRow, today: date) -> bool:
    """Tell whether someone else's document is of the last thirty days."""
    return not row.is_ours and row.date is not None and timedelta() <= today - row.date <= NEW_FOR


def document_look(row: DocumentRow, today: date, *, seen: bool = False) -> RowLook:
    """Put a document into words."""
    day = formats.day(row.date) if row.date else _("sans date")
    label = category_label(row.category)
    brief_day = formats.short_day(row.date) if row.date else day
    person = person_of(row.author)
    state, tone, said = _state(row, today, seen=seen)
    return RowLook(
        icon=CATEGORY_ICONS.get(row.category, "file-document"),
        title=row.title,
        second=_joined(day, label, row.author),
        shorter=(_joined(day, label, person), _joined(brief_day, label, person), _joined(brief_day, label)),
        spoken=commas((row.title, day, label, said)),
        state=state,
        tone=tone,
    )


def person_of(author: str) -> str:
    """Return the author without the place where they work (« Docteur Lefèvre, Maison de santé … »)."""
    return author.split(",", 1)[0].strip()


def _joined(*parts: str) -> str:
    return dotted(parts)


def _state(row: DocumentRow, today: date, *, seen: bool) -> tuple[str, Tone, str]:
    """Return the state as shown, its tone, and as said."""
    if row.state is DocumentState.REFUSED:
        why = _("Refusé : {why}").format(why=messages.reason(row.reason, row.fields))
        return why, Tone.BAD, why
    if row.state is DocumentState.WAITING:
        words = _("Sera envoyé dès que possible")
        return words, Tone.WAIT, words
    if is_new(row, today) and not seen:
        return _("Nouveau"), Tone.OK, _("nouveau, à jour")
    return _("À jour le {day}").format(day=formats.short_day(row.state_at)), Tone.QUIET, _("à jour")


@dataclass(frozen=True, slots=True)
class _Fresh:
    """What is shown, read again, and how it differs."""

    edits: Edits[DocumentRow]
    rows: list[DocumentRow]
    longest: tuple[str, ...]
    complete: bool


def _wanted(offset: int) -> int:
    return PAGE if offset else FIRST_LOOK


class DocumentModel(RowModel[DocumentRow]):
    """The documents of one query."""

    arrived = Signal()
    failed = Signal(object)

    def __init__(self, records: Records, tasks: Tasks, today: Callable[[], date]) -> None:
        super().__init__(
            lambda row: row.id,
            lambda row: row.title,
            lambda row: document_look(row, today(), seen=row.id in self.seen),
        )
        self.seen: set[str] = set()
        self.query = DocumentQuery()
        self.complete = False
        self._records = records
        self._tasks = tasks
        self._generation = 0
        self._reading = False
        self._stale = False
        self._burst = QTimer(self, singleShot=True, interval=BURST_MS)
        self._burst.timeout.connect(self.refresh)

    def show_query(self, query: DocumentQuery) -> None:
        """Show the documents of ``query``, from the first; the former ones stay until these arrive."""
        self.query = query
        self._generation += 1
        self._reading = False
        self.complete = False
        self._read_page(0)

    def canFetchMore(self, parent: Index) -> bool:
        """Say whether there are more rows to read."""
        return not parent.isValid() and not self.complete

    def fetchMore(self, parent: Index) -> None:
        """Read the next page, in the store's lane."""
        if not self._reading and self.canFetchMore(parent):
            self._read_page(self.rowCount())

    def changed(self, change: Change) -> None:
        """Hear of a commit that touched documents; called in the screen thread.

        That a file has arrived changes no row.
        """
        touched = "DocumentReference" in change.types and change.origin is not Origin.FILE
        if touched and not self._burst.isActive():
            self._burst.start()

    def refresh(self) -> None:
        """Read again what is shown, and apply what differs."""
        if self._reading:
            self._stale = True
            return
        query, old = self.query, self.rows
        self._reading = True

        self._ask(lambda: self._read_again(query, old), self._refreshed)

    def _read_again(self, query: DocumentQuery, old: Sequence[DocumentRow]) -> _Fresh:
        """Read what is shown and one page more; called in a worker.

        Page by page with a pause, so that the screen thread gets its turn however long the list is. What
        changes in between is told by another change.
        """
        rows: dict[str, DocumentRow] = {}
        limit = len(old) + PAGE
        complete = False
        for offset in range(0, limit, PAGE):
            page = self._records.documents(query, limit=PAGE, offset=offset)
            rows.update((row.id, row) for row in page)
            complete = len(page) < PAGE
            if complete:
                break
            time.sleep(PAUSE_SECONDS)
        fresh = list(rows.values())
        edits = edits_between(old, fresh, lambda row: row.id)
        return _Fresh(edits, fresh, self.longest_of(row.title for row in fresh), complete=complete)

    def _read_page(self, offset: int) -> None:
        query = self.query
        self._reading = True
        self._ask(
            lambda: (offset, self._records.documents(query, limit=_wanted(offset), offset=offset)),
            self._page_arrived,
        )

    def _ask(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Run ``work`` in the store's lane; an answer to a former query is dropped."""
        generation = self._generation

        def current(result: T) -> None:
            if generation == self._generation:
                self._reading = False
                done(result)

        self._tasks.run(work, current, self._went_wrong, lane=Lane.STORE, owner=self)

    def _page_arrived(self, page: tuple[int, list[DocumentRow]]) -> None:
        offset, rows = page
        self.complete = len(rows) < _wanted(offset)
        if offset == 0:
            self.replace(rows)
            self.arrived.emit()
        else:
            self.append(rows)
        self._go_on()

    def _refreshed(self, fresh: _Fresh) -> None:
        self.complete = fresh.complete
        self.apply(fresh.edits, fresh.rows, fresh.longest)
        self._burst.setInterval(max(BURST_MS, len(fresh.rows) // 4))
        self.arrived.emit()
        self._go_on()

    def _go_on(self) -> None:
        if self._stale:
            self._stale = False
            self.refresh()
        elif not self.complete:
            self._read_page(self.rowCount())

    def _went_wrong(self, error: Exception) -> None:
        self._reading = False
        self.failed.emit(error)
