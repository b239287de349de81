"""Where the paper lies in a photo, and drawing it flat. Runs in the reader process.

Decision: a paper is the piece around the middle of a picture inside which light changes softly; its edge is
where it changes at once. On a thumbnail whose words are filled up, the places of sudden change are walls,
the piece is what can be reached between them, its four outermost points along the diagonals are the corners.
(A threshold between bright and dark was tried first: it takes the edge of a shadow for that of the paper.)
Too little, too ragged, everywhere, not brighter than what is around it, or with fine detail left outside
(words under a coloured band, a second sheet): nothing is proposed and the whole picture stays. A wrong
proposal would cut away a line of a prescription, so a doubt means no cut.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from app.reader.paper_values import Corners, Point

__all__ = ["corners_of", "flat"]

THUMB = 240  # pixels, the longer side: the table's grain is gone, the corners are good to half a per cent
LEAST_SHARE = 0.25
FILLED = 0.85  # how much of its four corners a paper fills; a hand or a second sheet leaves gaps
CONTRAST = 25  # grey levels between a paper, half of it in the shadow, and what it lies on
STEP = 30  # levels of one colour between close neighbours: a shadow's edge has less
DETAIL, DETAIL_LOOK, DETAIL_SHARE = 60, 1000, 0.008
SEEDS = ((0.5, 0.5), (0.5, 0.35), (0.5, 0.65), (0.35, 0.5), (0.65, 0.5))
EVERYWHERE = 0.93
WALL = 1.5  # pixels of a thumbnail that the wall takes from the paper
MOST_SKEWED = 1.6  # one side against the one opposite: more is no photo of a page


def corners_of(picture: Image.Image) -> Corners | None:
    """Propose the paper's corners, None where there is no clear border."""
    thumb = picture.convert("RGB")
    thumb.thumbnail((THUMB, THUMB), Image.Resampling.BOX)
    thumb = thumb.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.MinFilter(5))  # words fill up
    wide, high = thumb.size
    piece = _around_the_middle(thumb)
    if len(piece) < LEAST_SHARE * wide * high:
        return None
    found = _outermost(piece)
    area = _area(found)
    if area > EVERYWHERE * wide * high or len(piece) < FILLED * area or not _is_page(found):
        return None
    corners = _fractions(found, thumb.size)
    return corners if _is_brighter(thumb, piece) and _is_plain_outside(picture, corners) else None


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


def _around_the_middle(thumb: Image.Image) -> list[tuple[int, int]]:
    """The largest piece that is reached from a few places around the middle: one of them may be a stamp."""
    wide, high = thumb.size
    free = [value == 0 for value in _sudden(thumb, STEP).tobytes()]
    best: list[tuple[int, int]] = []
    for across, down in SEEDS:
        start = round(down * (high - 1)) * wide + round(across * (wide - 1))
        if free[start]:
            best = max(best, _reached(free, start, wide), key=len)
    return best


def _sudden(picture: Image.Image, step: int) -> Image.Image:
    """Mark (255) where a colour changes by more than ``step`` between close neighbours."""
    range_of = ImageChops.difference(
        picture.filter(ImageFilter.MaxFilter(3)), picture.filter(ImageFilter.MinFilter(3))
    )
    bands = range_of.split()
    most = bands[0]
    for band in bands[1:]:
        most = ImageChops.lighter(most, band)
    return most.point([255 if level > step else 0 for level in range(256)])


def _reached(free: list[bool], start: int, wide: int) -> list[tuple[int, int]]:
    """Walk from one pixel to all that can be reached, and take them out."""
    waiting, piece = [start], []
    free[start] = False
    while waiting:
        here = waiting.pop()
        y, x = divmod(here, wide)
        piece.append((x, y))
        near = [here - wide, here + wide]
        near += [here - 1] if x else []
        near += [here + 1] if x < wide - 1 else []
        for there in near:
            if 0 <= there < len(free) and free[there]:
                free[there] = False
                waiting.append(there)
    return piece


def _is_plain_outside(picture: Image.Image, corners: Corners) -> bool:
    """Tell whether nothing like words is left outside: a table's grain is coarse or faint."""
    grey = picture.convert("L")
    grey.thumbnail((DETAIL_LOOK, DETAIL_LOOK), Image.Resampling.BOX)
    detail = _sudden(grey, DETAIL)
    wide, high = grey.size
    outside = Image.new("L", grey.size, 255)
    points = [(_spread(x) * wide, _spread(y) * high) for x, y in corners]
    ImageDraw.Draw(outside).polygon(points, fill=0)
    total = outside.histogram()[255]
    return total == 0 or ImageChops.multiply(detail, outside).histogram()[255] <= DETAIL_SHARE * total


def _spread(share: float) -> float:
    """A little farther from the middle: the paper's own edge is no detail."""
    return 0.5 + (share - 0.5) * 1.05


def _is_brighter(thumb: Image.Image, piece: list[tuple[int, int]]) -> bool:
    """Tell whether a piece is brighter than what lies around it, as paper on a table is."""
    grey = thumb.convert("L").tobytes()
    wide = thumb.width
    inside = sum(grey[y * wide + x] for x, y in piece)
    others = len(grey) - len(piece)
    return others > 0 and inside / len(piece) - (sum(grey) - inside) / others >= CONTRAST


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
    a, b, c, d = ((_within(x, size[0]), _within(y, size[1])) for x, y in points)
    return a, b, c, d


def _within(place: float, length: int) -> float:
    """Give back what the wall took; nothing outside the picture, and a cut page keeps its edge."""
    moved = place + (WALL if place > length / 2 else -WALL)
    return min(1.0, max(0.0, moved / length))


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
