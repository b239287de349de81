"""A part of a scrolling screen that takes the height which title and bars leave, and never too little.

At the usual sizes the screen then does not scroll at all: the list or the page does, alone. With the
largest text on a small screen nothing is squeezed: the screen scrolls, and the part fills it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QScrollArea, QWidget

from ui import theme

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

__all__ = ["fill", "scroll_area_of"]


def scroll_area_of(widget: QWidget) -> QScrollArea | None:
    """Return the scrolling screen that ``widget`` is in."""
    parent: QObject | None = widget.parent()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parent()
    return parent


def fill(widget: QWidget, least: int, below: int = 0) -> None:
    """Set the height of ``widget``: what is left in its scrolling screen, at least ``least``.

    ``below`` is the height of what comes under it. ``least`` is itself no more than the screen, so that
    the widget can be seen whole.
    """
    scroll = scroll_area_of(widget)
    inside = scroll.widget() if scroll is not None else None
    if scroll is None or inside is None or not widget.isVisible():
        return
    whole = scroll.viewport().height()
    top = widget.mapTo(inside, widget.rect().topLeft()).y()
    left = whole - top - below - theme.SPACE[2]
    height = max(left, min(least, whole - 2 * theme.SPACE[2]))
    if widget.minimumHeight() != height:
        widget.setMinimumHeight(height)
