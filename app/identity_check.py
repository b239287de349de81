"""Whose paper is it? The person a paper names, beside the person whose space is open.

Context: a paper filed in the wrong person's space is the worst mistake of this trade; but a false alarm on
every tenth paper teaches people to press it away. Decision: a paper is OTHER only on strong evidence, the
INS of its code, an INS that says so, or a name *and* a birth date that stand together and both differ. One
of them alone, a spouse, a child, the doctor, a misread digit, a married name that the space does not know:
UNKNOWN, and nothing is asked. What the code says stands above what words say; words that name the space's
own person stand above words that name another.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TYPE_CHECKING

from app.acts import audit, record
from app.fhir import extension, items, nodes, string
from app.fhir.audit_event import AuditAction
from app.fhir.patient import birth_date_text, ins
from app.reader.ins_datamatrix import parse, person_of
from app.reader.persons import births_in, matricules_in, persons_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.fhir import Resource
    from app.reader.values import PatientSeen
    from app.space import Space

__all__ = ["UNKNOWN", "Fact", "IdentityCheck", "Verdict", "check", "note_decision"]


class Verdict(StrEnum):
    """Whose paper it is."""

    SAME = "same"
    OTHER = "other"
    UNKNOWN = "unknown"


class Fact(StrEnum):
    """A trait that differs."""

    NAME = "name"
    BIRTH_DATE = "birth-date"
    INS = "ins"


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """The verdict; for OTHER what differs, and the person the paper names (shown to ask, never logged)."""

    verdict: Verdict
    differing: tuple[Fact, ...] = ()
    seen: PatientSeen | None = None


UNKNOWN = IdentityCheck(Verdict.UNKNOWN)

_LIKE = 0.8  # two words this alike are one word misread
_UNLIKE = 0.6  # words less alike than this are surely two
_SHORT = 3
_PARTICLES = frozenset({
    "DE", "DU", "DES", "D", "LE", "LA", "L", "VAN", "VON", "EL", "BEN", "DA", "DOS",
    "EP", "EPOUSE", "NEE", "NE", "VVE", "VEUVE", "MME", "MLLE", "MR", "MADAME", "MONSIEUR", "MADEMOISELLE",
})  # fmt: skip
_BIRTH_GIVEN = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name"


@dataclass(frozen=True, slots=True)
class _Known:
    """The traits of the space's person, folded."""

    families: frozenset[str]
    givens: frozenset[str]
    birth: str
    matricule: str


def check(patient: Resource, *, text: str = "", codes: Iterable[str] = ()) -> IdentityCheck:
    """Compare a paper's words and the messages of its codes with the person of the space."""
    known = _known(patient)
    by_code = _best(_by_ins(known, person_of(one)) for message in codes if (one := parse(message)))
    if by_code.verdict is not Verdict.UNKNOWN:
        return by_code
    return _by_words(known, text)


def note_decision(space: Space, *, is_theirs: bool, document_id: str | None = None) -> None:
    """Write into the journal what was answered when a paper seemed to be another person's."""
    entities = [f"DocumentReference/{document_id}"] if document_id else []
    answer = ("paper-of-another-person", "confirmed" if is_theirs else "refused")
    record(space, audit(space, AuditAction.EXECUTE, entities, succeeded=is_theirs, detail=answer))


# ---------------------------------------------------------------- code


def _by_ins(known: _Known, seen: PatientSeen) -> IdentityCheck:
    """A qualified identity: the matricule decides; one person may have had two (NIA, then NIR)."""
    if not known.matricule:
        return _by_traits(known, seen)
    if (seen.ins or "")[:13] == known.matricule[:13]:
        return IdentityCheck(Verdict.SAME, seen=seen)
    name, birth = _name_differs(known, seen.name), _birth_differs(known, seen.birth_date)
    if name is False and birth is False:
        return IdentityCheck(Verdict.SAME, seen=seen)
    facts = (Fact.INS, *((Fact.NAME,) if name else ()), *((Fact.BIRTH_DATE,) if birth else ()))
    return IdentityCheck(Verdict.OTHER, facts, seen)


# ---------------------------------------------------------------- words


def _by_words(known: _Known, text: str) -> IdentityCheck:
    found = persons_in(text)
    if known.matricule and known.matricule[:13] in matricules_in(text):
        return IdentityCheck(Verdict.SAME)
    best = _best(_by_traits(known, one) for one in found)
    if best.verdict is not Verdict.OTHER:
        return best
    return UNKNOWN if known.birth in {one.day.isoformat() for one in births_in(text)} else best


