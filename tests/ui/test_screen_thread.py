"""Widgets that lie in a cycle are deleted in the screen thread, whoever makes the garbage."""

from __future__ import annotations

import gc
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from ui.screen_thread import SWITCH_SECONDS, collect_due, favour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

deleted_in: list[str] = []


class Screen(QWidget):
    """A widget with a timer, in a cycle."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self
        self.timer = QTimer()
        self.timer.start(10)

    def __del__(self) -> None:
        deleted_in.append(threading.current_thread().name)


@pytest.fixture
def collected() -> Iterator[None]:
    """Begin with Python's own way of collecting; leave as it was."""
    before = sys.getswitchinterval()
    gc.collect()
    gc.enable()
    deleted_in.clear()
    yield
    gc.unfreeze()
    gc.disable()
    sys.setswitchinterval(before)


def litter() -> None:
    """Make more cycles than the collector's thresholds, as an engine does."""
    for _ in range(20_000):
        cycle: list[object] = []
        cycle.append(cycle)


def test_garbage_made_in_a_thread_is_collected_in_the_screen_thread(collected: None, qtbot: QtBot) -> None:
    """The thread's garbage brings the widgets' end, but not in the thread."""
    parent = QObject()
    timer = favour(parent)
    timer.setInterval(20)
    for _ in range(10):
        Screen()
    busy = threading.Thread(target=litter, name="engine")
    busy.start()
    busy.join()
    assert deleted_in == []
    qtbot.waitUntil(lambda: len(deleted_in) == 10)
    assert set(deleted_in) == {threading.current_thread().name}


def test_nothing_is_collected_before_it_is_due() -> None:
    """Few new objects: no work. Many: the youngest generation; after some rounds of it, an older one."""
    gc.collect()
    assert collect_due() is None
    found: set[int | None] = set()
    kept: list[list[object]] = []
    for _ in range(25):
        kept += [[] for _ in range(gc.get_threshold()[0] + 50)]
        found.add(collect_due())
    assert found == {0, 1}


def test_what_was_there_at_the_start_is_set_aside(collected: None) -> None:
    """A full collection does not walk through every module."""
    favour(QObject())
    assert gc.get_freeze_count() > 10_000
    assert not gc.isenabled()
    assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
