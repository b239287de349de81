"""The style sheet: only for what Qt paints itself (grounds, fields, scroll bars, progress)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.palette import Palette

__all__ = ["style_sheet"]

_SHEET = """
QWidget {{ color: {ink}; background: transparent; }}
QMainWindow, QDialog, #window {{ background: {paper}; }}
#topbar, #bottombar, #keyboard {{ background: {card}; }}
#topbar {{ border: 0; border-bottom: 2px solid {hair}; }}
#bottombar {{ border: 0; border-top: 2px solid {hair}; }}
QScrollArea {{ border: 0; background: transparent; }}
QLineEdit, QPlainTextEdit, QTextEdit, QTextBrowser {{
  background: {card}; color: {ink}; border: 2px solid {line}; border-radius: 12px;
  padding: 6px 14px; selection-background-color: {accent}; selection-color: {on_accent};
}}
QLineEdit[wrong="true"] {{ border: 3px solid {bad}; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QTextBrowser:focus {{ border-color: {accent}; }}
QScrollBar:vertical {{ background: transparent; width: 22px; margin: 0; }}
QScrollBar::handle:vertical {{
  background: {line}; border-radius: 7px; min-height: 56px; margin: 4px;
}}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
  background: transparent; height: 0; width: 0;
}}
QScrollBar:horizontal {{ background: transparent; height: 22px; margin: 0; }}
QScrollBar::handle:horizontal {{
  background: {line}; border-radius: 7px; min-width: 56px; margin: 4px;
}}
QProgressBar {{
  background: {card}; border: 2px solid {line}; border-radius: 12px; min-height: 20px; max-height: 20px;
}}
QProgressBar::chunk {{ background: {accent}; border-radius: 9px; }}
QToolTip {{ background: {card}; color: {ink}; border: 2px solid {line}; }}
"""


def style_sheet(palette: Palette) -> str:
    """Fill the sheet with the palette's colours."""
    names = {name: getattr(palette, name) for name in palette.__slots__}
    return _SHEET.format(**names)
