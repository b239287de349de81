"""« C'est rangé »: what was done, where it is on its way, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.fhir.patient import display_name
from app.records import DocumentRow, DocumentState
from ui import formats, messages, theme
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _, dotted
from ui.widgets import Card, Notice, NoticeKind, Pictogram, PlainButton, Text
from ui.widgets.document_list import category_label

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from app.changes import Change
    from sync.engine import SyncStatus
    from ui.filing import Filing
    from ui.session.context import SessionContext

__all__ = ["FileDone"]

NARROW = 30


class FileDone(Screen):
    """Follows the document until it was read back in the service's feed."""

    name: ClassVar[str] = "file_done"

    def __init__(self, context: SessionContext, *, filing: Filing, warning: str = "") -> None:
        whose = display_name(context.space.patient)
        super().__init__(
            _("C’est rangé dans l’espace de {name}.").format(name=whose),
            main=_("Ranger un autre papier"),
            back=False,
            finish=True,
        )
        self.help_text = _(
            "Cette page dit que votre papier est rangé. "
            "Vous pouvez en ranger un autre ou revenir à l’accueil. "
            "Vous pouvez aussi terminer la visite."
        )
        self._context = context
        self._filing = filing
        words = _("Revenir à l’accueil")
        self._home, self._home_below = self.add_action(words), PlainButton(words)
        for button in (self._home, self._home_below):
            button.clicked.connect(context.home)
        self.state = Notice("", NoticeKind.OK)
        self.body.addWidget(self._card())
        self.body.addWidget(self.state)
        self.remove_button = PlainButton(_("Effacer le scan du dossier commun"), icon_name="delete-outline")
        self.remove_button.clicked.connect(self._remove)
        self._shared = Notice(
            _("Le scan est encore dans le dossier commun. D’autres peuvent le voir."), NoticeKind.WAIT
        )
        self._shared.hide()
        self.remove_button.hide()
        self.body.addWidget(self._shared)
        self.body.addWidget(self.remove_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._offer()
        self.body.addWidget(self._home_below, 0, Qt.AlignmentFlag.AlignLeft)
        if warning:
            self.say(warning, NoticeKind.WAIT)
        context.follow(self, self._changed, self._status_changed)
        self._look()

    def pressed(self) -> None:
        """Begin again with another paper."""
        self._context.home()
        self._context.go("file_pick")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the bar low on a narrow screen."""
        super().resizeEvent(event)
        narrow = self.width() < theme.current().body * NARROW
        self._home.setVisible(not narrow)
        self._home_below.setVisible(narrow)

    def _card(self) -> Card:
        """Show what was filed."""
        filing, card = self._filing, Card()
        row, column = QHBoxLayout(), QVBoxLayout()
        row.setSpacing(theme.SPACE[2])
        row.addWidget(Pictogram("check-circle", scale=2.2, color="ok"), 0, Qt.AlignmentFlag.AlignTop)
        day = formats.day(filing.date) if filing.date else ""
        column.addWidget(Text(filing.title, theme.Role.STRONG))
        column.addWidget(Text(dotted((category_label(filing.category or ""), day)), theme.Role.SECOND))
        row.addLayout(column, 100)
        row.addStretch(1)
        card.column.addLayout(row)
        return card

    def _offer(self) -> None:
        """Offer to take the scan out of the copier's folder, where it came from there."""
        if self._filing.scan is not None:
            self._shared.show()
            self.remove_button.show()

    def _remove(self) -> None:
        scan = self._filing.scan
        if scan is not None:
            self.remove_button.setEnabled(False)
            self._context.tasks.run(
                scan.remove, self._removed, self._not_removed, lane=Lane.STORE, owner=self
            )

    def _removed(self, _nothing: object) -> None:
        self._filing.scan = None
        self.remove_button.hide()
        words = _(
            "Le scan est effacé du dossier. La photocopieuse et les sauvegardes peuvent en avoir une copie."
        )
        self._shared.say(words, NoticeKind.OK)

    def _not_removed(self, error: Exception) -> None:
        self.remove_button.setEnabled(True)
        self._shared.say(messages.sentence(error), NoticeKind.BAD)

    def _changed(self, change: Change) -> None:
        if "DocumentReference" in change.types:
            self._look()

    def _status_changed(self, _status: SyncStatus) -> None:
        self._look()

    def _look(self) -> None:
        self._context.tasks.run(self._find, self._show, lambda _error: None, lane=Lane.STORE, owner=self)

    def _find(self) -> DocumentRow | None:
        """Read the document's line; called in a worker."""
        records, filed = self._context.space.records, self._filing.filed
        if filed is not None:
            return records.document(filed.document_id)
        return records.document_with_digest(self._filing.candidate.sha256)

    def _show(self, row: DocumentRow | None) -> None:
        words, kind = self._state(row)
        if words != self.state.words:
            self.state.say(words, kind)

    def _state(self, row: DocumentRow | None) -> tuple[str, NoticeKind]:
        status = self._context.status
        if row is not None and row.state is DocumentState.REFUSED:
            return messages.reason(row.reason, row.fields), NoticeKind.BAD
        if row is not None and row.state is DocumentState.UP_TO_DATE:
            return _("Envoyé. Les autres appareils de la personne le voient aussi."), NoticeKind.OK
        if status is not None and not status.online:
            words = _("Enregistré. Pas de réseau : il sera envoyé dès que possible, tout seul.")
            return words, NoticeKind.WAIT
        return _("Enregistré. Il est en train d’être envoyé."), NoticeKind.WAIT
