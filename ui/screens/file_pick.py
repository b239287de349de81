"""« Montrez-moi le papier »: scan it, or choose a file; what is wrong is said here, nothing is lost.

A picture is looked at as the page of a paper (:mod:`ui.screens.scan_pages`): it is straightened, cut, read,
others can be added. A document goes its own way.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt

from app import intake, mandates
from app.mandates import Action, Scope
from app.paper import NotAPage, Page, Paper, TooManyPages, arrived
from app.policy import FilePlace
from app.reader.errors import AlreadyFiled
from app.reader.papers import Papers, is_page_picture
from app.shared_scans import SharedScan
from ui import formats, messages, theme
from ui.filing import Filing, step_on
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, ngettext
from ui.widgets import NoticeKind, PlainButton, Progress
from ui.widgets.drawn_document import DrawnDocument
from ui.widgets.file_picker import FilePicker
from ui.widgets.flow import BarLayout
from ui.widgets.folders import read_whole

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.records import DocumentRow, Records
    from ui.session.context import SessionContext
    from ui.session.start import Start

__all__ = ["FilePick"]

MOST_READ = 100_000_000


class FilePick(Screen):
    """Where the paper is. With ``paper`` the file chosen is its next page, shown for ``scope``."""

    name: ClassVar[str] = "file_pick"

    def __init__(
        self, context: SessionContext, *, paper: Paper | None = None, scope: Scope = Scope.DOCUMENTS
    ) -> None:
        super().__init__(
            _("Montrez-moi le papier"),
            _("Scannez-le, ou choisissez une photo ou un PDF sur une clé USB ou dans cet ordinateur."),
        )
        self.help_text = _(
            "Cette page sert à montrer le papier à ranger. "
            "Appuyez sur « Scanner un papier » ou « Photo avec mon téléphone ». "
            "Pour une clé USB, branchez-la, puis choisissez-la dans la liste."
        )
        self._context = context
        self._adding = paper
        self._scope = scope
        self._paper = Paper()
        self._busy = False
        self._twin: tuple[str, datetime] | None = None
        allowed = getattr(context.start, "places", tuple(FilePlace))
        self.picker = FilePicker(
            context.tasks,
            sticks=FilePlace.STICK in allowed,
            folders=FilePlace.FOLDERS in allowed,
            scans=_scans(context.start),
            bounded=_is_bounded(context.start),
        )
        self.picker.picked.connect(self._picked)
        self.picker.failed.connect(self._refused)
        self.picker.moved.connect(lambda: self.intro.setVisible(not self.picker.is_inside))
        self._progress = Progress(_("Un instant, nous regardons ce fichier…"))
        self._progress.hide()
        self._scan = PlainButton(_("Scanner un papier"), icon_name="scanner")
        # Shown before it has a parent, it would be a window of its own for a moment.
        if paper is not None:
            self._scan.hide()
        self._scan.clicked.connect(self._scan_asked)
        self._again = PlainButton("", icon_name="file-document-multiple-outline")
        self._again.clicked.connect(lambda: context.go("scan_pages", paper=self._paper))
        self._again.hide()
        self._phone = PlainButton(_("Photo avec mon téléphone"), icon_name="cellphone")
        # The page that the phone opens is the service's; practising goes without one.
        if context.engine is None:
            self._phone.hide()
        self._phone.clicked.connect(self._phone_asked)
        row = BarLayout()
        row.setSpacing(theme.SPACE[1])
        for button in (self._scan, self._phone, self._again):
            row.addWidget(button)
        self.body.addWidget(self._progress)
        self.body.addLayout(row)
        self.body.addWidget(self.picker)
        self.picker.start()

    def entered(self) -> None:
        """Look again at the places: a stick may have been plugged in. Say at once what may not be done.

        Pages that were on their way when one came back are still there.
        """
        count = len(self._paper.pages)
        self._again.setVisible(count > 0)
        words = ngettext("Reprendre ma page", "Reprendre mes {count} pages", count)
        self._again.set_words(words.format(count=count))
        if not self.picker.is_inside:
            self.picker.start()
        space, scope = self._context.space, self._scope
        self._context.tasks.run(
            lambda: mandates.require(space, Action.ADD, scope),
            lambda _allowed: self._enable(enabled=True),
            self._not_allowed,
            lane=Lane.STORE,
            owner=self,
        )

    def first_focus(self) -> QWidget | None:
        """Return the scanner's button, or the list of files inside a folder."""
        if self._scan.isVisibleTo(self) and not self.picker.is_inside:
            return self._scan
        return self.picker.list if self.picker.list.isVisible() else super().first_focus()

    def _not_allowed(self, error: Exception) -> None:
        self._enable(enabled=False)
        self.say(messages.sentence(error), NoticeKind.BAD)

    def _picked(self, path: Path) -> None:
        if self._busy:
            return
        self._busy = True
        self.summary.show_errors([])
        self._enable(enabled=False)
        self._progress.start_after()
        context, space, roots = self._context, self._context.space, self.picker.roots

        def looked() -> tuple[Filing | Page, SharedScan | None]:
            scan = SharedScan.of(path) if self.picker.is_shared(path) else None
            return found(scan), scan

        def found(scan: SharedScan | None) -> Filing | Page:
            data = read_whole(path, MOST_READ, roots)
            if is_page_picture(data):
                return arrived(Papers(context.reader), data, is_photo=True)
            if self._adding is not None:
                raise NotAPage
            DrawnDocument.let_go(context.reader)
            candidate = intake.check(
                context.reader, data, path.name, known=self._is_known, patient=space.patient
            )
            return Filing.of(context.reader, path.name, candidate, scan)

        context.tasks.run(
            looked,
            lambda found: self._accepted(path.name, *found),
            self._refused,
            lane=Lane.READER,
            owner=self,
        )

    def _accepted(self, name: str, found: Filing | Page, scan: SharedScan | None) -> None:
        self._ready()
        if isinstance(found, Filing):
            step_on(self._context, found, self.name, changing=False)
        elif self._adding is not None:
            self._add(self._adding, found)
        else:
            self._paper = Paper([found], name, scan)
            self._context.go("scan_pages", paper=self._paper)

    def _add(self, paper: Paper, page: Page) -> None:
        try:
            paper.add(page)
        except TooManyPages as error:
            self._refused(error)
        else:
            self._context.back()

    def _scan_asked(self) -> None:
        if self._paper.pages and not self._paper.from_scanner:
            self._paper = Paper()
        self._context.go("scan", paper=self._paper)

    def _phone_asked(self) -> None:
        if self._adding is not None:
            self._context.replace("phone_drop", paper=self._adding, adding=True)
            return
        if self._paper.from_scanner or self._paper.name:
            self._paper = Paper()
        self._context.go("phone_drop", paper=self._paper)

    def _enable(self, *, enabled: bool) -> None:
        for widget in (self.picker, self._scan, self._phone, self._again):
            widget.setEnabled(enabled)

    def _ready(self) -> None:
        self._busy = False
        self._progress.stop()
        self._enable(enabled=True)

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


def _scans(start: Start) -> Path | None:
    """Where the place's copier drops scans; a visit of practice sees nobody's."""
    return Path(start.scans) if start.scans and not start.practice else None


def _is_bounded(start: Start) -> bool:
    """Say whether nothing but the places is reached: on every shared PC, but for a demonstration's."""
    return start.kiosk or not any((start.person, start.demo, start.practice))


def _filed_at(records: Records, row: DocumentRow) -> datetime:
    """When a document was filed: what it says itself, else since when it is known here."""
    written = (records.get("DocumentReference", row.id) or {}).get("date")
    try:
        return datetime.fromisoformat(str(written)).astimezone()
    except ValueError:
        return row.state_at
