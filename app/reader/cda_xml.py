"""A stranger's XML made into a tree that is safe to walk.

Decision: before libxml2 sees a byte, one linear scan refuses document types, counts depth and elements,
and takes embedded files (base64) out of the text: libxml2 refuses a text over ten million characters
unless ``huge_tree`` lifts all of its own guards with it, and we keep those guards. The bytes are brought
to UTF-8 by our own short list of encodings, so that no codec is chosen by the file.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from app.reader.errors import BrokenFile, NotAccepted, TooComplex, UnsafeXml

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HL7", "Element", "Source", "children", "find", "local", "parse", "tree_of"]

Element = etree._Element  # noqa: SLF001  # the only name lxml has for its element type

HL7 = "urn:hl7-org:v3"
ROOT = f"{{{HL7}}}ClinicalDocument"
MAX_DEPTH = 128
MAX_ELEMENTS = 400_000
CUT_OVER = 50_000
_MARK = "\ue000"

_TOKEN = re.compile(
    rb"<(?:(?P<skip>!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>)|(?P<bad>[!?])"
    rb"|(?P<end>/)?[^\s/>\"'<!?]++(?:[^\"'<>]++|\"[^\"<]*\"|'[^'<]*')*+>)",
    re.DOTALL,
)
_HOLDS_FILE = re.compile(
    rb"\brepresentation\s*=\s*[\"']B64|\bmediaType\s*=\s*[\"'](?:application|image)/", re.IGNORECASE
)
_DECLARATION = re.compile(rb"\s*<\?xml\b[^>]*?\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z][\w.\-]{0,40})[\"']")
_KNOWN = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp\d+|koi8-[rut]|mac-\w+|tis-620|shift_jis\w*|gb2312|gbk|gb18030|big5\w*|euc_\w+|johab"
)
_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """The ``ClinicalDocument`` element, and the long texts that were taken out before parsing."""

    root: Element
    cuts: tuple[bytes, ...]

    def text(self, element: Element) -> bytes:
        """All words below an element, a text that was taken out put back."""
        words = "".join(element.itertext("*"))
        found = re.fullmatch(rf"\s*{_MARK}(\d+){_MARK}\s*", words[:64])
        number = int(found.group(1)) if found else len(self.cuts)
        return self.cuts[number] if number < len(self.cuts) else words.encode()


def parse(data: bytes) -> Source:
    """Read a CDA; raises UnsafeXml, TooComplex, BrokenFile, or NotAccepted when it is another XML."""
    text = _DECLARATION.sub(b"", _as_utf8(data), count=1)
    light, cuts = _scan(text)
    root = _tree(light)
    for element in root.iter(ROOT):
        return Source(element, cuts)
    raise NotAccepted(kind="xml")


def tree_of(data: bytes) -> Element:
    """Read another XML under the same guard, nothing taken out; raises UnsafeXml, TooComplex, BrokenFile."""
    text = _DECLARATION.sub(b"", _as_utf8(data), count=1)
    for _ in _tags(text):
        pass
    return _tree(text)


def _as_utf8(data: bytes) -> bytes:
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _decoded(data, name).encode()
    name = _declared(data)
    if name == "utf-8":
        return _utf8(data)
    if name == "iso8859-1":
        return _western(data).encode()
    return _decoded(data, name).encode()


def _declared(data: bytes) -> str:
    """Name the encoding that the first line claims; UTF-16 can't be true of a line read byte by byte."""
    first = _DECLARATION.match(data[:1000])
    claim = _ENCODING.search(first.group()) if first else None
    if claim is None or claim.group(1).lower().startswith((b"utf-16", b"utf-32", b"ucs")):
        return "utf-8"
    try:
        name = codecs.lookup(claim.group(1).decode("ascii")).name
    except LookupError as fault:
        raise BrokenFile from fault
    if not _KNOWN.fullmatch(name):
        raise BrokenFile
    return "utf-8" if name == "ascii" else name


def _utf8(data: bytes) -> bytes:
    """Keep honest UTF-8; what only claims to be is taken for Windows' own, as browsers do."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _western(data).encode()
    return data


def _western(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as fault:
        raise BrokenFile from fault


def _scan(text: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """Refuse what no honest CDA has; give back the text without its embedded files, and these."""
    kept: list[bytes] = []
    cuts: list[bytes] = []
    place, opened = 0, -1
    for tag in _tags(text):
        if opened >= 0 and tag.start() - opened > CUT_OVER:
            kept += (text[place:opened], f"{_MARK}{len(cuts)}{_MARK}".encode())
            cuts.append(text[opened : tag.start()])
            place = tag.start()
        opened = tag.end() if not tag["end"] and _HOLDS_FILE.search(tag.group()) else -1
    kept.append(text[place:])
    return b"".join(kept), tuple(cuts)


def _tags(text: bytes) -> Iterator[re.Match[bytes]]:
    depth = elements = 0
    for tag in _TOKEN.finditer(text):
        if tag["skip"]:
            continue
        if tag["bad"]:
            raise (UnsafeXml if _reaches_out(text, tag.start()) else BrokenFile)
        if tag["end"]:
            depth -= 1
        else:
            elements += 1
            depth += text[tag.end() - 2] != ord("/")
        if depth > MAX_DEPTH or elements > MAX_ELEMENTS:
            raise TooComplex
        yield tag


def _reaches_out(text: bytes, place: int) -> bool:
    return (
        text[place : place + 10].upper().startswith((b"<!DOCTYPE", b"<!ENTITY", b"<!ELEMENT", b"<!ATTLIST"))
    )


def _tree(text: bytes) -> Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=False,
    )
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError as fault:
        raise (TooComplex if "huge" in str(fault).lower() else BrokenFile) from fault


def local(element: Element) -> str:
    """The element's name without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, *path: str) -> list[Element]:
    """Every element at a path of HL7 names."""
    found = [] if element is None else [element]
    for name in path:
        found = [child for parent in found for child in parent.iterchildren(f"{{{HL7}}}{name}")]
    return found


def find(element: Element | None, *path: str) -> Element | None:
    """Return the first element at a path of HL7 names."""
    return next(iter(children(element, *path)), None)
