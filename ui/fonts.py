"""The fonts, which come as dependencies: Atkinson Hyperlegible for Latin, Noto for the other scripts."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase

__all__ = ["WANTED", "family", "load_fonts", "package_folder"]

WANTED = ("Atkinson Hyperlegible", "Noto Sans", "Noto Sans Arabic")
FONTS = ("fontpkg_atkinson_hyperlegible", "fontpkg_noto_sans", "fontpkg_noto_sans_arabic")


def package_folder(package: str) -> Path | None:
    """Find a package's folder without importing it; None where it is not installed."""
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) if places else None


@cache
def load_fonts() -> tuple[str, ...]:
    """Load the fonts that came as dependencies; return their families, best first.

    Empty when none is installed: Qt then uses whatever font the system has.
    """
    families: list[str] = []
    for package in FONTS:
        folder = package_folder(package)
        if folder is None:
            continue
        for file in sorted(folder.glob("files/**/*.ttf")):
            number = QFontDatabase.addApplicationFont(str(file))
            families += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return tuple(dict.fromkeys(families))


def family() -> list[str]:
    """Return the families to try, best first."""
    return [name for name in WANTED if name in load_fonts()] or [QFont().defaultFamily()]
