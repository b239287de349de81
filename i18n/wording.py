"""Rules of wording that a program can hold, language by language; what reads well is for people to judge.

French, easy to read (European rules of *Information for all*): one sentence a line, twelve words at most,
the same word for the same thing. English and Arabic: nothing is left in French. All: the quotes, commas
and spaces of the language, and short labels. A source without a final stop and of seven words or less is
taken for a label or a button.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ALIKE", "LABEL_WORDS", "LINE_WORDS", "is_label", "problems", "word_count"]

LINE_WORDS = 12
LABEL_WORDS = 7

ALIKE: dict[str, frozenset[str]] = {
    "en": frozenset(
        {
            "Date",
            "Document",
            "Documents",
            "PDF",
            "Page {number}",
            "Pages",
            "Pause",
            "{count} documents",
            "{count} minutes",
            "{count} pages",
        }
    ),
    "ar": frozenset({"PDF"}),
}
"""Sentences that a language says in the very letters of French."""

EASY_WORDS: dict[str, str] = {
    "biologie": "analyses",
    "enveloppe": "protégé",
    "imagerie": "radio",
    "navigateur": "page internet",
    "réseau": "internet",
    "poste": "ordinateur",
    "postes": "ordinateurs",
    "trousseau": "les mots de passe gardés par l’ordinateur",
    "matricule": "numéro",
    "chiffré": "protégé",
    "chiffrée": "protégée",
}
"""Words that easy-to-read French avoids, with the one that is used for the same thing."""

_STOP = re.compile(r"[.?!…:](\s|$)")
_FIELD = re.compile(r"\{[^}]*\}")
_NAME_OF_SCRIPT = re.compile(r"[A-Za-z]")
_ARABIC = re.compile(r"[\u0621-\u064a]")
_EASTERN_DIGITS = re.compile(r"[\u0660-\u0669\u06f0-\u06f9]")
# A sentence goes on after its stop only on a new line. « M. » and « Dr. » are written out.
_GOES_ON = re.compile(r"[.!?…]»?[ \u00a0]+(?=[«\u00a0 ]*[A-ZÀ-ÝŒ{])")
# From right to left, « 06 12 34 » is shown as « 34 12 06 ».
_GROUPS_OF_DIGITS = re.compile(r"(?<![\d\u200e])(?<!\d )\d+( \d+)+")
# Two French names with nothing of Arabic between them are one run of Latin: the second stands first.
_FIELDS_IN_ONE_RUN = re.compile(r"\}[^{}\n\u0621-\u064a\u200f]*\{")
_NUMBER = re.compile(r"^\d+\. ")
_BARE_FRENCH_SPACE = re.compile(r"(?<=\S) [?!:;»]|« |(?<!\u00a0)»|«(?!\u00a0)")
_ENGLISH_SPACE = re.compile(r"\s[?!:;,.]")
# A word with a capital may be a name: Lefèvre.
_FRENCH_WORD = re.compile(r"\b[a-zà-ÿœ]*[àâçèéêëîïôœùû]\w*")


def problems(language: str, source: str, text: str) -> list[str]:
    """Return what breaks a rule, in words."""
    found = list(_of_all(source, text))
    rules = _RULES.get(language)
    return found + list(rules(source, text)) if rules else found


def word_count(text: str) -> int:
    """Count words as a reader does: a field is one, a sign alone is none."""
    return sum(1 for part in text.split() if any(letter.isalnum() for letter in part))


def is_label(source: str) -> bool:
    """Tell a label or a button from a sentence."""
    return not _STOP.search(source) and word_count(source) <= LABEL_WORDS


def _of_all(source: str, text: str) -> Iterator[str]:
    if "..." in text:
        yield "three stops, not an ellipsis"
    if "'" in _FIELD.sub("", text) or ('"' in text and '"' not in source):
        yield "typewriter quotes"
    if "  " in text or (text != text.strip(" ") and source == source.strip(" ")):
        yield "spaces too many"
    if is_label(source) and (word_count(text) > LABEL_WORDS or "\n" in text):
        yield "too long for a label"


def _easy_french(_source: str, text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if word_count(line) > LINE_WORDS:
            yield f"{word_count(line)} words in a line"
        if _GOES_ON.search(_NUMBER.sub("", line)):
            yield "two sentences in a line"
        if not line.strip():
            yield "an empty line"
    if _BARE_FRENCH_SPACE.search(text):
        yield "French signs want a no-break space"
    for word in re.findall(r"\w+", text.lower()):
        if word in EASY_WORDS:
            yield f"hard word {word!r}, say {EASY_WORDS[word]!r}"


def _english(source: str, text: str) -> Iterator[str]:
    yield from _left_in_french("en", source, text)
    if "«" in text or "»" in text:
        yield "French quotes"
    if _ENGLISH_SPACE.search(text) and not _ENGLISH_SPACE.search(source.replace(" ", "")):
        yield "a space before a sign"
    if "\n" in text and "\n" not in source:
        yield "a new line of its own"
    if _FRENCH_WORD.search(_FIELD.sub("", text)):
        yield "a French word"


def _arabic(source: str, text: str) -> Iterator[str]:
    yield from _left_in_french("ar", source, text)
    bare = _FIELD.sub("", text)
    if (
        _NAME_OF_SCRIPT.search(_FIELD.sub("", source))
        and text not in ALIKE["ar"]
        and not _ARABIC.search(bare)
    ):
        yield "no Arabic letter"
    if any(sign in bare for sign in "?,;"):
        yield "Latin signs, not ؟ ، ؛"
    if _EASTERN_DIGITS.search(bare):
        yield "Eastern digits"
    if "« " in text or " »" in text or "\u00a0»" in text:
        yield "a space inside the quotes"
    if _GROUPS_OF_DIGITS.search(text):
        yield "groups of digits change places unless U+200E stands before them"
    if _FIELDS_IN_ONE_RUN.search(text):
        yield "two fields change places unless a word or U+200F stands between them"


def _left_in_french(language: str, source: str, text: str) -> Iterator[str]:
    worded = re.search(r"[^\W\d_]", _FIELD.sub("", source))
    if text == source and worded and source not in ALIKE[language]:
        yield "left in French"


_RULES: dict[str, Callable[[str, str], Iterator[str]]] = {
    "ar": _arabic,
    "en": _english,
    "fr_FALC": _easy_french,
}
