"""The pages of the signed list: one visit a line, by kind of people, large enough to be read by its person.

Laid out with fpdf2: PDF/A-3u (fonts embedded, title, language, every letter with its meaning), Arabic
shaped by HarfBuzz and ordered by the bidirectional algorithm, which reportlab, that draws the made-up papers,
cannot do without one more library. Not tagged: fpdf2 writes no structure tree for text; the order of the text
in the file is that of reading.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import fontpkg_atkinson_hyperlegible
import fontpkg_noto_sans
import fontpkg_noto_sans_arabic
from fpdf import FPDF, ViewerPreferences, XPos, YPos
from fpdf.fonts import TTFFont

from app.codes.access_words import DEED_LABELS, LOOKER_LABELS, REASON_LABELS
from app.fhir import patient as patients
from app.fhir.accesses import Deed, Looker
from sync.service.access_words import PAPER

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from app.fhir.accesses import Look
    from sync.service.access_list import Facts
    from sync.service.tongues import Tongue

__all__ = ["draw", "fonts"]

_MARGIN, _BESIDE, _LINE = 18.0, 48.0, 6.0
_SIZE, _SMALL, _LARGE = 12, 10, 22
_FONT, _ARABIC, _OTHERS = "Atkinson", "NotoArabic", "Noto"
_Style = Literal["", "B"]
_RIGHT_TO_LEFT = range(0x590, 0x900)


@cache
def fonts() -> dict[str, Path]:
    """Return the files of the typefaces: Latin, Latin bold, Arabic, and the one for all other letters."""
    latin = fontpkg_atkinson_hyperlegible.ROOT / "files"
    return {
        _FONT: latin / "AtkinsonHyperlegible-Regular.ttf",
        f"{_FONT}B": latin / "AtkinsonHyperlegible-Bold.ttf",
        _ARABIC: next(fontpkg_noto_sans_arabic.ROOT.rglob("NotoSansArabic*.ttf")),
        _OTHERS: next(fontpkg_noto_sans.ROOT.rglob("NotoSans[[]*.ttf")),
    }


def draw(facts: Facts, tongue: Tongue) -> bytes:
    """Draw the pages; they are not signed yet."""
    says = _Says(facts, tongue)
    sections = [(says(LOOKER_LABELS[each]), says.visits(each)) for each in LOOKER_LABELS]
    paper = _Paper(tongue, says(PAPER["title"]), says(PAPER["page"]), says.name)
    paper.use_fonts(
        "".join((says.name, *says.head(), *(part for _, rows in sections for row in rows for part in row)))
    )
    paper.add_page()
    paper.title_line(says(PAPER["title"]))
    for line in says.head():
        paper.line(line)
    for title, rows in sections:
        paper.heading(title)
        for row in rows:
            paper.row(*row)
        if not rows:
            paper.line(says(PAPER["nobody"]))
    paper.heading(says(PAPER["reports"]))
    for each in facts.reports:
        seen = (
            says(PAPER["report-seen"], day=says.day(each.seen)) if each.seen else says(PAPER["report-unseen"])
        )
        paper.row(says.at(PAPER["report"], each.moment), says(REASON_LABELS[each.reason]), seen)
    if not facts.reports:
        paper.line(says(PAPER["no-reports"]))
    paper.heading(says(PAPER["proof"]))
    for name in ("proof-how", "proof-paper", "proof-check"):
        paper.line(says(PAPER[name]))
    for name, digest in (("root", facts.root), ("key", facts.key)):
        paper.line(says(PAPER[name]))
        paper.digest(digest)
    return bytes(paper.output())


class _Says:
    """The sentences of one list, in one language."""

    def __init__(self, facts: Facts, tongue: Tongue) -> None:
        self._facts, self._tongue = facts, tongue
        self.name = patients.display_name(facts.patient)

    def __call__(self, sentence: str, **fields: object) -> str:
        said = self._tongue.say(sentence)
        return said.format(**fields) if fields else said

    def at(self, sentence: str, moment: datetime) -> str:
        """Say a sentence with a day and a time."""
        return self(sentence, day=self.day(moment), time=self.time(moment))

    def day(self, moment: datetime) -> str:
        """Say the day where the list is asked for."""
        return self._tongue.day(moment.astimezone(self._facts.zone).date())

    def time(self, moment: datetime) -> str:
        """Say the time there."""
        there = moment.astimezone(self._facts.zone)
        return f"{there:%H:%M}"

    def head(self) -> list[str]:
        """Say whose list it is, of when, and what it is."""
        facts, born = self._facts, patients.birth_date(self._facts.patient)
        asked = facts.asked
        who = self(PAPER["you"]) if asked.looker is Looker.ME else _commas(asked.name, asked.organization)
        moment = {"day": self.day(asked.moment), "time": self.time(asked.moment)}
        lines = [
            self(PAPER["what"]),
            self(PAPER["whose"], name=self.name),
            self(PAPER["born"], day=self._tongue.day(born)) if born else "",
            self(PAPER["period"], start=self.day(facts.start), end=self.day(facts.end)),
            self(PAPER["asked"], who=who or self(PAPER["nameless"]), **moment),
            self(PAPER["count"], visits=len(facts.looks), accesses=facts.count),
            self(PAPER["cut"], count=len(facts.looks)) if facts.is_cut else "",
            self(PAPER["zone"], zone=facts.zone.key),
            self(PAPER["how"]),
            self(PAPER["no-names"]),
        ]
        return [each for each in lines if each]

    def visits(self, looker: Looker) -> list[tuple[str, str, str]]:
        """Say the visits of one kind of people: when, who, what."""
        looks = [each for each in self._facts.looks if each.last.looker is looker]
        return [(self._when(each), self._who(each), self._what(each)) for each in looks]

    def _when(self, look: Look) -> str:
        start, end = self.time(look.start), self.time(look.last.moment)
        times = start if start == end else self(PAPER["time"], start=start, end=end)
        return f"{self.day(look.start)}\n{times}"

    def _who(self, look: Look) -> str:
        if look.last.looker is Looker.ME:
            return self(PAPER["you-title"])
        name = next((each.name for each in look.accesses if each.name), "")
        organization = next((each.organization for each in look.accesses if each.organization), "")
        nobody = "program" if look.last.looker is Looker.SERVICE else "nameless"
        return _commas(name, organization) or self(PAPER[nobody])

    def _what(self, look: Look) -> str:
        failed = self(PAPER["failed"]) if any(not each.is_done for each in look.accesses) else ""
        number = self(PAPER["number"], count=len(look.accesses))
        return " · ".join(each for each in (self._how(look), *self._deeds(look), failed, number) if each)

    def _how(self, look: Look) -> str:
        if look.last.mode == "faire_pour":
            return self(PAPER["for" if look.is_covered else "uncovered"])
        return self(PAPER["with"]) if look.last.mode else ""

    def _deeds(self, look: Look) -> list[str]:
        said = self._tongue.ngettext
        counted = (
            (Deed.OPENED, "{count} document ouvert", "{count} documents ouverts"),
            (Deed.FILED, "{count} document rangé", "{count} documents rangés"),
            (Deed.PRINTED, "{count} document imprimé", "{count} documents imprimés"),
            (Deed.COPIED, "{count} document copié", "{count} documents copiés"),
        )
        numbers = [(one, many, len(look.documents(deed))) for deed, one, many in counted]
        found = [said(one, many, number).format(count=number) for one, many, number in numbers if number]
        found += [self(words) for deed, words in DEED_LABELS.items() if look.has(deed)]
        return found or [self(PAPER["opening"])]


def _commas(*parts: str) -> str:
    return ", ".join(each for each in parts if each)


class _Paper(FPDF):
    """A4 with its person's name at the foot of each page; mirrored where one reads from the right."""

    def __init__(self, tongue: Tongue, title: str, page: str, name: str) -> None:
        super().__init__(format="A4", enforce_compliance="PDF/A-3U")
        self._page_words, self._whose = page, name
        self._is_rtl = self._has_rtl = tongue.direction == "rtl"
        self._align: Any = "R" if self._is_rtl else "L"
        self.set_title(title)
        self.set_lang(tongue.tag.partition("-")[0])
        self.set_creator("Tandem")
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN + _LINE)
        self.alias_nb_pages()

    def use_fonts(self, text: str) -> None:
        """Take the typefaces that these words need: reading one takes a while."""
        files = fonts()
        self.add_font(_FONT, "", files[_FONT])
        self.add_font(_FONT, "B", files[f"{_FONT}B"])
        self._has_rtl = self._is_rtl or _is_rtl(text)
        others = []
        if self._has_rtl:
            self.add_font(_ARABIC, "", files[_ARABIC])
            others.append(_ARABIC)
        known = {code for font in self.fonts.values() if isinstance(font, TTFFont) for code in font.cmap}
        if any(ord(each) not in known for each in text if each.isprintable()):
            self.add_font(_OTHERS, "", files[_OTHERS])
            others.append(_OTHERS)
        if others:
            self.set_fallback_fonts(others, exact_match=False)
        self.set_font(_FONT, size=_SIZE)

    def footer(self) -> None:
        """Write whose list it is, and which page of how many."""
        self.set_y(-_MARGIN)
        self.set_font(_FONT, size=_SMALL)
        page = self._page_words.format(number=self.page_no(), total="{nb}")
        self.cell(0, _LINE, f"{self._whose} – {page}", align=self._align)

    def title_line(self, words: str) -> None:
        """Write the title."""
        self._text(words, size=_LARGE, style="B", line=10)
        self.ln(2)

    def heading(self, words: str) -> None:
        """Write a heading with a line under it, never alone at the foot of a page."""
        self._room(3 * _LINE)
        self.ln(4)
        self._text(words, size=15, style="B", line=8)
        self.set_draw_color(90)
        self.line_at(self.get_y())
        self.ln(2)

    def line_at(self, down: float) -> None:
        """Draw a line across."""
        FPDF.line(self, _MARGIN, down, self.w - _MARGIN, down)

    def line(self, words: str) -> None:  # type: ignore[override]
        """Write a line of text."""
        self._text(words)

    def digest(self, digest: str) -> None:
        """Write a fingerprint in groups of eight, in the order of Latin letters."""
        groups = " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
        self._text(groups, size=_SMALL)

    def row(self, when: str, who: str, what: str) -> None:
        """Write a visit: when at the side, who and what beside it."""
        self._room(3 * _LINE)
        top, page = self.get_y(), self.page
        side, wide = self.epw - _BESIDE if self._is_rtl else 0, self.epw - _BESIDE
        self._text(when, size=_SMALL, at=_MARGIN + side, width=_BESIDE)
        low = self.get_y()
        self.set_y(top)
        beside = _MARGIN if self._is_rtl else _MARGIN + _BESIDE
        self._text(who, style="B", at=beside, width=wide)
        if what:
            self._text(what, at=beside, width=wide)
        if self.page == page:
            self.set_y(max(low, self.get_y()))
        self.ln(2)

    def _room(self, height: float) -> None:
        if self.will_page_break(height):
            self.add_page()

    def _text(
        self, words: str, *, size: int = _SIZE, style: _Style = "", line: float = _LINE, at: float = _MARGIN,
        width: float = 0,
    ) -> None:  # fmt: skip
        self.set_font(_FONT, style, size)
        if self._has_rtl:
            # Where a mark stands on a letter, fpdf2 loses count of the font that it wrote last: say it anew.
            self.set_font(_FONT, style, size + 1)
            self.set_font(_FONT, style, size)
            self._shape(shaping=self._is_rtl or _is_rtl(words))
        for each in words.splitlines():
            self.set_x(at)
            room = width or self.epw
            # To break lines of shaped text fpdf2 shapes each line anew for every letter of it.
            write = self.cell if self.get_string_width(each) < room - 2 * self.c_margin else self.multi_cell
            write(room, line, each, align=self._align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _shape(self, *, shaping: bool) -> None:
        direction: Any = "rtl" if self._is_rtl else None
        self.set_text_shaping(use_shaping_engine=shaping, direction=direction)


def _is_rtl(words: str) -> bool:
    return any(ord(each) in _RIGHT_TO_LEFT for each in words)
