"""« Montrez-moi le papier »: choose a file; what is wrong with it is said here, nothing is lost."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt

from app import intake, mandates
from app.mandates import Action, Scope
from app.reader.errors import AlreadyFiled
from ui import formats, messages
from ui.filing import Filing, step_on
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import NoticeKind, Progress
from ui.widgets.drawn_document import DrawnDocument
from ui.widgets.file_picker import FilePicker
from ui.widgets.folders import read_whole

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from app.records import DocumentRow, Records
    from ui.session.context import SessionContext

__all__ = ["FilePick"]

MOST_READ = 100_000_000


class FilePick(Screen):
    """Where the paper is. Scanning joins here when it comes."""

    name: ClassVar[str] = "file_pick"

    def __init__(self, context: SessionContext) -> None:
        super().__init__(
            _("Montrez-moi le papier"),
            _("Choisissez une photo, un scan ou un PDF : sur une clé USB ou dans cet ordinateur."),
        )
        self.help_text = _(
            "Branchez la clé USB, puis choisissez-la dans la liste. "
            "Les papiers les plus récents sont en haut. Un appui suffit pour en choisir un."
        )
        self._context = context
        self._busy = False
        self._twin: tuple[str, datetime] | None = None
        self.picker = FilePicker(context.tasks)
        self.picker.picked.connect(self._picked)
        self.picker.failed.connect(self._refused)
        self.picker.moved.connect(lambda: self.intro.setVisible(not self.picker.is_inside))
        self._progress = Progress(_("Un instant, nous regardons ce fichier…"))
        self._progress.hide()
        self.body.addWidget(self._progress)
        self.body.addWidget(self.picker)
        self.picker.start()

    def entered(self) -> None:
        """Look again at the places: a stick may have been plugged in. Say at once what may not be done."""
        if not self.picker.is_inside:
            self.picker.start()
        space = self._context.space
        self._context.tasks.run(
            lambda: mandates.require(space, Action.ADD, Scope.DOCUMENTS),
            lambda _allowed: self.picker.setEnabled(True),
            self._not_allowed,
            lane=Lane.STORE,
            owner=self,
        )

    def first_focus(self) -> QWidget | None:
        """Return the list of places or files."""
        return self.picker.list if self.picker.list.isVisible() else super().first_focus()

    def _not_allowed(self, error: Exception) -> None:
        self.picker.setEnabled(False)
        self.say(messages.sentence(error), NoticeKind.BAD)

    def _picked(self, path: Path) -> None:
        if self._busy:
            return
        self._busy = True
        self.summary.show_errors([])
        self.picker.setEnabled(False)
        self._progress.setProperty("over", False)  # noqa: FBT003 - Qt's signature
        self._progress.start_after()
        context = self._context

        def looked() -> Filing:
            data = read_whole(path, MOST_READ)
            DrawnDocument.let_go(context.reader)
            candidate = intake.check(context.reader, data, path.name, known=self._is_known)
            return Filing.of(context.reader, path.name, candidate)

        context.tasks.run(looked, self._accepted, self._refused, lane=Lane.READER, owner=self)

    def _accepted(self, filing: Filing) -> None:
        self._ready()
        step_on(self._context, filing, self.name, changing=False)

    def _ready(self) -> None:
        self._busy = False
        self._progress.stop()
        self.picker.setEnabled(True)

    def _refused(self, error: Exception) -> None:
        self._ready()
        self.summary.show_errors([(self._words(error), self._to_list)])

    def _words(self, error: Exception) -> str:
        if isinstance(error, AlreadyFiled) and self._twin is not None:
            title, day = self._twin
            return _(
                "Ce papier est déjà rangé, depuis le {day} : « {title} ». Vous n’avez rien à faire."
            ).format(day=formats.short_day(day), title=title)
        return messages.sentence(error)

    def _is_known(self, sha256: str) -> bool:
        """Remember the twin of the file that is looked at; called in a worker."""
        records = self._context.space.records
        row = records.document_with_digest(sha256)
        self._twin = (row.title, _filed_at(records, row)) if row else None
        return row is not None

    def _to_list(self) -> None:
        self.picker.list.setFocus(Qt.FocusReason.OtherFocusReason)


def _filed_at(records: Records, row: DocumentRow) -> datetime:
    """When a document was filed: what it says itself, else since when it is known here."""
    written = (records.get("DocumentReference", row.id) or {}).get("date")
    try:
        return datetime.fromisoformat(str(written)).astimezone()
    except ValueError:
        return row.state_at
