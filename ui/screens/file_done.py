"""« C'est rangé »: what was done, where it is on its way, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.fhir.patient import display_name
from app.records import DocumentRow, DocumentState
from ui import messages
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import Notice, NoticeKind, Pictogram

if TYPE_CHECKING:
    from app.changes import Change
    from sync.engine import SyncStatus
    from ui.filing import Filing
    from ui.session.context import SessionContext

__all__ = ["FileDone"]


class FileDone(Screen):
    """Follows the document until it was read back in the service's feed."""

    name: ClassVar[str] = "file_done"

    def __init__(self, context: SessionContext, *, filing: Filing, warning: str = "") -> None:
        whose = display_name(context.space.patient)
        super().__init__(
            _("C’est rangé dans l’espace de {name}.").format(name=whose),
            filing.title,
            main=_("Ranger un autre papier"),
            back=False,
            finish=True,
        )
        self.help_text = _("Vous pouvez ranger un autre papier, revenir à l’accueil ou terminer la visite.")
        self._context = context
        self._id = filing.filed.document_id if filing.filed else None
        self.add_action(_("Revenir à l’accueil")).clicked.connect(context.home)
        self.state = Notice("", NoticeKind.OK)
        self.body.addWidget(Pictogram("check-circle", scale=3, color="ok"))
        self.body.addWidget(self.state)
        if warning:
            self.say(warning, NoticeKind.WAIT)
        self._listen()
        self._look()

    def pressed(self) -> None:
        """Begin again with another paper."""
        self._context.home()
        self._context.go("file_pick")

    def _listen(self) -> None:
        tasks, status = self._context.tasks, self._context.status_listeners
        forget = self._context.changes.subscribe(tasks.relay(self._changed, self))
        listener = tasks.relay(self._status_changed, self)
        status.append(listener)

        def end() -> None:
            forget()
            status.remove(listener)

        self.destroyed.connect(end)

    def _changed(self, change: Change) -> None:
        if f"DocumentReference/{self._id}" in change.ids:
            self._look()

    def _status_changed(self, _status: SyncStatus) -> None:
        self._look()

    def _look(self) -> None:
        records, document_id = self._context.space.records, self._id
        if document_id is None:
            self._show(None)
            return
        self._context.tasks.run(
            lambda: records.document(document_id),
            self._show,
            lambda _error: None,
            lane=Lane.STORE,
            owner=self,
        )

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
