"""Where a sentence ends, in the prose of prescriptions and of screens.

A sentence is what is said in one breath and lit up as one. Decision: in doubt, go on. Two sentences said
as one cost nothing; « Dr. » or « 1.5 mg » cut in two could be misheard. Nothing is lost: each word of the
text is in exactly one of the spans.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LONGEST", "one_line", "spans", "split"]

LONGEST = 320
Span = tuple[int, int]

# Words that are written with a point in the middle of a sentence.
_SHORT = frozenset(
    """
    dr drs pr m mm mme mmes mlle mlles me mr mrs ms st ste n no nos nº tél tel av bd bld art al cf
    ex env approx p pp vol fig chap réf ref max min maxi mini c à s k mg g kg µg mcg ug ml cl dl l
    ui mm cm h j sem jr an cp cpr cps comp gél gel inj amp sach sol susp supp pdre gtte gttes buv
    pom crème jan janv fév fevr févr mar avr juil août sept oct nov déc dec lun mer jeu ven sam dim
    int ext pos neg nég droite gauche vs etc resp ord ordo hab bat bât rdc cedex
    """.split()  # noqa: SIM905 - words are read best as words
)
_END = re.compile(r"[.!?…]+(?:[ \u00a0\u202f]?[»”\")\]])*(?=\s)|[؟۔]+(?=\s)")
# A word with its vowel signs (Arabic writes them as marks of their own), and an English « someone’s ».
_WORD_BEFORE = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u064b-\u065f\u0670]|’(?=s$))+$")
_PARAGRAPH = re.compile(r"\n[ \t\r\f\v]*(?:\n\s*)+")
_PAUSES = ("; ", " – ", ", ", " ")


def split(text: str) -> list[str]:
    """Return the sentences of ``text``, each on one line."""
    return [one_line(text[first:last]) for first, last in spans(text)]


def one_line(text: str) -> str:
    """Return ``text`` with single spaces; a no-break space stays, it holds a number together."""
    return re.sub(r"[ \t\r\n\f\v\u2028\u2029]+", " ", text).strip()


def spans(text: str) -> list[Span]:
    """Return where each sentence begins and ends."""
    found: list[Span] = []
    for line in _lines(text):
        for sentence in _sentences(text, line):
            found += _breaths(text, sentence)
    return found


def _lines(text: str) -> Iterator[Span]:
    """Yield runs of lines that belong together: a line that goes on in small letters is one sentence."""
    for first, last in _between(text, _PARAGRAPH):
        start = first
        for newline in re.finditer(r"\n", text[first:last]):
            place = first + newline.start()
            if not _goes_on(text[start:place], text[place + 1 : last]):
                yield from _stripped(text, (start, place))
                start = place + 1
        yield from _stripped(text, (start, last))


def _goes_on(line: str, following: str) -> bool:
    before, after = line.rstrip(), following.lstrip()
    return bool(before and after) and before[-1] not in ".!?…:;" and after[0].islower()


def _between(text: str, parting: re.Pattern[str]) -> Iterator[Span]:
    start = 0
    for match in parting.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _stripped(text: str, span: Span) -> Iterator[Span]:
    """Yield the span without the spaces around it, and nothing for one without a word."""
    first, last = span
    while first < last and text[first].isspace():
        first += 1
    while last > first and text[last - 1].isspace():
        last -= 1
    if first < last:
        yield first, last


def _sentences(text: str, line: Span) -> Iterator[Span]:
    first, last = line
    start = first
    for match in _END.finditer(text, first, last):
        if _ends(text[start : match.start()], match.group(), text[match.end() : last].lstrip()):
            yield from _stripped(text, (start, match.end()))
            start = match.end()
    yield from _stripped(text, (start, last))


def _ends(before: str, mark: str, after: str) -> bool:
    """Say whether a sentence ends between ``before`` and ``after``."""
    if not after or after[0].islower():
        return False
    if not mark.startswith("."):
        return True
    word = _WORD_BEFORE.search(before)
    if word is None:
        return bool(before.strip())
    token = word.group()
    if token.isdecimal():
        # « 1. Prendre » numbers a line, « 1. 5 » is a number: neither ends here.
        return bool(before[: word.start()].strip()) and not after[0].isdecimal()
    return len(token) > 1 and token.casefold() not in _SHORT


def _breaths(text: str, sentence: Span) -> Iterator[Span]:
    """Cut what is too long for one breath, where it hurts least."""
    first, last = sentence
    while last - first > LONGEST:
        cut = _cut(text, first)
        yield from _stripped(text, (first, cut))
        first = cut
    yield from _stripped(text, (first, last))


def _cut(text: str, first: int) -> int:
    least, most = first + LONGEST // 3, first + LONGEST
    for pause in _PAUSES:
        place = text.rfind(pause, least, most)
        # Never between a number and what it counts.
        while place > 0 and text[place - 1].isdecimal():
            place = text.rfind(pause, least, place)
        if place > 0:
            return place + len(pause)
    return most
