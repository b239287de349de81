"""The typeface of the papers, cut once per process to one French alphabet.

reportlab cuts and compresses a TrueType font again for each document, which takes ten times longer
than drawing a page. Here the cut, its widths and its character map are made once and shared by all
papers; the price is a constant 14 kB per face in each file. The object speaks reportlab's protocol
for dynamic fonts and stays outside its class tree, which keeps state per document.
"""

from __future__ import annotations

import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import fontpkg_atkinson_hyperlegible
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import TTFontFace, makeToUnicodeCMap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["BOLD", "REGULAR", "font_file", "register", "width_of", "wrap"]

REGULAR, BOLD = "Tandem-Regular", "Tandem-Bold"
_ASCII = range(32, 127)
_BEYOND = "ÀÂÄÆÇÈÉÊËÎÏÔÖÙÛÜŒàâäæçèéêëîïôöùûüÿœáíóúñãõ«»‘’“”„–—…•·°²³µ±×÷≤≥€‰½¼¾§©®√Ω†"
_SPACES = {0xA0: 32, 0x202F: 32, 0x2009: 32}
_NAMES = {REGULAR: "TR", BOLD: "TB"}
_FIXED_SYMBOLIC = 4  # PDF 32000-1 §9.8.2, flag bit 3: the cut has its own encoding


class _Codes(dict[int, int]):
    """Unicode to the cut's code; a character outside the alphabet prints as a question mark."""

    def __missing__(self, key: int) -> int:
        return ord("?")


class _Escapes(dict[int, str]):
    """Unicode to what stands for it inside the parentheses of a PDF string, in ASCII."""

    def __missing__(self, key: int) -> str:
        return "?"


def _escape(code: int) -> str:
    """Write one byte of a PDF string (PDF 32000-1 §7.3.4.2)."""
    char = chr(code)
    if char in "()\\":
        return "\\" + char
    return char if char.isascii() and char.isprintable() else f"\\{code:03o}"


def font_file(name: str) -> Path:
    """Return the TrueType file of one of the two faces."""
    style = name.removeprefix("Tandem-")
    return fontpkg_atkinson_hyperlegible.ROOT / "files" / f"AtkinsonHyperlegible-{style}.ttf"  # type: ignore[no-any-return]


