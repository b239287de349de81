"""Words read right on paper: made-up prescriptions, printed in the faces that practices use.

Each page is drawn at 300 dots an inch, then becomes either a scan (200 dots an inch, grey, noise, a tilt of
one to two degrees) or a phone's photo (tilt of four degrees, perspective, blur, a shadow, 115 dots an inch).
It then takes the way of a real one: proposed edit, kept page, recognition. What is compared is words, in
any order: right = the share of the page's words that were read letter by letter, case and accents counted.
A slashed zero (Atkinson Hyperlegible) reads as 6 or 9 here, so that face is measured apart, without a goal;
what Tandem prints itself has other figures (:mod:`ui.printing.sheets`).
"""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import TYPE_CHECKING

from app.reader.client import Reader
from app.reader.ocr import Ocr
from app.reader.papers import Papers
from ui.bench import Figure
from ui.bench.made_up_pages import FACES, SLASHED, demo_page, prescription
from ui.bench.timing import milliseconds, plain, skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from app.reader.paper_values import PageWords

    Taken = Callable[[int, int, bytes, random.Random], bytes]

__all__ = ["measure", "right_share"]

SCAN_GOAL, PHOTO_GOAL = 95.0, 80.0
DRAWN = 2480  # pixels: an A4 sheet at 300 dots an inch
_WORD = re.compile(r"[^\W_]+(?:[.,/’'-][^\W_]+)*%?")


def measure(*, smoke: bool) -> Iterator[Figure]:
    """Yield the words right of a scan and of a photo in percent, and how long a page takes."""
    if not Ocr.is_here():
        yield skipped("ocr: words right", "tesseract with French is not installed")
        return
    from sync.service.demo.copies import photographed, scanned

    faces, seeds = (FACES[:1], range(1)) if smoke else (FACES, range(4))
    with Reader() as reader:
        bench = _Bench(reader)
        for name, taken, goal in (("scan", scanned, SCAN_GOAL), ("photo", photographed, PHOTO_GOAL)):
            shares = [bench.right(face, seed, taken) for face in faces for seed in seeds]
            yield percent(f"ocr: words right, {name}", shares, goal=goal)
        if not smoke:
            slashed = [bench.right(SLASHED, seed, scanned) for seed in seeds]
            yield percent("ocr: words right, scan, zeros with a slash", slashed)
        yield plain("ocr: a page, from its picture to its words", bench.times)


class _Bench:
    """Pages that go the way of a real one."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._papers = Papers(reader)
        self._ocr = Ocr()
        self.times: list[float] = []

    def right(self, face: str, seed: int, taken: Taken) -> float:
        """Return the share of a page's words that were read, in percent."""
        page = demo_page(seed) if face == SLASHED else prescription(face, seed, self._reader)
        self._reader.open(page)
        told, drawn = self._reader.page_text(0), self._reader.page(0, DRAWN)
        chance = random.Random(seed)  # noqa: S311  # made up, always the same
        picture = taken(drawn.width, drawn.height, drawn.rgb, chance)
        read: list[PageWords] = []
        is_photo = picture.startswith(b"\xff\xd8")
        self.times.append(milliseconds(lambda: read.append(self._read(picture, is_photo=is_photo))))
        return right_share(told, read[0].text)

    def _read(self, picture: bytes, *, is_photo: bool) -> PageWords:
        kept = self._papers.keep(picture, self._papers.look(picture, is_photo=is_photo).proposed)
        return self._ocr.read(self._papers.for_reading(kept))


def right_share(told: str, read: str) -> float:
    """Return how many of the words told were read, in percent."""
    wanted, found = Counter(_WORD.findall(_plain(told))), Counter(_WORD.findall(_plain(read)))
    return 100 * sum((wanted & found).values()) / max(1, sum(wanted.values()))


def _plain(text: str) -> str:
    return text.replace("'", "’").replace("\u00a0", " ").replace("\u202f", " ")


def percent(name: str, shares: Sequence[float], *, goal: float | None = None) -> Figure:
    """Make a figure whose goal is a least median."""
    ordered = sorted(shares)
    median = ordered[len(ordered) // 2]
    return Figure(
        name=name,
        unit="%",
        minimum=round(ordered[0], 2),
        median=round(median, 2),
        maximum=round(ordered[-1], 2),
        runs=len(ordered),
        goal="" if goal is None else f"median >= {goal} %",
        met=None if goal is None else median >= goal,
    )
