"""« C'est noté »: what was done, where it is on its way, how to undo it, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt

from app.records import OperationState
from ui import messages, theme
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import Card, IconLine, Notice, NoticeKind, PlainButton

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.changes import Change
    from app.records import Operation
    from sync.engine import SyncStatus
    from ui.session.context import SessionContext
    from ui.steps import Journey

__all__ = ["EntryDone"]

_REFUSED = {OperationState.PARKED, OperationState.CONFLICT}


class EntryDone(Screen):
    """Follows the act until it was read back in the service's feed; it can be undone here."""

    name: ClassVar[str] = "entry_done"

    def __init__(self, context: SessionContext, *, journey: Journey, warning: str = "") -> None:
        super().__init__(journey.done_title, main=journey.list_words, back=False, finish=True)
        self.help_text = _(
            "Cette page dit ce qui vient d’être noté. "
            "« Annuler ce changement » remet tout comme avant. "
            "Sinon, vous pouvez continuer."
        )
        self._context, self._journey = context, journey
        self._undone = False
        self._undo = PlainButton(_("Annuler ce changement"), icon_name="undo-variant")
        self._undo.clicked.connect(self._undo_it)
        self._facts = Card()
        for each in journey.asked():
            said = each.said(journey.answers)
            if said:
                self._facts.column.addWidget(IconLine("check", said))
        self.state = Notice("", NoticeKind.OK)
        if journey.asked():
            self.body.addWidget(self._facts)
        self.body.addSpacing(theme.SPACE[0])
        self.body.addWidget(self.state)
        self.body.addWidget(self._undo, 0, Qt.AlignmentFlag.AlignLeft)
        if journey.edit is None:
            self._undo.hide()
        if warning:
            self.say(warning, NoticeKind.WAIT)
        context.follow(self, self._changed, self._status_changed)
        self._look()

    def pressed(self) -> None:
        """Show the list again."""
        self._context.home()
        self._context.go(self._journey.list_screen)

    def first_focus(self) -> QWidget | None:
        """Begin on the way on, not on the way back."""
        return self.main_button

    def _changed(self, _change: Change) -> None:
        self._look()

    def _status_changed(self, _status: SyncStatus) -> None:
        self._look()

    def _look(self) -> None:
        """Look where the act is; what could not be sealed is known by its warning alone."""
        if not self._undone and self._journey.edit is not None:
            self._context.tasks.run(self._find, self._show, lambda _error: None, lane=Lane.STORE, owner=self)

    def _find(self) -> Operation | None:
        """Return the act where it is still on its way; called in a worker."""
        edit, records = self._journey.edit, self._context.space.records
        return next((each for each in records.operations() if edit and each.op_id == edit.op_id), None)

    def _show(self, operation: Operation | None) -> None:
        if self._undone:
            return
        words, kind = self._state(operation)
        if words != self.state.words:
            self.state.say(words, kind)

    def _state(self, operation: Operation | None) -> tuple[str, NoticeKind]:
        status = self._context.status
        if operation is None:
            return _("Envoyé. Vos autres appareils le voient aussi."), NoticeKind.OK
        if operation.state in _REFUSED:
            return messages.reason(operation.reason, operation.fields), NoticeKind.BAD
        if status is not None and not status.online:
            return _("Enregistré. Pas de réseau : il sera envoyé tout seul."), NoticeKind.WAIT
        return _("Enregistré. Il est en train d’être envoyé."), NoticeKind.WAIT

    def _undo_it(self) -> None:
        journey, edit = self._journey, self._journey.edit
        if edit is None or self._undone:
            return
        self._undo.setEnabled(False)
        self._context.tasks.run(
            lambda: journey.undo(edit), lambda _none: self._back_as_before(), self._kept, owner=self
        )

    def _back_as_before(self) -> None:
        self._undone = True
        self._undo.hide()
        self._facts.hide()
        self.set_title(_("C’est annulé."))
        self.state.say(_("Tout est comme avant."), NoticeKind.OK)
        self.order_tabs()
        if self.main_button is not None:
            self.main_button.setFocus()

    def _kept(self, error: Exception) -> None:
        self._undo.setEnabled(True)
        self.summary.show_errors([(messages.sentence(error), self._undo.setFocus)])
