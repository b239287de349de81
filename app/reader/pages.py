"""What every open document is to the reader process: pages to draw, and facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from app.reader.values import Opened

__all__ = ["Chain", "Document", "Pages"]


class Pages(Protocol):
    """Pages numbered from 0, drawn when asked."""

    def __len__(self) -> int: ...

    def draw(self, number: int, width: int) -> Image.Image:
        """Draw a page in RGB, ``width`` pixels wide (less when it would be too high)."""

    def text(self, number: int) -> str:
        """Its words."""


class Chain:
    """The pages of several documents, one after the other."""

    def __init__(self, parts: Sequence[Pages]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def draw(self, number: int, width: int) -> Image.Image:
        """Draw a page of the part it falls in."""
        part, inside = self._find(number)
        return part.draw(inside, width)

    def text(self, number: int) -> str:
        """The words of a page of the part it falls in."""
        part, inside = self._find(number)
        return part.text(inside)

    def _find(self, number: int) -> tuple[Pages, int]:
        for part in self._parts:
            if number < len(part):
                return part, number
            number -= len(part)
        raise IndexError(number)


class Document(Protocol):
    """An open document. Its ``Opened`` leaves digest and size to the client."""

    @property
    def opened(self) -> Opened:
        """What it says of itself."""

    @property
    def pages(self) -> Pages:
        """Its pages."""

    def check_for_filing(self) -> None:
        """Raise what makes it shown but not filed."""

    def embedded(self, index: int) -> bytes:
        """Return the bytes of an inner document."""

    def shrink(self, max_bytes: int) -> tuple[str, bytes]:
        """Return media type and bytes of a lighter version."""
