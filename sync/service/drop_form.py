"""A phone's form as it arrives: one picture after the other, whole, in memory, never on a disk.

Decision: Starlette's own form reader puts files over a mebibyte into a temporary file, in clear. Here the
pieces go to python-multipart's parser and each picture is taken out as soon as its end is seen, so that at
most one lies in memory for each send. The name a phone gives a file is dropped unread. What a file is
follows from its first bytes alone; nothing is decoded here: that is the desktop's reader's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from sync.service.refusals import Refused

if TYPE_CHECKING:
    from sync.service.service import Limits

__all__ = ["Form", "Picture", "kind_of"]

_MEGA = 1_000_000
_HEIF = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)
_MOST_PARTS = 64
_MOST_FIELD = 4096


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """A picture that came whole."""

    content_type: str
    data: bytes


def kind_of(data: bytes | bytearray) -> str:
    """Return the media type that the first bytes tell; refuses all but what phones make of a paper."""
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if data[4:8] == b"ftyp" and bytes(data[8:12]) in _HEIF:
        return "image/heic"
    raise Refused("drop-kind")


class Form:
    """Takes the body piece by piece; :meth:`take` gives what is whole, :meth:`end` says if all of it was."""

    def __init__(self, content_type: str, limits: Limits) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise Refused("drop-empty")
        self._limits = limits
        self._whole: list[Picture] = []
        self._count = self._parts = self._bytes = 0
        self._header = self._value = self._disposition = b""
        self._held: bytearray | None = None
        self._field = 0
        self._has_name = self._is_over = False
        try:
            self._parser = MultipartParser(boundary, self._callbacks())  # type: ignore[arg-type]  # a TypedDict
        except FormParserError:
            raise Refused("drop-cut") from None

    def _callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._name,
            "on_header_value": self._said,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def write(self, piece: bytes) -> None:
        """Read on; refuses too many, too heavy, another kind, and what is no form."""
        try:
            self._parser.write(piece)
        except FormParserError:
            raise Refused("drop-cut") from None

    def take(self) -> list[Picture]:
        """Return the pictures that became whole since the last call."""
        whole, self._whole = self._whole, []
        return whole

    def end(self) -> None:
        """Refuse a form whose end did not come, and one without a picture."""
        if not self._is_over:
            raise Refused("drop-cut")
        if not self._count:
            raise Refused("drop-empty")

    # -- the parser's callbacks

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise self._too_many()
        self._held, self._disposition, self._field = None, b"", 0
        self._header = self._value = b""

    def _name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _said(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition.decode("latin-1"))
        # A file that was not chosen comes with an empty name and nothing inside.
        if b"filename" in options:
            self._held = bytearray()
            self._has_name = bool(options[b"filename"])

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._held is None:
            self._field += end - start
            if self._field > _MOST_FIELD:
                raise Refused("drop-cut")
            return
        self._held += data[start:end]
        self._bytes += end - start
        if len(self._held) > self._limits.picture:
            raise Refused("drop-heavy", limit=self._limits.picture // _MEGA)
        if self._bytes > self._limits.drop:
            raise self._too_many()

    def _end(self) -> None:
        held, self._held = self._held, None
        if held is None or not (held or self._has_name):
            return
        if not held:
            raise Refused("drop-empty")
        self._count += 1
        if self._count > self._limits.pictures:
            raise self._too_many()
        self._whole.append(Picture(kind_of(held), bytes(held)))

    def _all(self) -> None:
        self._is_over = True

    def _too_many(self) -> Refused:
        return Refused("drop-many", pictures=self._limits.pictures, limit=self._limits.drop // _MEGA)
