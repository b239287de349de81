"""The scroll bar for a finger: wide parts, no dragging, and it shows where one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea, QStyle, QWidget

from ui import theme
from ui.widgets.scroll_bar import WIDTH, ScrollBar, use_large_bars

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LINE_BACK, LINE_ON, HANDLE = (
    QStyle.SubControl.SC_ScrollBarSubLine,
    QStyle.SubControl.SC_ScrollBarAddLine,
    QStyle.SubControl.SC_ScrollBarSlider,
)
LONG = 3_000


@pytest.fixture(autouse=True)
def _look(look: None) -> None:
    """Dress the widgets as the program does."""


@pytest.fixture
def area(qtbot: QtBot) -> QScrollArea:
    """A page longer and wider than its window."""
    made, inside = QScrollArea(), QWidget()
    qtbot.addWidget(made)
    use_large_bars(made, sideways=True)
    inside.setFixedSize(LONG, LONG)
    made.setWidget(inside)
    made.resize(600, 500)
    made.show()
    return made


def bars(area: QScrollArea) -> list[ScrollBar]:
    """Both bars, upright first."""
    found = [area.verticalScrollBar(), area.horizontalScrollBar()]
    assert all(isinstance(bar, ScrollBar) for bar in found)
    return found  # type: ignore[return-value]  # just looked at


def middle(bar: ScrollBar, part: QStyle.SubControl) -> QPoint:
    """Where a finger meets a part."""
    return bar.part(part).center().toPoint()


def test_each_part_is_a_target(area: QScrollArea) -> None:
    """48 pixels each way: the buttons, and the handle of however long a page."""
    for bar in bars(area):
        for part in (LINE_BACK, LINE_ON, HANDLE):
            found = bar.part(part)
            assert min(found.width(), found.height()) >= theme.TARGET, (bar.orientation(), part)
        assert bar.accessibleName() == "Faire défiler"


def test_nothing_needs_dragging(area: QScrollArea) -> None:
    """A press on an end moves a step, a press beside the handle moves a page, and back."""
    for bar in bars(area):
        bar.setSingleStep(80)
        QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=middle(bar, LINE_ON))
        QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=middle(bar, LINE_ON))
        assert bar.value() == 80
        beside = middle(bar, LINE_ON) - (QPoint(0, WIDTH) if bar.height() > bar.width() else QPoint(WIDTH, 0))
        QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=beside)
        assert bar.value() == 80 + bar.pageStep()
        QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=middle(bar, LINE_BACK))
        assert bar.value() == bar.pageStep()


def inked(bar: ScrollBar, part: QStyle.SubControl) -> set[str]:
    """The theme's inks that a part is painted in."""
    place, picture = bar.part(part).toRect(), bar.grab().toImage()
    seen = {
        picture.pixelColor(x, y).name()
        for x in range(place.left(), place.right())
        for y in range(place.top(), place.bottom())
    }
    palette = theme.current().palette
    return {name for name in ("accent", "hair", "line") if QColor(getattr(palette, name)).name() in seen}


@pytest.mark.parametrize("mood", ["light", "dark", "contrast"])
def test_what_cannot_move_further_is_paler(area: QScrollArea, mood: str) -> None:
    """At the start only the way on is strong, at the end only the way back; in every theme."""
    theme.apply(theme.Theme.of(mood, 26))
    same = theme.current().palette.accent == theme.current().palette.hair
    for bar in bars(area):
        assert inked(bar, LINE_ON) == ({"accent", "hair", "line"} if same else {"accent"})
        assert "line" in inked(bar, HANDLE)
        if not same:
            assert inked(bar, LINE_BACK) == {"hair"}
            bar.setValue(bar.maximum())
            assert (inked(bar, LINE_BACK), inked(bar, LINE_ON)) == ({"accent"}, {"hair"})


def test_a_page_that_is_read_from_the_right_begins_on_the_right(area: QScrollArea) -> None:
    """The lying bar is mirrored: its way on is on the left."""
    area.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    bar = bars(area)[1]
    assert bar.part(LINE_ON).center().x() < bar.part(HANDLE).center().x() < bar.part(LINE_BACK).center().x()
