"""After a visit: its sheets leave the printing system, printed or not, whatever became of the session.

A sheet that is being printed is waited for; one that is held up is taken back; then CUPS drops both with
their files, which it would keep for a day. Windows keeps no file once a sheet is printed, and gives no
number by which to take one back: there the printer's owner looks.
"""

from __future__ import annotations

import sys
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


def take_back(jobs: Iterable[tuple[str, str]]) -> int:
    """Clear these jobs (printer, number) out; return how many are still in."""
    if sys.platform == "win32":
        return 0
    system = Cups()
    return sum(not _cleared(system, Job(printer, number)) for printer, number in jobs)


def _cleared(system: Cups, job: Job) -> bool:
    until = time.monotonic() + PATIENCE
    while _is_under_way(system, job) and time.monotonic() < until:
        time.sleep(PAUSE)
    return system.forget(job)


def _is_under_way(system: Cups, job: Job) -> bool:
    """Say whether the sheet is on its way out; one that is held up is taken back."""
    with suppress(TandemError):
        seen = system.look(job)
        if seen.step is PrintStep.WAITING and seen.trouble is not None:
            system.cancel(job)
            return False
        return seen.step is PrintStep.WAITING
    return False
