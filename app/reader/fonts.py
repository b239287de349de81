"""The letters of drawn pages: Atkinson Hyperlegible, and Noto Sans for figures and the signs it lacks.

A drawn page is printed, and scanned again one day: the slashed zero of Atkinson is recognised as 6, 8 or 9
(:mod:`ui.printing.sheets` has the figures).
"""

from __future__ import annotations

import io
import re
from functools import cache, lru_cache
from importlib.resources import files

from PIL import ImageFont

__all__ = ["Runs", "font", "runs_of", "width_of"]

MEASURED_AT = 64
MEASURED_WHOLE = 40  # letters
_FILES = {
    ("main", False): ("fontpkg_atkinson_hyperlegible", "AtkinsonHyperlegible-Regular.ttf"),
    ("main", True): ("fontpkg_atkinson_hyperlegible", "AtkinsonHyperlegible-Bold.ttf"),
    ("spare", False): ("fontpkg_noto_sans", "NotoSans[wdth,wght].ttf"),
    ("spare", True): ("fontpkg_noto_sans", "NotoSans[wdth,wght].ttf"),
}
BOLD, NORMAL_WIDTH = 700, 100
_FIGURE = re.compile("[0-9]")
Runs = tuple[tuple[str, str], ...]


@lru_cache(maxsize=24)
def font(family: str, *, bold: bool, pixels: int) -> ImageFont.FreeTypeFont:
    """A font at a size in pixels; the file is read through the package, so a frozen program has it too."""
    package, name = _FILES[family, bold]
    letters = io.BytesIO((files(package) / "files" / name).read_bytes())
    loaded = ImageFont.truetype(letters, pixels, layout_engine=ImageFont.Layout.BASIC)
    if family == "spare" and bold:
        loaded.set_variation_by_axes([BOLD, NORMAL_WIDTH])  # weight first, whatever the file's name says
    return loaded


@cache
def _unknown(family: str) -> bytes:
    return _shape(family, "\U0010fffd")


def _shape(family: str, letter: str) -> bytes:
    mask = font(family, bold=False, pixels=MEASURED_AT).getmask(letter)
    return bytes(mask) + str(mask.size).encode()


@lru_cache(maxsize=4096)
def _family_of(letter: str) -> str:
    if "0" <= letter <= "9":
        return "spare"
    return "spare" if letter > "\x7e" and _shape("main", letter) == _unknown("main") else "main"


def runs_of(text: str) -> Runs:
    """Cut a text where the font changes."""
    if text.isascii() and not _FIGURE.search(text):
        return (("main", text),)
    runs: list[tuple[str, str]] = []
    for letter in text:
        family = _family_of(letter)
        if runs and runs[-1][0] == family:
            runs[-1] = (family, runs[-1][1] + letter)
        else:
            runs.append((family, letter))
    return tuple(runs)


@lru_cache(maxsize=20_000)
def _width(text: str, *, bold: bool) -> float:
    return sum(
        font(family, bold=bold, pixels=MEASURED_AT).getlength(run) for family, run in runs_of(text)
    ) / MEASURED_AT  # fmt: skip


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a text at ``size`` points, in points; a long one letter by letter, from memory."""
    if len(text) > MEASURED_WHOLE:
        return sum(_width(letter, bold=bold) for letter in text) * size
    return _width(text, bold=bold) * size
