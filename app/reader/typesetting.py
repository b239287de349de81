"""Sections set as A4 pages in large print: where each line of words stands, in points.

Tables with few columns are set as tables; the others as one small block a row, each cell after the name
of its column, since five columns of large print do not fit on a page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.reader.fonts import width_of
from app.reader.values import Bullets, Paragraph, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["HEIGHT", "WIDTH", "Line", "Page", "Rule", "set_pages"]

WIDTH, HEIGHT = 595.0, 842.0
MARGIN = 46.0
BODY = 15.0
LEADING = 1.38
TITLE_SIZES = (24.0, 20.0, 17.5, 16.0)
GAP = 9.0
CELL = 6.0
MAX_COLUMNS = 4
MIN_COLUMN = 72.0


@dataclass(frozen=True, slots=True)
class Line:
    """Words at a place: ``x``, ``y`` of the top left."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin horizontal line."""

    x: float
    y: float
    width: float


@dataclass(slots=True)
class Page:
    """A page's lines, and its words in order."""

    marks: list[Line | Rule] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def set_pages(heading: Sequence[str], sections: Iterable[Section], limit: int) -> tuple[list[Page], bool]:
    """Set ``heading`` (title, then small lines) and sections; (pages, whether some were left out)."""
    setter = _Setter(limit)
    for number, words in enumerate(heading):
        setter.words(words, TITLE_SIZES[0] if number == 0 else BODY, bold=number == 0)
    if heading:
        setter.rule()
    for section in sections:
        setter.section(section)
        if setter.full:
            break
    return setter.pages, setter.full


class _Setter:
    def __init__(self, limit: int) -> None:
        self.pages = [Page()]
        self.full = False
        self._limit = limit
        self._y = MARGIN

    def section(self, section: Section) -> None:
        if section.title:
            size = TITLE_SIZES[min(section.level, len(TITLE_SIZES) - 1)]
            self.space(GAP * 1.6)
            self.keep_together(size * LEADING + 2 * BODY * LEADING)
            self.words(section.title, size, bold=True)
        for block in section.blocks:
            if self.full:
                return
            if isinstance(block, Paragraph):
                self.words(block.text, BODY)
            elif isinstance(block, Bullets):
                self.bullets(block)
            else:
                self.table(block)
            self.space(GAP)

    def words(self, text: str, size: float, *, bold: bool = False, x: float = MARGIN) -> None:
        self.pages[-1].words.append(text)
        for line in lines_of(text, size, WIDTH - MARGIN - x, bold=bold):
            if not self.line(Line(x, 0, line, size, bold)):
                return

    def line(self, line: Line) -> bool:
        step = line.size * LEADING
        if not self.room(step):
            return False
        if line.text:
            self.pages[-1].marks.append(Line(line.x, self._y, line.text, line.size, line.bold))
        self._y += step
        return True

    def bullets(self, block: Bullets) -> None:
        for number, item in enumerate(block.items, 1):
            mark = f"{number}." if block.ordered else "•"
            start = self._y
            page = self.pages[-1]
            self.words(item, BODY, x=MARGIN + 24)
            target, y = (page, start) if page is self.pages[-1] else (self.pages[-1], MARGIN)
            target.marks.append(Line(MARGIN + 4, y, mark, BODY))

    def table(self, table: Table) -> None:
        if table.caption:
            self.words(table.caption, BODY, bold=True)
        widths = column_widths(table)
        if widths is None:
            self._as_records(table)
            return
        if any(table.header):
            self.row(table.header, widths, bold=True)
            self.rule()
        for row in table.rows:
            if any(cell.strip() for cell in row):
                self.row(row, widths)
                self.rule()
            if self.full:
                return

    def _as_records(self, table: Table) -> None:
        for row in table.rows:
            cells = [(n, cell.strip()) for n, cell in enumerate(row) if cell.strip()]
            for place, (n, cell) in enumerate(cells):
                name = table.header[n].strip() if n < len(table.header) else ""
                named = f"{name} : {cell}" if name and place else cell
                self.words(named, BODY, bold=place == 0, x=MARGIN + (18 if place else 0))
            if cells:
                self.rule()
            if self.full:
                return

    def row(self, cells: Sequence[str], widths: Sequence[float], *, bold: bool = False) -> None:
        wrapped = [wrap(c, BODY, w - CELL, bold=bold) for c, w in zip(cells, widths, strict=True)]
        self.pages[-1].words.append(" | ".join(" ".join(lines) for lines in wrapped if any(lines)))
        for depth in range(max(map(len, wrapped))):
            if not self.room(BODY * LEADING):
                return
            x = MARGIN
            for lines, width in zip(wrapped, widths, strict=True):
                if depth < len(lines) and lines[depth]:
                    self.pages[-1].marks.append(Line(x, self._y, lines[depth], BODY, bold))
                x += width
            self._y += BODY * LEADING

    def rule(self) -> None:
        self.pages[-1].marks.append(Rule(MARGIN, self._y + 2, WIDTH - 2 * MARGIN))
        self._y += 7

    def space(self, points: float) -> None:
        if self._y > MARGIN:
            self._y += points

    def keep_together(self, points: float) -> None:
        """Start a new page sooner than leave a title alone at a foot."""
        if self._y + points > HEIGHT - MARGIN:
            self.room(HEIGHT)

    def room(self, points: float) -> bool:
        if self.full:
            return False
        if self._y + points > HEIGHT - MARGIN and self._y > MARGIN:
            if len(self.pages) >= self._limit:
                self.full = True
                return False
            self.pages.append(Page())
            self._y = MARGIN
        return True


