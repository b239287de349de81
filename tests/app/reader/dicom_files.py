"""DICOM files made up for the tests, written element by element: a writer library would refuse to lie."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

LITTLE, IMPLICIT, BIG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
DEFLATED, RLE = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5"
JPEG, JPEG_2000, LOSSLESS = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
_LONG = {"OB", "OW", "SQ", "UN", "UT"}
UNKNOWN = 0xFFFFFFFF

Value = str | int | float | bytes | tuple[int, ...]


def value(kind: str, told: Value, order: str = "<") -> bytes:
    """Write a value, to an even length."""
    if isinstance(told, bytes):
        data = told
    elif kind == "US":
        data = b"".join(
            struct.pack(f"{order}H", one) for one in (told if isinstance(told, tuple) else (told,))
        )
    else:
        data = str(told).encode("utf-8")
    return data + (b"\0" if kind in {"UI", "OB"} else b" ") * (len(data) % 2)


def element(
    group: int, number: int, kind: str, told: Value, *, syntax: str = LITTLE, length: int | None = None
) -> bytes:
    """Write an element; a length that is said may be untrue."""
    order = ">" if syntax == BIG else "<"
    data = value(kind, told, order)
    size = len(data) if length is None else length
    tag = struct.pack(f"{order}HH", group, number)
    if syntax == IMPLICIT:
        return tag + struct.pack("<I", size) + data
    if kind in _LONG:
        return tag + kind.encode() + bytes(2) + struct.pack(f"{order}I", size) + data
    return tag + kind.encode() + struct.pack(f"{order}H", size) + data


def preface(syntax: str) -> bytes:
    """Write what stands before the elements."""
    inside = element(2, 1, "OB", b"\0\1") + element(2, 0x10, "UI", syntax)
    return bytes(128) + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(inside))) + inside


def fragments(*frames: bytes) -> bytes:
    """Wrap packed frames, one piece each, behind an empty table."""
    pieces = b"".join(
        struct.pack("<HHI", 0xFFFE, 0xE000, len(one) + len(one) % 2) + one + b"\0" * (len(one) % 2)
        for one in (b"", *frames)
    )
    return pieces + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


Elements = dict[tuple[int, int], tuple[str, Value]]

WHO: Elements = {
    (0x08, 0x05): ("CS", "ISO_IR 192"),
    (0x08, 0x20): ("DA", "20261103"),
    (0x08, 0x60): ("CS", "CR"),
    (0x08, 0x80): ("LO", "Hôpital du Parc"),
    (0x08, 0x1050): ("PN", "LEFÈVRE^Paul^^Dr"),
    (0x10, 0x10): ("PN", "MARTIN^Jeanne"),
    (0x10, 0x20): ("LO", "IPP12"),
    (0x10, 0x30): ("DA", "19520814"),
    (0x18, 0x15): ("CS", "CHEST"),
}


def pixels(
    wide: int = 8,
    high: int = 4,
    *,
    bits: int = 8,
    stored: int | None = None,
    samples: int = 1,
    light: str = "MONOCHROME2",
    signed: int = 0,
    planar: int = 0,
    frames: int | None = None,
) -> Elements:
    """Describe a picture."""
    stored = stored or bits
    told: Elements = {
        (0x28, 0x02): ("US", samples),
        (0x28, 0x04): ("CS", light),
        (0x28, 0x06): ("US", planar),
        (0x28, 0x10): ("US", high),
        (0x28, 0x11): ("US", wide),
        (0x28, 0x100): ("US", bits),
        (0x28, 0x101): ("US", stored),
        (0x28, 0x102): ("US", stored - 1),
        (0x28, 0x103): ("US", signed),
    }
    return told if frames is None else {**told, (0x28, 0x08): ("IS", frames)}


def ramp(wide: int = 8, high: int = 4) -> bytes:
    """Return bytes from black at the left to white at the right."""
    return bytes(round(255 * x / (wide - 1)) for _ in range(high) for x in range(wide))


def dicom(
    *told: Elements,
    data: bytes | None = None,
    syntax: str = LITTLE,
    extra: bytes = b"",
    length: int | None = None,
) -> bytes:
    """Write a file: who, then what is told, then its picture."""
    merged: Elements = {**WHO}
    for one in told:
        merged.update(one)
    body = b"".join(element(*tag, kind, said, syntax=syntax) for tag, (kind, said) in sorted(merged.items()))
    body += extra
    if data is not None:
        packed = syntax not in {LITTLE, IMPLICIT, BIG, DEFLATED}
        said = UNKNOWN if packed and length is None else length
        body += element(0x7FE0, 0x10, "OB" if packed else "OW", data, syntax=syntax, length=said)
    if syntax == DEFLATED:
        press = zlib.compressobj(9, wbits=-15)
        body = press.compress(body) + press.flush()
    return preface(syntax) + body


def radiograph(**options: object) -> bytes:
    """Return a small radiograph."""
    return dicom(pixels(**options), data=ramp())  # type: ignore[arg-type]


def packed_picture(kind: str, picture: Image.Image, **options: object) -> bytes:
    """Write a picture as the fragment of a frame."""
    sink = io.BytesIO()
    picture.save(sink, kind, **options)  # type: ignore[arg-type]
    return fragments(sink.getvalue())


def lossless(numbers: list[int], wide: int, high: int, bits: int = 8) -> bytes:
    """Pack as lossless JPEG, each number expected to be the one at its left; every code has five bits."""
    codes, left = "", 1 << (bits - 1)
    for at, number in enumerate(numbers):
        if at and at % wide == 0:
            left = numbers[at - wide]
        difference = (number - left + 32_768) % 65_536 - 32_768
        size = abs(difference).bit_length()
        codes += f"{size:05b}"
        if size:
            codes += f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}"
        left = number
    codes += "1" * (-len(codes) % 8)
    data = int(codes, 2).to_bytes(len(codes) // 8, "big").replace(b"\xff", b"\xff\0")
    table = bytes([0, 0, 0, 0, 0, 17, *[0] * 11, *range(17)])
    return (
        b"\xff\xd8\xff\xc3" + struct.pack(">HBHHB3B", 11, bits, high, wide, 1, 1, 0x11, 0)
        + b"\xff\xc4" + struct.pack(">H", 2 + len(table)) + table
        + b"\xff\xda\x00\x08\x01\x01\x00\x01\x00\x00" + data + b"\xff\xd9"
    )  # fmt: skip


def rolled(data: bytes) -> bytes:
    """Pack one segment as runs of one, behind its header."""
    body = b"".join(
        bytes([len(part) - 1]) + part for part in (data[n : n + 128] for n in range(0, len(data), 128))
    )
    return struct.pack("<16L", 1, 64, *[0] * 14) + body


def sequence(*items_: bytes, group: int = 0x40, number: int = 0x275) -> bytes:
    """Write a sequence of unknown length, as are its items."""
    inside = b"".join(
        struct.pack("<HHI", 0xFFFE, 0xE000, UNKNOWN) + item + struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
        for item in items_
    )
    return element(group, number, "SQ", inside + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0), length=UNKNOWN)


def nested(depth: int) -> bytes:
    """Return sequences in sequences."""
    open_ = struct.pack("<HH", 0x40, 0x275) + b"SQ\0\0" + struct.pack("<I", UNKNOWN)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, UNKNOWN)
    close = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return (open_ + item) * depth + close * depth


def deflated_bomb(size: int) -> bytes:
    """Return a file whose elements inflate to ``size``."""
    press = zlib.compressobj(9, wbits=-15)
    block = bytes(1 << 20)
    again = press.compress(block) + press.flush(zlib.Z_FULL_FLUSH)  # the same block, said again and again
    return preface(DEFLATED) + again * (size >> 20) + press.flush()
