"""JPEG, PNG and TIFF: Pillow, with the size read from the header before a pixel is decoded."""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from app.reader import facts
from app.reader.errors import BrokenFile, ImageTooLarge, ReaderFailed, TooComplex
from app.reader.pdf import fit
from app.reader.sniffing import MEDIA_TYPES
from app.reader.values import Kind, Limits, Opened

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BROKEN", "PictureDocument", "PicturePages", "on_white", "smaller"]

FORMATS: dict[Kind, str] = {Kind.JPEG: "JPEG", Kind.PNG: "PNG", Kind.TIFF: "TIFF"}
MAX_FRAMES = 1000
ORIENTATION = 0x0112
DATE_TAKEN = 0x9003
SUB_IFD = 0x8769
WHITES = (255.0, 4_095.0, 65_535.0)  # what white is in 8, 12 (radiology) and 16 bits
FIRST_LOOK = 1500  # pixels wide: what a screen shows, and half of what a phone takes
TURN = Image.Transpose
TURNS = {
    2: TURN.FLIP_LEFT_RIGHT,
    3: TURN.ROTATE_180,
    4: TURN.FLIP_TOP_BOTTOM,
    5: TURN.TRANSPOSE,
    6: TURN.ROTATE_270,
    7: TURN.TRANSVERSE,
    8: TURN.ROTATE_90,
}
SIDEWAYS = frozenset({TURN.TRANSPOSE, TURN.ROTATE_270, TURN.TRANSVERSE, TURN.ROTATE_90})

Image.MAX_IMAGE_PIXELS = None  # counted here, against our own limit, as a refusal instead of a warning
BROKEN = (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, ZeroDivisionError)


class PicturePages:
    """The frames of a picture file."""

    def __init__(self, data: bytes, kind: Kind, limits: Limits) -> None:
        self._data = data
        self._kind = kind
        self._limits = limits
        self._kept: _Kept | None = None
        with self.opened() as picture:
            self._check_size(picture)
            self._count = self._frames(picture)
            self.taken = _taken(picture)

    def __len__(self) -> int:
        return self._count

    @contextmanager
    def opened(self, number: int = 0) -> Iterator[Image.Image]:
        """Open the file at one frame; what Pillow can't read is a BrokenFile."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with Image.open(io.BytesIO(self._data), formats=[FORMATS[self._kind]]) as picture:
                    if number:
                        picture.seek(number)
                        self._check_size(picture)
                    yield picture
        except (UnidentifiedImageError, *BROKEN) as fault:
            raise BrokenFile from fault

    def draw(self, number: int, width: int) -> Image.Image:
        """Draw a frame upright in RGB; never larger than it is. The last one is kept for the next look."""
        kept = self._kept
        if kept is None or kept.number != number or kept.width < width:
            self._kept = None
            width_kept = max(width, FIRST_LOOK)
            self._kept = kept = _Kept(number, width_kept, self._drawn(number, width_kept))
        return smaller(kept.picture, width)

    def check(self) -> None:
        """Decode every frame once, in order: a scan cut short has some that cannot be."""
        with self.opened() as picture:
            for number in range(self._count):
                picture.seek(number)
                self._check_size(picture)
                picture.load()

    def _drawn(self, number: int, width: int) -> Image.Image:
        with self.opened(number) as picture:
            picture.draft("RGB", (width, width))  # a JPEG of twelve megapixels, in a fraction of the time
            picture.load()
            turn = TURNS.get(picture.getexif().get(ORIENTATION, 1))  # a TIFF has turned itself by now
            wide, high = _size_for(picture.size[::-1] if turn in SIDEWAYS else picture.size, width)
            small = _smaller(_smooth(picture), (high, wide) if turn in SIDEWAYS else (wide, high))
            return on_white(small if turn is None else small.transpose(turn))

    def text(self, number: int) -> str:
        """A picture has no text layer."""
        del number
        return ""

    def _check_size(self, picture: Image.Image) -> None:
        pixels = picture.width * picture.height
        if pixels > self._limits.pixels:
            raise ImageTooLarge(megapixels=round(pixels / 1e6), limit=round(self._limits.pixels / 1e6))

    def _frames(self, picture: Image.Image) -> int:
        if self._kind is not Kind.TIFF:
            return 1
        count = int(getattr(picture, "n_frames", 1))
        if count > MAX_FRAMES:
            raise TooComplex
        picture.seek(0)
        return count


@dataclass(frozen=True, slots=True)
class _Kept:
    """A frame as it was drawn last, for looks up to ``width``."""

    number: int
    width: int
    picture: Image.Image


def _size_for(size: tuple[int, int], width: int) -> tuple[int, int]:
    wide, high = size
    scale = min(1.0, fit(wide, high, width))
    return max(1, round(wide * scale)), max(1, round(high * scale))


def smaller(picture: Image.Image, width: int) -> Image.Image:
    """Return a picture ``width`` wide, less when it is not as wide itself."""
    return _smaller(picture, _size_for(picture.size, width))


def _smaller(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    if picture.size == size:
        return picture
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _smooth(picture: Image.Image) -> Image.Image:
    """The same in a mode that can be made smaller: a palette's numbers mean nothing between two of them."""
    if picture.mode.startswith("I;16"):
        return picture.convert("I")
    if "transparency" in picture.info or picture.mode == "PA":
        return picture.convert("RGBA")
    return picture.convert({"P": "RGB", "1": "L"}[picture.mode]) if picture.mode in {"P", "1"} else picture


