"""What is said: one sentence at a time, in its language, with the place where it stands on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ui.speech.sentences import spans
from ui.speech.spoken import spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Place", "Source", "Utterance", "said"]


class Place(Protocol):
    """Where a sentence stands."""

    def show(self) -> None:
        """Light it up and bring it into view."""

    def clear(self) -> None:
        """Put the light out."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence as the voice says it."""

    words: str
    language: str
    place: Place | None = None


class Source(Protocol):
    """Something to read, part by part: a page is fetched while nothing is lost by waiting for it."""

    def more(self, take: Callable[[Sequence[Utterance]], None]) -> None:
        """Give the next part to ``take``, now or later; an empty one when there is no more."""


def said(
    text: str, language: str, place_of: Callable[[int, int], Place | None] = lambda _first, _last: None
) -> Iterator[Utterance]:
    """Yield the sentences of ``text``; ``place_of`` says where the characters from one to the other stand."""
    for first, last in spans(text):
        words = spoken(text[first:last], language)
        if any(letter.isalnum() for letter in words):
            yield Utterance(words, language, place_of(first, last))
