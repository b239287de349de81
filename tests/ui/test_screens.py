"""Every screen, for real: its title, its Tab order, its focus. What it looks like: ``tests/gallery``."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from ui import theme
from ui.screen import focusables

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from ui.screen import Screen
    from ui.shell import Shell


def settle(shell: Shell, size: tuple[int, int] = (1366, 768)) -> None:
    """Let the layouts come to rest."""
    shell.resize(*size)
    for _ in range(8):
        QApplication.processEvents()


def shown_in(window: QWidget) -> list[QWidget]:
    """List what can be seen."""
    return [each for each in window.findChildren(QWidget) if each.isVisibleTo(window) and each.width() > 1]


def test_the_title_is_a_heading_and_the_screen_has_its_name(any_screen: tuple[Shell, Screen]) -> None:
    """What a screen reader and the tour look for."""
    _shell, screen = any_screen
    interface = QAccessible.queryAccessibleInterface(screen.heading)
    assert interface is not None
    assert interface.role() == QAccessible.Role.Heading
    assert interface.text(QAccessible.Text.Name) == screen.heading.words
    assert screen.objectName() == screen.name
    assert screen.help_text or screen.name == "help"


def test_tab_follows_the_eye_and_comes_round(any_screen: tuple[Shell, Screen], qtbot: QtBot) -> None:
    """From the first control of the page to the last of the bar, none left out."""
    shell, screen = any_screen
    settle(shell)
    chain = [each for each in focusables(screen.layout()) if each.isVisibleTo(shell)]
    assert chain
    chain[0].setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is chain[0])
    for before, after in pairwise(chain):
        if (
            isinstance(before, QAbstractButton)
            and before.autoExclusive()
            and isinstance(after, QAbstractButton)
            and after.autoExclusive()
        ):
            continue  # arrows move among the answers of one question
        before.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(before, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is after, (before.accessibleName(), after.accessibleName())
    tops = [each.mapTo(shell, each.rect().topLeft()).y() for each in chain]
    assert tops == sorted(tops)


def test_the_focus_is_drawn_outside_and_moves_no_word(any_screen: tuple[Shell, Screen], qtbot: QtBot) -> None:
    """A ring of the focus colour around the control; the size stays."""
    shell, screen = any_screen
    settle(shell)
    button = screen.help_button
    before = button.geometry()
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    settle(shell)
    assert button.geometry() == before
    edge = button.grab().toImage().pixelColor(button.width() // 2, 2)
    assert edge.name().upper() == theme.current().palette.focus.upper()


def test_every_sentence_is_short_and_every_button_has_few_words(any_screen: tuple[Shell, Screen]) -> None:
    """At most seven words a button."""
    shell, _screen = any_screen
    for widget in shown_in(shell):
        if type(widget).__name__ in {"MainButton", "PlainButton", "Tile"}:
            assert len(widget.accessibleName().replace("’", " ").split()) <= 8, widget.accessibleName()
