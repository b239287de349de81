"""The colours, each under the name of its use.

They stand apart from the theme because the opening window (``ui.opening``) needs them before all else.
Their contrasts are computed in the tests: at least 7:1 for text, 3:1 for borders and focus.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["PALETTES", "Mood", "Palette"]


class Mood(StrEnum):
    """The theme of colours; ``SYSTEM`` follows what the system asks for, live."""

    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by use, as ``#rrggbb``."""

    paper: str
    card: str
    ink: str
    soft: str
    line: str
    hair: str
    accent: str
    on_accent: str
    pressed: str
    tint: str
    focus: str
    ok: str
    ok_tint: str
    wait: str
    wait_tint: str
    bad: str
    bad_tint: str


PALETTES: dict[Mood, Palette] = {
    Mood.LIGHT: Palette(
        paper="#FBF7F0", card="#FFFFFF", ink="#1C1B22", soft="#4A4750", line="#8A8578", hair="#E6DFD3",
        accent="#0B4F4A", on_accent="#FFFFFF", pressed="#083A36", tint="#DDEFEA", focus="#7A2E00",
        ok="#0F5132", ok_tint="#DCF1E3", wait="#6B3F00", wait_tint="#FFEFD0",
        bad="#8A1020", bad_tint="#FCE3E3",
    ),
    Mood.DARK: Palette(
        paper="#14171A", card="#1E2327", ink="#F5F1E8", soft="#D2CDC2", line="#858B91", hair="#2C3237",
        accent="#8FE0D0", on_accent="#10201D", pressed="#B5EEE2", tint="#1E3B37", focus="#FFC55C",
        ok="#A5E8BD", ok_tint="#17352A", wait="#FFD891", wait_tint="#3B2C10",
        bad="#FFC0C0", bad_tint="#451C20",
    ),
    Mood.CONTRAST: Palette(
        paper="#000000", card="#000000", ink="#FFFF00", soft="#FFFF00", line="#FFFF00", hair="#FFFF00",
        accent="#FFFF00", on_accent="#000000", pressed="#FFFFFF", tint="#333300", focus="#FFFFFF",
        ok="#FFFF00", ok_tint="#000000", wait="#FFFF00", wait_tint="#000000",
        bad="#FFFF00", bad_tint="#000000",
    ),
}  # fmt: skip
