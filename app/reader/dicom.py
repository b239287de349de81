"""DICOM, the form of radiographs, scanners and echographies: who, what, when, and its frames as pages.

A file without a picture (a structured report, the table of a CD) is shown with what it says of itself; one
that wraps a PDF or a CDA is shown as that. Decision: pictures are for looking at, on a screen that nobody
has calibrated; a notice says so each time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.reader.cda_header import INS_ROOTS
from app.reader.cda_words import iso_day
from app.reader.dicom_file import DicomFile, items, read, told, words
from app.reader.dicom_pixels import DicomPages, NotDecodable
from app.reader.dicom_words import BODY_PARTS, MODALITIES
from app.reader.drawing import DrawnPages
from app.reader.errors import CannotShrink, FileRefused, NotAccepted, ReaderFailed
from app.reader.sniffing import MEDIA_TYPES, kind_of
from app.reader.values import Embedded, Kind, Limits, Notice, Opened, Paragraph, PatientSeen, Section

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydicom.dataset import Dataset

    from app.reader.pages import Document, Pages

__all__ = ["DicomDocument"]

FIRST_LOOK = 1500
WRAPPED = frozenset({Kind.PDF, Kind.CDA})
_NO_PICTURE = "Ce fichier médical ne contient pas d’image."
_NOT_DECODED = "Cette image est enregistrée d’une façon que Tandem ne sait pas lire."


class DicomDocument:
    """An open DICOM file; ``reader`` opens what is wrapped in it."""

    def __init__(self, data: bytes, limits: Limits, reader: Callable[[bytes, Limits], Document]) -> None:
        self._size = len(data)
        file = read(data)
        self._wrapped = _wrapped(file.elements)
        self._inner = self._open_inner(limits, reader)
        notice, pictures = (None, None) if self._inner else _pictures(file, limits)
        sections = _sections(notice) if not self._inner else self._inner.opened.sections
        drawn = DrawnPages(_heading(file.elements), sections) if not (self._inner or pictures) else None
        self.pages: Pages = self._inner.pages if self._inner else pictures or drawn  # type: ignore[assignment]
        notices = [*([notice] if notice else []), *(self._inner.opened.notices if self._inner else ())]
        if pictures:
            notices.append(Notice.NOT_FOR_DIAGNOSIS)
            notices += [Notice.DRAWN_IN_PART] if pictures.cut else []
        first = self._inner.opened.drawn_pages if self._inner else len(drawn) if drawn else 0
        self.opened = replace(
            _facts(file.elements, len(data)),
            pages=len(self.pages),
            drawn_pages=first,
            sections=sections,
            embedded=self._embedded(),
            notices=tuple(dict.fromkeys(notices)),
        )

    def check_for_filing(self) -> None:
        """The national space takes no DICOM: it is read here, and kept by the imaging service."""
        raise NotAccepted(kind=Kind.DICOM.value)

    def embedded(self, index: int) -> bytes:
        """Give the bytes of what is wrapped."""
        if index or self._inner is None:
            raise ReaderFailed
        return self._wrapped

    def shrink(self, max_bytes: int) -> tuple[str, bytes]:
        """A medical picture is not made poorer."""
        raise CannotShrink(size=self._size, limit=max_bytes)

    def _open_inner(self, limits: Limits, reader: Callable[[bytes, Limits], Document]) -> Document | None:
        try:
            if self._wrapped.strip(b"\0 ") and kind_of(self._wrapped) in WRAPPED:
                return reader(self._wrapped, limits)
        except FileRefused:
            return None
        return None

    def _embedded(self) -> tuple[Embedded, ...]:
        if self._inner is None:
            return ()
        inner = self._inner.opened
        return (Embedded(inner.media_type, len(self._wrapped), inner.title or ""),)


def _wrapped(elements: Dataset) -> bytes:
    data = told(elements, "EncapsulatedDocument")
    return data if isinstance(data, bytes) else b""


def _pictures(file: DicomFile, limits: Limits) -> tuple[Notice | None, DicomPages | None]:
    """Open the frames; the first is drawn now, so that a damaged one is refused and not found out later."""
    if not any(told(file.elements, name) for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        return Notice.NO_PICTURE, None
    try:
        pages = DicomPages(file, limits)
        pages.draw(0, FIRST_LOOK)
    except NotDecodable:
        return Notice.PICTURE_NOT_DECODED, None
    return None, pages


def _sections(notice: Notice | None) -> tuple[Section, ...]:
    if notice is None:
        return ()
    said = _NO_PICTURE if notice is Notice.NO_PICTURE else _NOT_DECODED
    return (Section("", 1, (Paragraph(said),)),)


def _heading(elements: Dataset) -> list[str]:
    patient = _patient(elements)
    return [line for line in (_title(elements), patient.name if patient else "") if line]


def _facts(elements: Dataset, size: int) -> Opened:
    institution = _lettered(words(elements, "InstitutionName"))
    return Opened(
        kind=Kind.DICOM,
        media_type=MEDIA_TYPES[Kind.DICOM],
        sha256="",
        size=size,
        pages=0,
        title=_title(elements),
        kind_label=_modality(elements),
        date=_date(elements),
        author=_author(elements) or institution,
        custodian=institution,
        patient=_patient(elements),
    )


def _lettered(said: str) -> str | None:
    """Some scanners fill what they do not know with dashes."""
    return said if any(map(str.isalpha, said)) else None


def _modality(elements: Dataset) -> str:
    return MODALITIES.get(words(elements, "Modality").upper(), "Image médicale")


def _title(elements: Dataset) -> str:
    """Say the kind of examination and the part of the body, else how the study was called there."""
    part = words(elements, "BodyPartExamined")
    said = BODY_PARTS.get(part.upper().replace(" ", ""), part.capitalize() if part.isupper() else part)
    place = said or words(elements, "StudyDescription") or words(elements, "DocumentTitle")
    return f"{_modality(elements)} – {place}" if place else _modality(elements)


def _date(elements: Dataset) -> str | None:
    for name in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "InstanceCreationDate"):
        if found := iso_day(words(elements, name)):
            return found
    return None


def _author(elements: Dataset) -> str | None:
    for name in ("NameOfPhysiciansReadingStudy", "PerformingPhysicianName"):
        if found := _lettered(_person(words(elements, name).split("\\")[0])):
            return found
    return None


def _person(name: str) -> str:
    """``MARTIN^Anne^^Dr`` → ``Dr Anne MARTIN``; what follows « = » says it again in other letters."""
    parts = [" ".join(part.split()) for part in name.split("=", maxsplit=1)[0].split("^")] + [""] * 4
    return " ".join(part for part in (parts[3], parts[1], parts[0]) if part)


def _patient(elements: Dataset) -> PatientSeen | None:
    name = _person(words(elements, "PatientName"))
    birth = iso_day(words(elements, "PatientBirthDate"))
    ins = _ins(elements)
    return PatientSeen(name, birth, ins) if name or birth or ins else None


def _ins(elements: Dataset) -> str | None:
    """Take the number that an INS authority gave, the person's first or one of the others."""
    known: dict[str, str] = {}
    for place in (elements, *items(elements, "OtherPatientIDsSequence")):
        for issuer in items(place, "IssuerOfPatientIDQualifiersSequence"):
            root = words(issuer, "UniversalEntityID")
            known.setdefault(root, words(place, "PatientID").replace(" ", ""))
    return next((known[root] for root in INS_ROOTS if known.get(root)), None)
