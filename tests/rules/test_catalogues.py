"""The catalogues are whole: nothing stale, empty, fuzzy, unequal in its fields, or uncompiled."""

from __future__ import annotations

from i18n import tool


def test_no_catalogue_has_a_problem() -> None:
    """The check that translators run."""
    assert tool.check() == []


def test_the_check_finds_each_kind_of_problem() -> None:
    """A check that cannot fail checks nothing."""
    assert tool.problems_of("Bonjour {name}", "Hello {name}", fuzzy=False) == []
    assert tool.problems_of("Bonjour {name}", "Hello", fuzzy=False) == ["other {fields}"]
    assert tool.problems_of("Bonjour", "", fuzzy=False) == ["empty"]
    assert tool.problems_of("Bonjour", "Hello", fuzzy=True) == ["fuzzy"]
    assert tool.problems_of(("{n} jour", "{n} jours"), ("one day", "{n} days"), fuzzy=False) == []


def test_the_source_has_sentences() -> None:
    """The extraction reads the sources; an empty template would make every check pass."""
    assert len(list(tool.extract())) > 50
