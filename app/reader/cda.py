"""CDA R2, the form in which French health documents travel: a header, and a body in one of two forms.

Level 1 wraps a file: its pages are the document's. Level 3 is words and tables: they become sections, set
in large print, and the pages of embedded files follow. A file whose root is a style sheet that would show
the document ("auto-présentable") is opened for the document inside; the sheet is never run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.reader.cda_entries import entry_blocks
from app.reader.cda_header import Header, header_of
from app.reader.cda_media import Inner, open_inner
from app.reader.cda_narrative import Narrator
from app.reader.cda_words import coded, day, flat
from app.reader.cda_xml import HL7, Element, Source, children, find, local, parse
from app.reader.drawing import DrawnPages
from app.reader.errors import CannotShrink, NotAccepted, ReaderFailed, TooComplex, TooHeavy
from app.reader.pages import Chain, Pages
from app.reader.sniffing import MEDIA_TYPES
from app.reader.values import Block, Embedded, Kind, Limits, Notice, Opened, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CdaDocument"]

MAX_MEDIA = 200
MAX_LEVEL = 4


class CdaDocument:
    """An open CDA."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._size = len(data)
        source = parse(data)
        header = header_of(source.root)
        self._inners = list(_inners(source, limits))
        sections = (*_Body(self._inners).sections(source.root), *_inner_sections(self._inners))
        drawn = DrawnPages(_heading(header), sections) if sections or not self._shown() else None
        self.pages: Pages = Chain([*([drawn] if drawn else []), *self._shown()])
        self.opened = self._describe(header, sections, drawn)

    def check_for_filing(self) -> None:
        """A CDA is made by software of professionals: it is read here, and filed by theirs."""
        raise NotAccepted(kind=Kind.CDA.value)

    def embedded(self, index: int) -> bytes:
        """Give the bytes of an inner document."""
        if not 0 <= index < len(self._inners):
            raise ReaderFailed
        return self._inners[index].data

    def shrink(self, max_bytes: int) -> tuple[str, bytes]:
        """A signed document is not rewritten."""
        raise CannotShrink(size=self._size, limit=max_bytes)

    def _shown(self) -> list[Pages]:
        return [inner.pages for inner in self._inners if inner.pages]

    def _describe(self, header: Header, sections: tuple[Section, ...], drawn: DrawnPages | None) -> Opened:
        return Opened(
            kind=Kind.CDA,
            media_type=MEDIA_TYPES[Kind.CDA],
            sha256="",
            size=self._size,
            pages=len(self.pages),
            drawn_pages=len(drawn) if drawn else 0,
            title=header.title,
            kind_label=header.kind_label,
            date=header.date,
            author=header.author,
            custodian=header.custodian,
            patient=header.patient,
            language=header.language,
            sections=sections,
            embedded=tuple(Embedded(one.media_type, len(one.data), one.title) for one in self._inners),
            notices=tuple(dict.fromkeys(self._notices(sections, drawn))),
        )

    def _notices(self, sections: tuple[Section, ...], drawn: DrawnPages | None) -> Iterator[str]:
        for inner in self._inners:
            if inner.document is None:
                yield Notice.EMBEDDED_NOT_SHOWN
            else:
                yield from inner.document.opened.notices
        if drawn and drawn.cut:
            yield Notice.DRAWN_IN_PART
        if not sections and not self._shown():
            yield Notice.NO_READABLE_TEXT


def _heading(header: Header) -> list[str]:
    """Head the drawn pages with what the document is and whom it is about."""
    kind = header.kind_label if header.kind_label != header.title else ""
    patient = header.patient.name if header.patient else ""
    lines = (header.title or header.kind_label or "", kind, patient, header.author, _when(header))
    return [line for line in lines if line]


def _when(header: Header) -> str:
    return day((header.date or "").replace("-", ""))


