"""The keyboard of the screen: it types as a real one does, in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ui import languages, theme
from ui.screen import Screen
from ui.widgets import DateFields, Field, TopBar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from ui.shell import Shell


@pytest.fixture
def asked(shell: Shell, qtbot: QtBot) -> Iterator[Screen]:
    """Show a screen with a name and a date to fill in, on a kiosk without a keyboard."""
    screen = Screen("Qui êtes-vous ?", main="Continuer")
    screen.field = Field("Votre nom", limit=12)  # type: ignore[attr-defined]  # a screen of this test
    screen.date = DateFields("Date")  # type: ignore[attr-defined]
    screen.body.addWidget(screen.field)  # type: ignore[attr-defined]
    screen.body.addWidget(screen.date)  # type: ignore[attr-defined]
    shell.resize(1024, 768)
    with qtbot.waitActive(shell):
        shell.activateWindow()
    shell.show_screen(screen)
    shell.use_keyboard(on=True)
    screen.field.take_focus()  # type: ignore[attr-defined]
    qtbot.waitUntil(shell.keyboard.isVisible)
    yield screen
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    languages.speak("fr", application)


def press(shell: Shell, *names: str) -> None:
    """Press keys by their names."""
    for name in names:
        QTest.mouseClick(shell.keyboard.keys[name], Qt.MouseButton.LeftButton)


def test_a_name_is_typed_with_its_capital_and_its_accents(shell: Shell, asked: Screen) -> None:
    """The first letter is a capital by itself; the focus never leaves the field."""
    field = asked.field  # type: ignore[attr-defined]
    press(shell, "Z", "o", "éàç", "é", "ABC", "Espace", "l", "e", "Effacer", "éàç", "Majuscule", "Ç", "ABC")
    assert field.value == "Zoé lÇ"
    assert field.input.hasFocus()
    press(shell, *"abcdefg")
    assert len(field.value) == 12, "the field's own limit holds"


def test_figures_come_first_where_a_number_is_wanted(shell: Shell, asked: Screen, qtbot: QtBot) -> None:
    """A day is two figures; letters are one press away."""
    asked.date.take_focus()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: "7" in shell.keyboard.keys)
    press(shell, "1", "7")
    assert asked.date.day.value == "17"  # type: ignore[attr-defined]
    press(shell, "ABC")
    assert "a" in {key.lower() for key in shell.keyboard.keys}


@pytest.mark.parametrize(("code", "letter"), [("fr", "a"), ("en", "q"), ("ar", "ش"), ("fr_FALC", "m")])
def test_each_language_has_its_letters(shell: Shell, asked: Screen, code: str, letter: str) -> None:
    """The keys follow the language, live."""
    press(shell, "A")
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    languages.speak(code, application)
    assert letter in shell.keyboard.keys


@pytest.mark.parametrize("size", list(theme.TextSize))
def test_the_keys_are_large_and_leave_the_field_in_view(
    shell: Shell, asked: Screen, qtbot: QtBot, size: theme.TextSize
) -> None:
    """At least 48 px, nothing cut on a small screen at any size, and one sees what one types."""
    shell.set_text_size(size)
    shell.use_keyboard(on=True)
    qtbot.waitUntil(lambda: shell.is_settled)
    qtbot.wait(30)
    for name, key in shell.keyboard.keys.items():
        assert key.height() - 2 * theme.RING >= theme.TARGET, name
        assert key.width() - 2 * theme.RING >= theme.TARGET, (name, key.width())
        assert key.width() >= key.minimumSizeHint().width(), name
    field = asked.field.input  # type: ignore[attr-defined]
    assert field.visibleRegion().boundingRect().height() >= field.height() // 2
    assert isinstance(shell.topbar, TopBar)


def test_tab_reaches_the_keys_and_space_presses_them(shell: Shell, asked: Screen, qtbot: QtBot) -> None:
    """For someone with switches: the field that had the focus gets the letter."""
    key = shell.keyboard.keys["B"]
    key.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(key.hasFocus)
    assert shell.keyboard.isVisible()
    QTest.keyClick(key, Qt.Key.Key_Space)
    assert asked.field.value == "B"  # type: ignore[attr-defined]


def test_it_goes_when_it_is_put_away_or_nothing_is_to_be_typed(
    shell: Shell, asked: Screen, qtbot: QtBot
) -> None:
    """« Fermer », or another control."""
    press(shell, "Fermer")
    assert not shell.keyboard.isVisible()
    asked.date.take_focus()  # type: ignore[attr-defined]
    qtbot.waitUntil(shell.keyboard.isVisible)
    asked.help_button.setFocus()
    qtbot.waitUntil(lambda: not shell.keyboard.isVisible())
    shell.use_keyboard(on=False)
    asked.field.take_focus()  # type: ignore[attr-defined]
    qtbot.wait(20)
    assert not shell.keyboard.isVisible()


def test_a_key_pressed_after_the_screen_has_gone_does_nothing(shell: Shell, asked: Screen) -> None:
    """The field is deleted with its screen; the keys may still be there for a moment."""
    key = shell.keyboard.keys["A"]
    shell.drop_screen(asked)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    key.click()
    shell.keyboard.keys["Fermer"].click()
    assert not shell.keyboard.isVisible()
