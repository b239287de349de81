"""The person's own code of a prepared visit: eight words, 67 random bits, on paper as words and as a QR code.

Decision: so many that nothing slows a guess down or need; it is drawn where the visit is prepared, printed,
and forgotten with that session. It is half of what opens the visit: the other half is the adviser's.
The QR code carries a mark of the visit, so that somebody else's paper is told from a mistyped word.
"""

from __future__ import annotations

import secrets
import unicodedata
from typing import TYPE_CHECKING, ClassVar, Final

from app.codes.slip_words import WORDS
from app.errors import PersonCanAct
from app.vault.keys import Key

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CodeOfAnother", "CodeUnreadable", "draw", "qr_of", "read", "read_any", "visit_key"]

COUNT: Final = 8
_QR: Final = "tandem:visite:"
_MANDATE: Final = "tandem:mandat:"
_MARK: Final = 8


class CodeOfAnother(PersonCanAct):
    """The paper is another person's, of another day, or no paper of a visit at all."""

    code: ClassVar[str] = "visit-code-of-another"


class CodeUnreadable(PersonCanAct):
    """What was typed cannot be the words: too few, too many, or one that no paper has (``number``)."""

    code: ClassVar[str] = "visit-code-unreadable"


def draw() -> str:
    """Draw the words of a new visit."""
    return "-".join(secrets.choice(WORDS) for _ in range(COUNT))


def qr_of(visit_id: str, words: str) -> str:
    """Return what the QR code of the paper says."""
    return f"{_QR}{visit_id[:_MARK]}:{words}"


def read(text: str, visit_id: str) -> str:
    """Return the words out of what was scanned or typed; raises ``CodeOfAnother``, ``CodeUnreadable``."""
    text = text.strip()
    if text.startswith(_MANDATE):
        raise CodeOfAnother
    if text.startswith(_QR):
        mark, _colon, text = text.removeprefix(_QR).partition(":")
        if mark != visit_id[:_MARK]:
            raise CodeOfAnother
    words = _plain(text)
    strange = [at for at, word in enumerate(words, 1) if word not in _KNOWN]
    if strange or len(words) != COUNT:
        raise CodeUnreadable(number=strange[0] if strange else min(len(words), COUNT) + 1)
    return "-".join(words)


def read_any(codes: Iterable[str], visit_id: str) -> str | None:
    """Return the words out of the codes found on a page; None where no code is ours."""
    for text in codes:
        if text.startswith((_QR, _MANDATE)):
            return read(text, visit_id)
    return None


def visit_key(share: Key, words: str) -> Key:
    """Join the adviser's share and the person's words: neither alone is worth anything."""
    share.require()
    material = bytearray(share.data)
    material += words.encode()
    try:
        return Key.derived_from(material, b"tandem prepared visit\x00")
    finally:
        material[:] = bytes(len(material))


def _plain(text: str) -> list[str]:
    """Accents, capitals and whatever stands between the words make no difference."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(
        each if each.isascii() and each.isalpha() else " "
        for each in folded
        if not unicodedata.combining(each)
    )
    return letters.split()


_KNOWN: Final = frozenset(WORDS)
