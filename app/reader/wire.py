"""Frames between the program and the reader process, and how values travel in them.

A frame is ``<4-byte big-endian length><JSON header><payload>``; the header's ``payload`` is the
payload's length. What comes from the reader process is not believed: lengths are bounded, values are
rebuilt field by field, so a parser that was taken over can at worst show a wrong picture.
"""

from __future__ import annotations

import re
import struct
from dataclasses import asdict
from typing import Any, BinaryIO, cast

import orjson

from app.reader.sandbox.protection import Protection
from app.reader.values import (
    Block,
    Bullets,
    Embedded,
    Kind,
    Opened,
    Paragraph,
    PatientSeen,
    Section,
    Table,
)

__all__ = [
    "Header",
    "Truncated",
    "clean",
    "hello_from",
    "hello_to",
    "opened_from",
    "opened_to",
    "read_frame",
    "write_frame",
]

Header = dict[str, Any]
MAX_HEADER = 64 << 20
MAX_PAYLOAD = 512 << 20
_LENGTH = struct.Struct(">I")

# Control characters drive a terminal, overrides of direction turn a name around: neither is a word.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


class Truncated(Exception):  # it never leaves this package
    """The other side stopped, or sent what is no frame."""


def write_frame(sink: BinaryIO, header: Header, payload: bytes | memoryview = b"") -> None:
    """Send one frame and flush it."""
    raw = orjson.dumps({**header, "payload": len(payload)})
    sink.write(_LENGTH.pack(len(raw)) + raw)
    sink.write(payload)
    sink.flush()


def read_frame(source: BinaryIO) -> tuple[Header, bytes]:
    """Read one frame; :class:`Truncated` at the end of the stream or when it is no frame."""
    (length,) = _LENGTH.unpack(_exactly(source, _LENGTH.size))
    if length > MAX_HEADER:
        raise Truncated
    try:
        header = orjson.loads(_exactly(source, length))
    except orjson.JSONDecodeError as fault:
        raise Truncated from fault
    size = header.get("payload") if isinstance(header, dict) else None
    if not isinstance(size, int) or not 0 <= size <= MAX_PAYLOAD:
        raise Truncated
    return header, _exactly(source, size)


def _exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size) if size else b""
    if len(data) != size:
        raise Truncated
    return data


def hello_to(protection: Protection) -> Header:
    """Write what the reader process says first."""
    return {"hello": protection.value}


def hello_from(header: Header) -> Protection:
    """Read it; raises ValueError or KeyError where it is none."""
    return Protection(header["hello"])


_BLOCKS: dict[type[Block], str] = {Paragraph: "p", Bullets: "l", Table: "t"}


def opened_to(opened: Opened) -> Header:
    """Write an :class:`Opened` as JSON; the digest is the program's own business."""
    header = asdict(opened)
    header["sections"] = [
        {
            "title": s.title,
            "level": s.level,
            "blocks": [{"is": _BLOCKS[type(b)], **asdict(b)} for b in s.blocks],
        }
        for s in opened.sections
    ]
    return header


def opened_from(header: Header, sha256: str, size: int) -> Opened:
    """Rebuild an :class:`Opened`; raises ValueError, TypeError or KeyError on anything unexpected."""
    return Opened(
        kind=Kind(header["kind"]),
        media_type=str(header["media_type"]),
        sha256=sha256,
        size=size,
        pages=int(header["pages"]),
        title=_text(header["title"]),
        kind_label=_text(header["kind_label"]),
        date=_text(header["date"]),
        author=_text(header["author"]),
        custodian=_text(header["custodian"]),
        patient=_patient(header["patient"]),
        language=_text(header["language"]),
        drawn_pages=int(header["drawn_pages"]),
        sections=tuple(_section(raw) for raw in header["sections"]),
        embedded=tuple(
            Embedded(clean(e["media_type"]), int(e["size"]), clean(e["title"])) for e in header["embedded"]
        ),
        notices=_texts(header["notices"]),
    )


def clean(value: object) -> str:
    """Words as people write them: lines and tabs stay, what is not seen goes."""
    return _UNSEEN.sub("", str(value))


def _text(value: object) -> str | None:
    return None if value is None else clean(value)


def _texts(values: object) -> tuple[str, ...]:
    return tuple(clean(value) for value in cast("list[object]", values))


def _patient(raw: Header | None) -> PatientSeen | None:
    if raw is None:
        return None
    return PatientSeen(clean(raw["name"]), _text(raw["birth_date"]), _text(raw["ins"]))


def _section(raw: Header) -> Section:
    return Section(clean(raw["title"]), int(raw["level"]), tuple(_block(block) for block in raw["blocks"]))


def _block(raw: Header) -> Block:
    if raw["is"] == "t":
        return Table(clean(raw["caption"]), _texts(raw["header"]), tuple(_texts(row) for row in raw["rows"]))
    if raw["is"] == "l":
        return Bullets(_texts(raw["items"]), bool(raw["ordered"]))
    return Paragraph(clean(raw["text"]))
