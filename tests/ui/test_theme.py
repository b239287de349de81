"""The look's numbers: contrast, sizes, fonts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor

from ui import fonts, theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

TEXT = [
    ("ink", "paper"), ("ink", "card"), ("ink", "tint"), ("soft", "paper"), ("soft", "card"), ("soft", "tint"),
    ("accent", "paper"), ("accent", "card"), ("accent", "tint"), ("on_accent", "accent"),
    ("on_accent", "pressed"), ("ok", "ok_tint"), ("wait", "wait_tint"), ("bad", "bad_tint"), ("bad", "paper"),
    ("bad", "card"), ("ok", "card"), ("ink", "bad_tint"),
]  # fmt: skip
SIGNS = [
    ("line", "paper"), ("line", "card"), ("focus", "paper"), ("focus", "card"), ("accent", "card"),
    ("accent", "paper"), ("bad", "bad_tint"), ("bad", "paper"), ("line", "tint"),
]  # fmt: skip


def luminance(color: str) -> float:
    """Compute the relative luminance of WCAG 2.2."""
    parts = QColor(color).getRgbF()[:3]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Compute the contrast ratio of WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mood", list(theme.Mood))
@pytest.mark.parametrize(("words", "ground"), TEXT)
def test_text_has_a_contrast_of_seven(mood: theme.Mood, words: str, ground: str) -> None:
    """AAA, in every theme."""
    palette = theme.Theme.of(mood, 26).palette
    assert contrast(getattr(palette, words), getattr(palette, ground)) >= 7


@pytest.mark.parametrize("mood", list(theme.Mood))
@pytest.mark.parametrize(("sign", "ground"), SIGNS)
def test_borders_and_focus_have_a_contrast_of_three(mood: theme.Mood, sign: str, ground: str) -> None:
    """What must be seen is seen."""
    palette = theme.Theme.of(mood, 26).palette
    assert contrast(getattr(palette, sign), getattr(palette, ground)) >= 3


def test_the_largest_text_is_twice_the_default() -> None:
    """20, 26, 34, 52; titles half as large again; a second line never under 18."""
    assert [int(size) for size in theme.TextSize] == [20, 26, 34, 52]
    assert theme.TextSize.LARGEST == 2 * theme.TextSize.MEDIUM
    small = theme.Theme.of("light", 20)
    assert (small.title, small.second) == (30, 18)


def test_sizes_stop_at_both_ends() -> None:
    """Ctrl + at the largest changes nothing."""
    assert theme.TextSize.LARGEST.larger is theme.TextSize.LARGEST
    assert theme.TextSize.SMALL.smaller is theme.TextSize.SMALL
    assert theme.TextSize.MEDIUM.larger is theme.TextSize.LARGE


def test_our_font_comes_with_the_program(qapp: QApplication) -> None:
    """Atkinson Hyperlegible from its package, whatever the system has."""
    assert "Atkinson Hyperlegible" in theme.load_fonts()
    assert theme.family()[0] == "Atkinson Hyperlegible"


def test_a_machine_without_our_fonts_still_shows_text(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither fonts nor pictograms installed: the system's font, and words without pictures."""
    for cached in (theme.load_fonts, theme._font, theme._pictograms, theme.icon):
        cached.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(fonts, "package_folder", lambda _package: None)
        patch.setattr(theme, "package_folder", lambda _package: None)
        try:
            assert theme.family()
            assert theme.Theme.of("light", 26).font().pixelSize() == 26
            assert theme.icon("pill", "#000000", 20).width() == 20
        finally:
            for cached in (theme.load_fonts, theme._font, theme._pictograms, theme.icon):
                cached.cache_clear()


def test_a_pictogram_is_drawn(qapp: QApplication) -> None:
    """The set's names are those we use."""
    image = theme.icon("file-sign", "#0B4F4A", 40).toImage()
    assert any(image.pixelColor(x, y).alpha() for x in range(40) for y in range(40))
