"""Whom a paper's words name as the person it is about: labelled names with the birth date beside them.

Context: a paper names many people (doctor, spouse, insured person, child, trusted person). Decision: only
what a label or a birth date makes the paper's subject counts, a name and the date near it are kept
together, and a number counts as INS only where it says INS (a social security number may be the spouse's,
who is the insured). A doctor's name has no birth date and so is never one. Pure text work.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.codes.ins import has_valid_key
from app.reader.dates import FoundDate, dates_in
from app.reader.values import PatientSeen

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["births_in", "matricules_in", "persons_in"]

LOOKED_AT = 20_000
AFTER = 130  # letters between a name and its birth date: a line or two
BEFORE = 60

_CAPITAL = r"[A-ZÀ-ÖØ-ÞŒ]"
_WORD = rf"{_CAPITAL}[\w’'\-]*\.?"
_PART = r"(?:de |du |des |d['’]|le |la |van |von |el |ben |da |dos )?"
_GAP = r"[ \u00a0]{1,3}"
_NAME = rf"{_WORD}(?:(?:{_GAP}|, ?){_PART}{_WORD}){{0,6}}"
_CIVILITY = r"(?:M\.|Mr\.?|Mme\.?|MME|Mlle\.?|MLLE|Monsieur|MONSIEUR|Madame|MADAME|Mademoiselle)"
_PATIENT = re.compile(
    r"\b(?:[Pp]atiente?(?:\(e\))?|PATIENTE?|[Nn]om (?:et [Pp]rénoms? )?d[eu] (?:la )?patiente?"
    rf"|[Nn]oms? et [Pp]rénoms?|NOM ET PR[ÉE]NOMS?|NOM,? PR[ÉE]NOM|[Nn]om,? [Pp]rénom|Identité|Bénéficiaire)"
    rf"[ \u00a0]*:[ \u00a0]*(?:{_CIVILITY}[ \u00a0]*)?({_NAME})"
)
_CALLED = re.compile(rf"\b{_CIVILITY}{_GAP}({_NAME})")
_BARE_LINE = re.compile(rf"^[ \u00a0]*({_NAME})[ \u00a0]*,?[ \u00a0]*$")
_HEADING = re.compile(
    r"(?:Sexe|Nom|Pr[ée]nom|Date|Adresse|Docteure?|Dr|Pr|Ordonnance|Compte|Certificat|R[ée]sultats?|Service"
    r"|H[ôo]pital|Clinique|Laboratoire|Cabinet|Maison|Identité|Page)\b",
    re.IGNORECASE,
)
_COLON = r"[ \u00a0]*:[ \u00a0]*"
_SPACED = r"[ \u00a0]*[: \u00a0][ \u00a0]*"  # official layouts have no colon; a bare « Nom » needs one
_FAMILY = re.compile(
    r"\b(?:(?:Nom|NOM) (?:de (?:naissance|famille)|DE (?:NAISSANCE|FAMILLE)|d['’]usage|D['’]USAGE|utilisé"
    rf"|UTILIS[ÉE]|usuel|marital|patronymique){_SPACED}|(?:Nom|NOM){_COLON})({_NAME})"
)
_GIVEN = re.compile(
    r"\b(?:1er |[Pp]remier )?(?:Pr[ée]nom|PR[ÉE]NOM|prénom)(?:s|S|\(s\)|\(S\))?"
    rf"(?:(?: de naissance| utilisé){_SPACED}|{_COLON})({_NAME})"
)
_BIRTH = re.compile(r"(?:\bnee?\b(?:\s*\(e\))?\s*(?:le)?|naissance|\bddn\b)\s*:?\s*$")
_LABEL_AFTER = re.compile(
    r"\s+(?:Né|Née|NÉE?|NEE?|Date|DATE|Sexe|SEXE|Pr[ée]noms?|PR[ÉE]NOMS?|Nom|NOM|INS|NIR|DDN|Docteur|Dr)\b.*$"
)
_INS = re.compile(
    r"(?:matricule\s+ins|num[eé]ro\s+ins|\bins(?:-nir|-nia)?)\b[^\d\n]{0,20}"
    r"([1-478](?:[ .\u00a0]?\d){4}(?:[ .\u00a0]?[\dAB]){2}(?:[ .\u00a0]?\d){8})",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<!\d)[1-478](?:[ .\u00a0]?\d){4}(?:[ .\u00a0]?[\dAB]){2}"
    r"(?:[ .\u00a0]?\d){6}(?:[ .\u00a0]?\d{2})?(?!\d)"
)


def persons_in(text: str) -> tuple[PatientSeen, ...]:
    """Return the persons a text may be about, each with the birth date and the INS that stand beside it."""
    text = text[:LOOKED_AT]
    births = births_in(text)
    found = [*_whole_names(text), *_labelled_parts(text), *_before_birth(text, births)]
    seen = dict.fromkeys(
        PatientSeen(_clean(name), _birth_beside(start, end, births))
        for start, end, name in found
        if _clean(name)
    )
    matricules = [PatientSeen("", None, one) for one in _labelled_ins(text)]
    return (*seen, *matricules)


def births_in(text: str) -> tuple[FoundDate, ...]:
    """Return the dates a text calls birth dates."""
    return tuple(one for one in dates_in(text[:LOOKED_AT]) if _BIRTH.search(one.before))


def matricules_in(text: str) -> frozenset[str]:
    """Return every number shaped like a matricule or a social security number, thirteen characters each."""
    numbers = (
        re.sub(r"[ .\u00a0]", "", match.group()).upper() for match in _NUMBER.finditer(text[:LOOKED_AT])
    )
    return frozenset(number[:13] for number in numbers)


def _labelled_ins(text: str) -> Iterator[str]:
    for match in _INS.finditer(text):
        number = re.sub(r"[ .\u00a0]", "", match.group(1)).upper()
        if has_valid_key(number):
            yield number


def _whole_names(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _PATIENT.finditer(text):
        yield match.start(), match.end(), match.group(1)


def _labelled_parts(text: str) -> Iterator[tuple[int, int, str]]:
    """``Nom de naissance : … Nom d’usage : … Prénom : …``: one person a block, whatever the order."""
    parts = sorted(
        [(m.start(), m.end(), m.group(1), False) for m in _FAMILY.finditer(text)]
        + [(m.start(), m.end(), m.group(1), True) for m in _GIVEN.finditer(text)]
    )
    block: list[tuple[int, int, str, bool]] = []
    for part in parts:
        if block and part[0] - block[-1][1] > AFTER:
            yield from _joined(block)
            block = []
        block.append(part)
    yield from _joined(block)


def _joined(block: list[tuple[int, int, str, bool]]) -> Iterator[tuple[int, int, str]]:
    """A block with both a given and a family name is a person; several family names are all theirs."""
    given = [_clean(name) for *_, name, is_given in block if is_given]
    family = [_clean(name) for *_, name, is_given in block if not is_given]
    if given and family:
        yield block[0][0], block[-1][1], " ".join(dict.fromkeys((*given, *family)))


def _before_birth(text: str, births: tuple[FoundDate, ...]) -> Iterator[tuple[int, int, str]]:
    """``Madame Odette MARTIN, née le …``, or a line that is a name above one that begins with the birth."""
    for birth in births:
        start = max(0, birth.start - AFTER)
        near = text[start : birth.start]
        called = list(_CALLED.finditer(near))
        if called:
            yield start + called[-1].start(), start + called[-1].end(), called[-1].group(1)
            continue
        lines = near.split("\n")
        bare = _BARE_LINE.match(lines[-2]) if len(lines) > 1 else None
        if bare and " " in bare.group(1).strip() and not _HEADING.match(bare.group(1)):
            yield birth.start - len(lines[-1]) - len(lines[-2]), birth.start, bare.group(1)


def _clean(name: str) -> str:
    """A label that follows on the same line is no name."""
    return " ".join(_LABEL_AFTER.sub("", f"{name} ").replace(",", " ").split())


def _birth_beside(start: int, end: int, births: tuple[FoundDate, ...]) -> str | None:
    """The birth date that follows a name closely, else one just before it."""
    after = [one for one in births if 0 <= one.start - end <= AFTER or start <= one.start < end]
    before = [one for one in births if 0 <= start - one.end <= BEFORE]
    near = after[:1] or before[-1:]
    return near[0].day.isoformat() if near else None
