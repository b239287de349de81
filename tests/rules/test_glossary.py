"""The glossary keeps its rules: short sentences, no value, no advice, a pictogram that exists, unreviewed."""

from __future__ import annotations

import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import orjson
import pytest

from ui.glossary import THEMES, Entry, _forms, _tokens, entries

MOST_PLAIN, MOST_EASY = 15, 12
WORD = re.compile(r"[\w%°µ²]+(?:[./-][\w%°µ²]+)*")
FOLDER = Path(__file__).parents[2] / "i18n" / "glossary"
# What one would say of a result, or tell someone to do.
ADVICE = re.compile(
    r"\b(?:consultez|appelez|prenez|arrêtez|demandez|parlez|évitez|vous devez|il faut consulter|"
    r"normale?s? (?:entre|si|quand)|trop (?:haut|bas) (?:si|quand)|supérieure? à|inférieure? à|entre \d)\b",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """Cut a text into its sentences."""
    return re.split(r"(?<=[.!?])\s+", text)


def too_long(sentence: str, most: int) -> bool:
    """Tell whether a sentence has more words than people read with ease."""
    return len(WORD.findall(sentence)) > most


@pytest.fixture(scope="module")
def charmap() -> dict[str, str]:
    """The Material pictograms that the program draws."""
    spec = find_spec("qtawesome")
    assert spec is not None
    assert spec.origin is not None
    found = sorted(Path(spec.origin).parent.glob("fonts/materialdesignicons6-webfont-charmap-*.json"))
    names: dict[str, str] = orjson.loads(found[-1].read_bytes())
    return names


def all_words(entry: Entry) -> list[str]:
    """Return everything of an entry that people read in French."""
    return [entry.word, *entry.forms, *entry.exact, entry.plain, *entry.falc]


def test_there_are_three_hundred_words_and_more() -> None:
    """As the issue asks."""
    assert len(entries()) >= 320


def test_no_form_stands_twice() -> None:
    """A word in a text has one explanation; plurals and other accents need no form of their own."""
    count: Counter[object] = Counter()
    for entry in entries():
        count.update(form if is_exact else _tokens(form) for form, is_exact in _forms(entry))
    assert [form for form, times in count.items() if times > 1] == []


def test_each_form_can_be_found_in_a_text() -> None:
    """A form without a letter would never be found."""
    assert [form for entry in entries() for form, _exact in _forms(entry) if not _tokens(form)] == []


def test_sentences_of_plain_french_are_short() -> None:
    """At most 15 words, at most three sentences, whole sentences."""
    for entry in entries():
        parts = sentences(entry.plain)
        assert len(parts) <= 3, entry.word
        assert all(part.endswith((".", "?")) for part in parts), entry.word
        assert [part for part in parts if too_long(part, MOST_PLAIN)] == [], entry.word


def test_easy_french_has_one_short_sentence_a_line() -> None:
    """At most 12 words, one sentence a line, four lines at most."""
    for entry in entries():
        assert 1 <= len(entry.falc) <= 4, entry.word
        for line in entry.falc:
            assert len(sentences(line)) == 1, line
            assert line.endswith((".", "?")), line
            assert not re.search("[(;]", line), line
            assert not too_long(line, MOST_EASY), line


def test_no_explanation_says_a_value_or_gives_advice() -> None:
    """No figure at all, so none that looks like a usual value; nothing that says what to do."""
    for entry in entries():
        explanation = " ".join((entry.plain, *entry.falc, entry.en, entry.ar))
        assert not re.search(r"\d", explanation), entry.word
        assert not ADVICE.search(explanation), entry.word


def test_apostrophes_are_those_of_print() -> None:
    """« l’urine », never « l'urine »."""
    assert [words for entry in entries() for words in all_words(entry) if "'" in words] == []


def test_each_pictogram_exists(charmap: dict[str, str]) -> None:
    """A picture that cannot be drawn would be an empty square."""
    assert {entry.icon for entry in entries()} <= set(charmap)


def test_each_entry_is_complete_and_not_yet_reviewed() -> None:
    """Nobody concerned and no health professional has read them yet: each says so."""
    for entry in entries():
        assert all(entry_part.strip() == entry_part != "" for entry_part in (entry.plain, entry.en, entry.ar))
        assert re.search(r"[\u0600-\u06ff]", entry.ar), entry.word
        assert entry.reviewed is False, entry.word


@pytest.mark.parametrize("theme", THEMES)
def test_each_file_says_who_must_review_it(theme: str) -> None:
    """People concerned and a health professional."""
    header = orjson.loads((FOLDER / f"{theme}.json").read_bytes())
    assert header["theme"] == theme
    assert header["reviewed"] is False
    assert "people concerned" in header["review"]
    assert "health professional" in header["review"]
    known = {"word", "forms", "exact", "icon", "plain", "falc", "en", "ar", "reviewed"}
    assert {key for entry in header["entries"] for key in entry} == known


def test_no_file_is_forgotten() -> None:
    """Each file of the folder is a theme of the program."""
    assert {path.stem for path in FOLDER.glob("*")} == set(THEMES)
