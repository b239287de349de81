"""The program's own way to a file: big rows instead of the system's dialog.

The system's dialog is small, shows the whole computer, remembers what was opened and, on some
desktops, belongs to another process. Here one sees the places where a paper can be, then folders
and papers, one press each. Whoever prefers the keyboard types or pastes the path.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import formats, theme
from ui.tasks import Lane, Tasks
from ui.telling import tell
from ui.text import _, commas, dotted
from ui.theme import SPACE, Role
from ui.widgets import EmptyState, Field, PlainButton, Text
from ui.widgets.big_row_list import BigRowList
from ui.widgets.big_rows import RowLook, RowModel
from ui.widgets.filling import fill
from ui.widgets.flow import BarLayout
from ui.widgets.folders import (
    Entry,
    FolderUnreadable,
    NotPermittedHere,
    Place,
    PlaceKind,
    contents,
    lies_in,
    places,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

__all__ = ["FilePicker", "place_icon", "place_words"]

LEAST_LINES = 6

_PLACE_ICONS = {
    PlaceKind.STICK: "usb-flash-drive",
    PlaceKind.SCANS: "scanner",
    PlaceKind.DOWNLOADS: "download",
    PlaceKind.DOCUMENTS: "folder-text",
    PlaceKind.PICTURES: "folder-image",
    PlaceKind.DESKTOP: "monitor",
}
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".heic", ".heif"})


def place_icon(place: Place) -> str:
    """Return the pictogram of a place."""
    return _PLACE_ICONS[place.kind]


def place_words(place: Place) -> str:
    """Word a place: « Clé USB JEANNE », « Documents »."""
    words = {
        PlaceKind.STICK: _("Clé USB {name}").format(name=place.name),
        PlaceKind.SCANS: _("Scans de la photocopieuse"),
        PlaceKind.DOWNLOADS: _("Téléchargements"),
        PlaceKind.DOCUMENTS: _("Documents"),
        PlaceKind.PICTURES: _("Images"),
        PlaceKind.DESKTOP: _("Bureau"),
    }
    return words[place.kind]


def _place_look(place: Place) -> RowLook:
    second = {
        PlaceKind.STICK: _("Branchée sur cet ordinateur"),
        PlaceKind.SCANS: _("Dossier commun : il contient aussi les papiers d’autres personnes."),
    }.get(place.kind, _("Dossier de cet ordinateur"))
    words = place_words(place)
    return RowLook(_PLACE_ICONS[place.kind], words, second, commas((words, second)))


def _entry_look(entry: Entry) -> RowLook:
    if entry.is_folder:
        return RowLook("folder", entry.name, _("Dossier"), _("Dossier {name}").format(name=entry.name))
    suffix = entry.path.suffix.lower()
    kind = _("Image") if suffix in _PICTURES else _("Texte") if suffix in {".txt", ".rtf"} else _("PDF")
    icon = (
        "file-image" if suffix in _PICTURES else "text-box" if suffix in {".txt", ".rtf"} else "file-pdf-box"
    )
    facts = (kind, formats.day(entry.modified.astimezone().date()), formats.size(entry.size))
    return RowLook(icon, entry.name, dotted(facts), commas((entry.name, *facts)))


def _kinds(*, sticks: bool, folders: bool) -> frozenset[PlaceKind]:
    named = {PlaceKind.STICK: sticks, PlaceKind.SCANS: True}
    return frozenset(each for each in PlaceKind if named.get(each, folders))


class FilePicker(QWidget):
    """Places, then folders, then a file: ``picked`` carries its path."""

    picked = Signal(Path)
    moved = Signal()
    failed = Signal(object)

    def __init__(
        self,
        tasks: Tasks,
        parent: QWidget | None = None,
        *,
        sticks: bool = True,
        folders: bool = True,
        scans: Path | None = None,
        bounded: bool = False,
    ) -> None:
        """``sticks`` and ``folders``: what this place allows; without folders no path can be typed either.

        ``scans``: where the place's copier drops scans. ``bounded``: nothing outside of the places is
        reached, by a link or a path neither.
        """
        super().__init__(parent)
        self._tasks = tasks
        self._allowed = _kinds(sticks=sticks, folders=folders)
        self._scans, self._bounded = scans, bounded
        self._there: list[Place] = []
        self._trail: list[Path] = []
        self._places = RowModel[Place](lambda place: str(place.path), place_words, _place_look)
        self._entries = RowModel[Entry](lambda entry: str(entry.path), lambda entry: entry.name, _entry_look)
        self.list = BigRowList(_("Où est le papier ?"), has_state=False)
        self.list.chosen.connect(self._chosen)
        self._where = Text("", Role.STRONG)
        self._up = PlainButton(_("Dossier précédent"), icon_name="arrow-up")
        self._up.clicked.connect(self.go_up)
        self._empty = EmptyState(
            _("Rien à ranger dans ce dossier."),
            _("On cherche des PDF, des photos (JPEG, PNG, TIFF) et des textes (TXT, RTF)."),
        )
        self.path = Field(_("Ou écrivez le nom complet du fichier"))
        self._open_path = PlainButton(_("Ouvrir ce fichier"))
        self._open_path.clicked.connect(self._typed)
        self.path.input.returnPressed.connect(self._typed)
        self._lay_out()
        if not folders:
            self._typing.hide()

    def start(self) -> None:
        """Show the places; those that were plugged in since are there."""
        self._trail = []
        self._where.set_words("")
        self._up.hide()
        there = places(self._scans) if self._scans else places()
        self._there = [each for each in there if each.kind in self._allowed]
        self._places.replace(self._there)
        self._show(self._places, _("Où est le papier ?"))

    def go_up(self) -> None:
        """Go back to the folder before, or to the places."""
        if len(self._trail) > 1:
            self._trail.pop()
            self._open(self._trail.pop())
        else:
            self.start()

    @property
    def is_inside(self) -> bool:
        """Whether a folder is shown rather than the places."""
        return bool(self._trail)

    @property
    def roots(self) -> list[Path] | None:
        """The places that nothing may lead out of; None when all of the computer is open."""
        return [each.path for each in self._there] if self._bounded else None

    def is_shared(self, path: Path) -> bool:
        """Whether a file lies in the copier's folder."""
        return self._scans is not None and lies_in(path, [self._scans])

    def reload(self) -> None:
        """Read the folder again: after an error, or when a file was added."""
        if self._trail:
            self._open(self._trail.pop())
        else:
            self.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit to the new size."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._fill)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        bar = BarLayout()
        bar.setSpacing(SPACE[1])
        bar.addWidget(self._up)
        bar.addWidget(self._where)
        column.addLayout(bar)
        column.addWidget(self._empty)
        column.addWidget(self.list)
        self._typing = QWidget()
        typed = BarLayout(self._typing)
        typed.setSpacing(SPACE[1])
        typed.addWidget(self.path)
        typed.addWidget(self._open_path)
        typed.setAlignment(self._open_path, Qt.AlignmentFlag.AlignBottom)
        column.addWidget(self._typing)

    def _fill(self) -> None:
        below = self._typing.heightForWidth(self._typing.width()) + SPACE[1]
        fill(self.list, theme.current().body * LEAST_LINES, below=below)

    def _show(self, model: RowModel[Place] | RowModel[Entry], name: str) -> None:
        self.list.setModel(model)
        tell(self.list.setAccessibleName, name)
        self._empty.setVisible(model.rowCount() == 0)
        self.list.setVisible(model.rowCount() > 0)
        self.moved.emit()
        QTimer.singleShot(0, self, self._fill)
        if model.rowCount():
            self.list.setCurrentIndex(model.index(0))
            self.list.setFocus()
        elif self._up.isVisibleTo(self):
            self._up.setFocus()

    def _chosen(self, key: str) -> None:
        path, roots = Path(key), self.roots
        if roots is not None and path.exists() and not lies_in(path, roots):
            self.failed.emit(NotPermittedHere())
        elif path.is_dir():
            self._open(path)
        else:
            self.picked.emit(path)

    def _typed(self) -> None:
        typed = self.path.value.strip('"')
        if typed:
            self._chosen(str(Path(typed).expanduser()))

    def _open(self, folder: Path) -> None:
        self._trail.append(folder)
        self._tasks.run(
            lambda: (folder, contents(folder, self._held(folder))),
            self._opened,
            self._unreadable,
            lane=Lane.READER,
            owner=self,
        )

    def _held(self, folder: Path) -> list[Path] | None:
        """Return what holds the contents of ``folder``: the copier's are held everywhere, at home too."""
        shared = [self._scans] if self._scans and self.is_shared(folder) else None
        return shared or self.roots

    def _opened(self, found: tuple[Path, list[Entry]]) -> None:
        folder, entries = found
        if not self._trail or self._trail[-1] != folder:
            return
        self._entries.replace(entries)
        self._where.set_words(folder.name or str(folder))
        self._up.show()
        self._show(self._entries, _("Papiers du dossier {name}").format(name=folder.name))

    def _unreadable(self, error: Exception) -> None:
        self._trail.clear()
        self.failed.emit(error)
        if isinstance(error, FolderUnreadable):
            self.start()
