"""How what is said of papers travels to and from the reader process; see :mod:`app.reader.wire`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from app.reader.paper_values import Code, Edit, PageWords, PaperSeen, Word
from app.reader.wire import clean

if TYPE_CHECKING:
    from app.reader.paper_values import Corners
    from app.reader.wire import Header

__all__ = ["codes_from", "codes_to", "edit_from", "edit_to", "seen_from", "seen_to", "words_from", "words_to"]


def edit_to(edit: Edit) -> Header:
    """Write an edit as JSON."""
    return asdict(edit)


def edit_from(raw: Header) -> Edit:
    """Rebuild an edit; raises ValueError, TypeError or KeyError on anything unexpected."""
    return Edit(
        _corners(raw["corners"]), float(raw["angle"]), bool(raw["is_cleared"]), int(raw["turn"]) % 360
    )


def _corners(raw: object) -> Corners | None:
    if raw is None:
        return None
    points = cast("list[list[float]]", raw)
    a, b, c, d = ((_share(x), _share(y)) for x, y in points)
    return a, b, c, d


def _share(value: float) -> float:
    return min(1.0, max(0.0, float(value)))


def seen_to(seen: PaperSeen) -> Header:
    """Write what was seen as JSON."""
    return {
        "width": seen.width,
        "height": seen.height,
        "is_blank": seen.is_blank,
        "edit": edit_to(seen.proposed),
    }


def seen_from(raw: Header) -> PaperSeen:
    """Rebuild what was seen."""
    return PaperSeen(int(raw["width"]), int(raw["height"]), edit_from(raw["edit"]), bool(raw["is_blank"]))


def words_to(words: PageWords) -> Header:
    """Write words as JSON, short: there may be thousands."""
    return {
        "turn": words.turn,
        "words": [
            [
                w.text, round(w.x, 5), round(w.y, 5), round(w.width, 5), round(w.height, 5),
                w.confidence, w.line, w.paragraph,
            ]
            for w in words.words
        ],
    }  # fmt: skip


def words_from(raw: Header) -> PageWords:
    """Rebuild words."""
    return PageWords(
        tuple(
            Word(str(text), float(x), float(y), float(w), float(h), float(sure), int(line), int(paragraph))
            for text, x, y, w, h, sure, line, paragraph in raw["words"]
        ),
        int(raw["turn"]),
    )


def codes_to(codes: tuple[Code, ...]) -> Header:
    """Write codes as JSON."""
    return {"codes": [{"kind": code.kind, "text": code.text} for code in codes]}


def codes_from(raw: Header) -> tuple[Code, ...]:
    """Rebuild codes; their separators are kept, the rest of what is not seen goes."""
    return tuple(Code(clean(one["kind"]), str(one["text"])) for one in raw["codes"])
