"""``tandem show FILE``: one document as the viewer shows it, as text, JSON or pictures. No Qt here.

The file is read in the reader process, like everything that comes from elsewhere. A refused file ends with
exit code 1 and the sentence that a person would see.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TextIO

import orjson

from app.errors import PersonCanAct, TandemError, WorldFailed
from app.reader.client import Reader
from app.reader.errors import TooHeavy
from app.reader.values import Kind, Limits, Opened
from ui import formats
from ui.messages import sentence
from ui.text import _, mark, named

__all__ = ["FileNotFound", "FileNotReadable", "OutputNotWritten", "show"]

PICTURE_WIDTH = 1240  # an A4 page at 150 dots an inch

KINDS: dict[Kind, str] = {
    Kind.PDF: mark("Document PDF"),
    Kind.JPEG: mark("Photo (JPEG)"),
    Kind.PNG: mark("Image (PNG)"),
    Kind.TIFF: mark("Scan (TIFF)"),
    Kind.TEXT: mark("Texte"),
    Kind.RTF: mark("Texte mis en forme (RTF)"),
    Kind.CDA: mark("Document de santé (CDA)"),
    Kind.XDM: mark("Lot de documents de santé (XDM)"),
    Kind.DICOM: mark("Image médicale (DICOM)"),
}

NOTICES: dict[str, str] = {
    "script-not-run": mark("Ce document contient un programme. Tandem le montre sans rien exécuter."),
    "embedded-files": mark("Ce document contient des fichiers joints. Ils ne sont pas ouverts."),
    "encrypted": mark("Ce document est protégé par son auteur. On peut le lire, pas le ranger."),
    "repaired": mark("Ce document était un peu abîmé. Vérifiez qu’il est complet."),
    "drawn-in-part": mark(
        "Ce document est très long. Ses images s’arrêtent avant la fin ; le texte est entier."
    ),
    "embedded-not-shown": mark("Une pièce jointe de ce document ne peut pas être montrée."),
    "no-readable-text": mark("Ce document n’a pas de texte lisible."),
    "words-only": mark(
        "Ce poste n’a pas de protection pour les images : seuls les mots sont montrés. "
        "Prévenez le responsable de ce poste."
    ),
    "recognised-words": mark(
        "L’ordinateur a reconnu les mots de ce papier. Il peut se tromper : vérifiez les doses sur la page."
    ),
    "part-altered": mark(
        "Une partie de cet envoi a changé depuis son départ. Demandez qu’on vous l’envoie de nouveau."
    ),
    "part-missing": mark("Une partie annoncée de cet envoi manque. Demandez-la à qui vous l’a envoyé."),
    "persons-differ": mark("Cet envoi parle de plusieurs personnes. Vérifiez qu’il est bien pour vous."),
    "no-picture": mark("Ce fichier médical ne contient pas d’image."),
    "picture-not-decoded": mark(
        "Tandem ne sait pas montrer cette image. Demandez-la au service d’imagerie en JPEG ou en PDF."
    ),
    "not-for-diagnosis": mark("Cette image aide à comprendre. Elle ne remplace pas l’avis du médecin."),
}


class FileNotFound(PersonCanAct):
    """There is no such file."""

    code = "file-not-found"


class FileNotReadable(PersonCanAct):
    """The file is there but cannot be opened."""

    code = "file-not-readable"


class OutputNotWritten(WorldFailed):
    """The standard output takes nothing: full, or closed."""

    code = "output-not-written"


@dataclass(frozen=True, slots=True)
class Part:
    """A titled part of the readable text."""

    title: str
    text: str


def show(path: Path, *, as_json: bool, pictures: Path | None, out: TextIO | None, err: TextIO | None) -> int:
    """Read ``path`` and write what it says to ``out``; return 0, or 1 with a sentence on ``err``.

    A stream that was closed before the program started is None.
    """
    for stream in (out, err):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")  # words have letters that no code page has
    if out is None:
        tell(err, sentence(OutputNotWritten()))
        return 1
    try:
        with Reader() as reader:
            opened = reader.open(contents(path))
            parts = parts_of(reader, opened)
            if pictures is not None:
                draw_pages(reader, opened, pictures)
    except TandemError as refused:
        tell(err, sentence(refused))
        return 1
    try:
        if as_json:
            out.write(orjson.dumps(as_object(opened, parts), option=orjson.OPT_INDENT_2).decode() + "\n")
        else:
            out.write(as_words(opened, parts))
        out.flush()  # a full disk shows here at the latest, not when the program has ended
    except BrokenPipeError:  # whoever reads has seen enough
        give_up(out)
        return 1
    except OSError:
        give_up(out)
        tell(err, sentence(OutputNotWritten()))
        return 1
    if not as_json:
        tell(err, *(_(NOTICES[notice]) for notice in opened.notices if notice in NOTICES))
    return 0


def tell(err: TextIO | None, *sentences: str) -> None:
    """Write sentences, one a line; where nobody can be told, the exit code must do."""
    if err is None:
        return
    try:
        err.writelines(f"{words}\n" for words in sentences)
        err.flush()
    except OSError:
        give_up(err)


def give_up(stream: TextIO) -> None:
    """Let go of what could not be written: Python would try again at its end, and fail with a trace."""
    with contextlib.suppress(OSError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def contents(path: Path) -> bytes:
    """Read the file's bytes, at most as many as are read at all; a pipe or a device is no document."""
    limit = Limits().read_bytes
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise FileNotReadable
        if about.st_size > limit:
            raise TooHeavy(size=about.st_size, limit=limit)
        with path.open("rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError:
        raise FileNotFound from None
    except (OSError, ValueError):  # no right to it, no disk any more, a name that no system has
        raise FileNotReadable from None


def parts_of(reader: Reader, opened: Opened) -> list[Part]:
    """Return the readable text: its sections, then the pages of what has a text layer."""
    parts = [Part(section.title, section.text) for section in opened.sections]
    if opened.kind is Kind.XDM:  # its sections tell its pages too
        return parts
    for number in range(opened.drawn_pages, opened.pages):
        words = reader.page_text(number)
        if words or opened.kind is Kind.PDF:
            parts.append(Part(_("Page {number}").format(number=number - opened.drawn_pages + 1), words))
    return parts


def draw_pages(reader: Reader, opened: Opened, folder: Path) -> None:
    """Write each page as a PNG, ``01.png`` first."""
    digits = max(2, len(str(opened.pages)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(opened.pages):
            (folder / f"{number + 1:0{digits}d}.png").write_bytes(reader.page_png(number, PICTURE_WIDTH))
    except OSError:
        raise FileNotReadable from None


def as_object(opened: Opened, parts: list[Part]) -> dict[str, object]:
    """Return what ``--json`` writes."""
    person = opened.patient
    return {
        "title": opened.title,
        "kind": opened.kind.value,
        "kind_label": opened.kind_label or _(KINDS[opened.kind]),
        "date": opened.date,
        "author": opened.author,
        "custodian": opened.custodian,
        "language": opened.language,
        "patient": None
        if person is None
        else {"name": person.name, "birth_date": person.birth_date, "ins": person.ins},
        "sections": [{"title": part.title, "text": part.text} for part in parts],
        "pages": opened.pages,
        "notices": list(opened.notices),
    }


def as_words(opened: Opened, parts: list[Part]) -> str:
    """Return the document for someone who reads it at a terminal."""
    lines: list[str] = [named(label, value) for label, value in facts(opened) if value]
    for part in parts:
        lines += ["", *([part.title, "-" * len(part.title)] if part.title else []), part.text]
    return "\n".join(lines).rstrip() + "\n"


def facts(opened: Opened) -> list[tuple[str, str | None]]:
    """Return label and value of what the document says of itself."""
    person = opened.patient
    return [
        (_("Titre"), opened.title),
        (_("Sorte"), opened.kind_label or _(KINDS[opened.kind])),
        (_("Date"), day(opened.date)),
        (_("Auteur"), opened.author),
        (_("Personne"), person.name if person else None),
        (_("Naissance"), day(person.birth_date) if person else None),
        (_("Matricule INS"), person.ins if person else None),
        (_("Pages"), str(opened.pages)),
    ]


def day(told: str | None) -> str | None:
    """Write an ISO date in words; what is less than a whole date stays as it is."""
    try:
        return formats.day(date.fromisoformat((told or "")[:10]))
    except ValueError:
        return told
