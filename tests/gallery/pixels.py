"""A spot check on the pixels: the words that are seen stand out from their ground, 7 to 1.

The theme's colours are computed in tests/ui/test_theme.py; here what was really painted is looked at, so
that a colour that is taken for the wrong ground is found.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QLabel, QWidget

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["pale_words", "ratio"]

LEAST = 7.0
# Of a thin stroke no pixel may be wholly covered.
ROUNDED = 0.3
LOOKED_AT = 6
SAMPLE = QSize(480, 96)


def luminance(color: QColor) -> float:
    """Return the relative luminance, as WCAG defines it."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: QColor, other: QColor) -> float:
    """Return the contrast of two colours."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def pale_words(window: QWidget) -> Iterator[str]:
    """Name texts of the window that are painted too pale; some of those that are seen are looked at."""
    image = window.grab().toImage()
    cover = window.findChild(QWidget, "cover")
    shown = cover if cover is not None and cover.isVisible() else window
    seen = [(label, place) for label in shown.findChildren(QLabel) if (place := _seen(window, label))]
    for label, place in seen[:: max(1, len(seen) // LOOKED_AT)]:
        # A page of text has a million pixels: its first words are enough, where they are words.
        first = place.intersected(QRect(place.topLeft(), SAMPLE))
        if _contrast(image, first) >= LEAST - ROUNDED:
            continue
        found = _contrast(image, place)
        if found < LEAST - ROUNDED:
            yield f"{label.accessibleName()[:60]!r} is painted {found:.1f} to 1"


def _seen(window: QWidget, label: QLabel) -> QRect | None:
    """Return where words are seen: wholly on the screen, and enabled."""
    if not label.text() or not label.isEnabled() or not label.isVisibleTo(window):
        return None
    whole = label.visibleRegion().boundingRect()
    if whole != label.rect():
        return None
    return whole.translated(label.mapTo(window, QRect().topLeft()))


def _contrast(image: QImage, place: QRect) -> float:
    part = image.copy(place).convertToFormat(QImage.Format.Format_RGB32)
    counts = Counter(memoryview(part.constBits()).cast("I"))
    ground = QColor.fromRgb(counts.most_common(1)[0][0])
    return max(ratio(ground, QColor.fromRgb(color)) for color in counts)
