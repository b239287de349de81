"""Pictures of papers made readable: turned, cut, straightened, freed of shadows. Runs in the reader process.

Decision: Pillow alone, on thumbnails where a question is asked and on the whole picture where an answer is
applied. It needs no second picture library in the process that reads strangers' bytes.
What is proposed is cautious: an angle is straightened only where lines of words show it.
"""

from __future__ import annotations

import io
import itertools
import math
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pi_heif
from PIL import Image, ImageFilter, ImageMath, UnidentifiedImageError

from app.reader.errors import BrokenFile, ImageTooLarge, NotAccepted
from app.reader.paper_border import corners_of, flat
from app.reader.paper_values import Edit, PaperSeen
from app.reader.picture import BROKEN, ORIENTATION, TURNS, on_white

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.reader.values import Limits

__all__ = ["applied", "cleared", "for_reading", "is_blank", "look", "opened", "skew_of", "straight"]

pi_heif.register_heif_opener()

FORMATS = ("JPEG", "PNG", "TIFF", "HEIF", "PPM")
A4_AT_300 = 3508
LOOKED_AT = 1000  # pixels, the longer side of what questions are asked about
SKEW_LOOK = 600
MOST_SKEW = 12.0  # degrees; a page that lies more askew was put so
LEAST_SKEW = 0.2
CLEAR_RATIO = 1.25  # how much sharper the lines must get for an angle to be believed
UNEVEN = 28  # grey levels between the brightest and the darkest part of the paper itself
INK = 140
INK_SHARE = 0.0002
EDGE = 0.03  # the shadow of a sheet's edge is no word
TURN = Image.Transpose
CLOCKWISE = {90: TURN.ROTATE_270, 180: TURN.ROTATE_180, 270: TURN.ROTATE_90}
READ_WIDTH = 1650  # pixels across an A4 page: 200 dots an inch
MOST_READ_WIDTH = 2500
UPSCALE = 3.0


@contextmanager
def opened(data: bytes, limits: Limits) -> Iterator[Image.Image]:
    """Open a picture of a paper; raises NotAccepted, BrokenFile, ImageTooLarge."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                pixels = picture.width * picture.height
                if pixels > limits.pixels:
                    raise ImageTooLarge(megapixels=round(pixels / 1e6), limit=round(limits.pixels / 1e6))
                yield picture
    except UnidentifiedImageError as fault:
        raise NotAccepted(kind="unknown") from fault
    except BROKEN as fault:
        raise BrokenFile from fault


def upright(picture: Image.Image, side: int) -> Image.Image:
    """Decode in RGB as it was held, its longer side at most ``side`` pixels."""
    picture.draft("RGB", (side, side))
    picture.load()
    turn = TURNS.get(picture.getexif().get(ORIENTATION, 1)) if picture.format != "TIFF" else None
    small = on_white(picture)
    small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return small if turn is None else small.transpose(turn)


def look(data: bytes, limits: Limits, *, is_photo: bool) -> PaperSeen:
    """Look at a picture for the first time; only a photo is searched for the paper's border."""
    with opened(data, limits) as picture:
        wide, high = picture.size
        small = upright(picture, LOOKED_AT)
    if (small.width > small.height) != (wide > high):
        wide, high = high, wide
    corners = corners_of(small) if is_photo else None
    paper = flat(small, corners) if corners else small
    clear = is_photo and _is_uneven(paper)
    even = cleared(paper) if clear else paper
    return PaperSeen(wide, high, Edit(corners, skew_of(even), clear), is_blank(even))


def applied(picture: Image.Image, edit: Edit) -> Image.Image:
    """Return an upright picture with an edit done to it."""
    if edit.corners is not None:
        picture = flat(picture, edit.corners)
    if edit.angle:
        fill = "white" if edit.is_cleared else _paper_colour(picture)
        picture = picture.rotate(edit.angle, Image.Resampling.BICUBIC, fillcolor=fill)
    if edit.is_cleared:
        picture = cleared(picture)
    turn = CLOCKWISE.get(edit.turn % 360)
    return picture if turn is None else picture.transpose(turn)


def cleared(picture: Image.Image) -> Image.Image:
    """Take the light out: each colour is divided by that of the paper around it."""
    if picture.mode != "L":
        picture = picture.convert("RGB")
    bands = [_even(band) for band in picture.split()]
    return bands[0] if len(bands) == 1 else Image.merge("RGB", bands)


