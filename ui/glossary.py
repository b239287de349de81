"""The health words that appear in documents, each explained in plain French and in easy-to-read French.

Decision: the explanations are data (``i18n/glossary``, one JSON file a theme), not catalogue sentences,
because they are found from a document's text and reviewed word by word by other people than translators:
each entry says whether it was ``reviewed``. None says what a result means, what is usual, or what to do.

Decision: words are found by their first token in a dictionary, then by the longest term that goes on from
there. One pass over the text, whatever the number of terms; a regular expression of 1,500 alternatives is
tried at each letter and knows nothing of plurals.

Words are compared without case, accents, plural marks and hyphens. A form of ``exact`` is found in its very
letters only: « TA » is blood pressure, « ta » is not.

The first use reads the files: 50 ms on a slow PC, so it is for a worker thread, not the screen's.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import orjson

from ui.text import current_language, mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "EASY_FRENCH",
    "THEMES",
    "Entry",
    "Match",
    "entries",
    "explained",
    "find",
    "lookup",
    "match_at",
    "search",
]

EASY_FRENCH = "fr_FALC"

# Theme, in the order of the files, and how a screen calls it.
THEMES: dict[str, str] = {
    "analyses": mark("Analyses et prises de sang"),
    "prescriptions": mark("Médicaments et ordonnances"),
    "imaging": mark("Radios et autres images"),
    "reports": mark("Lettres et comptes rendus"),
    "conditions": mark("Maladies et signes"),
    "coverage": mark("Remboursements et démarches"),
    "professions": mark("Métiers et lieux de soins"),
    "measures": mark("Mesures et unités"),
}

# A word goes on over accents that come apart (as in many PDFs) and over soft hyphens. A number ends where
# letters begin: « 5mg » is a number and a unit.
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_][\w\u0300-\u036f\u00ad]*")
# What may stand between the words of one term: never a full stop and a space, a tab, or an empty line.
_GAP = re.compile(r"[ \u00a0\u202f]?[-\u2010\u2011\u2013'’/²%]?[ \u00a0\u202f]?|[ \u00a0]*\r?\n[ \u00a0]*|\.")
_AFTER_LETTER = re.compile(r"\.? ?")
_HYPHENS = "-\u2010\u2011"
_ACUTE = re.compile("(?:é|e\u0301)s?$", re.IGNORECASE)
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "\u00ad": ""})
_LEAST_PLURAL = 4
_LEAST_PLURAL_X = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One word explained. ``falc`` has one sentence a line; ``icon`` is a Material pictogram beside it."""

    word: str
    forms: tuple[str, ...]
    exact: tuple[str, ...]
    theme: str
    icon: str
    plain: str
    falc: tuple[str, ...]
    en: str
    ar: str
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Match:
    """Where a text says a word: ``text[start:end]``."""

    start: int
    end: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class _Term:
    """One way to write an entry: its tokens after the first, and its very letters where they count."""

    rest: tuple[str, ...]
    letters: str
    entry: Entry


@cache
def entries() -> tuple[Entry, ...]:
    """Return all entries as French people sort them: accents and case do not count."""
    return tuple(sorted(_read(), key=_sort_key))


def lookup(word: str) -> Entry | None:
    """Return the entry that explains ``word``: any of its forms, singular or plural, in any case."""
    first, *rest = _tokens(word) or ("",)
    ways = [term for term in _terms().get(first, ()) if term.rest == tuple(rest)]
    # « G/L » is not « g/L », but whoever writes « ta » means « TA ».
    ways.sort(key=lambda term: (term.letters != word, bool(term.letters)))
    return ways[0].entry if ways else None


def search(words: str) -> tuple[Entry, ...]:
    """Return the entries of which a form has a word that begins like each of ``words``, in order."""
    wanted = [_folded(word) for word in _TOKEN.findall(words)]
    return tuple(entry for entry, parts in _parts() if all(f" {word}" in parts for word in wanted))


def find(text: str) -> tuple[Match, ...]:
    """Return each place where ``text`` says a word of the glossary, in order, never overlapping."""
    return tuple(_found(text))


def match_at(matches: Sequence[Match], position: int) -> Match | None:
    """Return the match that the text cursor at ``position`` stands in or touches, of those ``find`` gave."""
    before = bisect_right(matches, position, key=lambda match: match.start) - 1
    return matches[before] if before >= 0 and position <= matches[before].end else None


def explained(entry: Entry, language: str = "") -> tuple[str, ...]:
    """Return the lines that explain ``entry`` to someone who reads ``language`` (of the screen by default).

    English and Arabic have one line, and French where that is missing.
    """
    language = language or current_language()
    if language == EASY_FRENCH:
        return entry.falc
    gloss = {"en": entry.en, "ar": entry.ar}.get(language, "")
    return (gloss,) if gloss else (entry.plain,)


