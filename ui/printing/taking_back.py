"""After a visit: its sheets leave the printing system, printed or not, whatever became of the session.

A sheet that is being printed is waited for; one that is held up is taken back; then CUPS drops both with
their files, which it would keep for a day. Windows gives QPrinter no number by which to take a sheet back:
there the checklist does not speak of it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from app.errors import TandemError
from ui.printing.cups import Cups
from ui.printing.printers import Job, PrintStep

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["take_back"]

PATIENCE = 30.0
PAUSE = 0.5
TRIES = 6


def take_back(jobs: Iterable[tuple[str, str]]) -> int:
    """Clear these jobs (printer, number) out; return how many are still in."""
    system = Cups()
    return sum(not _cleared(system, Job(printer, number)) for printer, number in jobs)


def _cleared(system: Cups, job: Job) -> bool:
    until = time.monotonic() + PATIENCE
    while _is_under_way(system, job) and time.monotonic() < until:
        time.sleep(PAUSE)
    # A printer whose sheet was taken back may need a moment to stop.
    for _try in range(TRIES):
        if system.forget(job):
            return True
        time.sleep(PAUSE)
    return False


def _is_under_way(system: Cups, job: Job) -> bool:
    """Say whether the sheet is on its way out; one that is held up is taken back."""
    with suppress(TandemError):
        seen = system.look(job)
        if seen.step is PrintStep.WAITING and seen.trouble is not None:
            system.cancel(job)
            return False
        return seen.step is PrintStep.WAITING
    return False
