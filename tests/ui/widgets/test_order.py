"""What a layout holds: in its order, and without leaving anything behind in the binding."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLayoutItem, QVBoxLayout, QWidget, QWidgetItem
from shiboken6 import Shiboken

from ui.screen import focusables
from ui.widgets import PlainButton
from ui.widgets.flow import BarLayout
from ui.widgets.order import parts

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_widgets_and_layouts_come_in_the_order_of_the_layout(look: None, qtbot: QtBot) -> None:
    """Not in the order in which they were made."""
    page = QWidget()
    qtbot.addWidget(page)
    column, row, bar = QVBoxLayout(page), QHBoxLayout(), BarLayout()
    last, first, second, third = (PlainButton(name) for name in ("last", "first", "second", "third"))
    column.addLayout(row)
    column.addLayout(bar)
    column.addWidget(last)
    row.addWidget(second)
    row.insertWidget(0, first)
    bar.addWidget(third)
    assert parts(column) == [row, bar, last]
    assert focusables(column) == [first, second, third, last]
    assert parts(None) == []


def items_alive() -> dict[int, QLayoutItem]:
    """Return the layout items that Python still knows."""
    gc.collect()
    return {id(each): each for each in gc.get_objects() if type(each) is QWidgetItem}


def test_no_item_outlives_its_widget(look: None, qtbot: QtBot) -> None:
    """``itemAt`` leaves one behind (if Qt's binding mends that, this room can go); ``parts`` does not."""
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    before = items_alive()
    for look_at in (parts, lambda layout: layout.itemAt(0)):
        line = QWidget()
        column.addWidget(line)
        look_at(column)
        line.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        assert column.count() == 0
        left = [item for place, item in items_alive().items() if place not in before]
        assert bool(left) is (look_at is not parts)
    for item in left:
        Shiboken.invalidate(item)
