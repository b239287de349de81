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
    from pathlib import Path

__all__ = ["BOLD", "REGULAR", "font_file", "register", "width_of", "wrap"]

REGULAR, BOLD = "Tandem-Regular", "Tandem-Bold"
_ASCII = range(32, 127)
_BEYOND = "ÀÂÄÆÇÈÉÊËÎÏÔÖÙÛÜŒàâäæçèéêëîïôöùûüÿœáíóúñãõ«»‘’“”„–—…•·°²³µ±×÷≤≥€‰½¼¾§©®√Ω†"
_SPACES = {0xA0: 32, 0x202F: 32, 0x2009: 32}
_FIXED_SYMBOLIC = 4  # PDF 32000-1 §9.8.2, flag bit 3: the cut has its own encoding


class _Codes(dict[int, int]):
    """Unicode to the cut's code; a character outside the alphabet prints as a question mark."""

    def __missing__(self, key: int) -> int:
        return ord("?")


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
        self._width_array = _array([self.face.getCharWidth(point) for point in self._subset])
        data = self.face.makeSubset(self._subset)
        self._length, self._packed = len(data), zlib.compress(data, 9)
        self._base_name = f"TANDEM+{self.face.name.decode('latin-1')}"
        self._map = zlib.compress(makeToUnicodeCMap(self._base_name, self._subset).encode("latin-1"), 9)

    def stringWidth(self, text: str, size: float, encoding: str = "utf8") -> float:  # noqa: ARG002, N802 (reportlab's name and arguments)
        """Return the width of the text in points."""
        widths, missing = self._widths, self._widths["?"]
        total: float = sum([widths.get(char, missing) for char in text])
        return total * size

    def splitString(self, text: str, doc: object, encoding: str = "utf8") -> list[tuple[int, bytes]]:  # noqa: ARG002, N802 (likewise)
        """Return the text as one run of the only subset."""
        return [(0, text.translate(self._codes).encode("latin-1"))]

    def getSubsetInternalName(self, subset: int, doc: Any) -> str:  # noqa: ANN401, ARG002, N802 (likewise)
        """Return the name of the font in this document, announcing it on first use."""
        if self.fontName not in doc.fontMapping:
            doc.fontMapping[self.fontName] = f"/F{len(doc.fontMapping) + 1}"
            doc.delayedFonts.append(self)
        return str(doc.fontMapping[self.fontName])

    def addObjects(self, doc: Any) -> None:  # noqa: ANN401, N802 (likewise)
        """Write the font's objects into the document: dictionary, descriptor, map, stream."""
        name = self.getSubsetInternalName(0, doc)[1:]
        font = pdfdoc.PDFTrueTypeFont()
        font.Name, font.BaseFont = name, self._base_name
        font.FirstChar, font.LastChar = 0, len(self._subset) - 1
        font.Widths = self._width_array
        font.ToUnicode = doc.Reference(_ready(self._map), f"map:{name}")
        font.FontDescriptor = doc.Reference(self._descriptor(doc, name), f"descriptor:{name}")
        doc.Reference(font, name)
        doc.idToObject["BasicFonts"].dict[name] = font

    def _descriptor(self, doc: Any, name: str) -> Any:  # noqa: ANN401 (reportlab has no types)
        stream = _ready(self._packed, Length1=self._length)
        face = self.face
        return pdfdoc.PDFDictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": pdfdoc.PDFName(self._base_name),
                "Ascent": face.ascent,
                "Descent": face.descent,
                "CapHeight": face.capHeight,
                "Flags": _FIXED_SYMBOLIC,
                "FontBBox": pdfdoc.PDFArray(face.bbox),
                "ItalicAngle": face.italicAngle,
                "StemV": face.stemV,
                "FontFile2": doc.Reference(stream, f"file:{name}"),
                "MissingWidth": face.defaultWidth,
            }
        )


def _array(numbers: list[float]) -> bytes:
    return f"[{' '.join(str(round(number)) for number in numbers)}]".encode("ascii")


def _ready(packed: bytes, **entries: int) -> Any:  # noqa: ANN401 (reportlab has no types)
    """Return a stream whose bytes are compressed already."""
    dictionary = pdfdoc.PDFDictionary({"Filter": pdfdoc.PDFName("FlateDecode"), **entries})
    return pdfdoc.PDFStream(dictionary=dictionary, content=packed + b"\n", filters=())


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
