"""The frames of a DICOM picture, each drawn when it is asked for.

Pillow decodes (JPEG, JPEG 2000), and our own lines undo the run lengths and lossless JPEG. What is packed in
another way is not guessed at: :class:`NotDecodable` says so, and the document is shown without its picture.
"""

from __future__ import annotations

import io
import struct
import sys
import warnings
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError
from pydicom.encaps import get_frame

from app.reader.dicom_file import DicomFile, number, told, words
from app.reader.dicom_tones import Scale, grey_table, palette_tables
from app.reader.errors import BrokenFile, ImageTooLarge
from app.reader.jpeg_lossless import Unknown, undo
from app.reader.picture import BROKEN, on_white, smaller

if TYPE_CHECKING:
    from app.reader.values import Limits

__all__ = ["DicomPages", "NotDecodable"]

MAX_FRAMES = 300
NATIVE = frozenset({
    "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2",
})  # fmt: skip
BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"
JPEG = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
LOSSLESS = frozenset({"1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"})
JPEG_2000 = frozenset({"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"})
GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})
LUMA = frozenset({"YBR_FULL", "YBR_FULL_422"})
BYTE, WORD = 8, 16
_MOST_SEGMENTS = 15


class NotDecodable(Exception):  # it never leaves this package
    """A picture packed in a way that is not read here."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a frame is made of."""

    wide: int
    high: int
    samples: int
    allocated: int
    stored: int
    top: int
    signed: bool
    planar: bool
    light: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.wide, self.high

    @property
    def weight(self) -> int:
        """The bytes of a frame that is not packed."""
        if self.light == "YBR_FULL_422" and not self.planar:
            return self.wide * self.high * 2
        return self.wide * self.high * self.samples * self.allocated // BYTE


