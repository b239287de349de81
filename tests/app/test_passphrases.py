"""What a phrase must be."""

from __future__ import annotations

import pytest

from app.passphrases import PhraseTooWeak, Strength, require_strong, strength, written_alike


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("", Strength.SHORT),
        ("1234", Strength.DIGITS),
        ("123456789012345678", Strength.DIGITS),
        ("12 03 1946 - 18 000", Strength.DIGITS),
        ("chat", Strength.SHORT),
        ("a b c d", Strength.SHORT),
        ("aaaaaaaaaaaaaaa", Strength.REPEATED),
        ("chat chat chat chat", Strength.REPEATED),
        ("les lac mer vin", Strength.ENOUGH),
        ("ornithorynque", Strength.ENOUGH),
        ("quatre petits chats gris", Strength.GOOD),
    ],
)
def test_strength(phrase: str, expected: Strength) -> None:
    """Twelve characters or four words, never figures alone, never one thing again and again."""
    assert strength(phrase) is expected
    if expected.is_enough:
        require_strong(phrase)
    else:
        with pytest.raises(PhraseTooWeak) as refused:
            require_strong(phrase)
        assert refused.value.fields == {"why": expected.value}


def test_what_nobody_sees_does_not_count() -> None:
    """Accents in two forms, spaces at the ends and in a row."""
    assert written_alike("  été  à la mer ") == written_alike("e\u0301te\u0301 a\u0300 la mer")
