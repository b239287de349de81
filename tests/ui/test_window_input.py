"""What hands do is heard before the widgets do, and may be kept from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ui.window_input import WindowInput

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Window(QWidget):
    """A window with one button that fills it."""

    def __init__(self) -> None:
        super().__init__()
        self.input = WindowInput(self)
        self.button = QPushButton("Continuer")
        self.pressed = 0
        self.button.clicked.connect(self._count)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.addWidget(self.button)
        self.resize(300, 200)

    def _count(self) -> None:
        self.pressed += 1

    def press(self) -> None:
        """Press the middle of the window as the system tells of it."""
        left, bare = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(self.windowHandle(), left, bare, QPoint(150, 100))


@pytest.fixture
def window(qtbot: QtBot) -> Window:
    """Show a window."""
    made = Window()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_every_watcher_hears_the_newest_first(window: Window) -> None:
    """One that says nothing changes nothing; one that is forgotten hears no more."""
    heard: list[str] = []

    def watcher(name: str) -> bool:
        heard.append(name)
        return False

    first, second = (lambda event: watcher("first")), (lambda event: watcher("second"))
    window.input.watch(first)
    window.input.watch(second)
    window.press()
    assert heard[:2] == ["second", "first"]
    assert window.pressed == 1
    window.input.forget(first)
    window.input.forget(first)
    heard.clear()
    window.press()
    assert set(heard) == {"second"}


@pytest.mark.parametrize("again", [False, True])
def test_what_is_swallowed_reaches_no_widget(window: Window, *, again: bool) -> None:
    """Neither the press nor a watcher behind; also after the window was hidden and shown again."""
    behind: list[QEvent.Type] = []
    window.input.watch(lambda event: bool(behind.append(event.type())))
    window.input.watch(lambda event: event.type() == QEvent.Type.MouseButtonPress)
    if again:
        window.hide()
        window.show()
    window.press()
    assert window.pressed == 0
    assert QEvent.Type.MouseButtonPress not in behind
    assert behind.count(QEvent.Type.MouseButtonRelease) == 1


def test_keys_are_heard_too(window: Window) -> None:
    """Wherever the focus is."""
    kinds: list[QEvent.Type] = []
    window.input.watch(lambda event: bool(kinds.append(event.type())))
    window.button.setFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Space)
    assert QEvent.Type.KeyPress in kinds
    assert window.pressed == 1
