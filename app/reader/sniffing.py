"""What bytes are, by their content alone; the name a file carries is never believed."""

from __future__ import annotations

import codecs
import re

from app.reader.errors import NotAccepted
from app.reader.values import Kind

__all__ = ["MEDIA_TYPES", "METADATA", "decode_text", "kind_of"]

MEDIA_TYPES: dict[Kind, str] = {
    Kind.PDF: "application/pdf",
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.TIFF: "image/tiff",
    Kind.TEXT: "text/plain",
    Kind.RTF: "application/rtf",
    Kind.CDA: "text/xml",
    Kind.XDM: "application/zip",
    Kind.DICOM: "application/dicom",
}

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"II*\x00", Kind.TIFF),
    (b"MM\x00*", Kind.TIFF),
    (b"II+\x00", Kind.TIFF),
    (b"MM\x00+", Kind.TIFF),
    (b"{\\rtf", Kind.RTF),
)

# What people do pick by mistake: named, so that the sentence can say what to do about it.
_OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "word"),
    (0, b"GIF8", "gif"),
    (0, b"BM", "picture"),
    (8, b"WEBP", "webp"),
    (4, b"ftyphei", "heic"),
    (4, b"ftyphev", "heic"),
    (4, b"ftypmif1", "heic"),
    (4, b"ftypmsf1", "heic"),
    (4, b"ftypavif", "picture"),
    (4, b"ftyp", "video"),
    (0, b"\x1a\x45\xdf\xa3", "video"),
    (0, b"ID3", "audio"),
    (0, b"OggS", "audio"),
    (0, b"RIFF", "audio"),
    (0, b"MZ", "executable"),
    (0, b"\x7fELF", "executable"),
    (0, b"Rar!", "zip"),
    (0, b"7z\xbc\xaf\x27\x1c", "zip"),
    (0, b"\x1f\x8b", "zip"),
)

_OFFICE: tuple[tuple[bytes, str], ...] = (
    (b"word/", "word"),
    (b"application/vnd.oasis.opendocument.text", "odt"),
    (b"xl/", "xlsx"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "xlsx"),
    (b"ppt/", "pptx"),
)

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# IHE ITI TF-2 §3.32.4.1.2; a folder around it comes of packing it again. Names compare in any case.
METADATA = re.compile(r"(?:[^/]+/)?IHE_XDM/[^/]+/METADATA\.XML", re.IGNORECASE)
_XDM = re.compile(rb"IHE_XDM/[^/\x00]{1,64}/METADATA\.XML", re.IGNORECASE)

_CONTROL = re.compile("[\\x00-\\x08\\x0b\\x0e-\\x1a\\x1c-\\x1f\\x7f]")
_ELEMENT = re.compile(r"<[A-Za-z_][\w:.\-]*(?:\s[^<>]*)?/?>")


def kind_of(data: bytes) -> Kind:
    """Name the kind, or refuse with :class:`NotAccepted` and what the file seems to be."""
    if data[128:132] == b"DICM":  # first: its 128 bytes before are free, and some are a TIFF's (PS3.10 §7.1)
        return Kind.DICOM
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf"):
        return Kind.RTF
    if _is_pdf(data):
        return Kind.PDF
    if data.startswith(b"PK\x03\x04") and _XDM.search(data):
        return Kind.XDM
    for offset, magic, name in _OTHERS:
        if data[offset : offset + len(magic)] == magic:
            raise NotAccepted(kind=_office(data) if name == "zip" else name)
    return _text_or_xml(data)


def _is_pdf(data: bytes) -> bool:
    """Junk before the mark is allowed (ISO 32000-1, Annex H.3), words that only mention it are not."""
    place = data.find(b"%PDF-", 0, 1024)
    return place >= 0 and (not data[:place].strip(b"\xef\xbb\xbf\x00 \t\r\n") or b" obj" in data)


def _office(data: bytes) -> str:
    head = data[:4096] + data[-65_536:]
    return next((name for mark, name in _OFFICE if mark in head), "zip")


def _text_or_xml(data: bytes) -> Kind:
    head = _head(data).lstrip("\ufeff \t\r\n\x00")
    if not head.startswith("<"):
        return Kind.TEXT
    lower = head.casefold()
    if "clinicaldocument" in lower or "stylesheet" in lower or _whole_has_cda(data):
        return Kind.CDA
    if "<html" in lower or "<!doctype html" in lower:
        raise NotAccepted(kind="html")
    if lower.startswith(("<?xml", "<!doctype", "<!--")):
        return Kind.CDA  # the CDA reader says what is wrong with it
    if _ELEMENT.match(head) and data.rstrip(b" \t\r\n\x00").endswith(b">"):
        return Kind.CDA  # likewise: the raw text of an XML is never shown
    return Kind.TEXT


def _head(data: bytes) -> str:
    start = data[:4096]
    for bom, encoding in _BOMS:
        if start.startswith(bom):
            return start.decode(encoding, "ignore")
    if start[:2] == b"<\x00":
        return start.decode("utf-16-le", "ignore")
    if start[:2] == b"\x00<":
        return start.decode("utf-16-be", "ignore")
    return start.decode("latin-1")


def _whole_has_cda(data: bytes) -> bool:
    return b"urn:hl7-org:v3" in data


def decode_text(data: bytes) -> str:
    """Decode plain text (BOM, UTF-8, else Windows-1252); what is no text is refused."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _honest(_decoded(data, encoding))
    if wide := _wide(data[:2000]):
        return _honest(_decoded(data, wide))
    try:
        return _honest(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _honest(_nearly_utf8(data) or _decoded(data, "cp1252"))


def _wide(start: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of European words is zero."""
    low, high = start[0::2], start[1::2]
    if high.count(0) > len(high) * 0.9 and low.count(0) < len(low) * 0.1:
        return "utf-16-le"
    if low.count(0) > len(low) * 0.9 and high.count(0) < len(high) * 0.1:
        return "utf-16-be"
    return None


def _nearly_utf8(data: bytes) -> str | None:
    """UTF-8 with a letter cut or damaged here and there: the other accents must not suffer for it."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    accents = sum(1 for letter in text[:200_000] if letter > "\x7f") - damaged
    return text if accents > 5 * damaged else None


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as fault:
        raise NotAccepted(kind="unknown") from fault


def _honest(text: str) -> str:
    """Text holds no control characters but a few: a file that does is something else."""
    strange = len(_CONTROL.findall(text[:200_000]))
    if "\x00" in text or strange > min(len(text), 200_000) // 200:
        raise NotAccepted(kind="unknown")
    return text.replace("\r\n", "\n").replace("\r", "\n")
