"""The longest stall of the screen thread: scrolling 10,000 rows while pages of the feed are stored.

A timer that asks for every millisecond notes when it is late; its longest gap is what a person feels.
Beside it: the same timer with nothing to do, which shows what this machine does by itself. A longest
gap is a matter of luck, so there are several runs and all are told.
"""

from __future__ import annotations

import os
import random
import tempfile
import threading
import time
from datetime import date
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.records import Cursor, DocumentQuery
from ui import theme
from ui.bench.made_up import document, entry, opened_records
from ui.bench.timing import plain
from ui.screen_thread import favour
from ui.tasks import Tasks
from ui.widgets.big_row_list import BigRowList
from ui.widgets.document_list import DocumentModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.records import Records
    from ui.bench import Figure

GOAL_MS = 50
STEP_MS = 15
PAGE = 200
PAUSE_SECONDS = 0.05


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the longest stall while scrolling and syncing, and while idle."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)  # noqa: S101  what Qt promises
    collecting = favour(application)
    theme.load_fonts()
    theme.apply(theme.current())
    size, seconds, runs = (400, 0.5, 2) if smoke else (10_000, 6.0, 5)
    idle = [max(stalls(seconds, lambda: None)) for _ in range(runs)]
    with (
        tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder,
        opened_records(Path(folder), size) as (_, records, changes),
    ):
        tasks = Tasks()
        model = DocumentModel(records, tasks, date.today)
        relay = tasks.relay(model.changed, model)
        leave = changes.subscribe(relay)
        view = BigRowList("bench")
        view.setModel(model)
        view.resize(1366, 768)
        view.show()
        model.show_query(DocumentQuery())
        wait_for(lambda: model.rowCount() >= size)
        stop = threading.Event()
        syncing = threading.Thread(target=sync, args=(records, answers(4 if smoke else 150), stop))
        syncing.start()
        busy = [max(stalls(seconds, scroller(view))) for _ in range(runs)]
        stop.set()
        syncing.join()
        leave()
        view.close()
        collecting.stop()
        tasks.close()
    yield plain(f"longest stall, scrolling {size} rows while syncing", busy, goal=GOAL_MS)
    yield plain("longest stall, idle", idle)


def answers(count: int) -> list[bytes]:
    """Make pages of the feed as they come from the service: making them is no part of a sync."""
    dice = random.Random(2)  # noqa: S311  made-up data
    return [
        orjson.dumps([document(first + number, dice) for number in range(PAGE)])
        for first in range(0, count * PAGE, PAGE)
    ]


def sync(records: Records, pages: list[bytes], stop: threading.Event) -> None:
    """Store page after page of the feed, as the engine does, until told to stop."""
    for number, page in enumerate(cycle(pages)):
        if stop.wait(PAUSE_SECONDS):
            return
        entries = [entry(body) for body in orjson.loads(page)]
        records.apply_page("bench", entries, Cursor(f"more-{number}", "bench"))


def scroller(view: BigRowList) -> Callable[[], None]:
    """Return an act that scrolls a little further each time."""
    bar = view.verticalScrollBar()

    def act() -> None:
        bar.setValue(0 if bar.value() >= bar.maximum() else bar.value() + 3 * bar.singleStep() + 120)

    return act


def stalls(seconds: float, act: Callable[[], None]) -> list[float]:
    """Run the event loop for so long with ``act`` every few milliseconds; return the gaps in ms."""
    gaps: list[float] = []
    last = time.perf_counter()
    loop = QEventLoop()

    def tick() -> None:
        nonlocal last
        moment = time.perf_counter()
        gaps.append((moment - last) * 1000)
        last = moment

    clock = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=1)
    clock.timeout.connect(tick)
    work = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=STEP_MS)
    work.timeout.connect(act)
    clock.start()
    work.start()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()
    clock.stop()
    work.stop()
    return gaps


def wait_for(ready: Callable[[], bool]) -> None:
    """Let the event loop turn until ``ready``."""
    while not ready():
        QApplication.processEvents()
        time.sleep(0.001)
