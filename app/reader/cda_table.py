"""Tables of a narrative, made readable one row at a time.

Real tables span cells, leave whole columns empty, put a title in the first header cell, and hang rows of
another shape ("Précondition", a comment) under a wide header. Decision: the grid is laid out as a browser
would, then empty columns go, a title that spans everything becomes the caption, a unit joins its number,
and rows that do not fit under the header become small tables of their own, without a header: a wrong
column name before a value is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from app.reader.cda_xml import Element, local
from app.reader.errors import TooComplex
from app.reader.values import Block, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.reader.cda_narrative import Narrator

__all__ = ["table_blocks"]

MAX_SPAN = 100
MAX_COLUMNS = 1000
MAX_ROWS = 10_000
SHORT = 60
LOUD = 3
_FILLING = "._… \t\u00a0\u202f"
_LEADERS = 3
_NUMBER = re.compile(
    r"(?:[<>≤≥=~±]\s*)?[+-]?\d[\d\s.,]*(?:\s*[*HLNhb+-]+)?|[<>≤≥]=?\s*\d[\d.,]*|\*\s*[+-]?\d[\d\s.,]*"
)
_UNIT = re.compile(
    r"(?:[%‰°µμa-zA-ZÀ-ÿ(]|10[\^*]?[\d⁰¹²³⁴-⁹])[^\s:;]{0,14}(?: [a-zA-Z./²³]{1,8})?|/[a-zµ]\S{0,8}"
)
_CODE = re.compile(
    r"codes?(?: (?:de l['’]acte|acte|ccam|loinc|cim\W?1[01]|atc|cis|cip\W?\d*|lpp|ucd|nabm|snomed.*))?",
    re.IGNORECASE,
)
_A_CODE = re.compile(r"[A-Z\d][A-Z\d.:/+*-]{0,30}")
_UNIT_HEADER = re.compile(r"unit[ée]s?(?: de mesure)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cell:
    """Words that stand over ``span`` columns from ``start``; ``again`` when a row above said them."""

    start: int
    span: int
    text: str
    again: bool = False
    strong: bool = False

    @property
    def end(self) -> int:
        """The first column after it."""
        return self.start + self.span


Row = list[Cell]


def table_blocks(table: Element, narrator: Narrator) -> Iterator[Block]:
    """Give a table as one or more blocks."""
    caption = "\n".join(narrator.inline(part) for part in table if local(part) == "caption")
    head, body, foot = _parts(table)
    if not head and body and all(local(cell) == "th" for cell in body[0]) and len(body) > 1:
        head, body = body[:1], body[1:]
    body += foot
    if not head and all(len(_cells(row)) <= 1 for row in body):
        yield from _single_column(caption, body, narrator)
        return
    headers, rows = _Grid(narrator).lay(head), _Grid(narrator).lay(body)
    yield from _shaped(caption, headers, rows)


def _single_column(caption: str, body: list[Element], narrator: Narrator) -> Iterator[Block]:
    """Unfold a frame around other content."""
    if caption:
        yield Paragraph(caption)
    for row in body:
        for cell in _cells(row):
            yield from narrator.blocks(cell)


def _parts(table: Element) -> tuple[list[Element], list[Element], list[Element]]:
    """Sort the rows into head, body and foot, however they are wrapped."""
    parts: dict[str, list[Element]] = {"thead": [], "tbody": [], "tfoot": []}
    for part in table:
        name = local(part)
        if name == "tr":
            parts["tbody"].append(part)
        elif name in parts:
            parts[name] += [row for row in part if local(row) == "tr"]
    return parts["thead"], parts["tbody"], parts["tfoot"]


def _cells(row: Element) -> list[Element]:
    return [cell for cell in row if local(cell) in {"td", "th"}]


class _Grid:
    """Lays rows out on columns."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator
        self._hanging: dict[int, tuple[int, Cell]] = {}

    def lay(self, rows: list[Element]) -> list[Row]:
        """Place every cell, those of rows above that reach down included."""
        return [self._row(row) for row in rows]

    def _row(self, row: Element) -> Row:
        placed = [self._reach_down(start) for start in sorted(self._hanging)]
        taken = {column for cell in placed for column in range(cell.start, cell.end)}
        column = 0
        for cell in _cells(row):
            while column in taken:
                column += 1
            if column >= MAX_COLUMNS:
                raise TooComplex
            here = Cell(column, _span(cell, "colspan"), self._words(cell), strong=_is_strong(cell))
            placed.append(here)
            if (down := _span(cell, "rowspan")) > 1:
                self._hanging[column] = (down - 1, here)
            column = here.end
        self._narrator.count_cells(len(placed))
        return sorted(placed, key=lambda cell: cell.start)

    def _reach_down(self, start: int) -> Cell:
        left, cell = self._hanging.pop(start)
        if left > 1:
            self._hanging[start] = (left - 1, cell)
        return Cell(cell.start, cell.span, cell.text, again=True)

    def _words(self, cell: Element) -> str:
        lines = map(_unfilled, self._narrator.words(cell).split("\n"))
        return "\n".join(line for line in lines if line.strip())


