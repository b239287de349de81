"""Jobs whose end nobody has seen yet: what is stuck when the visit ends is taken back.

A sheet that waits for paper would come out after the person has left, for whoever passes by. A job that
is being printed is left to finish. This runs when the process's event loop ends, in order or by time-out.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from app.errors import TandemError
from ui.printing.printers import PrintStep

if TYPE_CHECKING:
    from ui.printing.printers import Job, PrintSystem

__all__ = ["Pending", "pending"]


class Pending(QObject):
    """The jobs that this process has handed over and not seen printed."""

    def __init__(self) -> None:
        super().__init__(QCoreApplication.instance())
        self._jobs: dict[Job, PrintSystem] = {}
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.take_back)

    def follow(self, job: Job, system: PrintSystem) -> None:
        """Keep an eye on a job."""
        self._jobs[job] = system

    def over(self, job: Job) -> None:
        """Forget a job: it was printed, given up or taken back."""
        self._jobs.pop(job, None)

    def take_back(self) -> None:
        """Take back what is held up."""
        while self._jobs:
            job, system = self._jobs.popitem()
            with suppress(TandemError):
                seen = system.look(job)
                if seen.step is PrintStep.WAITING and seen.trouble is not None:
                    system.cancel(job)


_of_this_process: list[Pending] = []


def pending() -> Pending:
    """Return the one of this process."""
    if not _of_this_process:
        _of_this_process.append(Pending())
    return _of_this_process[0]
