"""Practising with a person who does not exist, alone and led by the hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.changes import Changes
from app.wipe import SessionFolders
from ui.practice.person import PAPERS
from ui.session.channel import Channel
from ui.session.start import Start
from ui.session.window import SessionWindow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

Shown = Any


@pytest.fixture
def window(tmp_path: Path, look: None, qtbot: QtBot) -> Iterator[SessionWindow]:
    """Return a practice session's window; there is no service behind it at all."""
    to_session, to_desk = os.pipe(), os.pipe()
    incoming, outgoing = os.fdopen(to_session[0], "rb", 0), os.fdopen(to_desk[1], "wb", 0)
    start = Start(
        service="http://127.0.0.1:9",
        folder=SessionFolders.create(tmp_path).folder,
        outbox=tmp_path / "outbox",
        adviser={"claims": {"name": "Karim Benali"}},
        practice=True,
    )
    made = SessionWindow(start, Channel(incoming, outgoing), Changes())
    with qtbot.waitActive(made.shell):
        made.start()
        made.shell.activateWindow()
    yield made
    qtbot.waitUntil(lambda: not made.tasks.busy, timeout=15_000)
    made.context.close_reader()
    made.idle.stop()
    made.visit.close()
    made.tasks.close()
    made.shell.close_for_good()
    made.shell.deleteLater()
    for stream in (incoming, outgoing):
        stream.close()
    os.close(to_session[1])
    os.close(to_desk[0])


def shown(window: SessionWindow, qtbot: QtBot, name: str) -> Shown:
    """Wait for a screen and for all that it asks."""
    qtbot.waitUntil(
        lambda: (
            getattr(window.shell.shown, "name", "") == name
            and window.shell.is_settled
            and not window.tasks.busy
        ),
        timeout=20_000,
    )
    return window.shell.shown


def press(button: Shown) -> None:
    """Press as a person does."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_made_up_papers_are_real_papers(window: SessionWindow, qtbot: QtBot) -> None:
    """They are listed, opened by the reader, readable, and nothing is on its way anywhere."""
    press(shown(window, qtbot, "practice").alone)
    home = shown(window, qtbot, "home")
    assert "Odette Exemple" in window.shell.topbar._whose.text.words
    assert "rien n’est envoyé" in window.shell.topbar.state.text()
    press(home.read)
    documents = shown(window, qtbot, "documents")
    assert documents.model.rowCount() == len(PAPERS)
    documents.list.choose_current()
    view = shown(window, qtbot, "document_view")
    qtbot.waitUntil(lambda: view._opened is not None, timeout=20_000)
    words = window.context.reader.page_text(0)
    assert "Paracétamol 500 mg" in words
    assert "n’existe pas" in words
    assert window.context.space.records.waiting().count == 0


def test_the_guide_leads_through_a_first_visit(window: SessionWindow, qtbot: QtBot) -> None:
    """Doing what each sentence says brings the next one; the ring is around what is meant."""
    press(shown(window, qtbot, "practice").guided)
    home = shown(window, qtbot, "home")
    bar, guide = window.shell.guide_bar, window._guide
    assert bar.isVisible()
    assert "Lire mes documents" in bar.text.words
    assert not bar.next_button.isVisible()
    qtbot.waitUntil(guide._ring.isVisible)
    inside = home.read.rect().translated(home.read.mapTo(window.shell, home.read.rect().topLeft()))
    assert guide._ring.geometry().intersects(inside)
    press(home.read)
    documents = shown(window, qtbot, "documents")
    assert "plus récent" in bar.text.words
    documents.list.choose_current()
    view = shown(window, qtbot, "document_view")
    press(view.back_button)
    press(shown(window, qtbot, "documents").back_button)
    shown(window, qtbot, "home")
    assert "agrandit" in bar.text.words or "trop petits" in bar.text.words
    press(bar.next_button)
    press(bar.next_button)
    assert "Terminer la visite" in bar.text.words
    press(window.shell.shown.finish_button)  # type: ignore[union-attr]
    shown(window, qtbot, "finish")
    assert "Bravo" in bar.text.words
    press(bar.stop_button)
    assert not bar.isVisible()


def test_whoever_leaves_the_way_is_not_held(window: SessionWindow, qtbot: QtBot) -> None:
    """Another tile works; the guide waits, and ends when it is told to."""
    press(shown(window, qtbot, "practice").guided)
    home = shown(window, qtbot, "home")
    press(home.file)
    shown(window, qtbot, "file_pick")
    assert not window._guide._ring.isVisible()
    press(window.shell.guide_bar.stop_button)
    assert window._guide.step is None
    window.back()
    press(shown(window, qtbot, "home").help_button)
    helping = shown(window, qtbot, "help")
    guided = next(each for each in helping._bar_buttons if each.text() == "Visite guidée")
    press(guided)
    shown(window, qtbot, "home")
    assert window.shell.guide_bar.isVisible()
