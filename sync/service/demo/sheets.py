"""A sheet of A4: letterhead, patient's box, paragraphs, tables, signature and foot.

One cursor runs down the page and turns it when there is no room left. All papers share it, so that
each says in its text layer whose it is (name, birth date, INS) and that it is made up.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from sync.service.demo.emblems import draw_emblem
from sync.service.demo.people import Gender, Person
from sync.service.demo.typeface import BOLD, REGULAR, register, width_of, wrap
from sync.service.demo.words import french_day, grouped_ins, short_day

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from sync.service.demo.practices import Author

__all__ = ["INK", "LEFT", "RIGHT", "SOFT", "Column", "Sheet"]

rl_config.useA85 = 0  # binary streams: a fifth smaller, and faster


INK, SOFT, HAIR, TINT, WHITE = "#1C1B22", "#55525C", "#C9C3B8", "#F4F1EA", "#FFFFFF"
PEN = "#22306B"
WIDTH, HEIGHT = A4
LEFT, RIGHT, BOTTOM = 48.0, WIDTH - 48.0, 74.0
_FOOT = "Document fictif : personne, professionnels et contenu inventés pour la démonstration."


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its heading, where it starts in points from the left, how it aligns."""

    heading: str
    start: float
    is_right: bool = False
    font: str = REGULAR


