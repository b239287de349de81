"""A canary for the Qt binding: PySide6 6.12.0 on Python 3.11 released ``None`` once too often and died.

Run before any upgrade of pyside6; the lower and the excluded version are in pyproject.toml.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

ROUNDS = 2_000
# From Python 3.12 on None is immortal and its count does not move: the probe then holds trivially.
SLACK = 100


def painter_state() -> Callable[[], None]:
    """Save and restore a painter."""
    image = QImage(8, 8, QImage.Format.Format_RGB32)

    def act() -> None:
        painter = QPainter(image)
        painter.save()
        painter.restore()
        painter.end()

    return act


def label_text() -> Callable[[], None]:
    """Set a text."""
    label = QLabel()
    return lambda: label.setText("é")


def no_parent() -> Callable[[], object]:
    """Ask for a parent that is not there."""
    label = QLabel()
    return label.parent


@pytest.mark.parametrize("make", [label_text, painter_state, no_parent])
def test_none_is_not_released_once_too_often(qtbot: QtBot, make: Callable[[], Callable[[], None]]) -> None:
    """Thousands of void calls leave the reference count of None where it was."""
    del qtbot
    act = make()
    act()
    before = sys.getrefcount(None)
    for _ in range(ROUNDS):
        act()
    assert abs(sys.getrefcount(None) - before) < SLACK
