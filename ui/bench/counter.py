"""A counter's « Client suivant »: from the press to the page that asks who comes next.

A real service, desk and session. In between a process ends, all is erased and verified, and a new process
opens its window. Beside it, the certified wipe alone of a session's folder: what is beyond is starting anew.
"""

from __future__ import annotations

import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app import counter
from app.wipe import SessionFolders, Traces, wipe
from ui.bench.timing import as_installed, compared, milliseconds, plain
from ui.bench.wipe import fill
from ui.demo import Wishes, code_name
from ui.tour.conductor import Conductor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.bench import Figure

GOAL_MS = 5000
CUSTOMERS = 6
STORE_BYTES = 8_000_000
BROWSER = "sync.service.demo.browser"
PERSON, PHARMACIST = "germaine", "claire"


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the time from customer to customer, and its ratio to the wipe alone."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name, as_installed(Path(name)):
        # The first customer compiles the modules.
        between = customers_in_a_row(1) if smoke else customers_in_a_row(CUSTOMERS + 1)[1:]
    alone = [bare_wipe() for _ in between]
    yield plain("a counter, from customer to customer", between, goal=GOAL_MS)
    yield compared("the same, beside its wipe", between, "the certified wipe alone", alone)


def bare_wipe() -> float:
    """Time the wipe of a folder as a short visit leaves it."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name:
        root = Path(name)
        (root / "outbox").mkdir()
        session = SessionFolders.create(root)
        fill(session.vault / "c" / "bench", STORE_BYTES)
        return milliseconds(partial(wipe, Traces(session, root / "outbox")))


def customers_in_a_row(count: int) -> list[float]:
    """Serve so many customers; return the milliseconds between one and the next."""
    found: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="tandem-bench-", ignore_cleanup_errors=True) as name,
        Conductor(Path(name)) as conductor,
    ):
        ready = conductor.start_service("--data", str(conductor.folder / "service"), "--demo")
        browser = (sys.executable, "-m", BROWSER, "--login", PERSON, "--login", PHARMACIST)
        config, code = conductor.folder / "desk.json", str(ready[code_name(counter.PLACE)])
        wishes = Wishes(place=counter.PLACE)
        wishes.config(
            conductor.folder / "poste", str(ready["base"]), browser=browser, enrolment_code=code
        ).save(config)
        robot = conductor.robot_address
        conductor.start("-m", "ui.desk", "--config", str(config), "--robot", robot, log="desk")
        desk = conductor.wait_for("desk")
        desk.press("Je me connecte")
        desk.press("Accueillir une personne")
        hands = conductor.wait_for("session")
        for _ in range(count):
            hands.press("La personne se connecte")
            hands.press("Oui, c’est moi")
            hands.press("Oui, pour aujourd’hui")
            hands.screen("counter")
            before = hands.pid
            hands.press("Client suivant")
            began = time.perf_counter_ns()
            hands = conductor.wait_for("session", not_pid=before)
            hands.screen("who")
            found.append((time.perf_counter_ns() - began) / 1e6)
    return found
