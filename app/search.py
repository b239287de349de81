"""Search that is blind to accents, ligatures and case, and that no typed text can break.

``unicode61 remove_diacritics 2`` folds é to e, yet not œ to oe: words are folded here, the same
way before indexing and before asking. What is typed is cut into words of letters and digits and
each is quoted, so FTS5 never sees an operator of the person's; every word must occur, the last
letters of each may be missing.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fold", "match"]

_LIGATURES = str.maketrans(
    {
        "œ": "oe",
        "Œ": "oe",
        "æ": "ae",
        "Æ": "ae",
        "ß": "ss",
        "ẞ": "ss",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ø": "o",
        "Ø": "o",
    }
)
_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 16
_LONGEST_WORD = 64


def fold(text: str) -> str:
    """Return text with ligatures opened, accents and control characters taken away, lower case."""
    apart = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(
        character if character.isprintable() else " "
        for character in apart.casefold()
        if not unicodedata.combining(character)
    )


def match(text: str) -> str | None:
    """Return the FTS5 expression for what a person typed; None when it holds no word."""
    words = [word[:_LONGEST_WORD] for word in _WORD.findall(fold(text))][:_MOST_WORDS]
    return " ".join(f'"{word}"*' for word in words) or None