def _inners(source: Source, limits: Limits) -> Iterator[Inner]:
    """Open every embedded document, in the order of the text; a body that is one must open."""
    for body in children(source.root, "component", "nonXMLBody", "text"):
        inner = open_inner(source, body, "", "", limits)
        if inner.refused is not None and (inner.data.strip() or isinstance(inner.refused, TooHeavy)):
            raise inner.refused
        if inner.document is not None:
            yield inner
    for number, media in enumerate(source.root.iter(f"{{{HL7}}}observationMedia")):
        if number >= MAX_MEDIA:
            raise TooComplex
        holder = find(media, "value")
        if holder is not None:
            yield open_inner(source, holder, media.get("ID") or "", _title_around(media), limits)


def _title_around(media: Element) -> str:
    """Say the title of the nearest section that has one."""
    for section in media.iterancestors(f"{{{HL7}}}section"):
        if words := _title(section):
            return words
    return ""


def _inner_sections(inners: list[Inner]) -> Iterator[Section]:
    """Give the words of embedded texts."""
    for inner in inners:
        if inner.document is not None and inner.document.opened.sections:
            for section in inner.document.opened.sections:
                yield Section(section.title or inner.title, 1, section.blocks)


def _title(section: Element) -> str:
    title = find(section, "title")
    words = flat(_words_of(title)) if title is not None else ""
    return words or coded(find(section, "code"))


def _words_of(element: Element) -> str:
    """Give an element's words; a break is a blank."""
    words = element.text or ""
    for child in element:
        name = local(child)
        if name == "br":
            words += " "
        elif name:  # a comment has none
            words += _words_of(child)
        words += child.tail or ""
    return words


@dataclass(frozen=True, slots=True)
class _Part:
    """A section with what is inside it; without a title when it only repeats the one above."""

    title: str
    blocks: list[Block]
    inner: list[_Part]

    def sections(self, level: int) -> Iterator[Section]:
        """Unfold; what has no title of its own goes under the title above while that still holds."""
        blocks, inner = list(self.blocks), list(self.inner)
        while inner and not inner[0].title:
            blocks += inner[0].blocks
            inner[:1] = inner[0].inner
        if blocks or inner:
            yield Section(self.title, min(level, MAX_LEVEL), tuple(blocks))
        for part in inner:
            yield from part.sections(level + 1)


class _Body:
    """The sections of a structured body."""

    def __init__(self, inners: list[Inner]) -> None:
        self._inners = {inner.name: inner for inner in inners}
        self._narrator = Narrator(self._said)

    def sections(self, root: Element) -> Iterator[Section]:
        """Give all sections, outermost first, in the order of the text."""
        for section in children(root, "component", "structuredBody", "component", "section"):
            yield from self._part(section, "").sections(1)

    def _part(self, section: Element, above: str) -> _Part:
        title = _title(section)
        blocks = self._blocks(section, title)
        inner = [self._part(one, title) for one in children(section, "component", "section")]
        full = [part for part in inner if part.blocks or part.inner]
        own = title if title.casefold() != above.casefold() else _take_caption(blocks)
        return _Part(own, blocks, full)

    def _blocks(self, section: Element, title: str) -> list[Block]:
        text = find(section, "text")
        told = self._narrator.blocks(text) if text is not None else []
        return [_without(title, block) for block in told or entry_blocks(section)]

    def _said(self, name: str) -> str:
        """Say what an embedded document is."""
        inner = self._inners.get(name)
        if inner is None:
            return ""
        if inner.pages is None:
            return "Document joint (non affiché)" if inner.document is None else ""
        if inner.media_type.startswith("image/"):
            return "Image jointe, à la suite"
        count = len(inner.pages)
        return f"Document joint : {count} page{'s' if count > 1 else ''}, à la suite"


def _take_caption(blocks: list[Block]) -> str:
    """Make the caption of a first table the section's title."""
    first = blocks[0] if blocks else None
    if not isinstance(first, Table) or not first.caption:
        return ""
    blocks[0] = Table("", first.header, first.rows)
    return first.caption


def _without(title: str, block: Block) -> Block:
    """Leave out a caption that only says the section's title again."""
    if isinstance(block, Table) and block.caption.casefold() == title.casefold():
        return Table("", block.header, block.rows)
    return block
