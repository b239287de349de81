"""Words for people: gettext with the French sentence itself as the source.

Decision: the msgid is the French sentence, not a symbolic name, so that a screen reads as it will
be seen and an untranslated build is simply French. Consequence: the plural rule of the source is
French too (0 and 1 are singular), which ``gettext``'s own fallback gets wrong; hence ``_Source``.

Decision: a sentence knows how to be said again. ``_``, ``ngettext`` and the functions of ``ui.formats``
return :class:`Words`, a string that remembers where it comes from; ``format`` and ``joined`` keep that.
So a widget that keeps its words (``ui.telling``) says them anew when the language changes, wherever
the person is, and no screen is built a second time: nothing typed, chosen or scrolled to is lost.

Decision: what stands between two parts belongs to a language too (Arabic writes « ، », English has no space
before a colon). ``commas``, ``named``, ``dashed`` and ``dotted`` take it from the catalogue; in Arabic each
carries a mark (U+200F) that keeps two French names, or a name and an hour, in the order of the page.
``joined`` is for what no language changes: spaces and lines. A rule finds the rest
(``tests/rules/test_shown_words.py``).
"""

from __future__ import annotations

import gettext as _gettext
import re
import struct
from functools import cache, wraps
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "SOURCE_LANGUAGE",
    "Words",
    "_",
    "again",
    "commas",
    "current_language",
    "dashed",
    "dotted",
    "is_installed",
    "joined",
    "mark",
    "named",
    "ngettext",
    "resayable",
    "typeset",
    "use_language",
]

SOURCE_LANGUAGE = "fr"
# « anticonstitutionnellement » is a letter too long for the largest title; no everyday word is.
_ENDLESS = re.compile(r"[^\s\-\u00ad\u200b]{23,}")
_PART = re.compile(r".{1,11}")
_BREAK = "\u200b"

Parameters = ParamSpec("Parameters")
Anything = TypeVar("Anything")


class Words(str):
    """A string that can be said again in the language of the moment; otherwise like any other."""

    __slots__ = ("_say",)

    _say: Callable[[], str]

    def __new__(cls, text: str, say: Callable[[], str]) -> Self:
        """Make words that say ``text`` now, and what ``say`` returns when the language has changed."""
        words = super().__new__(cls, text)
        words._say = say
        return words

    def again(self) -> Words:
        """Return the same, in the language of now; it can be said again too."""
        return Words(self._say(), self._say)

    def format(self, *args: object, **fields: object) -> Words:
        """Fill the fields in; those that are words themselves are said again too."""

        def say() -> str:
            return str(again(self)).format(
                *map(again, args), **{name: again(f) for name, f in fields.items()}
            )

        return Words(str.format(self, *args, **fields), say)

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Leave this process, or be copied, as the plain string it is now."""
        return str, (str(self),)

    def __add__(self, other: str) -> Words:
        """Go on with ``other``."""
        return joined("", (self, other))

    def __radd__(self, other: str) -> Words:
        """Come after ``other``."""
        return joined("", (other, self))


def again(thing: Anything) -> Anything:
    """Return words in the language of now, lists and tuples of them too, and anything else as it is."""
    found: object = thing
    if isinstance(thing, Words):
        found = thing.again()
    elif isinstance(thing, list):
        found = [again(part) for part in thing]
    elif isinstance(thing, tuple):
        found = tuple(again(part) for part in thing)
    return found  # type: ignore[return-value]  # of the same shape as what was given


def joined(separator: str, parts: Iterable[str]) -> Words:
    """Join parts, leaving out the empty ones, so that the whole can be said again."""
    kept = tuple(part for part in parts if part)
    return Words(str(separator).join(kept), lambda: str(again(separator)).join(map(again, kept)))


def commas(parts: Iterable[str]) -> Words:
    """Join parts of one line, as they are: « Karim Haddad, Maison de services »."""
    return joined(_(", "), parts)


def named(name: str, value: str) -> Words:
    """Say what something is: « Nom : Zélie Fabre »; one alone where the other is empty."""
    if not name or not value:
        return joined("", (name, value))
    return _("{name} : {value}").format(name=name, value=value)


def dashed(parts: Iterable[str]) -> Words:
    """Join a thing and what is said beside it: « Mon reçu – 14 h 30 »."""
    return joined(_(" – "), parts)


def dotted(parts: Iterable[str]) -> Words:
    """Join short facts of one line: « Ordonnance · 3 mars 2026 »."""
    return joined(_(" · "), parts)


def resayable(say: Callable[Parameters, str]) -> Callable[Parameters, Words]:
    """Make the answers of a function :class:`Words`: said again by asking it again."""

    @wraps(say)
    def said(*args: Parameters.args, **fields: Parameters.kwargs) -> Words:
        def anew() -> str:
            return say(*map(again, args), **{name: again(field) for name, field in fields.items()})  # type: ignore[arg-type]

        return Words(say(*args, **fields), anew)

    return said


class _Source(_gettext.NullTranslations):
    """The source catalogue: French, where nothing and one are singular."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Choose the form by the French rule."""
        return msgid1 if abs(n) < 2 else msgid2  # noqa: PLR2004 - the French rule


_catalogue: _gettext.NullTranslations = _Source()
_language = SOURCE_LANGUAGE


def use_language(language: str) -> bool:
    """Speak ``language`` from now on; French where its catalogue lacks a sentence.

    Returns whether its catalogue is there: without it every sentence is French.
    """
    global _catalogue, _language
    _language = language
    found = _catalogue_of(language)
    _catalogue = found or _Source()
    return found is not None


@cache
def _catalogue_of(language: str) -> _gettext.NullTranslations | None:
    """Read a language's catalogue, once; None where it is absent or broken."""
    if language == SOURCE_LANGUAGE:
        return _Source()
    from importlib.resources import files

    try:
        with files("i18n").joinpath(language, "LC_MESSAGES", "tandem.mo").open("rb") as stream:
            catalogue = _gettext.GNUTranslations(stream)
    except (OSError, ValueError, struct.error, LookupError):
        # ``gettext`` says each damage in its own way; whatever it is, French is spoken.
        return None
    catalogue.add_fallback(_Source())
    return catalogue


def is_installed(language: str) -> bool:
    """Whether a language's catalogue is there, and whole enough to be read."""
    return _catalogue_of(language) is not None


def current_language() -> str:
    """Return the language of the screen, as its catalogue is named (``fr``, ``fr_FALC``, ``ar``)."""
    return _language


def _(sentence: str) -> Words:
    """Return ``sentence`` in the person's language."""
    return Words(_catalogue.gettext(sentence), lambda: _(sentence))


def ngettext(one: str, many: str, count: int) -> Words:
    """Return the form of the sentence that fits ``count``."""
    return Words(_catalogue.ngettext(one, many, count), lambda: ngettext(one, many, count))


def typeset(text: str, language: str = "") -> str:
    """Keep French punctuation with its word: no line begins with a question mark.

    ``language``: that of a text which keeps its own, whatever the screen speaks.
    A word that no line could hold may be broken anywhere (a zero-width space): a name is never cut off.
    """
    text = _ENDLESS.sub(lambda word: _BREAK.join(_PART.findall(word.group())), text)
    if not (language or _language).startswith("fr"):
        return text
    for sign in "?!:;»":
        text = text.replace(f" {sign}", f"\u00a0{sign}")
    return text.replace("« ", "«\u00a0").replace(" – ", "\u00a0– ")


def mark(sentence: str) -> str:
    """Mark a constant for the catalogues; ``_`` translates it where it is shown."""
    return sentence
