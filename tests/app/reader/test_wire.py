"""The pipe between the program and the reader process: what comes back is rebuilt, never believed."""

from __future__ import annotations

import io
import struct
from typing import Any

import orjson
import pytest

from app.reader.values import (
    Bullets,
    Embedded,
    Kind,
    Opened,
    Paragraph,
    PatientSeen,
    Section,
    Table,
)
from app.reader.wire import Truncated, clean, opened_from, opened_to, read_frame, write_frame

WHOLE = Opened(
    kind=Kind.CDA,
    media_type="text/xml",
    sha256="ab",
    size=12,
    pages=3,
    title="Titre",
    kind_label="Lettre",
    date="2026-11-03",
    author="Dr Lefèvre",
    custodian="Maison de santé",
    patient=PatientSeen("Jeanne MARTIN", "1946-05-03", "246051803399112"),
    language="fr",
    drawn_pages=1,
    sections=(
        Section(
            "Un",
            1,
            (
                Paragraph("mot"),
                Bullets(("a", "b"), ordered=True),
                Table("t", ("x", "y"), (("1", "2"), ("3", "4"))),
            ),
        ),
    ),
    embedded=(Embedded("application/pdf", 5, "copie"),),
    notices=("embedded-files",),
)


def sent(opened: Opened) -> dict[str, Any]:
    """Return the header as it arrives."""
    pipe = io.BytesIO()
    write_frame(pipe, opened_to(opened))
    pipe.seek(0)
    return read_frame(pipe)[0]


def test_a_document_travels_whole() -> None:
    """Every field; digest and size are the program's own."""
    assert opened_from(sent(WHOLE), "ab", 12) == WHOLE
    bare = Opened(kind=Kind.PNG, media_type="image/png", sha256="cd", size=9, pages=1)
    assert opened_from(sent(bare), "cd", 9) == bare


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "program"},
        {"kind": None},
        {"pages": "many"},
        {"sections": 7},
        {"sections": [{"title": "x"}]},
        {"sections": [{"title": "x", "level": 1, "blocks": [{"is": "t"}]}]},
        {"notices": None},
        {"embedded": [{}]},
        {"patient": "x"},
    ],
)
def test_what_is_no_document_is_an_error(wrong: dict[str, object]) -> None:
    """A parser that was taken over may send anything."""
    with pytest.raises((KeyError, TypeError, ValueError)):
        opened_from({**sent(WHOLE), **wrong}, "ab", 12)


def test_words_carry_nothing_unseen() -> None:
    """Lines and tabs stay."""
    assert clean("a\tb\nc") == "a\tb\nc"
    assert clean("a\x1b[2Jb\x07\x00\x9b\r\x0c") == "a[2Jb"
    assert clean("\ufeffJean\u202eniaC\u2069") == "JeanniaC"
    assert clean("l’été œ € 😀 العربية") == "l’été œ € 😀 العربية"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x00",
        struct.pack(">I", 10) + b"{",
        struct.pack(">I", 5) + b"not j",
        struct.pack(">I", 2) + b"[]",
        struct.pack(">I", 2) + b"{}",
        struct.pack(">I", 14) + b'{"payload":-1}',
        struct.pack(">I", 15) + b'{"payload":"9"}',
        struct.pack(">I", 14) + b'{"payload":99}' + b"too few",
        struct.pack(">I", 24) + b'{"payload":999999999999}',
        struct.pack(">I", 2**31) + b"{}",
    ],
)
def test_what_is_no_frame_is_truncated(data: bytes) -> None:
    """Lengths are bounded before anything is read into memory."""
    with pytest.raises(Truncated):
        read_frame(io.BytesIO(data))


def test_a_frame_carries_bytes_beside_its_words() -> None:
    """Several follow one another."""
    pipe = io.BytesIO()
    write_frame(pipe, {"do": "open"}, memoryview(b"\x00\xff" * 9))
    write_frame(pipe, {"do": "page", "number": 3})
    pipe.seek(0)
    assert read_frame(pipe) == ({"do": "open", "payload": 18}, b"\x00\xff" * 9)
    assert read_frame(pipe)[0]["number"] == 3


def test_half_a_letter_is_refused_before_a_byte_is_written() -> None:
    """The reader process answers with a refusal instead."""
    pipe = io.BytesIO()
    with pytest.raises(TypeError):
        write_frame(pipe, {"title": "\ud83d"})
    assert pipe.getvalue() == b""
    assert issubclass(orjson.JSONEncodeError, TypeError)
