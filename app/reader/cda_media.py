"""Documents inside a CDA: taken out, opened by what their content says they are, never by their label."""

from __future__ import annotations

import binascii
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.reader.errors import BrokenFile, FileRefused, NotAccepted, TooHeavy
from app.reader.pdf import PdfDocument
from app.reader.picture import PictureDocument
from app.reader.plain import RtfDocument, TextDocument
from app.reader.sniffing import kind_of
from app.reader.values import Kind, Limits

if TYPE_CHECKING:
    from app.reader.cda_xml import Element, Source
    from app.reader.pages import Document, Pages

__all__ = ["Inner", "open_inner", "unpack"]

MAX_UNPACKED = 60_000_000
_BASE64 = re.compile(rb"\s*+(?:[A-Za-z0-9+/]{40,}+\s*+)++[A-Za-z0-9+/]*+={0,2}\s*+")
_WINDOWS: dict[str, int] = {"DF": -15, "ZL": 15, "GZ": 31}


@dataclass(frozen=True, slots=True)
class Inner:
    """One embedded document: its bytes, and itself opened, or why it was refused."""

    name: str
    title: str
    data: bytes
    media_type: str
    document: Document | None
    refused: FileRefused | None = None

    @property
    def pages(self) -> Pages | None:
        """Its pages, when it has pictures of its own; a text is set with the CDA's own words."""
        if self.document is None or self.document.opened.sections:
            return None
        return self.document.pages


def open_inner(source: Source, holder: Element, name: str, title: str, limits: Limits) -> Inner:
    """Open what an ``ED`` element (``value`` of observationMedia, ``text`` of nonXMLBody) holds."""
    declared = (holder.get("mediaType") or "").split(";")[0].strip().lower()[:60]
    data = b""
    try:
        data = unpack(source, holder)
        document = _open(data, declared, limits)
    except FileRefused as refused:
        return Inner(name, title, data, declared, None, refused)
    return Inner(name, title, data, document.opened.media_type, document)


def unpack(source: Source, holder: Element) -> bytes:
    """Give the bytes of an ``ED`` element; raises BrokenFile."""
    raw = source.text(holder)
    if b"<" in raw or b"]]>" in raw:
        raw = re.sub(rb"<!--.*?-->|<!\[CDATA\[|\]\]>", b"", raw, flags=re.DOTALL)
    if (holder.get("representation") or "").upper() == "B64" or _BASE64.fullmatch(raw):
        raw = _from_base64(raw)
    packing = (holder.get("compression") or "").upper()
    return _inflate(raw, _WINDOWS[packing]) if packing in _WINDOWS else raw


def _from_base64(raw: bytes) -> bytes:
    clean = raw.translate(None, b" \t\r\n\f\v").rstrip(b"=")
    try:
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4), strict_mode=False)
    except binascii.Error as fault:
        raise BrokenFile from fault


def _inflate(data: bytes, window: int) -> bytes:
    """Undo a packing; a file that says it is packed and is not stays as it is."""
    machine = zlib.decompressobj(window)
    try:
        plain = machine.decompress(data, MAX_UNPACKED)
    except zlib.error:
        return data
    if machine.unconsumed_tail:
        raise TooHeavy(size=len(plain), limit=MAX_UNPACKED)
    return plain


def _open(data: bytes, declared: str, limits: Limits) -> Document:
    if not data.strip():
        raise BrokenFile
    kind = kind_of(data)
    if kind is Kind.TEXT and declared.startswith(("image/", "application/pdf")):
        raise BrokenFile  # what is left of a file is no text to read
    if kind is Kind.PDF:
        return PdfDocument(data, limits)
    if kind is Kind.CDA:
        raise NotAccepted(kind="cda")  # one inside the other could go on without end
    if kind is Kind.RTF:
        return RtfDocument(data)
    return TextDocument(data) if kind is Kind.TEXT else PictureDocument(data, kind, limits)
