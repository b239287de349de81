"""Draws the pages that typesetting laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from app.reader.fonts import font, runs_of
from app.reader.typesetting import HEIGHT, WIDTH, Line, Page, set_pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.reader.values import Section

__all__ = ["DrawnPages"]

MAX_PAGES = 300
MAX_WIDTH = 4000
INK, PALE = (20, 20, 20), (150, 150, 150)


class DrawnPages:
    """Sections as A4 pages in large print; ``cut`` when there are more than can be drawn."""

    def __init__(self, heading: Sequence[str] | None, sections: Iterable[Section]) -> None:
        self._pages, self.cut = set_pages(heading or (), sections, MAX_PAGES)

    def __len__(self) -> int:
        return len(self._pages)

    def draw(self, number: int, width: int) -> Image.Image:
        """Draw a page, ``width`` pixels wide."""
        width = min(width, MAX_WIDTH)
        scale = width / WIDTH
        picture = Image.new("RGB", (width, round(HEIGHT * scale)), "white")
        pen = ImageDraw.Draw(picture)
        for mark in self._page(number).marks:
            if isinstance(mark, Line):
                _write(pen, mark, scale)
            else:
                y = round(mark.y * scale)
                pen.line(
                    ((mark.x * scale, y), ((mark.x + mark.width) * scale, y)), PALE, max(1, round(scale / 2))
                )
        return picture

    def text(self, number: int) -> str:
        """The page's words."""
        return "\n".join(self._page(number).words)

    def _page(self, number: int) -> Page:
        return self._pages[number]


def _write(pen: ImageDraw.ImageDraw, line: Line, scale: float) -> None:
    x, base = line.x * scale, (line.y + line.size) * scale
    pixels = max(4, round(line.size * scale))
    for family, run in runs_of(line.text):
        face = font(family, bold=line.bold, pixels=pixels)
        pen.text((x, base), run, fill=INK, font=face, anchor="ls")
        x += face.getlength(run)
