"""The words of a document: its sections as they are laid out, or the words of a page.

A table is said row by row, each value after the name of its column. A document speaks its own language,
French where it does not say which, whatever the language of the screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.reader.values import Bullets, Paragraph, Table
from ui.speech.places import InBox
from ui.speech.utterances import Utterance, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtWidgets import QTextEdit

    from app.reader.values import Block, Section
    from ui.speech.utterances import Place

__all__ = ["document_language", "page_words", "section_words"]


def document_language(declared: str | None) -> str:
    """Return the language of a document as voices name it: French unless it says another."""
    found = (declared or "fr").replace("_", "-").split("-", maxsplit=1)[0].strip().casefold()
    return found if found.isalpha() and len(found) in {2, 3} else "fr"


def section_words(
    sections: Sequence[Section], language: str, box: QTextEdit | None = None
) -> Iterator[Utterance]:
    """Yield the sentences of sections, each with its place in ``box``."""
    place_of = _places(box)
    for section in sections:
        yield from _text(section.title, language, place_of)
        for block in section.blocks:
            yield from _block(block, language, place_of)


def page_words(text: str, language: str, box: QTextEdit | None = None) -> Iterator[Utterance]:
    """Yield the sentences of a page's words."""
    yield from _text(text, language, _places(box))


def _places(box: QTextEdit | None) -> Callable[[Sequence[str]], Place | None]:
    trail = [0]
    return lambda pieces: InBox(box, pieces, trail) if box is not None else None


def _text(text: str, language: str, place_of: Callable[[Sequence[str]], Place | None]) -> Iterator[Utterance]:
    yield from said(text, language, lambda first, last: place_of([text[first:last]]))


def _block(
    block: Block, language: str, place_of: Callable[[Sequence[str]], Place | None]
) -> Iterator[Utterance]:
    if isinstance(block, Paragraph):
        yield from _text(block.text, language, place_of)
    elif isinstance(block, Bullets):
        for item in block.items:
            yield from _text(item, language, place_of)
    else:
        yield from _table(block, language, place_of)


def _table(
    table: Table, language: str, place_of: Callable[[Sequence[str]], Place | None]
) -> Iterator[Utterance]:
    """Say a table as it is told in plain text, and light up the cells of the row that is said."""
    rows = [row for row in table.rows if any(cell.strip() for cell in row)]
    lines = table.as_text.split("\n")
    before = len(lines) - len(rows)
    for line in lines[:before]:
        yield from _text(line, language, place_of)
    for row, line in zip(rows, lines[before:], strict=True):
        yield from _row(row, line, language, place_of)


def _row(
    row: tuple[str, ...], told: str, language: str, place_of: Callable[[Sequence[str]], Place | None]
) -> Iterator[Utterance]:
    cells = [cell for cell in row if cell.strip()]
    yield from said(told.replace(" ; ", ", "), language, lambda _first, _last: place_of(cells))
