"""A document's text, laid out to be read from a chair one metre away.

The text comes from untrusted bytes by way of the reader, as sections of paragraphs, lists and tables.
It is made into Qt's rich text here and nowhere else: every word is escaped, and the only tags are
those of this module, so that no document brings a picture, a link or a style of its own.

A table is a table where its columns have room. Where they have not (large print, narrow screen) each
of its rows becomes a card: what it is about, then each value after the name of its column. In both,
the result of a measure is in bold next to its usual range, in the laboratory's own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from app.reader.values import Block, Bullets, Paragraph, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Inks", "pages_html", "sections_html"]

_RESULT = ("résultat", "valeur mesurée", "valeur", "result", "value")
_NOT_RESULT = ("référence", "reference", "normal", "usuel", "habituel", "antérieur", "précédent", "interval")
_WIDEST_COLUMN = 22


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of the theme that the text uses, and how many characters a line holds."""

    ink: str
    soft: str
    hair: str
    tint: str
    accent: str
    characters: int = 70


def sections_html(sections: Sequence[Section], inks: Inks) -> str:
    """Lay out sections with their headings."""
    return "".join(_section(section, inks) for section in sections)


def pages_html(pages: Sequence[tuple[str, str]], inks: Inks) -> str:
    """Lay out pages of plain text, each under its own words (« Page 1 »)."""
    return "".join(f"{_heading(title, 2, inks)}{_lines(text)}" for title, text in pages)


def _section(section: Section, inks: Inks) -> str:
    title = _heading(section.title, section.level, inks) if section.title.strip() else ""
    return title + "".join(_block(block, inks) for block in section.blocks)


def _heading(title: str, level: int, inks: Inks) -> str:
    size = {0: "130%", 1: "125%", 2: "115%"}.get(level, "105%")
    return (
        f'<p style="font-size:{size}; font-weight:700; color:{inks.accent}; margin-top:18px; '
        f'margin-bottom:6px">{escape(title.strip())}</p>'
    )


def _block(block: Block, inks: Inks) -> str:
    if isinstance(block, Paragraph):
        return _lines(block.text)
    if isinstance(block, Bullets):
        return _bullets(block)
    return _table(block, inks)


def _lines(text: str) -> str:
    """Keep the author's own lines; an empty one parts two paragraphs."""
    paragraphs = [part for part in text.strip().split("\n\n") if part.strip()]
    return "".join(
        f'<p style="margin-top:0; margin-bottom:12px">{escape(part.strip()).replace(chr(10), "<br>")}</p>'
        for part in paragraphs
    )


def _bullets(block: Bullets) -> str:
    tag = "ol" if block.ordered else "ul"
    items = "".join(f'<li style="margin-bottom:6px">{_inline(item)}</li>' for item in block.items)
    return f"<{tag}>{items}</{tag}>"


def _inline(text: str) -> str:
    return escape(text.strip()).replace("\n", "<br>")


def _table(table: Table, inks: Inks) -> str:
    caption = f"<p><b>{_inline(table.caption)}</b></p>" if table.caption.strip() else ""
    body = _grid(table, inks) if _fits(table, inks.characters) else _cards(table, inks)
    return caption + body


def _fits(table: Table, characters: int) -> bool:
    """Tell whether the columns have room; long cells may wrap, long words may not."""
    columns = zip(*_full_rows(table), strict=True)
    needed = sum(min(_WIDEST_COLUMN, max(_longest(cell) for cell in column)) + 3 for column in columns)
    return needed <= characters


def _longest(cell: str) -> int:
    words = max((len(word) for word in cell.split()), default=1)
    return max(words, min(len(cell), _WIDEST_COLUMN))


def _full_rows(table: Table) -> list[tuple[str, ...]]:
    """Return header and rows, each filled up to the widest."""
    rows = [row for row in (table.header, *table.rows) if row]
    width = max((len(row) for row in rows), default=0)
    return [(*row, *([""] * (width - len(row)))) for row in rows]


def _result_column(header: Sequence[str]) -> int | None:
    for wanted in _RESULT:
        for number, name in enumerate(header):
            folded = name.casefold()
            if wanted in folded and not any(other in folded for other in _NOT_RESULT):
                return number
    return None


def _grid(table: Table, inks: Inks) -> str:
    rows = _full_rows(table)
    head = _grid_head(rows.pop(0), inks) if table.header else ""
    result = _result_column(table.header)
    lines = "".join(
        "".join(
            ["<tr>", *(_cell(cell, inks, strong=n in {result, 0}) for n, cell in enumerate(row)), "</tr>"]
        )
        for row in rows
    )
    return (
        '<table width="100%" cellspacing="0" cellpadding="10" '
        f'style="border-collapse:collapse; margin-bottom:18px">{head}{lines}</table>'
    )


def _grid_head(header: Iterable[str], inks: Inks) -> str:
    cells = "".join(
        f'<th align="left" style="background-color:{inks.tint}; border-bottom:2px solid {inks.accent}">'
        f"{_inline(name)}</th>"
        for name in header
    )
    return f"<thead><tr>{cells}</tr></thead>"


def _cell(cell: str, inks: Inks, *, strong: bool) -> str:
    words = f"<b>{_inline(cell)}</b>" if strong else _inline(cell)
    return f'<td valign="top" style="border-bottom:1px solid {inks.hair}">{words}</td>'


def _cards(table: Table, inks: Inks) -> str:
    rows = _full_rows(table)
    header = rows.pop(0) if table.header else ()
    return "".join(_card(row, header, inks) for row in rows)


def _card(row: Sequence[str], header: Sequence[str], inks: Inks) -> str:
    """One row: its first cell as its name, then each value after the name of its column."""
    result = _result_column(header)
    lines = [f"<b>{_inline(row[0])}</b>"] if row and row[0].strip() else []
    for number, cell in enumerate(row[1:], start=1):
        if cell.strip():
            lines.append(_named(header[number] if header else "", cell, inks, strong=number == result))
    return (
        '<table width="100%" cellspacing="0" cellpadding="10" style="margin-bottom:10px">'
        f'<tr><td style="background-color:{inks.tint}">{"<br>".join(lines)}</td></tr></table>'
    )


def _named(name: str, cell: str, inks: Inks, *, strong: bool) -> str:
    words = f"<b>{_inline(cell)}</b>" if strong else _inline(cell)
    label = f'<span style="color:{inks.soft}">{_inline(name)} :</span> ' if name.strip() else ""
    return label + words
