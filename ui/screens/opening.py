"""The person's space is opened: what the service has is fetched, with words for what lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt

from app import counter, mandates
from app.fhir import patient as patients
from ui import messages
from ui.screen import Screen
from ui.screens.counter import offer
from ui.tasks import Lane
from ui.text import _, ngettext
from ui.widgets import NoticeKind, Progress

if TYPE_CHECKING:
    from app.errors import TandemError
    from app.space import Space
    from sync.engine import SyncStatus
    from ui.session.context import SessionContext

__all__ = ["Opening"]


class Opening(Screen):
    """Leads on by itself; a failure says what to do and can be tried again."""

    name: ClassVar[str] = "opening"

    def __init__(self, context: SessionContext, *, whose: str) -> None:
        super().__init__(_("Nous ouvrons votre espace"), main=_("Réessayer"), back=False, finish=True)
        self.help_text = _(
            "Cette page ouvre votre espace de santé. "
            "Attendez un instant. "
            "Si le réseau est lent, cela peut durer une minute."
        )
        self._context = context
        self._whose = whose
        self._patient_id = ""
        self._done = False
        self.progress = Progress(_("Nous demandons vos documents…"))
        self.body.addWidget(self.progress)
        self._open()

    def pressed(self) -> None:
        """Try again."""
        self.say("")
        if self._context.visit.engine is not None:
            self._context.visit.engine.wake()
        else:
            self._open()
        self._show_retry(shown=False)

    def _open(self) -> None:
        tasks, visit, navigator = self._context.tasks, self._context.visit, self._context.navigator
        self._show_retry(shown=False)
        listener = tasks.relay(navigator.status_changed)
        arrived, failed = (
            tasks.relay(self._context.document_arrived),
            tasks.relay(self._context.document_failed),
        )

        def not_fetched(document_id: str, error: TandemError) -> None:
            failed((document_id, error))

        self._context.status_listeners.append(self._heard)
        tasks.run(
            lambda: visit.open(listener, on_document=arrived, on_document_failed=not_fetched),
            self._opened,
            self._failed,
            lane=Lane.NETWORK,
            owner=self,
        )

    def left(self) -> None:
        """Listen no more."""
        if self._heard in self._context.status_listeners:
            self._context.status_listeners.remove(self._heard)

    def _opened(self, patient_id: str) -> None:
        self._patient_id = patient_id
        if self._context.status is not None:
            self._heard(self._context.status)

    def _heard(self, status: SyncStatus) -> None:
        if self._done or not self._patient_id:
            return
        if status.last_sync is not None:
            self._done = True
            self._context.tasks.run(
                lambda: self._context.visit.space(self._patient_id), self._ready, self._failed, owner=self
            )
        elif status.reason is not None:
            self._stuck(messages.reason(status.reason, at_the_door=True))
        elif status.received:
            words = ngettext("{count} élément reçu…", "{count} éléments reçus…", status.received)
            self.progress.say(words.format(count=status.received))

    def _ready(self, space: Space) -> None:
        self._context.navigator.opened(space, patients.display_name(space.patient) or self._whose)
        by_slip = space.mandate is not None
        if by_slip:
            self._context.navigator.mandate_active()
        refused = mandates.refusal(space.patient, space.actor.role, space.clock())
        at_counter = counter.is_counter(self._context.start.place) and counter.is_pharmacist(space)
        if at_counter and not by_slip and refused is None:
            self._context.navigator.restart("counter_offer", **offer(space))
        else:
            self._context.navigator.restart("home" if by_slip else "help_mode")

    def _failed(self, error: Exception) -> None:
        self._done = False
        self._stuck(messages.sentence(error, at_the_door=True))

    def _stuck(self, words: str) -> None:
        self.say(words, NoticeKind.WAIT)
        self._show_retry(shown=True)

    def _show_retry(self, *, shown: bool) -> None:
        self.set_title(_("Votre espace n’est pas encore ouvert") if shown else _("Nous ouvrons votre espace"))
        self.progress.setVisible(not shown)
        if self.main_button is not None:
            self.main_button.setVisible(shown)
            if shown:
                self.main_button.setFocus(Qt.FocusReason.OtherFocusReason)
