"""The elements of a DICOM file: pydicom reads them, from bytes that were looked at before.

Decision: the file's own preface (group 0002) is read here, so that a deflated file is inflated here, to a
limit; pydicom never inflates. It raises anything on anything, so each question to it is asked alone and
answered by nothing when the element cannot be read.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pydicom.config
from pydicom.filereader import read_dataset

from app.reader.errors import BrokenFile, TooComplex, TooHeavy

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["DicomFile", "items", "number", "numbers", "read", "told", "words"]

MAX_INFLATED = 250_000_000
PREFACE = 132
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = frozenset({"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.8.1"})
_LONG = frozenset({b"OB", b"OW", b"OF", b"SQ", b"UT", b"UN", b"OD", b"OL", b"UC", b"UR", b"OV", b"SV", b"UV"})
_UID = re.compile(r"[0-9.]{1,64}")
_SYNTAX = 0x0010
_MOST_WORDS = 4_000

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE


@dataclass(frozen=True, slots=True)
class DicomFile:
    """The elements, and the transfer syntax that says how the pixels are packed."""

    elements: Dataset
    syntax: str


def read(data: bytes) -> DicomFile:
    """Read the elements of a file; raises BrokenFile, TooHeavy, TooComplex."""
    syntax, place = _preface(data)
    body = data[place:]
    if syntax in DEFLATED:
        body = _inflated(body)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            elements = read_dataset(io.BytesIO(body), syntax == IMPLICIT, syntax != BIG_ENDIAN)
    except (RecursionError, MemoryError) as fault:
        raise TooComplex from fault
    except Exception as fault:  # a stranger's bytes may break it in any way
        raise BrokenFile from fault
    if not len(elements):
        raise BrokenFile
    return DicomFile(elements, syntax)


def _preface(data: bytes) -> tuple[str, int]:
    """Read group 0002, which is always explicit and little endian; return the syntax and where it ends."""
    place, syntax = PREFACE, ""
    while data[place : place + 2] == b"\x02\x00":
        length, header = _length(data, place)
        if place + header + length > len(data):
            raise BrokenFile
        if int.from_bytes(data[place + 2 : place + 4], "little") == _SYNTAX:
            syntax = data[place + header :][: min(length, 64)].rstrip(b"\0 ").decode("ascii", "replace")
        place += header + length
    if not _UID.fullmatch(syntax):
        raise BrokenFile
    return syntax, place


def _length(data: bytes, place: int) -> tuple[int, int]:
    """Return the length of an element's value, and that of what stands before it."""
    try:
        if data[place + 4 : place + 6] in _LONG:
            return struct.unpack_from("<I", data, place + 8)[0], 12
        return struct.unpack_from("<H", data, place + 6)[0], 8
    except struct.error as fault:
        raise BrokenFile from fault


def _inflated(packed: bytes) -> bytes:
    machine = zlib.decompressobj(-15)
    try:
        plain = machine.decompress(packed, MAX_INFLATED)
    except zlib.error as fault:
        raise BrokenFile from fault
    if machine.unconsumed_tail:
        raise TooHeavy(size=len(plain), limit=MAX_INFLATED)
    return plain


def told(elements: Dataset | None, keyword: str) -> Any:  # noqa: ANN401  # pydicom's values are of every type
    """Return an element's value; None where it is absent or cannot be read."""
    if elements is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return elements.get(keyword)
    except RecursionError as fault:
        raise TooComplex from fault
    except Exception:  # noqa: BLE001  # as in read()
        return None


def words(elements: Dataset | None, keyword: str) -> str:
    """Return an element's words with single blanks; empty where there are none."""
    value = told(elements, keyword)
    try:
        return " ".join(str(value)[:_MOST_WORDS].replace("\0", " ").split()) if value is not None else ""
    except Exception:  # noqa: BLE001  # a name is decoded only when it is asked for
        return ""


def numbers(elements: Dataset | None, keyword: str) -> list[float]:
    """Return an element's numbers, each finite; empty where there is none or one is no number."""
    value = told(elements, keyword)
    if value is None or isinstance(value, str | bytes):
        return []
    try:
        found = [float(one) for one in (value if hasattr(value, "__iter__") else [value])]
    except (TypeError, ValueError, OverflowError):
        return []
    return found if all(abs(one) < 1e18 for one in found) else []  # noqa: PLR2004  # neither infinite nor NaN


def number(elements: Dataset | None, keyword: str, otherwise: int = 0) -> int:
    """Return an element's first number as a whole one."""
    found = numbers(elements, keyword)
    return int(found[0]) if found else otherwise


def items(elements: Dataset | None, keyword: str) -> list[Dataset]:
    """Return the items of a sequence; none where it is absent or something else."""
    value = told(elements, keyword)
    try:
        return list(value) if type(value).__name__ == "Sequence" else []
    except RecursionError as fault:
        raise TooComplex from fault
    except Exception:  # noqa: BLE001  # as in read()
        return []