def _unfilled(line: str) -> str:
    """Take off the dots and lines that lead to a word or fill a cell.

    Never the point of a number: ``.25 mg`` without it would be a hundred times the dose.
    """
    said = line.lstrip(_FILLING)
    before = line[: len(line) - len(said)]
    dots = len(before) - len(before.rstrip("."))
    if 0 < dots < _LEADERS and said[:1].isdigit():
        said = "." * dots + said
    kept = said.rstrip(_FILLING)
    after = said[len(kept) :]
    return kept if "..." in after or "…" in after or "___" in after else said


def _is_strong(cell: Element) -> bool:
    """Say whether a cell was set in bold, itself or all that is in it."""
    alone = list(cell) if not (cell.text or "").strip() and len(cell) == 1 else []
    styles = " ".join(part.get("styleCode") or "" for part in (cell, *alone))
    return local(cell) == "th" or "bold" in styles.lower()


def _span(cell: Element, name: str) -> int:
    given = (cell.get(name) or "1").strip()
    most = MAX_SPAN if name == "colspan" else MAX_ROWS
    return max(1, min(int(given), most)) if re.fullmatch(r"[0-9]{1,5}", given) else 1


def _shaped(caption: str, headers: list[Row], rows: list[Row]) -> Iterator[Block]:
    width = max((row[-1].end for row in (*headers, *rows) if row), default=0)
    titles, headers = _titles(headers, width)
    titles += _corner(headers)
    caption = "\n".join(part for part in (caption, *titles) if part)
    rows = [row for row in rows if any(cell.text for cell in row)]
    if caption and not rows and not headers:
        yield Paragraph(caption)
    for heads, part in _parted(headers, rows):
        edges = _edges(heads, width)
        for (fits, _), run in groupby(part, key=lambda row: _shape(row, edges, width)):
            yield from _run(caption, heads if fits else [], list(run), width)
            caption = ""
        if not part:
            yield Paragraph("\n".join(said for said in (caption, *_names(heads, width)) if said))
            caption = ""


def _parted(headers: list[Row], rows: list[Row]) -> Iterator[tuple[list[Row], list[Row]]]:
    """Cut where a row in bold names the columns of those that follow."""
    part: list[Row] = []
    named = False
    for row, after in pairwise([*rows, []]):
        if _is_heading(row, after, named=named):
            if part or headers:
                yield headers, part
            headers, part, named = [row], [], True
        else:
            part.append(row)
    if part or headers:
        yield headers, part


def _is_heading(row: Row, after: Row, *, named: bool) -> bool:
    """Say whether a row names the columns below: all of it bold, or other names once such a row was met."""
    said = [cell for cell in row if cell.text]
    below = [cell for cell in after if cell.text]
    if len(said) < 2 or not below or len(after) != len(row):  # noqa: PLR2004  # one name is a label
        return False
    if all(cell.strong for cell in said):
        return not any(cell.strong for cell in below[1:]) and not (below[0].strong and len(below) == 1)
    words = {cell.text for cell in said}
    apart = named and not row[0].text and bool(after[0].text)
    return apart and len(words) == len(said) and all(_is_name(text) for text in words)


def _is_name(text: str) -> bool:
    return len(text) <= SHORT and text[0].isalpha() and "\n" not in text


def _titles(headers: list[Row], width: int) -> tuple[list[str], list[Row]]:
    """Take the header rows that are one title over the whole table."""
    titles, kept = [], []
    for row in headers:
        said = [cell for cell in row if cell.text]
        alone = len(said) == 1 and (said[0].span >= width or len(row) == 1)
        if alone:
            titles.append(said[0].text)
        elif said:
            kept.append(row)
    return titles, kept


def _corner(headers: list[Row]) -> list[str]:
    """Take a group's title out of the first header cell, where laboratories put it in capitals."""
    if len(headers) != 1:
        return []
    first, *others = headers[0]
    loud = first.start == 0 and len(first.text) >= LOUD and first.text.isupper()
    if not loud or not others or any(cell.text.isupper() for cell in others):
        return []
    headers[0] = [Cell(0, first.span, ""), *others]
    return [first.text]


