"""Every screen, for real, at every size and in every theme: nothing cut, everything named and reached."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QScrollArea, QWidget

from ui import theme
from ui.screen import focusables

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from ui.screen import Screen
    from ui.shell import Shell

# Pairwise: each size meets each window once, each theme once.
LOOKS = [
    (20, "light", (1366, 768)),
    (26, "dark", (1024, 768)),
    (34, "contrast", (1366, 768)),
    (52, "light", (1024, 768)),
    (52, "dark", (1920, 1080)),
    (26, "light", (1366, 768)),
]


def settle(shell: Shell, size: tuple[int, int] = (1366, 768)) -> None:
    """Let the layouts come to rest."""
    shell.resize(*size)
    for _ in range(8):
        QApplication.processEvents()


def shown_in(window: QWidget) -> list[QWidget]:
    """List what can be seen."""
    return [each for each in window.findChildren(QWidget) if each.isVisibleTo(window) and each.width() > 1]


@pytest.mark.parametrize(("size", "mood", "window"), LOOKS)
def test_nothing_is_cut_and_nothing_scrolls_sideways(
    any_screen: tuple[Shell, Screen], size: int, mood: str, window: tuple[int, int]
) -> None:
    """Words have the height they need at the width they got, and the width of their longest word."""
    shell, screen = any_screen
    theme.apply(theme.Theme.of(mood, size))
    shell.topbar.refresh()
    settle(shell, window)
    for widget in shown_in(shell):
        if not isinstance(widget, (QLabel, QAbstractButton, QLineEdit)):
            continue
        name = f"{type(widget).__name__} {widget.accessibleName()!r}"
        assert widget.width() >= widget.minimumSizeHint().width() - 1, name
        if widget.hasHeightForWidth():
            assert widget.height() >= widget.heightForWidth(widget.width()) - 1, name
        right = widget.mapTo(shell, widget.rect().topRight()).x()
        assert right < shell.width(), f"{name} leaves the window"
    if isinstance(screen.scroller, QScrollArea):
        inside = screen.scroller.widget()
        assert inside is not None
        assert inside.width() <= screen.scroller.viewport().width()


def test_every_control_has_its_words_its_size_and_its_room(any_screen: tuple[Shell, Screen]) -> None:
    """Name = words; at least 48 px, 64 for main actions, shapes 8 px apart."""
    shell, screen = any_screen
    settle(shell)
    ring = theme.RING
    shapes = []
    for widget in shown_in(shell):
        if not isinstance(widget, QAbstractButton):
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface is not None
        assert interface.text(QAccessible.Text.Name) == widget.text() != ""
        least = 64 if widget is screen.main_button else 48
        assert widget.height() - 2 * ring >= least, widget.text()
        assert widget.width() - 2 * ring >= 48, widget.text()
        shapes.append(
            widget.rect()
            .translated(widget.mapTo(shell, widget.rect().topLeft()))
            .adjusted(ring, ring, -ring, -ring)
        )
    for number, one in enumerate(shapes):
        for other in shapes[number + 1 :]:
            assert not one.adjusted(-7, -7, 7, 7).intersects(other)


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
