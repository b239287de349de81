"""What is said of a paper that was scanned or photographed: plain values, no parser's object.

Places are fractions of a picture, 0 to 1 from its top left corner: they hold at every size it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

__all__ = ["Bound", "Code", "Corners", "Edit", "PageWords", "PaperSeen", "Point", "Word", "inset"]

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]
"""Clockwise from the top left, as the paper lies in the picture."""

SURE = 60.0
"""The confidence from which a word is taken for one."""
FEW = 5
"""Fewer sure words than that are no text."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What is done to a picture of a paper, in this order; nothing where all is as by default.

    The picture is cut to its ``corners`` (and drawn flat), straightened by ``angle`` degrees, freed of its
    shadows (``is_cleared``), then given ``turn`` degrees clockwise (0, 90, 180, 270). So a turn changes
    nothing else. The picture's own mark of how it was held (Exif) is obeyed before all this.
    """

    corners: Corners | None = None
    angle: float = 0.0
    is_cleared: bool = False
    turn: int = 0


def inset(left: float, top: float, right: float, bottom: float) -> Corners:
    """Return the corners of an upright rectangle; the four are the shares cut away on each side."""
    return ((left, top), (1 - right, top), (1 - right, 1 - bottom), (left, 1 - bottom))


@dataclass(frozen=True, slots=True)
class PaperSeen:
    """A picture at first sight: its upright size in pixels, and the edit that is proposed."""

    width: int
    height: int
    proposed: Edit
    is_blank: bool


@dataclass(frozen=True, slots=True)
class Code:
    """A code printed on a paper; ``kind`` as zxing names it (``DataMatrix``, ``QRCode``)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word that was recognised: its box, how sure (0 to 100), the line and the paragraph it stands in."""

    text: str
    x: float
    y: float
    width: float
    height: float
    confidence: float
    line: int
    paragraph: int


@dataclass(frozen=True, slots=True)
class PageWords:
    """The words of a page in reading order. ``turn``: how far the page must be turned to be upright."""

    words: tuple[Word, ...] = ()
    turn: int = 0

    @property
    def text(self) -> str:
        """Lines as on the paper, paragraphs apart."""
        paragraphs = (
            "\n".join(" ".join(word.text for word in line) for _, line in groupby(part, lambda w: w.line))
            for _, part in groupby(self.words, lambda word: word.paragraph)
        )
        return "\n\n".join(paragraphs)

    @property
    def sure(self) -> int:
        """How many words of three letters or more are certain enough to be words."""
        return sum(1 for word in self.words if word.confidence >= SURE and _is_word(word.text))

    @property
    def is_well_read(self) -> bool:
        """Whether most of what looks like a word is one: a page that lies on its head gives few."""
        likely = sum(1 for word in self.words if _is_word(word.text))
        return self.sure >= FEW and self.sure >= likely / 2

    @property
    def told(self) -> str:
        """The text, or nothing where most of it is what leaves and hair look like."""
        likely = sum(1 for word in self.words if _is_word(word.text))
        return self.text if self.sure and self.sure >= likely / 2 else ""


def _is_word(text: str) -> bool:
    return sum(letter.isalnum() for letter in text) >= 3  # noqa: PLR2004  # a speck reads as one or two


@dataclass(frozen=True, slots=True)
class Bound:
    """Pages in one PDF; ``is_plain`` where colours had to go to keep it light."""

    data: bytes
    is_plain: bool
