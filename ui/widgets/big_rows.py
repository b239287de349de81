"""Lists of big rows: a pictogram, a title, a second line, a state in words; one press opens.

The rows are drawn by a delegate and not made of widgets, so that ten thousand of them cost what the
visible ones cost; each is still a named item for a screen reader (``AccessibleTextRole``). All rows
have one height, measured from the longest titles: the view then lays out without asking each row.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from ui.widgets.merging import Edits, edits_between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Index", "RowLook", "RowModel", "Tone"]

Index = QModelIndex | QPersistentModelIndex
Row = TypeVar("Row")


class Tone(StrEnum):
    """How a state is coloured; the words always say it too."""

    QUIET = "quiet"
    OK = "ok"
    WAIT = "wait"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class RowLook:
    """What a row shows, and ``spoken``: the same in one sentence for a screen reader.

    ``brief`` is the second line where there is little room.
    """

    icon: str
    title: str
    second: str
    spoken: str
    state: str = ""
    tone: Tone = Tone.QUIET
    brief: str = ""


class RowModel(QAbstractListModel, Generic[Row]):
    """Rows of any kind, each shown by its ``look``."""

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

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows as they are now."""
        return tuple(self._rows)

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many rows are loaded."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def row(self, index: Index | int) -> Row | None:
        """Return the row at an index or a number, ``None`` outside."""
        number = index if isinstance(index, int) else index.row()
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt’s type
        """Return what the row shows and says."""
        row = self.row(index)
        if row is None:
            return None
        if role == self.LOOK:
            return self._look(row)
        if role == self.KEY:
            return self._key(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._look(row).title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._look(row).spoken
        return None

    def index_of(self, key: str) -> QModelIndex:
        """Return the index of the row named ``key``, invalid when there is none."""
        for number, row in enumerate(self._rows):
            if self._key(row) == key:
                return self.index(number)
        return QModelIndex()

    def replace(self, rows: Sequence[Row]) -> None:
        """Show other rows; nothing of the former view is worth keeping."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def append(self, rows: Sequence[Row]) -> None:
        """Add rows at the end; those that are already there are left out."""
        known = {self._key(row) for row in self._rows}
        fresh = [row for row in rows if self._key(row) not in known]
        if fresh:
            with self._inserting(len(self._rows), len(fresh)):
                self._rows.extend(fresh)

    def merge(self, rows: Sequence[Row]) -> None:
        """Become ``rows`` by as few edits as there are."""
        self.apply(edits_between(self._rows, rows, self._key))

    def apply(self, edits: Edits[Row]) -> None:
        """Do edits worked out against the rows as they are; ``about_to_merge`` and ``merged`` are told."""
        if not edits:
            return
        self.about_to_merge.emit()
        self._apply(edits)
        self.merged.emit()

    def longest_titles(self, count: int = 3) -> list[str]:
        """Return the titles with the most characters, which say how high a row must be."""
        return sorted((self._title(row) for row in self._rows), key=len, reverse=True)[:count]

    def _apply(self, edits: Edits[Row]) -> None:
        for gone in edits.removed:
            self.beginRemoveRows(QModelIndex(), gone.first, gone.last)
            del self._rows[gone.first : gone.last + 1]
            self.endRemoveRows()
        for come in edits.inserted:
            with self._inserting(come.at, len(come.rows)):
                self._rows[come.at : come.at] = come.rows
        for anew in edits.rewritten:
            self._rows[anew.at] = anew.row
            self.dataChanged.emit(self.index(anew.at), self.index(anew.at))

    def reword(self) -> None:
        """Say every row again, when what its look depends on has changed."""
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    @contextmanager
    def _inserting(self, at: int, count: int) -> Iterator[None]:
        self.beginInsertRows(QModelIndex(), at, at + count - 1)
        yield
        self.endInsertRows()
