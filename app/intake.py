"""What may be filed: a stranger's file is looked at, named, dated, made lighter, or refused.

Decision: the content alone says what a file is; its name only helps to find a title. A document over the
limit is made lighter in the reader process and what comes back is what is shown and kept, so that nobody
discovers a blurred page later. Sizes are bytes; 5 MB is the limit of the national space.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from app import identity_check
from app.reader import facts
from app.reader.errors import AlreadyFiled, CannotShrink, FileRefused, NotAccepted, TooHeavy
from app.reader.file_names import day_in, title_in
from app.reader.values import Kind, Opened
from app.search import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.fhir import Resource
    from app.identity_check import IdentityCheck
    from app.reader.client import Reader

__all__ = [
    "ACCEPTED", "LIMIT", "NAME_LIMIT", "PAGES_FOUND", "PAGES_READ", "Candidate", "check", "with_words",
]  # fmt: skip

ACCEPTED = frozenset({Kind.PDF, Kind.JPEG, Kind.PNG, Kind.TIFF, Kind.TEXT, Kind.RTF})
LIMIT = 5_000_000
NAME_LIMIT = 50
PAGES_READ = 2
PAGES_FOUND = 200
"""Pages whose words can be searched; what is longer is found by its beginning."""

# The first category one of whose folded words stands in the title, else in the text, is proposed.
_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("SYNTHESE", ("synthese medicale", "volet medical de synthese", "sante en resume")),
    ("ORD_SOIN", ("ordonnance", "prescription", "feuille de soins", "soins infirmiers", "kinesitherapie")),
    ("BIOLOGIE", ("analyses", "laboratoire", "biologie", "prise de sang", "glycemie", "hemoglobine")),
    ("RADIO_SC", ("radiographie", "imagerie", "scanner", "irm", "echographie", "mammographie", "radio")),
    (
        "CPT_REND",
        (
            "compte rendu",
            "hospitalisation",
            "lettre de liaison",
            "consultation",
            "operatoire",
            "chere? confrere",
            "chere consoeur",
        ),
    ),
    ("DEPISTAG", ("depistage", "vaccination", "vaccin", "prevention")),
    ("CERT_MED", ("certificat", "arret de travail", "aptitude")),
    ("DOC_ADM", ("attestation", "facture", "assurance maladie", "mutuelle", "remboursement", "caisse")),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be filed: ``data`` is what will be kept, ``opened`` what the reader made of it.

    ``shrunk_from`` is the size in bytes before it was made lighter, None where it was not. ``text`` is what
    can be searched. ``identity`` says whether it names the person of the space, or another.
    """

    data: bytes
    media_type: str
    sha256: str
    size: int
    pages: int
    proposed_title: str
    proposed_date: date | None
    proposed_category: str | None
    shrunk_from: int | None
    opened: Opened
    text: str = ""
    identity: IdentityCheck = identity_check.UNKNOWN


def check(
    reader: Reader,
    data: bytes,
    file_name: str,
    *,
    known: Callable[[str], bool],
    patient: Resource | None = None,
) -> Candidate:
    """Look at a file that someone wants to file; ``known`` tells whether a SHA-256 (hex) is filed already.

    With the ``patient`` of the space, whom the paper names is compared with them.
    The reader keeps what will be filed open. Raises ``NotAccepted`` for a kind that is not filed,
    ``AlreadyFiled``, ``TooHeavy``, ``ScriptInside``, and what ``Reader.open`` raises.
    """
    opened = reader.open(data)
    if opened.kind not in ACCEPTED:
        raise NotAccepted(kind=opened.kind.value)
    if known(opened.sha256):
        raise AlreadyFiled
    reader.check_for_filing()
    text = _words(reader, opened)  # of what was brought: a page drawn again has no words any more
    identity = identity_check.UNKNOWN
    if patient is not None:
        identity = identity_check.check(patient, text=text, codes=_codes(reader, opened))
    kept, shrunk_from = data, None
    if len(data) > LIMIT:
        kept, shrunk_from = _lighter(reader, data), len(data)
        opened = _with_facts_of(reader.open(kept), opened)
        if known(opened.sha256):
            raise AlreadyFiled
    title = _cut(opened.title or title_in(file_name) or "")
    return Candidate(
        data=kept,
        media_type=opened.media_type,
        sha256=opened.sha256,
        size=len(kept),
        pages=opened.pages,
        proposed_title=title,
        proposed_date=_date(opened, file_name),
        proposed_category=_category(title, file_name, text),
        shrunk_from=shrunk_from,
        opened=opened,
        text=text,
        identity=identity,
    )


