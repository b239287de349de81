"""Why a file is refused.

::

    FileRefused                 the person can choose another file, or another copy of it
    ├── EmptyFile               nothing in it
    ├── TooHeavy                size > limit, bytes
    ├── CannotShrink            still over the limit once everything was tried; size = the smallest reached
    ├── PasswordProtected       opens with a password only
    ├── EncryptedFile           opens, but its maker locked it: shown, not filed
    ├── BrokenFile              truncated or damaged
    ├── NotAccepted             a kind that is not read (or not filed); kind = short name
    ├── ScriptInside            carries a program: shown without running it, not filed
    ├── ImageTooLarge           more pixels than can be drawn
    ├── TooComplex              nesting, pieces or memory over the limits
    ├── UnsafeXml               a DTD or entities, which no CDA has
    ├── UnsafeArchive           a ZIP built to harm, or that two programs would understand differently
    ├── AlreadyFiled            the same bytes are in the space already
    ├── NotProtected            pictures are not opened where no sandbox can be had
    ├── ReaderTookTooLong       stopped after ``seconds``
    └── ReaderFailed            the reader process died on it, or met a fault of ours
"""

from __future__ import annotations

from app.errors import Field, PersonCanAct

__all__ = [
    "AlreadyFiled",
    "BrokenFile",
    "CannotShrink",
    "EmptyFile",
    "EncryptedFile",
    "FileRefused",
    "ImageTooLarge",
    "NotAccepted",
    "NotProtected",
    "PasswordProtected",
    "ReaderFailed",
    "ReaderTookTooLong",
    "ScriptInside",
    "TooComplex",
    "TooHeavy",
    "UnsafeArchive",
    "UnsafeXml",
    "refusal",
]


class FileRefused(PersonCanAct):
    """Root of all refusals of a file."""


class EmptyFile(FileRefused):
    """The file holds nothing."""

    code = "file-empty"


class TooHeavy(FileRefused):
    """``size`` bytes, more than ``limit``."""

    code = "file-too-heavy"


class CannotShrink(FileRefused):
    """``size`` bytes is the least that stays legible, more than ``limit``."""

    code = "file-cannot-shrink"


class PasswordProtected(FileRefused):
    """The file opens with a password only."""

    code = "file-password-protected"


class EncryptedFile(FileRefused):
    """The file can be looked at but its maker locked it, so it is not filed."""

    code = "file-encrypted"


class BrokenFile(FileRefused):
    """The file is truncated or damaged."""

    code = "file-broken"


class NotAccepted(FileRefused):
    """``kind``: a short name of what it seems to be (word, zip, heic, html, xml, cda, executable…)."""

    code = "file-not-accepted"


class ScriptInside(FileRefused):
    """The file carries a program (JavaScript, Launch)."""

    code = "file-script-inside"


class ImageTooLarge(FileRefused):
    """``megapixels`` is more than ``limit``."""

    code = "file-image-too-large"


class TooComplex(FileRefused):
    """More nesting, pieces or memory than an honest document needs."""

    code = "file-too-complex"


class UnsafeXml(FileRefused):
    """A document type or entities, by which a file reaches outside itself."""

    code = "file-unsafe-xml"


class UnsafeArchive(FileRefused):
    """``reason``: members, names, links, ratio, total, overlap, zip64, method, around or lies."""

    code = "file-unsafe-archive"


class AlreadyFiled(FileRefused):
    """The same bytes are in the space already."""

    code = "file-already-filed"


class NotProtected(FileRefused):
    """This PC has no sandbox for the reader process: words are read, nothing is drawn."""

    code = "reader-not-protected"


class ReaderTookTooLong(FileRefused):
    """The reader process was stopped after ``seconds``."""

    code = "reader-took-too-long"


class ReaderFailed(FileRefused):
    """The reader process died on this file, or met a fault of ours."""

    code = "reader-failed"


_BY_CODE: dict[str, type[FileRefused]] = {kind.code: kind for kind in FileRefused.__subclasses__()}


def refusal(code: str, fields: dict[str, Field]) -> FileRefused:
    """Make the refusal that the reader process named; an unknown code is a :class:`ReaderFailed`."""
    kind = _BY_CODE.get(code)
    return kind(**fields) if kind else ReaderFailed()
