"""Words that someone typed onto a PDF: the values of its form fields, and notes laid on its pages.

PDFium draws them but leaves them out of the page's text, so a filled-in form would be read aloud empty.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from pypdfium2 import raw

if TYPE_CHECKING:
    from collections.abc import Callable

    import pypdfium2 as pdfium

__all__ = ["typed_words"]

MOST_NOTES = 2000
MOST_LETTERS = 20_000
HIDDEN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
WRITTEN = frozenset({raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX})
TICKED = frozenset({raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON})


def typed_words(pdf: pdfium.PdfDocument, page: pdfium.PdfPage) -> list[str]:
    """Return what was typed, from the top of the page to its foot; a ticked box is ``☑`` and its name."""
    form = pdf.formenv.raw if pdf.formenv else None
    found: list[tuple[float, float, str]] = []
    for number in range(min(raw.FPDFPage_GetAnnotCount(page.raw), MOST_NOTES)):
        note = raw.FPDFPage_GetAnnot(page.raw, number)
        if not note:
            continue
        try:
            words = "" if raw.FPDFAnnot_GetFlags(note) & HIDDEN else _words(form, note)
            if words.strip():
                found.append((*_place(note), words.strip()))
        finally:
            raw.FPDFPage_CloseAnnot(note)
    return [words for *_, words in sorted(found)]


def _words(form: Any, note: Any) -> str:  # noqa: ANN401  # handles of PDFium
    kind = raw.FPDFAnnot_GetSubtype(note)
    if kind == raw.FPDF_ANNOT_FREETEXT:
        return _text(lambda *room: raw.FPDFAnnot_GetStringValue(note, b"Contents", *room))
    if kind != raw.FPDF_ANNOT_WIDGET or not form:
        return ""
    field = raw.FPDFAnnot_GetFormFieldType(form, note)
    if field in TICKED and raw.FPDFAnnot_IsChecked(form, note):
        return f"☑ {_text(lambda *room: raw.FPDFAnnot_GetFormFieldAlternateName(form, note, *room))}"
    if field in WRITTEN and not raw.FPDFAnnot_GetFormFieldFlags(form, note) & raw.FPDF_FORMFLAG_TEXT_PASSWORD:
        return _text(lambda *room: raw.FPDFAnnot_GetFormFieldValue(form, note, *room))
    return ""


def _text(ask: Callable[..., int]) -> str:
    """Ask for the length in bytes, then for the UTF-16 text itself."""
    size = min(ask(None, 0), 2 * MOST_LETTERS)
    room = (ctypes.c_ushort * (size // 2 + 1))()
    ask(room, size)
    return bytes(room)[:size].decode("utf-16-le", "ignore").rstrip("\0")


def _place(note: Any) -> tuple[float, float]:  # noqa: ANN401
    box = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(note, box):
        return 0.0, 0.0
    return -max(box.top, box.bottom), box.left
