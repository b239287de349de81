"""How many of the health words that papers really say the glossary explains, counted on the demo's papers."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from app.reader.client import Reader
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from ui.glossary import _folded, find
from ui.show import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDINARY = Path(__file__).parents[1] / "data" / "ordinary_words.txt"
WORD = re.compile(r"[^\W\d_]{2,}")
MOST_FREQUENT = 300
WANTED = 0.95
# Pictures have no words to count here.
WITHOUT_WORDS = ("photo", "scan")


def texts() -> Iterator[str]:
    """Return the words of the papers, as ``tandem show`` reads them."""
    with Reader() as reader:
        for kind in Kind:
            if kind.startswith(WITHOUT_WORDS):
                continue
            for person in CITIZENS[:4]:
                for seed in range(2):
                    opened = reader.open(make_paper(kind, person, seed).data)
                    yield "\n".join(f"{part.title}\n{part.text}" for part in parts_of(reader, opened))


def count(text: str, said: Counter[str], explained: Counter[str]) -> None:
    """Count each word of a text, and each that stands in a match."""
    inside = [False] * (len(text) + 1)
    for match in find(text):
        inside[match.start : match.end] = [True] * (match.end - match.start)
    for word in WORD.finditer(text):
        key = _folded(word[0])
        said[key] += 1
        explained[key] += inside[word.start()]


def test_nearly_all_frequent_health_words_are_explained() -> None:
    """Of the 300 most frequent words that are not ordinary French, at least 95 in 100.

    A word is explained when at least half of its occurrences are part of a word that was found. A kind of
    paper that brings new words counts them as health words until they are explained or said to be ordinary.
    """
    ordinary = {line for line in ORDINARY.read_text("utf-8").splitlines() if not line.startswith("#")}
    said: Counter[str] = Counter()
    explained: Counter[str] = Counter()
    for text in texts():
        count(text, said, explained)
    frequent = [word for word, _times in said.most_common() if word not in ordinary][:MOST_FREQUENT]
    missing = [word for word in frequent if explained[word] * 2 < said[word]]
    share = 1 - len(missing) / len(frequent)
    assert len(frequent) == MOST_FREQUENT
    assert share >= WANTED, f"{share:.1%} explained; not: {missing}"
