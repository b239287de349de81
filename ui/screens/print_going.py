"""The print under way: pages prepared, handed over, watched until they are out; it can be cancelled.

What holds up the printer is said as soon as it has lasted a moment, and forgotten when it is mended: the
job goes on by itself. A job that is given up takes the person back to the preview, with the reason.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QTimer

from ui import messages
from ui.printing.pending import pending
from ui.printing.printers import Cancelled, PrintStep
from ui.screen import Screen
from ui.tasks import Lane
from ui.text import _
from ui.widgets import NoticeKind, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.printing.plan import Plan
    from ui.printing.printers import Job, Seen
    from ui.session.context import SessionContext

__all__ = ["PrintGoing"]

LOOK_MS = 700
LASTING = 3
"""Looks for which a trouble must last: a printer that wakes up is « offline » for a moment."""


class PrintGoing(Screen):
    """Made when « Imprimer » was pressed; leads to ``print_done``."""

    name: ClassVar[str] = "print_going"

    def __init__(self, context: SessionContext, *, plan: Plan) -> None:
        super().__init__(_("Impression en cours"), plan.paper.title, back=False)
        self.help_text = _(
            "Cette page suit l’impression en cours. "
            "« Annuler l’impression » arrête tout. "
            "Si un message s’affiche, suivez-le."
        )
        self._context = context
        self._plan = plan
        self._job: Job | None = None
        self._cancelled = threading.Event()
        self._troubled = 0
        self._end: Callable[[], None] | None = None
        self._progress = Progress(_("Nous préparons les pages…"))
        self.body.addWidget(self._progress)
        self.cancel_button = self.add_action(_("Annuler l’impression"), icon_name="close")
        self.cancel_button.clicked.connect(self._cancel)
        self._again = QTimer(self, singleShot=True, interval=LOOK_MS)
        self._again.timeout.connect(self._look)
        self._send()

    def entered(self) -> None:
        """Go on to where it has led while something else (its help) was shown."""
        if self._end is not None:
            QTimer.singleShot(0, self, self._end)

    # -- preparing and handing over --------------------------------------------------------------

    def _send(self) -> None:
        plan, order, sheets = self._plan, self._plan.order(), self._plan.sheets
        assert sheets is not None  # noqa: S101 - the preview shows them
        tell = self._context.tasks.relay(self._prepared, self)
        self._context.tasks.run(
            lambda: plan.system.send(sheets, order, tell, self._cancelled.is_set),
            self._handed_over,
            self._gave_up,
            lane=Lane.READER,
            owner=self,
        )

    def _prepared(self, done: int) -> None:
        whole = 1 if self._plan.only_shown or self._plan.sheets is None else self._plan.sheets.count
        self._progress.set_share(done, whole)
        self._progress.say(
            _("Nous préparons la page {number} sur {count}…").format(number=min(done + 1, whole), count=whole)
        )

    def _handed_over(self, job: Job) -> None:
        self._job = job
        pending().follow(job, self._plan.system)
        if job.number:
            # Where that fails (a full disk) this process alone follows it.
            context = self._context
            context.tasks.run(
                lambda: context.start.folders.note_print(job.printer, job.number),
                failed=lambda _error: None,
                lane=Lane.STORE,
                owner=self,
            )
        self._progress.set_share(0, 0)
        self._progress.say(_("L’imprimante reçoit les pages…"))
        # Noted before the paper is said to be there: the page behind may ask whether it was printed.
        self._context.tasks.run(
            self._plan.paper.printed,
            lambda _none: self._look(),
            lambda _error: self._look(),
            lane=Lane.STORE,
            owner=self,
        )
        if self._cancelled.is_set():
            self._take_back()

    # -- watching --------------------------------------------------------------------------------

    def _look(self) -> None:
        job, system = self._job, self._plan.system
        if job is not None and not self._cancelled.is_set():
            self._context.tasks.run(
                lambda: system.look(job), self._seen, self._gave_up, lane=Lane.NETWORK, owner=self
            )

    def _seen(self, seen: Seen) -> None:
        if self._cancelled.is_set():
            return
        if seen.step is not PrintStep.WAITING:
            step = seen.step
            self._over(lambda: self._context.replace("print_done", plan=self._plan, step=step))
            return
        self._troubled = self._troubled + 1 if seen.trouble is not None else 0
        words = messages.sentence(seen.trouble) if seen.trouble and self._troubled >= LASTING else ""
        if words != self.notice.words:
            self.say(words, NoticeKind.WAIT)
        self._again.start()

    # -- the ends --------------------------------------------------------------------------------

    def _cancel(self) -> None:
        if self._cancelled.is_set():
            return
        self._cancelled.set()
        self.cancel_button.setEnabled(False)
        self._progress.say(_("Un instant, nous arrêtons l’impression…"))
        if self._job is not None:
            self._take_back()

    def _take_back(self) -> None:
        job, system = self._job, self._plan.system
        assert job is not None  # noqa: S101 - only what was handed over is taken back
        self._context.tasks.run(
            lambda: system.cancel(job),
            lambda _none: self._gave_up(Cancelled()),
            self._gave_up,
            lane=Lane.NETWORK,
            owner=self,
        )

    def _gave_up(self, error: Exception) -> None:
        self._over(lambda: self._return(error))

    def _return(self, error: Exception) -> None:
        self._context.back()
        if isinstance(error, Cancelled):
            self._context.navigator.toast(_("L’impression est arrêtée."), NoticeKind.INFO)
        else:
            self._context.navigator.toast(messages.sentence(error), NoticeKind.BAD)

    def _over(self, end: Callable[[], None]) -> None:
        """Stop watching and go on; when this screen is shown again, if it is not now."""
        self._again.stop()
        if self._job is not None:
            pending().over(self._job)
        if self.isVisible():
            end()
        else:
            self._end = end
