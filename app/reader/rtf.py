"""RTF: its words, and what it carries besides them. Never its layout.

The file is first written anew (``rtf_writer``), then striprtf takes the words. Headings, feet and notes of
pages stay, since a letter's head names the doctor; cells are kept apart.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from striprtf.striprtf import rtf_to_text

from app.reader.errors import BrokenFile, EmptyFile, NotAccepted, TooHeavy
from app.reader.rtf_writer import rewritten, written
from app.reader.values import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MOST_WORDS", "notices", "words"]

MOST_WORDS = 30_000_000
CELL = "\ue000"  # a private letter: no font has it, no paper uses it

_RUNS = re.compile(rb"\\(?:objocx|objupdate|objautlink)\b|\\fldinst[^}]{0,40}\bDDE", re.IGNORECASE)
_OBJECT = re.compile(rb"\\objdata\b")
_PICTURE = re.compile(rb"\\pict\b")
_ASIDE = re.compile(rb"\{\\(?:header|footer)[flr]?(?![a-z])")
_NOTE = re.compile(rb"\{\\footnote(?![a-z])")
_ESCAPED = re.compile(rb"\\[\\{}]")
_CELL_END = re.compile(rb"\\(?:nest)?cell(?![a-z]) ?")
_BLANK = b"\xef\xbb\xbf \t\r\n\x00"


def words(data: bytes) -> str:
    """Return the words of an RTF; raises BrokenFile when a group is left open: its end is missing.

    Without words it is an EmptyFile, or NotAccepted when a picture is all there is.
    """
    data = _without_mark(data)
    try:
        text = _read(data)
    except (ValueError, OverflowError, LookupError) as fault:  # numbers that no letter has, no page of codes
        raise BrokenFile from fault
    if not text.strip():
        raise NotAccepted(kind="picture") if _PICTURE.search(data) else EmptyFile
    return text


def _read(data: bytes) -> str:
    prepared = _prepared(data)
    bare = _ESCAPED.sub(b"", prepared)
    if bare.count(b"{") > bare.count(b"}"):
        raise BrokenFile
    if len(prepared) > MOST_WORDS:
        raise TooHeavy(size=len(prepared), limit=MOST_WORDS)
    read: Callable[..., str] = rtf_to_text
    text = read(prepared.decode("latin-1"), encoding=_code_page(data), errors="replace")
    return _whole_letters(re.sub(rf"{CELL}[ \t]*(?=\n|$)", "", text).replace(CELL, " | "))


def notices(data: bytes) -> Iterator[Notice]:
    """Tell what the words do not: programs, files and pictures inside."""
    if _RUNS.search(data):
        yield Notice.SCRIPT_NOT_RUN
    if _OBJECT.search(data):
        yield Notice.EMBEDDED_FILES
    if _PICTURE.search(data):
        yield Notice.EMBEDDED_NOT_SHOWN


def _without_mark(data: bytes) -> bytes:
    """Drop what an editor put before the RTF; behind its mark, accents written raw are UTF-8."""
    bare = data.lstrip(_BLANK)
    if not data.startswith(codecs.BOM_UTF8):
        return bare
    try:
        text = bare.decode("utf-8")
    except UnicodeDecodeError:
        return bare
    return re.sub(r"[^\x00-\x7f]", lambda found: written(found[0]).decode("ascii"), text).encode("ascii")


def _prepared(data: bytes) -> bytes:
    data = rewritten(data)
    data = _NOTE.sub(b"{ ", _ASIDE.sub(rb"{\\par ", data))
    return _CELL_END.sub(lambda _: written(CELL), data)


def _whole_letters(text: str) -> str:
    """Join the halves that RTF writes of a letter beyond the first 65,536; a half alone is no letter."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _code_page(data: bytes) -> str:
    head = data[:2000]
    named = re.search(rb"\\ansicpg(\d{3,5})", head)
    old = next(
        (page for mark, page in ((b"\\mac", "mac_roman"), (b"\\pca", "cp850")) if mark in head), "cp1252"
    )
    page = f"cp{int(named.group(1))}" if named else old
    try:
        return codecs.lookup(page).name
    except LookupError:
        return "cp1252"
