"""Lists of big rows: a pictogram, a title, a second line, a state in words; one press opens.

The rows are drawn by a delegate and not made of widgets, so that ten thousand of them cost what the
visible ones cost; each is still a named item for a screen reader (``AccessibleTextRole``). All rows
have one height, measured from the longest titles: the view then lays out without asking each row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from heapq import nlargest
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ui.widgets.merging import Edits

__all__ = ["Index", "RowLook", "RowModel", "Tone"]

Index = QModelIndex | QPersistentModelIndex
Row = TypeVar("Row")
LONGEST = 3
MOST_EDITS = 300
MOST_LOOKS = 1000


class Tone(StrEnum):
    """How a state is coloured; the words always say it too."""

    QUIET = "quiet"
    OK = "ok"
    WAIT = "wait"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class RowLook:
    """What a row shows, and ``spoken``: the same in one sentence for a screen reader.

    ``shorter`` are second lines that say less and less, for where there is no room to say it all.
    """

    icon: str
    title: str
    second: str
    spoken: str
    state: str = ""
    tone: Tone = Tone.QUIET
    shorter: tuple[str, ...] = ()


class RowModel(QStringListModel, Generic[Row]):
    """Rows of any kind, each shown by its ``look``.

    A view asks for the count twice a row whenever it lays out. So the count lives in Qt's own list of
    (empty) strings and never passes through Python; that is 40 ms less for ten thousand rows.
    """

    about_to_merge = Signal()
    merged = Signal()

    LOOK = Qt.ItemDataRole.UserRole + 1
    KEY = Qt.ItemDataRole.UserRole + 2

    def __init__(
        self, key: Callable[[Row], str], title: Callable[[Row], str], look: Callable[[Row], RowLook]
    ) -> None:
        super().__init__()
        self._key = key
        self._title = title
        self._look = look
        self._rows: list[Row] = []
        self._keys: list[str] = []
        self._longest: tuple[str, ...] = ()
        self._coming: Sequence[Row] = ()
        self._looks: dict[str, tuple[Row, RowLook]] = {}
        # Connected before any view is, so that every view finds the rows in step with the count.
        self.rowsInserted.connect(self._have_come)
        self.rowsRemoved.connect(self._have_gone)
        self.modelReset.connect(self._are_replaced)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows as they are now."""
        return tuple(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows are read and chosen, never edited or dragged."""
        del index
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def row(self, index: Index | int) -> Row | None:
        """Return the row at an index or a number, ``None`` outside."""
        number = index if isinstance(index, int) else index.row()
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt’s type
        """Return what the row shows and says."""
        row = self.row(index)
        if row is None:
            return None
        if role == self.KEY:
            return self._key(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._title(row)
        if role == self.LOOK:
            return self._look_of(row)
        return self._look_of(row).spoken if role == Qt.ItemDataRole.AccessibleTextRole else None

    def index_of(self, key: str) -> QModelIndex:
        """Return the index of the row named ``key``, invalid when there is none."""
        return self.index(self._keys.index(key)) if key in self._keys else QModelIndex()

    def replace(self, rows: Sequence[Row]) -> None:
        """Show other rows; nothing of the former view is worth keeping."""
        self._coming = rows
        self.setStringList([""] * len(rows))

    def append(self, rows: Sequence[Row]) -> None:
        """Add rows at the end; those that are already there are left out."""
        known = set(self._keys)
        fresh = [row for row in rows if self._key(row) not in known]
        if fresh:
            self._longest = self.longest_of([*self._longest, *map(self._title, fresh)])
            self._insert(len(self._rows), fresh)

    def apply(self, edits: Edits[Row], rows: Sequence[Row], longest: tuple[str, ...]) -> None:
        """Become ``rows`` by ``edits``, worked out (in a worker) against the rows as they are.

        ``about_to_merge`` and ``merged`` are told. Where nearly everything is new, the whole is replaced.
        """
        if not edits:
            return
        self.about_to_merge.emit()
        if len(edits.removed) + len(edits.inserted) > MOST_EDITS:
            self.replace(rows)
        else:
            self._longest = longest
            self._apply(edits)
        self.merged.emit()

    def longest_titles(self) -> tuple[str, ...]:
        """Return the titles with the most characters, which say how high a row must be."""
        return self._longest

    def _look_of(self, row: Row) -> RowLook:
        """Put a row into words once: dates in words are slow, and scrolling asks for them again."""
        known = self._looks.get(self._key(row))
        if known is None or known[0] is not row:
            if len(self._looks) >= MOST_LOOKS:
                self._looks.clear()
            known = self._looks[self._key(row)] = (row, self._look(row))
        return known[1]

    @staticmethod
    def longest_of(titles: Iterable[str]) -> tuple[str, ...]:
        """Return the few titles with the most characters."""
        return tuple(nlargest(LONGEST, titles, key=len))

    def _apply(self, edits: Edits[Row]) -> None:
        for gone in edits.removed:
            self.removeRows(gone.first, gone.last - gone.first + 1)
        for come in edits.inserted:
            self._insert(come.at, come.rows)
        for anew in edits.rewritten:
            self._rows[anew.at] = anew.row
            self.dataChanged.emit(self.index(anew.at), self.index(anew.at))

    def _insert(self, at: int, rows: Sequence[Row]) -> None:
        self._coming = rows
        self.insertRows(at, len(rows))

    def _have_come(self, _parent: Index, first: int, _last: int) -> None:
        self._rows[first:first] = self._coming
        self._keys[first:first] = map(self._key, self._coming)

    def _have_gone(self, _parent: Index, first: int, last: int) -> None:
        del self._rows[first : last + 1]
        del self._keys[first : last + 1]

    def _are_replaced(self) -> None:
        self._rows = list(self._coming)
        self._keys = [self._key(row) for row in self._rows]
        self._longest = self.longest_of(map(self._title, self._rows))

    def reword(self) -> None:
        """Say every row again, when what its look depends on has changed."""
        self._looks.clear()
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))
