"""What the screen thread needs of Python when other threads sync: its turn soon, and all the garbage.

Garbage. Context: the cyclic collector runs in whichever thread happens to cross its threshold. The sync
engine makes most objects, so it was mostly its thread that found an old screen in a cycle and deleted
Qt's timers and views under Qt's feet: a segmentation fault in the middle of a visit, once in some hundred.
Decision: automatic collection is off in a process with a window; a timer of the screen thread collects
what is due, by Python's own thresholds, often and so little at a time. What was imported by then is set
aside for good (``gc.freeze``), so that even a full collection is short. Reference counts go on freeing
nearly everything at once.
Alternative left aside: cycles avoided by hand, which holds until the next lambda.

Its turn. A thread that wants Python's lock asks for it after 5 ms; drawing a list while pages are stored
asks for it some ten times. At half a millisecond the longest stall fell from 45 to 36 ms in the mean of
five runs each (``tandem bench scroll``).
"""

from __future__ import annotations

import gc
import sys

from PySide6.QtCore import QObject, QTimer

__all__ = ["collect_due", "favour"]

COLLECT_EVERY_MS = 200
SWITCH_SECONDS = 0.0005


def favour(parent: QObject) -> QTimer:
    """Favour this thread for good; return what collects as long as ``parent`` lives and events are served."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.disable()
    gc.freeze()
    timer = QTimer(parent, interval=COLLECT_EVERY_MS)
    timer.timeout.connect(collect_due)
    timer.start()
    return timer


def collect_due() -> int | None:
    """Collect the oldest generation whose threshold is passed; return which one, None when none is."""
    counted = zip(gc.get_count(), gc.get_threshold(), strict=True)
    due = [generation for generation, (count, most) in enumerate(counted) if count > most]
    if not due:
        return None
    gc.collect(due[-1])
    return due[-1]
