"""From what a scanner measured to grey that can be seen: rescaling, window, inversion, palettes.

Decision: a table from each possible stored number (at most 65 536) to its grey is computed once a frame, in
the order of PS3.3 §C.11, and Pillow applies it: no array library is needed, and no pixel is walked here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.reader.dicom_file import items, numbers, told, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydicom.dataset import Dataset

__all__ = ["Scale", "grey_table", "palette_tables"]

MOST_WORDS = 65_536
_PAIR = 2
_TRIPLE = 3


@dataclass(frozen=True, slots=True)
class Scale:
    """How a word of the picture becomes the number that was stored: shifted, masked, with its sign."""

    shift: int
    bits: int
    signed: bool = False
    offset: int = 0

    def stored(self, word: int) -> int:
        """Return the number that was stored."""
        value = (word >> self.shift) & ((1 << self.bits) - 1)
        if self.signed and value >> (self.bits - 1):
            value -= 1 << self.bits
        return value - self.offset

    @property
    def lowest(self) -> int:
        """The least number there can be."""
        return -(1 << (self.bits - 1)) if self.signed else -self.offset


def grey_table(elements: Dataset, frame: int, scale: Scale, size: int, used: Iterable[int]) -> list[int]:
    """Return the grey (0 to 255) of each of ``size`` words; ``used`` are those that the frame has."""
    shared, own = _groups(elements, frame)
    slope, intercept = _rescale(elements, shared, own)
    measured = [scale.stored(word) * slope + intercept for word in range(size)]
    tone = _tone(elements, shared, own, measured, used, scale)
    inverted = words(elements, "PhotometricInterpretation") == "MONOCHROME1"
    return [255 - tone(value) if inverted else tone(value) for value in measured]


def _groups(elements: Dataset, frame: int) -> tuple[list[Dataset], list[Dataset]]:
    """Return what an enhanced object says for all frames, and for this one."""
    each = items(elements, "PerFrameFunctionalGroupsSequence")
    return items(elements, "SharedFunctionalGroupsSequence")[:1], each[frame : frame + 1]


def _of_groups(groups: list[Dataset], sequence: str) -> list[Dataset]:
    return [item for group in groups for item in items(group, sequence)[:1]]


def _rescale(elements: Dataset, shared: list[Dataset], own: list[Dataset]) -> tuple[float, float]:
    places = [*_of_groups([*own, *shared], "PixelValueTransformationSequence"), elements]
    for place in places:
        slope, intercept = numbers(place, "RescaleSlope"), numbers(place, "RescaleIntercept")
        if slope and slope[0]:
            return slope[0], intercept[0] if intercept else 0.0
    return 1.0, 0.0


def _tone(
    elements: Dataset,
    shared: list[Dataset],
    own: list[Dataset],
    measured: list[float],
    used: Iterable[int],
    scale: Scale,
) -> Callable[[float], int]:
    for place in (*_of_groups([*own, *shared], "FrameVOILUTSequence"), elements):
        center, width = numbers(place, "WindowCenter"), numbers(place, "WindowWidth")
        if center and width and width[0] > 0:
            return _window(center[0], width[0], words(place, "VOILUTFunction"))
    for item in items(elements, "VOILUTSequence")[:1]:
        if found := _looked_up(item):
            return found
    if scale.bits <= 8 and not scale.signed:  # noqa: PLR2004  # already made for the eye
        return _ramp(min(measured[:1]), max(measured))
    padding = {int(one) for one in numbers(elements, "PixelPaddingValue")}
    seen = [measured[word] for word in used if word < len(measured) and scale.stored(word) not in padding]
    return _ramp(min(seen, default=0.0), max(seen, default=1.0))


def _window(center: float, width: float, function: str) -> Callable[[float], int]:
    """Apply a window as PS3.3 §C.11.2.1.2 defines the three kinds."""
    if function == "SIGMOID":
        return lambda value: _grey(1.0 / (1.0 + math.exp(-_limited(4.0 * (value - center) / width))))
    if function == "LINEAR_EXACT" or width <= 1:
        return _ramp(center - width / 2, center + width / 2)
    return _ramp(center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2)


def _limited(value: float) -> float:
    return max(-50.0, min(50.0, value))


def _ramp(low: float, high: float) -> Callable[[float], int]:
    span = (high - low) or 1.0
    return lambda value: _grey((value - low) / span)


def _grey(share: float) -> int:
    return max(0, min(255, round(share * 255)))


def _looked_up(item: Dataset) -> Callable[[float], int] | None:
    """Read a table of greys that came with the picture."""
    shape, table = numbers(item, "LUTDescriptor"), numbers(item, "LUTData")
    if len(shape) != _TRIPLE or not 1 <= len(table) <= MOST_WORDS:
        return None
    first, most = int(shape[1]), max(*table, 1.0)
    return lambda value: _grey(table[max(0, min(len(table) - 1, int(value) - first))] / most)


def palette_tables(elements: Dataset, size: int) -> list[list[int]] | None:
    """Return red, green and blue of each of ``size`` words; None where the palette cannot be read."""
    tables = [_palette(elements, colour, size) for colour in ("Red", "Green", "Blue")]
    found = [one for one in tables if one is not None]
    return found if len(found) == _TRIPLE else None


def _palette(elements: Dataset, colour: str, size: int) -> list[int] | None:
    shape = numbers(elements, f"{colour}PaletteColorLookupTableDescriptor")
    data = told(elements, f"{colour}PaletteColorLookupTableData")
    if len(shape) != _TRIPLE or not isinstance(data, bytes):
        return None
    count, first, bits = int(shape[0]) or MOST_WORDS, int(shape[1]), int(shape[2])
    wide = len(data) >= _PAIR * count
    values = data[1 : _PAIR * count : _PAIR] if wide and bits > 8 else data[:count]  # noqa: PLR2004  # the high byte
    if not values:
        return None
    return [values[max(0, min(len(values) - 1, word - first))] for word in range(size)]