class PaperFont:
    """One face for reportlab: ``_dynamicFont`` protocol, a single shared subset."""

    _multiByte = 1  # noqa: N815 (reportlab's name)
    _dynamicFont = 1  # noqa: N815 (likewise)
    shapable = False

    def __init__(self, name: str) -> None:
        self.fontName = name
        self.face: Any = TTFontFace(str(font_file(name)))
        self._subset = [0] * 32 + list(_ASCII) + [0] + [ord(char) for char in _BEYOND]
        self._codes = _Codes({point: code for code, point in enumerate(self._subset) if point})
        self._codes.update(_SPACES)
        self._widths = {chr(point): self.face.getCharWidth(point) / 1000 for point in self._codes}
        self._escapes = _Escapes({point: _escape(code) for point, code in self._codes.items()})
        self.operand = f"/{_NAMES[name]}"
        data = self.face.makeSubset(self._subset)
        base_name = f"TANDEM+{self.face.name.decode('latin-1')}"
        self._file = _stream(data, f" /Length1 {len(data)}")
        self._map = _stream(makeToUnicodeCMap(base_name, self._subset).encode("latin-1"))
        self._descriptor = self._described(base_name).encode("ascii")
        self._dictionary = self._written(base_name, _NAMES[name]).encode("ascii")

    def stringWidth(self, text: str, size: float, encoding: str = "utf8") -> float:  # noqa: N802 (reportlab's name and arguments)
        """Return the width of the text in points."""
        widths, missing = self._widths, self._widths["?"]
        total: float = sum([widths.get(char, missing) for char in text])
        return total * size

    def splitString(self, text: str, doc: object, encoding: str = "utf8") -> list[tuple[int, bytes]]:  # noqa: N802 (likewise)
        """Return the text as one run of the only subset."""
        return [(0, text.translate(self._codes).encode("latin-1"))]

    def getSubsetInternalName(self, subset: int, doc: Any) -> str:  # noqa: ANN401, N802 (likewise)
        """Return the name of the font, the same in every document, announcing it on first use."""
        if self.fontName not in doc.fontMapping:
            doc.fontMapping[self.fontName] = self.operand
            doc.delayedFonts.append(self)
        return self.operand

    def literal(self, text: str) -> str:
        """Return the text as a PDF string in the cut's own code, without its parentheses."""
        return text.translate(self._escapes)

    def addObjects(self, doc: Any) -> None:  # noqa: ANN401, N802 (likewise)
        """Write the font's objects into the document: dictionary, descriptor, map, stream."""
        name = self.operand[1:]
        file = doc.Reference(_Ready(self._file), f"file:{name}")
        descriptor = doc.Reference(_Ready(self._descriptor, file), f"descriptor:{name}")
        characters = doc.Reference(_Ready(self._map), f"map:{name}")
        font = _Ready(self._dictionary, descriptor, characters)
        doc.Reference(font, name)
        doc.idToObject["BasicFonts"].dict[name] = font

    def _described(self, base_name: str) -> str:
        face = self.face
        numbers = {
            "Ascent": face.ascent,
            "Descent": face.descent,
            "CapHeight": face.capHeight,
            "Flags": _FIXED_SYMBOLIC,
            "ItalicAngle": face.italicAngle,
            "StemV": face.stemV,
            "MissingWidth": face.defaultWidth,
        }
        said = " ".join(f"/{key} {round(value)}" for key, value in numbers.items())
        box = _array(face.bbox)
        return f"<< /Type /FontDescriptor /FontName /{base_name} /FontBBox {box} {said} /FontFile2 %s >>"

    def _written(self, base_name: str, name: str) -> str:
        widths = _array([self.face.getCharWidth(point) for point in self._subset])
        return (
            f"<< /Type /Font /Subtype /TrueType /Name /{name} /BaseFont /{base_name} /FirstChar 0 "
            f"/LastChar {len(self._subset) - 1} /Widths {widths} /FontDescriptor %s /ToUnicode %s >>"
        )


class _Ready(pdfdoc.PDFObject):  # type: ignore[misc] # reportlab has no types
    """An object written once for all documents, but for the references (``%s``) that each has its own."""

    __RefOnly__ = 1

    def __init__(self, written: bytes, *references: Any) -> None:  # noqa: ANN401 (reportlab has no types)
        self._written = written
        self._references = references

    def format(self, document: Any) -> bytes:  # noqa: ANN401 (likewise)
        """Return the object in PDF."""
        if not self._references:
            return self._written
        return self._written % tuple(each.format(document) for each in self._references)


def _array(numbers: Sequence[float]) -> str:
    return f"[{' '.join(str(round(number)) for number in numbers)}]"


def _stream(data: bytes, more: str = "") -> bytes:
    packed = zlib.compress(data, 9)
    head = f"<< /Filter /FlateDecode /Length {len(packed)}{more} >>\nstream\n"
    return head.encode("ascii") + packed + b"\nendstream\n"


@cache
def register() -> dict[str, PaperFont]:
    """Make the two faces known to reportlab, once per process."""
    fonts = {name: PaperFont(name) for name in (REGULAR, BOLD)}
    for font in fonts.values():
        pdfmetrics.registerFont(font)
    return fonts


def width_of(text: str, font: str, size: float) -> float:
    """Return the width of the text in points."""
    return register()[font].stringWidth(text, size)


def wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """Break the text into lines no wider than ``width``; a longer word stands alone on its line."""
    lines: list[str] = []
    line, used = "", 0.0
    space = width_of(" ", font, size)
    for word in text.split(" "):
        length = width_of(word, font, size)
        if line and used + space + length > width:
            lines.append(line)
            line, used = word, length
        elif line:
            line, used = f"{line} {word}", used + space + length
        else:
            line, used = word, length
    return [*lines, line]