class Sheet:
    """A paper being drawn. ``finish`` returns the bytes of the PDF, the same for the same calls."""

    def __init__(self, title: str, author: Author, person: Person, day: date) -> None:
        self._fonts = register()
        self.title, self.author, self.person, self.day = title, author, person, day
        self.color = author.practice.color
        self._out = io.BytesIO()
        self.canvas: Any = Canvas(self._out, pagesize=A4, pageCompression=1, invariant=1)
        self.canvas.setDateFormatter(lambda *_: day.strftime("D:%Y%m%d100000+01'00'"))
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author.name or author.practice.name)
        self.canvas.setSubject("Document fictif")
        for face in self._fonts.values():
            face.getSubsetInternalName(0, self.canvas._doc)  # noqa: SLF001 (literals do not announce a font)
        self.page = 1
        self.y = HEIGHT - 48.0

    # -- words ---------------------------------------------------------------------------------

    def text(
        self, x: float, y: float, words: str, *, font: str = REGULAR, size: float = 10, color: str = INK
    ) -> None:
        """Write one line with its baseline at (x, y), from the left."""
        face = self._fonts[font]
        self._draw(
            f"BT {face.operand} {size} Tf {_rgb(color)} rg 1 0 0 1 {x:.2f} {y:.2f} Tm"
            f" ({face.literal(words)}) Tj ET"
        )

    def text_right(
        self, x: float, y: float, words: str, *, font: str = REGULAR, size: float = 10, color: str = INK
    ) -> None:
        """Write one line that ends at x."""
        self.text(x - width_of(words, font, size), y, words, font=font, size=size, color=color)

    def line(
        self, words: str, *, font: str = REGULAR, size: float = 10, indent: float = 0, color: str = INK
    ) -> None:
        """Write one line at the cursor."""
        self.need(size * 1.5)
        self.text(LEFT + indent, self.y - size, words, font=font, size=size, color=color)
        self.y -= size * 1.5

    def paragraph(
        self, words: str, *, font: str = REGULAR, size: float = 10.5, indent: float = 0, after: float = 6
    ) -> None:
        """Write wrapped lines at the cursor."""
        for line in wrap(words, font, size, RIGHT - LEFT - indent):
            self.line(line, font=font, size=size, indent=indent)
        self.y -= after

    def bullet(self, words: str, *, size: float = 10.5) -> None:
        """Write a paragraph behind a bullet."""
        self.need(size * 1.5)
        self.text(LEFT + 8, self.y - size, "•", size=size, color=self.color)
        self.paragraph(words, size=size, indent=22, after=2)

    def heading(self, words: str) -> None:
        """Write a section's heading in the letterhead's colour, over a hairline."""
        self.need(44)
        self.y -= 6
        self.line(words, font=BOLD, size=11.5, color=self.color)
        self.rule(gap=6)

    def banner(self, words: str, under: str = "") -> None:
        """Write the paper's own title, centred in a tinted band."""
        height = 42.0 if under else 28.0
        self.need(height + 12)
        self._band(height, TINT)
        self._centred(words, self.y - 19, BOLD, 14, self.color)
        if under:
            self._centred(under, self.y - 34, REGULAR, 9.5, SOFT)
        self.y -= height + 12

    def _centred(self, words: str, y: float, font: str, size: float, color: str) -> None:
        self.text((WIDTH - width_of(words, font, size)) / 2, y, words, font=font, size=size, color=color)

    # -- lines, room and pages -----------------------------------------------------------------

    def rule(self, *, gap: float = 8, color: str = HAIR, left: float = LEFT, right: float = RIGHT) -> None:
        """Draw a hairline at the cursor."""
        self._line(left, self.y, right, color)
        self.y -= gap

    def bars(self, x: float, y: float, height: float, widths: Sequence[tuple[float, float]]) -> None:
        """Draw black bars, each given by where it starts from x and how wide it is."""
        boxes = " ".join(f"{x + start:.2f} {y:.2f} {width:.2f} {height} re" for start, width in widths)
        self._draw(f"{_rgb(INK)} rg {boxes} f")

    def _band(self, height: float, color: str) -> None:
        """Fill a band of the whole width under the cursor."""
        self._draw(f"{_rgb(color)} rg {LEFT} {self.y - height:.2f} {RIGHT - LEFT:.2f} {height} re f")

    def _line(self, left: float, y: float, right: float, color: str) -> None:
        self._draw(f"{_rgb(color)} RG 0.6 w {left:.2f} {y:.2f} m {right:.2f} {y:.2f} l S")

    def _draw(self, operators: str) -> None:
        """Add PDF operators as they are: reportlab's own way to a line of text costs ten times more."""
        self.canvas.addLiteral(operators)

    def space(self, points: float) -> None:
        """Leave room."""
        self.y -= points

    def need(self, points: float) -> None:
        """Turn the page when less room than this is left."""
        if self.y - points < BOTTOM:
            self.turn()

    def turn(self) -> None:
        """Close the page and start the next one under a short reminder of whose it is."""
        self._foot()
        self.canvas.showPage()
        self.page += 1
        self.y = HEIGHT - 48.0
        self.text(LEFT, self.y, f"{self.person.name} · {self.title}", size=9, color=SOFT)
        self.text_right(RIGHT, self.y, french_day(self.day), size=9, color=SOFT)
        self.y -= 10
        self.rule(gap=14)

    def _foot(self) -> None:
        practice = self.author.practice
        self._line(LEFT, 58, RIGHT, HAIR)
        address = (
            f"{practice.name} · {practice.street}, {practice.postal_code} {practice.city} · {practice.phone}"
        )
        self.text(LEFT, 45, address, size=8, color=SOFT)
        self.text(LEFT, 33, _FOOT, size=8, color=SOFT)
        self.text_right(RIGHT, 33, f"Page {self.page}", size=8, color=SOFT)

    def finish(self) -> bytes:
        """Close the last page and return the file."""
        self._foot()
        self.canvas.save()
        return self._out.getvalue()

    # -- parts of every paper ------------------------------------------------------------------

    def letterhead(self) -> None:
        """Draw the practice on the left, who writes on the right."""
        author, practice = self.author, self.author.practice
        draw_emblem(self.canvas, practice.emblem, HexColor(self.color), LEFT, self.y - 32, 34)
        self.text(LEFT + 44, self.y - 12, practice.name, font=BOLD, size=13, color=self.color)
        self.text(LEFT + 44, self.y - 26, practice.line, size=8.5, color=SOFT)
        y = self.y - 46
        for words in (practice.street, f"{practice.postal_code} {practice.city}", f"Tél. {practice.phone}"):
            self.text(LEFT, y, words, size=9, color=SOFT)
            y -= 12
        self._who_writes(author)
        self.y -= 92
        self.rule(color=self.color, gap=14)

    def _who_writes(self, author: Author) -> None:
        y = self.y - 46
        if not author.is_person:
            self.text_right(RIGHT, y, author.job, font=BOLD, size=10)
            return
        self.text_right(RIGHT, y, author.name, font=BOLD, size=10.5)
        self.text_right(RIGHT, y - 13, author.job, size=9)
        self.text_right(RIGHT, y - 25, f"RPPS {author.rpps}", size=9, color=SOFT)

    def patient_box(self) -> None:
        """Say whose paper it is: usage and birth name, birth date and place, sex, INS."""
        person = self.person
        sex = "F" if person.gender is Gender.FEMALE else "M"
        lines = [
            (f"{person.title} {person.shown_given} {person.shown_family.upper()}", BOLD, 11.0),
            (self._birth_line(), REGULAR, 9.5),
            (f"à {person.birth_city} ({person.birth_code}) · sexe {sex}", REGULAR, 9.5),
            (f"INS {grouped_ins(person.ins)} (matricule de test)", REGULAR, 9.5),
        ]
        width = max(240.0, max(width_of(words, font, size) for words, font, size in lines) + 22)
        self.canvas.setStrokeColor(HexColor(HAIR))
        self.canvas.setFillColor(HexColor(WHITE))
        self.canvas.roundRect(RIGHT - width, self.y - 66, width, 66, 6, stroke=1, fill=1)
        y = self.y - 16
        for words, font, size in lines:
            self.text(RIGHT - width + 11, y, words, font=font, size=size)
            y -= 14.5
        self.text(LEFT, self.y - 16, f"{self.author.practice.town}, le {french_day(self.day)}", size=10)
        self.y -= 82

    def _birth_line(self) -> str:
        person = self.person
        birth_name = f" {person.family.upper()}" if person.usage_family else ""
        return f"{person.born_word}{birth_name} le {short_day(person.born)} ({person.age_on(self.day)} ans)"

    def facts(self, pairs: Sequence[tuple[str, str]], *, width: float = 130) -> None:
        """Write label and value pairs, the values in one column."""
        for label, value in pairs:
            lines = wrap(value, REGULAR, 10, RIGHT - LEFT - width)
            self.need(15 * len(lines))
            self.text(LEFT, self.y - 10, label, size=10, color=SOFT)
            for line in lines:
                self.text(LEFT + width, self.y - 10, line, size=10)
                self.y -= 15
        self.y -= 4

    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, leading: float = 15.5
    ) -> None:
        """Draw a ruled table; a row of one cell is a heading inside the table."""
        self._table_head(columns)
        for number, row in enumerate(rows):
            if self.y - leading < BOTTOM:
                self.turn()
                self._table_head(columns)
            self._table_row(columns, row, leading, is_tinted=number % 2 == 1)
        self.space(8)

    def _table_head(self, columns: Sequence[Column]) -> None:
        self.need(44)
        self._band(18, self.color)
        for column in columns:
            write = self.text_right if column.is_right else self.text
            write(
                LEFT + column.start,
                self.y - 12.5,
                column.heading,
                font=BOLD,
                size=9,
                color=WHITE,
            )
        self.y -= 18

    def _table_row(
        self, columns: Sequence[Column], row: Sequence[str], leading: float, *, is_tinted: bool
    ) -> None:
        if len(row) == 1:
            self.text(LEFT + 6, self.y - leading + 4.5, row[0], font=BOLD, size=9.5, color=self.color)
            self.y -= leading
            return
        if is_tinted:
            self._band(leading, TINT)
        for column, words in zip(columns, row, strict=True):
            if words:
                write = self.text_right if column.is_right else self.text
                write(LEFT + column.start, self.y - leading + 4.5, words, font=column.font, size=9.5)
        self.y -= leading

    def signature(self, chance: random.Random) -> None:
        """Sign at the right: name, job and a pen stroke of its own."""
        self.need(70)
        x, author = RIGHT - 190, self.author
        self.text(x, self.y - 12, author.name or author.practice.name, font=BOLD, size=10)
        self.text(x, self.y - 25, author.job, size=9, color=SOFT)
        self._pen_stroke(chance, x + 10, self.y - 58)
        self.y -= 70

    def _pen_stroke(self, chance: random.Random, x: float, y: float) -> None:
        path = self.canvas.beginPath()
        path.moveTo(x, y)
        for _ in range(4):
            step = chance.uniform(18, 34)
            path.curveTo(
                x + step * 0.2,
                y + chance.uniform(12, 26),
                x + step * 0.7,
                y - chance.uniform(6, 20),
                x + step,
                y + chance.uniform(-4, 8),
            )
            x += step
        self.canvas.setStrokeColor(HexColor(PEN))
        self.canvas.setLineWidth(1.3)
        self.canvas.drawPath(path, stroke=1, fill=0)


@cache
def _rgb(color: str) -> str:
    """Write a color of six hexadecimal digits as the operands of ``rg``."""
    return " ".join(f"{int(color[at : at + 2], 16) / 255:.3f}" for at in (1, 3, 5))


def days_before(day: date, days: int) -> date:
    """Return the day so many days earlier."""
    return day - timedelta(days=days)