def _even(band: Image.Image) -> Image.Image:
    ground = _ground(band).resize(band.size, Image.Resampling.BICUBIC)
    done: Image.Image = ImageMath.lambda_eval(
        lambda told: told["min"](told["float"](told["band"]) * 250.0 / told["max"](told["ground"], 1), 255.0),
        band=band,
        ground=ground,
    )
    return done.convert("L")


def _ground(band: Image.Image) -> Image.Image:
    """The paper without its words, small: what is narrower than a line's height is filled up."""
    ground = band.copy()
    ground.thumbnail((180, 180), Image.Resampling.BOX)
    closed = ground.filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.MinFilter(9))
    return closed.filter(ImageFilter.GaussianBlur(3))


def _is_uneven(picture: Image.Image) -> bool:
    """Tell whether the paper itself is brighter in one place than in another."""
    ground = _ground(picture.convert("L"))
    wide, high = ground.size
    inner = ground.crop((wide // 20, high // 20, wide - wide // 20, high - high // 20))
    counts = inner.histogram()
    return _percentile(counts, 0.95) - _percentile(counts, 0.05) > UNEVEN or _percentile(counts, 0.5) < 200  # noqa: PLR2004


def _percentile(counts: list[int], share: float) -> int:
    wanted, seen = share * sum(counts), 0
    for level, count in enumerate(counts):
        seen += count
        if seen >= wanted:
            return level
    return len(counts) - 1


def _paper_colour(picture: Image.Image) -> tuple[int, ...] | int:
    """The commonest bright colour, so that a turned page's corners do not show."""
    levels = [_percentile(band.histogram(), 0.6) for band in picture.split()]
    return levels[0] if len(levels) == 1 else tuple(levels)


def is_blank(picture: Image.Image) -> bool:
    """Tell whether nothing is written on a page: specks, folds and what shines through do not count."""
    grey = cleared(picture.convert("L"))
    grey.thumbnail((LOOKED_AT, LOOKED_AT), Image.Resampling.BOX)
    wide, high = grey.size
    inner = grey.crop(
        (round(wide * EDGE), round(high * EDGE), round(wide * (1 - EDGE)), round(high * (1 - EDGE)))
    )
    counts = inner.filter(ImageFilter.MedianFilter(3)).histogram()
    return sum(counts[:INK]) < INK_SHARE * sum(counts)


def skew_of(picture: Image.Image) -> float:
    """Return by how many degrees a page must be turned for its lines to lie level, 0 where none show it."""
    grey = picture.convert("L")
    grey.thumbnail((SKEW_LOOK, SKEW_LOOK), Image.Resampling.BOX)
    ink = cleared(grey).point(lambda level: max(0, 210 - level)).convert("F")
    wide, high = ink.size
    ink = ink.crop((wide // 25, high // 25, wide - wide // 25, high - high // 25))
    straight = _levelness(ink, 0.0)
    if straight <= 0:
        return 0.0
    rough = ink.reduce(2)
    coarse = max((n * 0.75 for n in range(-16, 17)), key=lambda angle: _levelness(rough, angle))
    fine = max((coarse + n * 0.15 for n in range(-5, 6)), key=lambda angle: _levelness(ink, angle))
    if abs(fine) < LEAST_SKEW or abs(fine) >= MOST_SKEW:
        return 0.0
    return round(fine, 2) if _levelness(ink, fine) >= CLEAR_RATIO * straight else 0.0


def _levelness(ink: Image.Image, angle: float) -> float:
    """How sharply rows of ink and rows of paper follow each other once turned."""
    turned = ink.rotate(angle, Image.Resampling.BILINEAR) if angle else ink
    rows = turned.resize((1, turned.height), Image.Resampling.BOX)
    sums = [float(value) for value in rows.get_flattened_data()]  # type: ignore[arg-type]  # one band
    return sum((a - b) ** 2 for a, b in itertools.pairwise(sums))


def straight(picture: Image.Image) -> Image.Image:
    """Return a page whose lines lie level, for the recognition of its words."""
    angle = skew_of(picture)
    return applied(picture, Edit(angle=angle)) if angle else picture


def for_reading(picture: Image.Image) -> Image.Image:
    """Prepare an edited page for the recognition of its words: grey, even, large enough."""
    grey = cleared(picture.convert("L"))
    short = min(grey.size)
    scale = (
        min(UPSCALE, READ_WIDTH * 1.2 / short)
        if short < READ_WIDTH * 0.9
        else min(1.0, MOST_READ_WIDTH / short)
    )
    if math.isclose(scale, 1.0):
        return grey
    size = (round(grey.width * scale), round(grey.height * scale))
    return grey.resize(size, Image.Resampling.LANCZOS)
