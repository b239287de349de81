"""Every screen of the two rooms, empty and very full, at the text sizes that cut: named, large, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit

from app import relatives
from app.codes.relationships import RelativeRole
from tests.app.other_side import OtherSide
from tests.screens.test_health import quiet, told_of
from tests.screens.test_looks import TARGET, visible
from tests.screens.test_relatives import ANNE, PAUL
from ui import theme
from ui.steps import allergy, relative, vaccination

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from ui.steps import Journey

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any

LOOKS = [("light", 26, 1366), ("dark", 34, 1366), ("contrast", 52, 1024)]
ANSWERED = {
    "group": "food",
    "allergen": "other",
    "words": "Kiwi vert de chez la voisine du cinquième étage",
    "reactions": ("rash", "itching", "shock"),
    "severity": "severe",
    "onset": "1985-04",
}


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def dressed(request: pytest.FixtureRequest, visit: Visit) -> Visit:
    """Dress the visit, in a window as high as the bars of a small PC leave."""
    mood, size, width = request.param
    theme.apply(theme.Theme.of(mood, size))
    visit.window.resize(width, 640)
    return visit


def _empty(name: str) -> Callable[[Visit], None]:
    return lambda visit: visit.window.go(name)


def _full(name: str) -> Callable[[Visit], None]:
    def show(visit: Visit) -> None:
        told_of(visit, "germaine")
        visit.window.go(name)

    return show


def _entry(kind: str, about: str) -> Callable[[Visit], None]:
    def show(visit: Visit) -> None:
        told_of(visit, "germaine")
        entry = next(each for each in visit.space.records.all(kind) if not each.get("primarySource"))
        visit.window.go("health_entry", about=about, entry_id=entry["id"])

    return show


def _relative(visit: Visit) -> None:
    edit = relatives.name_trusted(visit.space, PAUL)
    visit.window.go("relative", relative_id=edit.resource_id)


def _question(make: Callable[[Visit], Journey], key: str) -> Callable[[Visit], None]:
    def show(visit: Visit) -> None:
        journey = make(visit)
        journey.answers.update(ANSWERED)
        visit.window.go("entry_question", journey=journey, key=key)
        visit.window.shown.pressed()

    return show


def _allergy(visit: Visit) -> Journey:
    return allergy.adding(visit.space)


def _check(visit: Visit) -> None:
    journey = _allergy(visit)
    journey.answers.update(ANSWERED)
    visit.window.go("entry_check", journey=journey)


def _done(visit: Visit) -> None:
    journey = _allergy(visit)
    journey.answers.update(ANSWERED)
    journey.edit = journey.save(journey.answers)
    visit.window.go("entry_done", journey=journey)


def _conflict(visit: Visit) -> None:
    other = OtherSide(visit.space)
    relatives.name_trusted(visit.space, PAUL)
    other.confirm()
    made = relatives._made(visit.space, relatives.mint(), RelativeRole.TRUSTED, ANNE)
    other.does(made)
    visit.window.go("conflict", about="relatives")


SHOWN: dict[str, Callable[[Visit], None]] = {
    "home": _empty("home"),
    "health-empty": _empty("health"),
    "health-full": _full("health"),
    "health-allergy": _entry("AllergyIntolerance", "allergy"),
    "health-vaccination": _entry("Immunization", "vaccination"),
    "relatives-empty": _empty("relatives"),
    "relatives-full": _full("relatives"),
    "relative": _relative,
    "question-cards": _question(_allergy, "allergen-food"),
    "question-several": _question(_allergy, "reactions"),
    "question-date": _question(lambda visit: vaccination.adding(visit.space), "day"),
    "question-lines": _question(lambda visit: relative.adding_contact(visit.space), "name"),
    "check": _check,
    "done": _done,
    "conflict": _conflict,
}


@pytest.mark.parametrize("name", SHOWN)
def test_nothing_is_cut_and_everything_is_named(dressed: Visit, qtbot: QtBot, name: str) -> None:
    """Words have their height, buttons their target, controls their words as name, and nothing is aside."""
    SHOWN[name](dressed)
    screen = quiet(dressed, qtbot)
    qtbot.wait(50)
    assert screen.help_text
    for label in visible(screen, QLabel):
        if label.text() and label.wordWrap():
            assert label.height() >= label.heightForWidth(label.width()) - 1, f"cut: {label.text()[:80]}"
    for button in visible(screen, QAbstractButton):
        words = button.text()
        assert QAccessible.queryAccessibleInterface(button).text(QAccessible.Text.Name) == words
        assert min(button.width(), button.height()) >= TARGET, words
        assert button.width() >= button.minimumSizeHint().width(), f"cut: {words}"
        assert button.height() >= button.heightForWidth(button.width()) - 1, f"cut: {words}"
    for line in visible(screen, QLineEdit):
        assert line.accessibleName()
    page = screen.scroller
    assert page.widget().width() <= page.viewport().width()


@pytest.mark.parametrize("name", SHOWN)
def test_tab_reaches_every_control(visit: Visit, qtbot: QtBot, name: str) -> None:
    """From the first control around to it again, all that is visible and enabled is met."""
    SHOWN[name](visit)
    screen = quiet(visit, qtbot)
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