def _by_traits(known: _Known, seen: PatientSeen) -> IdentityCheck:
    if not seen.name:
        return _by_bare_ins(known, seen)
    name, birth = _name_differs(known, seen.name), _birth_differs(known, seen.birth_date)
    if name and birth:
        return IdentityCheck(Verdict.OTHER, (Fact.NAME, Fact.BIRTH_DATE), seen)
    if (name is False and birth is not True) or (birth is False and name is not True):
        return IdentityCheck(Verdict.SAME, seen=seen)
    return UNKNOWN


def _by_bare_ins(known: _Known, seen: PatientSeen) -> IdentityCheck:
    """An INS in words, its key right; a digit or two apart may be misread and prove nothing."""
    if not known.matricule or not seen.ins:
        return UNKNOWN
    apart = sum(a != b for a, b in zip(known.matricule[:13], seen.ins[:13], strict=True))
    if apart == 0:
        return IdentityCheck(Verdict.SAME, seen=seen)
    return IdentityCheck(Verdict.OTHER, (Fact.INS,), seen) if apart > _MISREAD_INS else UNKNOWN


_MISREAD_INS = 4


def _best(checks: Iterable[IdentityCheck]) -> IdentityCheck:
    """SAME where anyone is the person, else OTHER where someone surely is another."""
    found = list(checks)
    for wanted in (Verdict.SAME, Verdict.OTHER):
        for one in found:
            if one.verdict is wanted:
                return one
    return UNKNOWN


def _birth_differs(known: _Known, told: str | None) -> bool | None:
    """True, False, or None where a part is missing or a single digit or a swap may be a slip."""
    if not told or not known.birth or len(known.birth) != len(told):
        return None
    if told == known.birth:
        return False
    year, month, day = _date_parts(known.birth)
    other_year, other_month, other_day = _date_parts(told)
    if (year, month, day) == (other_year, other_day, other_month):
        return None
    apart = sum(a != b for a, b in zip(known.birth, told, strict=True))
    parts = (year != other_year) + (month != other_month) + (day != other_day)
    return True if apart > 1 and parts > 1 else None


def _date_parts(day: str) -> tuple[str, str, str]:
    year, month, day_of = ([*day.split("-"), "", ""])[:3]
    return year, month, day_of


def _name_differs(known: _Known, name: str) -> bool | None:
    """True where the name is surely another's, False where it is the person's, None in between."""
    words = _words(name)
    long = [word for word in words if len(word) > 1]
    family = [word for word in long if _is_one_of(word, known.families)]
    given = [word for word in long if _is_one_of(word, known.givens)]
    rest = [word for word in long if word not in family and word not in given]
    if family and given and len(long) - len(rest) > 1:
        return False
    if all(_is_near(word, known.families | known.givens) for word in rest):
        return None
    initials = {word for word in words if len(word) == 1}
    return None if family and initials & {one[0] for one in known.givens} else True


def _is_one_of(word: str, names: frozenset[str]) -> bool:
    return any(word == name or (len(word) > _SHORT and _alike(word, name) >= _LIKE) for name in names)


def _is_near(word: str, names: frozenset[str]) -> bool:
    return any(_alike(word, name) >= _UNLIKE and len(word) > _SHORT for name in names)


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(
        None, one.translate(_SEEN_ALIKE), other.translate(_SEEN_ALIKE), autojunk=False
    ).ratio()


_SEEN_ALIKE = str.maketrans("015864", "OISBGA")


def _words(name: str) -> list[str]:
    """Cut a name into its words: no accents, no hyphens, no particles, in capitals."""
    plain = unicodedata.normalize(
        "NFKD", name.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("ß", "ss")
    )
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter)).upper()
    return [word for word in re.split(r"[^A-Z0-9]+", letters) if word and word not in _PARTICLES]


def _known(patient: Resource) -> _Known:
    families: set[str] = set()
    givens: set[str] = set()
    for name in nodes(patient, "name"):
        families.update(_words(string(name, "family") or ""))
        for given in items(name, "given"):
            givens.update(_words(str(given)))
        givens.update(_words(string(extension(name, _BIRTH_GIVEN), "valueString") or ""))
        if not families and (whole := string(name, "text")):
            families.update(_words(whole))
            givens.update(_words(whole))
    givens.update(_words(string(extension(patient, _BIRTH_GIVEN), "valueString") or ""))
    return _Known(
        frozenset(families), frozenset(givens), birth_date_text(patient) or "", (ins(patient) or "").upper()
    )
