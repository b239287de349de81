"""Codes printed on a page (DataMatrix, QR, bars): zxing reads them, in the reader process.

They are data, never followed: only the INS DataMatrix is understood, by :mod:`app.reader.ins_datamatrix`.
"""

from __future__ import annotations

import zxingcpp
from PIL import Image

from app.reader.paper_values import Code

__all__ = ["codes_in"]

MAX_CODES = 20
MAX_TEXT = 4000
_LOOKED_FOR = zxingcpp.BarcodeFormats((zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCode))


def codes_in(picture: Image.Image) -> tuple[Code, ...]:
    """Read the codes of a page, whatever way it lies; small ones are tried once more at twice their size."""
    grey = picture.convert("L")
    found = _read(grey)
    if not found and max(grey.size) <= 2600:  # noqa: PLR2004  # pixels: a page at 200 dots an inch
        found = _read(grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.BICUBIC))
    return found


def _read(grey: Image.Image) -> tuple[Code, ...]:
    seen = zxingcpp.read_barcodes(grey, formats=_LOOKED_FOR, text_mode=zxingcpp.TextMode.Plain)
    kinds = (("DataMatrix" if "matrix" in str(one.format).lower() else "QRCode", one.text) for one in seen)
    return tuple(Code(kind, text[:MAX_TEXT]) for kind, text in kinds)[:MAX_CODES]
