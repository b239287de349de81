"""Make a document lighter without losing what a person must read. Runs in the reader process.

Pictures: re-encoded as JPEG, first in quality, then in size, never under 150 dots an inch of an A4 page.
PDF: its pictures are re-encoded one by one, the words stay words; only a PDF that is still too heavy has
its pages drawn again, which loses the text layer but keeps each page legible.
"""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

import img2pdf
import pikepdf
from PIL import Image

from app.reader.errors import CannotShrink
from app.reader.sniffing import MEDIA_TYPES
from app.reader.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.reader.pages import Pages

__all__ = ["shrink_pdf", "shrink_pictures"]

# Longest side of an A4 page at 300, 200 and 150 dots an inch, with falling quality.
STEPS: tuple[tuple[int, int], ...] = ((3508, 80), (2339, 75), (2339, 60), (1754, 60), (1754, 40))
SMALLEST_PICTURE = 64


def shrink_pictures(pages: Pages, kind: Kind, size: int, max_bytes: int) -> tuple[str, bytes]:
    """Shrink a photo or a scan: one page stays a picture, several become a PDF of pictures."""
    smallest = size
    for side, quality in STEPS:
        drawn = [jpeg(pages.draw(n, side), side, quality) for n in range(len(pages))]
        if len(drawn) == 1:
            media_type, data = MEDIA_TYPES[Kind.JPEG], drawn[0]
        else:
            media_type, data = MEDIA_TYPES[Kind.PDF], bound(drawn)
        if len(data) <= max_bytes:
            return media_type, data
        smallest = min(smallest, len(data))
    del kind
    raise CannotShrink(size=smallest, limit=max_bytes)


def shrink_pdf(data: bytes, pages: Pages, max_bytes: int) -> bytes:
    """Shrink a PDF; raises ``CannotShrink`` with the smallest size that was reached."""
    smallest = len(data)
    for attempt in _attempts(data, pages):
        lighter = attempt()
        if len(lighter) <= max_bytes:
            return lighter
        smallest = min(smallest, len(lighter))
    raise CannotShrink(size=smallest, limit=max_bytes)


def _attempts(data: bytes, pages: Pages) -> Iterator[Callable[[], bytes]]:
    for side, quality in STEPS:
        yield lambda side=side, quality=quality: with_lighter_pictures(data, side, quality)  # type: ignore[misc]
    for side, quality in STEPS[2:]:
        yield lambda side=side, quality=quality: drawn_again(pages, side, quality)  # type: ignore[misc]


def with_lighter_pictures(data: bytes, side: int, quality: int) -> bytes:
    """Re-encode the pictures inside; what cannot be read stays as it is."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image":
                with contextlib.suppress(Exception):  # one odd picture must not spoil the rest
                    lighten(thing, side, quality)
        sink = io.BytesIO()
        pdf.save(
            sink,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            recompress_flate=True,
        )
        return sink.getvalue()


def lighten(stream: pikepdf.Stream, side: int, quality: int) -> None:
    """Replace one picture's stream where that makes it lighter. Masks and tiny pictures stay."""
    if stream.get("/ImageMask") or min(int(stream.Width), int(stream.Height)) < SMALLEST_PICTURE:
        return
    picture = pikepdf.PdfImage(stream).as_pil_image()
    grey = picture.mode in {"1", "L"}
    encoded = jpeg(picture, side, quality, mode="L" if grey else "RGB")
    if len(encoded) >= len(stream.read_raw_bytes()):
        return
    with Image.open(io.BytesIO(encoded)) as lighter:
        width, height = lighter.size
    stream.write(encoded, filter=pikepdf.Name.DCTDecode)
    stream.Width, stream.Height, stream.BitsPerComponent = width, height, 8
    stream.ColorSpace = pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB
    for stale in ("/DecodeParms", "/Decode", "/Intent"):
        if stale in stream:
            del stream[stale]


def drawn_again(pages: Pages, side: int, quality: int) -> bytes:
    """Draw every page as a picture; the last resort."""
    width = round(side / 1.414)
    return bound([jpeg(pages.draw(n, width), side, quality) for n in range(len(pages))])


def bound(pictures: list[bytes]) -> bytes:
    """Bind pictures into one PDF of A4 pages."""
    layout = img2pdf.get_layout_fun((img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297)), auto_orient=True)
    done = img2pdf.convert(pictures, layout_fun=layout, nodate=True)
    assert isinstance(done, bytes)  # noqa: S101  what img2pdf gives without an output stream
    return done


def jpeg(picture: Image.Image, side: int, quality: int, *, mode: str = "RGB") -> bytes:
    """Encode as JPEG, its longest side at most ``side`` pixels."""
    picture = picture.convert(mode)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=quality, optimize=True, progressive=True)
    return sink.getvalue()
