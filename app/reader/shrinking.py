"""Make a document lighter without losing what a person must read. Runs in the reader process.

Pictures: re-encoded as JPEG, first in quality, then in size, never under 150 dots an inch of an A4 page;
black-and-white scans stay so, as fax code (TIFF group 4), which is lighter and sharper.
PDF: its pictures are re-encoded one by one, the words stay words; only a PDF that is still too heavy has
its pages drawn again, which loses the text layer but keeps each page legible.
A scan has many pages and the person waits: a few pages tell which step will do before all are encoded.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import img2pdf
import pikepdf
from PIL import Image

from app.reader.errors import CannotShrink
from app.reader.sniffing import MEDIA_TYPES
from app.reader.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.reader.pages import Pages
    from app.reader.picture import PicturePages

__all__ = ["STEPS", "Step", "bound", "jpeg", "lightest_that_fits", "shrink_pdf", "shrink_pictures"]

AnyStep = TypeVar("AnyStep")


@dataclass(frozen=True, slots=True)
class Step:
    """Longest side in pixels, JPEG quality, and about how heavy that is against the first step."""

    side: int
    quality: int
    weight: float


# An A4 page at 300, 200 and 150 dots an inch, with falling quality.
STEPS = (
    Step(3508, 80, 1.0),
    Step(2339, 75, 0.42),
    Step(2339, 60, 0.3),
    Step(1754, 60, 0.18),
    Step(1754, 40, 0.12),
)
DRAWN_STEPS = STEPS[2:]
SMALLEST_PICTURE = 64
SAMPLED = 3
HOPE = 1.3  # how far over the limit an estimate may be and the last step still be tried
# Not CMYK: Pillow inverts what Adobe's programs mark and PDFium does not, and they mix inks differently.
# Such pictures stay as they are; where that is too heavy, PDFium draws the whole page.
PLAIN_MODES = frozenset({"1", "L", "P", "RGB"})


def shrink_pictures(pages: PicturePages, kind: Kind, size: int, max_bytes: int) -> tuple[str, bytes]:
    """Shrink a photo or a scan: one page stays a picture, several become a PDF of pictures."""
    if kind is Kind.TIFF:
        fax = as_fax(pages)
        if fax is not None and len(fax) <= max_bytes:
            return MEDIA_TYPES[Kind.TIFF], fax

    def encode(number: int, step: Step) -> bytes:
        return jpeg(pages.draw(number, step.side), step)

    many = len(pages) > 1
    data = lightest_that_fits(encode, len(pages), STEPS, size, max_bytes)
    return (MEDIA_TYPES[Kind.PDF], data) if many else (MEDIA_TYPES[Kind.JPEG], data)


def as_fax(pages: PicturePages) -> bytes | None:
    """Write a black-and-white scan as group 4 TIFF, None when a page has greys or colours."""
    frames: list[Image.Image] = []
    for number in range(len(pages)):
        with pages.opened(number) as picture:
            if picture.mode != "1":
                return None
            frames.append(picture.copy())
    sink = io.BytesIO()
    frames[0].save(sink, "TIFF", save_all=True, append_images=frames[1:], compression="group4")
    return sink.getvalue()


def shrink_pdf(data: bytes, pages: Pages, max_bytes: int) -> bytes:
    """Shrink a PDF; raises ``CannotShrink`` with the smallest size that was reached."""
    smallest = len(data)
    for lighter in _with_lighter_pictures(data, max_bytes):
        if len(lighter) <= max_bytes:
            return lighter
        smallest = min(smallest, len(lighter))

    def encode(number: int, step: Step) -> bytes:
        return jpeg(pages.draw(number, round(step.side / 1.414)), step)

    return lightest_that_fits(encode, len(pages), DRAWN_STEPS, smallest, max_bytes, always_bound=True)


def lightest_that_fits(
    encode: Callable[[int, AnyStep], bytes],
    count: int,
    steps: tuple[AnyStep, ...],
    smallest: int,
    max_bytes: int,
    *,
    always_bound: bool = False,
) -> bytes:
    """Encode every page at the first step that fits, chosen on a few of them; raises CannotShrink."""
    sample = sorted({0, count // 2, count - 1})[:SAMPLED]
    for place, step in enumerate(steps):
        likely = sum(len(encode(number, step)) for number in sample) * count // len(sample)
        last = place == len(steps) - 1
        if likely > (max_bytes * HOPE if last else max_bytes):
            smallest = min(smallest, likely)
            continue
        drawn = [encode(number, step) for number in range(count)]
        data = bound(drawn) if count > 1 or always_bound else drawn[0]
        if len(data) <= max_bytes:
            return data
        smallest = min(smallest, len(data))
    raise CannotShrink(size=max(smallest, max_bytes + 1), limit=max_bytes)


def _with_lighter_pictures(data: bytes, max_bytes: int) -> Iterator[bytes]:
    """Try the steps that may do: what is no picture does not shrink, and far off means a bigger step."""
    place = 0
    while place < len(STEPS):
        lighter, pictures = with_lighter_pictures(data, STEPS[place])
        yield lighter
        room = max_bytes - (len(lighter) - pictures)
        if room <= 0:
            return
        place = _next_step(place, pictures, room)


def _next_step(place: int, pictures: int, room: int) -> int:
    later = range(place + 1, len(STEPS))
    likely = (n for n in later if pictures * STEPS[n].weight / STEPS[place].weight * 0.9 <= room)
    return next(likely, later[-1] if later else len(STEPS))


def with_lighter_pictures(data: bytes, step: Step) -> tuple[bytes, int]:
    """Re-encode the pictures inside; returns the PDF and how many of its bytes are pictures."""
    pictures = 0
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image":
                with contextlib.suppress(Exception):  # one odd picture must not spoil the rest
                    lighten(thing, step)
                pictures += len(thing.read_raw_bytes())
        sink = io.BytesIO()
        pdf.save(
            sink,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            recompress_flate=True,
            deterministic_id=True,  # the same file made lighter twice is known by its digest
        )
        return sink.getvalue(), pictures


def lighten(stream: pikepdf.Stream, step: Step) -> None:
    """Replace one picture's stream where that makes it lighter and means the same colours."""
    if any(name in stream for name in ("/Decode", "/SMaskInData")) or _is_mask(stream):
        return
    if min(int(stream.Width), int(stream.Height)) < SMALLEST_PICTURE:
        return
    picture = pikepdf.PdfImage(stream).as_pil_image()
    if picture.mode not in PLAIN_MODES:
        return
    grey = picture.mode in {"1", "L"}
    encoded = jpeg(picture, step, mode="L" if grey else "RGB")
    if len(encoded) >= len(stream.read_raw_bytes()):
        return
    with Image.open(io.BytesIO(encoded)) as lighter:
        width, height = lighter.size
    stream.write(encoded, filter=pikepdf.Name.DCTDecode)
    stream.Width, stream.Height, stream.BitsPerComponent = width, height, 8
    stream.ColorSpace = pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB
    for stale in ("/DecodeParms", "/Intent"):
        if stale in stream:
            del stream[stale]


def _is_mask(stream: pikepdf.Stream) -> bool:
    """A stencil, or a picture with a colour that means nothing: JPEG would blur what they mean."""
    return bool(stream.get("/ImageMask")) or isinstance(stream.get("/Mask"), pikepdf.Array)


def bound(pictures: list[bytes]) -> bytes:
    """Bind pictures into one PDF of A4 pages."""
    layout = img2pdf.get_layout_fun((img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297)), auto_orient=True)
    done = img2pdf.convert(pictures, layout_fun=layout, nodate=True, engine=img2pdf.Engine.internal)
    assert isinstance(done, bytes)  # noqa: S101  what img2pdf gives without an output stream
    return done


def jpeg(picture: Image.Image, step: Step, *, mode: str = "RGB") -> bytes:
    """Encode as JPEG, its longest side at most the step's."""
    picture = picture.convert(mode)
    picture.thumbnail((step.side, step.side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=step.quality, optimize=True)
    return sink.getvalue()
