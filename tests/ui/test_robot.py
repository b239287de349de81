"""The hands of the tour: a page is taken for drawn when it is, whatever its paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from ui.tasks import Tasks
from ui.tour import robot
from ui.widgets.viewer import PageView

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture(autouse=True)
def _look(look: None) -> None:
    """Dress the widgets as the program does."""


def has_page(view: QWidget, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Ask the robot, for which this view is all that can be seen."""
    monkeypatch.setattr(robot, "visible", lambda: iter([view]))
    return robot.Robot.do_has_page(None)  # type: ignore[arg-type]  # it needs no connection for this


def test_a_page_is_seen_on_paper_of_any_grey(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not before it is drawn."""
    view = PageView(Tasks())
    qtbot.addWidget(view)
    view.resize(600, 500)
    view.show()
    assert not has_page(view, monkeypatch)
    for paper, ink in ((255, 0), (232, 60), (170, 120), (90, 30)):
        image = QImage(551, 780, QImage.Format.Format_RGB888)
        image.fill(QColor(paper, paper, paper))
        view._sheet.show_image(image, 500)
        assert not has_page(view, monkeypatch)
        pen = QPainter(image)
        pen.fillRect(50, 50, 200, 9, QColor(ink, ink, ink))
        pen.end()
        view._sheet.show_image(image, 500)
        assert has_page(view, monkeypatch)
    view._sheet.show_image(QImage(), 500)
    assert not has_page(view, monkeypatch)
    assert not has_page(QWidget(), monkeypatch)
