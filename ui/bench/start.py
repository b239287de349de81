"""From pressing the icon to the first picture and to the first screen, beside a bare PySide6 window.

Both are processes of their own, started in turn. The bare window says on its output when it was painted,
the program on its error output (``ui.opening``): once for its first window, once for its first screen.
A person's patience begins with the first; the second is told beside it, without a goal of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ui.bench.timing import as_installed, compared
from ui.demo import Wishes
from ui.opening import ASKED, MILESTONES
from ui.tour.conductor import end, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.bench import Figure

GOAL = 1.5
MEMORY_GOAL = 2.0
BARE = """
import sys
from PySide6.QtWidgets import QApplication, QLabel
class Label(QLabel):
    painted = False
    def paintEvent(self, event):
        super().paintEvent(event)
        self.painted = True
app = QApplication([])
label = Label("Tandem")
label.resize(1366, 768)
label.show()
while not label.painted:
    app.processEvents()
print("ready", flush=True)
sys.stdin.readline()
"""


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the time to the desk's first screen and to the bare window's."""
    runs = 2 if smoke else 9
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name:
        folder = Path(name)
        config = folder / "desk.json"
        Wishes().config(folder / "poste", "http://127.0.0.1:9").save(config)
        with as_installed(folder):
            pairs = [(desk(config), bare()) for _ in range(runs + 1)][1:]
    (ours, screens, our_room), (theirs, their_room) = (
        [*zip(*side, strict=True)] for side in zip(*pairs, strict=True)
    )
    yield compared("start to the first paint", ours, "bare PySide6 window", theirs, goal=GOAL)
    yield compared("start to the first screen", screens, "bare PySide6 window", theirs)
    if all(their_room):
        yield compared(
            "memory at the first screen",
            our_room,
            "bare PySide6 window",
            their_room,
            goal=MEMORY_GOAL,
            unit="MB",
        )


def megabytes(pid: int) -> float:
    """Return what a process holds in memory of its own and its share of the rest; 0 where nobody says."""
    told = Path(f"/proc/{pid}/smaps_rollup")
    if not told.exists():
        return 0.0
    share = next(line for line in told.read_text().splitlines() if line.startswith("Pss:"))
    return int(share.split()[1]) / 1000


def bare() -> tuple[float, float]:
    """Time the bare window, and weigh it."""
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", BARE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        line = process.stdout.readline() if process.stdout else ""
        took = (time.perf_counter() - started) * 1000
        room = megabytes(process.pid)
        process.communicate("\n")
    if line.strip() != "ready":
        raise RuntimeError
    return took, room


def desk(config: Path) -> tuple[float, float, float]:
    """Time the program's first paint and its first screen, and weigh it; all that an icon runs."""
    command = (
        f"from pathlib import Path; from ui.start import start_program; start_program(Path({str(config)!r}))"
    )
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", command],
        stderr=subprocess.PIPE,
        text=True,
        env=environment() | {ASKED: "yes"},
    ) as process:
        told = []
        for expected in MILESTONES:
            line = process.stderr.readline() if process.stderr else ""
            told.append((time.perf_counter() - started) * 1000)
            if line.strip() != expected:
                process.kill()
                raise RuntimeError(line)
        room = megabytes(process.pid)
        end(process)
    return told[0], told[1], room
