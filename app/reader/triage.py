"""What a PDF carries besides its pages: programs, files, a lock, damage. Looked at before a page is drawn.

Decision: names alone prove nothing, since a font may be called ``/JS`` and a sentence may hold the word. Each
object is read by qpdf, which undoes compression and escapes; the few that hold a suspect word are looked at
for the shape of what a viewer would run (ISO 32000-1 §12.6.4, §12.7.8, §13.6). Objects that nothing points
at count too: another viewer may find its way to them.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pikepdf

from app.reader.errors import BrokenFile, PasswordProtected
from app.reader.values import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RECOGNISED", "triage", "written_anew"]

# What made the PDF: us, with words that were recognised under its pictures.
RECOGNISED = "Tandem, recognised words"

_SUSPECT = re.compile(rb"/(?:JS|JavaScript|Launch|XFA|Flash|OnInstantiate|EF)\b")
_XFA_SCRIPT = re.compile(rb"<(?:[\w.-]+:)?script\b|\x00", re.IGNORECASE)
_OBJECT = re.compile(rb"\d\s+obj\b")
_DAMAGE = ("reconstruct", "damaged")
_LAUNCHED = ("/F", "/Win", "/Unix", "/Mac")


def triage(data: bytes) -> tuple[Notice, ...]:
    """Look at the structure of a PDF; raises PasswordProtected or BrokenFile."""
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            return tuple(_findings(pdf, data))
    except pikepdf.PasswordError as fault:
        raise PasswordProtected from fault
    except pikepdf.PdfError as fault:
        raise BrokenFile from fault


def written_anew(data: bytes) -> bytes:
    """Return the same PDF as qpdf understands it; raises BrokenFile."""
    sink = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            pdf.save(sink)
    except pikepdf.PdfError as fault:
        raise BrokenFile from fault
    return sink.getvalue()


def _findings(pdf: pikepdf.Pdf, data: bytes) -> Iterator[Notice]:
    if pdf.is_encrypted:
        yield Notice.ENCRYPTED
    damaged = any(word in str(warning) for warning in pdf.get_warnings() for word in _DAMAGE)
    if _is_truncated(data, damaged=damaged):
        raise BrokenFile
    if damaged:
        yield Notice.REPAIRED
    if str(pdf.docinfo.get("/Creator", "")) == RECOGNISED:
        yield Notice.RECOGNISED_WORDS
    scripts, files = _active_content(pdf)
    if scripts:
        yield Notice.SCRIPT_NOT_RUN
    if files:
        yield Notice.EMBEDDED_FILES


def _is_truncated(data: bytes, *, damaged: bool) -> bool:
    """Tell whether objects come after the last end mark: a part is missing, and nobody knows which.

    A cut revision leaves the one before whole, so qpdf alone would show that one as if nothing were missing.
    """
    end = data.rfind(b"%%EOF")
    if end >= 0 and not _OBJECT.search(data, end):
        return False
    return damaged or data.find(b"startxref", max(end, 0)) < 0


def _active_content(pdf: pikepdf.Pdf) -> tuple[bool, bool]:
    """Return (runs something, carries files)."""
    scripts = files = False
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream):
            thing = thing.stream_dict  # noqa: PLW2901  # its data is no structure
        elif not isinstance(thing, (pikepdf.Dictionary, pikepdf.Array)):
            continue
        if _SUSPECT.search(thing.unparse(resolved=True)):
            for inner in _dictionaries(thing):
                scripts = scripts or _runs(inner)
                files = files or _holds_file(inner)
    return scripts, files


def _dictionaries(thing: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    """Every dictionary written inside this object; what it points at comes by itself."""
    waiting = [thing]
    while waiting:
        here = waiting.pop()
        inside: list[object] = []
        if isinstance(here, pikepdf.Dictionary):
            yield here
            inside = [value for _, value in here.items()]
        elif isinstance(here, pikepdf.Array):
            inside = list(here)
        waiting += [one for one in inside if isinstance(one, pikepdf.Object) and not one.is_indirect]


def _runs(thing: pikepdf.Dictionary) -> bool:
    return _is_action(thing) or _is_named_script(thing) or _is_film(thing) or _is_running_form(thing)


def _is_action(thing: pikepdf.Dictionary) -> bool:
    what = thing.get("/S")
    if what == pikepdf.Name.JavaScript or what == pikepdf.Name.Rendition:  # noqa: PLR1714  # names do not hash
        return "/JS" in thing
    return what == pikepdf.Name.Launch and any(key in thing for key in _LAUNCHED)


def _is_named_script(thing: pikepdf.Dictionary) -> bool:
    tree = thing.get("/JavaScript")
    if not isinstance(tree, pikepdf.Dictionary):
        return False
    branches = (tree.get("/Names"), tree.get("/Kids"))
    return any(isinstance(branch, pikepdf.Array) and len(branch) > 0 for branch in branches)


def _is_film(thing: pikepdf.Dictionary) -> bool:
    return thing.get("/Subtype") == pikepdf.Name.Flash or isinstance(
        thing.get("/OnInstantiate"), pikepdf.Stream
    )


def _is_running_form(thing: pikepdf.Dictionary) -> bool:
    """An XFA form whose description holds scripts; one that only describes fields is harmless."""
    if "/XFA" not in thing or "/Fields" not in thing:
        return False
    form = thing.get("/XFA")
    parts = list(form) if isinstance(form, pikepdf.Array) else [form]
    return any(_has_script(part) for part in parts if isinstance(part, pikepdf.Stream))


def _has_script(part: pikepdf.Stream) -> bool:
    try:
        return _XFA_SCRIPT.search(part.read_bytes()) is not None
    except pikepdf.PdfError:
        return True


def _holds_file(thing: pikepdf.Dictionary) -> bool:
    return isinstance(thing.get("/EF"), pikepdf.Dictionary) and ("/F" in thing or "/UF" in thing)
