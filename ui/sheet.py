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
QLineEdit, QTextBrowser {{
  background: {card}; color: {ink}; border: 2px solid {line}; border-radius: 12px;
  padding: 6px 14px; selection-background-color: {accent}; selection-color: {on_accent};
  placeholder-text-color: {soft};
}}
QLineEdit[wrong="true"] {{ border: 3px solid {bad}; }}
QLineEdit:focus, QTextBrowser:focus {{ border-color: {accent}; }}
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
