"""Lossless JPEG (ITU-T T.81 annex H, process 14), in which most radiographs and scanners are kept.

Pillow reads none of it, and the library that does is under the GPL. Decision: grey pictures of one scan, as
DICOM has them, are undone here in plain Python, about a second a megapixel; larger ones, colours and restart
marks are said to be unreadable.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.reader.errors import BrokenFile

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_PIXELS", "LosslessPicture", "Unknown", "undo"]

MOST_PIXELS = 6_000_000
_SOI, _EOI, _DHT, _SOF3, _SOS, _DRI = 0xD8, 0xD9, 0xC4, 0xC3, 0xDA, 0xDD
_OTHER_FRAMES = frozenset(range(0xC0, 0xD0)) - {_DHT, _SOF3, 0xC8, 0xCC}
_WIDEST = 16
_NO_CODE = 255

# What is left of, above, and left of above, made into what is expected (table H.1).
_EXPECTED: dict[int, Callable[[int, int, int], int]] = {
    1: lambda left, _above, _corner: left,
    2: lambda _left, above, _corner: above,
    3: lambda _left, _above, corner: corner,
    4: lambda left, above, corner: left + above - corner,
    5: lambda left, above, corner: left + ((above - corner) >> 1),
    6: lambda left, above, corner: above + ((left - corner) >> 1),
    7: lambda left, above, _corner: (left + above) >> 1,
}


class Unknown(Exception):  # it never leaves this package
    """An honest picture of a kind that is not undone here."""


@dataclass(frozen=True, slots=True)
class LosslessPicture:
    """The numbers of a grey picture, row by row."""

    wide: int
    high: int
    bits: int
    numbers: array[int]


@dataclass(slots=True)
class _Read:
    """What the segments before the picture said."""

    bits: int = 0
    high: int = 0
    wide: int = 0
    tables: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)


def undo(data: bytes, size: tuple[int, int]) -> LosslessPicture:
    """Undo a picture of this size; raises Unknown, BrokenFile."""
    read, (table, predictor, shift), place = _segments(data)
    if (read.wide, read.high) != size:
        raise BrokenFile
    if table not in read.tables or predictor not in _EXPECTED or not shift < read.bits:
        raise BrokenFile
    if read.wide * read.high > MOST_PIXELS:
        raise Unknown
    differences = _differences(_plain(data, place), read.tables[table], read.wide * read.high)
    start = 1 << (read.bits - shift - 1)
    numbers = _summed(differences, read.wide, start, _EXPECTED[predictor], is_left=predictor == 1)
    if shift:
        numbers = array("H", [(number << shift) & 0xFFFF for number in numbers])
    return LosslessPicture(read.wide, read.high, read.bits, numbers)


def _segments(data: bytes) -> tuple[_Read, tuple[int, int, int], int]:
    """Read up to the picture; return what was said, (table, predictor, shift), and where it begins."""
    read, place = _Read(), 2
    if data[:2] != b"\xff\xd8":
        raise BrokenFile
    while place + 4 <= len(data) and data[place] == 0xFF:  # noqa: PLR2004  # a marker's first byte
        mark, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        body = data[place + 4 : place + 2 + length]
        if len(body) != length - 2:
            break
        place += 2 + length
        if mark in _OTHER_FRAMES or (mark == _DRI and any(body)):
            raise Unknown
        if mark == _DHT:
            _take_tables(read, body)
        elif mark == _SOF3:
            _take_frame(read, body)
        elif mark == _SOS:
            return read, _scan(body), place
    raise BrokenFile


def _take_tables(read: _Read, body: bytes) -> None:
    while len(body) > _WIDEST:
        counts = body[1:17]
        total = sum(counts)
        read.tables[body[0] & 0x0F] = (counts, body[17 : 17 + total])
        body = body[17 + total :]


def _take_frame(read: _Read, body: bytes) -> None:
    try:
        read.bits, read.high, read.wide, bands = struct.unpack_from(">BHHB", body)
    except struct.error as fault:
        raise BrokenFile from fault
    if bands != 1:
        raise Unknown
    if not 2 <= read.bits <= _WIDEST or not read.high or not read.wide:  # noqa: PLR2004  # T.81 table B.2
        raise BrokenFile


def _scan(body: bytes) -> tuple[int, int, int]:
    if len(body) != 6 or body[0] != 1:  # noqa: PLR2004  # one band: its name, its table, predictor, end, shift
        raise Unknown
    return body[2] >> 4, body[3], body[5] & 0x0F


def _plain(data: bytes, place: int) -> bytes:
    """Take the picture's bits up to the next mark, without the zeros that follow each 0xFF."""
    end = place
    while (end := data.find(b"\xff", end)) >= 0 and data[end + 1 : end + 2] == b"\0":
        end += 2
    return data[place : end if end >= 0 else len(data)].replace(b"\xff\0", b"\xff")


def _lookup(counts: bytes, values: bytes) -> tuple[bytes, bytes]:
    """Return, for each sixteen bits to come, how long its code is and what it stands for."""
    lengths, meanings = bytearray([_NO_CODE]) * (1 << _WIDEST), bytearray(1 << _WIDEST)
    code, at = 0, 0
    for length, count in enumerate(counts, 1):
        for value in values[at : at + count]:
            first, wide = code << (_WIDEST - length), 1 << (_WIDEST - length)
            if first + wide > 1 << _WIDEST or value > _WIDEST:
                raise BrokenFile
            lengths[first : first + wide] = bytes([length]) * wide
            meanings[first : first + wide] = bytes([value]) * wide
            code += 1
        at += count
        code <<= 1
    return bytes(lengths), bytes(meanings)


def _differences(bits: bytes, table: tuple[bytes, bytes], count: int) -> array[int]:
    """Undo the Huffman codes; each says how many bits of the difference follow."""
    lengths, meanings = _lookup(*table)
    found = array("i", bytes(4 * count))
    held = size = place = 0
    end = len(bits)
    for number in range(count):
        if size < 32:  # noqa: PLR2004  # a code and its bits
            held = ((held & ((1 << size) - 1)) << 64) | int.from_bytes(
                bits[place : place + 8].ljust(8, b"\0"), "big"
            )
            size += 64
            place += 8
        ahead = (held >> (size - 16)) & 0xFFFF
        length = lengths[ahead]
        if length == _NO_CODE or place - (size >> 3) > end + 2:
            raise BrokenFile
        size -= length
        wide = meanings[ahead]
        if wide == _WIDEST:
            found[number] = 32_768
        elif wide:
            size -= wide
            value = (held >> size) & ((1 << wide) - 1)
            found[number] = value if value >> (wide - 1) else value - (1 << wide) + 1
    return found


def _summed(
    differences: array[int], wide: int, start: int, expected: Callable[[int, int, int], int], *, is_left: bool
) -> array[int]:
    """Add each difference to what was expected, modulo 2¹⁶; the first column is expected from above."""
    numbers = array("H", bytes(2 * len(differences)))
    left = start
    for at in range(wide):
        left = numbers[at] = (left + differences[at]) & 0xFFFF
    for row in range(wide, len(differences), wide):
        left = numbers[row] = (numbers[row - wide] + differences[row]) & 0xFFFF
        for at in range(row + 1, row + wide):
            guess = left if is_left else expected(left, numbers[at - wide], numbers[at - wide - 1])
            left = numbers[at] = (guess + differences[at]) & 0xFFFF
    return numbers
