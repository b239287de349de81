"""The INS matricule: 15 digits, the last two a key (a Corsican department counts as 19 or 18)."""

from __future__ import annotations

import itertools
import re

__all__ = ["has_valid_key", "key_of", "spaced"]

_SHAPE = re.compile(r"[1-478]\d{4}(?:\d{2}|2[AB])\d{8}")
_CORSICA = str.maketrans({"A": "9", "B": "8"})


def key_of(matricule: str) -> str:
    """Return the two digits of the key of a matricule's first thirteen characters."""
    digits = matricule[:13].upper()
    if digits[6:7] in {"A", "B"}:
        digits = digits[:5] + "1" + digits[6].translate(_CORSICA) + digits[7:]
    return f"{97 - int(digits) % 97:02d}"


def has_valid_key(value: str) -> bool:
    """Say whether it has the shape of a matricule and its own key."""
    value = value.upper()
    return bool(_SHAPE.fullmatch(value)) and key_of(value) == value[13:]


def spaced(value: str) -> str:
    """Write a matricule as on the card, to be read aloud: ``2 79 03 51 215 189 89``."""
    if len(value) != 15:  # noqa: PLR2004 (see the module)
        return value
    cuts = (0, 1, 3, 5, 7, 10, 13, 15)
    return " ".join(value[start:end] for start, end in itertools.pairwise(cuts))
