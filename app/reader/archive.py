"""A stranger's ZIP, looked at whole before a byte of it is inflated; its members are read in memory only.

Decision: the central directory is the one truth, and it must be a plain one. Whatever two programs could
understand differently (members that overlap, two names for one file, bytes before or after, a 64-bit
directory that no file of this size needs, a local header that says something else) is refused with its
reason, and not repaired. Nothing is ever written, so a name can lead nowhere; a bad one is refused all the
same, because the person may open the same file elsewhere.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from app.reader.errors import BrokenFile, PasswordProtected, UnsafeArchive

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_MEMBERS", "MAX_RATIO", "MAX_TOTAL", "Archive", "Member", "Reason"]

MAX_MEMBERS = 1_000
MAX_TOTAL = 250_000_000
MAX_RATIO = 100
MAX_NAME = 255
MAX_COMMENT = 65_535

_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_END_MARK, _ENTRY_MARK, _LOCAL_MARK = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
_ZIP64_LOCATOR = b"PK\x06\x07"
_LOCKED = 0x1 | 0x40 | 0x2000  # encrypted, strongly, its directory too
_UTF8 = 0x800
_STORED, _DEFLATED = 0, 8
_SATURATED = (0xFFFF, 0xFFFFFFFF)
_UNIX = 3
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?")


class Reason(StrEnum):
    """Why an archive is refused."""

    MEMBERS = "members"
    NAMES = "names"
    LINKS = "links"
    RATIO = "ratio"
    TOTAL = "total"
    OVERLAP = "overlap"
    ZIP64 = "zip64"
    METHOD = "method"
    AROUND = "around"
    LIES = "lies"


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive, as the central directory tells it; ``start`` is its local header."""

    name: str
    method: int
    checksum: int
    packed: int
    size: int
    start: int

    @property
    def is_folder(self) -> bool:
        """A folder has a name and nothing else."""
        return self.name.endswith("/")


