"""What Qt paints itself, in our colours: a palette for the whole program, a style sheet for a few parts.

Decision: the sheet is set on the parts that need one (lines to fill in, texts to read, scroll bars, progress)
and on nothing else. Set on the program it was matched against every widget of every page that opened: a
third of the time of opening one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QPalette

if TYPE_CHECKING:
    from ui.palette import Palette

__all__ = ["qt_palette", "style_sheet"]

_SHEET = """
QLineEdit, QTextEdit {{
  background: {card}; color: {ink}; border: 2px solid {line}; border-radius: 12px;
  padding: 6px 14px; selection-background-color: {accent}; selection-color: {on_accent};
  placeholder-text-color: {soft};
}}
QLineEdit[wrong="true"] {{ border: 3px solid {bad}; }}
QLineEdit:focus, QTextEdit:focus {{ border-color: {accent}; }}
QScrollBar:vertical {{ width: 48px; margin: 48px 0; }}
QScrollBar:horizontal {{ height: 48px; margin: 0 48px; }}
QScrollBar::handle:vertical {{ min-height: 56px; }}
QScrollBar::handle:horizontal {{ min-width: 56px; }}
QScrollBar::sub-line:vertical {{ height: 48px; subcontrol-position: top; subcontrol-origin: margin; }}
QScrollBar::add-line:vertical {{ height: 48px; subcontrol-position: bottom; subcontrol-origin: margin; }}
QScrollBar::sub-line:horizontal {{ width: 48px; subcontrol-position: left; subcontrol-origin: margin; }}
QScrollBar::add-line:horizontal {{ width: 48px; subcontrol-position: right; subcontrol-origin: margin; }}
QProgressBar {{
  background: {card}; border: 2px solid {line}; border-radius: 12px; min-height: 20px; max-height: 20px;
}}
QProgressBar::chunk {{ background: {accent}; border-radius: 9px; }}
"""
_ROLES = {
    QPalette.ColorRole.Window: "paper",
    QPalette.ColorRole.WindowText: "ink",
    QPalette.ColorRole.Base: "card",
    QPalette.ColorRole.AlternateBase: "paper",
    QPalette.ColorRole.Text: "ink",
    QPalette.ColorRole.PlaceholderText: "soft",
    QPalette.ColorRole.Button: "card",
    QPalette.ColorRole.ButtonText: "ink",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.ToolTipBase: "card",
    QPalette.ColorRole.ToolTipText: "ink",
}


def style_sheet(palette: Palette) -> str:
    """Fill the sheet with the palette's colours."""
    names = {name: getattr(palette, name) for name in palette.__slots__}
    return _SHEET.format(**names)


def qt_palette(palette: Palette) -> QPalette:
    """Return the colours by Qt's roles, the same for what is enabled and what is not."""
    made = QPalette()
    for role, name in _ROLES.items():
        made.setColor(role, QColor(getattr(palette, name)))
    return made