def _found(text: str) -> Iterator[Match]:
    terms = _terms()
    known: dict[str, str] = {}
    places = list(_TOKEN.finditer(text))
    stems = [known.get(place[0]) or known.setdefault(place[0], _stem(place[0])) for place in places]
    at = 0
    while at < len(places):
        for term in terms.get(stems[at], ()):
            if _is_here(text, places, stems, at, term):
                last = at + len(term.rest)
                yield Match(places[at].start(), places[last].end(), term.entry)
                at = last
                break
        at += 1


def _is_here(text: str, places: list[re.Match[str]], stems: list[str], at: int, term: _Term) -> bool:
    last = at + len(term.rest)
    if tuple(stems[at + 1 : last + 1]) != term.rest:
        return False
    start, end = places[at].start(), places[last].end()
    if term.letters and text[start:end] != term.letters:
        return False
    if not all(_goes_over(text, places[n], places[n + 1]) for n in range(at, last)):
        return False
    return not (_goes_on(text, start, -1) or _goes_on(text, end - 1, 1))


def _goes_over(text: str, before: re.Match[str], after: re.Match[str]) -> bool:
    """Tell whether a term may go on from one word to the next; « c. à s. » has points inside."""
    gap = before.end(), after.start()
    is_letter = before.end() - before.start() == 1
    return bool(_GAP.fullmatch(text, *gap) or (is_letter and _AFTER_LETTER.fullmatch(text, *gap)))


def _goes_on(text: str, edge: int, step: int) -> bool:
    """Tell whether a hyphen makes what ends at ``edge`` a part of a longer word (« anti-coagulant »)."""
    beyond = edge + 2 * step
    return 0 <= beyond < len(text) and text[beyond].isalpha() and text[edge + step] in _HYPHENS


@cache
def _parts() -> tuple[tuple[Entry, str], ...]:
    """Return what each entry is searched by: all its words, each after a space."""

    def folded(entry: Entry) -> str:
        said = " ".join((entry.word, *entry.forms, *entry.exact, entry.en, entry.ar))
        return "".join(f" {_folded(token)}" for token in _TOKEN.findall(said))

    return tuple((entry, folded(entry)) for entry in entries())


def _tokens(words: str) -> tuple[str, ...]:
    return tuple(_stem(token) for token in _TOKEN.findall(words))


@cache
def _folded(word: str) -> str:
    """Write a word without case, accents and soft hyphens."""
    bare = word.casefold()
    if bare.isascii():
        return bare
    bare = unicodedata.normalize("NFKD", bare.translate(_LETTERS))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def _stem(word: str) -> str:
    """Fold a word and take its plural mark away: « hôpitaux » and « hôpital » become one.

    A last « é » stays: « signé » is not « signe ».
    """
    bare = _folded(word)
    if len(bare) >= _LEAST_PLURAL:
        bare = _singular(bare)
    return f"{bare[:-1]}é" if _ACUTE.search(word) else bare


def _singular(bare: str) -> str:
    if bare.endswith("aux") and len(bare) > _LEAST_PLURAL and not bare.endswith("eaux"):
        return f"{bare[:-3]}al"
    # « toux » is not « tous », « prix » is not « pris ».
    is_plural = bare[-1] == "s" or (bare[-1] == "x" and len(bare) >= _LEAST_PLURAL_X)
    return bare[:-1] if is_plural else bare


def _sort_key(entry: Entry) -> tuple[str, str]:
    return " ".join(map(_folded, _TOKEN.findall(entry.word))), entry.word


@cache
def _terms() -> dict[str, tuple[_Term, ...]]:
    """Return all ways to write the entries by their first token, the longest first."""
    found: dict[str, list[_Term]] = {}
    for entry in entries():
        for form, is_exact in _forms(entry):
            for first, *rest in {tokens := _tokens(form), tuple(_without_acute(token) for token in tokens)}:
                found.setdefault(first, []).append(_Term(tuple(rest), form if is_exact else "", entry))
    return {first: tuple(sorted(ways, key=_length)) for first, ways in found.items()}


def _without_acute(token: str) -> str:
    return f"{token[:-1]}e" if token[-1] == "é" else token


def _length(term: _Term) -> tuple[int, bool]:
    """Order terms: the longest first, then those whose very letters count."""
    return -len(term.rest), not term.letters


def _forms(entry: Entry) -> Iterator[tuple[str, bool]]:
    # A headword that is also written exactly counts in its very letters only.
    for form in dict.fromkeys((entry.word, *entry.forms)):
        if form not in entry.exact:
            yield form, False
    for form in entry.exact:
        yield form, True


def _read() -> Iterable[Entry]:
    folder = files("i18n").joinpath("glossary")
    for theme in THEMES:
        content = orjson.loads(folder.joinpath(f"{theme}.json").read_bytes())
        for one in content["entries"]:
            yield Entry(
                word=one["word"],
                forms=tuple(one.get("forms", ())),
                exact=tuple(one.get("exact", ())),
                theme=theme,
                icon=one["icon"],
                plain=one["plain"],
                falc=tuple(one["falc"]),
                en=one["en"],
                ar=one["ar"],
                reviewed=one["reviewed"],
            )
