"""Small letterhead emblems, drawn in lines so that they print and scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reportlab.lib.colors import HexColor

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["draw_emblem"]

Canvas = Any  # reportlab has no types
Ink = Any  # likewise
_WHITE = HexColor("#FFFFFF")


def draw_emblem(canvas: Canvas, name: str, color: Ink, x: float, y: float, size: float) -> None:
    """Draw a rounded square in the colour with the emblem in white, its lower left corner at (x, y)."""
    canvas.setFillColor(color)
    canvas.roundRect(x, y, size, size, size / 5, stroke=0, fill=1)
    canvas.setFillColor(_WHITE)
    canvas.setStrokeColor(_WHITE)
    _EMBLEMS[name](canvas, x, y, size)


def _cross(canvas: Canvas, x: float, y: float, size: float) -> None:
    arm = size / 5
    canvas.rect(x + size / 2 - arm / 2, y + arm, arm, size - 2 * arm, stroke=0, fill=1)
    canvas.rect(x + arm, y + size / 2 - arm / 2, size - 2 * arm, arm, stroke=0, fill=1)


def _drop(canvas: Canvas, x: float, y: float, size: float) -> None:
    path = canvas.beginPath()
    path.moveTo(x + size / 2, y + size * 0.85)
    path.curveTo(
        x + size * 0.9, y + size * 0.4, x + size * 0.75, y + size * 0.15, x + size / 2, y + size * 0.15
    )
    path.curveTo(
        x + size * 0.25, y + size * 0.15, x + size * 0.1, y + size * 0.4, x + size / 2, y + size * 0.85
    )
    canvas.drawPath(path, stroke=0, fill=1)


def _heart(canvas: Canvas, x: float, y: float, size: float) -> None:
    path = canvas.beginPath()
    path.moveTo(x + size / 2, y + size * 0.18)
    path.curveTo(
        x - size * 0.05, y + size * 0.55, x + size * 0.2, y + size * 0.98, x + size / 2, y + size * 0.68
    )
    path.curveTo(
        x + size * 0.8, y + size * 0.98, x + size * 1.05, y + size * 0.55, x + size / 2, y + size * 0.18
    )
    canvas.drawPath(path, stroke=0, fill=1)


def _leaf(canvas: Canvas, x: float, y: float, size: float) -> None:
    path = canvas.beginPath()
    path.moveTo(x + size * 0.2, y + size * 0.2)
    path.curveTo(
        x + size * 0.1, y + size * 0.75, x + size * 0.5, y + size * 0.9, x + size * 0.82, y + size * 0.82
    )
    path.curveTo(
        x + size * 0.9, y + size * 0.45, x + size * 0.7, y + size * 0.1, x + size * 0.2, y + size * 0.2
    )
    canvas.drawPath(path, stroke=0, fill=1)


def _rings(canvas: Canvas, x: float, y: float, size: float) -> None:
    canvas.setLineWidth(size / 12)
    for radius in (0.32, 0.16):
        canvas.circle(x + size / 2, y + size / 2, size * radius, stroke=1, fill=0)


_EMBLEMS: dict[str, Callable[[Canvas, float, float, float], None]] = {
    "cross": _cross,
    "drop": _drop,
    "heart": _heart,
    "leaf": _leaf,
    "rings": _rings,
}
