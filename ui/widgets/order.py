"""What a layout holds, in its order, asked without ``itemAt``.

Qt's own layouts delete their items when a widget goes, and Python is not told: an item that
``itemAt`` has shown to Python stays in the binding's table under an address that Qt gives to
something else next, and the program dies much later, where that is deleted (seen, and reproduced in
``tests/ui/widgets/test_order.py``). Nothing here ever holds an item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLayout, QWidget

from ui.widgets.flow import Wrapping

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

__all__ = ["parts"]


def parts(layout: QLayout | None) -> list[QWidget | QLayout]:
    """Return the widgets and layouts that ``layout`` holds, in its order."""
    if layout is None:
        return []
    if isinstance(layout, Wrapping):
        return layout.parts()
    owner = layout.parentWidget()
    candidates: list[QObject] = [*(owner.children() if owner is not None else ()), *layout.children()]
    places: list[tuple[int, QWidget | QLayout]] = []
    for part in candidates:
        if isinstance(part, (QWidget, QLayout)):
            place = layout.indexOf(part)
            if place >= 0:
                places.append((place, part))
    return [part for _place, part in sorted(places, key=lambda found: found[0])]
