"""The modules of all pages are there before they are asked for; what is not there is left to its press."""

from __future__ import annotations

import gc
import subprocess
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ui.preloading import BESIDE, Preloading, rooms

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

ALONE = """
import sys
from ui.opening import bare_application
app = bare_application("x")
from ui.preloading import BESIDE, Preloading, rooms
from PySide6.QtCore import QElapsedTimer
made = Preloading(app)
clock = QElapsedTimer()
clock.start()
while not made.done and clock.elapsed() < 60_000:
    app.processEvents()
print(made.done, sorted(set([*rooms(), *BESIDE]) - set(sys.modules)))
print(any(name.startswith(("pypdfium2", "pikepdf", "lxml", "PIL")) for name in sys.modules))
"""


def test_every_page_is_there_before_it_is_asked_for() -> None:
    """In a process of its own, as a session is; what reads untrusted bytes stays out of it."""
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["True []", "False"], done.stdout + done.stderr


def test_a_module_that_is_broken_stops_nothing(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    """Its name and the kind of the error are logged; the rest is imported."""
    holder = QObject()
    try:
        made = Preloading(holder, beside=("app.no_such_module", "app.errors"))
        qtbot.waitUntil(lambda: made.done, timeout=20_000)
        assert "not preloaded: app.no_such_module (ModuleNotFoundError)" in caplog.text
    finally:
        gc.unfreeze()
    assert {"app.errors", *rooms()} <= set(sys.modules)
    assert "app.recognition" in BESIDE
