"""Where the paper lies in a photo, and drawing it flat. Runs in the reader process.

Decision: a paper is the large bright piece of a picture. On a thumbnail a threshold (Otsu) parts bright
from dark, the largest bright piece is kept, its four outermost points along the diagonals are the corners.
Too little, too ragged or everywhere: no border is proposed and the whole picture stays. A wrong proposal
would cut away a line of a prescription, so a doubt means no cut.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image, ImageFilter

if TYPE_CHECKING:
    from app.reader.paper_values import Corners, Point

__all__ = ["corners_of", "flat"]

THUMB = 240  # pixels, the longer side: the table's grain is gone, the corners are good to half a per cent
LEAST_SHARE = 0.25
FILLED = 0.9  # how much of its four corners a paper fills; a hand or a second sheet leaves gaps
CONTRAST = 45  # grey levels between a paper and what it lies on
EVERYWHERE = 0.93
MARGIN = 0.004
MOST_SKEWED = 1.6  # one side against the one opposite: more is no photo of a page
Pixels = list[list[bool]]


def corners_of(picture: Image.Image) -> Corners | None:
    """Propose the paper's corners, None where there is no clear border."""
    thumb = picture.convert("L")
    thumb.thumbnail((THUMB, THUMB), Image.Resampling.BOX)
    thumb = thumb.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.MinFilter(5))  # words fill up
    level = _otsu(thumb)
    if level is None:
        return None
    piece = _largest(thumb, level)
    wide, high = thumb.size
    if len(piece) < LEAST_SHARE * wide * high:
        return None
    found = _outermost(piece)
    area = _area(found)
    if area > EVERYWHERE * wide * high or len(piece) < FILLED * area or not _is_page(found):
        return None
    return _fractions(found, thumb.size)


def flat(picture: Image.Image, corners: Corners) -> Image.Image:
    """Draw what lies between four corners as the rectangle it is."""
    wide, high = picture.size
    points = [(x * wide, y * high) for x, y in corners]
    size = (
        max(1, round(max(math.dist(points[0], points[1]), math.dist(points[3], points[2])))),
        max(1, round(max(math.dist(points[0], points[3]), math.dist(points[1], points[2])))),
    )
    if _is_upright(corners):
        (left, top), (right, bottom) = points[0], points[2]
        box = (math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))
        return picture.crop(box)
    numbers = _perspective(size, points)
    return picture.transform(
        size, Image.Transform.PERSPECTIVE, numbers, Image.Resampling.BICUBIC, fillcolor="white"
    )


def _is_upright(corners: Corners) -> bool:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    return (ay, bx, cy, dx) == (by, cx, dy, ax)


def _otsu(grey: Image.Image) -> int | None:
    """The level that parts dark from bright best; None where both are much the same."""
    counts = grey.histogram()
    total, weighted = sum(counts), sum(n * count for n, count in enumerate(counts))
    below, below_weighted, best, level = 0, 0, -1.0, None
    means = (0.0, 0.0)
    for n, count in enumerate(counts):
        below += count
        below_weighted += n * count
        above = total - below
        if not below or not above:
            continue
        dark, bright = below_weighted / below, (weighted - below_weighted) / above
        spread = below * above * (bright - dark) ** 2
        if spread > best:
            best, level, means = spread, n, (dark, bright)
    return level if means[1] - means[0] >= CONTRAST else None


def _largest(grey: Image.Image, level: int) -> list[tuple[int, int]]:
    """The largest piece of touching pixels brighter than ``level``."""
    wide, high = grey.size
    bright = [value > level for value in grey.tobytes()]
    best: list[tuple[int, int]] = []
    for start in range(wide * high):
        if bright[start]:
            piece = _piece(bright, start, wide)
            if len(piece) > len(best):
                best = piece
    return best


def _piece(bright: list[bool], start: int, wide: int) -> list[tuple[int, int]]:
    """Walk from one pixel to all that touch it, and take them out."""
    waiting, piece = [start], []
    bright[start] = False
    while waiting:
        here = waiting.pop()
        y, x = divmod(here, wide)
        piece.append((x, y))
        for there, is_in_row in (
            (here - 1, x > 0),
            (here + 1, x < wide - 1),
            (here - wide, y > 0),
            (here + wide, True),
        ):
            if is_in_row and there < len(bright) and bright[there]:
                bright[there] = False
                waiting.append(there)
    return piece


def _outermost(piece: list[tuple[int, int]]) -> list[Point]:
    """The points farthest along the four diagonals; a pixel is a square, its outer corner counts."""
    return [
        min(piece, key=lambda p: p[0] + p[1]),
        _moved(max(piece, key=lambda p: p[0] - p[1]), 1, 0),
        _moved(max(piece, key=lambda p: p[0] + p[1]), 1, 1),
        _moved(min(piece, key=lambda p: p[0] - p[1]), 0, 1),
    ]


def _moved(point: tuple[int, int], right: int, down: int) -> Point:
    return point[0] + right, point[1] + down


def _area(points: list[Point]) -> float:
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def _is_page(points: list[Point]) -> bool:
    sides = [math.dist(points[n], points[(n + 1) % 4]) for n in range(4)]
    if min(sides) < 1:
        return False
    return all(max(a, b) / min(a, b) <= MOST_SKEWED for a, b in ((sides[0], sides[2]), (sides[1], sides[3])))


def _fractions(points: list[Point], size: tuple[int, int]) -> Corners:
    a, b, c, d = ((_within(x / size[0]), _within(y / size[1])) for x, y in points)
    return a, b, c, d


def _within(share: float) -> float:
    """Keep a little more than what was found, and nothing outside the picture; an edge stays the edge."""
    middle = share - 0.5
    return min(1.0, max(0.0, 0.5 + middle * (1 + 2 * MARGIN)))


def _perspective(size: tuple[int, int], points: list[Point]) -> list[float]:
    """Solve for Pillow's eight numbers: where each point of the rectangle comes from."""
    wide, high = size
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(((0, 0), (wide, 0), (wide, high), (0, high)), points, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    return _solved(rows)


def _solved(rows: list[list[float]]) -> list[float]:
    """Gauss and Jordan, the largest number of each column first."""
    count = len(rows)
    for column in range(count):
        pivot = max(range(column, count), key=lambda n: abs(rows[n][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        top = rows[column]
        if abs(top[column]) < 1e-12:  # noqa: PLR2004  # three corners on one line
            return [1, 0, 0, 0, 1, 0, 0, 0]
        for n in range(count):
            if n != column:
                share = rows[n][column] / top[column]
                rows[n] = [a - share * b for a, b in zip(rows[n], top, strict=True)]
    return [rows[n][count] / rows[n][n] for n in range(count)]
