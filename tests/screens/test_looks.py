"""Every screen of documents and filing at every text size: named, large enough, not cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from ui import theme
from ui.filing import Filing

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any

TARGET = 48
LOOKS = [
    ("light", 20, 1366),
    ("light", 26, 1366),
    ("dark", 34, 1366),
    ("contrast", 52, 1024),
    ("light", 52, 1024),
]
SCREENS = ("documents", "document_view", "documents_filter", *(
    f"file_{step}" for step in ("pick", "look", "category", "date", "name", "check", "done")
))  # fmt: skip


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def dressed(request: pytest.FixtureRequest, visit: Visit) -> Visit:
    """Dress the visit, with three documents in it, in a window as high as the bars of a small PC leave."""
    mood, size, width = request.param
    theme.apply(theme.Theme.of(mood, size))
    visit.window.resize(width, 640)
    visit.ids_here = visit.receive(
        *(make_paper(kind, CITIZENS[0], 1) for kind in (Kind.LAB, Kind.NOTE, Kind.LETTER))
    )
    return visit


def shown(visit: Visit, qtbot: QtBot, name: str) -> Shown:
    """Show a screen as a person meets it, and wait until it is quiet."""
    if name == "document_view":
        visit.window.go(name, document_id=visit.ids_here[0])
    elif name == "documents_filter":
        found = [("ORD_SOIN", 3), ("BIOLOGIE", 1), ("RADIO_SC", 120)]
        visit.window.go(name, by="category", found=found, choose=lambda _by, _value: None)
    elif name in {"documents", "file_pick"}:
        visit.window.go(name)
    else:
        visit.window.go(name, filing=a_filing(visit))
    qtbot.waitUntil(lambda: not visit.context.tasks.busy, timeout=20_000)
    qtbot.wait(50)
    return visit.window.shown


def a_filing(visit: Visit) -> Filing:
    """Look at a paper, as the first screen does."""
    from app import intake

    paper = make_paper(Kind.LETTER, CITIZENS[0], 7)
    candidate = intake.check(
        visit.context.reader, paper.data, "lettre de la caisse.pdf", known=lambda _sha: False
    )
    filing = Filing.of(visit.context.reader, "lettre de la caisse.pdf", candidate)
    filing.date = filing.date or paper.day
    filing.category = filing.category or "DOC_ADM"
    return filing


def visible(screen: Shown, kind: type[QWidget]) -> list[Any]:
    """Return the visible parts of a kind that are ours (not inside Qt's own widgets)."""
    return [w for w in screen.findChildren(kind) if w.isVisible() and not w.objectName().startswith("qt_")]


@pytest.mark.parametrize("name", SCREENS)
def test_nothing_is_cut_and_everything_is_named(dressed: Visit, qtbot: QtBot, name: str) -> None:
    """Words have their height, buttons their target, controls their words as name, and nothing is aside."""
    screen = shown(dressed, qtbot, name)
    for label in visible(screen, QLabel):
        if label.text() and label.wordWrap():
            needed = label.heightForWidth(label.width())
            assert label.height() >= needed - 1, f"cut: {label.text()[:80]}"
    for button in visible(screen, QAbstractButton):
        words = button.text()
        assert QAccessible.queryAccessibleInterface(button).text(QAccessible.Text.Name) == words
        assert min(button.width(), button.height()) >= TARGET, words
        assert button.width() >= button.minimumSizeHint().width(), f"cut: {words}"
        if button.hasHeightForWidth():
            assert button.height() >= button.heightForWidth(button.width()) - 1, f"cut: {words}"
    for line in visible(screen, QLineEdit):
        assert line.accessibleName()
        assert line.height() >= line.fontMetrics().height() + 8
    page = screen.scroller
    assert page is None or page.widget().width() <= page.viewport().width()


@pytest.mark.parametrize("name", SCREENS)
def test_tab_reaches_every_control(visit: Visit, qtbot: QtBot, name: str) -> None:
    """From the first control around to it again, all that is visible and enabled is met."""
    visit.ids_here = visit.receive(make_paper(Kind.LAB, CITIZENS[0], 1))
    screen = shown(visit, qtbot, name)
    wanted = {
        widget
        for widget in (*visible(screen, QAbstractButton), *visible(screen, QLineEdit))
        if widget.isEnabled() and widget.focusPolicy() != 0
    }
    met, here = set(), screen.nextInFocusChain()
    while here is not screen and len(met) < 10_000:
        met.add(here)
        here = here.nextInFocusChain()
    assert wanted <= met


class _Windows(QObject):
    """Notes every window that appears."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[QWidget] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note what is shown as a window of its own."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(watched)
        return False


@pytest.mark.parametrize("name", SCREENS)
def test_no_part_flashes_as_a_window_of_its_own(
    visit: Visit, qtbot: QtBot, qapp: QApplication, name: str
) -> None:
    """A part shown before it has its place would be a window for a moment, and take the focus with it."""
    visit.ids_here = visit.receive(make_paper(Kind.LAB, CITIZENS[0], 1))
    watch = _Windows()
    qapp.installEventFilter(watch)
    shown(visit, qtbot, name)
    qapp.removeEventFilter(watch)
    assert not watch.seen
