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

__all__ = ["fill", "height_of", "scroll_area_of"]


def scroll_area_of(widget: QWidget) -> QScrollArea | None:
    """Return the scrolling screen that ``widget`` is in."""
    parent: QObject | None = widget.parent()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parent()
    return parent


def fill(widget: QWidget, least: int, *, below: int = 0, needs: int = 0) -> None:
    """Set the height of ``widget``: what is left in its scrolling screen, at least ``least``.

    ``below`` is the height of what comes under it. ``least`` is itself no more than the screen, so that
    what scrolls by itself can be seen whole; ``needs`` is the height of what does not.
    """
    scroll = scroll_area_of(widget)
    inside = scroll.widget() if scroll is not None else None
    if scroll is None or inside is None or not widget.isVisible():
        return
    whole = scroll.viewport().height()
    top = widget.mapTo(inside, widget.rect().topLeft()).y()
    left = whole - top - below - theme.SPACE[2]
    height = max(left, min(least, whole - 2 * theme.SPACE[2]), needs)
    if (widget.minimumHeight(), widget.maximumHeight()) != (height, height):
        widget.setFixedHeight(height)


def height_of(widget: QWidget | None, width: int) -> int:
    """Return the height that ``widget`` needs to be read whole at ``width``."""
    layout = widget.layout() if widget is not None else None
    if widget is None or layout is None:
        return 0
    return layout.heightForWidth(width) if layout.hasHeightForWidth() else layout.minimumSize().height()