def column_widths(table: Table) -> tuple[float, ...] | None:
    """Share the page's width, or None when the columns would be too narrow to read."""
    count = max((len(row) for row in (table.header, *table.rows)), default=0)
    if not 0 < count <= MAX_COLUMNS:
        return None
    rows = [(*row, *("",) * (count - len(row))) for row in (table.header, *table.rows[:60])]
    available = WIDTH - 2 * MARGIN
    longest = [max(_longest_word(row[n]) for row in rows) + CELL for n in range(count)]
    wanted = [min(max(_longest_line(row[n]) for row in rows) + CELL, available) for n in range(count)]
    least = [max(width, min(MIN_COLUMN, want)) for width, want in zip(longest, wanted, strict=True)]
    if sum(least) > available:
        return None
    spare, wish = available - sum(least), sum(wanted) - sum(least)
    share = min(1.0, spare / wish) if wish > 0 else 0.0
    return tuple(low + max(0.0, want - low) * share for low, want in zip(least, wanted, strict=True))


def _longest_word(text: str) -> float:
    return max((width_of(word, BODY, bold=True) for word in text.split()[:200]), default=0.0)


def _longest_line(text: str) -> float:
    return max((width_of(line[:200], BODY, bold=True) for line in text.splitlines()), default=0.0)


def wrap(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """Cut a text into lines that fit."""
    return list(lines_of(text, size, width, bold=bold))


def lines_of(text: str, size: float, width: float, *, bold: bool = False) -> Iterator[str]:
    """Give the lines one at a time, since few of a very long text are drawn.

    A word longer than a line is cut where it must.
    """
    for given in text.expandtabs(4).split("\n"):
        yield from _wrap_line(given, size, width, bold=bold)


def _wrap_line(given: str, size: float, width: float, *, bold: bool) -> Iterator[str]:
    line, used = "", 0.0
    blank = width_of(" ", size, bold=bold)
    for word in _pieces(given, size, width, bold=bold):
        length = width_of(word, size, bold=bold)
        if line and used + blank + length > width:
            yield line
            line, used = word, length
        else:
            line, used = (f"{line} {word}", used + blank + length) if line else (word, length)
    yield line


def _pieces(given: str, size: float, width: float, *, bold: bool) -> Iterator[str]:
    for word in given.split():
        place = 0
        while len(word) - place > 1 and width_of(word[place : place + 400], size, bold=bold) > width:
            cut = _fitting(word[place : place + 400], size, width, bold=bold)
            yield word[place : place + cut]
            place += cut
        yield word[place:]


def _fitting(word: str, size: float, width: float, *, bold: bool) -> int:
    used = 0.0
    for place, letter in enumerate(word):
        used += width_of(letter, size, bold=bold)
        if used > width:
            return max(1, place)
    return len(word)