def on_white(picture: Image.Image) -> Image.Image:
    """Bring any picture to RGB; what is clear is white, as paper."""
    if picture.mode in {"I", "F"}:
        return _toned(picture)
    if picture.mode in {"RGBA", "LA", "La", "RGBa"}:
        clear = picture.convert("RGBA")
        white = Image.new("RGB", clear.size, "white")
        white.paste(clear, mask=clear.getchannel("A"))
        return white
    return picture.convert("RGB")


def _toned(picture: Image.Image) -> Image.Image:
    """Bring deep and floating grey to 8 bits by its own range: convert() alone would clip it to white."""
    grey = picture.convert("F")
    low, high = (float(end) for end in grey.getextrema())  # type: ignore[arg-type]  # one band: two numbers
    if picture.mode == "I" and low >= 0 and high <= WHITES[-1]:
        low, high = 0.0, next(white for white in WHITES if high <= white)
    span = (high - low) or 1.0
    return (
        grey.point(lambda value: value * (255.0 / span) + (-low * 255.0 / span)).convert("L").convert("RGB")
    )


def _taken(picture: Image.Image) -> str | None:
    exif = picture.getexif()
    return facts.exif_date(exif.get_ifd(SUB_IFD).get(DATE_TAKEN) or exif.get(0x0132))


class PictureDocument:
    """An open picture, or a scan of several pages."""

    def __init__(self, data: bytes, kind: Kind, limits: Limits) -> None:
        self._data = data
        self._kind = kind
        self.pages = PicturePages(data, kind, limits)
        self.pages.draw(0, FIRST_LOOK)  # a truncated picture is refused now, not at its first look
        self.opened = Opened(
            kind=kind,
            media_type=MEDIA_TYPES[kind],
            sha256="",
            size=len(data),
            pages=len(self.pages),
            date=self.pages.taken,
        )

    def check_for_filing(self) -> None:
        """A picture carries nothing that runs; each of its pages must be whole."""
        if len(self.pages) > 1:
            self.pages.check()

    def embedded(self, index: int) -> bytes:
        """A picture holds no document."""
        raise ReaderFailed

    def shrink(self, max_bytes: int) -> tuple[str, bytes]:
        """See :mod:`app.reader.shrinking`."""
        from app.reader import shrinking

        return shrinking.shrink_pictures(self.pages, self._kind, len(self._data), max_bytes)
