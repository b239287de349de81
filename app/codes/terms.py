"""One entry of a closed list that people choose from: a key of ours, French words, an official code.

Decision: what the person chose travels as ``CodeableConcept.text`` in their own words, with the
official code beside it where one is certain. An entry without a code is text alone: a wrong code
would say to a professional's software what nobody said. ``label`` is the second argument of every
call, so that the catalogues' tool can read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from app.fhir import Resource, coding, nodes, string

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ATC", "SNOMED", "Term", "concept", "found_in", "keyed"]

ATC = "http://www.whocc.no/atc"
SNOMED = "http://snomed.info/sct"


@dataclass(frozen=True, slots=True)
class Term:
    """An entry; ``system`` and ``code`` are empty where no code is certain."""

    key: str
    label: str
    system: str = ""
    code: str = ""


Entry = TypeVar("Entry", bound=Term)


def concept(term: Term, words: str = "") -> Resource:
    """Make the CodeableConcept of an entry; ``words`` of the person's own instead of the label."""
    made: Resource = {"coding": [coding(term.system, term.code)]} if term.code else {}
    return made | {"text": words or term.label}


def found_in(terms: Iterable[Entry], coded: object) -> Entry | None:
    """Return the entry that a CodeableConcept means: by its code, else by exactly its words."""
    said = {(string(each, "system"), string(each, "code")) for each in nodes(coded, "coding")}
    listed = list(terms)
    by_code = (term for term in listed if term.code and (term.system, term.code) in said)
    by_words = (term for term in listed if string(coded, "text") == term.label)
    return next(by_code, None) or next(by_words, None)


def keyed(terms: Iterable[Entry]) -> dict[str, Entry]:
    """List entries by their key, in their order."""
    return {term.key: term for term in terms}