def _edges(headers: list[Row], width: int) -> frozenset[int]:
    """Where a header's cells begin and end: a row's cell across one belongs to no column."""
    if not headers:
        return frozenset()
    return frozenset(cell.start for cell in headers[-1]) | {width}


def _shape(row: Row, edges: frozenset[int], width: int) -> tuple[bool, int]:
    """Say whether a row fits under the header; other rows are told apart by their number of cells."""
    said = [cell for cell in row if cell.text]
    if len(said) == 1 and said[0].span >= width > 1:
        return (True, 0) if len(said[0].text) <= SHORT else (False, 1)
    if all(not any(cell.start < edge < cell.end for edge in edges) for cell in said):
        return True, 0
    return False, len(said)


def _run(caption: str, headers: list[Row], rows: list[Row], width: int) -> Iterator[Block]:
    """Give rows of one shape: under the header, or by themselves."""
    if headers or not any(cell.span > 1 and cell.text for row in rows for cell in row):
        lines = [_line(row, width) for row in rows]
        for cell in headers[-1] if headers else []:
            _gather(cell, lines)
        yield from _table(caption, _names(headers, width), lines)
        return
    lines = [[cell.text for cell in row if cell.text] for row in rows]
    for count, alike in groupby(lines, key=len):
        if count == 1:
            yield from (Paragraph(text) for text in (caption, *(line[0] for line in alike)) if text)
        else:
            yield Table(caption, (), tuple(tuple(line) for line in alike))
        caption = ""


def _names(headers: list[Row], width: int) -> list[str]:
    """Name each column: the distinct words above it, from the top."""
    names: list[list[str]] = [[] for _ in range(width)]
    for row in headers:
        for cell in row:
            for column in range(cell.start, min(cell.end, width)):
                if cell.text and cell.text not in names[column]:
                    names[column].append(cell.text)
    return [
        " – ".join(said for name in column if (said := " ".join(name.split()).strip("-–")))
        for column in names
    ]


def _line(row: Row, width: int) -> list[str]:
    line = [""] * width
    for cell in row:
        if cell.start < width and not (cell.again and cell.start > 0 and len(cell.text) > SHORT):
            line[cell.start] = cell.text
    return line


def _gather(head: Cell, lines: list[list[str]]) -> None:
    """Put side by side what stands under one wide header cell: ``de``, ``2 à``, ``4 CP``."""
    for line in lines if head.span > 1 and head.text else []:
        said = [text for text in line[head.start : head.end] if text]
        numbers = sum(1 for text in said if text[0].isdigit())
        line[head.start : head.end] = [""] * len(line[head.start : head.end])
        line[head.start] = (" ; " if numbers > 1 and numbers == len(said) else " ").join(said)


def _table(caption: str, names: list[str], lines: list[list[str]]) -> Iterator[Block]:
    said = [n for n in range(len(names)) if (n == 0 and any(names)) or any(line[n] for line in lines)]
    columns = [n for n in said if not _holds_codes(names[n], n, lines)] or said
    header = [names[n] for n in columns]
    table = [[line[n] for n in columns] for line in lines]
    _join_units(header, table)
    if len(header) == 1:
        yield from _column(caption, header[0], table)
        return
    yield Table(caption, tuple(header) if any(header) else (), tuple(tuple(line) for line in table))


def _holds_codes(name: str, column: int, lines: list[list[str]]) -> bool:
    """Say whether a column is for programs alone: by its name, by each cell, and beside other words."""
    return bool(_CODE.fullmatch(name)) and all(
        not line[column] or (_A_CODE.fullmatch(line[column]) and sum(map(bool, line)) > 1) for line in lines
    )


def _column(caption: str, name: str, table: list[list[str]]) -> Iterator[Block]:
    """Give one column as lines under its name."""
    if len(table) == 1 and name and not caption:
        yield Paragraph(f"{name} : {table[0][0]}")
        return
    title = " – ".join(part for part in (caption, name) if part)
    yield Table(title, (), tuple(tuple(line) for line in table))


def _join_units(header: list[str], table: list[list[str]]) -> None:
    """Put ``13,2`` and ``g/dL`` in one cell when a column holds nothing but units."""
    for n in range(len(header) - 1, 0, -1):
        if header[n] not in {"", header[n - 1]} and not _UNIT_HEADER.fullmatch(header[n]):
            continue
        said = [line for line in table if line[n].strip("- –—")]
        units, beside = [line[n] for line in said], [line[n - 1] for line in said]
        if not all(map(_UNIT.fullmatch, units)) or not all(map(_NUMBER.fullmatch, beside)):
            continue
        for line in table:
            line[n - 1] = f"{line[n - 1]} {line.pop(n).strip('- –—')}".strip()
        del header[n]
