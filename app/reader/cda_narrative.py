"""The narrative of a section (CDA R2 StrucDoc) as plain values.

Only words and structure pass: every element is known here or its words alone are kept, so that nothing
a file says can style, load or run anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.reader.cda_plain import plain
from app.reader.cda_table import table_blocks
from app.reader.cda_xml import Element, local
from app.reader.errors import TooComplex
from app.reader.values import Block, Bullets, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Narrator", "tidy"]

MAX_CELLS = 200_000
BREAK = "\x1e"  # no XML text can hold it, so it stands for <br/> alone
_SUPERIOR = str.maketrans("0123456789+-−–=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿ")
_INFERIOR = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_BLOCKS = frozenset({"table", "list", "paragraph", "renderMultiMedia"})


def tidy(text: str) -> str:
    """Collapse blanks as XML readers do; a break becomes a line, and empty lines go."""
    lines = (line.strip() for line in re.sub(r"[ \t\r\n]+", " ", text).split(BREAK))
    return plain("\n".join(line for line in lines if line))


@dataclass(slots=True)
class Narrator:
    """Reads the narratives of one document; ``media`` says in words what an embedded thing is."""

    media: Callable[[str], str]
    _notes: dict[str, int] = field(default_factory=dict)
    _cells: int = 0

    def blocks(self, text: Element) -> list[Block]:
        """Read a whole narrative."""
        return [block for block in self._flow(text) if block.as_text.strip()]

    def words(self, element: Element) -> str:
        """Read the words of one element, blocks inside it line by line."""
        return "\n".join(block.as_text for block in self.blocks(element))

    def inline(self, element: Element) -> str:
        """Gather the running words of an element."""
        return tidy("".join(self._inline(element)))

    def count_cells(self, count: int) -> None:
        """Refuse a document whose tables are more than can be read; cells that reach down count each time."""
        self._cells += count
        if self._cells > MAX_CELLS:
            raise TooComplex

    def _flow(self, element: Element) -> Iterator[Block]:
        """Cut mixed content into running words and blocks."""
        run: list[str] = [element.text or ""]
        for child in element:
            if _is_block(child):
                yield from _paragraph(run)
                yield from self._block(child)
                run = []
            else:
                run += self._phrase(child)
            run.append(child.tail or "")
        yield from _paragraph(run)

    def _block(self, element: Element) -> Iterator[Block]:
        name = local(element)
        if name == "table":
            yield from table_blocks(element, self)
        elif name == "list":
            yield from self._list(element)
        elif name == "renderMultiMedia":
            yield from self._media(element)
        else:
            yield from self._flow(element)

    def _media(self, element: Element) -> Iterator[Block]:
        caption = " ".join(self.inline(child) for child in element if local(child) == "caption")
        names = (element.get("referencedObject") or "").split()
        if caption and not names:
            yield Paragraph(caption)
        for name in names:
            said = self.media(name)
            yield Paragraph(" : ".join(part for part in (caption, said) if part))

    def _list(self, element: Element) -> Iterator[Block]:
        """Give a list's items as lines; an item that holds a table gives it after itself."""
        ordered = element.get("listType") == "ordered"
        items: list[str] = []
        for child in element:
            if local(child) == "caption":
                yield Paragraph(self.inline(child))
            elif local(child) == "item":
                words, after = self._item(child)
                items += [words] if words else []
                if after:
                    yield from _bullets(items, ordered=ordered)
                    items = []
                    yield from after
        yield from _bullets(items, ordered=ordered)

    def _item(self, item: Element) -> tuple[str, list[Block]]:
        blocks = self.blocks(item)
        place = next((n for n, block in enumerate(blocks) if isinstance(block, Table)), len(blocks))
        lines = [_nested(block) if isinstance(block, Bullets) else block.as_text for block in blocks[:place]]
        return "\n".join(lines), blocks[place:]

    def _inline(self, element: Element) -> Iterator[str]:
        yield element.text or ""
        for child in element:
            yield from self._phrase(child)
            yield child.tail or ""

    def _phrase(self, element: Element) -> Iterator[str]:
        name = local(element)
        if name == "br":
            yield BREAK
        elif name in {"sup", "sub"}:
            yield _raised("".join(self._inline(element)), _SUPERIOR if name == "sup" else _INFERIOR)
        elif name == "footnote":
            yield f" (note {self._number(element.get('ID'))} : {tidy(''.join(self._inline(element)))})"
        elif name == "footnoteRef":
            yield f" (note {self._number(element.get('IDREF'))})"
        elif name == "caption":
            yield f"{tidy(''.join(self._inline(element)))} : "
        elif element.get("revised") != "delete" and name:
            yield from self._other(element, name)

    def _other(self, element: Element, name: str) -> Iterator[str]:
        """Take the words of ``content``, of a link, and of whatever else was put there."""
        block = name in _BLOCKS or _is_block(element)
        if block:
            yield BREAK + self.words(element).replace("\n", BREAK) + BREAK
        else:
            yield from self._inline(element)

    def _number(self, name: str | None) -> int:
        return self._notes.setdefault(name or f" {len(self._notes)}", len(self._notes) + 1)


def _is_block(element: Element) -> bool:
    """Say whether an element is a block, or wraps one (a table inside ``content``)."""
    if local(element) in _BLOCKS:
        return True
    if local(element) in {"", "br", "sub", "sup"} or element.get("revised") == "delete":
        return False
    return any(local(inner) in _BLOCKS for inner in element.iterdescendants())


def _paragraph(run: list[str]) -> Iterator[Paragraph]:
    words = tidy("".join(run))
    if words:
        yield Paragraph(words)


def _bullets(items: list[str], *, ordered: bool) -> Iterator[Bullets]:
    if items:
        yield Bullets(tuple(items), ordered)


def _nested(block: Bullets) -> str:
    marks = (f"{n}." if block.ordered else "–" for n in range(1, len(block.items) + 1))
    return "\n".join(f"{mark} {item}" for mark, item in zip(marks, block.items, strict=True))


def _raised(words: str, letters: dict[int, int]) -> str:
    """Raise or lower what Unicode can; another power gets a ^ (``10^6,5``, never ``106,5``)."""
    alone = words.strip()
    if alone and all(ord(letter) in letters for letter in alone):
        return words.replace(alone, alone.translate(letters))
    is_power = letters is _SUPERIOR and any(letter.isdigit() for letter in alone)
    return f"^{alone}{' ' if words[-1:].isspace() else ''}" if is_power else words
