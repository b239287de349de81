"""Words are folded one way, and nothing that is typed is an operator."""

from __future__ import annotations

import pytest

from app.search import fold, match


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Œdème", "oedeme"),
        ("ŒUVRE ÆGO", "oeuvre aego"),
        ("e\u0301te\u0301", "ete"),
        ("ÇA où", "ca ou"),
        ("Straße", "strasse"),
        ("ﬁèvre", "fievre"),
        ("plain", "plain"),
        ("a\0b", "a b"),
        ("a\ud800", "a?"),
        ("", ""),
    ],
)
def test_folding(text: str, expected: str) -> None:
    """Ligatures, accents composed or apart, case, what no store takes."""
    assert fold(text) == expected


def test_folding_twice_changes_nothing() -> None:
    """What is indexed may have been folded before."""
    for text in ("Œdème À", "Straße", "İstanbul", "ﬀ"):
        assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("bilan sang", '"bilan"* "sang"*'),
        ("  ", None),
        ("- * ()", None),
        ('a" OR b', '"a"""* "or"* "b"*'),
        ("title:x", '"title:x"*'),
        ("œ", '"oe"*'),
    ],
)
def test_what_is_asked_of_the_index(typed: str, expected: str | None) -> None:
    """Each piece quoted, its end free."""
    assert match(typed) == expected


def test_a_page_pasted_into_the_field_is_cut() -> None:
    """A search of ten thousand words would be of no use and take a minute."""
    asked = match("mot " * 10_000)
    assert asked is not None
    assert asked.count("*") == 16
    long = match("x" * 10_000)
    assert long is not None
    assert len(long) < 100
