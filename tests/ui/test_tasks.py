"""Work off the screen thread: answers come back in it, in order, to those still there."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject, QThread

from ui.tasks import Lane, Tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def tasks(qapp: object) -> Iterator[Tasks]:
    """Return lanes that are closed at the end."""
    made = Tasks()
    yield made
    made.close()


def test_work_runs_elsewhere_and_its_answer_comes_back_here(tasks: Tasks, qtbot: QtBot) -> None:
    """The screen thread never works, and is the only one to touch screens."""
    here = QThread.currentThread()
    seen: list[bool] = []
    tasks.run(
        QThread.currentThread,
        lambda there: seen.append(there is not here and QThread.currentThread() is here),
    )
    qtbot.waitUntil(lambda: seen == [True])
    assert not tasks.busy


def test_a_lane_keeps_its_order_and_lanes_do_not_wait_for_each_other(tasks: Tasks, qtbot: QtBot) -> None:
    """A slow network never keeps the store waiting."""
    gate, order = threading.Event(), list[str]()
    tasks.run(lambda: gate.wait(5), lambda _: order.append("network"), lane=Lane.NETWORK)
    for name in ("a", "b", "c"):
        tasks.run(lambda: time.sleep(0.01), lambda _, name=name: order.append(name))
    qtbot.waitUntil(lambda: order == ["a", "b", "c"])
    gate.set()
    qtbot.waitUntil(lambda: order[-1] == "network")


def test_a_failure_is_told_to_who_asked_else_to_the_screen(tasks: Tasks, qtbot: QtBot) -> None:
    """No failure is lost."""
    told: list[str] = []
    tasks.unhandled = lambda error: told.append(f"screen {error}")

    def fail() -> None:
        raise ValueError("x")

    tasks.run(fail, failed=lambda error: told.append(f"asker {error}"))
    tasks.run(fail)
    qtbot.waitUntil(lambda: told == ["asker x", "screen x"])


def test_an_answer_for_a_screen_that_is_gone_is_dropped(tasks: Tasks, qtbot: QtBot) -> None:
    """A deleted widget is never touched."""
    owner, gate, told = QObject(), threading.Event(), list[bool]()
    tasks.run(lambda: gate.wait(5), told.append, owner=owner)
    owner.deleteLater()
    qtbot.wait(10)
    gate.set()
    qtbot.waitUntil(lambda: not tasks.busy)
    assert told == []


def test_any_thread_may_tell_a_relay(tasks: Tasks, qtbot: QtBot) -> None:
    """What an engine says in its thread is heard in the screen's."""
    heard: list[bool] = []
    tell = tasks.relay(lambda _word: heard.append(threading.current_thread() is threading.main_thread()))
    thread = threading.Thread(target=tell, args=("x",))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: heard == [True])


def test_nothing_is_delivered_after_the_end(qapp: object, qtbot: QtBot) -> None:
    """Closing waits for what runs and drops the rest."""
    tasks, told = Tasks(), list[str]()
    tasks.run(lambda: time.sleep(0.05), lambda _: told.append("first"))
    tasks.run(lambda: None, lambda _: told.append("second"))
    tasks.close()
    tasks.run(lambda: None, lambda _: told.append("third"))
    qtbot.wait(20)
    assert told == []
