"""The recovery sheet on paper: what it opens, the code in large groups and as a picture, where to keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.home_ways import SHEET_QR
from ui.printing.papers import PLAIN, SIZES, _line, _qr_html, _section, _title
from ui.printing.sheets import Frame, TextSheets
from ui.text import _

if TYPE_CHECKING:
    from ui.printing.sheets import Sheets

__all__ = ["print_sheet", "sheets_of"]


def sheets_of(code: str, whose: str) -> Sheets:
    """Lay the sheet out."""
    title = _("Feuille de secours de mon espace de santé")
    frame = Frame(whose, title, _("Gardez-la avec vos papiers importants, loin de l’ordinateur."))
    groups = code.split("-")
    rows = ("&nbsp;&nbsp; ".join(half) for half in (groups[:4], groups[4:]))
    large = "".join(
        f'<p style="font-size:170%; font-weight:700; margin-top:6px; margin-bottom:6px">{row}</p>'
        for row in rows
    )
    html = "".join(
        (
            _title(title),
            _line(_("Ce code ouvre mon espace si cet ordinateur perd sa clé.")),
            large,
            _qr_html(SHEET_QR + code),
            _section(_("Comment s’en servir")),
            _line(_("Ouvrez Tandem, choisissez « J’ai ma feuille de secours », puis recopiez le code.")),
            _section(_("Où la garder")),
            _line(_("Avec vos papiers importants. Qui a cette feuille et l’ordinateur ouvre votre espace.")),
        )
    )
    return TextSheets(html, frame, SIZES[PLAIN])


def print_sheet(code: str, whose: str, printer: str) -> None:
    """Print it on the usual printer; blocks, raises what the printing system raises."""
    from ui.printing import printing_system
    from ui.printing.printers import Order, PrinterMissing

    system = printing_system()
    found = system.printers()
    chosen = next((each for each in found if each.name == printer), None) or next(
        (each for each in found if each.is_default), found[0] if found else None
    )
    if chosen is None:
        raise PrinterMissing
    system.send(sheets_of(code, whose), Order(chosen.name), lambda _done: None, lambda: False)
