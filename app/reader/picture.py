"""JPEG, PNG and TIFF: Pillow, with the size read from the header before a pixel is decoded."""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PIL import Image, ImageOps, UnidentifiedImageError

from app.reader import facts
from app.reader.errors import BrokenFile, ImageTooLarge, ReaderFailed, TooComplex
from app.reader.pdf import fit
from app.reader.sniffing import MEDIA_TYPES
from app.reader.values import Kind, Limits, Opened

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PictureDocument", "PicturePages", "upright"]

FORMATS: dict[Kind, str] = {Kind.JPEG: "JPEG", Kind.PNG: "PNG", Kind.TIFF: "TIFF"}
MAX_FRAMES = 1000
ORIENTATION = 0x0112
DATE_TAKEN = 0x9003
SUB_IFD = 0x8769
WHITE_8, WHITE_16 = 255.0, 65_535.0
SIDEWAYS = frozenset({5, 6, 7, 8})

Image.MAX_IMAGE_PIXELS = None  # counted here, against our own limit, as a refusal instead of a warning
BROKEN = (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, ZeroDivisionError)


class PicturePages:
    """The frames of a picture file."""

    def __init__(self, data: bytes, kind: Kind, limits: Limits) -> None:
        self._data = data
        self._kind = kind
        self._limits = limits
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
        """Draw a frame upright in RGB; never larger than it is."""
        with self.opened(number) as picture:
            turned = picture.getexif().get(ORIENTATION, 1) in SIDEWAYS
            wide, high = (picture.height, picture.width) if turned else picture.size
            scale = min(1.0, fit(wide, high, width))
            target = (max(1, round(wide * scale)), max(1, round(high * scale)))
            picture.draft("RGB", (target[1], target[0]) if turned else target)
            return upright(picture).resize(target, Image.Resampling.LANCZOS, reducing_gap=2.0)

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


def upright(picture: Image.Image) -> Image.Image:
    """Turn a photo the way it was held, on white, in RGB."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I") or picture.mode == "F":
        return _sixteen_bits(picture)
    if picture.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        white = Image.new("RGB", clear.size, "white")
        white.paste(clear, mask=clear.getchannel("A"))
        return white
    return picture.convert("RGB")


def _sixteen_bits(picture: Image.Image) -> Image.Image:
    """Bring 16-bit and floating grey to 8 bits by its own range: convert() alone would clip it to white."""
    grey = picture.convert("F")
    low, high = grey.getextrema()
    low, high = float(low), float(high)  # type: ignore[arg-type]  # one band gives two numbers
    if picture.mode.startswith("I;16") or (picture.mode == "I" and high <= WHITE_16):
        low, high = 0.0, WHITE_8 if high <= WHITE_8 else WHITE_16
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
        self.pages.draw(0, 64)  # a truncated picture is refused now, not at its first look
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
        for number in range(1, len(self.pages)):
            self.pages.draw(number, 64)

    def embedded(self, index: int) -> bytes:
        """A picture holds no document."""
        raise ReaderFailed

    def shrink(self, max_bytes: int) -> tuple[str, bytes]:
        """See :mod:`app.reader.shrinking`."""
        from app.reader import shrinking

        return shrinking.shrink_pictures(self.pages, self._kind, len(self._data), max_bytes)