def with_words(
    candidate: Candidate, file_name: str, text: str, *, patient: Resource | None = None
) -> Candidate:
    """Propose anew with the words that were recognised on the first pages of a file that carries none.

    What the file said itself stands: its title, the person in its code; but not its date, which is that
    of the copy.
    """
    seen, opened = facts.of_text(text), candidate.opened
    title = candidate.proposed_title if opened.title else _cut(seen.title or title_in(file_name) or "")
    identity = candidate.identity
    if patient is not None and identity.verdict is identity_check.Verdict.UNKNOWN:
        identity = identity_check.check(patient, text=text, codes=[])
    day = _date(replace(opened, date=seen.date or opened.date), file_name)
    return replace(
        candidate,
        proposed_title=title,
        proposed_date=day,
        proposed_category=_category(title, file_name, text) or candidate.proposed_category,
        text="\n".join(part for part in (candidate.text, text) if part.strip()),
        identity=identity,
    )


def _lighter(reader: Reader, data: bytes) -> bytes:
    try:
        return reader.shrink(LIMIT).data
    except CannotShrink as fault:
        raise TooHeavy(size=len(data), limit=LIMIT) from fault


def _with_facts_of(shrunk: Opened, original: Opened) -> Opened:
    """Keep what the heavier file said of itself, and what was told about it."""
    return replace(
        shrunk,
        title=original.title,
        date=original.date,
        author=original.author,
        patient=original.patient,
        notices=tuple(dict.fromkeys((*original.notices, *shrunk.notices))),
    )


def _words(reader: Reader, opened: Opened) -> str:
    """Return the words of a document; a later page that cannot be read does not spoil the others."""
    return "\n".join(_page_words(reader, opened)) if opened.kind is Kind.PDF else opened.text


def _page_words(reader: Reader, opened: Opened) -> Iterator[str]:
    for number in range(min(PAGES_FOUND, opened.pages)):
        with contextlib.suppress(FileRefused):
            yield reader.page_text(number)


def _codes(reader: Reader, opened: Opened) -> list[str]:
    """Return the messages of the DataMatrix codes on the first pages; that none can be read is no refusal."""
    found: list[str] = []
    if opened.kind in {Kind.TEXT, Kind.RTF}:
        return found
    for number in range(min(PAGES_READ, opened.pages)):
        with contextlib.suppress(FileRefused):
            found += [code.text for code in reader.page_codes(number)]
    return found


def _cut(title: str) -> str:
    """Shorten at a word to what a name may have."""
    title = " ".join(title.split())
    if len(title) <= NAME_LIMIT:
        return title
    cut = title[: NAME_LIMIT + 1].rsplit(" ", 1)[0] if " " in title[: NAME_LIMIT + 1] else title[:NAME_LIMIT]
    return cut.rstrip(" ,;:-–(") or title[:NAME_LIMIT]


def _date(opened: Opened, file_name: str) -> date | None:
    """Take the date that the document states, else one that its name carries; never a day to come."""
    today = date.today()  # noqa: DTZ011  a paper carries the wall's date
    return next((day for day in (_day(opened.date), day_in(file_name)) if day and day <= today), None)


def _day(told: str | None) -> date | None:
    try:
        return date.fromisoformat((told or "")[:10])
    except ValueError:
        return None


def _category(title: str, file_name: str, text: str) -> str | None:
    for words in (fold(f"{title} {file_name}"), fold(text[:3000])):
        hits = [
            (found.start(), category)
            for category, signs in _WORDS
            for sign in signs
            if (found := re.search(rf"\b{sign}\b", words))
        ]
        if hits:
            return min(hits)[1]
    return None
