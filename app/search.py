"""Search that is blind to accents, ligatures and case, and that no typed text can break.

``unicode61 remove_diacritics 2`` folds é to e, yet not œ to oe: text is folded here, the same way
before indexing and before asking. What is typed is cut at blanks and each piece quoted, so FTS5
never sees an operator of the person's and cuts ``aujourd'hui`` as it cut it when indexing. Every
piece must occur; its last letters may be missing, for people type slowly and the list follows.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fold", "match"]

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "\0": " "})
# Combining Diacritical Marks, their Extended, Supplement, for Symbols, and Half Marks.
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_MOST_PIECES = 16
_LONGEST_PIECE = 64


def fold(text: str) -> str:
    """Return text with ligatures opened, accents taken away, in lower case.

    Text drawn from a PDF may hold half a character (a lone surrogate), which no store takes.
    """
    text = text.translate(_LIGATURES)
    if not text.isascii():
        whole = text.encode("utf-8", "replace").decode()
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", whole))
    return text.casefold()


def match(text: str) -> str | None:
    """Return the FTS5 expression for what a person typed; None when it holds no word."""
    pieces = (piece[:_LONGEST_PIECE].replace('"', '""') for piece in fold(text).split())
    words = [f'"{piece}"*' for piece in pieces if _LETTER_OR_DIGIT.search(piece)]
    return " ".join(words[:_MOST_PIECES]) or None
