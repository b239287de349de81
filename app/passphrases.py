"""What a passphrase must be, and how strong it is, in words rather than in bars.

Decision: twelve characters, or four words of three letters; never figures alone, never one thing repeated.
Every try costs Argon2 and is counted, so that this is enough where the disk is stolen, and can be kept in
mind. Spaces at both ends and in a row count as nothing: nobody sees them.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import ClassVar

from app.errors import PersonCanAct

__all__ = ["PhraseTooWeak", "Strength", "require_strong", "strength", "written_alike"]

_CHARACTERS, _WORDS, _LETTERS, _DIFFERENT = 12, 4, 3, 5
_GOOD = 20


class Strength(StrEnum):
    """How a passphrase stands. The first three are refused."""

    SHORT = "short"
    DIGITS = "digits"
    REPEATED = "repeated"
    ENOUGH = "enough"
    GOOD = "good"

    @property
    def is_enough(self) -> bool:
        """Whether it may be used."""
        return self in {Strength.ENOUGH, Strength.GOOD}


class PhraseTooWeak(PersonCanAct):
    """The passphrase is too easy to guess. Fields: ``why`` (a ``Strength``)."""

    code: ClassVar[str] = "phrase-too-weak"


def written_alike(phrase: str) -> str:
    """Return the phrase as it counts: one form of its accents, single spaces."""
    return " ".join(unicodedata.normalize("NFC", phrase).split())


def strength(phrase: str) -> Strength:
    """Say how strong a phrase is."""
    phrase = written_alike(phrase)
    words = {word.casefold() for word in phrase.split() if len(word) >= _LETTERS}
    if phrase and all(each.isdigit() or not each.isalnum() for each in phrase):
        return Strength.DIGITS
    if len(phrase) < _CHARACTERS and len(words) < _WORDS:
        return Strength.SHORT
    if len(set(phrase.casefold()) - {" "}) < _DIFFERENT or (len(words) == 1 and " " in phrase):
        return Strength.REPEATED
    is_good = len(phrase) >= _GOOD and (len(words) >= _WORDS or not phrase.isalpha())
    return Strength.GOOD if is_good else Strength.ENOUGH


def require_strong(phrase: str) -> None:
    """Raise ``PhraseTooWeak`` for one that may not be used."""
    found = strength(phrase)
    if not found.is_enough:
        raise PhraseTooWeak(why=found.value)
