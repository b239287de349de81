"""The contact sheets: one page a language with a small picture of every screen, its name and its look.

Taken while the rooms are looked at anyway, each language once a room, and painted small: that costs some
hundredths of a second each. The pictures are files, so that several processes fill the same sheets; the one
that ends last writes the pages with all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

__all__ = ["Sheets"]

WIDTH = 480
QUALITY = 82
STYLE = (
    "body{font:16px sans-serif;margin:24px;background:#eee}main{display:flex;flex-wrap:wrap;gap:16px}"
    "figure{margin:0;background:#fff;padding:8px}figcaption{padding-top:6px}small{color:#555;display:block}"
)


@dataclass
class Sheets:
    """Keeps pictures under ``folder``; ``taken`` are (language, room)."""

    folder: Path
    taken: set[tuple[str, str]] = field(default_factory=set)

    def take(self, language: str, room: str, look: str, window: QWidget) -> None:
        """Take the picture of a room in a language, unless it is there."""
        if (language, room) in self.taken:
            return
        self.taken.add((language, room))
        place = self.folder / language
        place.mkdir(parents=True, exist_ok=True)
        for old in place.glob(f"{room}--*.jpg"):
            old.unlink()
        assert _small(window).save(str(place / f"{room}--{look}.jpg"), "JPEG", QUALITY)

    def write(self) -> list[Path]:
        """Write a page for each language there is; return them."""
        pages = []
        for place in sorted(each for each in self.folder.glob("*") if each.is_dir()):
            page = self.folder / f"{place.name}.html"
            page.write_text(_page(place.name, sorted(place.glob("*--*.jpg"))), "utf-8")
            pages.append(page)
        return pages


def _small(window: QWidget) -> QImage:
    share = WIDTH / window.width()
    image = QImage(WIDTH, round(window.height() * share), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.scale(share, share)
    window.render(painter, QPoint(0, 0))
    painter.end()
    return image


def _page(language: str, pictures: list[Path]) -> str:
    figures = []
    for picture in pictures:
        room, _, look = picture.stem.partition("--")
        source = escape(f"{language}/{picture.name}")
        words = f"{escape(room)}<small>{escape(look)}</small>"
        figures.append(
            f'<figure><img src="{source}" alt="{escape(room)}"><figcaption>{words}</figcaption></figure>'
        )
    head = f'<!doctype html><meta charset="utf-8"><title>Tandem – {escape(language)}</title>'
    return f"{head}<style>{STYLE}</style><h1>{escape(language)}</h1><main>{''.join(figures)}</main>\n"
