"""From the command to the first usable screen, and its memory, beside a bare PySide6 window with one label.

Both are processes of their own, started in turn; both report when their window has been painted: the
label by a line on its output, the desk through the hands of the tour, when the first screen stands.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ui.bench.timing import compared
from ui.demo import Wishes
from ui.tour.conductor import Conductor, end, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.bench import Figure

GOAL = 1.5
MEMORY_GOAL = 2.0
BARE = """
import sys
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication([])
label = QLabel("Tandem")
label.resize(1366, 768)
label.show()
app.processEvents()
label.grab()
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
            pairs = [(desk(folder, config), bare()) for _ in range(runs + 1)][1:]
    (ours, our_room), (theirs, their_room) = ([*zip(*side, strict=True)] for side in zip(*pairs, strict=True))
    yield compared("start to the first usable screen", ours, "bare PySide6 window", theirs, goal=GOAL)
    if all(their_room):
        yield compared(
            "memory at the first screen",
            our_room,
            "bare PySide6 window",
            their_room,
            goal=MEMORY_GOAL,
            unit="MB",
        )


@contextmanager
def as_installed(folder: Path) -> Iterator[None]:
    """Let both find their modules compiled, as an installed program does; the first pair compiles them."""
    before = dict(os.environ)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


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


def desk(folder: Path, config: Path) -> tuple[float, float]:
    """Time the desk, and weigh it."""
    with Conductor(folder) as conductor:
        started = time.perf_counter()
        process = conductor.start(
            "-m", "ui.desk", "--config", str(config), "--robot", conductor.robot_address, log="desk"
        )
        conductor.wait_for("desk").screen("desk_welcome")
        took = (time.perf_counter() - started) * 1000
        room = megabytes(process.pid)
        end(process)
    return took, room
