"""What the reader hands back: plain values, no parser's object."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Block",
    "Bullets",
    "Embedded",
    "Kind",
    "Limits",
    "Notice",
    "Opened",
    "PagePicture",
    "Paragraph",
    "PatientSeen",
    "Section",
    "Shrunk",
    "Table",
]


class Kind(StrEnum):
    """What the bytes are, by their content and never by their name."""

    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"
    TIFF = "tiff"
    TEXT = "text"
    RTF = "rtf"
    CDA = "cda"
    XDM = "xdm"
    DICOM = "dicom"


class Notice(StrEnum):
    """What the reader wants known about a document that it does show."""

    SCRIPT_NOT_RUN = "script-not-run"
    EMBEDDED_FILES = "embedded-files"
    ENCRYPTED = "encrypted"
    REPAIRED = "repaired"
    DRAWN_IN_PART = "drawn-in-part"
    EMBEDDED_NOT_SHOWN = "embedded-not-shown"
    NO_READABLE_TEXT = "no-readable-text"
    RECOGNISED_WORDS = "recognised-words"
    WORDS_ONLY = "words-only"
    PART_ALTERED = "part-altered"
    PART_MISSING = "part-missing"
    PERSONS_DIFFER = "persons-differ"
    NO_PICTURE = "no-picture"
    PICTURE_NOT_DECODED = "picture-not-decoded"
    NOT_FOR_DIAGNOSIS = "not-for-diagnosis"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost. Bytes, seconds, pixels."""

    read_bytes: int = 100_000_000
    memory_bytes: int = 1_600_000_000
    pixels: int = 150_000_000
    seconds: float = 20.0
    shrink_seconds: float = 90.0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A run of words."""

    text: str

    @property
    def as_text(self) -> str:
        """The paragraph as it is."""
        return self.text


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, numbered or not."""

    items: tuple[str, ...]
    ordered: bool = False

    @property
    def as_text(self) -> str:
        """One item a line."""
        marks = (f"{n}." if self.ordered else "•" for n in range(1, len(self.items) + 1))
        return "\n".join(f"{mark} {item}" for mark, item in zip(marks, self.items, strict=True))


@dataclass(frozen=True, slots=True)
class Table:
    """Every row is as long as the header; a cell that spans is repeated or empty, as reads best."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def as_text(self) -> str:
        """One row a line: each cell after its column's name.

        A first cell that names its row does without; its column's name is then said once, before the rows:
        it may be what tells stopped treatments from those that go on.
        """
        lines = [self.caption] if self.caption else []
        name = _flat(self.header[0]) if self.header else ""
        if name and any(row[0] and not _needs_name(_flat(row[0])) for row in self.rows):
            lines.append(f"{name} :")
        lines += [line for row in self.rows if (line := self._line(row))]
        return "\n".join(lines)

    def _line(self, row: tuple[str, ...]) -> str:
        cells = [_flat(cell) for cell in row]
        filled = [n for n, cell in enumerate(cells) if cell]
        if not filled:
            return ""
        first, *others = filled
        said = " ; ".join(self._named(n, cells[n]) for n in others)
        if first > 0 or (self.header and _needs_name(cells[0])):
            return " ; ".join(part for part in (self._named(first, cells[first]), said) if part)
        return f"{cells[0]} : {said}" if said else cells[0]

    def _named(self, column: int, cell: str) -> str:
        name = _flat(self.header[column]) if column < len(self.header) else ""
        return f"{name} : {cell}" if name and name.casefold() != cell.casefold() else cell


def _needs_name(cell: str) -> bool:
    """Say whether a first cell means little without its column's name: a date, a number, yes or no."""
    return (not cell[0].isalpha() and cell[0] not in "([«") or cell.casefold() in {"oui", "non"}


def _flat(cell: str) -> str:
    said = ", ".join(part for line in cell.splitlines() if (part := line.strip()))
    return said.replace(":, ", ": ").replace(";, ", "; ").replace(",, ", ", ")


Block = Paragraph | Bullets | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document under its title (empty when it has none); ``level`` 1 is the outermost."""

    title: str
    level: int
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """The section as a person reads it, without its title."""
        return "\n\n".join(text for block in self.blocks if (text := block.as_text))


@dataclass(frozen=True, slots=True)
class PatientSeen:
    """The person a document names; ``birth_date`` is ISO, possibly year or month only."""

    name: str
    birth_date: str | None = None
    ins: str | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """A document inside the document; its bytes come by ``Reader.embedded(index)``."""

    media_type: str
    size: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A document that was read.

    ``pages`` pictures can be asked for; the first ``drawn_pages`` of them are the sections set in large
    print (text, RTF, CDA), so a screen that shows the sections itself starts after them.
    ``kind_label`` is the French name of the document's type, from its code (CDA, XDM, DICOM).
    """

    kind: Kind
    media_type: str
    sha256: str
    size: int
    pages: int
    title: str | None = None
    kind_label: str | None = None
    date: str | None = None
    author: str | None = None
    custodian: str | None = None
    patient: PatientSeen | None = None
    language: str | None = None
    drawn_pages: int = 0
    sections: tuple[Section, ...] = ()
    embedded: tuple[Embedded, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All sections with their titles, for a search index or speech."""
        return "\n\n".join(part for s in self.sections for part in (s.title, s.text) if part)


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A drawn page: RGB888, rows without padding."""

    width: int
    height: int
    rgb: bytes


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The same document, lighter."""

    media_type: str
    data: bytes
