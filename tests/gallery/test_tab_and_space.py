"""With two keys alone, Tab and Space, as with a switch: whole journeys, lists and choices among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListView, QWidget

from tests.gallery.rooms import ROOMS
from ui import theme
from ui.steady import pause
from ui.widgets.choices import ChoiceGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from tests.gallery.stage import Stage

MOST_TABS = 60


class TwoKeys:
    """Tab until it is there, then Space; both through the window, as a keyboard gives them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._shell = stage.session.shell
        self.tabs = 0

    @property
    def focused(self) -> QWidget:
        """What has the focus."""
        found = QApplication.focusWidget()
        assert found is not None, f"nothing has the focus on {self.screen}"
        return found

    @property
    def screen(self) -> str:
        """The name of the screen that is shown."""
        assert self._shell.shown is not None
        return self._shell.shown.name

    @property
    def said(self) -> str:
        """What a screen reader says of what has the focus: its name, or its current row."""
        focused = self.focused
        if isinstance(focused, QListView):
            return str(focused.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole) or "")
        return focused.accessibleName()

    def tab(self) -> None:
        """Press Tab once."""
        QTest.keyClick(self._shell.windowHandle(), Qt.Key.Key_Tab)
        self.tabs += 1

    def to(self, words: str) -> None:
        """Press Tab until this begins what is said; one round at the most."""
        met = []
        for _each in range(MOST_TABS):
            if self.said.startswith(words):
                return
            met.append(self.said)
            self.tab()
        raise AssertionError(f"{words!r} is out of Tab's way on {self.screen}: {met}")

    def press(self, words: str) -> None:
        """Go there and press Space, at a person's pace; then let the screen rest."""
        self.to(words)
        QTest.qWait(round(pause() * 1000) + 50)
        QTest.keyClick(self._shell.windowHandle(), Qt.Key.Key_Space)
        self._stage.rest()


@pytest.fixture
def keys(stage: Stage) -> Iterator[TwoKeys]:
    """Two keys, on the home screen; the window is the one that is typed into."""
    stage.desk.hide()
    stage.session.shell.activateWindow()
    stage.show(ROOMS["home"])
    yield TwoKeys(stage)
    stage.desk.show()


def test_a_document_is_found_and_read(keys: TwoKeys) -> None:
    """A row that is not the first one; its text; the way back."""
    keys.press("Lire mes documents")
    assert keys.screen == "documents"
    keys.to("Radiographie")
    first = keys.said
    keys.tab()
    assert keys.said != first, "Tab goes to the next row"
    second = keys.said
    keys.press(second)
    assert keys.screen == "document_view"
    keys.press("Voir le texte")
    keys.press("Retour")
    assert keys.screen == "documents"
    assert keys.said.split(",")[:2] == second.split(",")[:2], "one comes back to the row"


def test_every_row_of_a_long_list_is_reached(keys: TwoKeys, stage: Stage) -> None:
    """Past the rows that are seen, Tab goes on; back in the list, there are the next ones."""
    stage.enter("full")
    stage.session.go("documents")
    stage.rest()
    shown = stage.session.shell.shown
    rows = shown.findChild(QListView)  # type: ignore[union-attr]  # it is shown
    assert rows is not None
    wanted = {rows.model().index(number, 0).data(Qt.ItemDataRole.AccessibleTextRole) for number in range(25)}
    reached: set[str] = set()
    for _each in range(25 * 16):
        if keys.focused is rows:
            reached.add(keys.said)
        if wanted <= reached:
            break
        keys.tab()
    assert wanted <= reached
    assert keys.tabs > len(wanted), "the other controls were met between the rows"


def test_a_choice_that_was_made_is_changed(keys: TwoKeys) -> None:
    """An answer that is chosen does not take the others out of Tab's way."""
    try:
        keys.press("Affichage")
        keys.press("Très grand")
        assert theme.current().size == theme.TextSize.LARGEST
        keys.press("Normal")
        keys.press("Sombre")
        assert (theme.current().size, theme.current().mood) == (theme.TextSize.MEDIUM, theme.Mood.DARK)
        keys.press("C’est bien ainsi")
        assert keys.screen == "home"
    finally:
        theme.apply(theme.Theme.of("light", 26))


def test_an_allergy_is_noted(keys: TwoKeys, qtbot: QtBot) -> None:
    """Each question, one after the other, to the end."""
    for words, screen in (
        ("Ma santé", "health"),
        ("Ajouter une allergie", "entry_question"),
        ("Un aliment", "entry_question"),
        ("Continuer", "entry_question"),
        ("Poisson", "entry_question"),
    ):
        keys.press(words)
        assert keys.screen == screen, words
    group = keys._shell.shown.findChild(ChoiceGroup)  # type: ignore[union-attr]  # it is shown
    assert group is not None
    assert group.values() == ["fish"]
    while keys.screen == "entry_question":
        answer = {"Était-ce grave ?": "Je ne sais pas"}.get(keys._shell.shown.heading.words, "")  # type: ignore[union-attr]
        if answer:
            keys.press(answer)
        keys.press("Continuer")
    assert keys.screen == "entry_check"
    keys.press("Noter cette allergie")
    qtbot.waitUntil(lambda: keys.screen == "entry_done")