class Archive:
    """The members of a ZIP that kept to the rules; raises UnsafeArchive, PasswordProtected, BrokenFile."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        count, size, start = _directory(data)
        members = list(_members(data, count, start, start + size))
        _check_names(members)
        _check_sizes(members)
        self._places = _places(data, members, start)
        self.members = tuple(one for one in members if not one.is_folder)
        self._by_name = {one.name.casefold(): one for one in self.members}

    def find(self, name: str) -> Member | None:
        """Return the member of this name, in whatever case it is written."""
        return self._by_name.get(name.casefold())

    def read(self, member: Member) -> bytes:
        """Inflate one member, never beyond the size it claims; its checksum must hold."""
        packed = self._data[self._places[member.name] :][: member.packed]
        plain = packed if member.method == _STORED else _inflated(packed, member.size)
        if len(plain) != member.size or zlib.crc32(plain) != member.checksum:
            raise BrokenFile
        return plain


def _directory(data: bytes) -> tuple[int, int, int]:
    """Find the end record: it must be the very end, right after the directory it tells of."""
    place = data.rfind(_END_MARK, max(0, len(data) - _END.size - MAX_COMMENT))
    if place < 0 or place + _END.size > len(data):
        raise BrokenFile
    _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(data, place)
    if data.find(_ZIP64_LOCATOR, max(0, place - 20), place) >= 0 or _is_saturated(count, size, start):
        raise UnsafeArchive(reason=Reason.ZIP64)
    if disk or first_disk or here != count:
        raise UnsafeArchive(reason=Reason.LIES)
    if place + _END.size + comment != len(data) or start + size != place:
        raise UnsafeArchive(reason=Reason.AROUND)
    if count > MAX_MEMBERS:
        raise UnsafeArchive(reason=Reason.MEMBERS)
    return count, size, start


def _is_saturated(*values: int) -> bool:
    return any(value in _SATURATED for value in values)


def _members(data: bytes, count: int, place: int, end: int) -> Iterator[Member]:
    for _ in range(count):
        if place + _ENTRY.size > end:
            raise BrokenFile
        mark, _, system, _, _, flags, method, _, _, crc, packed, size, *lengths = _ENTRY.unpack_from(
            data, place
        )
        named, extra, comment, disk, _, external, start = lengths
        if mark != _ENTRY_MARK:
            raise BrokenFile
        if flags & _LOCKED:
            raise PasswordProtected
        if _is_saturated(packed, size, start):
            raise UnsafeArchive(reason=Reason.ZIP64)
        if method not in {_STORED, _DEFLATED}:
            raise UnsafeArchive(reason=Reason.METHOD)
        if disk or (method == _STORED and packed != size):
            raise UnsafeArchive(reason=Reason.LIES)
        _check_type(system, external)
        name = data[place + _ENTRY.size :][:named]
        yield Member(_named(name, flags), method, crc, packed, size, start)
        place += _ENTRY.size + named + extra + comment
    if place != end:
        raise UnsafeArchive(reason=Reason.LIES)


def _check_type(system: int, external: int) -> None:
    """Files and folders only: a link, a pipe or a device is no document."""
    kind = stat.S_IFMT(external >> 16)
    if system == _UNIX and kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise UnsafeArchive(reason=Reason.LINKS)


def _named(raw: bytes, flags: int) -> str:
    if flags & _UTF8:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as fault:
            raise UnsafeArchive(reason=Reason.NAMES) from fault
    return raw.decode("cp437")


def _check_names(members: list[Member]) -> None:
    for member in members:
        if not _is_plain(member.name):
            raise UnsafeArchive(reason=Reason.NAMES)
    if len({one.name.rstrip("/").casefold() for one in members}) != len(members):
        raise UnsafeArchive(reason=Reason.NAMES)


def _is_plain(name: str) -> bool:
    """Say whether every system would put the file below the folder it is unpacked in."""
    parts = name.removesuffix("/").split("/")
    return (
        0 < len(name) <= MAX_NAME
        and not any(letter < " " or letter in '\\:*?"<>|\x7f' for letter in name)
        and all(part.strip(". ") and part == part.rstrip(". ") for part in parts)
        and not any(_DEVICE.fullmatch(part.casefold()) for part in parts)
    )


def _check_sizes(members: list[Member]) -> None:
    total, packed = sum(one.size for one in members), sum(one.packed for one in members)
    if total > MAX_TOTAL:
        raise UnsafeArchive(reason=Reason.TOTAL)
    if total > MAX_RATIO * packed or any(one.size > MAX_RATIO * one.packed for one in members):
        raise UnsafeArchive(reason=Reason.RATIO)
    if any(one.is_folder and one.size for one in members):
        raise UnsafeArchive(reason=Reason.LIES)


def _places(data: bytes, members: list[Member], directory: int) -> dict[str, int]:
    """Say where each member's bytes begin; no two may share a byte, and none may reach the directory."""
    spans: list[tuple[int, int]] = []
    places: dict[str, int] = {}
    for member in members:
        begin = _begin(data, member, directory)
        places[member.name] = begin
        spans.append((member.start, begin + member.packed))
    spans.sort()
    if spans and spans[0][0] != 0:
        raise UnsafeArchive(reason=Reason.AROUND)
    if any(end > following for (_, end), (following, _) in pairwise([*spans, (directory, directory)])):
        raise UnsafeArchive(reason=Reason.OVERLAP)
    return places


def _begin(data: bytes, member: Member, directory: int) -> int:
    """Read the local header only to see that it tells the same."""
    if member.start + _LOCAL.size > directory:
        raise UnsafeArchive(reason=Reason.OVERLAP)
    mark, _, flags, method, _, _, _, _, _, named, extra = _LOCAL.unpack_from(data, member.start)
    if mark != _LOCAL_MARK:
        raise BrokenFile
    name = data[member.start + _LOCAL.size :][:named]
    if method != member.method or flags & _LOCKED or _named(name, flags) != member.name:
        raise UnsafeArchive(reason=Reason.LIES)
    return int(member.start + _LOCAL.size + named + extra)


def _inflated(packed: bytes, size: int) -> bytes:
    machine = zlib.decompressobj(-15)
    try:
        plain = machine.decompress(packed, size + 1)
    except zlib.error as fault:
        raise BrokenFile from fault
    if len(plain) > size:
        raise UnsafeArchive(reason=Reason.LIES)
    return plain
