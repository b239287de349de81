"""XDM, the ZIP in which health documents travel together: a list of what is sent, and the documents.

Decision: it is shown as one document: first what it holds, then each part's words or pages. A part is
opened by the reader that its content calls for, in memory, never another archive; one that cannot be shown
does not hide the others. What the list says of a part (size, SHA-1) is compared with the part's bytes, and
a difference is said in words beside it: SHA-1 proves nothing against a forger, but tells a damaged copy.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.reader.archive import Archive, Member
from app.reader.cda_words import day, flat
from app.reader.drawing import DrawnPages
from app.reader.errors import BrokenFile, CannotShrink, FileRefused, NotAccepted, ReaderFailed
from app.reader.pages import Chain, Document, Pages
from app.reader.sniffing import MEDIA_TYPES, METADATA, kind_of
from app.reader.values import Embedded, Kind, Limits, Notice, Opened, Paragraph, PatientSeen, Section, Table
from app.reader.xdm_metadata import Entry, Metadata, metadata_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL import Image

__all__ = ["XdmDocument"]

MAX_OPENED = 40
MAX_READ = 200
MAX_METADATA = 10_000_000
_MISSING = "Absent de l’envoi"
_ALTERED = "Modifié depuis l’envoi : ne vous y fiez pas"
_NOT_SHOWN = "Ne peut pas être montré"


@dataclass(frozen=True, slots=True)
class Part:
    """A document of the set: as announced, its bytes, itself opened, and what is wrong with it."""

    entry: Entry
    data: bytes | None
    document: Document | None
    is_altered: bool = False

    @property
    def title(self) -> str:
        """The best name there is."""
        own = self.document.opened if self.document else None
        kind = self.entry.kind_label or (own.kind_label if own else None)
        return self.entry.title or (own.title if own else None) or kind or "Document sans titre"

    @property
    def patient(self) -> PatientSeen | None:
        """Whom the document itself names, else whom the list names."""
        own = self.document.opened.patient if self.document else None
        return own or self.entry.patient

    @property
    def state(self) -> str:
        """What is to be known of it, in words; empty where all is well."""
        if self.data is None:
            return _MISSING
        if self.is_altered:
            return _ALTERED
        return "" if self.document else _NOT_SHOWN


class XdmDocument:
    """An open XDM set; ``reader`` opens a part by its content."""

    def __init__(self, data: bytes, limits: Limits, reader: Callable[[bytes, Limits], Document]) -> None:
        self._size = len(data)
        archive = Archive(data)
        told = list(_metadata(archive))
        self._parts = list(_parts(archive, told, limits, reader))
        if not self._parts:
            raise BrokenFile
        first = told[0][1]
        told_apart = tuple(_sections(self._parts))
        drawn = DrawnPages(_heading(first, self._parts), told_apart) if told_apart else None
        shown = _shown(self._parts)
        self.pages: Pages = Chain([*([drawn] if drawn else []), *shown])
        sections = (*told_apart, *_words_of_pages(self._parts))
        self.opened = self._describe(first, sections, drawn, is_words=not shown)

    def check_for_filing(self) -> None:
        """A set is made by software of professionals: it is read here, and filed by theirs."""
        raise NotAccepted(kind=Kind.XDM.value)

    def embedded(self, index: int) -> bytes:
        """Give the bytes of a part."""
        found = [part.data for part in self._parts if part.data is not None]
        if not 0 <= index < len(found):
            raise ReaderFailed
        return found[index]

    def shrink(self, max_bytes: int) -> tuple[str, bytes]:
        """What was sent is not rewritten."""
        raise CannotShrink(size=self._size, limit=max_bytes)

    def _describe(
        self, told: Metadata, sections: tuple[Section, ...], drawn: DrawnPages | None, *, is_words: bool
    ) -> Opened:
        only = self._parts[0] if len(self._parts) == 1 else None
        return Opened(
            kind=Kind.XDM,
            media_type=MEDIA_TYPES[Kind.XDM],
            sha256="",
            size=self._size,
            pages=len(self.pages),
            drawn_pages=len(drawn) if drawn and is_words else 0,  # else it is turned page by page
            title=_title(told, self._parts),
            kind_label=only.entry.kind_label if only else None,
            date=(only.entry.date if only else None) or told.date or _newest(self._parts),
            author=(only.entry.author if only else None) or told.author or _same(self._parts, "author"),
            custodian=told.institution or _same(self._parts, "institution"),
            patient=_patient(told, self._parts),
            language=_same(self._parts, "language"),
            sections=sections,
            embedded=tuple(_embedded(part) for part in self._parts if part.data is not None),
            notices=tuple(dict.fromkeys(self._notices(told, drawn))),
        )

    def _notices(self, told: Metadata, drawn: DrawnPages | None) -> Iterator[str]:
        if any(part.is_altered for part in self._parts):
            yield Notice.PART_ALTERED
        if any(part.data is None for part in self._parts):
            yield Notice.PART_MISSING
        if any(part.data is not None and part.document is None for part in self._parts):
            yield Notice.EMBEDDED_NOT_SHOWN
        if _names_several([told.patient, *(seen for part in self._parts for seen in _seen(part))]):
            yield Notice.PERSONS_DIFFER
        for part in self._parts:
            yield from part.document.opened.notices if part.document else ()
        if drawn and drawn.cut:
            yield Notice.DRAWN_IN_PART


class _Rest:
    """The pages of a part that its words were not set on."""

    def __init__(self, document: Document) -> None:
        self._pages = document.pages
        self._first = document.opened.drawn_pages

    def __len__(self) -> int:
        return len(self._pages) - self._first

    def draw(self, number: int, width: int) -> Image.Image:
        """Draw a page."""
        return self._pages.draw(self._first + number, width)

    def text(self, number: int) -> str:
        """Its words."""
        return self._pages.text(self._first + number)


def _metadata(archive: Archive) -> Iterator[tuple[str, Metadata]]:
    """Read the list of every submission set, with the folder it stands in."""
    for member in archive.members:
        if METADATA.fullmatch(member.name):
            if member.size > MAX_METADATA:
                raise BrokenFile
            yield member.name[: -len("METADATA.XML")], metadata_of(archive.read(member))


def _parts(
    archive: Archive,
    told: list[tuple[str, Metadata]],
    limits: Limits,
    reader: Callable[[bytes, Limits], Document],
) -> Iterator[Part]:
    announced = [(folder, entry) for folder, metadata in told for entry in metadata.entries]
    for number, (folder, entry) in enumerate(announced):
        member = _member(archive, folder, entry.uri)
        if member is None:
            yield Part(entry, None, None)
        elif number >= MAX_OPENED:
            yield Part(entry, archive.read(member), None)
        else:
            yield _opened(entry, archive.read(member), limits, reader)


def _member(archive: Archive, folder: str, uri: str) -> Member | None:
    """Find the file that a list names: beside the list, and nowhere above."""
    return archive.find(folder + uri.removeprefix("./")) if uri else None


def _opened(entry: Entry, data: bytes, limits: Limits, reader: Callable[[bytes, Limits], Document]) -> Part:
    part = Part(entry, data, None, is_altered=_differs(entry, data))
    try:
        if kind_of(data) is Kind.XDM:
            return part  # one inside the other could go on without end
        return replace(part, document=reader(data, limits))
    except FileRefused:
        return part


def _differs(entry: Entry, data: bytes) -> bool:
    if entry.size is not None and entry.size != len(data):
        return True
    return entry.digest is not None and entry.digest != hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _contents(parts: list[Part]) -> Section:
    """Say what was sent, one document a row; the last column only where something is wrong."""
    header = ("Document", "Date", "Auteur", "À savoir")
    rows = [(part.title, day(_stamp(part)), part.entry.author or "", part.state) for part in parts]
    wide = 4 if any(part.state for part in parts) else 3
    table = Table("", header[:wide], tuple(row[:wide] for row in rows))
    return Section("Ce que contient cet envoi", 1, (table,))


def _stamp(part: Part) -> str:
    own = part.document.opened.date if part.document else None
    return (part.entry.date or own or "").replace("-", "")


def _sections(parts: list[Part]) -> Iterator[Section]:
    """Say what there is, then give the words of each part under its title; one sound part needs neither."""
    if len(parts) == 1 and not parts[0].state:
        yield from parts[0].document.opened.sections if parts[0].document else ()
        return
    yield _contents(parts)
    for part in parts:
        sections = part.document.opened.sections if part.document else ()
        if sections:
            yield Section(part.title, 1, ())
        for section in sections:
            yield replace(section, level=min(section.level + 1, 4))


def _words_of_pages(parts: list[Part]) -> Iterator[Section]:
    """Give the words that pages carry themselves, so that the sections tell the whole set."""
    left = MAX_READ
    for part in parts:
        rest = _Rest(part.document) if part.document else ()
        for number in range(min(len(rest), left)):
            if isinstance(rest, _Rest) and (words := _text(rest, number)):
                yield Section(f"{part.title}, page {number + 1}", 2, (Paragraph(words),))
        left -= min(len(rest), left)


def _text(pages: _Rest, number: int) -> str:
    try:
        return pages.text(number).strip()
    except FileRefused:  # one page that cannot be read does not hide the others
        return ""


def _shown(parts: list[Part]) -> list[Pages]:
    rest = [_Rest(part.document) for part in parts if part.document]
    return [pages for pages in rest if len(pages)]


def _heading(told: Metadata, parts: list[Part]) -> list[str]:
    patient = _patient(told, parts)
    lines = (
        _title(told, parts),
        patient.name if patient else "",
        told.author,
        day((told.date or "").replace("-", "")),
    )
    return [line for line in lines if line]


def _title(told: Metadata, parts: list[Part]) -> str:
    if len(parts) == 1:
        return parts[0].title
    return told.title or f"Envoi de {len(parts)} documents"


def _newest(parts: list[Part]) -> str | None:
    return max((part.entry.date for part in parts if part.entry.date), default=None)


def _same(parts: list[Part], name: str) -> str | None:
    """Return what all parts say alike."""
    said = {getattr(part.entry, name) for part in parts}
    return said.pop() if len(said) == 1 else None


def _patient(told: Metadata, parts: list[Part]) -> PatientSeen | None:
    return told.patient or next((part.patient for part in parts if part.patient), None)


def _seen(part: Part) -> list[PatientSeen | None]:
    return [part.entry.patient, part.document.opened.patient if part.document else None]


def _names_several(seen: list[PatientSeen | None]) -> bool:
    """Say whether two numbers, or without numbers two birth dates, are told for one set."""
    for trait in ("ins", "birth_date"):
        told = {flat(value) for one in seen if one and (value := getattr(one, trait))}
        if len(told) > 1:
            return True
    return False


def _embedded(part: Part) -> Embedded:
    media_type = part.document.opened.media_type if part.document else part.entry.media_type
    return Embedded(media_type, len(part.data or b""), part.title)
