"""Pages bound into one light PDF whose words can be found and heard. Runs in the reader process.

Decision: pictures of the pages, as :mod:`app.reader.shrinking` encodes them, and under each the recognised
words in invisible letters (text rendering mode 3) of a font that every reader has and none draws: a few
bytes a word, nothing embedded. The alternative, tesseract's own PDF, carries the picture it was given, not
the one a person looked at. Where many pages are too heavy in colour they become black and white (fax
code), which keeps words sharp; under 150 dots an inch nothing goes.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pikepdf
from PIL import Image

from app.reader.paper import cleared
from app.reader.paper_values import Bound
from app.reader.shrinking import STEPS, Step, jpeg, lightest_that_fits
from app.reader.triage import RECOGNISED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.reader.paper_values import PageWords, Word

__all__ = ["bind"]

A4_POINTS = (595.276, 841.89)
INK_BELOW = 150
_LETTER_WIDTH = 0.5
"""Of the height: what the invisible font is taken to be, before each word is stretched to its box."""


@dataclass(frozen=True, slots=True)
class Fax:
    """Black and white, the longest side in pixels."""

    side: int


PAPER_STEPS: tuple[Step | Fax, ...] = (*STEPS[1:4], Fax(2339), Fax(1754))


def bind(pictures: Sequence[bytes], words: Sequence[PageWords], max_bytes: int) -> Bound:
    """Bind edited pages (JPEG) and their words; raises CannotShrink with the smallest size reached."""
    room = max_bytes - sum(_weight(one) for one in words)
    steps = dict(enumerate(PAPER_STEPS))
    taken = 0

    def encode(number: int, step: Step | Fax) -> bytes:
        nonlocal taken
        taken = next(place for place, one in steps.items() if one is step)
        with Image.open(io.BytesIO(pictures[number]), formats=("JPEG",)) as picture:
            picture.load()
            return fax(picture, step) if isinstance(step, Fax) else jpeg(picture, step, mode=_mode(picture))

    data = lightest_that_fits(
        encode, len(pictures), PAPER_STEPS, sum(map(len, pictures)), room, always_bound=True
    )
    return Bound(with_words(data, words), isinstance(PAPER_STEPS[taken], Fax))


def _weight(words: PageWords) -> int:
    """About what the words of a page will weigh, compressed."""
    return 400 + 30 * len(words.words)


def _mode(picture: Image.Image) -> str:
    return "L" if picture.mode == "L" else "RGB"


def fax(picture: Image.Image, step: Fax) -> bytes:
    """Encode in black and white, by the paper's own light."""
    grey = cleared(picture.convert("L"))
    grey.thumbnail((step.side, step.side), Image.Resampling.LANCZOS)
    plain = grey.point([255 if level > INK_BELOW else 0 for level in range(256)], "1")
    sink = io.BytesIO()
    plain.save(sink, "TIFF", compression="group4")
    return sink.getvalue()


def with_words(data: bytes, words: Sequence[PageWords]) -> bytes:
    """Lay the words under the pages of a PDF, and say in what language they are."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.Root.Lang = pikepdf.String("fr-FR")
        if any(told.words for told in words):
            pdf.docinfo["/Creator"] = RECOGNISED
        font = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name.Helvetica,
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
        )
        for page, told in zip(pdf.pages, words, strict=True):
            if told.words:
                _write(pdf, page, font, told)
        sink = io.BytesIO()
        pdf.save(
            sink,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
        )
        return sink.getvalue()


def _write(pdf: pikepdf.Pdf, page: pikepdf.Page, font: pikepdf.Object, told: PageWords) -> None:
    page.add_resource(font, pikepdf.Name.Font, pikepdf.Name("/Words"))
    left, bottom, right, top = _picture_box(page)
    shown = [_shown(word, left, bottom, right - left, top - bottom) for word in told.words]
    page.contents_add(pdf.make_stream(b"\n".join([b"q BT 3 Tr", *shown, b"ET Q"])), prepend=True)


def _picture_box(page: pikepdf.Page) -> tuple[float, float, float, float]:
    """Where the picture lies on its sheet: the matrix that img2pdf wrote, else the whole sheet."""
    for step in pikepdf.parse_content_stream(page, "cm"):
        if str(step.operator) == "cm":
            wide, _, _, high, x, y = (float(one) for one in step.operands)
            return x, y, x + wide, y + high
    box = [float(one) for one in page.mediabox]
    return box[0], box[1], box[2], box[3]


def _shown(word: Word, left: float, bottom: float, wide: float, high: float) -> bytes:
    letters = word.text.encode("cp1252", "replace")
    size = max(1.0, word.height * high)
    natural = sum(_width(byte) for byte in letters) * size / 1000 or 1.0
    stretch = word.width * wide / natural * 100
    x = left + word.x * wide
    y = bottom + (1 - word.y - word.height * 0.8) * high
    return b"/Words %.1f Tf %.1f Tz 1 0 0 1 %.1f %.1f Tm <%s> Tj" % (
        size,
        stretch,
        x,
        y,
        (letters + b" ").hex().encode(),
    )


def _width(byte: int) -> int:
    """About how wide Helvetica's letter is, in thousandths."""
    letter = chr(byte)
    if letter in "iIl.,;:'!|jft()[]-":
        return 278
    return 722 if letter in "mwMWœ@%" else 667 if letter.isupper() else 556