class DicomPages:
    """Frames as pages; ``cut`` when there are more than are shown."""

    def __init__(self, file: DicomFile, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._shape = _shape(file)
        self._check_size(*self._shape.size)
        data = told(file.elements, "PixelData")
        if not isinstance(data, bytes):
            raise NotDecodable
        self._data = data
        self._told = max(1, number(file.elements, "NumberOfFrames", 1))
        self._count = min(self._told, MAX_FRAMES, self._there())
        self.cut = self._told > self._count
        if self._count < 1:
            raise BrokenFile
        self._kept: tuple[int, Image.Image] | None = None

    def __len__(self) -> int:
        return self._count

    def draw(self, number: int, width: int) -> Image.Image:
        """Draw a frame in RGB, at most as wide as it is; the last one is kept for the next look."""
        if self._kept is None or self._kept[0] != number:
            self._kept = None
            self._kept = (number, self._drawn(number))
        return smaller(self._kept[1], width)

    def text(self, number: int) -> str:
        """A picture has no words."""
        del number
        return ""

    def _there(self) -> int:
        """Return how many frames the bytes can hold at most, whatever is claimed."""
        if self._file.syntax in NATIVE:
            return len(self._data) // max(1, self._shape.weight)
        return len(self._data) // BYTE

    def _check_size(self, wide: int, high: int) -> None:
        pixels = wide * high
        if pixels > self._limits.pixels:
            raise ImageTooLarge(megapixels=round(pixels / 1e6), limit=round(self._limits.pixels / 1e6))

    def _drawn(self, frame: int) -> Image.Image:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self._in_colours(frame)
        except (UnidentifiedImageError, struct.error, NotImplementedError, AttributeError, *BROKEN) as fault:
            raise BrokenFile from fault

    def _in_colours(self, frame: int) -> Image.Image:
        packed = self._packed(frame)
        if self._file.syntax in JPEG:
            return self._jpeg(frame, packed)
        if self._file.syntax in LOSSLESS:
            return self._lossless(frame, packed)
        if self._file.syntax in JPEG_2000:
            return self._jpeg_2000(frame, packed)
        if self._file.syntax == RLE:
            return self._native(frame, _unrolled(packed, self._shape), planar=True, swapped=False)
        return self._native(frame, packed, planar=self._shape.planar, swapped=self._file.syntax == BIG_ENDIAN)

    def _packed(self, frame: int) -> bytes:
        if self._file.syntax in NATIVE:
            weight = self._shape.weight
            return self._data[frame * weight : (frame + 1) * weight]
        return get_frame(self._data, frame, number_of_frames=self._told)

    def _native(self, frame: int, data: bytes, *, planar: bool, swapped: bool) -> Image.Image:
        shape = self._shape
        if shape.samples == 1:
            return self._toned(frame, _one_band(data, shape, swapped=swapped), self._scale())
        if shape.samples != 3 or shape.allocated != BYTE:  # noqa: PLR2004  # red, green, blue
            raise NotDecodable
        mode = "YCbCr" if shape.light in LUMA else "RGB"
        if shape.light == "YBR_FULL_422" and not planar:
            return _halved(data, shape.size).convert("RGB")
        if not planar:
            return Image.frombytes(mode, shape.size, data).convert("RGB")
        area = shape.wide * shape.high
        bands = [Image.frombytes("L", shape.size, data[n * area : (n + 1) * area]) for n in range(3)]
        return Image.merge(mode, bands).convert("RGB")

    def _scale(self) -> Scale:
        shape = self._shape
        return Scale(shape.top + 1 - shape.stored, shape.stored, shape.signed)

    def _jpeg(self, frame: int, packed: bytes) -> Image.Image:
        with self._opened(packed, "JPEG") as picture:
            plain = picture.mode == "RGB" and self._shape.light == "RGB"
            if plain and not {"adobe_transform", "jfif"} & set(picture.info):
                picture.draft("YCbCr", picture.size)  # as it is: no marker says that it was changed
                return Image.frombytes("RGB", picture.size, picture.tobytes())
            picture.load()
            if picture.mode == "L":
                return self._toned(frame, picture, Scale(0, BYTE))
            return on_white(picture)

    def _jpeg_2000(self, frame: int, packed: bytes) -> Image.Image:
        with self._opened(packed, "JPEG2000") as picture:
            picture.load()
            if picture.mode == "L" or picture.mode.startswith("I"):
                return self._toned(frame, picture, _scale_of_codestream(packed, picture, self._shape))
            return on_white(picture)

    def _lossless(self, frame: int, packed: bytes) -> Image.Image:
        shape = self._shape
        try:
            undone = undo(packed, shape.size)
        except Unknown as fault:
            raise NotDecodable from fault
        if shape.samples != 1 or undone.bits > shape.allocated:
            raise BrokenFile
        words = _little(undone.numbers)
        data = words[::2] if shape.allocated == BYTE else words
        return self._native(frame, data, planar=False, swapped=False)

    def _opened(self, packed: bytes, kind: str) -> Image.Image:
        try:
            picture = Image.open(io.BytesIO(packed), formats=[kind])
        except (UnidentifiedImageError, SyntaxError) as fault:
            raise NotDecodable from fault  # twelve bits, arithmetic coding: honest, but not read here
        if picture.size != self._shape.size:
            raise BrokenFile
        return picture

    def _toned(self, frame: int, picture: Image.Image, scale: Scale) -> Image.Image:
        """Make the grey, or the colours of a palette, that the stored numbers stand for."""
        wide = picture.mode != "L"
        if wide:
            picture = picture.convert("I")
        size = 1 << (WORD if wide else BYTE)
        elements = self._file.elements
        if self._shape.light == "PALETTE COLOR":
            tables = palette_tables(elements, size)
            if tables is None:
                raise NotDecodable
            return Image.merge("RGB", [picture.point(table, "L") for table in tables])
        used = set(memoryview(picture.tobytes()).cast("i" if wide else "B"))
        return picture.point(grey_table(elements, frame, scale, size, used), "L").convert("RGB")


def _shape(file: DicomFile) -> Shape:
    elements = file.elements
    allocated = number(elements, "BitsAllocated", BYTE)
    stored = number(elements, "BitsStored", allocated)
    shape = Shape(
        wide=number(elements, "Columns"),
        high=number(elements, "Rows"),
        samples=number(elements, "SamplesPerPixel", 1),
        allocated=allocated,
        stored=stored,
        top=number(elements, "HighBit", stored - 1),
        signed=number(elements, "PixelRepresentation") == 1,
        planar=number(elements, "PlanarConfiguration") == 1,
        light=words(elements, "PhotometricInterpretation"),
    )
    if file.syntax not in NATIVE | JPEG | JPEG_2000 | LOSSLESS | {RLE} or shape.allocated not in {BYTE, WORD}:
        raise NotDecodable
    if not (0 < shape.wide < 1 << 16 and 0 < shape.high < 1 << 16 and shape.samples in {1, 3}):
        raise BrokenFile
    if not 0 < shape.stored <= shape.top + 1 <= shape.allocated:
        raise BrokenFile
    return shape


def _one_band(data: bytes, shape: Shape, *, swapped: bool) -> Image.Image:
    if shape.allocated == BYTE:
        return Image.frombytes("L", shape.size, data)
    return Image.frombytes("I;16B" if swapped else "I;16", shape.size, data)


def _little(numbers: array[int]) -> bytes:
    """Return sixteen-bit numbers with the low byte first, whatever this PC's order is."""
    if sys.byteorder == "big":
        numbers = array("H", numbers)
        numbers.byteswap()
    return numbers.tobytes()


def _halved(data: bytes, size: tuple[int, int]) -> Image.Image:
    """Put together two pixels that share their colour: light, light, blue, red."""
    light = bytearray(len(data) // 2)
    light[0::2], light[1::2] = data[0::4], data[1::4]
    bands = [bytes(light)]
    for start in (2, 3):
        band = bytearray(len(light))
        band[0::2] = band[1::2] = data[start::4]
        bands.append(bytes(band))
    return Image.merge("YCbCr", [Image.frombytes("L", size, band) for band in bands])


def _scale_of_codestream(packed: bytes, picture: Image.Image, shape: Shape) -> Scale:
    """Undo what Pillow does to a JPEG 2000's numbers: moved up to a whole container, and made positive."""
    place = packed.find(b"\xff\x51")  # the SIZ segment; the first component's depth is its 39th byte
    depth = packed[place + 40] if place >= 0 and place + 40 < len(packed) else shape.stored - 1
    bits, container = (depth & 0x7F) + 1, BYTE if picture.mode == "L" else WORD
    if bits > container:
        raise NotDecodable
    if depth & 0x80:
        return Scale(container - bits, bits, offset=1 << (bits - 1))
    return Scale(container - bits, bits, signed=shape.signed)


def _unrolled(data: bytes, shape: Shape) -> bytes:
    """Undo RLE (PS3.5 annex G): a segment for each byte of each sample, the high byte first."""
    count, *starts = struct.unpack_from("<16L", data)
    deep = shape.allocated // BYTE
    if count != shape.samples * deep or count > _MOST_SEGMENTS:
        raise BrokenFile
    area = shape.wide * shape.high
    ends = [*starts[1:count], len(data)]
    planes = [_unpacked(data[start:end], area) for start, end in zip(starts, ends, strict=False)]
    if deep == 1:
        return b"".join(planes)
    whole = bytearray(area * deep)
    whole[0::2], whole[1::2] = planes[1], planes[0]
    return bytes(whole)


def _unpacked(packed: bytes, area: int) -> bytes:
    plain, place = bytearray(), 0
    while place < len(packed) and len(plain) < area:
        count = packed[place]
        if count < 128:  # noqa: PLR2004  # that many and one follow as they are
            plain += packed[place + 1 : place + 2 + count]
            place += count + 2
        else:
            if count > 128:  # noqa: PLR2004  # the next is repeated; 128 itself means nothing
                plain += packed[place + 1 : place + 2] * (257 - count)
            place += 2 if count > 128 else 1  # noqa: PLR2004
    if len(plain) < area:
        raise BrokenFile
    return bytes(plain[:area])
