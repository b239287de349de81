"""Fields, dates, choices, answers, notices: what is typed stays, what is wrong is said beside it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from ui.widgets import (
    Answer,
    CheckAnswers,
    Choice,
    ChoiceGroup,
    DateFields,
    ErrorSummary,
    Field,
    MainButton,
    Notice,
    NoticeKind,
    Progress,
)

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture(autouse=True)
def _look(look: None) -> None:
    """Dress the widgets as the program does."""


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    """Return a window to put widgets on (alone, they would be windows with a least size)."""
    made = Stage()
    qtbot.addWidget(made)
    made.show()
    return made


class Stage(QWidget):
    """Stands under what is tried."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        self.resize(900, 500)

    def put(self, widget: QWidget) -> None:
        """Show a widget."""
        self.column.addWidget(widget)
        widget.show()
        QApplication.processEvents()


def test_an_error_stands_beside_the_field_and_wipes_nothing(qtbot: QtBot, stage: Stage) -> None:
    """The words are spoken with the field."""
    field = Field("Nom", "Comme sur la carte")
    stage.put(field)
    field.set_value("  Martin ")
    field.set_error("Tapez le nom.")
    assert field.value == "Martin"
    assert field.input.text() == "  Martin "
    assert field.input.accessibleName() == "Nom"
    assert field.input.accessibleDescription() == "Tapez le nom."
    field.set_error("")
    assert field.input.accessibleDescription() == "Comme sur la carte"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (("3", "5", "1946"), date(1946, 5, 3)),
        (("03", "05", "1946"), date(1946, 5, 3)),
        (("31", "2", "2026"), None),
        (("", "5", "1946"), None),
        (("x", "5", "1946"), None),
        (("1", "1", "0"), None),
    ],
)
def test_a_date_is_three_plain_fields(
    qtbot: QtBot, stage: Stage, typed: tuple[str, str, str], read: date | None
) -> None:
    """Jour, Mois, Année; what is no date is none."""
    fields = DateFields("De quand date-t-il ?")
    stage.put(fields)
    assert fields.is_empty
    for field, value in zip(fields.fields, typed, strict=True):
        field.set_value(value)
    assert fields.date() == read
    assert [field.input.accessibleName() for field in fields.fields] == ["Jour", "Mois", "Année"]


def test_a_full_field_takes_no_more_and_loses_nothing(qtbot: QtBot, stage: Stage) -> None:
    """Typed in the middle or pasted: what is too much is left out, what stood there stays."""
    field = Field("Nom", limit=6)
    stage.put(field)
    line = field.input
    QTest.keyClicks(line, "Martin")
    line.setCursorPosition(3)
    QTest.keyClicks(line, "x")
    assert (line.text(), line.cursorPosition()) == ("Martin", 3)
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QApplication.clipboard().setText("éèê")
    line.paste()
    assert (line.text(), line.cursorPosition()) == ("Maréèn", 5)
    line.setText("Marguerite")
    assert len(line.text()) == 6


def test_a_letter_that_takes_two_places_is_one_character(qtbot: QtBot, stage: Stage) -> None:
    """Qt counts in UTF-16; the limit and what is left out are counted as people count."""
    field = Field("Nom", limit=4)
    stage.put(field)
    line = field.input
    for pasted in ("😀😀a", "b", "c"):
        QApplication.clipboard().setText(pasted)
        line.paste()
    assert line.text() == "😀😀ab"
    line.setCursorPosition(2)
    QTest.keyClicks(line, "x")
    assert (line.text(), line.cursorPosition()) == ("😀😀ab", 2)


def test_what_was_written_elsewhere_may_be_longer(qtbot: QtBot, stage: Stage) -> None:
    """It is shown whole; it can be shortened, and not made longer."""
    field = Field("Nom", value="Marguerite", limit=6)
    stage.put(field)
    line = field.input
    assert field.value == "Marguerite"
    QTest.keyClicks(line, "x")
    assert line.text() == "Marguerite"
    QTest.keyClick(line, Qt.Key.Key_Backspace)
    QTest.keyClicks(line, "xy")
    assert line.text() == "Marguerit"


def test_a_card_answers_wherever_it_is_touched(qtbot: QtBot, stage: Stage) -> None:
    """Not only on its mark and its words; a second touch unticks a tick."""
    group = ChoiceGroup([Choice("a", "Un"), Choice("b", "Deux", "ou plus")], several=True)
    stage.put(group)
    card = group.cards[1]
    QTest.mouseClick(
        card, Qt.MouseButton.LeftButton, pos=card.rect().bottomRight() - card.rect().topLeft() / 2
    )
    assert group.values() == ["b"]
    QTest.keyClick(card, Qt.Key.Key_Space)
    assert group.values() == []


def test_one_answer_replaces_another_and_arrows_move(qtbot: QtBot, stage: Stage) -> None:
    """Radio cards: one of them."""
    group = ChoiceGroup([Choice(each, each) for each in "abc"])
    stage.put(group)
    assert group.value() is None
    group.choose("a")
    group.focus_first()
    qtbot.waitUntil(group.cards[0].hasFocus)
    QTest.keyClick(group.cards[0], Qt.Key.Key_Down)
    assert group.value() == "b"


def test_the_summary_of_errors_leads_to_each_field(qtbot: QtBot, stage: Stage) -> None:
    """It takes the focus; each line goes where the same words stand."""
    summary, field = ErrorSummary(), Field("Nom")
    for widget in (summary, field):
        stage.put(widget)
    summary.show_errors([("Tapez le nom.", field.take_focus)])
    assert summary.accessibleName() == "Il y a un problème. Tapez le nom."
    line = summary.findChild(type(summary._lines[0]))
    assert line is not None
    summary.show_errors([])
    assert not summary.isVisible()


def test_each_answer_to_check_has_a_button_of_its_own_name(qtbot: QtBot, stage: Stage) -> None:
    """« Changer la date » says which."""
    answers = CheckAnswers(
        [Answer("date", "Date", "3 mars 2026", "Changer la date"), Answer("x", "Poids", "1 Mo")]
    )
    stage.put(answers)
    with qtbot.waitSignal(answers.change_asked) as asked:
        answers.buttons["date"].click()
    assert asked.args == ["date"]
    assert list(answers.buttons) == ["date"]


def test_a_notice_is_a_notification_that_says_its_words(qtbot: QtBot, stage: Stage) -> None:
    """A screen reader hears it; empty, it takes no room."""
    notice = Notice("Pas de réseau.", NoticeKind.WAIT)
    stage.put(notice)
    interface = QAccessible.queryAccessibleInterface(notice)
    assert interface is not None
    assert interface.role() == QAccessible.Role.Notification
    assert interface.text(QAccessible.Text.Name) == "Pas de réseau."
    notice.say("De retour.", NoticeKind.OK)
    assert interface.text(QAccessible.Text.Name) == "De retour."
    notice.say("")
    assert not notice.isVisible()


def test_what_is_quick_shows_no_progress(qtbot: QtBot, stage: Stage) -> None:
    """The bar comes after 0.3 s, and not at all when the work is over."""
    progress = Progress("Un instant…")
    stage.put(progress)
    progress.start_after(20)
    progress.stop()
    qtbot.wait(50)
    assert not progress.isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_and_space_press_the_button_that_has_the_focus(qtbot: QtBot, stage: Stage, key: Qt.Key) -> None:
    """Once each."""
    button = MainButton("Continuer")
    stage.put(button)
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    QTest.keyClick(button, key)
    QApplication.processEvents()
    assert pressed == [True]
